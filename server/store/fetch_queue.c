#include "store/fetch_queue.h"

#include <string.h>

STORE_STMT(FETCH_DUE_IN, .name = "fetch_due_in", .nparams = 1,
           .flags = STMT_GLOBAL,
           .sql = "SELECT w.workspace_id FROM workspace w CROSS JOIN LATERAL"
                  " (SELECT 1 FROM fetch_queue q WHERE q.workspace_id ="
                  " w.workspace_id AND q.state IN ('pending', 'leased')"
                  " AND q.next_at <= $1 LIMIT 1) due");

STORE_STMT(FETCH_HELD_IN, .name = "fetch_held_in", .nparams = 1,
           .flags = STMT_GLOBAL,
           .sql = "SELECT w.workspace_id FROM workspace w CROSS JOIN LATERAL"
                  " (SELECT 1 FROM fetch_queue q WHERE q.workspace_id ="
                  " w.workspace_id AND q.state IN ('pending', 'leased')"
                  " AND q.next_at IS NULL LIMIT 1) held"
                  " WHERE $1::timestamptz IS NOT NULL");

STORE_STMT(FETCH_FORMS_IN, .name = "fetch_forms_in", .nparams = 1,
           .flags = STMT_GLOBAL,
           .sql = "SELECT DISTINCT workspace_id FROM fetch_form"
                  " WHERE next_at <= $1");

STORE_STMT(FETCH_ALL_IN, .name = "fetch_all_in", .nparams = 1,
           .flags = STMT_GLOBAL,
           .sql = "SELECT workspace_id FROM workspace WHERE created_at <= $1");

STORE_STMT(FETCH_LEASE, .name = "fetch_lease", .nparams = 4,
           .sql = "UPDATE fetch_queue f SET state = 'leased',"
                  " attempts = f.attempts + 1, next_at = $3, updated_at = $2"
                  " FROM (SELECT q.fetch_id, p.stopped_at, p.blocked_until"
                  " FROM fetch_queue q LEFT JOIN fetch_page p"
                  " ON p.workspace_id = $1 AND p.source_id = q.source_id"
                  " AND p.page_id = q.page_id WHERE q.workspace_id = $1"
                  " AND q.state IN ('pending', 'leased') AND q.next_at <= $2"
                  " ORDER BY q.next_at LIMIT $4 FOR UPDATE OF q SKIP LOCKED) d"
                  " WHERE f.workspace_id = $1 AND f.fetch_id = d.fetch_id"
                  " RETURNING f.fetch_id, f.source_id, f.platform,"
                  " f.external_id, f.page_id, f.form_id, f.attempts,"
                  " f.created_at, d.stopped_at, d.blocked_until");

/* attempts is the fence: a lease taken over has another number. */
STORE_STMT(FETCH_STILL, .name = "fetch_still", .nparams = 3,
           .sql = "SELECT 1 FROM fetch_queue WHERE workspace_id = $1"
                  " AND fetch_id = $2 AND state = 'leased' AND attempts = $3");

STORE_STMT(FETCH_FINISH, .name = "fetch_finish", .nparams = 9,
           .sql = "UPDATE fetch_queue SET state = $4, next_at = $5,"
                  " last_error = $6, lead_id = $7, attempts = $8,"
                  " updated_at = $9 WHERE workspace_id = $1"
                  " AND fetch_id = $2 AND state = 'leased' AND attempts = $3");

STORE_STMT(FETCH_COUNT, .name = "fetch_count", .nparams = 0,
           .flags = STMT_GLOBAL,
           .sql = "SELECT state, count(*) AS n FROM fetch_queue"
                  " WHERE state <> 'done' GROUP BY state UNION ALL"
                  " SELECT 'stopped', count(*) FROM fetch_page"
                  " WHERE stopped_at IS NOT NULL");

STORE_STMT(FETCH_PRUNE, .name = "fetch_prune", .nparams = 2,
           .sql = "DELETE FROM fetch_queue WHERE workspace_id = $1"
                  " AND fetch_id < $2 AND state = 'done'");

enum err fetch_workspaces(struct pg *pg, struct arena *mem,
                          enum fetch_duty duty, int64_t now_ms, int64_t **out,
                          size_t *out_n)
{
    static const struct store_stmt *const STMTS[] = {
        [FETCH_DUE] = &FETCH_DUE_IN,
        [FETCH_HELD] = &FETCH_HELD_IN,
        [FETCH_FORMS] = &FETCH_FORMS_IN,
        [FETCH_ALL] = &FETCH_ALL_IN};
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_time(&p, now_ms);
    e = pg_run(pg, STMTS[duty], &p, &res);
    *out_n = 0;
    if (e == ERR_OK) {
        *out_n = (size_t)PQntuples(res);
        *out = arena_array(mem, *out_n + 1, sizeof(**out));
        for (int i = 0; i < PQntuples(res); i++)
            (*out)[i] = pg_get_i64(res, i, 0);
    }
    PQclear(res);
    return e;
}

static void from_row(const PGresult *res, int row, struct arena *mem,
                     struct fetch *f)
{
    f->fetch_id = pg_get_uuid(res, row, pg_col(res, "fetch_id"));
    f->source_id = pg_get_uuid(res, row, pg_col(res, "source_id"));
    f->platform = pg_get_text(res, row, pg_col(res, "platform"), mem);
    f->external_id = pg_get_text(res, row, pg_col(res, "external_id"), mem);
    f->page_id = pg_get_text(res, row, pg_col(res, "page_id"), mem);
    f->form_id = pg_get_text(res, row, pg_col(res, "form_id"), mem);
    f->attempts = (int)pg_get_i64(res, row, pg_col(res, "attempts"));
    f->created_ms = pg_get_time(res, row, pg_col(res, "created_at"));
    f->is_stopped = !pg_null(res, row, pg_col(res, "stopped_at"));
    f->blocked_ms = pg_get_time(res, row, pg_col(res, "blocked_until"));
}

enum err fetch_lease(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     int64_t now_ms, int64_t until_ms, int max,
                     struct fetch_list *out)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_time(&p, now_ms);
    pg_time(&p, until_ms);
    pg_i64(&p, max);
    e = pg_run(pg, &FETCH_LEASE, &p, &res);
    out->n = 0;
    if (e == ERR_OK) {
        out->rows =
            arena_array(mem, (size_t)PQntuples(res) + 1, sizeof(*out->rows));
        for (int row = 0; row < PQntuples(res); row++) {
            out->rows[out->n].workspace_id = workspace_id;
            from_row(res, row, mem, &out->rows[out->n++]);
        }
    }
    PQclear(res);
    return e;
}

static void lease_params(struct pg_params *p, struct arena *mem,
                         const struct fetch *f)
{
    pg_params_init(p, mem);
    pg_i64(p, f->workspace_id);
    pg_uuid(p, &f->fetch_id);
    pg_i32(p, f->attempts);
}

enum err fetch_still_ours(struct pg *pg, struct arena *mem,
                          const struct fetch *f, bool *out)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    lease_params(&p, mem, f);
    e = pg_run(pg, &FETCH_STILL, &p, &res);
    *out = e == ERR_OK && PQntuples(res) == 1;
    PQclear(res);
    return e;
}

enum err fetch_finish(struct pg *pg, struct arena *mem, const struct fetch *f,
                      const struct fetch_end *end, int64_t now_ms)
{
    struct pg_params p;

    lease_params(&p, mem, f);
    pg_text(&p, end->state);
    pg_time(&p, end->next_ms);
    pg_text(&p, end->error);
    pg_uuid(&p, &end->lead_id);
    pg_i32(&p, f->attempts - end->not_tried);
    pg_time(&p, now_ms);
    return pg_run(pg, &FETCH_FINISH, &p, NULL);
}

enum err fetch_count(struct pg *pg, struct arena *mem, struct fetch_counts *out)
{
    const struct {
        const char *name;
        int64_t *n;
    } rows[] = {{"pending", &out->pending},
                {"leased", &out->leased},
                {"parked", &out->parked},
                {"dead", &out->dead},
                {"stopped", &out->pages_stopped}};
    PGresult *res = NULL;
    enum err e = pg_run(pg, &FETCH_COUNT, NULL, &res);

    *out = (struct fetch_counts){0};
    for (int row = 0; e == ERR_OK && row < PQntuples(res); row++) {
        const char *state = pg_get_text(res, row, pg_col(res, "state"), mem);

        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
            if (strcmp(state, rows[i].name) == 0)
                *rows[i].n = pg_get_i64(res, row, pg_col(res, "n"));
    }
    PQclear(res);
    return e;
}

enum err fetch_prune(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     int64_t before_ms)
{
    struct uuid before = uuid_floor(before_ms);
    struct pg_params p;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_uuid(&p, &before);
    return pg_run(pg, &FETCH_PRUNE, &p, NULL);
}
