#include "store/read_lists.h"

#define UTC(col)                                                               \
    "to_char(" col " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"

STORE_STMT(WORKSPACES, .name = "list_workspaces", .nparams = 0,
           .flags = STMT_GLOBAL,
           .sql = "SELECT json_build_object('workspace_id', workspace_id,"
                  " 'name', name, 'time_zone', time_zone, 'region', region,"
                  " 'currency', currency, 'active_model', active_model,"
                  " 'behaviour_assumed', behaviour_assumed, 'outbound',"
                  " outbound, 'created_at', " UTC(
                      "created_at") ")::text AS row"
                                    " FROM workspace ORDER BY workspace_id");

STORE_STMT(
    REPS, .name = "list_reps", .nparams = 1,
    .sql =
        "SELECT json_build_object('rep_id', rep_id, 'name', name,"
        " 'capacity', capacity, 'live_claims', live_claims,"
        " 'misses', misses, 'active', active,"
        " 'created_at', " UTC(
            "created_at") ")::text AS row"
                          " FROM rep WHERE workspace_id = $1 ORDER BY rep_id");

STORE_STMT(
    KEYS, .name = "list_keys", .nparams = 1,
    .sql =
        "SELECT json_build_object('key_id', key_id, 'role', role,"
        " 'rep_id', rep_id, 'label', label,"
        " 'created_at', " UTC(
            "created_at") ","
                          " 'expires_at', " UTC(
                              "expires_at") ","
                                            " 'revoked_at', " UTC(
                                                "revoked_at") ")::text AS row"
                                                              " FROM api_key "
                                                              "WHERE "
                                                              "workspace_id = "
                                                              "$1 ORDER BY "
                                                              "key_id");

STORE_STMT(SOURCES, .name = "list_sources", .nparams = 1,
           .sql =
               "SELECT json_build_object('source_id', source_id, 'kind',"
               " kind, 'name', name, 'source_key', source_key, 'origin',"
               " origin, 'defaults', defaults, 'allowed_origins',"
               " allowed_origins, 'success_url', success_url,"
               " 'created_at', " UTC(
                   "created_at") ")::text AS row"
                                 " FROM source WHERE workspace_id = $1"
                                 " AND deleted_at IS NULL ORDER BY source_id");

STORE_STMT(REP_BY_NAME, .name = "rep_by_name", .nparams = 2,
           .sql = "SELECT rep_id FROM rep WHERE workspace_id = $1"
                  " AND name = $2 ORDER BY rep_id LIMIT 1");

STORE_STMT(WORKSPACE_KNOWN, .name = "workspace_known", .nparams = 1,
           .sql = "SELECT workspace_id FROM workspace"
                  " WHERE workspace_id = $1");

STORE_STMT(REP_KNOWN, .name = "rep_known", .nparams = 2,
           .sql = "SELECT rep_id FROM rep WHERE workspace_id = $1"
                  " AND rep_id = $2");

/* Does the statement find a row? */
static enum err known(struct pg *pg, const struct store_stmt *stmt,
                      const struct pg_params *p)
{
    PGresult *res = NULL;
    enum err e = pg_ready(pg);

    if (e == ERR_OK)
        e = pg_run(pg, stmt, p, &res);
    if (e == ERR_OK && PQntuples(res) == 0)
        e = ERR_NOT_FOUND;
    PQclear(res);
    return e;
}

enum err read_workspace_known(struct pg *pg, struct arena *mem,
                              int64_t workspace_id)
{
    struct pg_params p;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    return known(pg, &WORKSPACE_KNOWN, &p);
}

enum err read_rep_known(struct pg *pg, struct arena *mem, int64_t workspace_id,
                        const struct uuid *rep_id)
{
    struct pg_params p;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_uuid(&p, rep_id);
    return known(pg, &REP_KNOWN, &p);
}

enum err read_list(struct pg *pg, struct arena *mem, enum list_kind kind,
                   int64_t workspace_id, struct buf *out)
{
    const struct store_stmt *const STMTS[] = {&WORKSPACES, &REPS, &KEYS,
                                              &SOURCES};
    PGresult *res = NULL;
    struct pg_params p;
    enum err e = pg_ready(pg);

    pg_params_init(&p, mem);
    if (kind != LIST_WORKSPACES)
        pg_i64(&p, workspace_id);
    if (e == ERR_OK)
        e = pg_run(pg, STMTS[kind], &p, &res);
    if (e != ERR_OK)
        return e;
    (void)buf_puts(out, "[");
    for (int i = 0; i < PQntuples(res); i++)
        (void)buf_printf(out, "%s\n  %s", i ? "," : "",
                         pg_get_text(res, i, 0, mem));
    (void)buf_puts(out, PQntuples(res) ? "\n]\n" : "]\n");
    PQclear(res);
    return out->failed ? ERR_NO_MEMORY : ERR_OK;
}

enum err read_rep_by_name(struct pg *pg, struct arena *mem,
                          int64_t workspace_id, const char *name,
                          struct uuid *out_rep_id)
{
    PGresult *res = NULL;
    struct pg_params p;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_text(&p, name);
    e = pg_run(pg, &REP_BY_NAME, &p, &res);
    if (e == ERR_OK && PQntuples(res) == 0)
        e = ERR_NOT_FOUND;
    if (e == ERR_OK)
        *out_rep_id = pg_get_uuid(res, 0, 0);
    PQclear(res);
    return e;
}
