#include "store/rescore.h"

/* A page of leads, of which those are marked that another model judged; the
   walk goes on behind the page, or behind the last one marked when there were
   more of them.  Locked in the order in which batches lock. */
STORE_STMT(RESCORE_MARK, .name = "rescore_mark", .nparams = 4,
           .sql = "WITH o AS MATERIALIZED (SELECT r.version, r.after_lead"
                  " FROM rescore r WHERE r.workspace_id = $1"
                  " AND r.ordered_at <= $3 FOR UPDATE SKIP LOCKED),"
                  " page AS MATERIALIZED (SELECT l.lead_id,"
                  " l.stage NOT IN ('won', 'disqualified')"
                  " AND l.merged_into IS NULL AND"
                  " l.model_version IS DISTINCT FROM o.version AS old"
                  " FROM o CROSS JOIN LATERAL (SELECT * FROM lead n"
                  " WHERE n.workspace_id = $1 AND n.lead_id > o.after_lead"
                  " ORDER BY n.lead_id LIMIT 2000) l),"
                  " old AS MATERIALIZED (SELECT l.lead_id FROM lead l"
                  " WHERE l.workspace_id = $1 AND l.lead_id IN (SELECT"
                  " p.lead_id FROM page p WHERE p.old ORDER BY p.lead_id"
                  " LIMIT $4::integer) ORDER BY l.lead_id FOR UPDATE OF l),"
                  " place AS (SELECT lead_id FROM (SELECT lead_id FROM old"
                  " WHERE (SELECT count(*) FROM old) >= $4::integer"
                  " UNION ALL SELECT lead_id FROM page"
                  " WHERE (SELECT count(*) FROM old) < $4::integer) u"
                  " ORDER BY lead_id DESC LIMIT 1),"
                  " moved AS (UPDATE rescore r SET after_lead = p.lead_id"
                  " FROM place p WHERE r.workspace_id = $1),"
                  " over AS (DELETE FROM rescore r WHERE r.workspace_id = $1"
                  " AND EXISTS (SELECT 1 FROM o)"
                  " AND NOT EXISTS (SELECT 1 FROM page)),"
                  " marked AS (UPDATE lead l SET due_at = $2 FROM old"
                  " WHERE l.workspace_id = $1 AND l.lead_id = old.lead_id"
                  " AND coalesce(l.due_at, 'infinity') > $2 RETURNING 1)"
                  " SELECT count(*) FROM marked");

enum err rescore_mark(struct pg *pg, struct arena *mem, int64_t workspace_id,
                      int64_t now_ms, int max, int64_t *out_n)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_time(&p, now_ms);
    pg_time(&p, now_ms - RESCORE_SETTLE_MS);
    pg_i32(&p, max);
    e = pg_run(pg, &RESCORE_MARK, &p, &res);
    if (e == ERR_OK)
        *out_n = pg_get_i64(res, 0, 0);
    PQclear(res);
    return e;
}
