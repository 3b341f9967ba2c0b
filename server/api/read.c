#include "api/app.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define READ_ARENA_MAX ((size_t)64 << 20)

struct read *api_read_new(struct http_req *rq)
{
    const struct caller *who = api_caller(rq);
    struct arena *mem = arena_new(READ_ARENA_MAX);
    struct read *r;

    if (!mem)
        return NULL;
    r = arena_alloc(mem, sizeof(*r));
    r->mem = mem;
    r->errs.mem = mem;
    r->status = 200;
    r->now_ms = rq->now_ms;
    r->base_url = rq->app->config.base_url;
    r->settings = flow_settings(rq->app->flow);
    r->snap = settings_hold(r->settings);
    if (who && who->key) {
        /* the same rows, found again in the snapshot this read holds */
        r->ws = snapshot_workspace(r->snap, who->key->workspace_id);
        r->key = arena_memdup(mem, who->key, sizeof(*who->key));
    }
    return r;
}

void api_read_part_end(struct read *r)
{
    arena_free(r->part);
    r->part = NULL;
}

struct arena *api_read_part(struct read *r)
{
    api_read_part_end(r);
    r->part = arena_new(READ_ARENA_MAX);
    if (r->part)
        arena_guard_as(r->part, r->mem);
    return r->part;
}

void api_read_free(struct read *r)
{
    if (!r)
        return;
    api_read_part_end(r);
    buf_release(&r->out);
    json_decref(r->json);
    settings_drop(r->settings, r->snap);
    arena_free(r->mem);
}

static void free_result(void *r)
{
    api_read_free(r);
}

/* The first of two tries: see pool.c. */
static bool is_tried_again(const struct read *r, enum err e)
{
    return !r->tried && (e == ERR_AGAIN || e == ERR_UNKNOWN_OUTCOME);
}

/* The claim outlives a first try: the second is of the same request. */
static enum err run_kept(struct pg *pg, struct read *r)
{
    int64_t ws = r->ws->workspace_id;
    enum err e = answer_claim(pg, r->mem, ws, &r->kept, r->now_ms);

    if (e == ERR_OK) {
        r->replayed = true;
        r->status = r->kept.status;
        return buf_puts(&r->out, r->kept.body ? r->kept.body : "");
    }
    if (e != ERR_NOT_FOUND)
        return e;
    e = r->run(pg, r);
    if (e == ERR_OK) {
        r->kept.status = r->status;
        r->kept.body = r->out.len ? r->out.ptr : "";
        answer_settle(pg, r->mem, ws, &r->kept);
    } else if (!is_tried_again(r, e)) {
        answer_drop(pg, r->mem, ws, &r->kept);
    }
    r->tried = true;
    return e;
}

static enum err run(struct pg *pg, void *ctx)
{
    struct read *r = ctx;

    buf_clear(&r->out);
    return r->kept.key ? run_kept(pg, r) : r->run(pg, r);
}

/* A POST that does not pass the writer keeps its answer all the same. */
static enum err keep_key(struct http_req *rq, struct read *r)
{
    enum err e;

    if (rq->method != HTTP_POST)
        return ERR_OK;
    e = api_idem_key(rq, r->mem, &r->kept.key, &r->kept.scope);
    if (e == ERR_OK && r->kept.key) {
        crypto_sha256(rq->body, rq->body_bytes, r->kept.fingerprint);
        r->kept.claimer = uuid_new(rq->now_ms);
    }
    return e;
}

enum http_next api_read_again(struct http_req *rq, struct read *r)
{
    struct job job = {run, r, {NULL, NULL}, r->mem};
    enum err e;

    if (rq->result == r)
        rq->result = NULL;
    rq->result_free = free_result;
    job.done = http_park(rq, rq->app->config.park_ms);
    e = flow_read(rq->app->flow, &job);
    if (e != ERR_OK)
        job.done.fn(job.done.ctx, e, r);
    return HTTP_PARKED;
}

enum http_next api_read_start(struct http_req *rq, struct read *r,
                              enum err (*fn)(struct pg *pg, struct read *r))
{
    enum http_next next;
    enum err e;

    if (r->errs.n || !r->ws) {
        next = r->errs.n ? reply_invalid(rq, &r->errs)
                         : reply_problem(rq, ERR_NOT_FOUND, NULL);
        api_read_free(r);
        return next;
    }
    e = keep_key(rq, r);
    if (e != ERR_OK) {
        api_read_free(r);
        return reply_problem(rq, e, NULL);
    }
    r->run = fn;
    return api_read_again(rq, r);
}

static bool etag_matches(const struct http_req *rq, const char *etag)
{
    const char *given = http_header(rq, "If-None-Match");

    return given && etag && strstr(given, etag);
}

enum http_next api_read_reply(struct http_req *rq)
{
    struct read *r = rq->result;

    if (rq->err != ERR_OK) {
        if (r && r->errs.n)
            return reply_invalid(rq, &r->errs);
        return reply_problem(rq, rq->err, r ? r->why : NULL);
    }
    if (r->replayed)
        reply_header(rq, "Idempotency-Replayed", "true");
    if (r->etag) {
        reply_header(rq, "ETag", r->etag);
        reply_header(rq, "Cache-Control", "private, no-cache");
        if (etag_matches(rq, r->etag))
            return reply_empty(rq, 304);
    }
    if (!r->out.len)
        return reply_empty(rq, r->status);
    return reply_json(rq, r->status, &r->out);
}

bool api_param_id(const struct http_req *rq, size_t i, struct uuid *out)
{
    return i < rq->n_params && uuid_parse(rq->param[i], out);
}

/* ---- cursors: base64url of a version byte, a check and the text ---- */

#define CURSOR_MAX 512

static uint8_t check_of(const char *text)
{
    return (uint8_t)(str_hash(text, strlen(text)) & 0xff);
}

const char *api_cursor_make(struct arena *mem, const char *text)
{
    size_t n = strlen(text);
    uint8_t *raw = arena_alloc(mem, n + 2);
    char *out = arena_alloc(mem, 4 * ((n + 2) / 3 + 1) + 1);

    raw[0] = 1;
    raw[1] = check_of(text);
    memcpy(raw + 2, text, n);
    return base64url_encode(raw, n + 2, out);
}

const char *api_cursor_read(struct arena *mem, const char *cursor)
{
    size_t n = strlen(cursor);
    uint8_t *raw;
    char *text;

    if (n > CURSOR_MAX)
        return NULL;
    raw = arena_alloc(mem, n + 1);
    if (!base64url_decode(cursor, raw, &n) || n < 2 || raw[0] != 1)
        return NULL;
    text = arena_strndup(mem, (char *)raw + 2, n - 2);
    return check_of(text) == raw[1] ? text : NULL;
}
