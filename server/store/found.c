#include "store/found.h"

#include <string.h>

enum err found_one(struct pg *pg, const struct store_stmt *stmt,
                   const struct pg_params *p, PGresult **out_res)
{
    enum err e = pg_run(pg, stmt, p, out_res);

    return e == ERR_OK && !PQntuples(*out_res) ? ERR_NOT_FOUND : e;
}

enum err found_page(struct pg *pg, const struct store_stmt *stmt,
                    const struct pg_params *p, int limit, PGresult **out_res,
                    size_t *out_n, bool *out_more)
{
    enum err e = pg_run(pg, stmt, p, out_res);
    int n = e == ERR_OK ? PQntuples(*out_res) : 0;

    *out_n = (size_t)MIN(n, limit);
    *out_more = n > limit;
    return e;
}

enum err found_why_not(struct pg *pg, struct arena *mem,
                       const struct store_stmt *stmt, int64_t workspace_id,
                       const struct uuid *id)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_uuid(&p, id);
    e = found_one(pg, stmt, &p, &res);
    PQclear(res);
    return e == ERR_OK ? ERR_CONFLICT : e;
}

void found_before(struct pg_params *p, const struct uuid *after)
{
    struct uuid high;

    memset(&high, 0xff, sizeof(high));
    pg_uuid(p, after ? after : &high);
}
