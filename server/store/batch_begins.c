/*
 * Where a lead comes from, and since when: what the receipt that made it
 * says.  A receipt that came before it, and was held or kept in the journal
 * until now, is as if it had come then: the lead begins with that one.  What
 * the funnel counted of its hops is taken out and counted anew.
 */
#include "base/str.h"
#include "store/batch.h"
#include "store/rollup_sql.h"

/* One lead ($2) each: they are few, and a plan for many might read all hops of
   the workspace. */
STORE_STMT(BEGINS_UNCOUNT, .name = "begins_uncount", .nparams = 2,
           .sql = ROLLUP_COUNT(" AND h.lead_id = $2", "-1"));
STORE_STMT(BEGINS_COUNT, .name = "begins_count", .nparams = 2,
           .sql = ROLLUP_COUNT(" AND h.lead_id = $2", "1"));

STORE_STMT(BEGINS_LEAD, .name = "begins_lead", .nparams = 8,
           .sql = "UPDATE lead SET created_at = $3, origin = $4,"
                  " source_id = $5, source = $6, channel = $7, campaign = $8"
                  " WHERE workspace_id = $1 AND lead_id = $2");

STORE_STMT(BEGINS_HOPS, .name = "begins_hops", .nparams = 3,
           .sql = "UPDATE hop SET hopped_at = CASE hop_no WHEN 1"
                  " THEN $3::timestamptz ELSE hopped_at END,"
                  " stay_ms = CASE hop_no WHEN 2 THEN (extract(epoch FROM"
                  " hopped_at - $3::timestamptz) * 1000)::bigint"
                  " ELSE stay_ms END WHERE workspace_id = $1"
                  " AND lead_id = $2 AND hop_no <= 2");

void lead_begins(struct lead *l, const struct work *w, const struct draft *d,
                 struct arena *mem)
{
    l->created_ms = w->receipt.received_ms;
    l->origin = d->has_origin ? d->origin : ORIGIN_MARKETING;
    l->referrer_json = referrer_to_json(d, mem);
    l->source_id = w->receipt.source_id;
    l->source = d->source_name ? d->source_name : w->receipt.source;
    l->channel = d->touch.channel ? d->touch.channel : "";
    l->campaign = d->touch.campaign ? d->touch.campaign : "";
}

/* Deals are counted by these columns too, once and for all. */
static bool was_closed(const struct lead *l)
{
    return l->stage == STAGE_WON || l->stage == STAGE_LOST || l->lost_reason ||
           l->recycled_ms;
}

static bool makes_leads(const struct part *p)
{
    return p->kind == PART_INGEST && !p->known_only && !p->went_in;
}

/* Hops that are not written yet. */
static void move_new_hops(struct bundle *bu, int64_t at_ms)
{
    for (size_t i = 0; i < bu->n_hops; i++) {
        struct hop *h = &bu->hops[i];

        if (h->no == 1)
            h->at_ms = at_ms;
        else if (h->no == 2)
            h->stay_ms = h->at_ms - at_ms;
    }
}

void lead_begins_earlier(struct batch *b, const struct work *w,
                         const struct part *p)
{
    struct bundle *bu = p->bundle;
    struct lead *l = &bu->lead;

    if (w->receipt.received_ms >= l->created_ms || !makes_leads(p) ||
        was_closed(l))
        return;
    if (!l->first_touch_ms) /* the touch of before is from there on */
        l->first_touch_ms = l->created_ms;
    lead_begins(l, w, &p->draft, b->mem);
    move_new_hops(bu, l->created_ms);
    if (l->hop_no == 1)
        l->stage_ms = l->created_ms;
    bu->begins_earlier = bu->changed = true;
}

/* A statement takes as many parameters, from the first on, as it wants. */
static enum err write_one(struct batch *b, const struct lead *l)
{
    static const struct store_stmt *const STMTS[] = {
        &BEGINS_UNCOUNT, &BEGINS_LEAD, &BEGINS_HOPS, &BEGINS_COUNT};
    enum err e = ERR_OK;
    struct pg_params p;

    pg_params_init(&p, b->mem);
    pg_i64(&p, b->rules.workspace_id);
    pg_uuid(&p, &l->lead_id);
    pg_time(&p, l->created_ms);
    pg_text(&p, origin_text(l->origin));
    pg_uuid(&p, &l->source_id);
    pg_text(&p, l->source);
    pg_text(&p, l->channel);
    pg_text(&p, l->campaign);
    for (size_t i = 0; e == ERR_OK && i < ARRAY_LEN(STMTS); i++) {
        p.n = STMTS[i]->nparams;
        e = pg_pipe_send(b->pg, STMTS[i], &p);
    }
    return e;
}

enum err write_begins(struct batch *b)
{
    enum err e = ERR_OK;

    for (const struct bundle *bu = b->bundles; bu && e == ERR_OK; bu = bu->next)
        if (bu->begins_earlier && !bu->is_new)
            e = write_one(b, &bu->lead);
    return e;
}
