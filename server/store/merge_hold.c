/* Merges and their leads, locked and read; the transaction around. */
#include "store/change.h"
#include "store/columns.h"
#include "store/found.h"
#include "store/merge_rows.h"

#define MERGE_COLUMNS                                                          \
    "m.merge_id, m.review_id, m.kept_id, m.gone_id, m.note, m.merged_at,"      \
    " m.merged_by, m.undone_at, m.undone_by"

STORE_STMT(MERGE_HOLD, .name = "merge_hold", .nparams = 2,
           .sql = "SELECT " MERGE_COLUMNS ", m.kept_before IS NOT NULL"
                  " AS parts, EXISTS (SELECT FROM merge o"
                  " WHERE o.workspace_id = $1 AND o.kept_id = m.kept_id"
                  " AND o.undone_at IS NULL AND o.merge_id > m.merge_id)"
                  " AS newer FROM merge m WHERE m.workspace_id = $1"
                  " AND m.merge_id = $2 FOR UPDATE");

STORE_STMT(LEADS_HOLD, .name = "merge_leads_hold", .nparams = 3,
           .sql = "SELECT l.lead_id FROM (SELECT v.id FROM (VALUES ($2::uuid),"
                  " ($3::uuid)) AS v(id) ORDER BY v.id) AS k(id)"
                  " CROSS JOIN LATERAL (SELECT o.lead_id FROM lead o"
                  " WHERE o.workspace_id = $1 AND o.lead_id = k.id LIMIT 1"
                  " FOR UPDATE) l");

#define SIDE_OF(from)                                                          \
    "SELECT " LEAD_SELECT ", l.merged_into, l.erased_at, EXISTS"               \
    " (SELECT FROM claim c WHERE c.workspace_id = $1"                          \
    " AND c.lead_id = l.lead_id AND c.live) AS claimed,"                       \
    " (SELECT max(t.touched_at) FROM touch t WHERE t.workspace_id = $1"        \
    " AND t.lead_id = l.lead_id AND t.touch IS NOT NULL) AS touched_at" from

STORE_STMT(SIDE, .name = "merge_side", .nparams = 2,
           .sql = SIDE_OF(" FROM lead l WHERE l.workspace_id = $1"
                          " AND l.lead_id = $2"));
STORE_STMT(KEPT_WAS, .name = "merge_kept_was", .nparams = 2,
           .sql = SIDE_OF(" FROM merge m CROSS JOIN LATERAL"
                          " jsonb_populate_record(NULL::lead, m.kept_before) l"
                          " WHERE m.workspace_id = $1 AND m.merge_id = $2"));
STORE_STMT(GONE_WAS, .name = "merge_gone_was", .nparams = 2,
           .sql = SIDE_OF(" FROM merge m CROSS JOIN LATERAL"
                          " jsonb_populate_record(NULL::lead, m.gone_before) l"
                          " WHERE m.workspace_id = $1 AND m.merge_id = $2"));

struct pg_params merge_keyed(const struct joint *j, const struct uuid *id)
{
    struct pg_params p;

    pg_params_init(&p, j->mem);
    pg_i64(&p, j->workspace_id);
    pg_uuid(&p, id);
    return p;
}

enum err merge_hold(const struct joint *j, const struct uuid *id,
                    bool *out_parts, bool *out_newer)
{
    struct pg_params p = merge_keyed(j, id);
    struct merge *m = j->merge;
    PGresult *res = NULL;
    enum err e = found_one(j->pg, &MERGE_HOLD, &p, &res);

    if (e == ERR_OK) {
        m->merge_id = *id;
        m->review_id = pg_get_uuid(res, 0, pg_col(res, "review_id"));
        m->kept_id = pg_get_uuid(res, 0, pg_col(res, "kept_id"));
        m->gone_id = pg_get_uuid(res, 0, pg_col(res, "gone_id"));
        m->note = pg_get_text(res, 0, pg_col(res, "note"), j->mem);
        m->merged_ms = pg_get_time(res, 0, pg_col(res, "merged_at"));
        m->merged_by = pg_get_uuid(res, 0, pg_col(res, "merged_by"));
        m->undone_ms = pg_get_time(res, 0, pg_col(res, "undone_at"));
        m->undone_by = pg_get_uuid(res, 0, pg_col(res, "undone_by"));
        *out_parts = pg_get_bool(res, 0, pg_col(res, "parts"));
        *out_newer = pg_get_bool(res, 0, pg_col(res, "newer"));
    }
    PQclear(res);
    return e;
}

static enum err read_side(const struct joint *j, const struct store_stmt *stmt,
                          const struct uuid *id, struct side *out)
{
    struct pg_params p = merge_keyed(j, id);
    struct lead_cols cols;
    PGresult *res = NULL;
    enum err e = found_one(j->pg, stmt, &p, &res);

    if (e == ERR_OK) {
        lead_cols_find(res, &cols);
        lead_from_row(res, 0, &cols, j->mem, &out->b.lead);
        out->b.merged_into = pg_get_uuid(res, 0, pg_col(res, "merged_into"));
        out->erased_ms = pg_get_time(res, 0, pg_col(res, "erased_at"));
        out->claimed = pg_get_bool(res, 0, pg_col(res, "claimed"));
        out->touched_ms = pg_get_time(res, 0, pg_col(res, "touched_at"));
        bundle_unpack(&out->b, j->mem);
    }
    PQclear(res);
    return e;
}

/* Lock first, then read: what the locks waited for is seen. */
enum err merge_hold_leads(struct joint *j)
{
    struct pg_params p = merge_keyed(j, &j->merge->kept_id);
    enum err e;

    pg_uuid(&p, &j->merge->gone_id);
    e = pg_run(j->pg, &LEADS_HOLD, &p, NULL);
    if (e == ERR_OK)
        e = read_side(j, &SIDE, &j->merge->kept_id, &j->kept);
    return e == ERR_OK ? read_side(j, &SIDE, &j->merge->gone_id, &j->gone) : e;
}

/* ---- the transaction around ---- */

enum err merge_opened(struct joint *j)
{
    enum err e = pg_ready(j->pg);

    return e == ERR_OK ? pg_simple(j->pg, "BEGIN") : e;
}

enum err merge_closed(const struct joint *j, enum err e, bool changed)
{
    if (e == ERR_OK && changed) /* COMMIT stood in the pipeline */
        return ERR_OK;
    pg_pipe_leave(j->pg);
    if (pg_connected(j->pg) && pg_simple(j->pg, "ROLLBACK") != ERR_OK)
        pg_drop(j->pg);
    return e;
}

/* All that was queued, the hot list's number and COMMIT. */
enum err merge_commit(const struct joint *j, enum err e)
{
    if (e == ERR_OK)
        e = write_pulse(j->pg, j->mem, j->workspace_id, "ready");
    if (e == ERR_OK)
        e = pg_pipe_send(j->pg, &STMT_COMMIT, NULL);
    if (e == ERR_OK)
        e = pg_pipe_sync(j->pg);
    return e == ERR_OK ? pg_pipe_end(j->pg) : e;
}

enum err merge_sides_before(const struct joint *j, struct side *out_kept,
                            struct side *out_gone)
{
    enum err e = read_side(j, &KEPT_WAS, &j->merge->merge_id, out_kept);

    return e == ERR_OK ? read_side(j, &GONE_WAS, &j->merge->merge_id, out_gone)
                       : e;
}
