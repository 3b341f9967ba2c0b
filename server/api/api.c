#include "api/api.h"

#include <stdlib.h>

#include "api/app.h"
#include "api/hot_get.h"
#include "api/imports_post.h"
#include "base/log.h"
#include "base/str.h"
#include "intake/charset.h"
#include "metrics/metrics.h"

struct api {
    struct app app;
    struct http *http;
};

/* ---- who is asking ---- */

static enum http_next refuse_busy(struct http_req *rq, int64_t wait_s)
{
    reply_retry_after(rq, wait_s);
    return reply_problem(rq, ERR_RATE_LIMITED, NULL);
}

static enum http_next pre_public(struct http_req *rq)
{
    uint8_t bucket[ADDR_BYTES];
    int64_t wait_s = 1;

    addr_bucket(&rq->client, bucket);
    if (!limits_take(rq->app->addr_limits, bucket, sizeof(bucket),
                     clock_mono_ms(), &wait_s))
        return refuse_busy(rq, wait_s);
    return HTTP_GO_ON;
}

static const char *bearer(const struct http_req *rq)
{
    const char *h = http_header(rq, "Authorization");

    if (!h || strlen(h) < 8 || h[6] != ' ')
        return NULL;
    for (int i = 0; i < 6; i++)
        if (ascii_lower(h[i]) != "bearer"[i])
            return NULL;
    return h + 7;
}

static enum http_next pre_key(struct http_req *rq, struct caller *who)
{
    const struct snapshot *s = who->snap;
    int64_t wait_s = 1;

    who->key = key_check(s->keys, s->n_keys, bearer(rq),
                         flow_config(rq->app->flow)->pepper, rq->now_ms);
    who->ws = who->key ? snapshot_workspace(s, who->key->workspace_id) : NULL;
    if (!who->ws || !who->ws->model) {
        who->key = NULL;
        reply_header(rq, "WWW-Authenticate", "Bearer");
        return reply_problem(rq, ERR_UNAUTHORIZED, NULL);
    }
    if (!(rq->route->flags & who->key->role))
        return reply_problem(rq, ERR_FORBIDDEN, NULL);
    if (!limits_take(rq->app->key_limits, who->key->key_id.b,
                     sizeof(who->key->key_id.b), clock_mono_ms(), &wait_s))
        return refuse_busy(rq, wait_s);
    return HTTP_GO_ON;
}

static bool says_utf8(const struct http_req *rq, const char *type)
{
    const char *name = charset_of_type(type, rq->mem);

    return !name || str_eq_nocase(name, "utf-8") ||
           str_eq_nocase(name, "utf8") || str_eq_nocase(name, "us-ascii");
}

/* Bodies of the JSON API say so, and JSON is UTF-8; public forms are told
   apart by content. */
static bool media_type_fits(const struct http_req *rq)
{
    const char *type = http_header(rq, "Content-Type");

    return !type || !http_has_body(rq) || /* some name one always */
           (rq->route->flags & (ROUTE_PUBLIC | ROUTE_LIST | ROUTE_ANY)) ||
           (http_body_is(rq, "application/json") && says_utf8(rq, type));
}

/* Routes that take no arguments say so here; the others know their own. */
static enum http_next refuse_args(struct http_req *rq)
{
    static const char *const KNOWN[] = {NULL};
    struct field_errs errs = {.mem = rq->mem};

    arg_unknown(rq, &errs, KNOWN);
    return reply_invalid(rq, &errs);
}

static bool args_fit(const struct http_req *rq)
{
    return !rq->n_args ||
           (rq->route->flags & (ROUTE_PUBLIC | ROUTE_LIST | ROUTE_ARGS));
}

static enum http_next pre(struct http_req *rq)
{
    struct caller *who;
    enum http_next next;

    if (rq->route->flags & ROUTE_OPS)
        return HTTP_GO_ON;
    who = arena_alloc(rq->mem, sizeof(*who));
    who->snap = settings_hold(flow_settings(rq->app->flow));
    rq->caller = who;
    if ((rq->route->flags & ROUTE_HOOK) == ROUTE_HOOK)
        return HTTP_GO_ON;
    next = rq->route->flags & ROUTE_PUBLIC ? pre_public(rq) : pre_key(rq, who);
    if (next == HTTP_GO_ON && !media_type_fits(rq))
        return reply_problem(rq, ERR_MEDIA_TYPE, NULL);
    if (next == HTTP_GO_ON && !args_fit(rq))
        return refuse_args(rq);
    if (next == HTTP_GO_ON && (rq->route->flags & ROUTE_LIST))
        return imports_open(rq);
    return next;
}

/* What is traced is looked for elsewhere by its trace: it stands in the log. */
static enum log_level level_of(const struct http_req *rq)
{
    if (rq->status >= 500)
        return LOG_WARN;
    return *rq->traceparent ? LOG_INFO : LOG_DEBUG;
}

static void log_request(const struct http_req *rq, int64_t duration_us)
{
    const struct caller *who = rq->caller;
    enum log_level level = level_of(rq);

    log_line(level, "request", "s:request_id", rq->request_id, "s:trace",
             *rq->traceparent ? rq->traceparent : NULL, "s:method",
             http_method_name(rq->method), "s:route",
             rq->route ? rq->route->path : NULL, "i:status",
             (int64_t)rq->status, "i:duration_us", duration_us, "i:workspace",
             who && who->ws ? who->ws->workspace_id : (int64_t)0, NULL);
}

static void after(const struct http_req *rq, int64_t duration_us)
{
    const struct caller *who = rq->caller;

    log_request(rq, duration_us);
    if (who)
        settings_drop(flow_settings(rq->app->flow), who->snap);
}

/* ---- life ---- */

enum err api_start(const struct api_config *config, struct flow *flow,
                   struct api **out)
{
    struct api *a = calloc(1, sizeof(*a));
    struct http_opts http = config->http;
    enum err e = ERR_NO_MEMORY;

    if (!a)
        return ERR_NO_MEMORY;
    a->app.flow = flow;
    a->app.config = *config;
    a->app.key_limits = limits_new(config->key_rate, config->key_burst);
    a->app.addr_limits = limits_new(config->addr_rate, config->addr_burst);
    a->app.form_limits = limits_new(config->form_rate, config->form_burst);
    a->app.hook_limits = limits_new(config->hook_rate, config->hook_burst);
    a->app.hot = hot_cache_new();
    http.routes = API_ROUTES;
    http.n_routes = API_ROUTES_N;
    http.app = &a->app;
    http.pre = pre;
    http.after = after;
    if (a->app.key_limits && a->app.addr_limits && a->app.form_limits &&
        a->app.hook_limits && a->app.hot)
        e = http_start(&http, &a->http);
    if (e != ERR_OK) {
        api_stop(a, 0);
        return e;
    }
    *out = a;
    return ERR_OK;
}

uint16_t api_port(const struct api *a)
{
    return http_port(a->http);
}

int64_t api_stalled_ms(const struct api *a)
{
    return http_stalled_ms(a->http);
}

void api_stop(struct api *a, int64_t grace_ms)
{
    if (!a)
        return;
    if (a->http) {
        http_quiesce(a->http);
        flow_ready_wake_all(a->app.flow);
        http_stop(a->http, grace_ms);
    }
    hot_cache_free(a->app.hot);
    limits_free(a->app.key_limits);
    limits_free(a->app.addr_limits);
    limits_free(a->app.form_limits);
    limits_free(a->app.hook_limits);
    free(a);
}
