/* Leads, their identifiers and conflicts of identity. */
#include <stdlib.h>

#include "store/batch.h"
#include "store/columns.h"

static struct store_stmt LEADS_INSERT = {
    .name = "leads_insert", .nparams = 2, .row_type = "lead_told_in"};
static struct store_stmt LEADS_UPDATE = {
    .name = "leads_update", .nparams = 2, .row_type = "lead_told_in"};
#define ENTRY __attribute__((section("leadd_stmts"), used))
static const struct store_stmt *const insert_entry ENTRY = &LEADS_INSERT;
static const struct store_stmt *const update_entry ENTRY = &LEADS_UPDATE;

STORE_STMT(IDENTIFIERS_MOVE, .name = "identifiers_move", .nparams = 5,
           .sql = "UPDATE identifier i SET lead_id = u.owner"
                  " FROM unnest($2::smallint[], $3::text[], $4::uuid[],"
                  " $5::uuid[]) AS u(kind, value, candidate, owner)"
                  " WHERE i.workspace_id = $1 AND i.kind = u.kind"
                  " AND i.value = u.value AND i.lead_id = u.candidate"
                  " AND i.kind = ANY($2::smallint[])"
                  " AND i.value = ANY($3::text[])");

/* Inserted by this batch, for nobody or for work that was refused. */
STORE_STMT(IDENTIFIERS_DROP, .name = "identifiers_drop", .nparams = 4,
           .sql = "DELETE FROM identifier i USING unnest($2::smallint[],"
                  " $3::text[], $4::uuid[]) AS u(kind, value, candidate)"
                  " WHERE i.workspace_id = $1 AND i.kind = u.kind"
                  " AND i.value = u.value AND i.lead_id = u.candidate"
                  " AND i.kind = ANY($2::smallint[])"
                  " AND i.value = ANY($3::text[])");

/* Not what is open already, nor what somebody dismissed. */
STORE_STMT(REVIEWS_INSERT, .name = "reviews_insert", .nparams = 7,
           .sql = "INSERT INTO review (workspace_id, review_id, kind,"
                  " lead_id, other_lead_id, receipt_id, detail, created_at)"
                  " SELECT $1::bigint, u.id, 'identity', u.lead, u.other,"
                  " u.receipt, u.detail, u.at"
                  " FROM unnest($2::uuid[], $3::uuid[], $4::uuid[],"
                  " $5::uuid[], $6::jsonb[], $7::timestamptz[])"
                  " AS u(id, lead, other, receipt, detail, at)"
                  " CROSS JOIN LATERAL (SELECT count(*) AS n FROM"
                  " (VALUES (u.lead, u.other), (u.other, u.lead))"
                  " AS k(lead, other) CROSS JOIN LATERAL (SELECT FROM review r"
                  " WHERE r.workspace_id = $1 AND r.lead_id = k.lead"
                  " AND r.other_lead_id = k.other AND r.state <> 'merged'"
                  " LIMIT 1) r) known WHERE known.n = 0"
                  " ON CONFLICT (workspace_id, lead_id, other_lead_id, kind)"
                  " WHERE state = 'open' DO NOTHING");

/* Others of an account whose people were active: the sweeper looks again.  At
   so many at once: tens of thousands under one domain are no company, and one
   statement over all of them would outlast its deadline, each time anew.
   Locked in id order: two batches that meet the people of two companies would
   wait for each other. */
#define ACCOUNT_DUE_MAX "1000"
STORE_STMT(ACCOUNT_DUE, .name = "account_due", .nparams = 4,
           .sql = "WITH mate AS MATERIALIZED (SELECT k.lead_id, k.at"
                  " FROM (SELECT c.lead_id, u.at FROM (SELECT a.id,"
                  " max(a.at) AS at FROM unnest($2::uuid[],"
                  " $3::timestamptz[]) AS a(id, at) GROUP BY a.id) u"
                  " CROSS JOIN LATERAL (SELECT o.lead_id FROM lead o"
                  " WHERE o.workspace_id = $1 AND o.account_id = u.id"
                  " AND o.stage IN ('iql', 'mql', 'pql', 'sql')"
                  " AND (o.due_at IS NULL OR o.due_at > u.at)"
                  " AND NOT o.lead_id = ANY($4::uuid[])"
                  " LIMIT " ACCOUNT_DUE_MAX ") c ORDER BY c.lead_id) k"
                  " CROSS JOIN LATERAL (SELECT FROM lead o"
                  " WHERE o.workspace_id = $1 AND o.lead_id = k.lead_id"
                  " LIMIT 1 FOR NO KEY UPDATE) held)"
                  " UPDATE lead l SET due_at = least(l.due_at, m.at)"
                  " FROM mate m WHERE l.workspace_id = $1"
                  " AND l.lead_id = m.lead_id");

__attribute__((constructor)) static void build_statements(void)
{
    LEADS_INSERT.sql = lead_insert_sql();
    LEADS_UPDATE.sql = lead_update_sql();
}

static int lead_order(const void *x, const void *y)
{
    const struct bundle *const *a = x, *const *b = y;

    return uuid_cmp(&(*a)->lead.lead_id, &(*b)->lead.lead_id);
}

/* Bundles to write, in id order. @return how many */
static size_t in_order(struct batch *b, bool is_new, struct bundle ***out)
{
    size_t n = 0, i = 0;

    for (struct bundle *bu = b->bundles; bu; bu = bu->next)
        n += bu->is_new == is_new && bu->changed;
    *out = arena_array(b->mem, n + 1, sizeof(**out));
    for (struct bundle *bu = b->bundles; bu; bu = bu->next)
        if (bu->is_new == is_new && bu->changed)
            (*out)[i++] = bu;
    qsort(*out, n, sizeof(**out), lead_order);
    return n;
}

static enum err write_rows(struct batch *b, bool is_new,
                           const struct store_stmt *stmt)
{
    struct bundle **list;
    size_t n = in_order(b, is_new, &list);
    struct rows r;

    rows_init(&r, lead_row_types());
    for (size_t i = 0; i < n; i++)
        lead_row(&r, &list[i]->lead);
    return batch_send_rows(b, stmt, &r);
}

/* Identifiers inserted for a candidate that turned out to be somebody. */
static enum err move_identifiers(struct batch *b)
{
    static const enum pg_type TYPES[] = {PG_I16, PG_TEXT, PG_UUID, PG_UUID, 0};
    struct rows r;

    rows_init(&r, TYPES);
    for (size_t i = 0; i < b->n_keys; i++) {
        struct key *k = &b->keys[i];

        if (k->foreign || uuid_is_nil(&k->owner) ||
            uuid_is_nil(&k->candidate) ||
            uuid_cmp(&k->owner, &k->candidate) == 0)
            continue;
        pg_array_i16(&r.col[0], (int16_t)k->kind);
        pg_array_text(&r.col[1], k->value);
        pg_array_uuid(&r.col[2], &k->candidate);
        pg_array_uuid(&r.col[3], &k->owner);
        r.n++;
    }
    return batch_send_rows(b, &IDENTIFIERS_MOVE, &r);
}

static enum err drop_identifiers(struct batch *b)
{
    static const enum pg_type TYPES[] = {PG_I16, PG_TEXT, PG_UUID, 0};
    struct rows r;

    rows_init(&r, TYPES);
    for (size_t i = 0; i < b->n_keys; i++) {
        struct key *k = &b->keys[i];

        if (!k->fresh || !uuid_is_nil(&k->owner))
            continue;
        pg_array_i16(&r.col[0], (int16_t)k->kind);
        pg_array_text(&r.col[1], k->value);
        pg_array_uuid(&r.col[2], &k->candidate);
        r.n++;
    }
    return batch_send_rows(b, &IDENTIFIERS_DROP, &r);
}

static enum err write_reviews(struct batch *b)
{
    static const enum pg_type TYPES[] = {PG_UUID,  PG_UUID, PG_UUID, PG_UUID,
                                         PG_JSONB, PG_TIME, 0};
    struct rows r;

    rows_init(&r, TYPES);
    for (struct review_row *v = b->reviews; v; v = v->next, r.n++) {
        struct uuid id = uuid_new(b->now_ms);

        pg_array_uuid(&r.col[0], &id);
        pg_array_uuid(&r.col[1], &v->lead_id);
        pg_array_uuid(&r.col[2], &v->other_id);
        pg_array_uuid(&r.col[3], &v->receipt_id);
        pg_array_text(&r.col[4], v->detail);
        pg_array_time(&r.col[5], b->now_ms);
    }
    return batch_send_rows(b, &REVIEWS_INSERT, &r);
}

static bool shared_account(const struct batch *b, const struct bundle *bu)
{
    const struct account_row *a = batch_account_of(b, bu);

    return !a || a->existed;
}

/* Another lead of the batch that was active in the same company. */
static bool has_active_mate(const struct batch *b, const struct bundle *bu)
{
    for (const struct bundle *o = b->bundles; o; o = o->next)
        if (o != bu && o->own_activity &&
            !uuid_cmp(&o->lead.account_id, &bu->lead.account_id))
            return true;
    return false;
}

/* Whose people were active and when, and those of them who have seen it all:
   the rest is due as of that activity. */
static void active_accounts(struct batch *b, struct rows *accounts,
                            struct rows *seen)
{
    for (struct bundle *bu = b->bundles; bu; bu = bu->next) {
        bool mate;

        if (!bu->own_activity || uuid_is_nil(&bu->lead.account_id))
            continue;
        mate = has_active_mate(b, bu);
        if (!mate && !shared_account(b, bu))
            continue;
        pg_array_uuid(&accounts->col[0], &bu->lead.account_id);
        pg_array_time(&accounts->col[1], bu->now_ms ? bu->now_ms : b->now_ms);
        accounts->n++;
        if (mate)
            continue;
        pg_array_uuid(&seen->col[0], &bu->lead.lead_id);
        seen->n++;
    }
}

static enum err mark_accounts_due(struct batch *b)
{
    static const enum pg_type ACTIVE[] = {PG_UUID, PG_TIME, 0};
    static const enum pg_type ID[] = {PG_UUID, 0};
    struct pg_params p;
    struct rows accounts, seen;
    enum err e = ERR_OK;

    rows_init(&accounts, ACTIVE);
    rows_init(&seen, ID);
    active_accounts(b, &accounts, &seen);
    if (accounts.n) {
        pg_params_init(&p, b->mem);
        pg_i64(&p, b->rules.workspace_id);
        rows_params(&p, &accounts);
        rows_params(&p, &seen);
        e = pg_pipe_send(b->pg, &ACCOUNT_DUE, &p);
    }
    rows_release(&accounts);
    rows_release(&seen);
    return e;
}

enum err write_leads(struct batch *b)
{
    enum err e = write_rows(b, true, &LEADS_INSERT);

    if (e == ERR_OK)
        e = write_rows(b, false, &LEADS_UPDATE);
    if (e == ERR_OK)
        e = move_identifiers(b);
    if (e == ERR_OK)
        e = drop_identifiers(b);
    if (e == ERR_OK)
        e = write_test_leads(b);
    if (e == ERR_OK)
        e = write_reviews(b);
    if (e == ERR_OK)
        e = mark_accounts_due(b);
    if (e == ERR_OK)
        e = write_account_activity(b);
    return e;
}
