#include "store/verify.h"

#include "store/rollup_sql.h"

#define MEM_MAX ((size_t)256 << 20)

STORE_STMT(WORKSPACE_IDS, .name = "verify_workspaces", .nparams = 0,
           .flags = STMT_GLOBAL,
           .sql = "SELECT workspace_id FROM workspace ORDER BY workspace_id");

/* Leads that gave way to others count no more.  A row of zeros is no row. */
/* clang-format off */
STORE_STMT(RECOUNT, .name = "verify_rollup_stage", .nparams = 1, .sql =
    ROLLUP_MOVES(" AND l.merged_into IS NULL") ", truth AS ("
    " SELECT v.view, d.dim, v.day, m.stage, d.value,"
    " sum(m.entered)::bigint AS entered, sum(m.left_n)::bigint AS left_n,"
    " sum(m.to_next)::bigint AS to_next FROM move m" ROLLUP_SPREAD("m")
    " GROUP BY 1, 2, 3, 4, 5),"
    " kept AS (SELECT r.view, r.dim, r.day, r.stage, r.value,"
    " sum(r.entered)::bigint AS entered, sum(r.left_n)::bigint AS left_n,"
    " sum(r.to_next)::bigint AS to_next"
    " FROM " ROLLUP_STAGE " r GROUP BY 1, 2, 3, 4, 5"
    " HAVING (sum(r.entered), sum(r.left_n), sum(r.to_next)) <> (0, 0, 0))"
    " SELECT view, dim, day::text AS day, stage, value,"
    " coalesce(k.entered, 0) AS kept_entered,"
    " coalesce(k.left_n, 0) AS kept_left,"
    " coalesce(k.to_next, 0) AS kept_next,"
    " coalesce(t.entered, 0) AS entered, coalesce(t.left_n, 0) AS left_n,"
    " coalesce(t.to_next, 0) AS to_next"
    " FROM kept k FULL JOIN truth t USING (view, dim, day, stage, value)"
    " WHERE (k.entered, k.left_n, k.to_next)"
    " IS DISTINCT FROM (t.entered, t.left_n, t.to_next)"
    " ORDER BY view, dim, day, stage, value");
/* clang-format on */

static void print_row(FILE *out, int64_t workspace_id, const PGresult *res,
                      int i, struct arena *mem)
{
    static const char *const NAMES[] = {"entered", "left_n", "to_next"};
    static const char *const KEPT[] = {"kept_entered", "kept_left",
                                       "kept_next"};
    static const char *const KEY[] = {"view", "dim", "day", "stage", "value"};

    fprintf(out, "workspace %lld", (long long)workspace_id);
    for (size_t k = 0; k < ARRAY_LEN(KEY); k++)
        fprintf(out, " %s=%s", KEY[k],
                pg_get_text(res, i, pg_col(res, KEY[k]), mem));
    for (size_t k = 0; k < ARRAY_LEN(NAMES); k++)
        fprintf(out, " %s=%lld/%lld", NAMES[k],
                (long long)pg_get_i64(res, i, pg_col(res, KEPT[k])),
                (long long)pg_get_i64(res, i, pg_col(res, NAMES[k])));
    fputs(" (kept/recounted)\n", out);
}

static enum err verify_workspace(struct pg *pg, struct arena *mem,
                                 int64_t workspace_id, FILE *out,
                                 int64_t *differences)
{
    PGresult *res = NULL;
    struct pg_params p;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    e = pg_run(pg, &RECOUNT, &p, &res);
    for (int i = 0; e == ERR_OK && i < PQntuples(res); i++)
        print_row(out, workspace_id, res, i, mem);
    *differences += e == ERR_OK ? PQntuples(res) : 0;
    PQclear(res);
    return e;
}

enum err verify_rollups(struct pg *pg, FILE *out, int64_t *out_differences)
{
    struct arena *mem = arena_new(MEM_MAX);
    PGresult *res = NULL;
    int64_t n = 0;
    enum err e = mem ? pg_ready(pg) : ERR_NO_MEMORY;

    if (e == ERR_OK) /* a recount takes as long as it takes */
        e = pg_simple(pg, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
                          "SET LOCAL statement_timeout = 0");
    if (e == ERR_OK)
        e = pg_run(pg, &WORKSPACE_IDS, NULL, &res);
    for (int i = 0; e == ERR_OK && i < PQntuples(res); i++)
        e = verify_workspace(pg, mem, pg_get_i64(res, i, 0), out, &n);
    PQclear(res);
    if (e == ERR_OK)
        e = pg_simple(pg, "COMMIT");
    if (e == ERR_OK)
        *out_differences = n;
    else if (mem)
        pg_drop(pg);
    arena_free(mem);
    return e;
}
