#include "api/ops_get.h"

#include "api/app.h"
#include "metrics/metrics.h"

enum http_next healthz_get(struct http_req *rq)
{
    return reply_static(rq, 200, "application/json", "{\"status\":\"ok\"}");
}

enum http_next readyz_get(struct http_req *rq)
{
    bool up = flow_healthy(rq->app->flow);
    struct buf out = BUF_INIT;

    /* migrations were checked before the server listened, and the schema
       cannot go back under a running program */
    (void)buf_printf(&out,
                     "{\"status\":\"%s\",\"database\":%s,"
                     "\"migrations\":true,\"spool\":null}",
                     up ? "ready" : "unavailable", up ? "true" : "false");
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
