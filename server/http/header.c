/*
 * What is known when the header is in: who asks, for which route, and what
 * can be refused before a byte of the body is read.
 */
#include <string.h>
#include <strings.h>

#include "base/id.h"
#include "base/str.h"
#include "http/args.h"
#include "http/loop.h"
#include "http/reply.h"

/* A sane X-Request-Id is kept; anything else could forge log lines, and what
   looks like an address does not belong there. */
static void take_request_id(struct http_req *rq)
{
    const char *s = http_header(rq, "X-Request-Id");
    size_t n = s ? strlen(s) : 0;
    struct uuid id;

    for (size_t i = 0; i < n; i++)
        if (!is_digit(s[i]) && !strchr("._:/+=-", s[i]) &&
            (ascii_lower(s[i]) < 'a' || ascii_lower(s[i]) > 'z'))
            n = 0;
    if (n && n < HTTP_REQUEST_ID_BYTES) {
        memcpy(rq->request_id, s, n + 1);
        return;
    }
    id = uuid_new(rq->now_ms);
    uuid_format(&id, rq->request_id);
}

static bool lower_hex(const char *s, size_t n)
{
    bool has_digit = false;

    for (size_t i = 0; i < n; i++) {
        if (!is_digit(s[i]) && (s[i] < 'a' || s[i] > 'f'))
            return false;
        has_digit |= s[i] != '0';
    }
    return has_digit; /* all zeros is invalid */
}

/* W3C: version 00, trace id, parent id, flags */
static void take_traceparent(struct http_req *rq)
{
    const char *s = http_header(rq, "traceparent");

    if (!s || strlen(s) != 55 || memcmp(s, "00-", 3) != 0 || s[35] != '-' ||
        s[52] != '-')
        return;
    if (lower_hex(s + 3, 32) && lower_hex(s + 36, 16) &&
        strspn(s + 53, "0123456789abcdef") == 2)
        memcpy(rq->traceparent, s, 56);
}

struct joined {
    struct arena *mem;
    char *text;
};

/* Several lines are one list; taking only the first would let a client put
 * its own line before the proxy's. */
static enum MHD_Result join(void *cls, enum MHD_ValueKind kind,
                            const char *name, const char *value)
{
    struct joined *j = cls;

    (void)kind;
    if (!value || !str_eq_nocase(name, "X-Forwarded-For"))
        return MHD_YES;
    j->text = j->text ? arena_printf(j->mem, "%s,%s", j->text, value)
                      : arena_strdup(j->mem, value);
    return MHD_YES;
}

static void take_client(struct http_req *rq)
{
    const struct conn *c = rq->priv->conn;
    const struct http_opts *o = &c->loop->http->opts;
    struct joined j = {rq->mem, NULL};

    if (net_has(o->proxies, o->n_proxies, c->peer.ip))
        MHD_get_connection_values(rq->priv->mhd, MHD_HEADER_KIND, join, &j);
    addr_client(j.text, &c->peer, o->proxies, o->n_proxies, &rq->client);
}

static enum err decode_params(struct http_req *rq, const struct http_match *m)
{
    enum err e = ERR_OK;

    for (size_t i = 0; e == ERR_OK && i < m->n_params; i++)
        e = args_decode(rq->mem, m->param[i].p, m->param[i].n, false,
                        &rq->param[i]);
    rq->n_params = m->n_params;
    return e;
}

static enum http_next no_route(struct http_req *rq)
{
    const struct http_opts *o = &rq->priv->conn->loop->http->opts;

    if (!rq->allow)
        return reply_problem(rq, ERR_NOT_FOUND, NULL);
    if (rq->method != HTTP_OPTIONS)
        return reply_problem(rq, ERR_METHOD, NULL);
    if (o->options)
        return o->options(rq);
    reply_header(rq, "Allow", rq->allow);
    return reply_empty(rq, 204);
}

/* "identity" is as good as none. */
/* MHD leaves the blanks behind a value. */
static bool is_identity(const char *value)
{
    static const char word[] = "identity";
    size_t n = sizeof(word) - 1;

    return strncasecmp(value, word, n) == 0 &&
           !value[n + strspn(value + n, " \t")];
}

static enum MHD_Result find_encoding(void *cls, enum MHD_ValueKind kind,
                                     const char *name, const char *value)
{
    bool *found = cls;

    (void)kind;
    if (str_eq_nocase(name, "Content-Encoding") && value && *value &&
        !is_identity(value))
        *found = true;
    return MHD_YES;
}

/* Read as it came, a compressed body would be taken for a broken one. */
static bool is_encoded(struct http_req *rq)
{
    bool found = false;

    if (guard_has_body(&rq->priv->conn->guard))
        MHD_get_connection_values(rq->priv->mhd, MHD_HEADER_KIND, find_encoding,
                                  &found);
    return found;
}

static enum http_next refuse_encoding(struct http_req *rq)
{
    reply_header(rq, "Accept-Encoding", "identity");
    return reply_problem(rq, ERR_MEDIA_TYPE,
                         "Bodies are taken without Content-Encoding only");
}

static bool too_busy(const struct http_req *rq)
{
    const struct http *h = rq->priv->conn->loop->http;

    return rq->method != HTTP_GET &&
           atomic_load(&h->n_parked) >= h->opts.parked_max;
}

/* What can be refused by the header alone. */
static enum http_next check_header(struct http_req *rq,
                                   const struct http_match *m)
{
    const struct guard *g = &rq->priv->conn->guard;
    const struct http_opts *o = &rq->priv->conn->loop->http->opts;
    enum err e = ERR_OK;

    if (!rq->route)
        return no_route(rq);
    e = decode_params(rq, m);
    if (e == ERR_OK)
        e = args_parse(rq->mem, rq->query, &rq->args, &rq->n_args);
    if (e == ERR_OK && (uint64_t)g->length > rq->route->max_body_bytes)
        e = ERR_TOO_LARGE;
    if (e == ERR_OK && g->chunked && !rq->route->max_body_bytes)
        e = ERR_TOO_LARGE;
    if (e == ERR_OK && too_busy(rq))
        e = ERR_BUSY;
    if (e != ERR_OK)
        return reply_problem(rq, e, NULL);
    if (is_encoded(rq))
        return refuse_encoding(rq);
    return o->pre ? o->pre(rq) : HTTP_GO_ON;
}

enum http_next header_in(struct http_req *rq)
{
    struct http_match m;
    struct http_priv *v = rq->priv;
    struct conn *c = v->conn;

    v->early = true;
    take_request_id(rq);
    take_traceparent(rq);
    take_client(rq);
    router_match(c->loop->http->router, rq->method, rq->path, strlen(rq->path),
                 &m);
    rq->route = m.route;
    rq->allow = m.allow;
    rq->priv->head = rq->method == HTTP_HEAD;
    if (rq->priv->head && m.route && m.route->method == HTTP_GET)
        rq->method = HTTP_GET;
    return check_header(rq, &m);
}
