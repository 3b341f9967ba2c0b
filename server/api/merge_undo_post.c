#include "api/merge_undo_post.h"

#include "api/body.h"
#include "api/decision.h"
#include "api/review_json.h"

static void read_body(const json_t *doc, struct read *r, struct decision *d)
{
    static const char *const KNOWN[] = {NULL};

    (void)d;
    body_known(doc, KNOWN, &r->errs);
}

static enum err run(struct pg *pg, struct read *r)
{
    const struct decision *d = r->args;
    struct merge merge = {.note = NULL};
    enum err e = merge_undo(pg, r->mem, r->ws->workspace_id, &d->id,
                            &r->key->key_id, r->now_ms, &merge, &r->why);

    if (e == ERR_OK)
        merge_put(&r->out, &merge);
    return e;
}

enum http_next merge_undo_post(struct http_req *rq)
{
    return decision_visit(rq, read_body, run);
}
