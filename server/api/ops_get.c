#include "api/ops_get.h"

#include "api/app.h"
#include "metrics/metrics.h"

enum http_next healthz_get(struct http_req *rq)
{
    return reply_static(rq, 200, "application/json", "{\"status\":\"ok\"}");
}

/* {"records", "bytes", "max_bytes", "state"}, or null when there is none */
static void put_spool(struct buf *out, struct flow *f)
{
    struct spool_stat s;

    if (!flow_spool_stat(f, &s)) {
        (void)buf_puts(out, "null");
        return;
    }
    (void)buf_printf(out,
                     "{\"state\":\"%s\",\"records\":%llu,"
                     "\"bytes\":%llu,\"max_bytes\":%llu}",
                     s.failing                 ? "failing"
                     : s.records || s.counting ? "holding"
                                               : "empty",
                     (unsigned long long)s.records, (unsigned long long)s.bytes,
                     (unsigned long long)s.max_bytes);
}

enum http_next readyz_get(struct http_req *rq)
{
    bool up = flow_healthy(rq->app->flow);
    struct buf out = BUF_INIT;

    /* a schema that was found right cannot go back under a running program */
    (void)buf_printf(&out,
                     "{\"status\":\"%s\",\"database\":%s,"
                     "\"migrations\":%s,\"spool\":",
                     up ? "ready" : "unavailable", up ? "true" : "false",
                     flow_prepared(rq->app->flow) ? "true" : "false");
    put_spool(&out, rq->app->flow);
    (void)buf_putc(&out, '}');
    if (!up)
        reply_retry_after(rq, 1);
    return reply_json(rq, up ? 200 : 503, &out);
}

enum http_next metrics_get(struct http_req *rq)
{
    struct buf out = BUF_INIT;

    if (metrics_write(&out) != ERR_OK) {
        buf_release(&out);
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    }
    return reply_buf(rq, 200, "text/plain; version=0.0.4; charset=utf-8", &out);
}
