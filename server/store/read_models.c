#include "store/read_models.h"

#define MODEL_SELECT                                                           \
    "SELECT m.version, m.doc, m.created_at, m.activated_at,"                   \
    " m.version IS NOT DISTINCT FROM w.active_model AS active"                 \
    " FROM model m JOIN workspace w ON w.workspace_id = m.workspace_id"        \
    " WHERE m.workspace_id = $1"

STORE_STMT(MODELS_ALL, .name = "models_all", .nparams = 1,
           .sql = MODEL_SELECT " ORDER BY m.created_at DESC, m.version DESC");

STORE_STMT(MODEL_ONE, .name = "model_one", .nparams = 2,
           .sql = MODEL_SELECT " AND m.version = $2");

/* The audit line stands in the same statement, hence the same commit. */
STORE_STMT(MODEL_INSERT, .name = "model_insert", .nparams = 6,
           .sql = "WITH made AS (INSERT INTO model (workspace_id, version,"
                  " doc, created_at) VALUES ($1, $2, $3::jsonb, $4)"
                  " ON CONFLICT (workspace_id, version) DO NOTHING"
                  " RETURNING version), said AS (INSERT INTO audit"
                  " (workspace_id, audit_id, happened_at, actor, action,"
                  " object) SELECT $1, $5, $4, $6, 'model.create', version"
                  " FROM made) SELECT count(*) AS n FROM made");

STORE_STMT(MODEL_SAME, .name = "model_same", .nparams = 3,
           .sql = "SELECT m.doc = $3::jsonb AS same FROM model m"
                  " WHERE m.workspace_id = $1 AND m.version = $2");

STORE_STMT(MODEL_ACTIVATE, .name = "model_activate", .nparams = 5,
           .sql = "WITH it AS (UPDATE model m SET activated_at"
                  " = coalesce(m.activated_at, $3) WHERE m.workspace_id = $1"
                  " AND m.version = $2 RETURNING m.version), now_active AS"
                  " (UPDATE workspace w SET active_model = it.version FROM it"
                  " WHERE w.workspace_id = $1), again AS (INSERT INTO rescore"
                  " (workspace_id, version, after_lead, ordered_at) SELECT $1,"
                  " version, '00000000-0000-0000-0000-000000000000', $3"
                  " FROM it ON CONFLICT (workspace_id) DO UPDATE SET"
                  " version = excluded.version,"
                  " after_lead = excluded.after_lead, ordered_at ="
                  " excluded.ordered_at), told AS (INSERT INTO pulse AS"
                  " p (workspace_id, topic, version) SELECT $1, 'settings', 1"
                  " FROM it ON CONFLICT (workspace_id, topic) DO UPDATE SET"
                  " version = p.version + 1), said AS (INSERT INTO audit"
                  " (workspace_id, audit_id, happened_at, actor, action,"
                  " object) SELECT $1, $4, $3, $5, 'model.activate', version"
                  " FROM it) SELECT count(*) AS n FROM it");

static void model_from_row(const PGresult *res, int row, struct arena *mem,
                           struct model_row *m)
{
    m->version = pg_get_text(res, row, pg_col(res, "version"), mem);
    m->doc_json = pg_get_text(res, row, pg_col(res, "doc"), mem);
    m->created_ms = pg_get_time(res, row, pg_col(res, "created_at"));
    m->activated_ms = pg_get_time(res, row, pg_col(res, "activated_at"));
    m->active = pg_get_bool(res, row, pg_col(res, "active"));
}

enum err read_models(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     struct model_row **out, size_t *out_n)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    e = pg_run(pg, &MODELS_ALL, &p, &res);
    if (e == ERR_OK) {
        *out_n = (size_t)PQntuples(res);
        *out = arena_array(mem, *out_n + 1, sizeof(**out));
        for (int row = 0; row < (int)*out_n; row++)
            model_from_row(res, row, mem, &(*out)[row]);
    }
    PQclear(res);
    return e;
}

enum err read_model(struct pg *pg, struct arena *mem, int64_t workspace_id,
                    const char *version, struct model_row *out)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_text(&p, version);
    e = pg_run(pg, &MODEL_ONE, &p, &res);
    if (e == ERR_OK && !PQntuples(res))
        e = ERR_NOT_FOUND;
    if (e == ERR_OK)
        model_from_row(res, 0, mem, out);
    PQclear(res);
    return e;
}

static const char *key_actor(struct arena *mem, const struct uuid *by)
{
    char id[UUID_TEXT_BYTES];

    return arena_printf(mem, "key:%s", uuid_format(by, id));
}

/* Under a known version: the same document? */
static enum err same(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     const char *version, const char *doc_json)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_text(&p, version);
    pg_text(&p, doc_json);
    e = pg_run(pg, &MODEL_SAME, &p, &res);
    if (e == ERR_OK &&
        !(PQntuples(res) && pg_get_bool(res, 0, pg_col(res, "same"))))
        e = ERR_CONFLICT;
    PQclear(res);
    return e;
}

enum err model_insert(struct pg *pg, struct arena *mem, int64_t workspace_id,
                      const char *version, const char *doc_json,
                      const struct uuid *by, int64_t now_ms, bool *out_created)
{
    struct uuid audit_id = uuid_new(now_ms);
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_text(&p, version);
    pg_text(&p, doc_json);
    pg_time(&p, now_ms);
    pg_uuid(&p, &audit_id);
    pg_text(&p, key_actor(mem, by));
    e = pg_run(pg, &MODEL_INSERT, &p, &res);
    if (e == ERR_OK) {
        *out_created = pg_get_i64(res, 0, pg_col(res, "n")) > 0;
        if (!*out_created)
            e = same(pg, mem, workspace_id, version, doc_json);
    }
    PQclear(res);
    return e;
}

enum err model_activate(struct pg *pg, struct arena *mem, int64_t workspace_id,
                        const char *version, const struct uuid *by,
                        int64_t now_ms)
{
    struct uuid audit_id = uuid_new(now_ms);
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_text(&p, version);
    pg_time(&p, now_ms);
    pg_uuid(&p, &audit_id);
    pg_text(&p, key_actor(mem, by));
    e = pg_run(pg, &MODEL_ACTIVATE, &p, &res);
    if (e == ERR_OK && !pg_get_i64(res, 0, pg_col(res, "n")))
        e = ERR_NOT_FOUND;
    PQclear(res);
    return e;
}
