#include "api/hooks.h"

#include <stdlib.h>

#include "api/app.h"
#include "base/str.h"
#include "flow/door.h"
#include "flow/door_hook.h"
#include "intake/hook.h"
#include "metrics/metrics.h"

/* ---- the request as platforms see it ---- */

static const char *header_of(const void *ctx, const char *name)
{
    return http_header(ctx, name);
}

static const char *arg_of(const void *ctx, const char *name)
{
    return arg_text(ctx, name);
}

static const struct source *source_of(struct http_req *rq)
{
    const struct source *s = snapshot_source(
        api_caller(rq)->snap, rq->n_params == 2 ? rq->param[1] : "");

    return s && s->hook && str_eq(s->kind, rq->param[0]) ? s : NULL;
}

static struct hook_request request_of(struct http_req *rq,
                                      const struct source *s)
{
    const char *base = rq->app->config.base_url;

    return (struct hook_request){
        .is_get = rq->method == HTTP_GET || rq->method == HTTP_HEAD,
        .content_type = http_header(rq, "Content-Type"),
        .body = rq->body,
        .body_bytes = rq->body_bytes,
        .url = arena_printf(rq->mem, "%s%s", base ? base : "", rq->path),
        .query = rq->query,
        .header = header_of,
        .arg = arg_of,
        .ctx = rq,
        .secrets = &s->secrets,
        .now_ms = rq->now_ms,
        .mem = rq->mem};
}

/* ---- answers ---- */

/* Google shows the message to whoever set the form up. */
static enum http_next refuse(struct http_req *rq, enum err e, const char *why)
{
    const struct hook *hook = rq->n_params ? hook_find(rq->param[0]) : NULL;
    struct buf b = BUF_INIT;

    if (!hook || !hook->plain_errors)
        return reply_problem(rq, e, why);
    (void)buf_printf(&b, "{\"message\":\"%s\"}", err_info(e)->title);
    return reply_json(rq, err_info(e)->status, &b);
}

static enum http_next busy(struct http_req *rq, int64_t wait_s)
{
    reply_retry_after(rq, wait_s);
    return refuse(rq, ERR_RATE_LIMITED, NULL);
}

/* Whoever cannot sign is limited by address, so that no stranger uses up
   what a platform may send. */
static enum http_next stranger_told(struct http_req *rq, enum err e,
                                    const char *why)
{
    uint8_t bucket[ADDR_BYTES];
    int64_t wait_s = 1;

    addr_bucket(&rq->client, bucket);
    if (!limits_take(rq->app->addr_limits, bucket, sizeof(bucket),
                     clock_mono_ms(), &wait_s))
        return busy(rq, wait_s);
    return refuse(rq, e, why);
}

static enum http_next stranger(struct http_req *rq, enum err e)
{
    return stranger_told(rq, e, NULL);
}

static enum http_next say(struct http_req *rq, const struct hook_answer *a)
{
    struct buf b = BUF_INIT;

    if (!a->body)
        return stranger_told(rq, a->err, a->why);
    (void)buf_puts(&b, a->body);
    return reply_buf(rq, a->status, a->type, &b);
}

void render_hook(struct work *w)
{
    w->status = 200;
    buf_clear(&w->reply);
    (void)buf_puts(&w->reply, "{}");
}

static enum http_next answer(struct http_req *rq)
{
    struct work *w = rq->result;

    if (rq->err != ERR_OK)
        return refuse(rq, rq->err, NULL);
    if (w->spooled) /* kept is kept: several platforms take 200 only */
        render_hook(w);
    return api_write_reply(rq);
}

/* ---- taking it in ---- */

static void count(enum metric m, const struct source *s)
{
    metric_add_at(m, metric_slot(m, s->kind), 1);
}

/* A clock that went wrong, ours or theirs, shows here before and while
   requests are refused as replays. */
static void note_skew(const struct source *s, const struct hook_request *hr,
                      enum err e)
{
    int64_t skew_ms = hr->now_ms - *hr->signed_ms;
    int64_t window_ms = hr->secrets->window_s * 1000;

    if (!*hr->signed_ms)
        return;
    if (e == ERR_OK) /* a stranger's time tells nothing */
        metric_set_at(METRIC_HOOK_SKEW, metric_slot(METRIC_HOOK_SKEW, s->kind),
                      skew_ms / 1000);
    if (e == ERR_BAD_SIGNATURE && window_ms && llabs(skew_ms) > window_ms)
        count(METRIC_HOOK_STALE, s);
}

static bool within_limit(struct http_req *rq, const struct source *s,
                         int64_t *out_wait_s)
{
    return limits_take(rq->app->hook_limits, s->source_key,
                       strlen(s->source_key), clock_mono_ms(), out_wait_s);
}

/* Headers that reading the body again will need, beside the platform. */
static const char *kept_headers(struct http_req *rq, const struct hook *hook,
                                struct arena *mem)
{
    AUTO(buf_release) struct buf b = BUF_INIT;

    (void)buf_printf(&b, "{\"" DOOR_HOOK_PLATFORM "\":\"%s\"", hook->kind);
    for (size_t i = 0; i < HOOK_WORDS_MAX && hook->kept[i]; i++) {
        const char *v = http_header(rq, hook->kept[i]);

        if (!v || !utf8_valid(v, strlen(v)))
            continue;
        (void)buf_printf(&b, ",\"%s\":", hook->kept[i]);
        (void)buf_json_str(&b, v, MIN(strlen(v), (size_t)512));
    }
    (void)buf_putc(&b, '}');
    return arena_strndup(mem, b.ptr, b.len);
}

static enum http_next keep(struct http_req *rq, const struct source *s)
{
    struct work *w = api_work(rq, "hook");
    struct field_errs errs = {.mem = rq->mem};
    enum err e = ERR_OK;

    if (!w)
        return refuse(rq, ERR_NO_MEMORY, NULL);
    w->workspace_id = s->workspace->workspace_id;
    w->receipt.source_id = s->source_id;
    w->receipt.source = arena_strdup(w->mem, s->name);
    w->receipt.headers_json = kept_headers(rq, s->hook, w->mem);
    w->render = render_hook;
    w->may_spool = true;
    if (s->hook->redact)
        e = s->hook->redact((char *)(uintptr_t)w->receipt.body,
                            w->receipt.body_bytes, rq->mem);
    if (e == ERR_OK)
        e = door_open(api_caller(rq)->snap, w, &errs);
    if (e != ERR_OK) {
        work_free(w);
        return refuse(rq, e, NULL);
    }
    count(METRIC_HOOKS, s);
    return api_write_start(rq, w);
}

enum http_next hooks_get(struct http_req *rq)
{
    static const struct hook_answer HERE = {200, "application/json", "{}",
                                            ERR_OK, NULL};
    const struct source *s = source_of(rq);
    struct hook_answer a = {0};
    struct hook_request hr;

    if (!s)
        return stranger(rq, ERR_NOT_FOUND);
    hr = request_of(rq, s);
    if (s->hook->hello)
        s->hook->hello(&hr, &a);
    return say(rq, a.status ? &a : &HERE);
}

/* ---- CloudEvents: may I send? ---- */

/* Requests a minute, the limit there is anyway. */
static const char *allowed_rate(struct http_req *rq)
{
    double per_second = rq->app->config.hook_rate;

    return per_second > 0 ? arena_printf(rq->mem, "%.0f", per_second * 60)
                          : "*";
}

/* Consent is the headers, not the status.  A callback that is named is not
   called: the answer is here already. */
enum http_next hooks_options(struct http_req *rq)
{
    const char *origin = http_header(rq, "WebHook-Request-Origin");
    const struct source *s = origin ? source_of(rq) : NULL;

    if (origin && !s)
        return stranger(rq, ERR_NOT_FOUND);
    reply_header(rq, "Allow", rq->allow);
    if (!s || !s->hook->asks_first)
        return reply_empty(rq, 204);
    reply_header(rq, "WebHook-Allowed-Origin", origin);
    reply_header(rq, "WebHook-Allowed-Rate", allowed_rate(rq));
    return reply_empty(rq, 200);
}

enum http_next hooks_post(struct http_req *rq)
{
    const struct source *s;
    struct hook_answer a = {0};
    struct hook_request hr;
    int64_t wait_s = 1, signed_ms = 0;
    enum err e;

    if (rq->woken)
        return answer(rq);
    s = source_of(rq);
    if (!s)
        return stranger(rq, ERR_NOT_FOUND);
    hr = request_of(rq, s);
    hr.signed_ms = &signed_ms;
    if (s->hook->hello)
        s->hook->hello(&hr, &a);
    if (a.status)
        return say(rq, &a);
    e = s->hook->check(&hr);
    note_skew(s, &hr, e);
    if (e == ERR_BAD_SIGNATURE)
        count(METRIC_HOOK_SIGNATURES, s);
    if (e != ERR_OK)
        return stranger(rq, e);
    return within_limit(rq, s, &wait_s) ? keep(rq, s) : busy(rq, wait_s);
}
