#include "api/quarantine.h"

#include <jansson.h>

#include "api/app.h"
#include "api/body.h"
#include "api/page.h"
#include "api/receipts.h"
#include "api/replay_post.h"
#include "base/clock.h"
#include "base/str.h"
#include "flow/replay.h"

#define WORD_MAX     64
#define SOURCE_MAX   200
#define CONTAINS_MAX 200

/* ---- the list ---- */

struct list {
    struct held_filter filter;
    struct page page;
};

static void put_held(struct buf *out, const struct stored_receipt *s)
{
    char t[TIME_TEXT_BYTES];

    (void)buf_putc(out, '{');
    put_receipt(out, s);
    (void)buf_printf(out, ",\"state\":\"%s\",\"held_at\":\"%s\"", s->state,
                     time_format(s->held_ms, t));
    if (s->decided_ms)
        (void)buf_printf(out, ",\"decided_at\":\"%s\"}",
                         time_format(s->decided_ms, t));
    else
        (void)buf_puts(out, ",\"decided_at\":null}");
}

static enum err run_list(struct pg *pg, struct read *r)
{
    const struct list *a = r->args;
    struct receipt_list list;
    const char *place = NULL;
    char id[UUID_TEXT_BYTES];
    enum err e = read_held(pg, r->mem, r->ws->workspace_id, &a->filter, &list);

    if (e != ERR_OK)
        return e;
    (void)buf_puts(&r->out, "{\"items\":[");
    for (size_t i = 0; i < list.n; i++) {
        if (i)
            (void)buf_putc(&r->out, ',');
        put_held(&r->out, &list.rows[i]);
    }
    if (list.more)
        place = arena_strdup(
            r->mem, uuid_format(&list.rows[list.n - 1].receipt.receipt_id, id));
    page_end(r, &a->page, place);
    return ERR_OK;
}

static const char *fingerprint(struct read *r, const struct held_filter *f)
{
    return arena_printf(r->mem, "quarantine %s|%s|%s|%s|%lld|%lld", f->state,
                        f->reason ? f->reason : "", f->source ? f->source : "",
                        f->contains ? f->contains : "", (long long)f->from_ms,
                        (long long)f->to_ms);
}

enum http_next quarantine_get(struct http_req *rq)
{
    static const char *const KNOWN[] = {"state",    "reason", "source",
                                        "contains", "from",   "to",
                                        "limit",    "cursor", NULL};
    static const char *const STATES[] = {"held", "released", "purged", NULL};
    struct read *r;
    struct list *a;
    size_t i = 0;

    if (rq->woken)
        return api_read_reply(rq);
    r = api_read_new(rq);
    if (!r)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    a = r->args = arena_alloc(r->mem, sizeof(*a));
    arg_unknown(rq, &r->errs, KNOWN);
    (void)arg_word(rq, &r->errs, "state", STATES, &i);
    a->filter.state = STATES[i];
    a->filter.reason = arg_kept(rq, r, "reason", WORD_MAX);
    a->filter.source = arg_kept(rq, r, "source", SOURCE_MAX);
    a->filter.contains = arg_kept(rq, r, "contains", CONTAINS_MAX);
    (void)arg_time(rq, &r->errs, "from", &a->filter.from_ms);
    (void)arg_time(rq, &r->errs, "to", &a->filter.to_ms);
    page_read(rq, r, fingerprint(r, &a->filter), &a->page);
    a->filter.after = page_after_id(r, &a->page);
    a->filter.limit = a->page.limit;
    return api_read_start(rq, r, run_list);
}

/* ---- which ones a decision is about ---- */

static void read_ids(const json_t *list, struct held_filter *f,
                     struct arena *mem, struct field_errs *errs)
{
    struct uuid *ids;

    if (!json_is_array(list) || !json_array_size(list) ||
        json_array_size(list) > RECEIPTS_PAGE_MAX) {
        field_errs_add(errs, "/ids", ERR_OUT_OF_RANGE, "1 to %d receipt ids",
                       RECEIPTS_PAGE_MAX);
        return;
    }
    ids = arena_array(mem, json_array_size(list), sizeof(*ids));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));

        if (text && uuid_parse(text, &ids[i]))
            continue;
        field_errs_add(errs, arena_printf(mem, "/ids/%zu", i), ERR_WRONG_TYPE,
                       "a receipt id");
    }
    f->ids = ids;
    f->n_ids = json_array_size(list);
}

static void read_span(const json_t *doc, const char *name, int64_t *out,
                      struct arena *mem, struct field_errs *errs)
{
    const char *text = body_text(doc, name, TIME_TEXT_BYTES, false, mem, errs);

    if (text && !time_parse(text, out))
        field_errs_add(errs, arena_printf(mem, "/%s", name), ERR_TIME_INVALID,
                       "%s", err_info(ERR_TIME_INVALID)->title);
}

/* {"ids": [...]} or a pattern of reason, source, contains, from, to. */
static void read_filter(const json_t *doc, struct held_filter *f,
                        struct arena *mem, struct field_errs *errs)
{
    static const char *const KNOWN[] = {"ids",  "reason", "source", "contains",
                                        "from", "to",     "limit",  NULL};
    int64_t limit = RECEIPTS_PAGE_MAX;

    body_known(doc, KNOWN, errs);
    if (json_object_get(doc, "ids"))
        read_ids(json_object_get(doc, "ids"), f, mem, errs);
    f->state = "held";
    f->reason = body_text(doc, "reason", WORD_MAX, false, mem, errs);
    f->source = body_text(doc, "source", SOURCE_MAX, false, mem, errs);
    f->contains = body_text(doc, "contains", CONTAINS_MAX, false, mem, errs);
    read_span(doc, "from", &f->from_ms, mem, errs);
    read_span(doc, "to", &f->to_ms, mem, errs);
    (void)body_int(doc, "limit", 1, RECEIPTS_PAGE_MAX, false, &limit, errs);
    f->limit = (int)limit;
    if (!errs->n && !f->ids && !f->reason && !f->source && !f->contains &&
        !f->from_ms && !f->to_ms)
        field_errs_add(errs, "", ERR_REQUIRED,
                       "ids, or a pattern: reason, source, contains, from, to");
}

/* ---- release: through the writer ---- */

static void put_item(struct buf *out, const struct replayed *item)
{
    char id[UUID_TEXT_BYTES], lead[UUID_TEXT_BYTES];

    (void)buf_printf(out, "{\"receipt_id\":\"%s\",\"lead_id\":",
                     uuid_format(&item->receipt_id, id));
    if (uuid_is_nil(&item->lead_id))
        (void)buf_puts(out, "null");
    else
        (void)buf_printf(out, "\"%s\"", uuid_format(&item->lead_id, lead));
    (void)buf_printf(out, ",\"error\":%s%s%s}", item->err == ERR_OK ? "" : "\"",
                     item->err == ERR_OK ? "null" : err_info(item->err)->code,
                     item->err == ERR_OK ? "" : "\"");
}

static enum err render_release(const struct replay_result *result,
                               struct buf *out)
{
    size_t good = 0;

    for (size_t i = 0; i < result->n; i++)
        good += result->items[i].err == ERR_OK;
    (void)buf_printf(out,
                     "{\"matched\":%zu,\"decided\":%zu,\"more\":%s,"
                     "\"items\":[",
                     result->n, good, result->more ? "true" : "false");
    for (size_t i = 0; i < result->n; i++) {
        if (i)
            (void)buf_putc(out, ',');
        put_item(out, &result->items[i]);
    }
    return buf_puts(out, "]}");
}

static bool read_release(struct http_req *rq, struct arena *mem,
                         struct replay_order *out, enum http_next *refused)
{
    struct field_errs errs = {.mem = rq->mem};
    json_t *doc;
    enum err e;

    out->kind = REPLAY_RELEASE;
    doc = api_json(rq, &errs, &e);
    if (doc)
        read_filter(doc, &out->filter, mem, &errs);
    json_decref(doc);
    if (doc && !errs.n)
        return true;
    *refused = api_refuse(rq, NULL, e, &errs);
    return false;
}

enum http_next quarantine_release_post(struct http_req *rq)
{
    static const struct replay_post POST = {read_release, render_release};

    return replay_post_visit(rq, &POST);
}

/* ---- purge: no lead comes of it ---- */

static enum err run_purge(struct pg *pg, struct read *r)
{
    const struct held_filter *f = r->args;
    struct receipt_list list;
    struct uuid *ids;
    size_t n = 0;
    enum err e = read_held(pg, r->mem, r->ws->workspace_id, f, &list);

    if (e != ERR_OK)
        return e;
    ids = arena_array(r->mem, list.n + 1, sizeof(*ids));
    for (size_t i = 0; i < list.n; i++)
        ids[i] = list.rows[i].receipt.receipt_id;
    if (list.n)
        e = purge_held(pg, r->mem, r->ws->workspace_id, ids, list.n,
                       &r->key->key_id, r->now_ms, &n);
    if (e != ERR_OK)
        return e;
    return buf_printf(&r->out, "{\"matched\":%zu,\"decided\":%zu,\"more\":%s}",
                      list.n, n, list.more ? "true" : "false");
}

enum http_next quarantine_purge_post(struct http_req *rq)
{
    struct held_filter *f;
    struct read *r;
    json_t *doc;
    enum err e;

    if (rq->woken)
        return api_read_reply(rq);
    r = api_read_new(rq);
    if (!r)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    f = r->args = arena_alloc(r->mem, sizeof(*f));
    doc = api_json(rq, &r->errs, &e);
    if (!doc && !r->errs.n) {
        api_read_free(r);
        return reply_problem(rq, e, NULL);
    }
    if (doc)
        read_filter(doc, f, r->mem, &r->errs);
    json_decref(doc);
    return api_read_start(rq, r, run_purge);
}
