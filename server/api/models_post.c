#include "api/models_post.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "api/body.h"
#include "api/page.h"
#include "base/reserve.h"
#include "flow/lead_score.h"
#include "store/read_bundle.h"
#include "store/read_leads.h"
#include "store/read_models.h"

#define CHUNK       200
#define LEADS_MAX   10000
#define LEADS_FIRST 1000

struct order {
    struct flow *flow;
    const char *version;
    const char *doc; /* NULL: the stored one */
    int64_t leads;
};

static struct read *start(struct http_req *rq)
{
    struct read *r = api_read_new(rq);
    struct order *a;

    if (!r)
        return NULL;
    a = r->args = arena_alloc(r->mem, sizeof(*a));
    a->flow = rq->app->flow;
    return r;
}

/* Check a document. @return false with faults at their exact pointers */
static bool check(const json_t *doc, const char *pointer, struct read *r)
{
    struct field_errs errs = {.mem = r->mem};
    struct model *m = model_compile(doc, &errs);
    bool good = m != NULL;

    model_free(m);
    for (struct field_err *f = errs.first; f; f = f->next)
        field_errs_add(&r->errs,
                       arena_printf(r->mem, "%s%s", pointer, f->pointer),
                       f->err, "%s", f->detail);
    if (!good && !errs.n)
        field_errs_add(&r->errs, pointer, ERR_MODEL_INVALID,
                       "the model cannot be used");
    return good;
}

static const char *keep(const json_t *doc, struct read *r)
{
    char *text = json_dumps(doc, JSON_COMPACT);
    const char *kept = arena_strdup(r->mem, text);

    reserve_free(text);
    return kept;
}

static json_t *body_of(struct http_req *rq, struct read *r, enum err *out_err)
{
    json_t *doc = api_json(rq, &r->errs, out_err);

    r->errs.mem = r->mem;
    return doc;
}

/* ---- a new one ---- */

static enum err run_insert(struct pg *pg, struct read *r)
{
    const struct order *a = r->args;
    bool created = false;
    enum err e = model_insert(pg, r->mem, r->ws->workspace_id, a->version,
                              a->doc, &r->key->key_id, r->now_ms, &created);

    if (e != ERR_OK)
        return e;
    r->status = created ? 201 : 200;
    (void)buf_puts(&r->out, "{\"version\":");
    (void)buf_json_str(&r->out, a->version, strlen(a->version));
    (void)buf_printf(&r->out, ",\"created\":%s}", created ? "true" : "false");
    return ERR_OK;
}

enum http_next models_post(struct http_req *rq)
{
    struct read *r;
    struct order *a;
    json_t *doc;
    enum err e = ERR_OK;

    if (rq->woken)
        return api_read_reply(rq);
    r = start(rq);
    if (!r)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    a = r->args;
    doc = body_of(rq, r, &e);
    if (doc && check(doc, "", r)) {
        a->version = arena_strdup(
            r->mem, json_string_value(json_object_get(doc, "version")));
        a->doc = keep(doc, r);
    }
    json_decref(doc);
    if (!a->doc && !r->errs.n) {
        api_read_free(r);
        return reply_problem(rq, e != ERR_OK ? e : ERR_NO_MEMORY, NULL);
    }
    return api_read_start(rq, r, run_insert);
}

/* ---- make it the active one ---- */

/* A stored document that no longer compiles must not become the judge. */
static enum err usable(struct pg *pg, struct read *r, const char *version)
{
    struct field_errs errs = {.mem = r->mem};
    struct model *m = NULL;
    struct model_row row;
    json_t *doc;
    enum err e = read_model(pg, r->mem, r->ws->workspace_id, version, &row);

    if (e != ERR_OK)
        return e;
    doc = json_loads(row.doc_json, 0, NULL);
    if (doc)
        m = model_compile(doc, &errs);
    json_decref(doc);
    e = m ? ERR_OK : ERR_MODEL_INVALID;
    model_free(m);
    return e;
}

static enum err run_activate(struct pg *pg, struct read *r)
{
    const struct order *a = r->args;
    enum err e = usable(pg, r, a->version);

    if (e == ERR_OK)
        e = model_activate(pg, r->mem, r->ws->workspace_id, a->version,
                           &r->key->key_id, r->now_ms);
    if (e != ERR_OK)
        return e;
    /* it is committed: an instance that cannot load it now, this one too,
       does so when it sees the change counter */
    if (flow_reload(a->flow) != ERR_OK)
        r->status = 202;
    (void)buf_puts(&r->out, "{\"version\":");
    (void)buf_json_str(&r->out, a->version, strlen(a->version));
    (void)buf_puts(&r->out, ",\"active\":true}");
    return ERR_OK;
}

enum http_next model_activate_post(struct http_req *rq)
{
    struct read *r;
    struct order *a;

    if (rq->woken)
        return api_read_reply(rq);
    r = start(rq);
    if (!r)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    a = r->args;
    a->version = arena_strdup(r->mem, rq->param[0]);
    return api_read_start(rq, r, run_activate);
}

/* ---- what would change ---- */

static enum err chunk(struct pg *pg, struct read *r, const struct model *m,
                      struct arena *mem, int limit, struct lead_place *place,
                      bool *more, struct model_diff *d)
{
    struct lead_filter all = {.stage = NULL};
    struct uuid ids[CHUNK];
    struct lead_page page;
    struct bundle *list = NULL;
    enum err e =
        read_leads(pg, mem, r->ws->workspace_id, &all,
                   uuid_is_nil(&place->lead_id) ? NULL : place, limit, &page);

    if (e != ERR_OK)
        return e;
    for (size_t i = 0; i < page.n; i++)
        ids[i] = page.leads[i].lead_id;
    *more = page.more;
    *place = page.end;
    if (!page.n)
        return ERR_OK;
    e = read_bundles(pg, mem, r->ws->workspace_id, ids, page.n, r->now_ms,
                     &list);
    for (struct bundle *b = list; e == ERR_OK && b; b = b->next)
        model_diff_add(d, r->ws, r->ws->model, m, b, r->now_ms, mem);
    return e;
}

static enum err compare(struct pg *pg, struct read *r, const struct model *m,
                        struct model_diff *d)
{
    const struct order *a = r->args;
    struct lead_place place = {0};
    int64_t left = a->leads;
    bool more = true;
    enum err e = ERR_OK;

    while (e == ERR_OK && more && left > 0) {
        struct arena *mem = api_read_part(r);

        if (!mem)
            return ERR_NO_MEMORY;
        e = chunk(pg, r, m, mem, (int)MIN(left, CHUNK), &place, &more, d);
        api_read_part_end(r);
        left -= CHUNK;
    }
    return e;
}

static enum err run_simulate(struct pg *pg, struct read *r)
{
    const struct order *a = r->args;
    struct field_errs errs = {.mem = r->mem};
    struct model_diff *d = arena_alloc(r->mem, sizeof(*d));
    struct model *m = NULL;
    struct model_row row = {.doc_json = a->doc};
    json_t *doc;
    enum err e = ERR_OK;

    if (!a->doc)
        e = read_model(pg, r->mem, r->ws->workspace_id, a->version, &row);
    if (e != ERR_OK)
        return e;
    doc = json_loads(row.doc_json, 0, NULL);
    if (doc)
        m = model_compile(doc, &errs);
    json_decref(doc);
    e = m && r->ws->model ? compare(pg, r, m, d) : ERR_MODEL_INVALID;
    model_free(m);
    if (e == ERR_OK)
        model_diff_write(d, &r->out);
    return e;
}

static void read_simulate(const json_t *doc, struct read *r, struct order *a)
{
    static const char *const KNOWN[] = {"model", "version", "leads", NULL};
    const json_t *model = json_object_get(doc, "model");

    body_known(doc, KNOWN, &r->errs);
    a->leads = LEADS_FIRST;
    (void)body_int(doc, "leads", 1, LEADS_MAX, false, &a->leads, &r->errs);
    if (model && check(model, "/model", r))
        a->doc = keep(model, r);
    a->version = body_text(doc, "version", MODEL_VERSION_BYTES - 1, !model,
                           r->mem, &r->errs);
}

enum http_next models_simulate(struct http_req *rq)
{
    struct read *r;
    json_t *doc;
    enum err e = ERR_OK;

    if (rq->woken)
        return api_read_reply(rq);
    r = start(rq);
    if (!r)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    doc = body_of(rq, r, &e);
    if (doc)
        read_simulate(doc, r, r->args);
    json_decref(doc);
    if (e != ERR_OK && !r->errs.n) {
        api_read_free(r);
        return reply_problem(rq, e, NULL);
    }
    return api_read_start(rq, r, run_simulate);
}
