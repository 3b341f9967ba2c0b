#include "api/leads_post.h"

#include "api/app.h"
#include "api/lead_reply.h"
#include "identity/identity.h"
#include "intake/decode_lead.h"

static struct part *one_part(struct work *w, enum part_kind kind)
{
    w->parts = arena_alloc(w->mem, sizeof(*w->parts));
    w->n_parts = 1;
    w->parts[0].kind = kind;
    return &w->parts[0];
}

/* A person's word weighs more than a machine's. */
static enum fact_source weight(const struct auth_key *key)
{
    return key->role == ROLE_SALES ? FACT_SALES : FACT_SYSTEM;
}

static enum err decode_post(struct http_req *rq, struct work *w,
                            struct field_errs *errs)
{
    const struct caller *who = api_caller(rq);
    struct draft *d = &one_part(w, PART_INGEST)->draft;
    enum err e = intake_lead(w->receipt.body, w->receipt.body_bytes,
                             w->receipt.received_ms, w->mem, d, errs);

    if (e != ERR_OK && e != ERR_INVALID)
        return e;
    d->fact_source = weight(who->key);
    if (!d->has_origin) {
        d->has_origin = true;
        d->origin =
            who->key->role == ROLE_SALES ? ORIGIN_SALES : ORIGIN_MARKETING;
    }
    if (!d->source_name)
        d->source_name = "api";
    flow_prepare(who->ws, d, w->mem, errs);
    if (errs->n)
        return ERR_INVALID;
    return identity_is_reachable(d) ? ERR_OK : ERR_NO_IDENTIFIER;
}

enum http_next leads_post(struct http_req *rq)
{
    struct field_errs errs = {.mem = rq->mem};
    struct work *w;
    enum err e;

    if (rq->woken)
        return api_write_reply(rq);
    w = api_work(rq, "lead");
    if (!w)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    w->render = render_lead_post;
    e = api_idempotency(rq, w);
    if (e == ERR_OK)
        e = decode_post(rq, w, &errs);
    if (e != ERR_OK)
        return api_refuse(rq, w, e, &errs);
    return api_write_start(rq, w);
}

enum http_next leads_patch(struct http_req *rq)
{
    struct field_errs errs = {.mem = rq->mem};
    struct part *p;
    struct work *w;
    enum err e;

    if (rq->woken)
        return api_write_reply(rq);
    w = api_work(rq, "patch");
    if (!w)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    w->render = render_lead;
    p = one_part(w, PART_TARGET);
    if (!api_param_id(rq, 0, &p->target))
        return api_refuse(rq, w, ERR_NOT_FOUND, &errs);
    if (!api_if_match(rq, &w->if_version))
        return api_refuse(rq, w, ERR_STALE, &errs);
    e = intake_patch(w->receipt.body, w->receipt.body_bytes, w->mem, &p->draft,
                     &errs);
    if (e == ERR_OK || e == ERR_INVALID) { /* name every bad field at once */
        p->draft.fact_source = FACT_SALES;
        flow_prepare(api_caller(rq)->ws, &p->draft, w->mem, &errs);
        e = errs.n ? ERR_INVALID : ERR_OK;
    }
    if (e != ERR_OK)
        return api_refuse(rq, w, e, &errs);
    return api_write_start(rq, w);
}
