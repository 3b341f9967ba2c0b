#include "api/lead_reply.h"

#include "api/app.h"
#include "store/claim_json.h"

static void receipt_id(struct work *w)
{
    char id[UUID_TEXT_BYTES];

    (void)buf_printf(&w->reply, "\"receipt_id\":\"%s\"",
                     uuid_format(&w->receipt.receipt_id, id));
}

static void put_lead(struct work *w, const struct part *p)
{
    w->etag = api_lead_etag(&p->bundle->lead, w->mem);
    lead_to_json(&p->bundle->lead, &w->reply);
}

/* The database refused the lead and only its receipt is kept: the writer
   turns the empty answer into an error. */
static bool has_no_lead(const struct work *w)
{
    return !w->parts[0].bundle;
}

void render_lead_post(struct work *w)
{
    const struct part *p = &w->parts[0];

    if (has_no_lead(w))
        return;
    w->status = p->created ? 201 : 200;
    (void)buf_putc(&w->reply, '{');
    receipt_id(w);
    (void)buf_printf(
        &w->reply, ",\"created\":%s,\"lead\":", p->created ? "true" : "false");
    put_lead(w, p);
    (void)buf_putc(&w->reply, '}');
}

void render_lead(struct work *w)
{
    if (has_no_lead(w))
        return;
    w->status = 200;
    put_lead(w, &w->parts[0]);
}

void render_events(struct work *w)
{
    if (has_no_lead(w))
        return;
    w->status = 201;
    (void)buf_putc(&w->reply, '{');
    receipt_id(w);
    (void)buf_puts(&w->reply, ",\"lead\":");
    put_lead(w, &w->parts[0]);
    (void)buf_putc(&w->reply, '}');
}

void render_received(struct work *w)
{
    render_accepted(w);
    w->status = 200;
}

void render_accepted(struct work *w)
{
    w->status = 201;
    (void)buf_putc(&w->reply, '{');
    receipt_id(w);
    (void)buf_puts(&w->reply, ",\"status\":\"accepted\"}");
}

void render_nothing(struct work *w)
{
    w->status = 204;
}

void render_event_batch(struct work *w)
{
    char id[UUID_TEXT_BYTES];

    w->status = 201;
    (void)buf_putc(&w->reply, '{');
    receipt_id(w);
    (void)buf_puts(&w->reply, ",\"results\":[");
    for (size_t i = 0; i < w->n_parts; i++) {
        const struct part *p = &w->parts[i];

        (void)buf_puts(&w->reply, i ? "," : "");
        if (p->err == ERR_OK)
            (void)buf_printf(&w->reply, "{\"status\":201,\"lead_id\":\"%s\"}",
                             uuid_format(&p->lead_id, id));
        else
            (void)buf_printf(&w->reply, "{\"status\":%d,\"code\":\"%s\"}",
                             err_info(p->err)->status, err_info(p->err)->code);
    }
    (void)buf_puts(&w->reply, "]}");
}

void render_claim(struct work *w)
{
    w->status = w->claim.created ? 201 : 200;
    if (w->claim.n_claims)
        claim_to_json(w->claim.claims[0], &w->reply);
}

void render_activity(struct work *w)
{
    render_claim(w);
    w->status = 201;
}

void render_claims(struct work *w)
{
    w->status = w->claim.n_claims ? 201 : 204;
    if (!w->claim.n_claims)
        return;
    (void)buf_puts(&w->reply, "{\"claims\":[");
    for (size_t i = 0; i < w->claim.n_claims; i++) {
        (void)buf_puts(&w->reply, i ? "," : "");
        claim_to_json(w->claim.claims[i], &w->reply);
    }
    (void)buf_puts(&w->reply, "]}");
}
