#include "api/source_try.h"

#include <jansson.h>

#include "api/app.h"
#include "base/str.h"
#include "flow/door.h"
#include "flow/try_run.h"
#include "intake/json_guard.h"
#include "store/read_receipts.h"

/* One attempt on its way. */
struct attempt {
    struct uuid source_id, receipt_id; /**< receipt_id nil: a given body */
    const char *content_type, *body;
    size_t body_bytes;
};

static bool only_members(const json_t *j, const char *a, const char *b)
{
    size_t n = 0;

    n += json_object_get(j, a) != NULL;
    n += b && json_object_get(j, b);
    return n && json_object_size(j) == n;
}

/* {"receipt_id"} or {"content_type", "body"}; whatever else came is itself
 * the body to try. */
static void read_envelope(struct http_req *rq, struct read *r,
                          struct attempt *t)
{
    AUTO(json_cleanup) json_t *j = NULL;
    struct field_errs unheard = {.mem = r->mem};
    const char *id, *type;

    if (json_guard_object(rq->body, rq->body_bytes, JSON_LIMITS_BATCH, &unheard,
                          &j) != ERR_OK)
        return;
    id = json_string_value(json_object_get(j, "receipt_id"));
    type = json_string_value(json_object_get(j, "content_type"));
    if (only_members(j, "receipt_id", NULL)) {
        if (!id || !uuid_parse(id, &t->receipt_id))
            field_errs_add(&r->errs, "/receipt_id", ERR_UNKNOWN_VALUE,
                           "the id of a receipt is needed");
    } else if (json_is_string(json_object_get(j, "body")) &&
               only_members(j, "body", "content_type")) {
        t->body =
            arena_strdup(r->mem, json_string_value(json_object_get(j, "body")));
        t->body_bytes = strlen(t->body);
        t->content_type = arena_strdup(r->mem, type);
    }
}

/* How receipts of such a source come in. */
static const char *door_of(const struct source *s)
{
    return str_eq(s->kind, "form")     ? "form"
           : str_eq(s->kind, "server") ? "lead"
                                       : "hook";
}

static enum err load(struct pg *pg, struct read *r, const struct attempt *t,
                     struct work *w)
{
    struct stored_receipt stored;
    enum err e =
        read_receipt(pg, r->mem, r->ws->workspace_id, &t->receipt_id, &stored);

    if (e == ERR_OK)
        w->receipt = stored.receipt;
    return e;
}

static enum err run(struct pg *pg, struct read *r)
{
    const struct attempt *t = r->args;
    const struct source *s =
        snapshot_source_id(r->snap, r->ws->workspace_id, &t->source_id);
    struct work w = {.mem = r->mem, .workspace_id = r->ws->workspace_id};
    enum err e = ERR_OK;

    if (!s)
        return ERR_NOT_FOUND;
    w.receipt = (struct receipt){.receipt_id = uuid_new(r->now_ms),
                                 .received_ms = r->now_ms,
                                 .source = s->name,
                                 .door = door_of(s),
                                 .content_type = t->content_type,
                                 .body = t->body,
                                 .body_bytes = t->body_bytes};
    if (!uuid_is_nil(&t->receipt_id))
        e = load(pg, r, t, &w);
    w.receipt.source_id = t->source_id; /* tried with this one's mapping */
    return e == ERR_OK ? try_run(r->snap, &w, r->now_ms, &r->out) : e;
}

enum http_next source_try(struct http_req *rq)
{
    const char *type = http_header(rq, "Content-Type");
    struct attempt *t;
    struct read *r;

    if (rq->woken)
        return api_read_reply(rq);
    r = api_read_new(rq);
    if (!r)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    r->args = t = arena_alloc(r->mem, sizeof(*t));
    if (!api_param_id(rq, 0, &t->source_id)) {
        api_read_free(r);
        return reply_problem(rq, ERR_NOT_FOUND, NULL);
    }
    t->body = arena_strndup(r->mem, rq->body, rq->body_bytes);
    t->body_bytes = rq->body_bytes;
    t->content_type = type && utf8_valid(type, strlen(type))
                          ? arena_strdup(r->mem, type)
                          : NULL;
    if (!type || http_body_is(rq, "application/json"))
        read_envelope(rq, r, t);
    return api_read_start(rq, r, run);
}
