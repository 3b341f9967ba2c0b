#include "http/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/reserve.h"
#include "base/str.h"
#include "http/loop.h"

#define TYPE_JSON    "application/json"
#define TYPE_PROBLEM "application/problem+json"

void reply_header(struct http_req *rq, const char *name, const char *value)
{
    struct reply_field *f = arena_alloc(rq->mem, sizeof(*f));

    f->name = arena_strdup(rq->mem, name);
    f->value = arena_strdup(rq->mem, value);
    f->next = rq->priv->fields;
    rq->priv->fields = f;
}

void reply_retry_after(struct http_req *rq, int64_t seconds)
{
    rq->priv->retry_after = MAX(seconds, 1);
}

void reply_close(struct http_req *rq)
{
    rq->priv->close = true;
}

static void add(struct MHD_Response *r, const char *name, const char *value)
{
    MHD_add_response_header(r, name, value);
}

static void add_fields(struct http_req *rq, int status, const char *type,
                       struct MHD_Response *r)
{
    const struct http_priv *v = rq->priv;
    const char *cache = "no-store";
    char seconds[24];

    for (const struct reply_field *f = v->fields; f; f = f->next) {
        add(r, f->name, f->value);
        if (str_eq_nocase(f->name, "Cache-Control"))
            cache = NULL;
        else if (cache && str_eq(f->name, "ETag"))
            cache = "private, no-cache"; /* keep, but ask each time */
    }
    if (type)
        add(r, "Content-Type", type);
    add(r, "X-Request-Id", rq->request_id);
    add(r, "X-Content-Type-Options", "nosniff");
    if (cache)
        add(r, "Cache-Control", cache);
    if (status == 503 || status == 429) {
        snprintf(seconds, sizeof(seconds), "%" PRId64, MAX(v->retry_after, 1));
        add(r, "Retry-After", seconds);
    }
    if (status == 401)
        add(r, "WWW-Authenticate", "Bearer");
    if (status == 405 && rq->allow)
        add(r, "Allow", rq->allow);
}

/* An answer before the body was read must close, whatever MHD thinks. */
static bool must_close(const struct http_req *rq)
{
    const struct http_priv *v = rq->priv;
    const struct conn *c = v->conn;

    return v->close || !guard_may_keep(&c->guard) ||
           (v->early && guard_has_body(&c->guard)) ||
           atomic_load(&c->loop->http->drain) != DRAIN_NOT;
}

enum http_next reply_send(struct http_req *rq, int status, const char *type,
                          struct MHD_Response *r)
{
    struct http_priv *v = rq->priv;
    struct conn *c = v->conn;

    if (!r || v->replied) {
        v->failed = true;
        if (r)
            MHD_destroy_response(r);
        return HTTP_DONE;
    }
    add_fields(rq, status, type, r);
    if (must_close(rq))
        add(r, "Connection", "close");
    c->unread |= v->early && guard_has_body(&c->guard);
    rq->status = status;
    v->replied = true;
    conn_phase(c, PHASE_WRITE, c->loop->now_ms + c->loop->http->opts.write_ms);
    if (MHD_queue_response(v->mhd, (unsigned)status, r) != MHD_YES)
        v->failed = true;
    MHD_destroy_response(r);
    return HTTP_DONE;
}

enum http_next reply_buf(struct http_req *rq, int status, const char *type,
                         struct buf *b)
{
    struct MHD_Response *r;

    if (b->failed) {
        buf_release(b);
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    }
    rq->reply_bytes = b->len;
    r = mhd_response(b->len, b->ptr, reserve_free, b->ptr);
    if (r)
        *b = (struct buf)BUF_INIT;
    else
        buf_release(b);
    return reply_send(rq, status, type, r);
}

enum http_next reply_json(struct http_req *rq, int status, struct buf *b)
{
    return reply_buf(rq, status, TYPE_JSON, b);
}

static void drop_nothing(void *ctx)
{
    (void)ctx;
}

enum http_next reply_static(struct http_req *rq, int status, const char *type,
                            const char *text)
{
    rq->reply_bytes = strlen(text);
    return reply_send(rq, status, type,
                      mhd_response(rq->reply_bytes, text, drop_nothing, NULL));
}

enum http_next reply_empty(struct http_req *rq, int status)
{
    rq->reply_bytes = 0;
    return reply_send(rq, status, NULL,
                      mhd_response(0, "", drop_nothing, NULL));
}

enum http_next reply_redirect(struct http_req *rq, const char *url)
{
    reply_header(rq, "Location", url);
    return reply_empty(rq, 303);
}

static void add_member(struct buf *b, const char *name, const char *value)
{
    buf_printf(b, ",\"%s\":", name);
    buf_json_str(b, value, strlen(value));
}

/* Whoever reads `detail` finds a sentence there, the title if no better. */
static void problem_start(struct buf *b, const struct err_info *info,
                          const char *detail, const char *id)
{
    buf_printf(b, "{\"type\":\"/docs#%s\"", info->code);
    add_member(b, "title", info->title);
    buf_printf(b, ",\"status\":%d,\"code\":%d", info->status, (int)info->err);
    add_member(b, "detail", detail ? detail : info->title);
    add_member(b, "instance", id);
    add_member(b, "request_id", id);
}

/* Errors between our rooms are none a client could act upon. */
static const struct err_info *told(enum err e)
{
    const struct err_info *info = err_info(e);

    if ((int)info->err < ERR_INSIDE)
        return info;
    return err_info(info->status == 503 ? ERR_BUSY : ERR_INTERNAL);
}

static enum http_next problem(struct http_req *rq, enum err e,
                              const char *detail, const char *members)
{
    const struct err_info *info = told(e);
    struct buf b = BUF_INIT;

    problem_start(&b, info, detail, rq->request_id);
    if (members)
        buf_printf(&b, ",%s", members);
    buf_putc(&b, '}');
    if (b.failed) { /* no memory for the words; the status must do */
        buf_release(&b);
        return reply_empty(rq, info->status);
    }
    return reply_buf(rq, info->status, TYPE_PROBLEM, &b);
}

enum http_next reply_problem(struct http_req *rq, enum err e,
                             const char *detail)
{
    return problem(rq, e, detail, NULL);
}

enum http_next reply_problem_with(struct http_req *rq, enum err e,
                                  const char *members)
{
    return problem(rq, e, NULL, members);
}

/* What all of them are; else one word for many. */
static enum err worst(const struct field_errs *errs)
{
    enum err e = errs->first ? errs->first->err : ERR_INVALID;

    for (const struct field_err *f = errs->first; f; f = f->next) {
        if (err_info(f->err)->status != 400)
            return ERR_INVALID;
        if (f->err != e)
            e = ERR_BAD_ARGUMENT;
    }
    return e;
}

static const char *said(const struct field_err *f)
{
    return f->detail ? f->detail : err_info(f->err)->title;
}

/* The first bad field in words, and how many more there are. */
static const char *summary(const struct field_errs *errs, struct arena *mem)
{
    const struct field_err *f = errs->first;
    size_t more = errs->n ? errs->n - 1 : 0;
    const char *sep;

    if (!f)
        return NULL;
    sep = *f->pointer ? ": " : "";
    return more ? arena_printf(mem, "%s%s%s; and %zu more in `errors`",
                               f->pointer, sep, said(f), more)
                : arena_printf(mem, "%s%s%s", f->pointer, sep, said(f));
}

enum http_next reply_invalid(struct http_req *rq, const struct field_errs *errs)
{
    const struct err_info *info = err_info(worst(errs));
    struct buf b = BUF_INIT;

    problem_start(&b, info, summary(errs, rq->mem), rq->request_id);
    buf_puts(&b, ",\"errors\":[");
    for (const struct field_err *f = errs->first; f; f = f->next) {
        buf_puts(&b, f == errs->first ? "{\"pointer\":" : ",{\"pointer\":");
        buf_json_str(&b, f->pointer, strlen(f->pointer));
        add_member(&b, "code", err_info(f->err)->code);
        add_member(&b, "detail", said(f));
        buf_putc(&b, '}');
    }
    buf_puts(&b, "]}");
    return reply_buf(rq, info->status, TYPE_PROBLEM, &b);
}

struct http_body {
    atomic_int refs;
    struct buf text;
    char type[64];
    char etag[35];
};

struct http_body *http_body_new(const char *type, struct buf *b)
{
    struct http_body *body = b->failed ? NULL : calloc(1, sizeof(*body));
    uint8_t hash[SHA256_BYTES];

    if (!body) {
        buf_release(b);
        return NULL;
    }
    atomic_init(&body->refs, 1);
    body->text = *b;
    *b = (struct buf)BUF_INIT;
    snprintf(body->type, sizeof(body->type), "%s", type);
    crypto_sha256(body->text.ptr, body->text.len, hash);
    body->etag[0] = '"';
    hex_encode(hash, 16, body->etag + 1);
    body->etag[33] = '"';
    return body;
}

struct http_body *http_body_hold(struct http_body *body)
{
    atomic_fetch_add(&body->refs, 1);
    return body;
}

void http_body_drop(struct http_body *body)
{
    if (!body || atomic_fetch_sub(&body->refs, 1) > 1)
        return;
    buf_release(&body->text);
    free(body);
}

const char *http_body_etag(const struct http_body *body)
{
    return body->etag;
}

static void drop_body(void *ctx)
{
    http_body_drop(ctx);
}

/* A list may hold several tags; ours has no blanks, quotes or commas. */
static bool has_etag(const char *header, const char *etag)
{
    return header && (str_eq(header, "*") || strstr(header, etag));
}

enum http_next reply_body(struct http_req *rq, struct http_body *body)
{
    struct MHD_Response *r;

    reply_header(rq, "ETag", body->etag);
    if (has_etag(http_header(rq, "If-None-Match"), body->etag))
        return reply_empty(rq, 304);
    rq->reply_bytes = body->text.len;
    r = mhd_response(body->text.len, body->text.ptr ? body->text.ptr : "",
                     drop_body, http_body_hold(body));
    if (!r)
        http_body_drop(body);
    return reply_send(rq, 200, body->type, r);
}

void reply_raw(int fd, enum err e, const char *request_id)
{
    const struct err_info *info = err_info(e);
    AUTO(buf_release) struct buf body = BUF_INIT;
    AUTO(buf_release) struct buf all = BUF_INIT;
    struct uuid id = uuid_new(clock_now_ms());
    char text[UUID_TEXT_BYTES];
    ssize_t n;

    if (!request_id)
        request_id = uuid_format(&id, text);
    problem_start(&body, info, NULL, request_id);
    buf_putc(&body, '}');
    buf_printf(&all,
               "HTTP/1.1 %d %s\r\nContent-Type: " TYPE_PROBLEM
               "\r\nX-Request-Id: %s\r\nConnection: close"
               "\r\nContent-Length: %zu\r\n\r\n",
               info->status, MHD_get_reason_phrase_for((unsigned)info->status),
               request_id, body.len);
    buf_add(&all, body.ptr, body.len);
    if (all.failed)
        return;
    n = send(fd, all.ptr, all.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)n; /* best effort: the connection closes either way */
}
