/*
 * What became of a batch whose COMMIT was not answered.  A receipt is found
 * again by its id; an order (a step, a claim) leaves nothing that would tell
 * it from another one like it, and given twice it would be refused, or done
 * twice.  PostgreSQL says it by the number of the transaction.
 */
#include "base/str.h"
#include "store/batch.h"

STORE_STMT(XACT_OWN, .name = "xact_own", .nparams = 0, .flags = STMT_GLOBAL,
           .sql = "SELECT pg_current_xact_id()::text::bigint AS id");

STORE_STMT(XACT_STATUS, .name = "xact_status", .nparams = 1,
           .flags = STMT_GLOBAL,
           .sql = "SELECT pg_xact_status($1::bigint::text::xid8) AS status");

static bool is_order(const struct work *w)
{
    return !w->has_receipt && !w->idem.key && (w->claim.kind || w->step.given);
}

enum err batch_number_send(struct batch *b, bool *out_asked)
{
    *out_asked = false;
    for (size_t i = 0; i < b->n; i++)
        *out_asked |= is_order(b->works[i]);
    return *out_asked ? pg_pipe_send(b->pg, &XACT_OWN, NULL) : ERR_OK;
}

void batch_number_read(struct batch *b, const PGresult *res)
{
    b->number = pg_get_i64(res, 0, pg_col(res, "id"));
}

/* A database that took over without the transaction does not know it. */
enum err batch_outcome(struct pg *pg, struct arena *mem, int64_t number)
{
    struct pg_params p;
    PGresult *res = NULL;
    const char *status;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, number);
    e = pg_run(pg, &XACT_STATUS, &p, &res);
    if (e != ERR_OK)
        return e == ERR_DATA || e == ERR_INTERNAL ? ERR_NOT_FOUND : e;
    status = pg_get_text(res, 0, pg_col(res, "status"), mem);
    PQclear(res);
    return str_eq(status, "committed")     ? ERR_OK
           : str_eq(status, "in progress") ? ERR_AGAIN
                                           : ERR_NOT_FOUND;
}
