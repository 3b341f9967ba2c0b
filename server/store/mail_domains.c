#include "store/mail_domains.h"

STORE_STMT(MAIL_DUE_IN, .name = "mail_due_in", .nparams = 1,
           .flags = STMT_GLOBAL,
           .sql = "SELECT w.workspace_id FROM workspace w CROSS JOIN LATERAL"
                  " (SELECT 1 FROM mail_domain m WHERE m.workspace_id ="
                  " w.workspace_id AND m.next_at <= $1 LIMIT 1) due");

STORE_STMT(MAIL_LEASE, .name = "mail_lease", .nparams = 4,
           .sql = "UPDATE mail_domain m SET attempts = m.attempts + 1,"
                  " next_at = $3 FROM (SELECT d.domain FROM mail_domain d"
                  " WHERE d.workspace_id = $1 AND d.next_at <= $2"
                  " ORDER BY d.next_at LIMIT $4 FOR UPDATE SKIP LOCKED) due"
                  " WHERE m.workspace_id = $1 AND m.domain = due.domain"
                  " RETURNING m.domain, m.attempts");

/* attempts is the fence: a lease taken over has another number. */
STORE_STMT(MAIL_END, .name = "mail_end", .nparams = 6,
           .sql = "UPDATE mail_domain SET result = $4, checked_at = $5,"
                  " next_at = $6, attempts = CASE WHEN $4 = 'unknown' THEN"
                  " attempts ELSE 0 END WHERE workspace_id = $1"
                  " AND domain = $2 AND attempts = $3");

static enum err lease_in(struct pg *pg, struct arena *mem, int64_t workspace_id,
                         int64_t now_ms, int64_t until_ms, int max,
                         struct mail_domains *out)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_time(&p, now_ms);
    pg_time(&p, until_ms);
    pg_i64(&p, max);
    e = pg_run(pg, &MAIL_LEASE, &p, &res);
    for (int row = 0; e == ERR_OK && row < PQntuples(res); row++)
        out->rows[out->n++] = (struct mail_domain){
            workspace_id, pg_get_text(res, row, pg_col(res, "domain"), mem),
            (int)pg_get_i64(res, row, pg_col(res, "attempts"))};
    PQclear(res);
    return e;
}

enum err mail_domains_lease(struct pg *pg, struct arena *mem, int64_t now_ms,
                            int64_t until_ms, int max, struct mail_domains *out)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_time(&p, now_ms);
    e = pg_run(pg, &MAIL_DUE_IN, &p, &res);
    out->n = 0;
    if (e == ERR_OK)
        out->rows = arena_array(mem, (size_t)PQntuples(res) * (size_t)max + 1,
                                sizeof(*out->rows));
    for (int row = 0; e == ERR_OK && row < PQntuples(res); row++)
        e = lease_in(pg, mem, pg_get_i64(res, row, 0), now_ms, until_ms, max,
                     out);
    PQclear(res);
    return e;
}

enum err mail_domain_end(struct pg *pg, struct arena *mem,
                         const struct mail_domain *d, const char *result,
                         int64_t now_ms, int64_t next_ms)
{
    struct pg_params p;

    pg_params_init(&p, mem);
    pg_i64(&p, d->workspace_id);
    pg_text(&p, d->domain);
    pg_i32(&p, d->attempts);
    pg_text(&p, result);
    pg_time(&p, now_ms);
    pg_time(&p, next_ms);
    return pg_run(pg, &MAIL_END, &p, NULL);
}
