#include "api/leads_get.h"

#include <stdio.h>
#include <string.h>

#include "api/page.h"
#include "base/str.h"
#include "flow/search.h"
#include "store/read_leads.h"

#define VALUE_MAX 200

/* ---- one ---- */

/* What DNS said is no new version of the lead, but another answer. */
static const char *etag_of(const struct lead *l, struct arena *mem)
{
    const char *etag = api_lead_etag(l, mem), *check = l->email_check_json;

    if (!check)
        return etag;
    return arena_printf(mem, "%.*s-m%04x\"", (int)strlen(etag) - 1, etag,
                        (unsigned)(str_hash(check, strlen(check)) & 0xffff));
}

static enum err run_one(struct pg *pg, struct read *r)
{
    struct lead lead;
    enum err e = read_lead(pg, r->mem, r->ws->workspace_id, r->args, &lead);

    if (e != ERR_OK)
        return e;
    r->etag = etag_of(&lead, r->mem);
    lead_to_json(&lead, &r->out);
    return ERR_OK;
}

enum http_next lead_get(struct http_req *rq)
{
    struct uuid id;
    struct read *r;

    if (rq->woken)
        return api_read_reply(rq);
    if (!api_param_id(rq, 0, &id))
        return reply_problem(rq, ERR_NOT_FOUND, NULL);
    r = api_read_new(rq);
    if (!r)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    r->args = arena_memdup(r->mem, &id, sizeof(id));
    return api_read_start(rq, r, run_one);
}

/* ---- a page ---- */

struct list {
    struct lead_filter filter;
    struct lead_search search;
    struct page page;
    struct lead_place after;
};

static enum err run_page(struct pg *pg, struct read *r)
{
    const struct list *a = r->args;
    const char *place = NULL;
    struct lead_page page;
    char id[UUID_TEXT_BYTES];
    enum err e =
        read_leads(pg, r->mem, r->ws->workspace_id, &a->filter,
                   a->page.after ? &a->after : NULL, a->page.limit, &page);

    if (e != ERR_OK)
        return e;
    (void)buf_puts(&r->out, "{\"items\":[");
    for (size_t i = 0; i < page.n; i++) {
        if (i)
            (void)buf_putc(&r->out, ',');
        lead_to_json(&page.leads[i], &r->out);
    }
    if (page.more)
        place = arena_printf(r->mem, "%d %s", page.end.tier,
                             uuid_format(&page.end.lead_id, id));
    page_end(r, &a->page, place);
    return ERR_OK;
}

static bool place_parse(const char *s, struct lead_place *out)
{
    if (*s < '0' || *s > '2' || s[1] != ' ')
        return false;
    out->tier = *s - '0';
    return uuid_parse(s + 2, &out->lead_id);
}

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

static bool is_grade(const char *s)
{
    return s[0] >= 'A' && s[0] <= 'C' && s[1] >= '1' && s[1] <= '3' && !s[2];
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

static void read_filter(struct http_req *rq, struct read *r, struct list *a)
{
    static const char *const KNOWN[] = {
        "stage",        "temperature", "quality",  "grade",
        "origin",       "source",      "campaign", "owner",
        "created_from", "created_to",  "q",        "limit",
        "cursor",       NULL};
    struct lead_filter *f = &a->filter;
    const char *q = arg_kept(rq, r, "q", VALUE_MAX);

    arg_unknown(rq, &r->errs, KNOWN);
    f->stage = word(rq, r, "stage", is_stage);
    f->temperature = word(rq, r, "temperature", is_temperature);
    f->quality = word(rq, r, "quality", is_quality);
    f->grade = word(rq, r, "grade", is_grade);
    f->origin = word(rq, r, "origin", is_origin);
    f->source = arg_kept(rq, r, "source", VALUE_MAX);
    f->campaign = arg_kept(rq, r, "campaign", VALUE_MAX);
    read_owner(rq, r, &f->owner);
    (void)arg_instant(rq, r, "created_from", &f->created_from_ms);
    (void)arg_instant(rq, r, "created_to", &f->created_to_ms);
    if (!q || !*q || !r->ws)
        return;
    flow_search(r->snap, r->ws, q, r->mem, &a->search);
    f->search = &a->search;
}

static const char *shown(const char *s)
{
    return s ? s : "\x1e";
}

/* Everything that decides which leads are in the list, and in what order. */
static const char *fingerprint(struct read *r, const struct list *a,
                               const char *q)
{
    const struct lead_filter *f = &a->filter;
    char owner[UUID_TEXT_BYTES];

    return arena_printf(
        r->mem,
        "leads\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s\x1f%s\x1f%lld\x1f%lld"
        "\x1f%s",
        shown(f->stage), shown(f->temperature), shown(f->quality),
        shown(f->grade), shown(f->origin), shown(f->source), shown(f->campaign),
        uuid_format(&f->owner, owner), (long long)f->created_from_ms,
        (long long)f->created_to_ms, shown(q));
}

enum http_next leads_get(struct http_req *rq)
{
    struct read *r;
    struct list *a;

    if (rq->woken)
        return api_read_reply(rq);
    r = api_read_new(rq);
    if (!r)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    a = r->args = arena_alloc(r->mem, sizeof(*a));
    read_filter(rq, r, a);
    if (!page_read(rq, r, fingerprint(r, a, arg_text(rq, "q")), &a->page) ||
        (a->page.after && !place_parse(a->page.after, &a->after)))
        return page_refuse(rq, r);
    return api_read_start(rq, r, run_page);
}
