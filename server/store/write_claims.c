/* Claims made and changed, reps' counters, refusals, activities, outcomes. */
#include "base/str.h"
#include "store/batch.h"
#include "store/change.h"

STORE_STMT(CLAIMS_INSERT, .name = "claims_insert", .nparams = 12,
           .sql = "INSERT INTO claim (workspace_id, claim_id, lead_id,"
                  " rep_id, state, live, claimed_at, expires_at, sql_at,"
                  " respond_by, score, grade, snapshot)"
                  " SELECT $1::bigint, u.id, u.lead, u.rep, u.state, true,"
                  " u.at, u.expires, u.sql_at, u.respond, u.score, u.grade,"
                  " u.snapshot FROM unnest($2::uuid[], $3::uuid[],"
                  " $4::uuid[], $5::text[], $6::timestamptz[],"
                  " $7::timestamptz[], $8::timestamptz[],"
                  " $9::timestamptz[], $10::smallint[], $11::text[],"
                  " $12::jsonb[]) AS u(id, lead, rep, state, at, expires,"
                  " sql_at, respond, score, grade, snapshot)");

STORE_STMT(CLAIMS_UPDATE, .name = "claims_update", .nparams = 8,
           .sql = "UPDATE claim c SET state = u.state,"
                  " live = u.state IN ('claimed', 'accepted'),"
                  " expires_at = u.expires, accepted_at = u.accepted,"
                  " ended_at = u.ended, reason = u.reason,"
                  " first_response_at = u.responded"
                  " FROM unnest($2::uuid[], $3::text[], $4::timestamptz[],"
                  " $5::timestamptz[], $6::timestamptz[], $7::text[],"
                  " $8::timestamptz[]) AS u(id, state, expires, accepted,"
                  " ended, reason, responded)"
                  " WHERE c.workspace_id = $1 AND c.claim_id = u.id"
                  " AND c.claim_id = ANY($2::uuid[])");

STORE_STMT(REPS_UPDATE, .name = "reps_update", .nparams = 4,
           .sql = "UPDATE rep r SET live_claims = u.live,"
                  " misses = r.misses + u.misses"
                  " FROM unnest($2::uuid[], $3::integer[], $4::integer[])"
                  " AS u(id, live, misses)"
                  " WHERE r.workspace_id = $1 AND r.rep_id = u.id"
                  " AND r.rep_id = ANY($2::uuid[])");

STORE_STMT(REFUSAL_PUT, .name = "refusal_put", .nparams = 4,
           .sql = "INSERT INTO refusal (workspace_id, rep_id, lead_id,"
                  " facts_version) VALUES ($1, $2, $3, $4)"
                  " ON CONFLICT (workspace_id, rep_id, lead_id)"
                  " DO UPDATE SET facts_version = excluded.facts_version");

STORE_STMT(ACTIVITY_INSERT, .name = "activity_insert", .nparams = 9,
           .sql = "INSERT INTO activity (workspace_id, lead_id, activity_id,"
                  " claim_id, rep_id, kind, duration_s, result, happened_at)"
                  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");

STORE_STMT(OUTCOME_INSERT, .name = "outcome_insert", .nparams = 8,
           .sql = "INSERT INTO outcome (workspace_id, lead_id, claim_id,"
                  " result, amount, currency, reason, decided_at)"
                  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");

static enum err insert_claims(struct batch *b)
{
    static const enum pg_type TYPES[] = {PG_UUID, PG_UUID, PG_UUID,  PG_TEXT,
                                         PG_TIME, PG_TIME, PG_TIME,  PG_TIME,
                                         PG_I16,  PG_TEXT, PG_JSONB, 0};
    struct rows r;

    rows_init(&r, TYPES);
    for (struct claim *c = b->claims; c; c = c->next) {
        if (!c->is_new)
            continue;
        pg_array_uuid(&r.col[0], &c->claim_id);
        pg_array_uuid(&r.col[1], &c->lead_id);
        pg_array_uuid(&r.col[2], &c->rep_id);
        pg_array_text(&r.col[3], c->state);
        pg_array_time(&r.col[4], c->claimed_ms);
        pg_array_time(&r.col[5], c->expires_ms);
        pg_array_time(&r.col[6], c->sql_ms);
        pg_array_time(&r.col[7], c->respond_by_ms);
        pg_array_i16(&r.col[8], c->score);
        pg_array_text(&r.col[9], c->grade);
        pg_array_text(&r.col[10], c->snapshot);
        r.n++;
    }
    return batch_send_rows(b, &CLAIMS_INSERT, &r);
}

static enum err update_claims(struct batch *b)
{
    static const enum pg_type TYPES[] = {PG_UUID, PG_TEXT, PG_TIME, PG_TIME,
                                         PG_TIME, PG_TEXT, PG_TIME, 0};
    struct rows r;

    rows_init(&r, TYPES);
    for (struct claim *c = b->claims; c; c = c->next) {
        if (c->is_new || !c->changed)
            continue;
        pg_array_uuid(&r.col[0], &c->claim_id);
        pg_array_text(&r.col[1], c->state);
        pg_array_time(&r.col[2], c->expires_ms);
        pg_array_time(&r.col[3], c->accepted_ms);
        pg_array_time(&r.col[4], c->ended_ms);
        pg_array_text(&r.col[5], c->reason);
        pg_array_time(&r.col[6], c->first_response_ms);
        r.n++;
    }
    return batch_send_rows(b, &CLAIMS_UPDATE, &r);
}

static enum err update_reps(struct batch *b)
{
    static const enum pg_type TYPES[] = {PG_UUID, PG_I32, PG_I32, 0};
    struct rows r;

    rows_init(&r, TYPES);
    for (size_t i = 0; i < b->n_reps; i++) {
        if (!b->reps[i].changed)
            continue;
        pg_array_uuid(&r.col[0], &b->reps[i].rep_id);
        pg_array_i32(&r.col[1], b->reps[i].live);
        pg_array_i32(&r.col[2], b->reps[i].misses);
        r.n++;
    }
    return batch_send_rows(b, &REPS_UPDATE, &r);
}

static enum err put_refusal(struct batch *b, const struct ending *e)
{
    struct pg_params p;
    enum err err;

    pg_params_init(&p, b->mem);
    pg_i64(&p, b->rules.workspace_id);
    pg_uuid(&p, &e->claim->rep_id);
    pg_uuid(&p, &e->claim->lead_id);
    pg_i32(&p, e->claim->bundle->lead.facts_version);
    err = pg_pipe_send(b->pg, &REFUSAL_PUT, &p);
    return err == ERR_OK ? write_reason(b->pg, b->mem, &b->rules, "rejected",
                                        &e->claim->bundle->lead,
                                        e->claim->reason, b->now_ms)
                         : err;
}

static enum err put_activity(struct batch *b, const struct ending *e)
{
    bool claimed = e->kind == ENDING_ACTIVITY;
    const struct activity *a =
        claimed ? &e->work->claim.activity : &e->work->step.activity;
    struct uuid id = uuid_new(b->now_ms);
    struct pg_params p;

    pg_params_init(&p, b->mem);
    pg_i64(&p, b->rules.workspace_id);
    pg_uuid(&p, claimed ? &e->claim->lead_id : &e->work->parts[0].lead_id);
    pg_uuid(&p, &id);
    pg_uuid(&p, claimed ? &e->claim->claim_id : NULL);
    pg_uuid(&p, claimed ? &e->claim->rep_id : &e->work->step.actor_id);
    pg_text(&p, a->kind);
    pg_i32(&p, a->duration_s);
    pg_text(&p, a->result);
    pg_time(&p, b->now_ms);
    return pg_pipe_send(b->pg, &ACTIVITY_INSERT, &p);
}

static enum err put_outcome(struct batch *b, const struct ending *e)
{
    const struct claim_order *o = &e->work->claim;
    bool won = str_eq(o->result, "won");
    struct pg_params p;

    pg_params_init(&p, b->mem);
    pg_i64(&p, b->rules.workspace_id);
    pg_uuid(&p, &e->claim->lead_id);
    pg_uuid(&p, &e->claim->claim_id);
    pg_text(&p, o->result);
    pg_text(&p,
            won ? arena_printf(b->mem, "%lld", (long long)o->amount) : NULL);
    pg_text(&p, won ? o->currency : NULL);
    pg_text(&p, o->reason);
    pg_time(&p, b->now_ms);
    return pg_pipe_send(b->pg, &OUTCOME_INSERT, &p);
}

static enum err put_deal(struct batch *b, const struct ending *e)
{
    const struct claim_order *o = &e->work->claim;
    const struct lead *l = &e->claim->bundle->lead;
    bool won = str_eq(o->result, "won");
    struct deal d = {
        .lead = l,
        .result = o->result,
        .at_ms = b->now_ms,
        .amount = won ? o->amount : 0,
        .first_touch_ms =
            b->now_ms - (l->first_touch_ms ? l->first_touch_ms : l->created_ms),
        .sql_ms = b->now_ms - (l->sql_ms ? l->sql_ms : e->claim->sql_ms),
        .currency = won ? o->currency : ""};
    enum err err = put_outcome(b, e);

    if (err == ERR_OK)
        err = write_deals(b->pg, b->mem, &b->rules, &d, 1);
    if (err == ERR_OK && !won && !l->test)
        err = write_reason(b->pg, b->mem, &b->rules, "lost", l, o->reason,
                           b->now_ms);
    return err;
}

enum err write_claims(struct batch *b)
{
    enum err e = insert_claims(b);

    if (e == ERR_OK)
        e = update_claims(b);
    if (e == ERR_OK)
        e = update_reps(b);
    for (struct ending *x = b->endings; e == ERR_OK && x; x = x->next)
        e = x->kind == ENDING_REFUSAL ? put_refusal(b, x)
            : x->kind == ENDING_DEAL  ? put_deal(b, x)
                                      : put_activity(b, x);
    return e;
}
