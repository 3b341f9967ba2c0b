/*
 * Every table that tells of a lead and what becomes of its rows.  Hops stay
 * with the lead that made them, for they are what the funnel counts, and so do
 * refusals.  A row whose like the kept lead has already (two rows of one list
 * are one receipt) stays where it is.
 */
#include "store/merge_rows.h"

#include "store/change.h"
#include "store/rollup_sql.h"
#include "store/rows.h"

/* $1 workspace, $2 merge, $3 from, $4 to; what moved is noted by @a key. */
#define MOVE(table, key, like)                                                 \
    "WITH gone AS (UPDATE " table " x SET lead_id = $4"                        \
    " WHERE x.workspace_id = $1 AND x.lead_id = $3"                            \
    " AND NOT EXISTS (SELECT FROM " table " k WHERE k.workspace_id = $1"       \
    " AND k.lead_id = $4 AND (" like ")) RETURNING x." key ")"                 \
    " UPDATE merge m SET moved = m.moved || jsonb_build_object('" table "',"   \
    " (SELECT coalesce(jsonb_agg(DISTINCT g." key "), '[]') FROM gone g))"     \
    " WHERE m.workspace_id = $1 AND m.merge_id = $2"
#define BACK(table, key)                                                       \
    "UPDATE " table " x SET lead_id = $4 WHERE x.workspace_id = $1"            \
    " AND x.lead_id = $3 AND x." key " = ANY(ARRAY(SELECT"                     \
    " jsonb_array_elements_text(m.moved->'" table "')::uuid FROM merge m"      \
    " WHERE m.workspace_id = $1 AND m.merge_id = $2))"

#define MOVED_TABLE(VAR, table, key, same)                                     \
    STORE_STMT(MOVE_##VAR, .name = "merge_move_" table, .nparams = 4,          \
               .sql = MOVE(table, key, same));                                 \
    STORE_STMT(BACK_##VAR, .name = "merge_back_" table, .nparams = 4,          \
               .sql = BACK(table, key))

MOVED_TABLE(EVENT, "event", "event_id",
            "k.event_id = x.event_id OR k.ext_id = x.ext_id");
MOVED_TABLE(TOUCH, "touch", "receipt_id", "k.receipt_id = x.receipt_id");
MOVED_TABLE(FACT, "fact", "receipt_id", "k.receipt_id = x.receipt_id");
MOVED_TABLE(CONSENT, "consent", "receipt_id", "k.receipt_id = x.receipt_id");
MOVED_TABLE(MENTION, "mention", "receipt_id", "k.receipt_id = x.receipt_id");
MOVED_TABLE(ACTIVITY, "activity", "activity_id",
            "k.activity_id = x.activity_id");
MOVED_TABLE(OUTCOME, "outcome", "claim_id", "k.claim_id = x.claim_id");
MOVED_TABLE(CLAIM, "claim", "claim_id", "k.claim_id = x.claim_id");

static const struct store_stmt *const MOVES[] = {
    &MOVE_EVENT,   &MOVE_TOUCH,    &MOVE_FACT,    &MOVE_CONSENT,
    &MOVE_MENTION, &MOVE_ACTIVITY, &MOVE_OUTCOME, &MOVE_CLAIM};
static const struct store_stmt *const BACKS[] = {
    &BACK_EVENT,   &BACK_TOUCH,    &BACK_FACT,    &BACK_CONSENT,
    &BACK_MENTION, &BACK_ACTIVITY, &BACK_OUTCOME, &BACK_CLAIM};

STORE_STMT(OWNERS_SET, .name = "merge_owners", .nparams = 5,
           .sql = "INSERT INTO identifier AS i (workspace_id, kind, value,"
                  " lead_id) SELECT $1::bigint, u.kind, u.value, $3::uuid"
                  " FROM unnest($4::smallint[], $5::text[]) AS u(kind, value)"
                  " ON CONFLICT (workspace_id, kind, value) DO UPDATE"
                  " SET lead_id = excluded.lead_id WHERE i.lead_id = $2");

#define OPEN_STAGE(l) l ".stage NOT IN ('won', 'disqualified')"

STORE_STMT(
    KEPT_SET, .name = "merge_kept_set", .nparams = 20,
    .sql = "UPDATE lead l SET version = l.version + 1,"
           " updated_at = $3, due_at = CASE WHEN " OPEN_STAGE(
               "l") " THEN $3::timestamptz END, account_id = $4, name = $5,"
                    " name_search = $6::text::tsvector, email = $7, phone = $8,"
                    " company = $9, job_title = $10, referrer = $11::jsonb,"
                    " first_touch = $12::jsonb, last_touch = $13::jsonb,"
                    " identifiers = $14::jsonb, facts = $15::jsonb,"
                    " facts_source = $16::jsonb, facts_version = $17,"
                    " consented = $18, consented_at = $19,"
                    " first_touch_at = $20"
                    " WHERE l.workspace_id = $1 AND l.lead_id = $2");

/* The one that gives way, and whoever gave way to it before. */
STORE_STMT(GONE_SET, .name = "merge_gone_set", .nparams = 4,
           .sql = "UPDATE lead l SET merged_into = $3, account_id = NULL,"
                  " due_at = NULL, updated_at = $4, version = l.version + 1"
                  " WHERE l.workspace_id = $1 AND l.lead_id = $2");
STORE_STMT(GONE_BEFORE_SET, .name = "merge_gone_before_set", .nparams = 3,
           .sql = "UPDATE lead l SET merged_into = $3"
                  " WHERE l.workspace_id = $1 AND l.merged_into = $2");
STORE_STMT(GONE_BACK, .name = "merge_gone_back", .nparams = 4,
           .sql = "UPDATE lead l SET merged_into = NULL, account_id = $3,"
                  " due_at = CASE WHEN " OPEN_STAGE(
                      "l") " THEN $4::timestamptz END,"
                           " updated_at = $4, version = l.version + 1"
                           " WHERE l.workspace_id = $1 AND l.lead_id = $2");
STORE_STMT(GONE_BEFORE_BACK, .name = "merge_gone_before_back", .nparams = 2,
           .sql = "WITH RECURSIVE under (lead_id) AS (SELECT m.gone_id"
                  " FROM merge m WHERE m.workspace_id = $1 AND m.kept_id = $2"
                  " AND m.undone_at IS NULL UNION SELECT m.gone_id FROM under"
                  " JOIN merge m ON m.workspace_id = $1"
                  " AND m.kept_id = under.lead_id AND m.undone_at IS NULL)"
                  " UPDATE lead l SET merged_into = $2 WHERE"
                  " l.workspace_id = $1 AND l.lead_id IN"
                  " (SELECT u.lead_id FROM under u)");

/* Colleagues see other people than before: the sweeper looks again, at as
   many as an event of theirs would make it (write_leads.c). */
STORE_STMT(MATES_DUE, .name = "merge_mates_due", .nparams = 4,
           .sql = "UPDATE lead l SET due_at = $4 FROM (SELECT DISTINCT a.id"
                  " FROM unnest($2::uuid[]) AS a(id)) u"
                  " CROSS JOIN LATERAL (SELECT o.lead_id FROM lead o"
                  " WHERE o.workspace_id = $1 AND o.account_id = u.id"
                  " AND o.stage IN ('iql', 'mql', 'pql', 'sql')"
                  " AND (o.due_at IS NULL OR o.due_at > $4)"
                  " AND NOT o.lead_id = ANY($3::uuid[]) LIMIT 1000) c"
                  " WHERE l.workspace_id = $1 AND l.lead_id = c.lead_id");
STORE_STMT(ACTIVE_SET, .name = "merge_account_active", .nparams = 2,
           .sql = "INSERT INTO account_activity AS a (workspace_id,"
                  " account_id, active_until) SELECT $1::bigint,"
                  " l.account_id, e.at + interval '1 day' FROM lead l"
                  " CROSS JOIN LATERAL (SELECT max(o.occurred_at) AS at"
                  " FROM event o WHERE o.workspace_id = $1"
                  " AND o.lead_id = l.lead_id) e WHERE l.workspace_id = $1"
                  " AND l.lead_id = $2 AND l.account_id IS NOT NULL"
                  " AND e.at IS NOT NULL"
                  " ON CONFLICT (workspace_id, account_id) DO UPDATE"
                  " SET active_until = excluded.active_until"
                  " WHERE a.active_until < excluded.active_until");

/* Hops of a lead, taken out of what was counted ($3 -1) or put back (1). */
STORE_STMT(HOPS_COUNT, .name = "merge_hops_count", .nparams = 3,
           .sql = ROLLUP_COUNT(" AND h.lead_id = $2", "$3::bigint"));

STORE_STMT(READY_DROP, .name = "merge_ready_drop", .nparams = 2,
           .sql = "DELETE FROM ready WHERE workspace_id = $1"
                  " AND lead_id = $2");

/* ---- one statement each, queued ---- */

static void begin(const struct joint *j, struct pg_params *p)
{
    pg_params_init(p, j->mem);
    pg_i64(p, j->workspace_id);
}

/* $1 workspace, then up to two leads, then the time if it is asked for */
static enum err send(const struct joint *j, const struct store_stmt *stmt,
                     const struct side *one, const struct side *two, bool dated)
{
    struct pg_params p;

    begin(j, &p);
    pg_uuid(&p, &one->b.lead.lead_id);
    if (two)
        pg_uuid(&p, &two->b.lead.lead_id);
    if (dated)
        pg_time(&p, j->now_ms);
    return pg_pipe_send(j->pg, stmt, &p);
}

static enum err move(const struct joint *j,
                     const struct store_stmt *const stmts[], size_t n,
                     const struct side *from, const struct side *to)
{
    struct pg_params p;
    enum err e = ERR_OK;

    begin(j, &p);
    pg_uuid(&p, &j->merge->merge_id);
    pg_uuid(&p, &from->b.lead.lead_id);
    pg_uuid(&p, &to->b.lead.lead_id);
    for (size_t i = 0; e == ERR_OK && i < n; i++)
        e = pg_pipe_send(j->pg, stmts[i], &p);
    return e;
}

static enum err set_owners(const struct joint *j, const struct side *from,
                           const struct side *to)
{
    static const enum pg_type TYPES[] = {PG_I16, PG_TEXT, 0};
    struct pg_params p;
    struct rows r;
    enum err e;

    rows_init(&r, TYPES);
    for (size_t i = 0; i < j->n_ids; i++, r.n++) {
        pg_array_i16(&r.col[0], (int16_t)j->ids[i].kind);
        pg_array_text(&r.col[1], j->ids[i].value);
    }
    begin(j, &p);
    pg_uuid(&p, &from->b.lead.lead_id);
    pg_uuid(&p, &to->b.lead.lead_id);
    rows_params(&p, &r);
    e = pg_pipe_send(j->pg, &OWNERS_SET, &p);
    rows_release(&r);
    return e;
}

static enum err set_kept(const struct joint *j)
{
    const struct lead *l = &j->kept.b.lead;
    struct pg_params p;

    begin(j, &p);
    pg_uuid(&p, &l->lead_id);
    pg_time(&p, j->now_ms);
    pg_uuid(&p, &l->account_id);
    pg_text(&p, l->name);
    pg_text(&p, l->name_search);
    pg_text(&p, l->email);
    pg_text(&p, l->phone);
    pg_text(&p, l->company);
    pg_text(&p, l->job_title);
    pg_text(&p, l->referrer_json);
    pg_text(&p, l->first_touch_json);
    pg_text(&p, l->last_touch_json);
    pg_text(&p, l->identifiers_json);
    pg_text(&p, l->facts_json);
    pg_text(&p, l->facts_source_json);
    pg_i32(&p, l->facts_version);
    pg_bool(&p, l->consented);
    pg_time(&p, l->consented_ms);
    pg_time(&p, l->first_touch_ms);
    return pg_pipe_send(j->pg, &KEPT_SET, &p);
}

static enum err count_hops(const struct joint *j, int sign)
{
    struct pg_params p;

    begin(j, &p);
    pg_uuid(&p, &j->gone.b.lead.lead_id);
    pg_i64(&p, sign);
    return pg_pipe_send(j->pg, &HOPS_COUNT, &p);
}

static enum err mates_due(const struct joint *j, const struct uuid *one,
                          const struct uuid *two)
{
    static const enum pg_type TYPES[] = {PG_UUID, PG_UUID, 0};
    struct pg_params p;
    struct rows r;
    enum err e;

    rows_init(&r, TYPES);
    pg_array_uuid(&r.col[0], one);
    pg_array_uuid(&r.col[0], two);
    pg_array_uuid(&r.col[1], &j->kept.b.lead.lead_id);
    pg_array_uuid(&r.col[1], &j->gone.b.lead.lead_id);
    begin(j, &p);
    rows_params(&p, &r);
    pg_time(&p, j->now_ms);
    e = pg_pipe_send(j->pg, &MATES_DUE, &p);
    rows_release(&r);
    return e;
}

static enum err give_back(const struct joint *j, const struct side *was)
{
    struct pg_params p;

    begin(j, &p);
    pg_uuid(&p, &j->gone.b.lead.lead_id);
    pg_uuid(&p, &was->b.lead.account_id);
    pg_time(&p, j->now_ms);
    return pg_pipe_send(j->pg, &GONE_BACK, &p);
}

enum err merge_rows_join(struct joint *j)
{
    const struct side *k = &j->kept, *g = &j->gone;
    enum err e = move(j, MOVES, ARRAY_LEN(MOVES), g, k);

    if (e == ERR_OK)
        e = set_owners(j, g, k);
    if (e == ERR_OK)
        e = mates_due(j, &k->b.lead.account_id, &g->b.lead.account_id);
    if (e == ERR_OK)
        e = set_kept(j);
    if (e == ERR_OK)
        e = send(j, &GONE_BEFORE_SET, g, k, false);
    if (e == ERR_OK)
        e = send(j, &GONE_SET, g, k, true);
    if (e == ERR_OK)
        e = send(j, &ACTIVE_SET, k, NULL, false);
    if (e == ERR_OK)
        e = count_hops(j, -1);
    if (e == ERR_OK)
        e = send(j, &READY_DROP, g, NULL, false);
    return e;
}

enum err merge_rows_part(struct joint *j, const struct side *was_kept,
                         const struct side *was_gone)
{
    const struct side *k = &j->kept, *g = &j->gone;
    enum err e = move(j, BACKS, ARRAY_LEN(BACKS), k, g);

    if (e == ERR_OK)
        e = set_owners(j, k, g);
    if (e == ERR_OK)
        e = set_kept(j);
    if (e == ERR_OK)
        e = give_back(j, was_gone);
    if (e == ERR_OK)
        e = send(j, &GONE_BEFORE_BACK, g, NULL, false);
    if (e == ERR_OK)
        e = mates_due(j, &was_kept->b.lead.account_id,
                      &was_gone->b.lead.account_id);
    return e == ERR_OK ? count_hops(j, 1) : e;
}
