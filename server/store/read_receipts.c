#include "store/read_receipts.h"

#include <string.h>

#include "store/body_pattern.h"
#include "store/found.h"
#include "store/rows.h"

/* A list names its own, where no source is configured. */
#define SOURCE_NAME "coalesce(s.name, r.headers #>> '{terms,source}')"
#define RECEIPT_COLUMNS                                                        \
    "r.receipt_id, r.source_id, " SOURCE_NAME " AS source, r.key_id, k.role,"  \
    " r.received_at, r.door, r.content_type, r.headers::text AS headers,"      \
    " r.body, r.status, r.reason, r.lead_id"
#define RECEIPT_OWNERS                                                         \
    " LEFT JOIN source s ON s.workspace_id = r.workspace_id"                   \
    " AND s.source_id = r.source_id"                                           \
    " LEFT JOIN api_key k ON k.workspace_id = r.workspace_id"                  \
    " AND k.key_id = r.key_id"

/* A page has the rows that fit into so many bytes, and one in any case: some
   bodies have megabytes.  n_all says how many there were. */
#define PAGE_BYTES "8388608"
#define PAGE_OF(rows, order)                                                   \
    "SELECT * FROM (SELECT p.*, count(*) OVER () AS n_all,"                    \
    " sum(octet_length(p.body)) OVER (ORDER BY p.receipt_id " order            \
    " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before"       \
    " FROM (" rows ") p) p"                                                    \
    " WHERE coalesce(p.bytes_before, 0) < " PAGE_BYTES                         \
    " ORDER BY p.receipt_id " order

STORE_STMT(RECEIPT_ONE, .name = "receipt_one", .nparams = 2,
           .sql = "SELECT " RECEIPT_COLUMNS ", q.state, q.created_at,"
                  " q.decided_at FROM receipt r" RECEIPT_OWNERS
                  " LEFT JOIN quarantine q ON q.workspace_id = r.workspace_id"
                  " AND q.receipt_id = r.receipt_id"
                  " WHERE r.workspace_id = $1 AND r.receipt_id = $2");

STORE_STMT(RECEIPTS_AFTER, .name = "receipts_after", .nparams = 4,
           .sql = PAGE_OF(
               "SELECT " RECEIPT_COLUMNS ", NULL::text AS state,"
               " NULL::timestamptz AS created_at,"
               " NULL::timestamptz AS decided_at FROM (SELECT * FROM receipt"
               " WHERE workspace_id = $1 AND receipt_id > $2::uuid"
               " AND receipt_id < $3::uuid"
               " AND (status = 'accepted' OR lead_id IS NOT NULL)"
               " AND body IS NOT NULL"
               " ORDER BY receipt_id LIMIT $4::integer) r" RECEIPT_OWNERS,
               "ASC"));

STORE_STMT(RECEIPTS_RELEASED_THEN, .name = "receipts_released_then",
           .nparams = 3,
           .sql = "SELECT receipt_id, decided_at FROM quarantine"
                  " WHERE workspace_id = $1 AND state = 'released'"
                  " AND receipt_id >= $2::uuid AND receipt_id < $3::uuid"
                  " AND decided_at IS NOT NULL"
                  " ORDER BY decided_at, receipt_id");

STORE_STMT(
    RECEIPTS_HELD, .name = "receipts_held", .nparams = 10,
    .sql = PAGE_OF(
        "SELECT " RECEIPT_COLUMNS ", q.state, q.created_at, q.decided_at"
        " FROM quarantine q JOIN receipt r ON r.workspace_id = q.workspace_id"
        " AND r.receipt_id = q.receipt_id" RECEIPT_OWNERS
        " WHERE q.workspace_id = $1 AND q.receipt_id < $3::uuid"
        " AND r.receipt_id < $3::uuid"
        " AND ($4::text IS NULL OR q.state = $4)"
        " AND ($5::text IS NULL OR q.reason = $5)"
        " AND ($6::text IS NULL OR " SOURCE_NAME " = $6)"
        " AND ($7::text IS NULL"
        " OR encode(r.body, 'escape') ~ $7)"
        " AND ($8::timestamptz IS NULL OR r.received_at >= $8)"
        " AND ($9::timestamptz IS NULL OR r.received_at < $9)"
        " AND ($10::uuid[] IS NULL OR q.receipt_id = ANY($10))"
        " ORDER BY q.receipt_id DESC LIMIT $2::integer",
        "DESC"));

/* Of a delivery that others came with the body is their record: only what was
   held of it is over. */
STORE_STMT(HELD_PURGE, .name = "held_purge", .nparams = 4,
           .sql = "WITH gone AS (UPDATE quarantine q SET state = 'purged',"
                  " decided_at = $3, decided_by = $4"
                  " WHERE q.workspace_id = $1"
                  " AND q.receipt_id = ANY($2::uuid[]) AND q.state = 'held'"
                  " RETURNING q.receipt_id)"
                  " UPDATE receipt r SET"
                  " body = CASE WHEN r.lead_id IS NULL THEN NULL"
                  " ELSE r.body END, headers = CASE WHEN r.lead_id IS NULL"
                  " THEN NULL ELSE r.headers END, status = CASE WHEN r.lead_id"
                  " IS NULL THEN r.status ELSE 'accepted' END FROM gone"
                  " WHERE r.workspace_id = $1"
                  " AND r.receipt_id = gone.receipt_id"
                  " AND r.receipt_id = ANY($2::uuid[])"
                  " RETURNING r.receipt_id");

static void take_body(const PGresult *res, int row, struct arena *mem,
                      struct receipt *rc)
{
    int col = pg_col(res, "body");

    if (pg_null(res, row, col))
        return;
    rc->body_bytes = (size_t)PQgetlength(res, row, col);
    rc->body = arena_memdup(mem, PQgetvalue(res, row, col), rc->body_bytes);
}

static void from_row(const PGresult *res, int row, struct arena *mem,
                     struct stored_receipt *out)
{
    struct receipt *rc = &out->receipt;

    rc->receipt_id = pg_get_uuid(res, row, pg_col(res, "receipt_id"));
    rc->source_id = pg_get_uuid(res, row, pg_col(res, "source_id"));
    rc->source = pg_get_text(res, row, pg_col(res, "source"), mem);
    if (!rc->source)
        rc->source = "api";
    rc->key_id = pg_get_uuid(res, row, pg_col(res, "key_id"));
    rc->role = pg_get_text(res, row, pg_col(res, "role"), mem);
    rc->received_ms = pg_get_time(res, row, pg_col(res, "received_at"));
    rc->door = pg_get_text(res, row, pg_col(res, "door"), mem);
    rc->content_type = pg_get_text(res, row, pg_col(res, "content_type"), mem);
    rc->headers_json = pg_get_text(res, row, pg_col(res, "headers"), mem);
    rc->lead_id = pg_get_uuid(res, row, pg_col(res, "lead_id"));
    rc->replayed = true;
    take_body(res, row, mem, rc);
    out->status = pg_get_text(res, row, pg_col(res, "status"), mem);
    out->reason = pg_get_text(res, row, pg_col(res, "reason"), mem);
    out->state = pg_get_text(res, row, pg_col(res, "state"), mem);
    out->held_ms = pg_get_time(res, row, pg_col(res, "created_at"));
    out->decided_ms = pg_get_time(res, row, pg_col(res, "decided_at"));
}

static enum err read_list(struct pg *pg, struct arena *mem,
                          const struct store_stmt *stmt,
                          const struct pg_params *p, int limit,
                          struct receipt_list *out)
{
    PGresult *res = NULL;
    enum err e = found_page(pg, stmt, p, limit, &res, &out->n, &out->more);

    if (out->n)
        out->more = pg_get_i64(res, 0, pg_col(res, "n_all")) > (int64_t)out->n;
    out->rows = arena_array(mem, out->n + 1, sizeof(*out->rows));
    for (size_t i = 0; i < out->n; i++)
        from_row(res, (int)i, mem, &out->rows[i]);
    PQclear(res);
    return e;
}

enum err read_receipt(struct pg *pg, struct arena *mem, int64_t workspace_id,
                      const struct uuid *receipt_id, struct stored_receipt *out)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_uuid(&p, receipt_id);
    e = found_one(pg, &RECEIPT_ONE, &p, &res);
    if (e == ERR_OK)
        from_row(res, 0, mem, out);
    PQclear(res);
    return e;
}

/* First id that is not received before; 0: no end. */
static struct uuid end_of(int64_t to_ms)
{
    struct uuid end;

    memset(&end, 0xff, sizeof(end));
    return to_ms ? uuid_floor(to_ms) : end;
}

enum err read_released(struct pg *pg, struct arena *mem, int64_t workspace_id,
                       int64_t from_ms, int64_t to_ms, struct released **out,
                       size_t *out_n)
{
    struct uuid low = uuid_floor(MAX(from_ms, 1)), high = end_of(to_ms);
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_uuid(&p, &low);
    pg_uuid(&p, &high);
    e = pg_run(pg, &RECEIPTS_RELEASED_THEN, &p, &res);
    *out_n = e == ERR_OK ? (size_t)PQntuples(res) : 0;
    *out = arena_array(mem, *out_n + 1, sizeof(**out));
    for (size_t i = 0; i < *out_n; i++)
        (*out)[i] = (struct released){pg_get_uuid(res, (int)i, 0),
                                      pg_get_time(res, (int)i, 1)};
    PQclear(res);
    return e;
}

enum err read_receipts(struct pg *pg, struct arena *mem, int64_t workspace_id,
                       const struct uuid *after, int64_t to_ms, int limit,
                       struct receipt_list *out)
{
    struct uuid low = uuid_floor(1), high = end_of(to_ms);
    struct pg_params p;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_uuid(&p, after ? after : &low);
    pg_uuid(&p, &high);
    pg_i32(&p, limit + 1);
    return read_list(pg, mem, &RECEIPTS_AFTER, &p, limit, out);
}

static void id_rows(struct rows *r, const struct uuid *ids, size_t n)
{
    static const enum pg_type ID[] = {PG_UUID, 0};

    rows_init(r, ID);
    for (size_t i = 0; i < n; i++, r->n++)
        pg_array_uuid(&r->col[0], &ids[i]);
}

enum err read_held(struct pg *pg, struct arena *mem, int64_t workspace_id,
                   const struct held_filter *filter, struct receipt_list *out)
{
    struct pg_params p;
    struct rows ids;
    enum err e;

    id_rows(&ids, filter->ids, filter->n_ids);
    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_i32(&p, filter->limit + 1);
    found_before(&p, filter->after);
    pg_text(&p, filter->state);
    pg_text(&p, filter->reason);
    pg_text(&p, filter->source);
    pg_text(&p, body_pattern(filter->contains, mem));
    pg_time(&p, filter->from_ms);
    pg_time(&p, filter->to_ms);
    if (filter->ids)
        rows_params(&p, &ids);
    else
        pg_text(&p, NULL);
    e = read_list(pg, mem, &RECEIPTS_HELD, &p, filter->limit, out);
    rows_release(&ids);
    return e;
}

enum err purge_held(struct pg *pg, struct arena *mem, int64_t workspace_id,
                    const struct uuid *ids, size_t n, const struct uuid *by,
                    int64_t now_ms, size_t *out_n)
{
    struct pg_params p;
    PGresult *res = NULL;
    struct rows r;
    enum err e;

    id_rows(&r, ids, n);
    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    rows_params(&p, &r);
    pg_time(&p, now_ms);
    pg_uuid(&p, by);
    e = pg_run(pg, &HELD_PURGE, &p, &res);
    if (e == ERR_OK)
        *out_n = (size_t)PQntuples(res);
    PQclear(res);
    rows_release(&r);
    return e;
}
