#include "api/lead_filter.h"

#include "api/page.h"
#include "base/str.h"
#include "flow/search.h"

#define VALUE_MAX 200

static const char *word(struct http_req *rq, struct read *r, const char *name,
                        bool (*known)(const char *))
{
    const char *s = arg_kept(rq, r, name, VALUE_MAX);

    if (s && !known(s)) {
        field_errs_add(&r->errs, name, ERR_BAD_ARGUMENT,
                       "not one of the words known");
        return NULL;
    }
    return s;
}

static bool is_stage(const char *s)
{
    enum stage v;

    return stage_parse(s, &v);
}

static bool is_temperature(const char *s)
{
    enum temperature v;

    return temperature_parse(s, &v);
}

static bool is_quality(const char *s)
{
    enum quality v;

    return quality_parse(s, &v);
}

static bool is_origin(const char *s)
{
    enum origin v;

    return origin_parse(s, &v);
}

static void read_owner(struct http_req *rq, struct read *r, struct uuid *out)
{
    if (!str_eq(arg_text(rq, "owner"), "me")) {
        (void)arg_uuid(rq, &r->errs, "owner", out);
        return;
    }
    if (r->key)
        *out = r->key->rep_id;
    if (uuid_is_nil(out))
        field_errs_add(&r->errs, "owner", ERR_BAD_ARGUMENT,
                       "this key belongs to no rep");
}

void lead_filter_read(struct http_req *rq, struct read *r,
                      struct lead_filter *f)
{
    const char *q = arg_kept(rq, r, "q", VALUE_MAX);
    struct lead_search *search;

    f->stage = word(rq, r, "stage", is_stage);
    f->temperature = word(rq, r, "temperature", is_temperature);
    f->quality = word(rq, r, "quality", is_quality);
    f->grade = word(rq, r, "grade", grade_is_word);
    f->origin = word(rq, r, "origin", is_origin);
    f->source = arg_kept(rq, r, "source", VALUE_MAX);
    f->campaign = arg_kept(rq, r, "campaign", VALUE_MAX);
    read_owner(rq, r, &f->owner);
    (void)arg_instant(rq, r, "created_from", &f->created_from_ms);
    (void)arg_instant(rq, r, "created_to", &f->created_to_ms);
    if (!q || !*q || !r->ws)
        return;
    search = arena_alloc(r->mem, sizeof(*search));
    flow_search(r->snap, r->ws, q, r->mem, search);
    f->search = search;
}
