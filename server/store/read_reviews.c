#include "store/read_reviews.h"

#include "store/found.h"

#include <string.h>

#define REVIEW_COLUMNS                                                         \
    "r.review_id, r.kind, r.lead_id, r.other_lead_id, r.receipt_id, r.detail," \
    " r.state, r.created_at, r.decided_at, r.decided_by, r.merge_id"

STORE_STMT(REVIEWS_PAGE, .name = "reviews_page", .nparams = 4,
           .sql = "SELECT * FROM (SELECT " REVIEW_COLUMNS " FROM review r"
                  " WHERE r.workspace_id = $1 AND r.review_id < $3::uuid"
                  " AND CASE WHEN $4::text IS NULL OR r.state = $4"
                  " THEN true ELSE false END"
                  " ORDER BY r.review_id DESC LIMIT 501) r LIMIT $2::integer");

STORE_STMT(REVIEW_ONE, .name = "review_one", .nparams = 2,
           .sql = "SELECT " REVIEW_COLUMNS
                  " FROM review r WHERE r.workspace_id = $1"
                  " AND r.review_id = $2");

/* Decided by the same key in the same moment, it is an earlier try of this
   request, whose answer was lost. */
STORE_STMT(REVIEW_DISMISS, .name = "review_dismiss", .nparams = 5,
           .sql = "UPDATE review r SET state = 'dismissed', decided_at = $3,"
                  " decided_by = $4, detail = r.detail || CASE"
                  " WHEN $5::text IS NULL THEN '{}'::jsonb"
                  " ELSE jsonb_build_object('decision_reason', $5) END"
                  " WHERE r.workspace_id = $1 AND r.review_id = $2"
                  " AND (r.state = 'open' OR (r.state = 'dismissed'"
                  " AND r.decided_at = $3 AND r.decided_by = $4))"
                  " RETURNING " REVIEW_COLUMNS);

static void review_from_row(const PGresult *res, int row, struct arena *mem,
                            struct review *r)
{
    r->review_id = pg_get_uuid(res, row, pg_col(res, "review_id"));
    r->lead_id = pg_get_uuid(res, row, pg_col(res, "lead_id"));
    r->other_lead_id = pg_get_uuid(res, row, pg_col(res, "other_lead_id"));
    r->receipt_id = pg_get_uuid(res, row, pg_col(res, "receipt_id"));
    r->decided_by = pg_get_uuid(res, row, pg_col(res, "decided_by"));
    r->merge_id = pg_get_uuid(res, row, pg_col(res, "merge_id"));
    r->kind = pg_get_text(res, row, pg_col(res, "kind"), mem);
    r->state = pg_get_text(res, row, pg_col(res, "state"), mem);
    r->detail_json = pg_get_text(res, row, pg_col(res, "detail"), mem);
    r->created_ms = pg_get_time(res, row, pg_col(res, "created_at"));
    r->decided_ms = pg_get_time(res, row, pg_col(res, "decided_at"));
}

enum err read_reviews(struct pg *pg, struct arena *mem, int64_t workspace_id,
                      const char *state, const struct uuid *after, int limit,
                      struct review_page *out)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_i32(&p, limit + 1);
    found_before(&p, after);
    pg_text(&p, state);
    e = found_page(pg, &REVIEWS_PAGE, &p, limit, &res, &out->n, &out->more);
    out->reviews = arena_array(mem, out->n + 1, sizeof(*out->reviews));
    for (size_t i = 0; i < out->n; i++)
        review_from_row(res, (int)i, mem, &out->reviews[i]);
    PQclear(res);
    return e;
}

enum err read_review(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     const struct uuid *review_id, struct review *out)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_uuid(&p, review_id);
    e = found_one(pg, &REVIEW_ONE, &p, &res);
    if (e == ERR_OK)
        review_from_row(res, 0, mem, out);
    PQclear(res);
    return e;
}

enum err review_dismiss(struct pg *pg, struct arena *mem, int64_t workspace_id,
                        const struct uuid *review_id, const char *reason,
                        const struct uuid *by, int64_t now_ms,
                        struct review *out)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_uuid(&p, review_id);
    pg_time(&p, now_ms);
    pg_uuid(&p, by);
    pg_text(&p, reason);
    e = pg_run(pg, &REVIEW_DISMISS, &p, &res);
    if (e == ERR_OK && !PQntuples(res))
        e = found_why_not(pg, mem, &REVIEW_ONE, workspace_id, review_id);
    else if (e == ERR_OK)
        review_from_row(res, 0, mem, out);
    PQclear(res);
    return e;
}
