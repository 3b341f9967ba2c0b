/*
 * Somebody withdrew: who it was is forgotten, that somebody was counted stays
 * (domain.md section 8).  Runs behind everything else of the batch.
 *
 * A raw body that several people share (a list's rows) goes whole: what the
 * others said stands in their leads.  Answers kept for Idempotency-Key name the
 * lead but no column does: forget_answers finds them, and not in the batch.
 */
#include "store/batch.h"

/* These leads, and those that gave way to them. */
#define ERASED                                                                 \
    "ANY(ARRAY(SELECT unnest($2::uuid[]) UNION SELECT o.lead_id"               \
    " FROM unnest($2::uuid[]) AS k(lead_id) CROSS JOIN LATERAL"                \
    " (SELECT d.lead_id FROM lead d WHERE d.workspace_id = $1"                 \
    " AND d.merged_into = k.lead_id OFFSET 0) o))"

/* A receipt is found by the rows it left. */
#define LEFT_IN(table)                                                         \
    "SELECT x.receipt_id FROM " table " x WHERE x.workspace_id = $1"           \
    " AND x.lead_id = " ERASED
#define UNION " UNION "
/* clang-format off */
#define ERASED_RECEIPTS                                                        \
    "ARRAY(" LEFT_IN("touch") UNION LEFT_IN("fact") UNION                      \
    LEFT_IN("consent") UNION LEFT_IN("mention") ")"
/* clang-format on */

STORE_STMT(ERASE_LEADS, .name = "erase_leads", .nparams = 3,
           .sql = "UPDATE lead l SET name = NULL, email = NULL, phone = NULL,"
                  " company = NULL, job_title = NULL, name_search = NULL,"
                  " identifiers = '[]', referrer = NULL, last_touch = NULL,"
                  " first_touch = (SELECT jsonb_object_agg(t.key, t.value)"
                  " FROM jsonb_each(l.first_touch) AS t WHERE t.key = ANY("
                  "'{channel,campaign,medium,term,content}'::text[])),"
                  " account_id = NULL, erased_at = $3"
                  " WHERE l.workspace_id = $1 AND l.lead_id = " ERASED);

STORE_STMT(ERASE_IDENTIFIERS, .name = "erase_identifiers", .nparams = 3,
           .sql = "DELETE FROM identifier i USING unnest($2::smallint[],"
                  " $3::text[]) AS u(kind, value)"
                  " WHERE i.workspace_id = $1 AND i.kind = u.kind"
                  " AND i.value = u.value AND i.kind = ANY($2::smallint[])"
                  " AND i.value = ANY($3::text[])");

STORE_STMT(ERASE_RECEIPTS, .name = "erase_receipts", .nparams = 2,
           .sql = "UPDATE receipt r SET body = NULL, headers = NULL"
                  " WHERE r.workspace_id = $1"
                  " AND r.receipt_id = ANY(" ERASED_RECEIPTS ")");

/* Rows of a list that were stored without a bad cell, as they came. */
STORE_STMT(ERASE_IMPORT_ERRORS, .name = "erase_import_errors", .nparams = 2,
           .sql = "UPDATE import_error x SET content = NULL FROM import_chunk c"
                  " WHERE c.workspace_id = $1"
                  " AND c.receipt_id = ANY(" ERASED_RECEIPTS ")"
                  " AND x.workspace_id = $1 AND x.import_id = c.import_id"
                  " AND x.row_no >= c.first_row"
                  " AND x.row_no < c.first_row + c.n_rows AND x.stored");

STORE_STMT(ERASE_TOUCHES, .name = "erase_touches", .nparams = 2,
           .sql = "UPDATE touch t SET touch = NULL WHERE t.workspace_id = $1"
                  " AND t.lead_id = " ERASED);

STORE_STMT(
    ERASE_EVENTS, .name = "erase_events", .nparams = 2,
    .sql = "UPDATE event e SET ext_id = NULL, detail = NULL, session = NULL,"
           " visitor = NULL, person = NULL WHERE e.workspace_id = $1"
           " AND e.lead_id = " ERASED);

STORE_STMT(ERASE_CONSENT, .name = "erase_consent", .nparams = 2,
           .sql = "UPDATE consent c SET evidence = NULL"
                  " WHERE c.workspace_id = $1 AND c.evidence IS NOT NULL"
                  " AND c.lead_id = " ERASED);

STORE_STMT(ERASE_MERGES, .name = "erase_merges", .nparams = 2,
           .sql = "UPDATE merge m SET kept_before = NULL, gone_before = NULL,"
                  " moved = '{}', note = NULL WHERE m.workspace_id = $1"
                  " AND (m.kept_id = " ERASED " OR m.gone_id = " ERASED ")");

static enum err erase_identifiers(struct batch *b)
{
    static const enum pg_type TYPES[] = {PG_I16, PG_TEXT, 0};
    struct rows r;

    rows_init(&r, TYPES);
    for (struct bundle *bu = b->bundles; bu; bu = bu->next) {
        for (size_t i = 0; bu->erase && i < bu->n_ids; i++, r.n++) {
            pg_array_i16(&r.col[0], (int16_t)bu->ids[i].kind);
            pg_array_text(&r.col[1], bu->ids[i].value);
        }
    }
    return batch_send_rows(b, &ERASE_IDENTIFIERS, &r);
}

static enum err erase_by_lead(struct batch *b, const struct store_stmt *stmt,
                              struct rows *leads, bool dated)
{
    struct pg_params p;

    pg_params_init(&p, b->mem);
    pg_i64(&p, b->rules.workspace_id);
    rows_params(&p, leads);
    if (dated)
        pg_time(&p, b->now_ms);
    return pg_pipe_send(b->pg, stmt, &p);
}

enum err write_erasures(struct batch *b)
{
    static const struct store_stmt *const BY_LEAD[] = {
        &ERASE_LEADS,  &ERASE_IMPORT_ERRORS, &ERASE_RECEIPTS, &ERASE_TOUCHES,
        &ERASE_EVENTS, &ERASE_CONSENT,       &ERASE_MERGES};
    static const enum pg_type ID[] = {PG_UUID, 0};
    struct rows leads;
    enum err e = ERR_OK;

    rows_init(&leads, ID);
    for (struct bundle *bu = b->bundles; bu; bu = bu->next) {
        if (!bu->erase)
            continue;
        pg_array_uuid(&leads.col[0], &bu->lead.lead_id);
        leads.n++;
    }
    if (leads.n)
        e = erase_identifiers(b);
    for (size_t i = 0; leads.n && e == ERR_OK && i < ARRAY_LEN(BY_LEAD); i++)
        e = erase_by_lead(b, BY_LEAD[i], &leads, BY_LEAD[i] == &ERASE_LEADS);
    rows_release(&leads);
    return e;
}
