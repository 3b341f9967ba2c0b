#include "store/write_settings.h"

#include <stdio.h>

#include "base/crypto.h"
#include "base/str.h"
#include "store/write_audit.h"

STORE_STMT(WORKSPACE_ADD, .name = "workspace_add", .nparams = 8,
           .flags = STMT_GLOBAL,
           .sql = "INSERT INTO workspace (workspace_id, name, time_zone,"
                  " region, currency, behaviour_assumed, outbound, created_at)"
                  " SELECT coalesce(nullif($1::bigint, 0),"
                  " (SELECT coalesce(max(workspace_id), 0) + 1"
                  " FROM workspace)), $2, coalesce($3, 'Asia/Ho_Chi_Minh'),"
                  " coalesce($4, 'VN'), coalesce($5, 'VND'), $6::boolean,"
                  " $7::boolean, $8::timestamptz"
                  " ON CONFLICT (workspace_id) DO NOTHING"
                  " RETURNING workspace_id");

STORE_STMT(REP_ADD, .name = "rep_add", .nparams = 5,
           .sql = "INSERT INTO rep (workspace_id, rep_id, name, capacity,"
                  " created_at) VALUES ($1, $2, $3, $4, $5)"
                  " ON CONFLICT DO NOTHING RETURNING rep_id");

STORE_STMT(KEY_ADD, .name = "key_add", .nparams = 8,
           .sql = "INSERT INTO api_key (workspace_id, key_id, role, rep_id,"
                  " label, hash, created_at, expires_at)"
                  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
                  " ON CONFLICT DO NOTHING RETURNING key_id");

STORE_STMT(KEY_REVOKE, .name = "key_revoke", .nparams = 3,
           .sql = "UPDATE api_key SET revoked_at = $3"
                  " WHERE workspace_id = $1 AND key_id = $2"
                  " AND revoked_at IS NULL RETURNING key_id");

/* A source that is there since the same moment was added by an earlier try of
   this request, whose answer was lost; so it is with one that is gone. */
#define SOURCE_COLUMNS                                                         \
    "workspace_id, source_id, kind, name, source_key, origin, defaults,"       \
    " allowed_origins, success_url, mapping, secrets, created_at, updated_at"

/* The second tries when the first found its id_space taken. */
STORE_STMT(SOURCE_ADD, .name = "source_add", .nparams = 12,
           .sql = "WITH one (" SOURCE_COLUMNS
                  ") AS (SELECT $1::bigint, $2::uuid,"
                  " $3::text, $4::text, $5::text, coalesce($6, 'marketing'),"
                  " coalesce($7::jsonb, '{}'), ARRAY(SELECT"
                  " jsonb_array_elements_text(coalesce($8::jsonb, '[]'))),"
                  " $9::text, coalesce($10::jsonb, '{}'),"
                  " coalesce($11::jsonb, '{}'), $12::timestamptz,"
                  " $12::timestamptz),"
                  " added AS (INSERT INTO source (" SOURCE_COLUMNS ", id_space)"
                  " SELECT o.*, o.name FROM one o"
                  " ON CONFLICT DO NOTHING RETURNING source_id),"
                  " again AS (INSERT INTO source (" SOURCE_COLUMNS ", id_space)"
                  " SELECT o.*, o.name || '~' || right(o.source_id::text, 8)"
                  " FROM one o WHERE NOT EXISTS (SELECT FROM added)"
                  " ON CONFLICT DO NOTHING RETURNING source_id)"
                  " SELECT source_id FROM added UNION ALL"
                  " SELECT source_id FROM again UNION ALL"
                  " SELECT source_id FROM source WHERE workspace_id = $1"
                  " AND source_id = $2 AND created_at = $12");

STORE_STMT(SOURCE_CHANGE, .name = "source_change", .nparams = 10,
           .sql = "UPDATE source SET name = coalesce($3, name),"
                  " origin = coalesce($4, origin),"
                  " defaults = coalesce($5::jsonb, defaults),"
                  " allowed_origins = CASE WHEN $6::jsonb IS NULL"
                  " THEN allowed_origins ELSE"
                  " ARRAY(SELECT jsonb_array_elements_text($6::jsonb)) END,"
                  " success_url = coalesce($7, success_url),"
                  " mapping = coalesce($8::jsonb, mapping),"
                  " secrets = coalesce($9::jsonb, secrets), updated_at = $10"
                  " WHERE workspace_id = $1 AND source_id = $2"
                  " AND deleted_at IS NULL RETURNING source_id");

STORE_STMT(SOURCE_DELETE, .name = "source_delete", .nparams = 3,
           .sql = "UPDATE source SET deleted_at = $3, updated_at = $3"
                  " WHERE workspace_id = $1 AND source_id = $2"
                  " AND (deleted_at IS NULL OR deleted_at = $3)"
                  " RETURNING source_id");

STORE_STMT(MODEL_ADD, .name = "model_add", .nparams = 4,
           .sql = "INSERT INTO model (workspace_id, version, doc, created_at)"
                  " VALUES ($1, $2, $3::jsonb, $4)"
                  " ON CONFLICT DO NOTHING RETURNING version");

STORE_STMT(MODEL_MARK, .name = "model_mark", .nparams = 3,
           .sql = "UPDATE model SET activated_at = coalesce(activated_at, $3)"
                  " WHERE workspace_id = $1 AND version = $2"
                  " RETURNING version");

STORE_STMT(MODEL_ACTIVE, .name = "model_active", .nparams = 2,
           .sql = "UPDATE workspace SET active_model = $2"
                  " WHERE workspace_id = $1 RETURNING workspace_id");

STORE_STMT(PULSE_SETTINGS, .name = "pulse_settings", .nparams = 1,
           .sql = "INSERT INTO pulse AS p (workspace_id, topic, version)"
                  " VALUES ($1, 'settings', 1)"
                  " ON CONFLICT (workspace_id, topic)"
                  " DO UPDATE SET version = p.version + 1");

/* What the audit says of a change. */
struct change {
    int64_t workspace_id;
    const char *action, *object;
    const char *detail; /* JSON text or NULL */
};

static enum err begin(struct pg *pg)
{
    enum err e = pg_ready(pg);

    return e == ERR_OK ? pg_simple(pg, "BEGIN") : e;
}

/* Run one statement that answers a row per row changed. */
static enum err one(struct pg *pg, const struct store_stmt *stmt,
                    const struct pg_params *p, enum err none, PGresult **out)
{
    PGresult *res = NULL;
    enum err e = pg_run(pg, stmt, p, &res);

    if (e == ERR_OK && PQntuples(res) == 0)
        e = none;
    if (e == ERR_OK && out)
        *out = res;
    else
        PQclear(res);
    return e;
}

static enum err audit(struct pg *pg, struct arena *mem, const struct by *by,
                      const struct change *c)
{
    struct audit_row row = {c->workspace_id, uuid_new(by->now_ms),
                            by->now_ms,      by->actor,
                            c->action,       c->object,
                            c->detail};

    return write_audit(pg, mem, &row);
}

/* Audit, pulse and COMMIT when all went well so far, or ROLLBACK. */
static enum err finish(struct pg *pg, struct arena *mem, const struct by *by,
                       const struct change *c, enum err e)
{
    struct pg_params p;

    pg_params_init(&p, mem);
    pg_i64(&p, c->workspace_id);
    if (e == ERR_OK)
        e = audit(pg, mem, by, c);
    if (e == ERR_OK)
        e = pg_run(pg, &PULSE_SETTINGS, &p, NULL);
    if (e == ERR_OK)
        return pg_simple(pg, "COMMIT");
    if (pg_connected(pg) && pg_simple(pg, "ROLLBACK") != ERR_OK)
        pg_drop(pg);
    return e;
}

static const char *id_text(struct arena *mem, const struct uuid *u)
{
    char text[UUID_TEXT_BYTES];

    return arena_strdup(mem, uuid_format(u, text));
}

static const char *detail(struct arena *mem, const char *name, const char *text)
{
    AUTO(buf_release) struct buf b = BUF_INIT;

    (void)buf_printf(&b, "{\"%s\": ", name);
    (void)buf_json_str(&b, text, strlen(text));
    (void)buf_putc(&b, '}');
    return b.failed ? NULL : arena_strdup(mem, b.ptr);
}

enum err write_workspace(struct pg *pg, struct arena *mem, const struct by *by,
                         const struct workspace_row *w, int64_t *out_id)
{
    struct change c = {.action = "workspace.create"};
    PGresult *res = NULL;
    struct pg_params p;
    enum err e = begin(pg);

    if (e != ERR_OK)
        return e;
    pg_params_init(&p, mem);
    pg_i64(&p, w->workspace_id);
    pg_text(&p, w->name);
    pg_text(&p, w->time_zone);
    pg_text(&p, w->region);
    pg_text(&p, w->currency);
    pg_bool(&p, w->behaviour_assumed);
    pg_bool(&p, w->outbound);
    pg_time(&p, by->now_ms);
    e = one(pg, &WORKSPACE_ADD, &p, ERR_CONFLICT, &res);
    if (e == ERR_OK) {
        c.workspace_id = pg_get_i64(res, 0, 0);
        c.object = arena_printf(mem, "%lld", (long long)c.workspace_id);
        c.detail = detail(mem, "name", w->name);
        PQclear(res);
    }
    e = finish(pg, mem, by, &c, e);
    if (e == ERR_OK && out_id)
        *out_id = c.workspace_id;
    return e;
}

enum err write_rep(struct pg *pg, struct arena *mem, const struct by *by,
                   const struct rep_new *r)
{
    struct change c = {r->workspace_id, "rep.create", id_text(mem, &r->rep_id),
                       NULL};
    struct pg_params p;
    enum err e = begin(pg);

    if (e != ERR_OK)
        return e;
    pg_params_init(&p, mem);
    pg_i64(&p, r->workspace_id);
    pg_uuid(&p, &r->rep_id);
    pg_text(&p, r->name);
    pg_i32(&p, r->capacity);
    pg_time(&p, by->now_ms);
    e = one(pg, &REP_ADD, &p, ERR_CONFLICT, NULL);
    return finish(pg, mem, by, &c, e);
}

enum err write_key(struct pg *pg, struct arena *mem, const struct by *by,
                   const struct key_row *k, const char *label)
{
    struct change c = {k->workspace_id, "key.create", id_text(mem, &k->key_id),
                       detail(mem, "role", k->role)};
    struct pg_params p;
    enum err e = begin(pg);

    if (e != ERR_OK)
        return e;
    pg_params_init(&p, mem);
    pg_i64(&p, k->workspace_id);
    pg_uuid(&p, &k->key_id);
    pg_text(&p, k->role);
    pg_uuid(&p, &k->rep_id);
    pg_text(&p, label);
    pg_bytea(&p, k->hash, sizeof(k->hash));
    pg_time(&p, by->now_ms);
    pg_time(&p, k->expires_ms);
    e = one(pg, &KEY_ADD, &p, ERR_CONFLICT, NULL);
    return finish(pg, mem, by, &c, e);
}

enum err write_key_revoked(struct pg *pg, struct arena *mem,
                           const struct by *by, int64_t workspace_id,
                           const struct uuid *key_id)
{
    struct change c = {workspace_id, "key.revoke", id_text(mem, key_id), NULL};
    struct pg_params p;
    enum err e = begin(pg);

    if (e != ERR_OK)
        return e;
    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_uuid(&p, key_id);
    pg_time(&p, by->now_ms);
    e = one(pg, &KEY_REVOKE, &p, ERR_NOT_FOUND, NULL);
    return finish(pg, mem, by, &c, e);
}

char *source_key_make(int64_t workspace_id, char out[SOURCE_KEY_BYTES])
{
    static const char DIGITS[] = "abcdefghijklmnopqrstuvwxyz234567";
    uint8_t random[26];
    int n = snprintf(out, SOURCE_KEY_BYTES, "%lld-", (long long)workspace_id);

    crypto_random(random, sizeof(random));
    for (size_t i = 0; i < sizeof(random); i++)
        out[n++] = DIGITS[random[i] % 32];
    out[n] = '\0';
    return out;
}

/* What a new source and a change of one end with. */
static void source_values(struct pg_params *p, const struct source_row *s,
                          int64_t now_ms)
{
    pg_text(p, s->origin);
    pg_text(p, s->defaults_json);
    pg_text(p, s->origins_json);
    pg_text(p, s->success_url);
    pg_text(p, s->mapping_json);
    pg_text(p, s->secrets_json);
    pg_time(p, now_ms);
}

enum err write_source(struct pg *pg, struct arena *mem, const struct by *by,
                      const struct source_row *s)
{
    struct change c = {s->workspace_id, "source.create",
                       id_text(mem, &s->source_id),
                       detail(mem, "kind", s->kind)};
    struct pg_params p;
    enum err e = begin(pg);

    if (e != ERR_OK)
        return e;
    pg_params_init(&p, mem);
    pg_i64(&p, s->workspace_id);
    pg_uuid(&p, &s->source_id);
    pg_text(&p, s->kind);
    pg_text(&p, s->name);
    pg_text(&p, s->source_key);
    source_values(&p, s, by->now_ms);
    e = one(pg, &SOURCE_ADD, &p, ERR_CONFLICT, NULL);
    return finish(pg, mem, by, &c, e);
}

enum err write_source_change(struct pg *pg, struct arena *mem,
                             const struct by *by, const struct source_row *s)
{
    struct change c = {s->workspace_id, "source.change",
                       id_text(mem, &s->source_id), NULL};
    struct pg_params p;
    enum err e = begin(pg);

    if (e != ERR_OK)
        return e;
    pg_params_init(&p, mem);
    pg_i64(&p, s->workspace_id);
    pg_uuid(&p, &s->source_id);
    pg_text(&p, s->name);
    source_values(&p, s, by->now_ms);
    e = one(pg, &SOURCE_CHANGE, &p, ERR_NOT_FOUND, NULL);
    return finish(pg, mem, by, &c, e);
}

enum err write_source_deleted(struct pg *pg, struct arena *mem,
                              const struct by *by, int64_t workspace_id,
                              const struct uuid *source_id)
{
    struct change c = {workspace_id, "source.delete", id_text(mem, source_id),
                       NULL};
    struct pg_params p;
    enum err e = begin(pg);

    if (e != ERR_OK)
        return e;
    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_uuid(&p, source_id);
    pg_time(&p, by->now_ms);
    e = one(pg, &SOURCE_DELETE, &p, ERR_NOT_FOUND, NULL);
    return finish(pg, mem, by, &c, e);
}

enum err write_model(struct pg *pg, struct arena *mem, const struct by *by,
                     int64_t workspace_id, const char *version, const char *doc)
{
    struct change c = {workspace_id, "model.create", version, NULL};
    struct pg_params p;
    enum err e = begin(pg);

    if (e != ERR_OK)
        return e;
    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_text(&p, version);
    pg_text(&p, doc);
    pg_time(&p, by->now_ms);
    e = one(pg, &MODEL_ADD, &p, ERR_CONFLICT, NULL);
    return finish(pg, mem, by, &c, e);
}

enum err write_model_active(struct pg *pg, struct arena *mem,
                            const struct by *by, int64_t workspace_id,
                            const char *version)
{
    struct change c = {workspace_id, "model.activate", version, NULL};
    struct pg_params p;
    enum err e = begin(pg);

    if (e != ERR_OK)
        return e;
    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_text(&p, version);
    pg_time(&p, by->now_ms);
    e = one(pg, &MODEL_MARK, &p, ERR_NOT_FOUND, NULL);
    if (e == ERR_OK) {
        pg_params_init(&p, mem);
        pg_i64(&p, workspace_id);
        pg_text(&p, version);
        e = one(pg, &MODEL_ACTIVE, &p, ERR_NOT_FOUND, NULL);
    }
    return finish(pg, mem, by, &c, e);
}
