#include "api/score_get.h"

#include <jansson.h>

#include "api/page.h"
#include "flow/lead_score.h"
#include "store/read_bundle.h"
#include "store/read_models.h"

struct ask {
    struct uuid lead_id;
    int64_t as_of_ms;
    const char *model; /* version; NULL: the active one */
};

/* @return ERR_NOT_FOUND when no such version is stored */
static enum err stored_model(struct pg *pg, struct read *r, const char *version,
                             struct model **out)
{
    struct field_errs errs = {.mem = r->mem};
    struct model_row row;
    json_t *doc;
    enum err e = read_model(pg, r->mem, r->ws->workspace_id, version, &row);

    if (e != ERR_OK)
        return e;
    doc = json_loads(row.doc_json, 0, NULL);
    *out = doc ? model_compile(doc, &errs) : NULL;
    json_decref(doc);
    return *out ? ERR_OK : ERR_MODEL_INVALID;
}

/* Only what was known then counts. */
static enum err look_back(struct pg *pg, struct read *r, struct bundle *b,
                          int64_t as_of_ms)
{
    struct stated *list = NULL;
    size_t n = 0;
    enum err e = ERR_OK;

    if (!bundle_facts_are_newer(b, as_of_ms))
        return ERR_OK;
    e = read_stated(pg, r->mem, r->ws->workspace_id, &b->lead.lead_id, &list,
                    &n);
    if (e == ERR_OK)
        bundle_facts_at(b, list, n, as_of_ms);
    return e;
}

static enum err run(struct pg *pg, struct read *r)
{
    const struct ask *a = r->args;
    struct model *own = NULL;
    struct bundle *b = NULL;
    enum err e = read_bundle(pg, r->mem, r->ws->workspace_id, &a->lead_id,
                             a->as_of_ms, &b);

    if (e == ERR_OK)
        e = look_back(pg, r, b, a->as_of_ms);
    if (e == ERR_OK && a->model)
        e = stored_model(pg, r, a->model, &own);
    if (e == ERR_OK && !own && !r->ws->model)
        e = ERR_MODEL_INVALID;
    if (e == ERR_OK)
        e = lead_score(r->ws, own ? own : r->ws->model, b, a->as_of_ms, r->mem,
                       &r->out);
    model_free(own);
    return e;
}

enum http_next lead_score_get(struct http_req *rq)
{
    static const char *const KNOWN[] = {"as_of", "model", NULL};
    struct read *r;
    struct ask *a;

    if (rq->woken)
        return api_read_reply(rq);
    r = api_read_new(rq);
    if (!r)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    a = r->args = arena_alloc(r->mem, sizeof(*a));
    if (!api_param_id(rq, 0, &a->lead_id)) {
        api_read_free(r);
        return reply_problem(rq, ERR_NOT_FOUND, NULL);
    }
    arg_unknown(rq, &r->errs, KNOWN);
    a->as_of_ms = r->now_ms;
    (void)arg_instant(rq, r, "as_of", &a->as_of_ms);
    a->model = arg_kept(rq, r, "model", MODEL_VERSION_BYTES - 1);
    return api_read_start(rq, r, run);
}
