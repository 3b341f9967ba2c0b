/* Health of page tokens, and the forms that are read in bulk. */
#include "store/fetch_queue.h"

#include <string.h>

STORE_STMT(FETCH_PAGE_STOP, .name = "fetch_page_stop", .nparams = 6,
           .sql = "INSERT INTO fetch_page AS p (workspace_id, source_id,"
                  " page_id, stopped_at, stopped_token, reason, updated_at)"
                  " VALUES ($1, $2, $3, $6, $5, $4, $6)"
                  " ON CONFLICT (workspace_id, source_id, page_id) DO UPDATE"
                  " SET stopped_at = coalesce(p.stopped_at,"
                  " excluded.stopped_at), stopped_token ="
                  " excluded.stopped_token, reason = excluded.reason,"
                  " updated_at = excluded.updated_at");

STORE_STMT(FETCH_PAGE_HOLD, .name = "fetch_page_hold", .nparams = 3,
           .sql = "UPDATE fetch_queue SET next_at = NULL"
                  " WHERE workspace_id = $1 AND source_id = $2"
                  " AND page_id = $3 AND state = 'pending'"
                  " AND next_at IS NOT NULL");

STORE_STMT(FETCH_PAGE_BLOCK, .name = "fetch_page_block", .nparams = 6,
           .sql = "INSERT INTO fetch_page AS p (workspace_id, source_id,"
                  " page_id, blocked_until, reason, updated_at)"
                  " VALUES ($1, $2, $3, $5, $4, $6)"
                  " ON CONFLICT (workspace_id, source_id, page_id) DO UPDATE"
                  " SET blocked_until = greatest(p.blocked_until,"
                  " excluded.blocked_until), reason = CASE WHEN p.stopped_at"
                  " IS NULL THEN excluded.reason ELSE p.reason END,"
                  " updated_at = excluded.updated_at");

STORE_STMT(FETCH_PAGE_WORKS, .name = "fetch_page_works", .nparams = 4,
           .sql = "INSERT INTO fetch_page AS p (workspace_id, source_id,"
                  " page_id, read_at, updated_at) VALUES ($1, $2, $3, $4, $4)"
                  " ON CONFLICT (workspace_id, source_id, page_id) DO UPDATE"
                  " SET read_at = excluded.read_at, reason = CASE WHEN"
                  " p.stopped_at IS NULL THEN NULL ELSE p.reason END,"
                  " blocked_until = NULL, updated_at = excluded.updated_at"
                  " WHERE p.read_at IS NULL OR p.blocked_until IS NOT NULL"
                  " OR p.read_at < excluded.read_at - interval '1 minute'");

STORE_STMT(FETCH_PAGES_STOPPED, .name = "fetch_pages_stopped", .nparams = 0,
           .flags = STMT_GLOBAL,
           .sql = "SELECT workspace_id, source_id, page_id, stopped_token"
                  " FROM fetch_page WHERE stopped_at IS NOT NULL");

STORE_STMT(FETCH_PAGE_RESUME, .name = "fetch_page_resume", .nparams = 5,
           .sql = "UPDATE fetch_page SET stopped_at = NULL, reason = NULL,"
                  " stopped_token = NULL, updated_at = $5"
                  " WHERE workspace_id = $1 AND source_id = $2"
                  " AND page_id = $3 AND stopped_token = $4");

STORE_STMT(FETCH_RELEASE, .name = "fetch_release", .nparams = 2,
           .sql = "UPDATE fetch_queue q SET next_at = $2"
                  " WHERE q.workspace_id = $1 AND q.state = 'pending'"
                  " AND q.next_at IS NULL AND NOT EXISTS (SELECT 1 FROM"
                  " fetch_page p WHERE p.workspace_id = $1 AND p.source_id ="
                  " q.source_id AND p.page_id = q.page_id"
                  " AND p.stopped_at IS NOT NULL)");

STORE_STMT(FETCH_FORM_SEEN, .name = "fetch_form_seen", .nparams = 5,
           .sql = "INSERT INTO fetch_form (workspace_id, source_id, form_id,"
                  " page_id, next_at) VALUES ($1, $2, $3, $4, $5)"
                  " ON CONFLICT (workspace_id, source_id, form_id)"
                  " DO NOTHING");

STORE_STMT(FETCH_FORM_LEASE, .name = "fetch_form_lease", .nparams = 3,
           .sql = "UPDATE fetch_form f SET next_at = $3 FROM (SELECT"
                  " source_id, form_id FROM fetch_form WHERE workspace_id = $1"
                  " AND next_at <= $2 ORDER BY next_at LIMIT 1"
                  " FOR UPDATE SKIP LOCKED) d WHERE f.workspace_id = $1"
                  " AND f.source_id = d.source_id AND f.form_id = d.form_id"
                  " RETURNING f.source_id, f.form_id, f.page_id, (SELECT s.kind"
                  " FROM source s WHERE s.workspace_id = $1 AND s.source_id ="
                  " f.source_id) AS platform");

STORE_STMT(FETCH_FORM_SWEPT, .name = "fetch_form_swept", .nparams = 5,
           .sql = "UPDATE fetch_form SET swept_at = CASE WHEN $4::text IS NULL"
                  " THEN $5 ELSE swept_at END, last_error = $4"
                  " WHERE workspace_id = $1 AND source_id = $2"
                  " AND form_id = $3");

static void page_params(struct pg_params *p, struct arena *mem,
                        const struct fetch_page *page)
{
    pg_params_init(p, mem);
    pg_i64(p, page->workspace_id);
    pg_uuid(p, &page->source_id);
    pg_text(p, page->page_id);
}

enum err fetch_page_stop(struct pg *pg, struct arena *mem,
                         const struct fetch_page *page, const char *reason,
                         int64_t now_ms)
{
    struct pg_params p;
    enum err e;

    page_params(&p, mem, page);
    pg_text(&p, reason);
    pg_bytea(&p, page->token, sizeof(page->token));
    pg_time(&p, now_ms);
    e = pg_run(pg, &FETCH_PAGE_STOP, &p, NULL);
    if (e != ERR_OK)
        return e;
    page_params(&p, mem, page);
    return pg_run(pg, &FETCH_PAGE_HOLD, &p, NULL);
}

enum err fetch_page_block(struct pg *pg, struct arena *mem,
                          const struct fetch_page *page, const char *reason,
                          int64_t until_ms, int64_t now_ms)
{
    struct pg_params p;

    page_params(&p, mem, page);
    pg_text(&p, reason);
    pg_time(&p, until_ms);
    pg_time(&p, now_ms);
    return pg_run(pg, &FETCH_PAGE_BLOCK, &p, NULL);
}

enum err fetch_page_works(struct pg *pg, struct arena *mem,
                          const struct fetch_page *page, int64_t now_ms)
{
    struct pg_params p;

    page_params(&p, mem, page);
    pg_time(&p, now_ms);
    return pg_run(pg, &FETCH_PAGE_WORKS, &p, NULL);
}

static void page_from_row(const PGresult *res, int row, struct arena *mem,
                          struct fetch_page *page)
{
    int token = pg_col(res, "stopped_token");

    page->workspace_id = pg_get_i64(res, row, pg_col(res, "workspace_id"));
    page->source_id = pg_get_uuid(res, row, pg_col(res, "source_id"));
    page->page_id = pg_get_text(res, row, pg_col(res, "page_id"), mem);
    if (PQgetlength(res, row, token) == FETCH_TOKEN_BYTES)
        memcpy(page->token, PQgetvalue(res, row, token), FETCH_TOKEN_BYTES);
}

enum err fetch_pages_stopped(struct pg *pg, struct arena *mem,
                             struct fetch_page **out, size_t *out_n)
{
    PGresult *res = NULL;
    enum err e = pg_run(pg, &FETCH_PAGES_STOPPED, NULL, &res);

    *out_n = 0;
    if (e == ERR_OK) {
        *out = arena_array(mem, (size_t)PQntuples(res) + 1, sizeof(**out));
        for (int row = 0; row < PQntuples(res); row++)
            page_from_row(res, row, mem, &(*out)[(*out_n)++]);
    }
    PQclear(res);
    return e;
}

enum err fetch_page_resume(struct pg *pg, struct arena *mem,
                           const struct fetch_page *page, int64_t now_ms)
{
    struct pg_params p;

    page_params(&p, mem, page);
    pg_bytea(&p, page->token, sizeof(page->token));
    pg_time(&p, now_ms);
    return pg_run(pg, &FETCH_PAGE_RESUME, &p, NULL);
}

enum err fetch_release(struct pg *pg, struct arena *mem, int64_t workspace_id,
                       int64_t now_ms)
{
    struct pg_params p;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_time(&p, now_ms);
    return pg_run(pg, &FETCH_RELEASE, &p, NULL);
}

/* ---- forms ---- */

static void form_params(struct pg_params *p, struct arena *mem,
                        const struct fetch_form *form)
{
    pg_params_init(p, mem);
    pg_i64(p, form->workspace_id);
    pg_uuid(p, &form->source_id);
    pg_text(p, form->form_id);
}

enum err fetch_form_seen(struct pg *pg, struct arena *mem,
                         const struct fetch_form *form, int64_t now_ms)
{
    struct pg_params p;

    form_params(&p, mem, form);
    pg_text(&p, form->page_id);
    pg_time(&p, now_ms);
    return pg_run(pg, &FETCH_FORM_SEEN, &p, NULL);
}

enum err fetch_form_lease(struct pg *pg, struct arena *mem,
                          int64_t workspace_id, int64_t now_ms, int64_t next_ms,
                          struct fetch_form *out)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_time(&p, now_ms);
    pg_time(&p, next_ms);
    e = pg_run(pg, &FETCH_FORM_LEASE, &p, &res);
    if (e == ERR_OK && !PQntuples(res)) {
        e = ERR_NOT_FOUND;
    } else if (e == ERR_OK) {
        out->workspace_id = workspace_id;
        out->source_id = pg_get_uuid(res, 0, pg_col(res, "source_id"));
        out->form_id = pg_get_text(res, 0, pg_col(res, "form_id"), mem);
        out->page_id = pg_get_text(res, 0, pg_col(res, "page_id"), mem);
        out->platform = pg_get_text(res, 0, pg_col(res, "platform"), mem);
    }
    PQclear(res);
    return e;
}

enum err fetch_form_swept(struct pg *pg, struct arena *mem,
                          const struct fetch_form *form, const char *error,
                          int64_t now_ms)
{
    struct pg_params p;

    form_params(&p, mem, form);
    pg_text(&p, error);
    pg_time(&p, now_ms);
    return pg_run(pg, &FETCH_FORM_SWEPT, &p, NULL);
}
