/*
 * Where a lead comes from, and since when: what the receipt that made it
 * says.  A receipt that came before it, and was held or kept in the journal
 * until now, is as if it had come then: the lead begins with that one.  What
 * the funnel counted of its hops is taken out and counted anew.
 */
#include "base/str.h"
#include "store/batch.h"
#include "store/rollup_sql.h"

#define THESE " AND h.lead_id = ANY($2::uuid[])"

STORE_STMT(BEGINS_UNCOUNT, .name = "begins_uncount", .nparams = 2,
           .sql = ROLLUP_COUNT(THESE, "-1"));
STORE_STMT(BEGINS_COUNT, .name = "begins_count", .nparams = 2,
           .sql = ROLLUP_COUNT(THESE, "1"));

STORE_STMT(BEGINS_LEADS, .name = "begins_leads", .nparams = 8,
           .sql = "UPDATE lead l SET created_at = u.at, origin = u.origin,"
                  " source_id = u.source_id, source = u.source,"
                  " channel = u.channel, campaign = u.campaign"
                  " FROM unnest($2::uuid[], $3::timestamptz[], $4::text[],"
                  " $5::uuid[], $6::text[], $7::text[], $8::text[])"
                  " AS u(id, at, origin, source_id, source, channel, campaign)"
                  " WHERE l.workspace_id = $1 AND l.lead_id = u.id"
                  " AND l.lead_id = ANY($2::uuid[])");

STORE_STMT(BEGINS_HOPS, .name = "begins_hops", .nparams = 3,
           .sql = "UPDATE hop h SET"
                  " hopped_at = CASE h.hop_no WHEN 1 THEN u.at"
                  " ELSE h.hopped_at END, stay_ms = CASE h.hop_no WHEN 2 THEN"
                  " (extract(epoch FROM h.hopped_at - u.at) * 1000)::bigint"
                  " ELSE h.stay_ms END"
                  " FROM unnest($2::uuid[], $3::timestamptz[]) AS u(id, at)"
                  " WHERE h.workspace_id = $1 AND h.lead_id = u.id"
                  " AND h.lead_id = ANY($2::uuid[]) AND h.hop_no <= 2");

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
    lead_begins(l, w, &p->draft, b->mem);
    move_new_hops(bu, l->created_ms);
    if (l->hop_no == 1)
        l->stage_ms = l->created_ms;
    bu->begins_earlier = bu->changed = true;
}

/* A statement takes as many of the columns, from the first on, as it wants. */
static enum err send(struct batch *b, const struct store_stmt *stmt,
                     const struct pg_params *all)
{
    struct pg_params p = *all;

    p.n = stmt->nparams;
    return pg_pipe_send(b->pg, stmt, &p);
}

static void begins_row(struct rows *r, const struct lead *l)
{
    pg_array_uuid(&r->col[0], &l->lead_id);
    pg_array_time(&r->col[1], l->created_ms);
    pg_array_text(&r->col[2], origin_text(l->origin));
    pg_array_uuid(&r->col[3], &l->source_id);
    pg_array_text(&r->col[4], l->source);
    pg_array_text(&r->col[5], l->channel);
    pg_array_text(&r->col[6], l->campaign);
    r->n++;
}

enum err write_begins(struct batch *b)
{
    static const enum pg_type TYPES[] = {PG_UUID, PG_TIME, PG_TEXT, PG_UUID,
                                         PG_TEXT, PG_TEXT, PG_TEXT, 0};
    static const struct store_stmt *const STMTS[] = {
        &BEGINS_UNCOUNT, &BEGINS_LEADS, &BEGINS_HOPS, &BEGINS_COUNT};
    enum err e = ERR_OK;
    struct pg_params p;
    struct rows r;

    rows_init(&r, TYPES);
    for (const struct bundle *bu = b->bundles; bu; bu = bu->next)
        if (bu->begins_earlier && !bu->is_new)
            begins_row(&r, &bu->lead);
    pg_params_init(&p, b->mem);
    pg_i64(&p, b->rules.workspace_id);
    rows_params(&p, &r);
    for (size_t i = 0; r.n && e == ERR_OK && i < ARRAY_LEN(STMTS); i++)
        e = send(b, STMTS[i], &p);
    rows_release(&r);
    return e;
}
