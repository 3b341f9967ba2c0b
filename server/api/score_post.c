#include "api/score_post.h"

#include <jansson.h>
#include <stdlib.h>

#include "api/app.h"
#include "base/str.h"
#include "flow/dry_run.h"

static enum http_next refuse(struct http_req *rq, json_t *doc, enum err e,
                             const struct field_errs *errs)
{
    json_decref(doc);
    return errs->n ? reply_invalid(rq, errs) : reply_problem(rq, e, NULL);
}

enum http_next score_post(struct http_req *rq)
{
    const struct caller *who = api_caller(rq);
    struct field_errs errs = {.mem = rq->mem};
    struct buf out = BUF_INIT;
    json_t *doc;
    enum err e;

    doc = api_json(rq, &errs, &e);
    if (!doc)
        return refuse(rq, NULL, e, &errs);
    e = dry_run(who->ws, doc, rq->mem, &out, &errs);
    if (e != ERR_OK) {
        buf_release(&out);
        return refuse(rq, doc, e, &errs);
    }
    json_decref(doc);
    return reply_json(rq, 200, &out);
}
