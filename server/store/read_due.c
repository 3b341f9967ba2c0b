#include "store/read_due.h"

#include "store/rescore.h"

STORE_STMT(WORKSPACES_LIST, .name = "workspaces_list", .nparams = 2,
           .flags = STMT_GLOBAL,
           .sql = "SELECT workspace_id, bool_or(rescore) AS rescore FROM"
                  " (SELECT w.workspace_id, false AS rescore"
                  " FROM workspace w CROSS JOIN LATERAL"
                  " (SELECT 1 FROM lead l WHERE l.workspace_id"
                  " = w.workspace_id AND l.due_at <= $1 LIMIT 1) due UNION ALL"
                  " SELECT w.workspace_id, false FROM workspace w"
                  " CROSS JOIN LATERAL"
                  " (SELECT 1 FROM claim c WHERE c.workspace_id"
                  " = w.workspace_id AND c.live AND c.expires_at <= $1"
                  " LIMIT 1) over UNION ALL"
                  " SELECT r.workspace_id, true FROM rescore r"
                  " WHERE r.ordered_at <= $2) w GROUP BY workspace_id");

STORE_STMT(LEADS_DUE, .name = "leads_due", .nparams = 3,
           .sql = "SELECT lead_id FROM lead WHERE workspace_id = $1"
                  " AND due_at <= $2 ORDER BY due_at LIMIT $3");

STORE_STMT(CLAIMS_DUE, .name = "claims_due", .nparams = 3,
           .sql = "SELECT claim_id FROM claim WHERE workspace_id = $1"
                  " AND live AND expires_at <= $2 ORDER BY expires_at"
                  " LIMIT $3");

STORE_STMT(ANSWERS_FORGET, .name = "answers_forget", .nparams = 2,
           .sql = "DELETE FROM idempotency i WHERE i.workspace_id = $1"
                  " AND (i.created_at < $2 OR EXISTS (SELECT 1 FROM lead l"
                  " WHERE l.workspace_id = $1 AND l.erased_at >= $2"
                  " AND position(l.lead_id::text IN i.body) > 0))");

STORE_STMT(VISITS_FORGET, .name = "visits_forget", .nparams = 2,
           .sql = "DELETE FROM visit WHERE workspace_id = $1"
                  " AND created_at < $2");

STORE_STMT(WORKSPACE_IDS, .name = "workspace_ids", .nparams = 0,
           .flags = STMT_GLOBAL, .sql = "SELECT workspace_id FROM workspace");

enum err read_due_workspaces(struct pg *pg, struct arena *mem, int64_t now_ms,
                             struct due_workspaces *out)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_time(&p, now_ms);
    pg_time(&p, now_ms - RESCORE_SETTLE_MS);
    e = pg_run(pg, &WORKSPACES_LIST, &p, &res);
    if (e != ERR_OK)
        return e;
    out->items =
        arena_array(mem, (size_t)PQntuples(res) + 1, sizeof(*out->items));
    for (int i = 0; i < PQntuples(res); i++)
        out->items[out->n++] = (struct due_workspace){pg_get_i64(res, i, 0),
                                                      pg_get_bool(res, i, 1)};
    PQclear(res);
    return ERR_OK;
}

static enum err ids(struct pg *pg, struct arena *mem,
                    const struct store_stmt *stmt, const struct pg_params *p,
                    struct uuid **out, size_t *out_n)
{
    PGresult *res = NULL;
    enum err e = pg_run(pg, stmt, p, &res);

    if (e != ERR_OK)
        return e;
    *out_n = (size_t)PQntuples(res);
    *out = arena_array(mem, *out_n + 1, sizeof(**out));
    for (int i = 0; i < PQntuples(res); i++)
        (*out)[i] = pg_get_uuid(res, i, 0);
    PQclear(res);
    return ERR_OK;
}

enum err read_due(struct pg *pg, struct arena *mem, int64_t workspace_id,
                  int64_t now_ms, int max, struct due *out)
{
    struct pg_params p;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_time(&p, now_ms);
    pg_i64(&p, max);
    e = ids(pg, mem, &LEADS_DUE, &p, &out->leads, &out->n_leads);
    if (e == ERR_OK)
        e = ids(pg, mem, &CLAIMS_DUE, &p, &out->claims, &out->n_claims);
    return e;
}

/* One statement with (workspace, time) for every workspace. */
static enum err forget(struct pg *pg, const struct store_stmt *stmt,
                       int64_t before_ms)
{
    struct arena *mem = arena_new(1 << 20);
    PGresult *res = NULL;
    enum err e = mem ? pg_run(pg, &WORKSPACE_IDS, NULL, &res) : ERR_NO_MEMORY;

    for (int i = 0; e == ERR_OK && i < PQntuples(res); i++) {
        struct pg_params p;

        pg_params_init(&p, mem);
        pg_i64(&p, pg_get_i64(res, i, 0));
        pg_time(&p, before_ms);
        e = pg_run(pg, stmt, &p, NULL);
    }
    PQclear(res);
    arena_free(mem);
    return e;
}

enum err forget_answers(struct pg *pg, int64_t before_ms)
{
    return forget(pg, &ANSWERS_FORGET, before_ms);
}

enum err forget_visits(struct pg *pg, int64_t before_ms)
{
    return forget(pg, &VISITS_FORGET, before_ms);
}
