#include "api/kept_post.h"

#include "api/app.h"

#define KEPT_ARENA_MAX ((size_t)4 << 20)

/* One key; owns its arena, so a request that left is no harm. */
struct kept {
    struct arena *mem;
    int64_t workspace_id, now_ms;
    struct kept_answer answer;
};

struct round {
    enum { ASKING, WORKING, KEEPING } phase;
    struct kept *kept; /* while no job has it; NULL: no key */
};

static void kept_free(void *kept)
{
    if (kept)
        arena_free(((struct kept *)kept)->mem);
}

static void round_free(void *state)
{
    kept_free(((struct round *)state)->kept);
}

static enum err ask(struct pg *pg, void *ctx)
{
    struct kept *k = ctx;

    return answer_find(pg, k->mem, k->workspace_id, &k->answer);
}

static enum err keep(struct pg *pg, void *ctx)
{
    struct kept *k = ctx;

    return answer_keep(pg, k->mem, k->workspace_id, &k->answer, k->now_ms);
}

/* The key goes with the job and comes back as the request's result. */
static enum http_next run(struct http_req *rq, struct round *r,
                          enum err (*fn)(struct pg *pg, void *ctx))
{
    struct job job = {fn, r->kept, {NULL, NULL}, r->kept->mem};
    enum err e;

    if (rq->result)
        rq->result_free(rq->result);
    rq->result = NULL;
    rq->result_free = kept_free;
    r->kept = NULL;
    job.done = http_park(rq, rq->app->config.park_ms);
    e = flow_read(rq->app->flow, &job);
    if (e != ERR_OK)
        job.done.fn(job.done.ctx, e, job.ctx);
    return HTTP_PARKED;
}

/* @return ERR_OK; r->kept stays NULL when no key was given */
static enum err take_key(struct http_req *rq, struct round *r)
{
    struct arena *mem = arena_new(KEPT_ARENA_MAX);
    struct kept *k = mem ? arena_alloc(mem, sizeof(*k)) : NULL;
    enum err e = ERR_NO_MEMORY;

    if (k) {
        k->mem = mem;
        k->workspace_id = api_caller(rq)->key->workspace_id;
        k->now_ms = rq->now_ms;
        e = api_idem_key(rq, mem, &k->answer.key, &k->answer.scope);
    }
    if (e != ERR_OK || !k->answer.key) {
        arena_free(mem);
        return e;
    }
    crypto_sha256(rq->body, rq->body_bytes, k->answer.fingerprint);
    r->kept = k;
    return ERR_OK;
}

static enum http_next begin(struct http_req *rq, const struct kept_post *post)
{
    struct round *r = arena_alloc(rq->mem, sizeof(*r));
    enum err e;

    rq->state = r;
    rq->state_free = round_free;
    e = take_key(rq, r);
    if (e != ERR_OK)
        return reply_problem(rq, e, NULL);
    if (r->kept)
        return run(rq, r, ask);
    r->phase = WORKING;
    return post->start(rq);
}

static enum http_next reply_kept(struct http_req *rq, bool replayed)
{
    const struct kept *k = rq->result;
    struct buf out = BUF_INIT;

    if (replayed)
        reply_header(rq, "Idempotency-Replayed", "true");
    (void)buf_puts(&out, k->answer.body);
    return reply_json(rq, k->answer.status, &out);
}

static enum http_next asked(struct http_req *rq, struct round *r,
                            const struct kept_post *post)
{
    if (rq->err == ERR_OK)
        return reply_kept(rq, true);
    if (rq->err != ERR_NOT_FOUND)
        return reply_problem(rq, rq->err, NULL);
    r->kept = rq->result;
    rq->result = NULL;
    r->phase = WORKING;
    return post->start(rq);
}

static enum http_next worked(struct http_req *rq, struct round *r,
                             const struct kept_post *post)
{
    AUTO(buf_release) struct buf out = BUF_INIT;
    enum err e = rq->err;

    if (e == ERR_OK)
        e = post->render(rq, &out);
    if (e == ERR_OK && out.failed)
        e = ERR_NO_MEMORY;
    if (e != ERR_OK)
        return reply_problem(rq, e, NULL);
    if (!r->kept)
        return reply_json(rq, 200, &out);
    r->kept->answer.status = 200;
    r->kept->answer.body = arena_strdup(r->kept->mem, out.ptr);
    r->phase = KEEPING;
    return run(rq, r, keep);
}

enum http_next kept_post_visit(struct http_req *rq,
                               const struct kept_post *post)
{
    struct round *r = rq->state;

    if (!rq->woken)
        return begin(rq, post);
    if (r->phase == ASKING)
        return asked(rq, r, post);
    if (r->phase == WORKING)
        return worked(rq, r, post);
    return reply_kept(rq, false); /* done, kept or not */
}
