#include "api/events_post.h"

#include "api/app.h"
#include "api/lead_reply.h"
#include "intake/decode_events.h"

enum http_next lead_events_post(struct http_req *rq)
{
    struct field_errs errs = {.mem = rq->mem};
    struct part *p;
    struct work *w;
    enum err e;

    if (rq->woken)
        return api_write_reply(rq);
    w = api_work(rq, "events");
    if (!w)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    w->render = render_events;
    w->parts = p = arena_alloc(w->mem, sizeof(*p));
    w->n_parts = 1;
    p->kind = PART_TARGET;
    if (!api_param_id(rq, 0, &p->target))
        return api_refuse(rq, w, ERR_NOT_FOUND, &errs);
    e = api_idempotency(rq, w);
    if (e == ERR_OK)
        e = intake_lead_events(w->receipt.body, w->receipt.body_bytes,
                               w->receipt.received_ms, w->mem, &p->draft.events,
                               &p->draft.n_events, &errs);
    if (e != ERR_OK)
        return api_refuse(rq, w, e, &errs);
    return api_write_start(rq, w);
}

/* One event of the batch, as a part that only looks its lead up. */
static void part_of(const struct workspace *ws, const struct event_post *post,
                    struct part *p, struct arena *mem, struct field_errs *errs)
{
    struct draft *d = &p->draft;

    p->kind = post->has_lead ? PART_TARGET : PART_LOOKUP;
    p->target = post->lead_id;
    d->events = arena_memdup(mem, &post->event, sizeof(post->event));
    d->n_events = 1;
    if (post->has_lead)
        return;
    d->contact.email = post->email;
    d->contact.phone = post->phone;
    d->external_id = post->external_id;
    d->source_name = post->source ? post->source : "api";
    if (post->visitor_id) {
        d->ids[0].kind = ID_VISITOR;
        d->ids[0].value = d->ids[0].raw = post->visitor_id;
        d->n_ids = 1;
    }
    flow_prepare(ws, d, mem, errs);
    d->account_key = NULL; /* looked up, not told anything new */
    d->contact.email = d->contact.phone = NULL;
}

static enum err decode_batch(struct http_req *rq, struct work *w,
                             struct field_errs *errs)
{
    struct event_post *posts;
    size_t n;
    enum err e =
        intake_event_batch(w->receipt.body, w->receipt.body_bytes,
                           w->receipt.received_ms, w->mem, &posts, &n, errs);

    if (e != ERR_OK)
        return e;
    w->parts = arena_array(w->mem, n, sizeof(*w->parts));
    w->n_parts = n;
    for (size_t i = 0; i < n; i++)
        part_of(api_caller(rq)->ws, &posts[i], &w->parts[i], w->mem, errs);
    return errs->n ? ERR_INVALID : ERR_OK;
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
    e = api_idempotency(rq, w);
    if (e == ERR_OK)
        e = decode_batch(rq, w, &errs);
    if (e != ERR_OK)
        return api_refuse(rq, w, e, &errs);
    return api_write_start(rq, w);
}
