#include "api/funnel_get.h"

#include "api/span.h"

static void put_stage(struct buf *out, enum stage stage,
                      const struct funnel_stage *s)
{
    (void)buf_printf(out,
                     "{\"stage\":\"%s\",\"in_start\":%lld,\"entered\":%lld,"
                     "\"left\":%lld,\"in\":%lld,\"to_next\":%lld,\"rate\":",
                     stage_text(stage), (long long)s->in_start,
                     (long long)s->entered, (long long)s->left,
                     (long long)s->in, (long long)s->to_next);
    span_rate(out, s->to_next, s->in_start + s->entered);
    if (s->has_median)
        (void)buf_printf(out, ",\"median_seconds\":%.1f}", s->median_seconds);
    else
        (void)buf_puts(out, ",\"median_seconds\":null}");
}

static enum err run(struct pg *pg, struct read *r)
{
    const struct funnel_span *span = r->args;
    struct funnel f;
    enum err e = read_funnel(pg, r->mem, r->ws->workspace_id, span, &f);

    if (e != ERR_OK)
        return e;
    (void)buf_putc(&r->out, '{');
    span_write(span, &r->out);
    (void)buf_puts(&r->out, ",\"groups\":[");
    for (size_t i = 0; i < f.n; i++) {
        (void)buf_puts(&r->out, i ? ",{" : "{");
        span_key(span, f.groups[i].value, &r->out);
        (void)buf_puts(&r->out, ",\"stages\":[");
        for (int k = 0; k < STAGE_N; k++) {
            if (k)
                (void)buf_putc(&r->out, ',');
            put_stage(&r->out, (enum stage)k, &f.groups[i].stages[k]);
        }
        (void)buf_puts(&r->out, "]}");
    }
    (void)buf_puts(&r->out, "]}");
    return ERR_OK;
}

enum http_next funnel_get(struct http_req *rq)
{
    struct read *r;

    if (rq->woken)
        return api_read_reply(rq);
    r = api_read_new(rq);
    if (!r)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    r->args = arena_alloc(r->mem, sizeof(struct funnel_span));
    span_read(rq, r, r->args);
    return api_read_start(rq, r, run);
}
