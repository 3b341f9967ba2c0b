#include "store/read_hot.h"

#include "store/columns.h"
#include "store/read_leads.h"

#define IN_ORDER(r)                                                            \
    " ORDER BY " r ".rank, " r ".last_high_intent_at DESC NULLS LAST, " r      \
    ".score DESC, " r ".created_at, " r ".lead_id"

/* The constant LIMIT tells the planner that this is a few rows of the index;
   see read_leads.c. */
STORE_STMT(HOT, .name = "hot", .nparams = 2,
           .sql = "SELECT " LEAD_SELECT LEAD_SHOWN
                  " FROM (SELECT * FROM (SELECT q.lead_id, q.rank,"
                  " q.last_high_intent_at, q.score, q.created_at"
                  " FROM ready q WHERE q.workspace_id = $1" IN_ORDER(
                      "q") " LIMIT 500) w LIMIT $2::integer) w JOIN lead l"
                           " ON l.workspace_id = $1 AND l.lead_id = "
                           "w.lead_id" LEAD_SHOWN_FROM IN_ORDER("w"));

enum err read_hot(struct pg *pg, struct arena *mem, int64_t workspace_id,
                  int limit, struct lead **out_leads, size_t *out_n)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_i32(&p, limit);
    e = pg_run(pg, &HOT, &p, &res);
    if (e == ERR_OK) {
        *out_leads = leads_shown(res, mem);
        *out_n = (size_t)PQntuples(res);
    }
    PQclear(res);
    return e;
}
