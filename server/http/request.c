/*
 * The life of a request: made with its request line, begun when its header
 * is in, fed its body, then visited until it is answered.
 */
#include "http/request.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "http/loop.h"
#include "http/reply.h"
#include "metrics/metrics.h"

#define REQUEST_MEM_MAX ((size_t)16 << 20)

struct request {
    struct http_req rq; /* first: handlers hold this */
    struct http_priv priv;
};

const char *http_header(const struct http_req *rq, const char *name)
{
    const char *s =
        MHD_lookup_connection_value(rq->priv->mhd, MHD_HEADER_KIND, name);
    size_t n = s ? strlen(s) : 0, len = n;

    while (len && is_blank(s[len - 1])) /* no part of it, but MHD leaves them */
        len--;
    return len == n ? s : arena_strndup(rq->mem, s, len);
}

bool http_has_body(const struct http_req *rq)
{
    return guard_has_body(&rq->priv->conn->guard);
}

bool http_body_is(const struct http_req *rq, const char *type)
{
    const char *s = http_header(rq, "Content-Type");
    size_t n = strlen(type);

    if (!s || strlen(s) < n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (ascii_lower(s[i]) != ascii_lower(type[i]))
            return false;
    return !s[n] || s[n] == ';' || is_blank(s[n]);
}

static struct arena *mem_get(struct loop *l)
{
    return l->n_spare ? l->spare[--l->n_spare] : arena_new(REQUEST_MEM_MAX);
}

static void mem_put(struct loop *l, struct arena *mem)
{
    if (l->n_spare == SPARE_ARENAS) {
        arena_free(mem);
        return;
    }
    arena_guard(mem, NULL);
    arena_reset(mem);
    l->spare[l->n_spare++] = mem;
}

/* No arena guard yet, but the first block has room for all of this. */
static struct http_req *make(struct conn *c, const char *uri,
                             struct MHD_Connection *mhd)
{
    struct arena *mem = mem_get(c->loop);
    struct request *r;
    size_t path_len = strcspn(uri, "?");

    if (!mem)
        return NULL;
    r = arena_alloc(mem, sizeof(*r));
    r->rq.mem = mem;
    r->rq.priv = &r->priv;
    r->rq.app = c->loop->http->opts.app;
    r->rq.result_free = free;
    r->rq.path = arena_strndup(mem, uri, path_len);
    r->rq.query = arena_strdup(mem, uri + path_len + (uri[path_len] == '?'));
    r->rq.body = "";
    r->rq.now_ms = clock_now_ms();
    r->rq.start_us = clock_mono_us();
    r->priv.conn = c;
    r->priv.mhd = mhd;
    return &r->rq;
}

void *request_new(void *cls, const char *uri, struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct conn *c = info ? info->socket_context : NULL;

    (void)cls;
    if (!c)
        return NULL;
    request_free(c->rq);
    c->rq = make(c, uri, mhd);
    return c->rq;
}

void request_free(struct http_req *rq)
{
    if (!rq)
        return;
    if (rq->result)
        rq->result_free(rq->result);
    if (rq->state_free)
        rq->state_free(rq->state);
    buf_release(&rq->priv->body);
    mem_put(rq->priv->conn->loop, rq->mem);
}

static void begin_body(struct http_req *rq)
{
    struct http_priv *v = rq->priv;
    struct conn *c = v->conn;
    const struct http_opts *o = &c->loop->http->opts;

    v->early = false;
    if (!guard_has_body(&c->guard)) {
        conn_phase(c, PHASE_WORK, INT64_MAX);
        return;
    }
    v->body_start_ms = c->loop->now_ms;
    v->body.max = rq->route->max_body_bytes + 1;
    if (!rq->route->on_body && c->guard.length)
        (void)!buf_reserve(&v->body, (size_t)c->guard.length);
    conn_phase(c, PHASE_BODY, v->body_start_ms + o->body_ms);
}

/* Routes that stream have as long as they keep up the least rate. */
static void extend_deadline(struct http_req *rq)
{
    const struct http_priv *v = rq->priv;
    const struct http_opts *o = &v->conn->loop->http->opts;

    conn_phase(v->conn, PHASE_BODY,
               v->body_start_ms + o->body_ms +
                   (int64_t)v->body_seen * 1000 / o->body_rate);
}

void request_refuse(struct http_req *rq, enum err e)
{
    rq->status = err_info(e)->status;
    rq->priv->replied = rq->priv->failed = true;
    conn_refuse(rq->priv->conn, e, rq->request_id[0] ? rq->request_id : NULL);
}

static enum http_next refuse_body(struct http_req *rq, enum err e)
{
    request_refuse(rq, e);
    return HTTP_DONE;
}

void body_resume(struct http_req *rq, enum err e, int64_t paused_ms)
{
    rq->priv->body_start_ms += paused_ms;
    if (e == ERR_OK)
        extend_deadline(rq);
    else
        refuse_body(rq, e);
}

static enum http_next take_body(struct http_req *rq, const char *p, size_t n)
{
    struct http_priv *v = rq->priv;
    enum err e;

    if (v->replied) /* refused while it paused */
        return HTTP_DONE;
    v->body_seen += n;
    if (v->body_seen > rq->route->max_body_bytes)
        return refuse_body(rq, ERR_TOO_LARGE);
    if (v->conn->loop->drain == DRAIN_FINAL)
        return refuse_body(rq, ERR_DRAINING);
    if (rq->route->on_body) {
        if (!v->park)
            extend_deadline(rq);
        e = rq->route->on_body(rq, p, n);
    } else {
        e = buf_add(&v->body, p, n);
    }
    return e == ERR_OK ? HTTP_GO_ON : refuse_body(rq, e);
}

/* All of the body is here, or the wait is over. */
static enum http_next visit(struct http_req *rq)
{
    struct http_priv *v = rq->priv;
    struct conn *c = v->conn;

    if (v->replied)
        return HTTP_DONE;
    conn_phase(c, PHASE_WORK, INT64_MAX);
    if (v->self_answer)
        return reply_problem(rq, rq->err, NULL);
    if (c->loop->drain == DRAIN_FINAL)
        return reply_problem(rq, ERR_DRAINING, NULL);
    if (!rq->woken && v->body.len) {
        rq->body = v->body.ptr;
        rq->body_bytes = v->body.len;
        metric_observe(METRIC_HTTP_BODY_BYTES, (int64_t)v->body.len);
    }
    return rq->route->handler(rq);
}

/* MHD closes after any answer to its first call, so that call is used only
 * when a body is to be refused before it is read. */
static enum http_next advance(struct http_req *rq, const char *data, size_t n)
{
    struct http_priv *v = rq->priv;
    bool first = !v->called, has_body = guard_has_body(&v->conn->guard);
    enum http_next next;

    v->called = true;
    if (first && !has_body)
        return HTTP_GO_ON;
    if (v->begun)
        return n ? take_body(rq, data, n) : visit(rq);
    v->begun = true;
    next = header_in(rq);
    if (next != HTTP_GO_ON)
        return next;
    begin_body(rq);
    return has_body ? HTTP_GO_ON : visit(rq);
}

/* One step; memory running out lands here. */
static enum http_next guarded(struct http_req *rq, const char *data, size_t n)
{
    struct http_priv *v = rq->priv;
    jmp_buf no_memory;
    enum http_next next;

    if (setjmp(no_memory)) {
        arena_guard(rq->mem, NULL);
        v->fields = NULL;
        if (v->park)
            return HTTP_PARKED;
        return n ? refuse_body(rq, ERR_NO_MEMORY)
                 : reply_problem(rq, ERR_NO_MEMORY, NULL);
    }
    arena_guard(rq->mem, &no_memory);
    next = advance(rq, data, n);
    arena_guard(rq->mem, NULL);
    return next;
}

static bool prepare(struct http_req *rq, const char *method)
{
    if (rq->priv->called)
        return true;
    rq->method = http_method_parse(method);
    /* a header the guard has not seen whole is never served */
    return guard_has_header(&rq->priv->conn->guard) &&
           rq->method != HTTP_METHODS;
}

enum MHD_Result request_step(void *cls, struct MHD_Connection *mhd,
                             const char *url, const char *method,
                             const char *version, const char *data,
                             size_t *data_bytes, void **ctx)
{
    struct http_req *rq = *ctx;
    enum http_next next;

    (void)cls, (void)mhd, (void)url, (void)version;
    if (!rq || !prepare(rq, method))
        return MHD_NO;
    next = guarded(rq, data, *data_bytes);
    *data_bytes = 0;
    if (next == HTTP_DONE && !rq->priv->replied)
        reply_problem(rq, ERR_INTERNAL, NULL); /* our mistake */
    return rq->priv->failed ? MHD_NO : MHD_YES;
}

static void count(struct http_req *rq, int64_t duration_us)
{
    static const char *const classes[] = {"none", "1xx", "2xx",
                                          "3xx",  "4xx", "5xx"};
    static _Atomic unsigned slots[ARRAY_LEN(classes)]; /* slot + 1 */
    const struct http *h = rq->priv->conn->loop->http;
    unsigned k =
        rq->status >= 100 && rq->status < 600 ? (unsigned)rq->status / 100 : 0;

    if (!slots[k])
        slots[k] = metric_slot(METRIC_HTTP_REQUESTS, classes[k]) + 1;
    metric_add_at(METRIC_HTTP_REQUESTS, slots[k] - 1, 1);
    if (rq->route)
        metric_observe_at(METRIC_HTTP_SECONDS,
                          h->route_slots[rq->route - h->opts.routes],
                          duration_us);
}

static void next_request(struct conn *c)
{
    bool keep = guard_may_keep(&c->guard);

    guard_reset(&c->guard);
    if (!keep)
        c->guard.state = GUARD_BAD; /* whatever comes is not served */
    conn_phase(c, PHASE_IDLE,
               c->loop->now_ms + (c->loop->drain == DRAIN_NOT
                                      ? c->loop->http->opts.idle_ms
                                      : 500));
}

void request_over(void *cls, struct MHD_Connection *mhd, void **ctx,
                  enum MHD_RequestTerminationCode why)
{
    struct http_req *rq = *ctx;
    struct conn *c;
    int64_t duration_us;

    (void)cls, (void)mhd;
    if (!rq)
        return;
    *ctx = NULL;
    c = rq->priv->conn;
    rq->cut = why != MHD_REQUEST_TERMINATED_COMPLETED_OK || c->cut;
    if (rq->priv->begun) {
        duration_us = clock_mono_us() - rq->start_us;
        count(rq, duration_us);
        if (c->loop->http->opts.after)
            c->loop->http->opts.after(rq, duration_us);
    }
    c->rq = NULL;
    request_free(rq);
    next_request(c);
}
