#include "api/hot_get.h"

#include <string.h>

#include "api/app.h"
#include "base/str.h"

#define LIMIT_DEFAULT  50
#define LIMIT_MAX      500
#define WAIT_MAX_S     60
#define STREAM_WAIT_MS (25 * SECOND_MS)

enum phase { LOADING, WAITING };

struct visit {
    struct hot_key key;
    const char *seen; /* what the caller has already; NULL: nothing */
    int64_t until_ms; /* monotonic; 0: does not wait */
    enum phase phase;
    char tag[HOT_TAG_BYTES]; /* of the list it waits to see changed */
};

static bool has_seen(const struct visit *v, const char *tag)
{
    return v->seen && (str_eq(v->seen, "*") || strstr(v->seen, tag));
}

/* Nothing new within the wait. */
static enum http_next unchanged(struct http_req *rq, const struct visit *v)
{
    if (v->key.stream)
        return reply_static(rq, 200, "text/event-stream",
                            "retry: 1000\n: unchanged\n\n");
    reply_header(rq, "ETag", v->tag);
    return reply_empty(rq, 304);
}

static enum http_next wait_for_change(struct http_req *rq, struct visit *v,
                                      const struct hot_list *list,
                                      int64_t wait_ms)
{
    uint64_t seen = list->version;
    struct done done;

    v->phase = WAITING;
    memcpy(v->tag, list->tag, sizeof(v->tag));
    done = http_wait(rq, wait_ms); /* may free what list points into */
    if (!flow_ready_wait(rq->app->flow, v->key.workspace_id, seen, done))
        done.fn(done.ctx, ERR_BUSY, NULL);
    return HTTP_PARKED;
}

static enum http_next answer(struct http_req *rq, struct visit *v,
                             const struct hot_list *list)
{
    int64_t left = v->until_ms ? v->until_ms - clock_mono_ms() : 0;

    if (left > 0 && has_seen(v, list->tag))
        return wait_for_change(rq, v, list, left);
    if (v->key.stream && has_seen(v, list->tag))
        return unchanged(rq, v);
    return reply_body(rq, list->body);
}

static enum http_next serve(struct http_req *rq, struct visit *v)
{
    struct app *app = rq->app;
    struct hot_list list;
    enum http_next next;
    struct done done;

    if (hot_cache_get(app->hot, app->flow, &v->key, &list)) {
        next = answer(rq, v, &list);
        hot_list_release(&list);
        return next;
    }
    v->phase = LOADING;
    rq->result_free = hot_list_free;
    done = http_park(rq, app->config.park_ms);
    hot_cache_load(app->hot, app->flow, &v->key, done);
    return HTTP_PARKED;
}

static enum http_next visit_again(struct http_req *rq)
{
    struct visit *v = rq->state;

    if (v->phase == WAITING)
        return rq->err == ERR_OK ? serve(rq, v) : unchanged(rq, v);
    if (rq->err != ERR_OK || !rq->result)
        return reply_problem(rq, rq->err, NULL);
    return answer(rq, v, rq->result);
}

static enum http_next begin(struct http_req *rq, struct visit *v)
{
    const struct caller *who = api_caller(rq);

    if (!who->ws)
        return reply_problem(rq, ERR_NOT_FOUND, NULL);
    v->key.workspace_id = who->ws->workspace_id;
    rq->state = v;
    return serve(rq, v);
}

enum http_next hot_get(struct http_req *rq)
{
    static const char *const KNOWN[] = {"limit", "wait", NULL};
    struct field_errs errs = {.mem = rq->mem};
    int64_t limit = LIMIT_DEFAULT, wait_s = 0;
    struct visit *v;

    if (rq->woken)
        return visit_again(rq);
    if (rq->n_args) {
        arg_unknown(rq, &errs, KNOWN);
        (void)arg_int(rq, &errs, "limit", 1, LIMIT_MAX, &limit);
        (void)arg_int(rq, &errs, "wait", 0, WAIT_MAX_S, &wait_s);
        if (errs.n)
            return reply_invalid(rq, &errs);
    }
    v = arena_alloc(rq->mem, sizeof(*v));
    v->key.limit = (int)limit;
    v->seen = http_header(rq, "If-None-Match");
    if (wait_s)
        v->until_ms = clock_mono_ms() + wait_s * SECOND_MS;
    return begin(rq, v);
}

enum http_next stream_get(struct http_req *rq)
{
    static const char *const KNOWN[] = {"limit", NULL};
    struct field_errs errs = {.mem = rq->mem};
    int64_t limit = LIMIT_DEFAULT;
    struct visit *v;

    if (rq->woken)
        return visit_again(rq);
    arg_unknown(rq, &errs, KNOWN);
    (void)arg_int(rq, &errs, "limit", 1, LIMIT_MAX, &limit);
    if (errs.n)
        return reply_invalid(rq, &errs);
    v = arena_alloc(rq->mem, sizeof(*v));
    v->key.limit = (int)limit;
    v->key.stream = true;
    v->seen = http_header(rq, "Last-Event-ID");
    v->until_ms = clock_mono_ms() + STREAM_WAIT_MS;
    return begin(rq, v);
}
