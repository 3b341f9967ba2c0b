#include "api/reviews_get.h"

#include <string.h>

#include "api/body.h"
#include "api/page.h"
#include "base/str.h"
#include "store/read_reviews.h"

#define REASON_MAX 500

static void put_id(struct buf *out, const char *name, const struct uuid *id)
{
    char t[UUID_TEXT_BYTES];

    if (uuid_is_nil(id))
        (void)buf_printf(out, "\"%s\":null,", name);
    else
        (void)buf_printf(out, "\"%s\":\"%s\",", name, uuid_format(id, t));
}

static void put_review(struct buf *out, const struct review *v)
{
    char t[TIME_TEXT_BYTES];

    (void)buf_putc(out, '{');
    put_id(out, "id", &v->review_id);
    (void)buf_puts(out, "\"kind\":");
    (void)buf_json_str(out, v->kind, strlen(v->kind));
    (void)buf_putc(out, ',');
    put_id(out, "lead_id", &v->lead_id);
    put_id(out, "other_lead_id", &v->other_lead_id);
    put_id(out, "receipt_id", &v->receipt_id);
    put_id(out, "decided_by", &v->decided_by);
    (void)buf_printf(out,
                     "\"detail\":%s,\"state\":\"%s\",\"created_at\":\"%s\"",
                     v->detail_json, v->state, time_format(v->created_ms, t));
    if (v->decided_ms)
        (void)buf_printf(out, ",\"decided_at\":\"%s\"}",
                         time_format(v->decided_ms, t));
    else
        (void)buf_puts(out, ",\"decided_at\":null}");
}

struct list {
    const char *state;
    struct page page;
    const struct uuid *after;
};

static enum err run_page(struct pg *pg, struct read *r)
{
    const struct list *a = r->args;
    const char *place = NULL;
    struct review_page page;
    char id[UUID_TEXT_BYTES];
    enum err e = read_reviews(pg, r->mem, r->ws->workspace_id, a->state,
                              a->after, a->page.limit, &page);

    if (e != ERR_OK)
        return e;
    (void)buf_puts(&r->out, "{\"items\":[");
    for (size_t i = 0; i < page.n; i++) {
        if (i)
            (void)buf_putc(&r->out, ',');
        put_review(&r->out, &page.reviews[i]);
    }
    if (page.more)
        place = arena_strdup(
            r->mem, uuid_format(&page.reviews[page.n - 1].review_id, id));
    page_end(r, &a->page, place);
    return ERR_OK;
}

enum http_next reviews_get(struct http_req *rq)
{
    static const char *const KNOWN[] = {"state", "limit", "cursor", NULL};
    static const char *const STATES[] = {"open", "dismissed", "merged", NULL};
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
    if (arg_word(rq, &r->errs, "state", STATES, &i))
        a->state = STATES[i];
    page_read(rq, r,
              arena_printf(r->mem, "reviews %s", a->state ? a->state : ""),
              &a->page);
    a->after = page_after_id(r, &a->page);
    return api_read_start(rq, r, run_page);
}

struct order {
    struct uuid review_id;
    const char *reason;
};

static enum err run_dismiss(struct pg *pg, struct read *r)
{
    const struct order *a = r->args;
    struct review review = {.kind = NULL};
    enum err e = review_dismiss(pg, r->mem, r->ws->workspace_id, &a->review_id,
                                a->reason, &r->key->key_id, r->now_ms, &review);

    if (e == ERR_OK)
        put_review(&r->out, &review);
    return e;
}

static void read_body(const json_t *doc, struct read *r, struct order *a)
{
    static const char *const KNOWN[] = {"decision", "reason", NULL};
    const char *decision;

    body_known(doc, KNOWN, &r->errs);
    decision = body_text(doc, "decision", 20, true, r->mem, &r->errs);
    if (decision && !str_eq(decision, "dismiss"))
        field_errs_add(&r->errs, "/decision", ERR_UNKNOWN_VALUE,
                       "one of: dismiss");
    a->reason = body_text(doc, "reason", REASON_MAX, false, r->mem, &r->errs);
}

enum http_next review_post(struct http_req *rq)
{
    struct read *r;
    struct order *a;
    json_t *doc;
    enum err e;

    if (rq->woken)
        return api_read_reply(rq);
    r = api_read_new(rq);
    if (!r)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    a = r->args = arena_alloc(r->mem, sizeof(*a));
    doc = api_json(rq, &r->errs, &e);
    if ((!doc && !r->errs.n) || !api_param_id(rq, 0, &a->review_id)) {
        e = doc ? ERR_NOT_FOUND : e;
        json_decref(doc);
        api_read_free(r);
        return reply_problem(rq, e, NULL);
    }
    if (doc)
        read_body(doc, r, a);
    json_decref(doc);
    return api_read_start(rq, r, run_dismiss);
}
