#include "store/read_settings.h"

#include <string.h>

#include "store/found.h"

STORE_STMT(WORKSPACES_ALL, .name = "workspaces_all", .nparams = 0,
           .flags = STMT_GLOBAL,
           .sql = "SELECT w.workspace_id, w.name, w.time_zone, w.region,"
                  " w.currency, w.behaviour_assumed, w.outbound,"
                  " w.active_model, m.doc FROM workspace w"
                  " LEFT JOIN model m ON m.workspace_id = w.workspace_id"
                  " AND m.version = w.active_model"
                  " ORDER BY w.workspace_id");

#define SOURCES                                                                \
    "SELECT workspace_id, source_id, kind, name, source_key, origin,"          \
    " success_url, defaults, mapping, secrets, coalesce(id_space, name) AS"    \
    " id_space,"                                                               \
    " to_jsonb(allowed_origins) AS origins FROM source"

STORE_STMT(SOURCES_ALL, .name = "sources_all", .nparams = 0,
           .flags = STMT_GLOBAL,
           .sql = SOURCES " WHERE deleted_at IS NULL ORDER BY source_key");

STORE_STMT(SOURCES_PAGE, .name = "sources_page", .nparams = 3,
           .sql = SOURCES " WHERE workspace_id = $1 AND source_id < $3::uuid"
                          " AND deleted_at IS NULL"
                          " ORDER BY source_id DESC LIMIT $2::integer");

STORE_STMT(KEYS_ALL, .name = "keys_all", .nparams = 0, .flags = STMT_GLOBAL,
           .sql = "SELECT workspace_id, key_id, rep_id, role, hash,"
                  " expires_at FROM api_key WHERE revoked_at IS NULL"
                  " ORDER BY key_id");

STORE_STMT(PULSE_ALL, .name = "pulse_all", .nparams = 0, .flags = STMT_GLOBAL,
           .sql = "SELECT workspace_id, topic, version FROM pulse");

static enum err workspaces(struct pg *pg, struct arena *mem,
                           struct settings_rows *out)
{
    PGresult *res = NULL;
    enum err e = pg_run(pg, &WORKSPACES_ALL, NULL, &res);

    if (e != ERR_OK)
        return e;
    out->n_workspaces = (size_t)PQntuples(res);
    out->workspaces =
        arena_array(mem, out->n_workspaces + 1, sizeof(*out->workspaces));
    for (int i = 0; i < PQntuples(res); i++) {
        struct workspace_row *w = &out->workspaces[i];

        w->workspace_id = pg_get_i64(res, i, pg_col(res, "workspace_id"));
        w->name = pg_get_text(res, i, pg_col(res, "name"), mem);
        w->time_zone = pg_get_text(res, i, pg_col(res, "time_zone"), mem);
        w->region = pg_get_text(res, i, pg_col(res, "region"), mem);
        w->currency = pg_get_text(res, i, pg_col(res, "currency"), mem);
        w->behaviour_assumed =
            pg_get_bool(res, i, pg_col(res, "behaviour_assumed"));
        w->outbound = pg_get_bool(res, i, pg_col(res, "outbound"));
        w->model_version =
            pg_get_text(res, i, pg_col(res, "active_model"), mem);
        w->model_json = pg_get_text(res, i, pg_col(res, "doc"), mem);
    }
    PQclear(res);
    return ERR_OK;
}

static void source(const PGresult *res, int i, struct arena *mem,
                   struct source_row *s)
{
    s->workspace_id = pg_get_i64(res, i, pg_col(res, "workspace_id"));
    s->source_id = pg_get_uuid(res, i, pg_col(res, "source_id"));
    s->kind = pg_get_text(res, i, pg_col(res, "kind"), mem);
    s->name = pg_get_text(res, i, pg_col(res, "name"), mem);
    s->id_space = pg_get_text(res, i, pg_col(res, "id_space"), mem);
    s->source_key = pg_get_text(res, i, pg_col(res, "source_key"), mem);
    s->origin = pg_get_text(res, i, pg_col(res, "origin"), mem);
    s->success_url = pg_get_text(res, i, pg_col(res, "success_url"), mem);
    s->defaults_json = pg_get_text(res, i, pg_col(res, "defaults"), mem);
    s->mapping_json = pg_get_text(res, i, pg_col(res, "mapping"), mem);
    s->secrets_json = pg_get_text(res, i, pg_col(res, "secrets"), mem);
    s->origins_json = pg_get_text(res, i, pg_col(res, "origins"), mem);
}

static enum err sources(struct pg *pg, struct arena *mem,
                        struct settings_rows *out)
{
    PGresult *res = NULL;
    enum err e = pg_run(pg, &SOURCES_ALL, NULL, &res);

    if (e != ERR_OK)
        return e;
    out->n_sources = (size_t)PQntuples(res);
    out->sources = arena_array(mem, out->n_sources + 1, sizeof(*out->sources));
    for (int i = 0; i < PQntuples(res); i++)
        source(res, i, mem, &out->sources[i]);
    PQclear(res);
    return ERR_OK;
}

enum err read_sources(struct pg *pg, struct arena *mem, int64_t workspace_id,
                      const struct uuid *after, int limit,
                      struct source_page *out)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_i32(&p, limit + 1);
    found_before(&p, after);
    e = found_page(pg, &SOURCES_PAGE, &p, limit, &res, &out->n, &out->more);
    out->sources = arena_array(mem, out->n + 1, sizeof(*out->sources));
    for (size_t i = 0; i < out->n; i++)
        source(res, (int)i, mem, &out->sources[i]);
    PQclear(res);
    return e;
}

static enum err keys(struct pg *pg, struct arena *mem,
                     struct settings_rows *out)
{
    PGresult *res = NULL;
    enum err e = pg_run(pg, &KEYS_ALL, NULL, &res);

    if (e != ERR_OK)
        return e;
    out->n_keys = (size_t)PQntuples(res);
    out->keys = arena_array(mem, out->n_keys + 1, sizeof(*out->keys));
    for (int i = 0; i < PQntuples(res); i++) {
        struct key_row *k = &out->keys[i];
        int hash = pg_col(res, "hash");

        k->workspace_id = pg_get_i64(res, i, pg_col(res, "workspace_id"));
        k->key_id = pg_get_uuid(res, i, pg_col(res, "key_id"));
        k->rep_id = pg_get_uuid(res, i, pg_col(res, "rep_id"));
        k->role = pg_get_text(res, i, pg_col(res, "role"), mem);
        k->expires_ms = pg_get_time(res, i, pg_col(res, "expires_at"));
        if (PQgetlength(res, i, hash) == sizeof(k->hash))
            memcpy(k->hash, PQgetvalue(res, i, hash), sizeof(k->hash));
    }
    PQclear(res);
    return ERR_OK;
}

enum err read_settings(struct pg *pg, struct arena *mem,
                       struct settings_rows *out)
{
    enum err e = workspaces(pg, mem, out);

    if (e == ERR_OK)
        e = sources(pg, mem, out);
    if (e == ERR_OK)
        e = keys(pg, mem, out);
    return e;
}

enum err read_pulse(struct pg *pg, struct arena *mem, struct pulse_row **out,
                    size_t *out_n)
{
    PGresult *res = NULL;
    enum err e = pg_run(pg, &PULSE_ALL, NULL, &res);

    if (e != ERR_OK)
        return e;
    *out_n = (size_t)PQntuples(res);
    *out = arena_array(mem, *out_n + 1, sizeof(**out));
    for (int i = 0; i < PQntuples(res); i++) {
        (*out)[i].workspace_id = pg_get_i64(res, i, 0);
        (*out)[i].topic = pg_get_text(res, i, 1, mem);
        (*out)[i].version = pg_get_i64(res, i, 2);
    }
    PQclear(res);
    return ERR_OK;
}
