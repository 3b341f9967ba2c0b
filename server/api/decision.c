#include "api/decision.h"

enum http_next decision_visit(struct http_req *rq, decision_read *read_body,
                              enum err (*run)(struct pg *pg, struct read *r))
{
    struct decision *d;
    struct read *r;
    json_t *doc;
    enum err e = ERR_OK;

    if (rq->woken)
        return api_read_reply(rq);
    r = api_read_new(rq);
    if (!r)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    d = r->args = arena_alloc(r->mem, sizeof(*d));
    doc = rq->body_bytes ? api_json(rq, &r->errs, &e) : json_object();
    if (doc && !api_param_id(rq, 0, &d->id))
        e = ERR_NOT_FOUND;
    if (doc && e == ERR_OK)
        read_body(doc, r, d);
    json_decref(doc);
    if (e == ERR_OK || r->errs.n)
        return api_read_start(rq, r, run);
    api_read_free(r);
    return reply_problem(rq, e, NULL);
}
