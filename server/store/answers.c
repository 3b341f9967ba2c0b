#include "store/answers.h"

#include "base/crypto.h"

STORE_STMT(ANSWER_FIND, .name = "answer_find", .nparams = 3,
           .sql = "SELECT fingerprint, status, body FROM idempotency"
                  " WHERE workspace_id = $1 AND scope = $2 AND key = $3");

STORE_STMT(ANSWER_KEEP, .name = "answer_keep", .nparams = 7,
           .sql = "INSERT INTO idempotency (workspace_id, scope, key,"
                  " fingerprint, status, body, created_at)"
                  " VALUES ($1, $2, $3, $4, $5, $6, $7)"
                  " ON CONFLICT (workspace_id, scope, key) DO NOTHING");

static void name(struct pg_params *p, struct arena *mem, int64_t workspace_id,
                 const struct kept_answer *a)
{
    pg_params_init(p, mem);
    pg_i64(p, workspace_id);
    pg_text(p, a->scope);
    pg_text(p, a->key);
}

enum err answer_find(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     struct kept_answer *a)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    name(&p, mem, workspace_id, a);
    e = pg_run(pg, &ANSWER_FIND, &p, &res);
    if (e == ERR_OK && PQntuples(res) == 0)
        e = ERR_NOT_FOUND;
    if (e == ERR_OK && !crypto_equal(PQgetvalue(res, 0, 0), a->fingerprint,
                                     sizeof(a->fingerprint)))
        e = ERR_KEY_REUSED;
    if (e == ERR_OK) {
        a->status = (int)pg_get_i64(res, 0, pg_col(res, "status"));
        a->body = pg_get_text(res, 0, pg_col(res, "body"), mem);
    }
    PQclear(res);
    return e;
}

enum err answer_keep(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     const struct kept_answer *a, int64_t now_ms)
{
    struct pg_params p;

    name(&p, mem, workspace_id, a);
    pg_bytea(&p, a->fingerprint, sizeof(a->fingerprint));
    pg_i16(&p, (int16_t)a->status);
    pg_text(&p, a->body);
    pg_time(&p, now_ms);
    return pg_run(pg, &ANSWER_KEEP, &p, NULL);
}
