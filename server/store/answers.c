#include "store/answers.h"

#include "base/crypto.h"
#include "base/log.h"

/* A key whose work says nothing for so long is free: its process died. */
#define CLAIM_MS 60000

STORE_STMT(ANSWER_FIND, .name = "answer_find", .nparams = 3,
           .sql = "SELECT fingerprint, status, body FROM idempotency"
                  " WHERE workspace_id = $1 AND scope = $2 AND key = $3");

STORE_STMT(ANSWER_KEEP, .name = "answer_keep", .nparams = 7,
           .sql = "INSERT INTO idempotency (workspace_id, scope, key,"
                  " fingerprint, status, body, created_at)"
                  " VALUES ($1, $2, $3, $4, $5, $6, $7)"
                  " ON CONFLICT (workspace_id, scope, key) DO NOTHING");

/* Status 0: claimed, and not answered yet; the body then names the claimer,
   who may ask twice. */
STORE_STMT(ANSWER_CLAIM, .name = "answer_claim", .nparams = 7,
           .sql = "INSERT INTO idempotency AS i (workspace_id, scope, key,"
                  " fingerprint, status, body, created_at)"
                  " VALUES ($1, $2, $3, $4, 0, $5, $6)"
                  " ON CONFLICT (workspace_id, scope, key) DO UPDATE SET"
                  " fingerprint = EXCLUDED.fingerprint, body = EXCLUDED.body,"
                  " created_at = EXCLUDED.created_at WHERE i.status = 0"
                  " AND (i.created_at < $7 OR i.body = EXCLUDED.body)"
                  " RETURNING 1");

STORE_STMT(ANSWER_SETTLE, .name = "answer_settle", .nparams = 6,
           .sql = "UPDATE idempotency SET status = $5, body = $6"
                  " WHERE workspace_id = $1 AND scope = $2 AND key = $3"
                  " AND status = 0 AND body = $4");

STORE_STMT(ANSWER_DROP, .name = "answer_drop", .nparams = 4,
           .sql = "DELETE FROM idempotency WHERE workspace_id = $1"
                  " AND scope = $2 AND key = $3 AND status = 0"
                  " AND body = $4");

static void name(struct pg_params *p, struct arena *mem, int64_t workspace_id,
                 const struct kept_answer *a)
{
    pg_params_init(p, mem);
    pg_i64(p, workspace_id);
    pg_text(p, a->scope);
    pg_text(p, a->key);
}

static const char *claimer(const struct kept_answer *a, struct arena *mem)
{
    char text[UUID_TEXT_BYTES];

    return arena_strdup(mem, uuid_format(&a->claimer, text));
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

enum err answer_claim(struct pg *pg, struct arena *mem, int64_t workspace_id,
                      struct kept_answer *a, int64_t now_ms)
{
    struct pg_params p;
    PGresult *res = NULL;
    bool mine;
    enum err e;

    name(&p, mem, workspace_id, a);
    pg_bytea(&p, a->fingerprint, sizeof(a->fingerprint));
    pg_text(&p, claimer(a, mem));
    pg_time(&p, now_ms);
    pg_time(&p, now_ms - CLAIM_MS);
    e = pg_run(pg, &ANSWER_CLAIM, &p, &res);
    mine = e == ERR_OK && PQntuples(res);
    PQclear(res);
    if (mine)
        return ERR_NOT_FOUND;
    if (e == ERR_OK)
        e = answer_find(pg, mem, workspace_id, a);
    /* found gone: it was dropped between, and is anybody's next time */
    return e == ERR_NOT_FOUND || (e == ERR_OK && !a->status)
               ? ERR_KEY_IN_PROGRESS
               : e;
}

void answer_settle(struct pg *pg, struct arena *mem, int64_t workspace_id,
                   const struct kept_answer *a)
{
    struct pg_params p;
    enum err e = ERR_AGAIN;

    name(&p, mem, workspace_id, a);
    pg_text(&p, claimer(a, mem));
    pg_i16(&p, (int16_t)a->status);
    pg_text(&p, a->body);
    for (int tries = 0; e != ERR_OK && tries < 2; tries++)
        e = pg_run(pg, &ANSWER_SETTLE, &p, NULL);
    if (e != ERR_OK)
        log_line(LOG_WARN, "answer_not_kept", NULL);
}

void answer_drop(struct pg *pg, struct arena *mem, int64_t workspace_id,
                 const struct kept_answer *a)
{
    struct pg_params p;

    name(&p, mem, workspace_id, a);
    pg_text(&p, claimer(a, mem));
    (void)!pg_run(pg, &ANSWER_DROP, &p, NULL); /* else it ends by itself */
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
