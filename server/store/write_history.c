/* What follows from a lead: hops, events, facts, touches, consent, outbox. */
#include "base/str.h"
#include "lead/lead.h"
#include "store/batch.h"
#include "store/change.h"

STORE_STMT(HOPS_INSERT, .name = "hops_insert", .nparams = 2,
           .row_type = "hop_in",
           .sql = "INSERT INTO hop (workspace_id, lead_id, hop_no,"
                  " from_stage, to_stage, actor, hopped_at, grade,"
                  " model_version, reason, actor_id, stay_ms)"
                  " SELECT $1::bigint, u.lead_id, u.hop_no,"
                  " nullif(u.from_stage, 'new'), u.to_stage, u.actor,"
                  " u.hopped_at, u.grade, u.model_version, u.reason,"
                  " u.actor_id, u.stay_ms FROM unnest($2::hop_in[]) AS u");

STORE_STMT(EVENTS_INSERT, .name = "events_insert", .nparams = 2,
           .row_type = "event_person_in",
           .sql = "INSERT INTO event (workspace_id, lead_id, event_id,"
                  " ext_id, type, occurred_at, value, duration_s, machine,"
                  " session, channel, visitor, detail, receipt_id, person)"
                  " SELECT $1::bigint, u.*"
                  " FROM unnest($2::event_person_in[]) AS u");

STORE_STMT(TOUCHES_INSERT, .name = "touches_insert", .nparams = 2,
           .row_type = "touch_in",
           .sql = "INSERT INTO touch (workspace_id, lead_id, receipt_id,"
                  " touched_at, source_id, source, touch)"
                  " SELECT $1::bigint, u.* FROM unnest($2::touch_in[]) AS u");

/* Replays meet their own touches. */
STORE_STMT(TOUCHES_AGAIN, .name = "touches_again", .nparams = 2,
           .row_type = "touch_in",
           .sql = "INSERT INTO touch (workspace_id, lead_id, receipt_id,"
                  " touched_at, source_id, source, touch)"
                  " SELECT $1::bigint, u.* FROM unnest($2::touch_in[]) AS u"
                  " ON CONFLICT (workspace_id, lead_id, receipt_id)"
                  " DO NOTHING");

STORE_STMT(FACTS_INSERT, .name = "facts_insert", .nparams = 6,
           .sql = "INSERT INTO fact (workspace_id, lead_id, receipt_id,"
                  " source_class, stated_at, facts)"
                  " SELECT $1::bigint, u.* FROM unnest($2::uuid[],"
                  " $3::uuid[], $4::smallint[], $5::timestamptz[],"
                  " $6::jsonb[]) AS u"
                  " ON CONFLICT (workspace_id, lead_id, receipt_id)"
                  " DO NOTHING");

STORE_STMT(CONSENT_INSERT, .name = "consent_insert", .nparams = 11,
           .sql = "INSERT INTO consent (workspace_id, lead_id, receipt_id,"
                  " n, purpose, channel, status, wording, method, stated_at,"
                  " evidence)"
                  " SELECT $1::bigint, u.* FROM unnest($2::uuid[],"
                  " $3::uuid[], $4::smallint[], $5::text[], $6::text[],"
                  " $7::text[], $8::text[], $9::text[],"
                  " $10::timestamptz[], $11::text[]) AS u"
                  " ON CONFLICT (workspace_id, lead_id, receipt_id, n)"
                  " DO NOTHING");

STORE_STMT(OUTBOX_INSERT, .name = "outbox_insert", .nparams = 6,
           .sql = "INSERT INTO outbox (workspace_id, outbox_id, topic,"
                  " lead_id, payload, created_at, due_at)"
                  " SELECT $1::bigint, u.id, u.topic, u.lead, u.payload,"
                  " u.at, u.at FROM unnest($2::uuid[], $3::text[],"
                  " $4::uuid[], $5::jsonb[], $6::timestamptz[])"
                  " AS u(id, topic, lead, payload, at)");

static void hop_row(struct rows *r, const struct bundle *bu,
                    const struct hop *h)
{
    pg_array_uuid(&r->col[0], &bu->lead.lead_id);
    pg_array_i32(&r->col[1], h->no);
    pg_array_text(&r->col[2], stage_text(h->from));
    pg_array_text(&r->col[3], stage_text(h->to));
    pg_array_text(&r->col[4], actor_text(h->actor));
    pg_array_time(&r->col[5], h->at_ms);
    pg_array_text(&r->col[6], h->grade);
    pg_array_text(&r->col[7], bu->lead.model_version);
    pg_array_text(&r->col[8], h->reason);
    pg_array_uuid(&r->col[9], &h->actor_id);
    if (h->stay_ms < 0)
        pg_array_null(&r->col[10]);
    else
        pg_array_i64(&r->col[10], h->stay_ms);
    r->n++;
}

enum err write_hops(struct pg *pg, struct arena *mem, int64_t workspace_id,
                    const struct bundle *list)
{
    static const enum pg_type TYPES[] = {PG_UUID, PG_I32,  PG_TEXT, PG_TEXT,
                                         PG_TEXT, PG_TIME, PG_TEXT, PG_TEXT,
                                         PG_TEXT, PG_UUID, PG_I64,  0};
    struct rows r;

    rows_init(&r, TYPES);
    for (; list; list = list->next)
        for (size_t i = 0; i < list->n_hops; i++)
            hop_row(&r, list, &list->hops[i]);
    return rows_send(pg, mem, workspace_id, &HOPS_INSERT, &r);
}

/* 0 is "not given". */
static void optional_i32(struct pg_array *a, int32_t v)
{
    if (v)
        pg_array_i32(a, v);
    else
        pg_array_null(a);
}

static void event_row(struct rows *r, const struct bundle *bu,
                      const struct event *ev, const struct uuid *receipt)
{
    pg_array_uuid(&r->col[0], &bu->lead.lead_id);
    pg_array_uuid(&r->col[1], &ev->event_id);
    pg_array_text(&r->col[2], ev->ext_id);
    pg_array_text(&r->col[3], event_type_text(ev->type));
    pg_array_time(&r->col[4], ev->occurred_ms);
    optional_i32(&r->col[5], ev->value);
    optional_i32(&r->col[6], ev->duration_s);
    pg_array_bool(&r->col[7], ev->machine);
    pg_array_text(&r->col[8], ev->session);
    pg_array_text(&r->col[9], ev->channel);
    pg_array_text(&r->col[10], ev->visitor);
    pg_array_text(&r->col[11], ev->detail);
    pg_array_uuid(&r->col[12], receipt);
    pg_array_text(&r->col[13], ev->person);
    r->n++;
}

static enum err write_events(struct batch *b)
{
    static const enum pg_type TYPES[] = {
        PG_UUID, PG_UUID, PG_TEXT, PG_TEXT, PG_TIME, PG_I32,  PG_I32, PG_BOOL,
        PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_UUID, PG_TEXT, 0};
    static const struct uuid NIL;
    struct rows r;

    rows_init(&r, TYPES);
    for (struct bundle *bu = b->bundles; bu; bu = bu->next)
        for (size_t i = bu->n_stored; i < bu->n_own; i++)
            event_row(&r, bu, &bu->own[i], &NIL);
    return batch_send_rows(b, &EVENTS_INSERT, &r);
}

/* Calls fn for each part that reached a lead through a stored receipt. */
typedef void part_fn(struct batch *b, const struct work *w,
                     const struct part *p, struct rows *r);

static void each_part(struct batch *b, struct rows *r, part_fn *fn)
{
    for (size_t i = 0; i < b->n; i++) {
        const struct work *w = b->works[i];

        if (w->err != ERR_OK || w->idem_replayed || w->stored ||
            !w->has_receipt)
            continue;
        for (size_t k = 0; k < w->n_parts; k++)
            if (w->parts[k].bundle && w->parts[k].err == ERR_OK)
                fn(b, w, &w->parts[k], r);
    }
}

/* One touch a receipt and lead, however many of its parts are that person. */
static void touch_row(struct batch *b, const struct work *w,
                      const struct part *p, struct rows *r)
{
    if (p->kind != PART_INGEST || p->bundle->touched_by == w)
        return;
    p->bundle->touched_by = w;
    pg_array_uuid(&r->col[0], &p->bundle->lead.lead_id);
    pg_array_uuid(&r->col[1], &w->receipt.receipt_id);
    pg_array_time(&r->col[2], w->receipt.received_ms);
    pg_array_uuid(&r->col[3], &w->receipt.source_id);
    pg_array_text(&r->col[4], p->draft.source_name ? p->draft.source_name
                                                   : w->receipt.source);
    pg_array_text(&r->col[5], p->draft.has_touch
                                  ? touch_to_json(&p->draft.touch, b->mem)
                                  : NULL);
    r->n++;
}

/* A replay does, and a release of which some parts went in before.  To any
   other the same touch says that it is made twice in one batch. */
static bool meets_own_touches(const struct work *w)
{
    return w->replay == REPLAY_AGAIN ||
           (w->replay == REPLAY_RELEASE && w->n_parts > 1);
}

static enum err write_touches(struct batch *b)
{
    static const enum pg_type TYPES[] = {PG_UUID, PG_UUID,  PG_TIME, PG_UUID,
                                         PG_TEXT, PG_JSONB, 0};
    bool again = false;
    struct rows r;

    rows_init(&r, TYPES);
    each_part(b, &r, touch_row);
    for (size_t i = 0; i < b->n; i++)
        again |= meets_own_touches(b->works[i]);
    return batch_send_rows(b, again ? &TOUCHES_AGAIN : &TOUCHES_INSERT, &r);
}

static void fact_row(struct batch *b, const struct work *w,
                     const struct part *p, struct rows *r)
{
    if (!p->draft.facts.given)
        return;
    pg_array_uuid(&r->col[0], &p->bundle->lead.lead_id);
    pg_array_uuid(&r->col[1], &w->receipt.receipt_id);
    pg_array_i16(&r->col[2], (int16_t)p->draft.fact_source);
    pg_array_time(&r->col[3], w->receipt.received_ms);
    pg_array_text(&r->col[4], facts_to_text(&p->draft.facts, b->mem));
    r->n++;
}

static enum err write_facts(struct batch *b)
{
    static const enum pg_type TYPES[] = {PG_UUID, PG_UUID,  PG_I16,
                                         PG_TIME, PG_JSONB, 0};
    struct rows r;

    rows_init(&r, TYPES);
    each_part(b, &r, fact_row);
    return batch_send_rows(b, &FACTS_INSERT, &r);
}

static void consent_rows(struct batch *b, const struct work *w,
                         const struct part *p, struct rows *r)
{
    (void)b;
    for (size_t i = 0; i < p->draft.n_consent; i++, r->n++) {
        const struct consent *c = &p->draft.consent[i];

        pg_array_uuid(&r->col[0], &p->bundle->lead.lead_id);
        pg_array_uuid(&r->col[1], &w->receipt.receipt_id);
        pg_array_i16(&r->col[2], (int16_t)i);
        pg_array_text(&r->col[3], c->purpose);
        pg_array_text(&r->col[4], c->channel);
        pg_array_text(&r->col[5], c->status);
        pg_array_text(&r->col[6], c->wording);
        pg_array_text(&r->col[7], c->method);
        pg_array_time(&r->col[8], w->receipt.received_ms);
        pg_array_text(&r->col[9], c->evidence);
    }
}

static enum err write_consent(struct batch *b)
{
    static const enum pg_type TYPES[] = {PG_UUID, PG_UUID, PG_I16,  PG_TEXT,
                                         PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT,
                                         PG_TIME, PG_TEXT, 0};
    struct rows r;

    rows_init(&r, TYPES);
    each_part(b, &r, consent_rows);
    return batch_send_rows(b, &CONSENT_INSERT, &r);
}

/* One message per hop, if the workspace listens. */
static enum err write_outbox(struct batch *b)
{
    static const enum pg_type TYPES[] = {PG_UUID,  PG_TEXT, PG_UUID,
                                         PG_JSONB, PG_TIME, 0};
    struct rows r;

    if (!b->rules.outbound)
        return ERR_OK;
    rows_init(&r, TYPES);
    for (struct bundle *bu = b->bundles; bu; bu = bu->next) {
        for (size_t i = 0; i < bu->n_hops && !bu->lead.test; i++, r.n++) {
            struct uuid id = uuid_new(b->now_ms);

            pg_array_uuid(&r.col[0], &id);
            pg_array_text(&r.col[1], "lead.stage_changed");
            pg_array_uuid(&r.col[2], &bu->lead.lead_id);
            pg_array_text(&r.col[3],
                          arena_printf(b->mem,
                                       "{\"from\":\"%s\",\"to\":\"%s\","
                                       "\"grade\":\"%s\"}",
                                       stage_text(bu->hops[i].from),
                                       stage_text(bu->hops[i].to),
                                       bu->hops[i].grade));
            pg_array_time(&r.col[4], b->now_ms);
        }
    }
    return batch_send_rows(b, &OUTBOX_INSERT, &r);
}

enum err write_history(struct batch *b)
{
    enum err e = write_hops(b->pg, b->mem, b->rules.workspace_id, b->bundles);

    if (e == ERR_OK)
        e = write_events(b);
    if (e == ERR_OK)
        e = write_touches(b);
    if (e == ERR_OK)
        e = write_facts(b);
    if (e == ERR_OK)
        e = write_consent(b);
    if (e == ERR_OK)
        e = write_outbox(b);
    return e;
}
