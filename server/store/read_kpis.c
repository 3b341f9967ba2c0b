#include "store/read_kpis.h"

#define ROWS_MAX "10000"

STORE_STMT(KPI_DEALS, .name = "kpi_deals", .nparams = 5,
           .sql = "SELECT d.value, d.result, d.currency,"
                  " sum(d.n)::bigint AS n, sum(d.amount)::bigint AS amount,"
                  " (sum(d.first_touch_ms) / sum(d.n))::bigint"
                  " AS first_touch_ms, (sum(d.sql_ms) / sum(d.n))::bigint"
                  " AS sql_ms FROM rollup_deal d WHERE d.workspace_id = $1"
                  " AND d.view = $2 AND d.dim = $3 AND d.day >= $4"
                  " AND d.day < $5 GROUP BY d.value, d.result, d.currency"
                  " HAVING sum(d.n) > 0 ORDER BY sum(d.n) DESC"
                  " LIMIT " ROWS_MAX);

STORE_STMT(KPI_SPEND, .name = "kpi_spend", .nparams = 4,
           .sql = "SELECT CASE $2 WHEN 'source' THEN s.source"
                  " WHEN 'campaign' THEN s.campaign ELSE '' END AS value,"
                  " s.currency, sum(s.amount)::bigint AS amount FROM spend s"
                  " WHERE s.workspace_id = $1 AND s.day >= $3 AND s.day < $4"
                  " AND ($2 = 'all' OR $2 = 'source' AND s.source <> ''"
                  " OR $2 = 'campaign' AND s.campaign <> '')"
                  " GROUP BY 1, s.currency ORDER BY 1, s.currency"
                  " LIMIT " ROWS_MAX);

STORE_STMT(KPI_REASONS, .name = "kpi_reasons", .nparams = 3,
           .sql = "SELECT r.kind, r.source, r.score_band, r.reason,"
                  " sum(r.n)::bigint AS n FROM rollup_reason r"
                  " WHERE r.workspace_id = $1 AND r.day >= $2 AND r.day < $3"
                  " GROUP BY r.kind, r.source, r.score_band, r.reason"
                  " ORDER BY sum(r.n) DESC, r.kind, r.source, r.score_band,"
                  " r.reason LIMIT 1000");

static void begin(struct pg_params *p, struct arena *mem, int64_t workspace_id)
{
    pg_params_init(p, mem);
    pg_i64(p, workspace_id);
}

static enum err read_deals(struct pg *pg, struct arena *mem,
                           int64_t workspace_id, const struct kpi_span *s,
                           struct kpis *out)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    begin(&p, mem, workspace_id);
    pg_text(&p, s->cohort ? "cohort" : "period");
    pg_text(&p, s->dim);
    pg_day(&p, s->first);
    pg_day(&p, s->behind);
    e = pg_run(pg, &KPI_DEALS, &p, &res);
    if (e != ERR_OK)
        return e;
    out->n_deals = (size_t)PQntuples(res);
    out->deals = arena_array(mem, out->n_deals + 1, sizeof(*out->deals));
    for (int row = 0; row < PQntuples(res); row++) {
        struct kpi_deals *d = &out->deals[row];

        d->value = pg_get_text(res, row, pg_col(res, "value"), mem);
        d->result = pg_get_text(res, row, pg_col(res, "result"), mem);
        d->currency = pg_get_text(res, row, pg_col(res, "currency"), mem);
        d->n = pg_get_i64(res, row, pg_col(res, "n"));
        d->amount = pg_get_i64(res, row, pg_col(res, "amount"));
        d->first_touch_ms = pg_get_i64(res, row, pg_col(res, "first_touch_ms"));
        d->sql_ms = pg_get_i64(res, row, pg_col(res, "sql_ms"));
    }
    PQclear(res);
    return ERR_OK;
}

static enum err read_spend(struct pg *pg, struct arena *mem,
                           int64_t workspace_id, const struct kpi_span *s,
                           struct kpis *out)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    begin(&p, mem, workspace_id);
    pg_text(&p, s->dim);
    pg_day(&p, s->first);
    pg_day(&p, s->behind);
    e = pg_run(pg, &KPI_SPEND, &p, &res);
    if (e != ERR_OK)
        return e;
    out->n_spend = (size_t)PQntuples(res);
    out->spend = arena_array(mem, out->n_spend + 1, sizeof(*out->spend));
    for (int row = 0; row < PQntuples(res); row++) {
        struct kpi_spend *x = &out->spend[row];

        x->value = pg_get_text(res, row, pg_col(res, "value"), mem);
        x->currency = pg_get_text(res, row, pg_col(res, "currency"), mem);
        x->amount = pg_get_i64(res, row, pg_col(res, "amount"));
    }
    PQclear(res);
    return ERR_OK;
}

static enum err read_reasons(struct pg *pg, struct arena *mem,
                             int64_t workspace_id, const struct kpi_span *s,
                             struct kpis *out)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    begin(&p, mem, workspace_id);
    pg_day(&p, s->first);
    pg_day(&p, s->behind);
    e = pg_run(pg, &KPI_REASONS, &p, &res);
    if (e != ERR_OK)
        return e;
    out->n_reasons = (size_t)PQntuples(res);
    out->reasons = arena_array(mem, out->n_reasons + 1, sizeof(*out->reasons));
    for (int row = 0; row < PQntuples(res); row++) {
        struct kpi_reason *r = &out->reasons[row];

        r->kind = pg_get_text(res, row, pg_col(res, "kind"), mem);
        r->source = pg_get_text(res, row, pg_col(res, "source"), mem);
        r->reason = pg_get_text(res, row, pg_col(res, "reason"), mem);
        r->score_band = (int)pg_get_i64(res, row, pg_col(res, "score_band"));
        r->n = pg_get_i64(res, row, pg_col(res, "n"));
    }
    PQclear(res);
    return ERR_OK;
}

enum err read_kpis(struct pg *pg, struct arena *mem, int64_t workspace_id,
                   const struct kpi_span *span, struct kpis *out)
{
    enum err e = read_deals(pg, mem, workspace_id, span, out);

    if (e == ERR_OK)
        e = read_spend(pg, mem, workspace_id, span, out);
    if (e == ERR_OK)
        e = read_reasons(pg, mem, workspace_id, span, out);
    return e;
}
