#include "api/form_guard.h"

#include "base/crypto.h"
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

/* ---- what takes asking somebody ---- */

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

/** A post on its way to the writer; lives in its work. */
struct asking {
    struct flow *flow;
    struct work *work;
    int64_t since_ms;
    struct kept_answer use;         /* of its token; key NULL: do not ask */
    struct captcha_service service; /* ask NULL: do not ask */
    struct captcha_ask captcha;
};

/* The wait does not count against the work's own time. */
static void go_on(struct asking *a)
{
    struct work *w = a->work;

    count(w);
    w->deadline_ms += clock_mono_ms() - a->since_ms;
    api_write_submit(a->flow, w);
}

/* Any thread. */
static void captcha_answered(void *ctx, enum err e, void *result)
{
    struct asking *a = ctx;

    (void)result;
    if (e != ERR_OK)
        hold(a->work,
             e == ERR_FORBIDDEN ? "captcha_failed" : "captcha_unverified");
    go_on(a);
}

static void ask_captcha(struct asking *a)
{
    const struct captcha_service *service = &a->service;

    if (a->work->parts[0].draft.quarantine || !a->captcha.kind)
        go_on(a);
    else if (!a->captcha.secret || !service->ask ||
             !service->ask(service->ctx, &a->captcha))
        captcha_answered(a, ERR_BUSY, NULL);
}

/* A reader's thread.  The first use stands, whoever else is at it. */
static enum err note_use(struct pg *pg, void *ctx)
{
    struct asking *a = ctx;
    struct work *w = a->work;
    enum err e = answer_keep(pg, w->mem, w->workspace_id, &a->use,
                             w->receipt.received_ms);

    return e == ERR_OK ? answer_find(pg, w->mem, w->workspace_id, &a->use) : e;
}

/* Any thread.  Without the database nobody is suspected. */
static void use_noted(void *ctx, enum err e, void *result)
{
    struct asking *a = ctx;

    (void)result;
    if (e == ERR_KEY_REUSED)
        hold(a->work, "token_reused");
    ask_captcha(a);
}

static void ask_use(struct asking *a)
{
    struct job job = {note_use, a, {use_noted, a}, a->work->mem};

    if (!a->use.key || flow_read(a->flow, &job) != ERR_OK)
        use_noted(a, ERR_OK, NULL);
}

/* Kept beside the answers of Idempotency-Key, which live as long as a token.
 * Somebody who posts again, or mends a field, is no replay. */
static void name_use(const struct draft *d, struct work *w,
                     struct kept_answer *use)
{
    const char *person = arena_printf(w->mem, "%s %s %s", d->form_token,
                                      d->contact.phone ? d->contact.phone : "",
                                      d->contact.email ? d->contact.email : "");

    *use = (struct kept_answer){
        .scope = "form_token", .key = d->form_token, .body = ""};
    crypto_sha256(person, strlen(person), use->fingerprint);
}

enum http_next form_guard_start(struct http_req *rq, struct work *w,
                                const struct source *s)
{
    const struct captcha_service *service = &rq->app->config.captcha;
    const struct draft *d = &w->parts[0].draft;
    struct asking *a = arena_alloc(w->mem, sizeof(*a));
    bool ask = !d->quarantine && s->defence.captcha;

    *a = (struct asking){.flow = rq->app->flow,
                         .work = w,
                         .since_ms = clock_mono_ms(),
                         .service = *service};
    if (!d->quarantine && d->form_token && defence_asks_token(&s->defence))
        name_use(d, w, &a->use);
    if (ask)
        a->captcha = (struct captcha_ask){
            .kind = s->defence.captcha,
            .secret = arena_strdup(w->mem, s->defence.captcha_secret),
            .token = d->captcha_token,
            .address = arena_strdup(w->mem, rq->client.text),
            .done = {captcha_answered, a}};
    api_write_park(rq, w,
                   rq->app->config.park_ms + (ask ? service->most_ms : 0));
    ask_use(a);
    return HTTP_PARKED;
}
