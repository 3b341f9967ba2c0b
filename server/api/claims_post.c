#include "api/claims_post.h"

#include <jansson.h>

#include "api/app.h"
#include "api/body.h"
#include "api/lead_reply.h"
#include "base/str.h"

#define NEXT_MAX 50

typedef void decode_fn(const json_t *doc, struct work *w,
                       struct field_errs *errs);

static void decode_nothing(const json_t *doc, struct work *w,
                           struct field_errs *errs)
{
    (void)doc;
    (void)w;
    (void)errs;
}

static void decode_reason(const json_t *doc, struct work *w,
                          struct field_errs *errs)
{
    static const char *const KNOWN[] = {"reason", "note", NULL};

    body_known(doc, KNOWN, errs);
    w->claim.reason = body_text(doc, "reason", 200, true, w->mem, errs);
}

/* Which leads will do; a wish nobody here knows is refused, or the rep would
   be given a lead he did not ask for. */
static void decode_filter(const json_t *filter, struct work *w,
                          struct field_errs *errs)
{
    static const char *const KNOWN[] = {"stage", "grade", NULL};
    struct claim_order *o = &w->claim;
    struct field_errs own = {.mem = errs->mem};
    enum stage stage;

    if (!filter || json_is_null(filter))
        return;
    if (!json_is_object(filter)) {
        field_errs_add(errs, "/filter", ERR_WRONG_TYPE,
                       "an object is expected");
        return;
    }
    body_known(filter, KNOWN, &own);
    o->stage = body_text(filter, "stage", 20, false, w->mem, &own);
    o->grade = body_text(filter, "grade", 20, false, w->mem, &own);
    if (o->stage && (!stage_parse(o->stage, &stage) ||
                     (stage != STAGE_SQL && stage != STAGE_PQL)))
        field_errs_add(&own, "/stage", ERR_UNKNOWN_VALUE, "sql or pql");
    if (o->grade && !grade_is_word(o->grade))
        field_errs_add(&own, "/grade", ERR_UNKNOWN_VALUE, "A1 to C3");
    body_errs_at(errs, "/filter", &own);
}

static void decode_next(const json_t *doc, struct work *w,
                        struct field_errs *errs)
{
    static const char *const KNOWN[] = {"count", "filter", NULL};
    int64_t count = 1;

    body_known(doc, KNOWN, errs);
    (void)body_int(doc, "count", 1, NEXT_MAX, false, &count, errs);
    w->claim.count = (int)count;
    decode_filter(json_object_get(doc, "filter"), w, errs);
}

static void decode_activity(const json_t *doc, struct work *w,
                            struct field_errs *errs)
{
    static const char *const KNOWN[] = {"kind", "duration_s", "result", NULL};

    body_known(doc, KNOWN, errs);
    body_activity(doc, "", w->mem, &w->claim.activity, errs);
}

static bool iso_currency(const char *s)
{
    return s && strlen(s) == 3 && strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3;
}

static void decode_outcome(const json_t *doc, struct work *w,
                           struct field_errs *errs)
{
    static const char *const KNOWN[] = {"result", "amount", "currency",
                                        "reason", NULL};
    struct claim_order *o = &w->claim;
    bool won;

    body_known(doc, KNOWN, errs);
    o->result = body_text(doc, "result", 10, true, w->mem, errs);
    won = str_eq(o->result, "won");
    if (o->result && !won && !str_eq(o->result, "lost"))
        field_errs_add(errs, "/result", ERR_UNKNOWN_VALUE, "won or lost");
    (void)body_int(doc, "amount", 0, INT64_MAX / 4, won, &o->amount, errs);
    o->currency = body_text(doc, "currency", 3, won, w->mem, errs);
    if (o->currency && !iso_currency(o->currency))
        field_errs_add(errs, "/currency", ERR_UNKNOWN_VALUE,
                       "an ISO 4217 code");
    o->reason = body_text(doc, "reason", 200, o->result && !won, w->mem, errs);
}

/* An empty body is an empty object. */
static json_t *document(struct http_req *rq, struct field_errs *errs,
                        enum err *e)
{
    *e = ERR_OK;
    errs->mem = rq->mem;
    return rq->body_bytes ? api_json(rq, errs, e) : json_object();
}

static enum http_next start(struct http_req *rq, enum claim_kind kind,
                            decode_fn *decode, void (*render)(struct work *))
{
    const struct auth_key *key = api_caller(rq)->key;
    struct field_errs errs = {0};
    struct work *w;
    json_t *doc;
    enum err e;

    doc = document(rq, &errs, &e);
    w = doc ? api_work(rq, NULL) : NULL;
    if (!w) {
        json_decref(doc);
        return api_refuse(rq, NULL, doc ? ERR_NO_MEMORY : e, &errs);
    }
    w->claim.kind = kind;
    w->claim.rep_id = key->rep_id;
    w->render = render;
    decode(doc, w, &errs);
    json_decref(doc);
    e = errs.n ? ERR_INVALID : api_idempotency(rq, w);
    if (e == ERR_OK && kind == CLAIM_THIS) {
        w->parts = arena_alloc(w->mem, sizeof(*w->parts));
        w->n_parts = 1;
        w->parts[0].kind = PART_TARGET;
        if (!api_if_match(rq, &w->if_version))
            e = ERR_STALE;
        if (!api_param_id(rq, 0, &w->parts[0].target))
            e = ERR_NOT_FOUND;
    } else if (e == ERR_OK && kind != CLAIM_NEXT &&
               !api_param_id(rq, 0, &w->claim.claim_id)) {
        e = ERR_NOT_FOUND;
    }
    if (e == ERR_OK && kind <= CLAIM_NEXT && uuid_is_nil(&key->rep_id))
        e = ERR_FORBIDDEN; /* only a rep can hold a lead */
    return e == ERR_OK ? api_write_start(rq, w) : api_refuse(rq, w, e, &errs);
}

enum http_next lead_claim_post(struct http_req *rq)
{
    return rq->woken ? api_write_reply(rq)
                     : start(rq, CLAIM_THIS, decode_nothing, render_claim);
}

enum http_next claims_post(struct http_req *rq)
{
    return rq->woken ? api_write_reply(rq)
                     : start(rq, CLAIM_NEXT, decode_next, render_claims);
}

enum http_next claim_accept(struct http_req *rq)
{
    return rq->woken ? api_write_reply(rq)
                     : start(rq, CLAIM_ACCEPT, decode_nothing, render_claim);
}

enum http_next claim_release(struct http_req *rq)
{
    return rq->woken ? api_write_reply(rq)
                     : start(rq, CLAIM_RELEASE, decode_reason, render_claim);
}

enum http_next claim_reject(struct http_req *rq)
{
    return rq->woken ? api_write_reply(rq)
                     : start(rq, CLAIM_REJECT, decode_reason, render_claim);
}

enum http_next claim_extend(struct http_req *rq)
{
    return rq->woken ? api_write_reply(rq)
                     : start(rq, CLAIM_EXTEND, decode_nothing, render_claim);
}

enum http_next claim_activity(struct http_req *rq)
{
    return rq->woken
               ? api_write_reply(rq)
               : start(rq, CLAIM_ACTIVITY, decode_activity, render_activity);
}

enum http_next claim_outcome(struct http_req *rq)
{
    return rq->woken ? api_write_reply(rq)
                     : start(rq, CLAIM_OUTCOME, decode_outcome, render_claim);
}
