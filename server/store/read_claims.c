#include "store/read_claims.h"

#include "store/found.h"

#include <string.h>

#define CLAIM_SELECT                                                           \
    "SELECT c.claim_id, c.lead_id, c.rep_id, c.state, c.claimed_at,"           \
    " c.expires_at, c.accepted_at, c.ended_at, c.reason, c.sql_at,"            \
    " c.respond_by, c.first_response_at, c.score, c.grade, c.snapshot"         \
    " FROM claim c WHERE c.workspace_id = $1"

STORE_STMT(CLAIM_ONE, .name = "claim_one", .nparams = 3,
           .sql = CLAIM_SELECT " AND c.claim_id = $2"
                               " AND ($3::uuid IS NULL OR c.rep_id = $3)");

/* Constant LIMIT and CASE: see read_leads.c. */
#define PAGE(where)                                                            \
    "SELECT * FROM (" CLAIM_SELECT " AND c.claim_id < $3::uuid"                \
    " AND CASE WHEN $4::text IS NULL OR c.state = $4 THEN true ELSE false "    \
    "END" where " ORDER BY c.claim_id DESC LIMIT 501) c LIMIT $2::integer"

STORE_STMT(CLAIMS_ALL, .name = "claims_page", .nparams = 4, .sql = PAGE(""));

STORE_STMT(CLAIMS_REP, .name = "claims_of_rep", .nparams = 5,
           .sql = PAGE(" AND c.rep_id = $5"));

static void claim_from_row(const PGresult *res, int row, struct arena *mem,
                           struct claim *c)
{
    c->claim_id = pg_get_uuid(res, row, pg_col(res, "claim_id"));
    c->lead_id = pg_get_uuid(res, row, pg_col(res, "lead_id"));
    c->rep_id = pg_get_uuid(res, row, pg_col(res, "rep_id"));
    c->state = pg_get_text(res, row, pg_col(res, "state"), mem);
    c->claimed_ms = pg_get_time(res, row, pg_col(res, "claimed_at"));
    c->expires_ms = pg_get_time(res, row, pg_col(res, "expires_at"));
    c->accepted_ms = pg_get_time(res, row, pg_col(res, "accepted_at"));
    c->ended_ms = pg_get_time(res, row, pg_col(res, "ended_at"));
    c->reason = pg_get_text(res, row, pg_col(res, "reason"), mem);
    c->sql_ms = pg_get_time(res, row, pg_col(res, "sql_at"));
    c->respond_by_ms = pg_get_time(res, row, pg_col(res, "respond_by"));
    c->first_response_ms =
        pg_get_time(res, row, pg_col(res, "first_response_at"));
    c->score = (int16_t)pg_get_i64(res, row, pg_col(res, "score"));
    c->grade = pg_get_text(res, row, pg_col(res, "grade"), mem);
    c->snapshot = pg_get_text(res, row, pg_col(res, "snapshot"), mem);
}

enum err read_claim(struct pg *pg, struct arena *mem, int64_t workspace_id,
                    const struct uuid *claim_id, const struct uuid *rep_id,
                    struct claim *out)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    memset(out, 0, sizeof(*out));
    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_uuid(&p, claim_id);
    pg_uuid(&p, rep_id);
    e = found_one(pg, &CLAIM_ONE, &p, &res);
    if (e == ERR_OK)
        claim_from_row(res, 0, mem, out);
    PQclear(res);
    return e;
}

enum err read_claims(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     const struct claim_filter *f, const struct uuid *after,
                     int limit, struct claim_page *out)
{
    const struct store_stmt *stmt =
        uuid_is_nil(&f->rep_id) ? &CLAIMS_ALL : &CLAIMS_REP;
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_i32(&p, limit + 1);
    found_before(&p, after);
    pg_text(&p, f->state);
    if (stmt == &CLAIMS_REP)
        pg_uuid(&p, &f->rep_id);
    e = found_page(pg, stmt, &p, limit, &res, &out->n, &out->more);
    out->claims = arena_array(mem, out->n + 1, sizeof(*out->claims));
    for (size_t i = 0; i < out->n; i++)
        claim_from_row(res, (int)i, mem, &out->claims[i]);
    PQclear(res);
    return e;
}
