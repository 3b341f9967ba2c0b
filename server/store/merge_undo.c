/* Two out of one: the way back of write_merges.c. */
#include "lead/merge.h"
#include "store/merge_rows.h"

STORE_STMT(MERGE_UNDONE, .name = "merge_undone", .nparams = 5,
           .sql = "WITH said AS (INSERT INTO audit (workspace_id, audit_id,"
                  " happened_at, actor, action, object)"
                  " VALUES ($1, $5, $4, 'key:' || $3::uuid,"
                  " 'lead.merge_undo', $2::uuid::text))"
                  " UPDATE merge SET undone_by = $3, undone_at = $4,"
                  " kept_before = NULL, gone_before = NULL, moved = '{}'"
                  " WHERE workspace_id = $1 AND merge_id = $2");

STORE_STMT(REVIEWS_OPEN, .name = "merge_reviews_open", .nparams = 2,
           .sql = "UPDATE review SET state = 'open', merge_id = NULL,"
                  " decided_by = NULL, decided_at = NULL"
                  " WHERE workspace_id = $1 AND merge_id = $2");

static enum err mark_undone(const struct joint *j)
{
    struct uuid audit_id = uuid_new(j->now_ms);
    struct pg_params p = merge_keyed(j, &j->merge->merge_id);

    pg_uuid(&p, &j->merge->undone_by);
    pg_time(&p, j->merge->undone_ms);
    pg_uuid(&p, &audit_id);
    return pg_pipe_send(j->pg, &MERGE_UNDONE, &p);
}

static enum err write_part(struct joint *j, const struct side *was_kept,
                           const struct side *was_gone)
{
    struct pg_params p = merge_keyed(j, &j->merge->merge_id);
    enum err e;

    bundle_unmerge(&j->kept.b, &was_kept->b, &was_gone->b, j->mem, &j->ids,
                   &j->n_ids);
    bundle_pack(&j->kept.b, j->mem);
    e = pg_pipe_begin(j->pg);
    if (e == ERR_OK)
        e = merge_rows_part(j, was_kept, was_gone);
    if (e == ERR_OK)
        e = pg_pipe_send(j->pg, &REVIEWS_OPEN, &p);
    if (e == ERR_OK)
        e = mark_undone(j);
    return merge_commit(j, e);
}

static enum err undo(struct joint *j, const struct uuid *merge_id,
                     const struct uuid *by, bool *out_changed, const char **why)
{
    struct side was_kept = {.claimed = false}, was_gone = {.claimed = false};
    bool parts, newer;
    enum err e = merge_hold(j, merge_id, &parts, &newer);

    if (e != ERR_OK || j->merge->undone_ms)
        return e;
    if (parts && !newer)
        e = merge_hold_leads(j);
    if (e != ERR_OK)
        return e;
    if (!parts)
        *why = "the person was erased, and what they were with them";
    else if (newer || !uuid_is_nil(&j->kept.b.merged_into))
        *why = "the lead that was kept was merged again: undo that first";
    if (*why)
        return ERR_MERGE_REFUSED;
    e = merge_sides_before(j, &was_kept, &was_gone);
    if (e != ERR_OK)
        return e;
    j->merge->undone_by = *by;
    j->merge->undone_ms = j->now_ms;
    *out_changed = true;
    return write_part(j, &was_kept, &was_gone);
}

enum err merge_undo(struct pg *pg, struct arena *mem, int64_t workspace_id,
                    const struct uuid *merge_id, const struct uuid *by,
                    int64_t now_ms, struct merge *out, const char **out_why)
{
    struct joint j = {.pg = pg,
                      .mem = mem,
                      .workspace_id = workspace_id,
                      .now_ms = now_ms,
                      .merge = out};
    bool changed = false;
    enum err e = merge_opened(&j);

    *out_why = NULL;
    if (e != ERR_OK)
        return e;
    e = undo(&j, merge_id, by, &changed, out_why);
    return merge_closed(&j, e, changed);
}
