#include "store/read_fetches.h"

#include "store/found.h"

#include <string.h>

#include "base/str.h"
#include "store/fetch_queue.h"

#define FETCH_COLUMNS                                                          \
    "f.fetch_id, f.platform, f.source_id, f.external_id, f.page_id,"           \
    " f.form_id, f.receipt_id, f.state, f.attempts, f.next_at, f.last_error,"  \
    " f.lead_id, f.created_at, f.updated_at"

STORE_STMT(FETCHES_PAGE, .name = "fetches_page", .nparams = 5,
           .sql = "SELECT " FETCH_COLUMNS " FROM fetch_queue f"
                  " WHERE f.workspace_id = $1 AND f.fetch_id < $3::uuid"
                  " AND ($4::text IS NULL OR f.state = $4)"
                  " AND ($5::uuid IS NULL OR f.source_id = $5)"
                  " ORDER BY f.fetch_id DESC LIMIT $2::integer");

STORE_STMT(FETCH_ONE, .name = "fetch_one", .nparams = 2,
           .sql = "SELECT 1 FROM fetch_queue f WHERE f.workspace_id = $1"
                  " AND f.fetch_id = $2");

STORE_STMT(FETCH_RETRY, .name = "fetch_retry", .nparams = 3,
           .sql = "UPDATE fetch_queue f SET state = 'pending', next_at = $3,"
                  " attempts = 0, updated_at = $3 WHERE f.workspace_id = $1"
                  " AND f.fetch_id = $2 AND f.state IN ('pending', 'parked',"
                  " 'dead') AND f.last_error IS DISTINCT FROM 'withdrawn'"
                  " RETURNING " FETCH_COLUMNS);

STORE_STMT(FETCH_PAGES, .name = "fetch_pages", .nparams = 4,
           .sql = "SELECT p.source_id, p.page_id, p.reason, p.stopped_at,"
                  " p.blocked_until, p.read_at, (SELECT count(*) FROM"
                  " fetch_queue q WHERE q.workspace_id = $1 AND q.state ="
                  " 'pending' AND q.source_id = p.source_id AND q.page_id ="
                  " p.page_id) AS waiting FROM fetch_page p"
                  " WHERE p.workspace_id = $1"
                  " AND (p.source_id, p.page_id) > (coalesce($3::uuid,"
                  " '00000000-0000-0000-0000-000000000000'), $4::text)"
                  " ORDER BY p.source_id, p.page_id LIMIT $2::integer");

STORE_STMT(RECONCILE, .name = "reconcile", .nparams = 5,
           .sql = "SELECT u.ext, q.state, i.lead_id FROM (SELECT DISTINCT"
                  " unnest($3::text[]) AS ext) u LEFT JOIN LATERAL (SELECT"
                  " f.state FROM fetch_queue f WHERE f.workspace_id = $1"
                  " AND f.platform = $2 AND f.source_id = $4"
                  " AND f.external_id = u.ext LIMIT 1) q ON true"
                  " LEFT JOIN LATERAL (SELECT o.lead_id FROM identifier o"
                  " WHERE o.workspace_id = $1 AND o.kind = 3 AND o.value ="
                  " $5::text || ':' || u.ext LIMIT 1) i ON true"
                  " ORDER BY u.ext");

static void from_row(const PGresult *res, int row, struct arena *mem,
                     struct fetch_row *f)
{
    f->fetch_id = pg_get_uuid(res, row, pg_col(res, "fetch_id"));
    f->source_id = pg_get_uuid(res, row, pg_col(res, "source_id"));
    f->receipt_id = pg_get_uuid(res, row, pg_col(res, "receipt_id"));
    f->lead_id = pg_get_uuid(res, row, pg_col(res, "lead_id"));
    f->platform = pg_get_text(res, row, pg_col(res, "platform"), mem);
    f->external_id = pg_get_text(res, row, pg_col(res, "external_id"), mem);
    f->page_id = pg_get_text(res, row, pg_col(res, "page_id"), mem);
    f->form_id = pg_get_text(res, row, pg_col(res, "form_id"), mem);
    f->state = pg_get_text(res, row, pg_col(res, "state"), mem);
    f->last_error = pg_get_text(res, row, pg_col(res, "last_error"), mem);
    f->attempts = (int)pg_get_i64(res, row, pg_col(res, "attempts"));
    f->next_ms = pg_get_time(res, row, pg_col(res, "next_at"));
    f->created_ms = pg_get_time(res, row, pg_col(res, "created_at"));
    f->updated_ms = pg_get_time(res, row, pg_col(res, "updated_at"));
}

enum err read_fetches(struct pg *pg, struct arena *mem, int64_t workspace_id,
                      const struct fetch_filter *filter, struct fetch_rows *out)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_i32(&p, filter->limit + 1);
    found_before(&p, filter->after);
    pg_text(&p, filter->state);
    pg_uuid(&p, &filter->source_id);
    e = found_page(pg, &FETCHES_PAGE, &p, filter->limit, &res, &out->n,
                   &out->more);
    out->rows = arena_array(mem, out->n + 1, sizeof(*out->rows));
    for (size_t i = 0; i < out->n; i++)
        from_row(res, (int)i, mem, &out->rows[i]);
    PQclear(res);
    return e;
}

enum err fetch_retry(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     const struct uuid *fetch_id, int64_t now_ms,
                     struct fetch_row *out)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_uuid(&p, fetch_id);
    pg_time(&p, now_ms);
    e = pg_run(pg, &FETCH_RETRY, &p, &res);
    if (e == ERR_OK && !PQntuples(res))
        e = found_why_not(pg, mem, &FETCH_ONE, workspace_id, fetch_id);
    else if (e == ERR_OK)
        from_row(res, 0, mem, out);
    PQclear(res);
    return e;
}

enum err read_fetch_pages(struct pg *pg, struct arena *mem,
                          int64_t workspace_id,
                          const struct fetch_page_row *after, int limit,
                          struct fetch_page_rows *out)
{
    static const struct fetch_page_row FIRST = {.page_id = ""};
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    after = after ? after : &FIRST;
    pg_i64(&p, workspace_id);
    pg_i32(&p, limit + 1);
    pg_uuid(&p, &after->source_id);
    pg_text(&p, after->page_id);
    e = found_page(pg, &FETCH_PAGES, &p, limit, &res, &out->n, &out->more);
    out->rows = arena_array(mem, out->n + 1, sizeof(*out->rows));
    for (int row = 0; row < (int)out->n; row++) {
        struct fetch_page_row *o = &out->rows[row];

        o->source_id = pg_get_uuid(res, row, pg_col(res, "source_id"));
        o->page_id = pg_get_text(res, row, pg_col(res, "page_id"), mem);
        o->reason = pg_get_text(res, row, pg_col(res, "reason"), mem);
        o->stopped_ms = pg_get_time(res, row, pg_col(res, "stopped_at"));
        o->blocked_ms = pg_get_time(res, row, pg_col(res, "blocked_until"));
        o->read_ms = pg_get_time(res, row, pg_col(res, "read_at"));
        o->waiting = pg_get_i64(res, row, pg_col(res, "waiting"));
    }
    PQclear(res);
    return e;
}

/* ---- reconciling ---- */

static void sort_out(const PGresult *res, struct arena *mem,
                     struct reconciling *r)
{
    r->missing = arena_array(mem, r->n + 1, sizeof(*r->missing));
    for (int row = 0; row < PQntuples(res); row++) {
        const char *state = pg_get_text(res, row, pg_col(res, "state"), mem);

        if (!pg_null(res, row, pg_col(res, "lead_id")) ||
            str_eq(state, "done") || str_eq(state, "dead"))
            r->known++; /* or settled: withdrawn */
        else if (str_eq(state, "parked"))
            r->parked++;
        else if (state)
            r->waiting++;
        else
            r->missing[r->n_missing++] =
                pg_get_text(res, row, pg_col(res, "ext"), mem);
    }
}

static enum err queue_missing(struct pg *pg, struct arena *mem,
                              int64_t workspace_id, struct reconciling *r,
                              int64_t now_ms)
{
    struct fetch_order *orders =
        arena_array(mem, r->n_missing + 1, sizeof(*orders));

    for (size_t i = 0; i < r->n_missing; i++)
        orders[i] = (struct fetch_order){.platform = r->platform,
                                         .source_id = r->source_id,
                                         .external_id = r->missing[i],
                                         .page_id = r->page_id,
                                         .action = FETCH_READ,
                                         .received_ms = now_ms};
    return fetch_enqueue(pg, mem, workspace_id, orders, r->n_missing, now_ms,
                         &r->queued);
}

enum err reconcile(struct pg *pg, struct arena *mem, int64_t workspace_id,
                   struct reconciling *r, int64_t now_ms)
{
    struct pg_array ids;
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_array_init(&ids, PG_TEXT);
    for (size_t i = 0; i < r->n; i++)
        pg_array_text(&ids, r->ids[i]);
    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_text(&p, r->platform);
    pg_array_param(&p, &ids);
    pg_uuid(&p, &r->source_id);
    pg_text(&p, r->id_space);
    e = pg_run(pg, &RECONCILE, &p, &res);
    pg_array_release(&ids);
    if (e == ERR_OK)
        sort_out(res, mem, r);
    PQclear(res);
    if (e == ERR_OK && r->may_queue && r->n_missing)
        e = queue_missing(pg, mem, workspace_id, r, now_ms);
    return e;
}
