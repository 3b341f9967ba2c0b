#include "api/events_post.h"

#include "api/app.h"
#include "api/lead_reply.h"
#include "flow/door.h"

enum http_next lead_events_post(struct http_req *rq)
{
    struct field_errs errs = {.mem = rq->mem};
    struct work *w;
    enum err e;

    if (rq->woken)
        return api_write_reply(rq);
    w = api_work(rq, "event");
    if (!w)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    w->render = render_events;
    w->may_spool = true;
    if (!api_work_lead(rq, w))
        return api_refuse(rq, w, ERR_NOT_FOUND, &errs);
    e = api_idempotency(rq, w);
    if (e == ERR_OK)
        e = door_open(api_caller(rq)->snap, w, &errs);
    if (e != ERR_OK)
        return api_refuse(rq, w, e, &errs);
    return api_write_start(rq, w);
}

enum http_next events_post(struct http_req *rq)
{
    struct field_errs errs = {.mem = rq->mem};
    struct work *w;
    enum err e;

    if (rq->woken)
        return api_write_reply(rq);
    w = api_work(rq, "events");
    if (!w)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    w->render = render_event_batch;
    w->may_spool = true;
    e = api_idempotency(rq, w);
    if (e == ERR_OK)
        e = door_open(api_caller(rq)->snap, w, &errs);
    if (e != ERR_OK)
        return api_refuse(rq, w, e, &errs);
    return api_write_start(rq, w);
}
