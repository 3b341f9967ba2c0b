#include "api/replay_post.h"

#include "api/app.h"

#define ERRAND_ARENA_MAX ((size_t)4 << 20)

/** One replay on its way; it goes on when the request has left. */
struct errand {
    struct arena *mem;
    struct flow *flow;
    const struct replay_post *post;
    struct replay_order order;
    struct kept_answer answer; /* without a key it is only the answer */
    int64_t now_ms;
    struct buf out; /* holds answer.body, unless that was kept */
    bool replayed;  /* the answer was kept */
    enum err err;
    struct done done; /* the request */
};

static void errand_free(void *errand)
{
    struct errand *d = errand;

    if (!d)
        return;
    buf_release(&d->out);
    arena_free(d->mem);
}

static void finish(struct errand *d, enum err e)
{
    d->err = e;
    d->done.fn(d->done.ctx, e, d);
}

/* ---- the key ---- */

static enum err claim(struct pg *pg, void *ctx)
{
    struct errand *d = ctx;

    return answer_claim(pg, d->mem, d->order.workspace_id, &d->answer,
                        d->now_ms);
}

/* The answer stands, or the key is free again. */
static enum err close_key(struct pg *pg, void *ctx)
{
    struct errand *d = ctx;

    if (d->err == ERR_OK)
        answer_settle(pg, d->mem, d->order.workspace_id, &d->answer);
    else
        answer_drop(pg, d->mem, d->order.workspace_id, &d->answer);
    return ERR_OK;
}

static void closed(void *ctx, enum err e, void *result)
{
    struct errand *d = ctx;

    (void)e; /* the work stands; an open key is free in a minute */
    (void)result;
    finish(d, d->err);
}

static void on_reader(struct errand *d,
                      enum err (*fn)(struct pg *pg, void *ctx),
                      void (*then)(void *ctx, enum err e, void *result))
{
    struct job job = {fn, d, {then, d}, d->mem};
    enum err e = flow_read(d->flow, &job);

    if (e != ERR_OK)
        then(d, e, NULL);
}

/* ---- the work ---- */

static void worked(void *ctx, enum err e, void *result)
{
    struct errand *d = ctx;

    if (e == ERR_OK)
        e = d->post->render(result, &d->out);
    if (e == ERR_OK && d->out.failed)
        e = ERR_NO_MEMORY;
    replay_free(result);
    d->err = e;
    d->answer.status = 200;
    d->answer.body = d->out.ptr;
    if (d->answer.key)
        on_reader(d, close_key, closed);
    else
        finish(d, e);
}

static void work(struct errand *d)
{
    enum err e = flow_replay(d->flow, &d->order, (struct done){worked, d});

    if (e != ERR_OK)
        worked(d, e, NULL);
}

static void claimed(void *ctx, enum err e, void *result)
{
    struct errand *d = ctx;

    (void)result; /* the errand itself */
    d->replayed = e == ERR_OK;
    if (e == ERR_NOT_FOUND)
        work(d);
    else
        finish(d, e);
}

/* ---- the request ---- */

/* @return false: refused, with the answer in *next */
static bool read_errand(struct http_req *rq, struct errand *d,
                        enum http_next *next)
{
    enum err e = api_idem_key(rq, d->mem, &d->answer.key, &d->answer.scope);

    if (e != ERR_OK) {
        *next = reply_problem(rq, e, NULL);
        return false;
    }
    if (!d->post->read(rq, d->mem, &d->order, next))
        return false;
    d->order.workspace_id = api_caller(rq)->key->workspace_id;
    d->now_ms = rq->now_ms;
    d->answer.claimer = uuid_new(rq->now_ms);
    crypto_sha256(rq->body, rq->body_bytes, d->answer.fingerprint);
    return true;
}

static enum http_next begin(struct http_req *rq, const struct replay_post *post)
{
    struct arena *mem = arena_new(ERRAND_ARENA_MAX);
    enum http_next next;
    struct errand *d;

    if (!mem)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    d = arena_alloc(mem, sizeof(*d));
    d->mem = mem;
    d->flow = rq->app->flow;
    d->post = post;
    if (!read_errand(rq, d, &next)) {
        errand_free(d);
        return next;
    }
    rq->result_free = errand_free;
    d->done = http_park(rq, rq->app->config.park_ms);
    if (d->answer.key)
        on_reader(d, claim, claimed);
    else
        work(d);
    return HTTP_PARKED;
}

enum http_next replay_post_visit(struct http_req *rq,
                                 const struct replay_post *post)
{
    const struct errand *d = rq->result;
    struct buf out = BUF_INIT;

    if (!rq->woken)
        return begin(rq, post);
    if (rq->err != ERR_OK)
        return reply_problem(rq, rq->err, NULL);
    if (d->replayed)
        reply_header(rq, "Idempotency-Replayed", "true");
    (void)buf_puts(&out, d->answer.body);
    return reply_json(rq, d->answer.status, &out);
}
