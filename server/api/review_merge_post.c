#include "api/review_merge_post.h"

#include "api/body.h"
#include "api/decision.h"
#include "api/review_json.h"

static void read_body(const json_t *doc, struct read *r, struct decision *d)
{
    static const char *const KNOWN[] = {"keep", "note", NULL};
    const char *keep;

    body_known(doc, KNOWN, &r->errs);
    keep = body_text(doc, "keep", UUID_TEXT_BYTES - 1, true, r->mem, &r->errs);
    if (keep && !uuid_parse(keep, &d->keep))
        field_errs_add(&r->errs, "/keep", ERR_UNKNOWN_VALUE,
                       "the id of a lead is needed");
    d->note =
        body_text(doc, "note", DECISION_NOTE_MAX, false, r->mem, &r->errs);
}

static enum err run(struct pg *pg, struct read *r)
{
    const struct decision *d = r->args;
    struct merge_order order = {.workspace_id = r->ws->workspace_id,
                                .review_id = d->id,
                                .keep = d->keep,
                                .note = d->note,
                                .by = r->key->key_id,
                                .now_ms = r->now_ms};
    struct merge merge;
    bool created = false;
    enum err e = merge_leads(pg, r->mem, &order, &merge, &created, &r->why);

    if (e == ERR_UNKNOWN_VALUE)
        field_errs_add(&r->errs, "/keep", e, "no lead of this review");
    if (e != ERR_OK)
        return e;
    r->status = created ? 201 : 200;
    merge_put(&r->out, &merge);
    return ERR_OK;
}

enum http_next review_merge_post(struct http_req *rq)
{
    return decision_visit(rq, read_body, run);
}
