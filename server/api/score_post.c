#include "api/score_post.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "api/app.h"
#include "base/str.h"
#include "flow/dry_run.h"
#include "store/read_models.h"

static enum http_next refuse(struct http_req *rq, json_t *doc, enum err e,
                             const struct field_errs *errs)
{
    json_decref(doc);
    return errs->n ? reply_invalid(rq, errs) : reply_problem(rq, e, NULL);
}

/* ---- what needs the database: another model than the one at hand, a key ----
 */

/* The document in place of its name. */
static enum err put_model(struct pg *pg, struct read *r, const char *version)
{
    struct model_row row;
    json_t *model;
    enum err e = read_model(pg, r->mem, r->ws->workspace_id, version, &row);

    if (e == ERR_NOT_FOUND) {
        field_errs_add(&r->errs, "/model", ERR_UNKNOWN_VALUE,
                       "no such version is stored");
        return ERR_INVALID;
    }
    if (e != ERR_OK)
        return e;
    model = json_loads(row.doc_json, 0, NULL);
    if (!model)
        return ERR_MODEL_INVALID;
    return json_object_set_new(r->json, "model", model) == 0 ? ERR_OK
                                                             : ERR_NO_MEMORY;
}

static enum err run_read(struct pg *pg, struct read *r)
{
    const char *version = json_string_value(json_object_get(r->json, "model"));
    enum err e = version ? put_model(pg, r, version) : ERR_OK;

    return e == ERR_OK ? dry_run(r->ws, r->json, r->mem, &r->out, &r->errs) : e;
}

/** Takes @a doc. */
static enum http_next start_read(struct http_req *rq, json_t *doc)
{
    struct read *r = api_read_new(rq);

    if (!r) {
        json_decref(doc);
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    }
    r->json = doc;
    return api_read_start(rq, r, run_read);
}

/* The active one is at hand, database or not. */
static bool names_another(const struct workspace *ws, json_t *doc)
{
    const char *version = json_string_value(json_object_get(doc, "model"));

    if (!version)
        return false;
    if (!ws->model || strcmp(version, ws->model->version) != 0)
        return true;
    (void)json_object_del(doc, "model");
    return false;
}

enum http_next score_post(struct http_req *rq)
{
    const struct caller *who = api_caller(rq);
    struct field_errs errs = {.mem = rq->mem};
    struct buf out = BUF_INIT;
    json_t *doc;
    enum err e;

    if (rq->woken)
        return api_read_reply(rq);
    doc = api_json(rq, &errs, &e);
    if (!doc)
        return refuse(rq, NULL, e, &errs);
    if (names_another(who->ws, doc) || http_header(rq, "Idempotency-Key"))
        return start_read(rq, doc);
    e = dry_run(who->ws, doc, rq->mem, &out, &errs);
    if (e != ERR_OK) {
        buf_release(&out);
        return refuse(rq, doc, e, &errs);
    }
    json_decref(doc);
    return reply_json(rq, 200, &out);
}
