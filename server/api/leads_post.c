#include "api/leads_post.h"

#include "api/app.h"
#include "api/lead_reply.h"
#include "flow/door.h"

enum http_next leads_post(struct http_req *rq)
{
    return api_take(rq, "lead", false, render_lead_post);
}

enum http_next leads_patch(struct http_req *rq)
{
    struct field_errs errs = {.mem = rq->mem};
    struct work *w;
    enum err e;

    if (rq->woken)
        return api_write_reply(rq);
    w = api_work(rq, "patch");
    if (!w)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    w->render = render_lead;
    if (!api_work_lead(rq, w))
        return api_refuse(rq, w, ERR_NOT_FOUND, &errs);
    if (!api_if_match(rq, &w->if_version))
        return api_refuse(rq, w, ERR_STALE, &errs);
    e = door_open(api_caller(rq)->snap, w, &errs);
    if (e != ERR_OK)
        return api_refuse(rq, w, e, &errs);
    return api_write_start(rq, w);
}
