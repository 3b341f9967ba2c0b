#include "api/review_dismiss_post.h"

#include "api/body.h"
#include "api/decision.h"
#include "api/review_json.h"
#include "base/str.h"

static void read_body(const json_t *doc, struct read *r, struct decision *d)
{
    static const char *const KNOWN[] = {"note", NULL};

    body_known(doc, KNOWN, &r->errs);
    d->note =
        body_text(doc, "note", DECISION_NOTE_MAX, false, r->mem, &r->errs);
}

/* Said again, it is the same; only a merge is another decision. */
static enum err run(struct pg *pg, struct read *r)
{
    const struct decision *d = r->args;
    struct review review = {.kind = NULL};
    enum err e = review_dismiss(pg, r->mem, r->ws->workspace_id, &d->id,
                                d->note, &r->key->key_id, r->now_ms, &review);

    if (e == ERR_CONFLICT)
        e = read_review(pg, r->mem, r->ws->workspace_id, &d->id, &review);
    if (e == ERR_OK && !str_eq(review.state, "dismissed")) {
        r->why = "these leads were merged: undo that first";
        return ERR_CONFLICT;
    }
    if (e == ERR_OK)
        review_put(&r->out, &review);
    return e;
}

enum http_next review_dismiss_post(struct http_req *rq)
{
    return decision_visit(rq, read_body, run);
}
