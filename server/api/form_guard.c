#include "api/form_guard.h"

#include "base/str.h"
#include "metrics/metrics.h"

enum http_next form_guard_rate(struct http_req *rq, const struct source *s)
{
    uint8_t bucket[ADDR_BYTES + sizeof(s->source_id.b)];
    int64_t wait_s = 1;

    addr_bucket(&rq->client, bucket);
    memcpy(bucket + ADDR_BYTES, s->source_id.b, sizeof(s->source_id.b));
    if (limits_take(rq->app->form_limits, bucket, sizeof(bucket),
                    clock_mono_ms(), &wait_s))
        return HTTP_GO_ON;
    reply_retry_after(rq, wait_s);
    return reply_problem(rq, ERR_RATE_LIMITED, NULL);
}

/* ---- tokens ---- */

static uint64_t hash_text(const char *s)
{
    return s ? str_hash(s, strlen(s)) : 0;
}

/* Somebody who posts again, or mends a field, is no replay. */
static bool is_reused(struct http_req *rq, const struct draft *d)
{
    uint64_t person =
        hash_text(d->contact.phone) * 31 + hash_text(d->contact.email);

    return d->form_token && !token_book_use(rq->app->tokens, d->form_token,
                                            person, clock_mono_ms());
}

enum http_next form_guard_token(struct http_req *rq, const struct source *s)
{
    char token[FORM_TOKEN_TEXT_BYTES];
    struct buf b = BUF_INIT;

    form_token_make(&s->defence.token_keys, clock_now_ms(), token);
    (void)buf_printf(&b, "{\"token\":\"%s\",\"min_fill_ms\":%lld}", token,
                     (long long)s->defence.min_fill_ms);
    reply_header(rq, "Cache-Control", "no-store");
    return reply_json(rq, 200, &b);
}

/* ---- captcha ---- */

/* Found now, and noted for whoever opens the receipt again. */
static void hold(struct work *w, const char *reason)
{
    w->parts[0].draft.quarantine = reason;
    defence_note(&w->receipt, reason, w->mem);
}

static void count(const struct work *w)
{
    const char *reason = w->parts[0].draft.quarantine;

    if (reason)
        metric_add_at(METRIC_HELD, metric_slot(METRIC_HELD, reason), 1);
}

struct asking {
    struct flow *flow;
    struct work *work;
    int64_t since_ms;
};

/* Any thread.  The wait does not count against the work's own time. */
static void answered(void *ctx, enum err e, void *result)
{
    struct asking *a = ctx;
    struct work *w = a->work;

    (void)result;
    if (e != ERR_OK)
        hold(w, e == ERR_FORBIDDEN ? "captcha_failed" : "captcha_unverified");
    count(w);
    w->deadline_ms += clock_mono_ms() - a->since_ms;
    api_write_submit(a->flow, w);
}

static enum http_next ask(struct http_req *rq, struct work *w,
                          const struct source *s)
{
    const struct captcha_service *service = &rq->app->config.captcha;
    struct asking *a = arena_alloc(w->mem, sizeof(*a));
    struct captcha_ask ask = {.kind = s->defence.captcha,
                              .secret = s->defence.captcha_secret,
                              .token = w->parts[0].draft.captcha_token,
                              .address = rq->client.text,
                              .done = {answered, a}};

    *a = (struct asking){rq->app->flow, w, clock_mono_ms()};
    api_write_park(rq, w, rq->app->config.park_ms + service->most_ms);
    if (!ask.secret || !service->ask || !service->ask(service->ctx, &ask))
        answered(a, ERR_BUSY, NULL);
    return HTTP_PARKED;
}

enum http_next form_guard_start(struct http_req *rq, struct work *w,
                                const struct source *s)
{
    struct draft *d = &w->parts[0].draft;

    if (!d->quarantine && is_reused(rq, d))
        hold(w, "token_reused");
    if (!d->quarantine && s->defence.captcha)
        return ask(rq, w, s);
    count(w);
    return api_write_start(rq, w);
}
