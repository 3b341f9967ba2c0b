#include "api/reviews_get.h"

#include <string.h>

#include "api/body.h"
#include "api/decision.h"
#include "api/page.h"
#include "api/review_json.h"
#include "base/str.h"

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
        review_put(&r->out, &page.reviews[i]);
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
    static const char *const STATES[] = {"open", "dismissed", "merged", "all",
                                         NULL};
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
    a->state = str_eq(STATES[i], "all") ? NULL : STATES[i];
    page_read(rq, r,
              arena_printf(r->mem, "reviews %s", a->state ? a->state : ""),
              &a->page);
    a->after = page_after_id(r, &a->page);
    return api_read_start(rq, r, run_page);
}

static void read_body(const json_t *doc, struct read *r, struct decision *d)
{
    static const char *const KNOWN[] = {"decision", "reason", NULL};
    const char *decision;

    body_known(doc, KNOWN, &r->errs);
    decision = body_text(doc, "decision", 20, true, r->mem, &r->errs);
    if (decision && !str_eq(decision, "dismiss"))
        field_errs_add(&r->errs, "/decision", ERR_UNKNOWN_VALUE,
                       "one of: dismiss");
    d->note =
        body_text(doc, "reason", DECISION_NOTE_MAX, false, r->mem, &r->errs);
}

static enum err run_dismiss(struct pg *pg, struct read *r)
{
    const struct decision *d = r->args;
    struct review review = {.kind = NULL};
    enum err e = review_dismiss(pg, r->mem, r->ws->workspace_id, &d->id,
                                d->note, &r->key->key_id, r->now_ms, &review);

    if (e == ERR_OK)
        review_put(&r->out, &review);
    return e;
}

enum http_next review_post(struct http_req *rq)
{
    return decision_visit(rq, read_body, run_dismiss);
}
