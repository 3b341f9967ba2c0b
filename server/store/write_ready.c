/* The queue of claimable leads, and the change counters. */
#include "base/str.h"
#include "store/change.h"
#include "store/rows.h"

STORE_STMT(READY_UPSERT, .name = "ready_upsert", .nparams = 9,
           .sql = "INSERT INTO ready AS r (workspace_id, lead_id, rank,"
                  " last_high_intent_at, score, created_at, stage,"
                  " facts_version, grade)"
                  " SELECT $1::bigint, u.* FROM unnest($2::uuid[],"
                  " $3::smallint[], $4::timestamptz[], $5::smallint[],"
                  " $6::timestamptz[], $7::text[], $8::integer[],"
                  " $9::text[]) AS u"
                  " ON CONFLICT (workspace_id, lead_id) DO UPDATE SET"
                  " rank = excluded.rank,"
                  " last_high_intent_at = excluded.last_high_intent_at,"
                  " score = excluded.score, stage = excluded.stage,"
                  " facts_version = excluded.facts_version,"
                  " created_at = excluded.created_at,"
                  " grade = excluded.grade WHERE (r.rank, r.score, r.stage,"
                  " r.facts_version, r.created_at)"
                  " IS DISTINCT FROM (excluded.rank, excluded.score,"
                  " excluded.stage, excluded.facts_version,"
                  " excluded.created_at)"
                  " OR r.last_high_intent_at IS DISTINCT FROM"
                  " excluded.last_high_intent_at");

STORE_STMT(READY_DELETE, .name = "ready_delete", .nparams = 2,
           .sql = "DELETE FROM ready WHERE workspace_id = $1"
                  " AND lead_id = ANY($2::uuid[])");

STORE_STMT(PULSE, .name = "pulse", .nparams = 2,
           .sql = "INSERT INTO pulse AS p (workspace_id, topic, version)"
                  " VALUES ($1, $2, 1) ON CONFLICT (workspace_id, topic)"
                  " DO UPDATE SET version = p.version + 1");

bool lead_is_ready(const struct lead *l)
{
    return (l->stage == STAGE_SQL || l->stage == STAGE_PQL) &&
           uuid_is_nil(&l->claim.claim_id) && !l->test;
}

static void ready_row(struct rows *r, const struct lead *l)
{
    pg_array_uuid(&r->col[0], &l->lead_id);
    pg_array_i16(&r->col[1], l->rank);
    pg_array_time(&r->col[2], l->last_high_intent_ms);
    pg_array_i16(&r->col[3], l->score);
    pg_array_time(&r->col[4], l->created_ms);
    pg_array_text(&r->col[5], stage_text(l->stage));
    pg_array_i32(&r->col[6], l->facts_version);
    pg_array_text(&r->col[7], l->grade);
    r->n++;
}

enum err write_ready(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     const struct bundle *list, bool *out_changed)
{
    static const enum pg_type TYPES[] = {
        PG_UUID, PG_I16, PG_TIME, PG_I16, PG_TIME, PG_TEXT, PG_I32, PG_TEXT, 0};
    static const enum pg_type ID[] = {PG_UUID, 0};
    struct rows in, out;
    enum err e;

    rows_init(&in, TYPES);
    rows_init(&out, ID);
    for (; list; list = list->next) {
        if (!list->changed && !list->claim_changed)
            continue;
        if (lead_is_ready(&list->lead)) {
            ready_row(&in, &list->lead);
        } else if (list->was_ready) {
            pg_array_uuid(&out.col[0], &list->lead.lead_id);
            out.n++;
        }
    }
    *out_changed |= in.n || out.n;
    e = rows_send(pg, mem, workspace_id, &READY_DELETE, &out);
    if (e == ERR_OK)
        return rows_send(pg, mem, workspace_id, &READY_UPSERT, &in);
    rows_release(&in);
    return e;
}

enum err write_pulse(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     const char *topic)
{
    struct pg_params p;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_text(&p, topic);
    return pg_pipe_send(pg, &PULSE, &p);
}
