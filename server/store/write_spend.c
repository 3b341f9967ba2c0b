#include "store/write_spend.h"

STORE_STMT(SPEND_SET, .name = "spend_set", .nparams = 7,
           .sql = "INSERT INTO spend (workspace_id, day, source, campaign,"
                  " currency, amount, updated_at)"
                  " VALUES ($1, $2, $3, $4, $5, $6, $7)"
                  " ON CONFLICT (workspace_id, day, source, campaign,"
                  " currency) DO UPDATE SET amount = excluded.amount,"
                  " updated_at = excluded.updated_at");

enum err write_spend(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     const struct spend *s, int64_t now_ms)
{
    struct pg_params p;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_day(&p, s->day);
    pg_text(&p, s->source);
    pg_text(&p, s->campaign);
    pg_text(&p, s->currency);
    pg_i64(&p, s->amount);
    pg_time(&p, now_ms);
    return pg_run(pg, &SPEND_SET, &p, NULL);
}
