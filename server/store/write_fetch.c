/* Leads that a platform named by id: queued with the receipt that named
   them, for outbound to read. */
#include <stdlib.h>

#include "store/batch.h"
#include "store/fetch_queue.h"

/* In the order of the key, so that two batches never wait for each other. */
STORE_STMT(FETCHES_INSERT, .name = "fetches_insert", .nparams = 11,
           .sql = "INSERT INTO fetch_queue (workspace_id, fetch_id, platform,"
                  " source_id, external_id, page_id, form_id, receipt_id,"
                  " state, next_at, created_at, updated_at)"
                  " SELECT $1::bigint, u.id, u.platform, u.source, u.ext,"
                  " u.page, u.form, u.receipt, u.state, u.at, u.at, $11"
                  " FROM unnest($2::uuid[], $3::text[], $4::uuid[],"
                  " $5::text[], $6::text[], $7::text[], $8::uuid[],"
                  " $9::text[], $10::timestamptz[]) AS u(id, platform, source,"
                  " ext, page, form, receipt, state, at)"
                  " ORDER BY u.platform, u.source, u.ext, u.id"
                  " ON CONFLICT (workspace_id, platform, source_id,"
                  " external_id) DO NOTHING");

/* Withdrawn before it was read: known rows are not read any more. */
STORE_STMT(FETCHES_FORGET, .name = "fetches_forget", .nparams = 5,
           .sql = "UPDATE fetch_queue f SET state = 'dead', next_at = NULL,"
                  " last_error = 'withdrawn', updated_at = $5"
                  " FROM unnest($2::text[], $3::uuid[], $4::text[])"
                  " AS u(platform, source, ext)"
                  " WHERE f.workspace_id = $1 AND f.platform = u.platform"
                  " AND f.source_id = u.source AND f.external_id = u.ext"
                  " AND f.state NOT IN ('done', 'dead')");

/* Read before, and nobody to be reached then.  Its new number and time make
   another receipt of it, and a reading under way starts over; who became a
   lead and was forgotten since is left alone. */
STORE_STMT(FETCHES_AGAIN, .name = "fetches_again", .nparams = 7,
           .sql = "UPDATE fetch_queue f SET state = 'pending', attempts ="
                  " CASE f.state WHEN 'done' THEN 0 ELSE f.attempts END,"
                  " receipt_id = u.receipt, next_at = u.at, created_at = u.at,"
                  " updated_at = $7 FROM unnest($2::text[], $3::uuid[],"
                  " $4::text[], $5::uuid[], $6::timestamptz[])"
                  " AS u(platform, source, ext, receipt, at)"
                  " WHERE f.workspace_id = $1 AND f.platform = u.platform"
                  " AND f.source_id = u.source AND f.external_id = u.ext"
                  " AND f.state IN ('done', 'leased') AND f.lead_id IS NULL"
                  " AND f.created_at < u.at");

static const enum pg_type ROW[] = {PG_UUID, PG_TEXT, PG_UUID, PG_TEXT, PG_TEXT,
                                   PG_TEXT, PG_UUID, PG_TEXT, PG_TIME, 0};

/* @param receipt_id nil: nobody told us, we found it */
static void insert_row(struct rows *r, const struct uuid *receipt_id,
                       const struct fetch_order *f)
{
    struct uuid id = uuid_new(f->received_ms);

    pg_array_uuid(&r->col[0], &id);
    pg_array_text(&r->col[1], f->platform);
    pg_array_uuid(&r->col[2], &f->source_id);
    pg_array_text(&r->col[3], f->external_id);
    pg_array_text(&r->col[4], f->page_id ? f->page_id : "");
    pg_array_text(&r->col[5], f->form_id ? f->form_id : "");
    pg_array_uuid(&r->col[6], receipt_id);
    pg_array_text(&r->col[7], f->action == FETCH_READ ? "pending" : "dead");
    pg_array_time(&r->col[8], f->received_ms);
    r->n++;
}

static void again_row(struct rows *r, const struct uuid *receipt_id,
                      const struct fetch_order *f)
{
    pg_array_text(&r->col[0], f->platform);
    pg_array_uuid(&r->col[1], &f->source_id);
    pg_array_text(&r->col[2], f->external_id);
    pg_array_uuid(&r->col[3], receipt_id);
    pg_array_time(&r->col[4], f->received_ms);
    r->n++;
}

static void forget_row(struct rows *r, const struct fetch_order *f)
{
    pg_array_text(&r->col[0], f->platform);
    pg_array_uuid(&r->col[1], &f->source_id);
    pg_array_text(&r->col[2], f->external_id);
    r->n++;
}

/* Rows of the statement, and the time behind them. */
static void params(struct pg_params *p, struct arena *mem, int64_t workspace_id,
                   struct rows *r, int64_t now_ms)
{
    pg_params_init(p, mem);
    pg_i64(p, workspace_id);
    rows_params(p, r);
    pg_time(p, now_ms);
}

static enum err send(struct batch *b, const struct store_stmt *stmt,
                     struct rows *r)
{
    struct pg_params p;
    enum err e = ERR_OK;

    if (r->n) {
        params(&p, b->mem, b->rules.workspace_id, r, b->now_ms);
        e = pg_pipe_send(b->pg, stmt, &p);
    }
    rows_release(r);
    return e;
}

/* What is to be written of the orders of a batch. */
struct orders {
    struct rows in, again, forget;
};

static void add_orders(const struct work *w, struct orders *o)
{
    static const struct uuid NONE;
    const struct uuid *receipt =
        w->has_receipt ? &w->receipt.receipt_id : &NONE;

    for (size_t i = 0; i < w->n_fetches; i++) {
        const struct fetch_order *f = &w->fetches[i];

        if (f->unless && f->unless->err != ERR_NOT_FOUND)
            continue;
        insert_row(&o->in, receipt, f);
        if (f->unless)
            again_row(&o->again, receipt, f);
        if (f->action == FETCH_FORGET)
            forget_row(&o->forget, f);
    }
}

enum err write_fetches(struct batch *b)
{
    static const enum pg_type NAME[] = {PG_TEXT, PG_UUID, PG_TEXT, 0};
    static const enum pg_type AGAIN[] = {PG_TEXT, PG_UUID, PG_TEXT,
                                         PG_UUID, PG_TIME, 0};
    struct orders o;
    enum err e, also, last;

    rows_init(&o.in, ROW);
    rows_init(&o.again, AGAIN);
    rows_init(&o.forget, NAME);
    for (size_t i = 0; i < b->n; i++) {
        const struct work *w = b->works[i];

        if (w->err == ERR_OK && !w->idem_replayed && !w->stored)
            add_orders(w, &o);
    }
    /* each frees its rows, even behind one that failed */
    e = send(b, &FETCHES_INSERT, &o.in);
    also = send(b, &FETCHES_AGAIN, &o.again);
    last = send(b, &FETCHES_FORGET, &o.forget);
    if (e == ERR_OK)
        e = also;
    return e == ERR_OK ? last : e;
}

enum err fetch_enqueue(struct pg *pg, struct arena *mem, int64_t workspace_id,
                       const struct fetch_order *orders, size_t n,
                       int64_t now_ms, size_t *out_new)
{
    static const struct uuid NONE;
    PGresult *res = NULL;
    struct pg_params p;
    struct rows r;
    enum err e;

    rows_init(&r, ROW);
    for (size_t i = 0; i < n; i++)
        insert_row(&r, &NONE, &orders[i]);
    params(&p, mem, workspace_id, &r, now_ms);
    e = pg_run(pg, &FETCHES_INSERT, &p, &res);
    *out_new = e == ERR_OK ? strtoul(PQcmdTuples(res), NULL, 10) : 0;
    PQclear(res);
    rows_release(&r);
    return e;
}
