#include "store/rollup_fold.h"

#include "store/rollup_sql.h"

/* A turn is short enough for any statement deadline. */
#define FOLD_MAX 20000

STORE_STMT(FOLD_WORKSPACES, .name = "rollup_fold_workspaces", .nparams = 0,
           .flags = STMT_GLOBAL,
           .sql = "SELECT w.workspace_id FROM workspace w WHERE EXISTS"
                  " (SELECT FROM rollup_delta m"
                  " WHERE m.workspace_id = w.workspace_id)"
                  " ORDER BY w.workspace_id");

/* Rows are written in the order of their key, so that two folds wait for
   each other and never in a circle. */
STORE_STMT(
    FOLD, .name = "rollup_fold", .nparams = 2,
    .sql =
        "WITH gone AS (DELETE FROM rollup_delta WHERE workspace_id = $1"
        " AND delta_id <= coalesce((SELECT e.delta_id FROM rollup_delta e"
        " WHERE e.workspace_id = $1 ORDER BY e.delta_id"
        " OFFSET $2::bigint LIMIT 1),"
        " 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid) RETURNING *),"
        " spread AS (SELECT v.view, d.dim, v.day, m.stage, d.value, m.bucket,"
        " sum(m.entered)::bigint AS entered, sum(m.left_n)::bigint AS left_n,"
        " sum(m.to_next)::bigint AS to_next"
        " FROM gone m" ROLLUP_SPREAD(
            "m") " GROUP BY 1, 2, 3, 4, 5, 6),"
                 " stage AS (INSERT INTO rollup_stage AS r (workspace_id, "
                 "view, dim,"
                 " day, stage, value, entered, left_n, to_next)"
                 " SELECT $1::bigint, s.view, s.dim, s.day, s.stage, s.value,"
                 " sum(s.entered), sum(s.left_n), sum(s.to_next) FROM spread s"
                 " GROUP BY s.view, s.dim, s.day, s.stage, s.value"
                 " ORDER BY s.view, s.dim, s.day, s.stage, s.value"
                 " ON CONFLICT (workspace_id, view, dim, day, stage, value)"
                 " DO UPDATE SET entered = r.entered + excluded.entered,"
                 " left_n = r.left_n + excluded.left_n,"
                 " to_next = r.to_next + excluded.to_next),"
                 " stay AS (INSERT INTO rollup_stay AS r (workspace_id, view, "
                 "dim,"
                 " day, stage, value, bucket, n)"
                 " SELECT $1::bigint, s.view, s.dim, s.day, s.stage, s.value,"
                 " s.bucket, s.left_n FROM spread s WHERE s.bucket >= 0"
                 " ORDER BY s.view, s.dim, s.day, s.stage, s.value, s.bucket"
                 " ON CONFLICT (workspace_id, view, dim, day, stage, value, "
                 "bucket)"
                 " DO UPDATE SET n = r.n + excluded.n)"
                 " SELECT count(*) AS n FROM gone");

static enum err fold(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     int64_t *n)
{
    struct pg_params p;
    int64_t turn;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_i64(&p, FOLD_MAX);
    do {
        PGresult *res = NULL;
        enum err e = pg_run(pg, &FOLD, &p, &res);

        if (e != ERR_OK)
            return e;
        turn = pg_get_i64(res, 0, 0);
        PQclear(res);
        *n += turn;
    } while (turn > FOLD_MAX);
    return ERR_OK;
}

enum err rollups_fold(struct pg *pg, int64_t *out_n)
{
    struct arena *mem = arena_new(1 << 16);
    PGresult *res = NULL;
    enum err e = mem ? pg_run(pg, &FOLD_WORKSPACES, NULL, &res) : ERR_NO_MEMORY;

    *out_n = 0;
    for (int i = 0; e == ERR_OK && i < PQntuples(res); i++)
        e = fold(pg, mem, pg_get_i64(res, i, 0), out_n);
    PQclear(res);
    arena_free(mem);
    return e;
}

enum err rollups_vacuum(struct pg *pg)
{
    return pg_simple(pg, "VACUUM (TRUNCATE off) rollup_delta");
}
