#include "api/events_post.h"

#include "api/app.h"
#include "api/lead_reply.h"

enum http_next lead_events_post(struct http_req *rq)
{
    return api_take(rq, "event", true, render_events);
}

enum http_next events_post(struct http_req *rq)
{
    return api_take(rq, "events", false, render_event_batch);
}
