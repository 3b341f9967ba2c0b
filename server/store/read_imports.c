#include "store/read_imports.h"

#include "store/found.h"

#include <string.h>

#define IMPORT_SELECT                                                          \
    "i.import_id, i.source_id, i.source, i.format, i.terms, i.held, i.state,"  \
    " i.reason, i.created_at, i.ended_at, c.last_at, c.n_rows, c.n_bytes,"     \
    " c.n_new, c.n_known, c.n_repeated, c.n_held, c.n_bad, e.n_faults"

#define IMPORT_SUMS                                                            \
    " CROSS JOIN LATERAL (SELECT max(written_at) AS last_at,"                  \
    " coalesce(sum(n_rows), 0)::bigint AS n_rows,"                             \
    " coalesce(sum(n_bytes), 0)::bigint AS n_bytes,"                           \
    " coalesce(sum(n_new), 0)::bigint AS n_new,"                               \
    " coalesce(sum(n_known), 0)::bigint AS n_known,"                           \
    " coalesce(sum(n_repeated), 0)::bigint AS n_repeated,"                     \
    " coalesce(sum(n_held), 0)::bigint AS n_held,"                             \
    " coalesce(sum(n_bad), 0)::bigint AS n_bad"                                \
    " FROM import_chunk WHERE workspace_id = $1"                               \
    " AND import_id = i.import_id) c"                                          \
    " CROSS JOIN LATERAL (SELECT count(*) AS n_faults FROM import_error"       \
    " WHERE workspace_id = $1 AND import_id = i.import_id) e"

STORE_STMT(IMPORT_ONE, .name = "import_one", .nparams = 2,
           .sql = "SELECT " IMPORT_SELECT " FROM import i" IMPORT_SUMS
                  " WHERE i.workspace_id = $1 AND i.import_id = $2");

STORE_STMT(IMPORTS_PAGE, .name = "imports_page", .nparams = 3,
           .sql = "SELECT " IMPORT_SELECT " FROM (SELECT * FROM import"
                  " WHERE workspace_id = $1 AND import_id < $2"
                  " ORDER BY import_id DESC LIMIT $3::integer) i" IMPORT_SUMS
                  " ORDER BY i.import_id DESC");

STORE_STMT(IMPORT_ERRORS_PAGE, .name = "import_errors_page", .nparams = 4,
           .sql = "SELECT row_no, line, cell, field, code, detail, stored,"
                  " content AS raw FROM import_error WHERE workspace_id = $1"
                  " AND import_id = $2 AND row_no > $3"
                  " ORDER BY row_no LIMIT $4::integer");

static void from_row(const PGresult *res, int row, struct arena *mem,
                     struct import_row *out)
{
    const struct {
        const char *name;
        int64_t *to;
    } NUMBERS[] = {
        {"n_rows", &out->rows},           {"n_bytes", &out->bytes},
        {"n_new", &out->n_new},           {"n_known", &out->n_known},
        {"n_repeated", &out->n_repeated}, {"n_held", &out->n_held},
        {"n_bad", &out->n_bad},           {"n_faults", &out->n_faults}};

    out->import_id = pg_get_uuid(res, row, pg_col(res, "import_id"));
    out->source_id = pg_get_uuid(res, row, pg_col(res, "source_id"));
    out->source = pg_get_text(res, row, pg_col(res, "source"), mem);
    out->format = pg_get_text(res, row, pg_col(res, "format"), mem);
    out->terms_json = pg_get_text(res, row, pg_col(res, "terms"), mem);
    out->held = pg_get_text(res, row, pg_col(res, "held"), mem);
    out->state = pg_get_text(res, row, pg_col(res, "state"), mem);
    out->reason = pg_get_text(res, row, pg_col(res, "reason"), mem);
    out->created_ms = pg_get_time(res, row, pg_col(res, "created_at"));
    out->ended_ms = pg_get_time(res, row, pg_col(res, "ended_at"));
    out->last_ms = pg_get_time(res, row, pg_col(res, "last_at"));
    for (size_t i = 0; i < ARRAY_LEN(NUMBERS); i++)
        *NUMBERS[i].to = pg_get_i64(res, row, pg_col(res, NUMBERS[i].name));
}

enum err read_import(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     const struct uuid *import_id, struct import_row *out)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_uuid(&p, import_id);
    e = found_one(pg, &IMPORT_ONE, &p, &res);
    if (e == ERR_OK)
        from_row(res, 0, mem, out);
    PQclear(res);
    return e;
}

enum err read_imports(struct pg *pg, struct arena *mem, int64_t workspace_id,
                      const struct uuid *after, int limit,
                      struct import_page *out)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    found_before(&p, after);
    pg_i32(&p, limit + 1);
    e = found_page(pg, &IMPORTS_PAGE, &p, limit, &res, &out->n, &out->more);
    out->imports = arena_array(mem, out->n + 1, sizeof(*out->imports));
    for (size_t i = 0; i < out->n; i++)
        from_row(res, (int)i, mem, &out->imports[i]);
    PQclear(res);
    return e;
}

/* The row as it came, in a JSON string; bytes that are no UTF-8 show as
 * U+FFFD there. */
static const char *content_json(const PGresult *res, int row, struct arena *mem)
{
    AUTO(buf_release) struct buf b = BUF_INIT;
    int col = pg_col(res, "raw");

    if (pg_null(res, row, col))
        return NULL;
    (void)buf_json_str(&b, PQgetvalue(res, row, col),
                       (size_t)PQgetlength(res, row, col));
    return arena_strndup(mem, b.ptr ? b.ptr : "\"\"", b.ptr ? b.len : 2);
}

static void error_from_row(const PGresult *res, int row, struct arena *mem,
                           struct import_error *out)
{
    out->row = pg_get_i64(res, row, pg_col(res, "row_no"));
    out->line = pg_get_i64(res, row, pg_col(res, "line"));
    out->cell = (int32_t)pg_get_i64(res, row, pg_col(res, "cell"));
    out->field = pg_get_text(res, row, pg_col(res, "field"), mem);
    out->code = pg_get_text(res, row, pg_col(res, "code"), mem);
    out->detail = pg_get_text(res, row, pg_col(res, "detail"), mem);
    out->stored = pg_get_bool(res, row, pg_col(res, "stored"));
    out->content_json = content_json(res, row, mem);
}

enum err read_import_errors(struct pg *pg, struct arena *mem,
                            int64_t workspace_id, const struct uuid *import_id,
                            int64_t after, int limit,
                            struct import_error_page *out)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_uuid(&p, import_id);
    pg_i64(&p, after);
    pg_i32(&p, limit + 1);
    e = found_page(pg, &IMPORT_ERRORS_PAGE, &p, limit, &res, &out->n,
                   &out->more);
    out->errors = arena_array(mem, out->n + 1, sizeof(*out->errors));
    for (size_t i = 0; i < out->n; i++)
        error_from_row(res, (int)i, mem, &out->errors[i]);
    PQclear(res);
    return e;
}
