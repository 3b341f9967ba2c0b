#include "api/app.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "flow/door.h"
#include "intake/json_guard.h"

#define IDEM_KEY_MAX 255

/* A few headers that tell later where a receipt came from. */
static const char *kept_headers(struct http_req *rq)
{
    static const char *const KEEP[] = {"User-Agent", "Origin", "Referer"};
    AUTO(buf_release) struct buf b = BUF_INIT;

    for (size_t i = 0; i < ARRAY_LEN(KEEP); i++) {
        const char *v = http_header(rq, KEEP[i]);

        if (!v || !utf8_valid(v, strlen(v)))
            continue;
        (void)buf_puts(&b, b.len ? "," : "{");
        (void)buf_json_str(&b, KEEP[i], strlen(KEEP[i]));
        (void)buf_putc(&b, ':');
        (void)buf_json_str(&b, v, MIN(strlen(v), (size_t)512));
    }
    if (!b.len)
        return NULL;
    (void)buf_putc(&b, '}');
    return arena_strndup(rq->mem, b.ptr, b.len);
}

static void fill_receipt(struct http_req *rq, struct work *w)
{
    const struct caller *who = api_caller(rq);
    const char *type = http_header(rq, "Content-Type");

    w->receipt.body = arena_memdup(w->mem, rq->body, rq->body_bytes);
    w->receipt.body_bytes = rq->body_bytes;
    w->receipt.headers_json = arena_strdup(w->mem, kept_headers(rq));
    w->receipt.source = "api";
    if (type && utf8_valid(type, strlen(type)))
        w->receipt.content_type = arena_strdup(w->mem, type);
    if (who && who->key) {
        w->receipt.key_id = who->key->key_id;
        w->receipt.role = key_role_text(who->key->role);
    }
}

struct work *api_work(struct http_req *rq, const char *door)
{
    const struct caller *who = api_caller(rq);
    int64_t workspace = who && who->key ? who->key->workspace_id : 0;
    struct work *w = flow_work(rq->app->flow, workspace, door);

    if (w && door)
        fill_receipt(rq, w);
    return w;
}

bool api_work_lead(struct http_req *rq, struct work *w)
{
    return api_param_id(rq, 0, &w->receipt.lead_id);
}

/* ---- parking and answering ---- */

static void free_work(void *w)
{
    work_free(w);
}

static void finished(struct work *w)
{
    struct done *done = w->ctx;

    done->fn(done->ctx, w->err, w);
}

void api_write_park(struct http_req *rq, struct work *w, int64_t park_ms)
{
    struct done *done = arena_alloc(w->mem, sizeof(*done));

    w->done = finished;
    w->ctx = done;
    rq->result_free = free_work;
    *done = http_park(rq, park_ms);
}

void api_write_submit(struct flow *f, struct work *w)
{
    enum err e = flow_submit(f, w);

    if (e != ERR_OK) {
        w->err = e;
        finished(w);
    }
}

enum http_next api_write_start(struct http_req *rq, struct work *w)
{
    api_write_park(rq, w, rq->app->config.park_ms);
    api_write_submit(rq->app->flow, w);
    return HTTP_PARKED;
}

static enum http_next reply_conflict(struct http_req *rq, const struct work *w)
{
    char t[TIME_TEXT_BYTES];

    if (rq->err == ERR_ALREADY_CLAIMED && w->claim.expires_ms)
        return reply_problem_with(
            rq, rq->err,
            arena_printf(rq->mem, "\"expires_at\":\"%s\"",
                         time_format(w->claim.expires_ms, t)));
    if (rq->err == ERR_ALREADY_CLAIMED)
        return reply_problem_with(rq, rq->err, "\"expires_at\":null");
    return reply_problem_with(
        rq, rq->err,
        arena_printf(rq->mem, "\"legal\":%s", w->legal ? w->legal : "[]"));
}

enum http_next api_write_reply(struct http_req *rq)
{
    struct work *w = rq->result;

    if (rq->err == ERR_ALREADY_CLAIMED || rq->err == ERR_ILLEGAL_STEP)
        return reply_conflict(rq, w);
    if (rq->err == ERR_REASON_REQUIRED || rq->err == ERR_UNKNOWN_VALUE) {
        struct field_errs errs = {.mem = rq->mem};

        field_errs_add(&errs, "/reason", rq->err, "%s",
                       err_info(rq->err)->title);
        return reply_invalid(rq, &errs);
    }
    if (rq->err != ERR_OK)
        return reply_problem(rq, rq->err, NULL);
    if (w->idem_replayed)
        reply_header(rq, "Idempotency-Replayed", "true");
    if (w->etag && !w->idem_replayed)
        reply_header(rq, "ETag", w->etag);
    if (!w->reply.len)
        return reply_empty(rq, w->status ? w->status : 204);
    return reply_json(rq, w->status, &w->reply);
}

enum http_next api_refuse(struct http_req *rq, struct work *w, enum err e,
                          const struct field_errs *errs)
{
    work_free(w);
    return errs->n ? reply_invalid(rq, errs) : reply_problem(rq, e, NULL);
}

/* ---- Idempotency-Key, If-Match, ETag ---- */

/* Quoted or bare; both are seen. @return the text between */
static const char *unquote(struct arena *mem, const char *s)
{
    size_t n = strlen(s);

    if (n >= 2 && s[0] == '"' && s[n - 1] == '"')
        return arena_strndup(mem, s + 1, n - 2);
    return arena_strdup(mem, s);
}

enum err api_idem_key(struct http_req *rq, struct arena *mem,
                      const char **out_key, const char **out_scope)
{
    const char *given = http_header(rq, "Idempotency-Key");
    const struct caller *who = api_caller(rq);
    char id[UUID_TEXT_BYTES] = "public";
    const char *key;

    *out_key = NULL;
    if (!given)
        return ERR_OK;
    key = unquote(mem, given);
    if (!*key || strlen(key) > IDEM_KEY_MAX || !utf8_valid(key, strlen(key)))
        return ERR_BAD_IDEM_KEY;
    if (who && who->key)
        uuid_format(&who->key->key_id, id);
    *out_scope = arena_printf(mem, "%s %s", id, rq->path);
    *out_key = key;
    return ERR_OK;
}

enum err api_idempotency(struct http_req *rq, struct work *w)
{
    enum err e = api_idem_key(rq, w->mem, &w->idem.key, &w->idem.scope);

    if (e == ERR_OK && w->idem.key)
        crypto_sha256(rq->body, rq->body_bytes, w->idem.fingerprint);
    return e;
}

enum http_next api_take(struct http_req *rq, const char *door, bool of_lead,
                        void (*render)(struct work *w))
{
    struct field_errs errs = {.mem = rq->mem};
    struct work *w;
    enum err e;

    if (rq->woken)
        return api_write_reply(rq);
    w = api_work(rq, door);
    if (!w)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    w->render = render;
    if (of_lead && !api_work_lead(rq, w))
        return api_refuse(rq, w, ERR_NOT_FOUND, &errs);
    if (of_lead && !api_if_match(rq, &w->if_version))
        return api_refuse(rq, w, ERR_STALE, &errs);
    w->may_spool = !w->if_version; /* what is stale is told now */
    e = api_idempotency(rq, w);
    if (e == ERR_OK)
        e = door_open(api_caller(rq)->snap, w, &errs);
    if (e != ERR_OK)
        return api_refuse(rq, w, e, &errs);
    return api_write_start(rq, w);
}

bool api_if_match(struct http_req *rq, int32_t *out_version)
{
    const char *given = http_header(rq, "If-Match");
    int64_t version = 0;
    char digits[16];
    size_t n;

    *out_version = 0;
    if (!given || str_eq(given, "*"))
        return true;
    if (strncmp(given, "\"v", 2) != 0)
        return false;
    n = strspn(given + 2, "0123456789");
    if (!n || n >= sizeof(digits))
        return false;
    memcpy(digits, given + 2, n);
    digits[n] = '\0';
    if (!str_to_i64(digits, &version) || version > INT32_MAX || version < 1)
        return false;
    *out_version = (int32_t)version;
    return true;
}

const char *api_lead_etag(const struct lead *l, struct arena *mem)
{
    char id[UUID_TEXT_BYTES];

    if (uuid_is_nil(&l->claim.claim_id))
        return arena_printf(mem, "\"v%d-%llx\"", l->version,
                            (unsigned long long)l->scored_ms);
    uuid_format(&l->claim.claim_id, id);
    return arena_printf(mem, "\"v%d-%llx-%.8s-%c%lld\"", l->version,
                        (unsigned long long)l->scored_ms, id + 28,
                        l->claim.state ? l->claim.state[0] : '-',
                        (long long)(l->claim.expires_ms / 1000));
}

json_t *api_json(struct http_req *rq, struct field_errs *errs,
                 enum err *out_err)
{
    struct json_limits limits = JSON_LIMITS_BATCH;
    json_t *json = NULL;

    errs->mem = rq->mem;
    *out_err = json_guard_object(rq->body, rq->body_bytes, limits, errs, &json);
    return json;
}
