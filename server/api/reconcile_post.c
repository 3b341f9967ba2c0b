/* POST /v1/sources/{id}/reconcile: a platform's own list of leads against
   ours. */
#include <jansson.h>
#include <string.h>

#include "api/body.h"
#include "api/fetches.h"
#include "base/str.h"
#include "flow/secrets.h"
#include "store/read_fetches.h"

#define IDS_LIMIT 10000
#define ID_MAX    128
#define TOKEN_MAX 2048

/* @return as the platform's notifications write it; NULL: a bad one */
static const char *external_id(const json_t *v, const char *platform,
                               struct arena *mem)
{
    const char *s = json_string_value(v);

    if (json_is_integer(v))
        return arena_printf(mem, "%lld", (long long)json_integer_value(v));
    if (!s || !*s || strlen(s) > ID_MAX)
        return NULL;
    if (str_eq(platform, "linkedin") && strrchr(s, ':'))
        s = strrchr(s, ':') + 1; /* of urn:li:leadGenFormResponse:... */
    return arena_strdup(mem, s);
}

static void read_ids(const json_t *doc, struct read *r, struct reconciling *a)
{
    static const char *const KNOWN[] = {"ids", "page_id", NULL};
    const json_t *list = json_object_get(doc, "ids");
    const char **ids;

    body_known(doc, KNOWN, &r->errs);
    if (!json_is_array(list)) {
        field_errs_add(&r->errs, "/ids", list ? ERR_WRONG_TYPE : ERR_REQUIRED,
                       "a list of ids is expected");
        return;
    }
    if (json_array_size(list) > IDS_LIMIT) {
        field_errs_add(&r->errs, "/ids", ERR_TOO_MANY, "at most 10000 ids");
        return;
    }
    ids = arena_array(r->mem, json_array_size(list) + 1, sizeof(*ids));
    for (size_t i = 0; i < json_array_size(list); i++) {
        ids[i] = external_id(json_array_get(list, i), a->platform, r->mem);
        if (!ids[i])
            field_errs_add(&r->errs, arena_printf(r->mem, "/ids/%zu", i),
                           ERR_WRONG_TYPE, "a text of 1 to 128 bytes");
    }
    a->ids = ids;
    a->n = json_array_size(list);
}

/* ---- the page ---- */

struct pages {
    struct arena *mem;
    const char *first;
    size_t n;
};

static void count_page(void *ctx, const char *page_id)
{
    struct pages *p = ctx;

    if (!p->n++)
        p->first = arena_strdup(p->mem, page_id);
}

/* An id does not tell its page, and only the page's token reads it. */
static void choose_page(const struct source *s, struct read *r,
                        struct reconciling *a)
{
    struct pages pages = {.mem = r->mem};
    char all[TOKEN_MAX];

    if (secret_newest(s->secrets_json, "page_token", NULL, all, sizeof(all)))
        return;
    secret_each_key(s->secrets_json, "page_tokens", count_page, &pages);
    if (pages.n > 1)
        field_errs_add(&r->errs, "/page_id", ERR_REQUIRED,
                       "the source has tokens of several pages");
    a->page_id = pages.first;
}

static void read_page(const json_t *doc, const struct source *s, struct read *r,
                      struct reconciling *a)
{
    const json_t *given = json_object_get(doc, "page_id");
    const char *id = json_string_value(given);

    if (given && !str_eq(s->kind, "meta"))
        field_errs_add(&r->errs, "/page_id", ERR_UNKNOWN_FIELD,
                       "only leads of Meta belong to a page");
    else if (given && (!id || !*id || strlen(id) > ID_MAX ||
                       strspn(id, "0123456789") != strlen(id)))
        field_errs_add(&r->errs, "/page_id", ERR_WRONG_TYPE,
                       "a text of 1 to 128 digits");
    else if (given)
        a->page_id = arena_strdup(r->mem, id);
    else if (str_eq(s->kind, "meta"))
        choose_page(s, r, a);
}

static enum err run(struct pg *pg, struct read *r)
{
    struct reconciling *a = r->args;
    enum err e;

    a->known = a->waiting = a->parked = a->queued = a->n_missing = 0;
    e = reconcile(pg, r->mem, r->ws->workspace_id, a, r->now_ms);
    if (e != ERR_OK)
        return e;
    (void)buf_printf(&r->out,
                     "{\"asked\":%zu,\"known\":%zu,\"waiting\":%zu,"
                     "\"parked\":%zu,\"queued\":%zu,\"missing\":[",
                     a->known + a->waiting + a->parked + a->n_missing, a->known,
                     a->waiting, a->parked, a->queued);
    for (size_t i = 0; i < a->n_missing; i++) {
        if (i)
            (void)buf_putc(&r->out, ',');
        (void)buf_json_str(&r->out, a->missing[i], strlen(a->missing[i]));
    }
    return buf_puts(&r->out, "]}");
}

/* @return NULL: no such source */
static const struct source *take_source(const struct http_req *rq,
                                        struct read *r, struct reconciling *a)
{
    const struct source *s =
        r->ws && api_param_id(rq, 0, &a->source_id)
            ? snapshot_source_id(r->snap, r->ws->workspace_id, &a->source_id)
            : NULL;

    if (!s)
        return NULL;
    a->platform = s->kind;
    a->id_space = s->id_space;
    a->may_queue = str_eq(s->kind, "meta") || str_eq(s->kind, "linkedin");
    return s;
}

enum http_next reconcile_post(struct http_req *rq)
{
    const struct source *s;
    struct reconciling *a;
    struct read *r;
    json_t *doc;
    enum err e = ERR_NOT_FOUND;

    if (rq->woken)
        return api_read_reply(rq);
    r = api_read_new(rq);
    if (!r)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    a = r->args = arena_alloc(r->mem, sizeof(*a));
    s = take_source(rq, r, a);
    doc = s ? api_json(rq, &r->errs, &e) : NULL;
    if (!doc && !r->errs.n) {
        api_read_free(r);
        return reply_problem(rq, e, NULL);
    }
    if (doc) {
        read_ids(doc, r, a);
        read_page(doc, s, r, a);
    }
    json_decref(doc);
    return api_read_start(rq, r, run);
}
