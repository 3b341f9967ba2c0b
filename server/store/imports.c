#include "store/imports.h"

#include <stdlib.h>
#include <string.h>

/* Taken up again it runs again; what it is does not change. */
STORE_STMT(IMPORT_OPEN, .name = "import_open", .nparams = 9,
           .sql = "INSERT INTO import AS i (workspace_id, import_id,"
                  " source_id, source, format, terms, held, key_id, state,"
                  " created_at)"
                  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'running', $9)"
                  " ON CONFLICT (workspace_id, import_id) DO UPDATE"
                  " SET state = 'running', reason = NULL, ended_at = NULL"
                  " WHERE i.source = $4 AND i.format = $5 AND i.terms = $6"
                  " RETURNING (xmax = 0) AS is_new");

STORE_STMT(IMPORT_CHUNKS, .name = "import_chunks", .nparams = 2,
           .sql = "SELECT first_row, content FROM import_chunk"
                  " WHERE workspace_id = $1 AND import_id = $2"
                  " ORDER BY first_row LIMIT 1000000");

STORE_STMT(IMPORT_ROWS_KNOWN, .name = "import_rows_known", .nparams = 2,
           .sql = "SELECT r.row_id FROM unnest($2::uuid[]) AS k(id)"
                  " CROSS JOIN LATERAL (SELECT o.row_id FROM import_row o"
                  " WHERE o.workspace_id = $1 AND o.row_id = k.id LIMIT 1) r"
                  " ORDER BY r.row_id");

STORE_STMT(IMPORT_END, .name = "import_end", .nparams = 5,
           .sql = "UPDATE import SET state = $3, reason = $4, ended_at = $5"
                  " WHERE workspace_id = $1 AND import_id = $2");

enum err import_open(struct pg *pg, struct arena *mem,
                     const struct import_start *s, bool *out_new)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, s->workspace_id);
    pg_uuid(&p, &s->import_id);
    pg_uuid(&p, &s->source_id);
    pg_text(&p, s->source);
    pg_text(&p, s->format);
    pg_text(&p, s->terms_json);
    pg_text(&p, s->held);
    pg_uuid(&p, &s->key_id);
    pg_time(&p, s->now_ms);
    e = pg_run(pg, &IMPORT_OPEN, &p, &res);
    if (e == ERR_OK && !PQntuples(res))
        e = ERR_CONFLICT; /* that id is another list's */
    if (e == ERR_OK)
        *out_new = pg_get_bool(res, 0, pg_col(res, "is_new"));
    PQclear(res);
    return e;
}

enum err import_chunks(struct pg *pg, struct arena *mem, int64_t workspace_id,
                       const struct uuid *import_id, struct import_done **out,
                       size_t *out_n)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_uuid(&p, import_id);
    e = pg_run(pg, &IMPORT_CHUNKS, &p, &res);
    if (e == ERR_OK) {
        int n = PQntuples(res);
        int row_col = pg_col(res, "first_row"), id = pg_col(res, "content");

        *out = arena_array(mem, (size_t)n + 1, sizeof(**out));
        *out_n = (size_t)n;
        for (int i = 0; i < n; i++) {
            (*out)[i].first_row = pg_get_i64(res, i, row_col);
            (*out)[i].content = pg_get_uuid(res, i, id);
        }
    }
    PQclear(res);
    return e;
}

static int find_uuid(const PGresult *res, int col, const struct uuid *id)
{
    int low = 0, high = PQntuples(res);

    while (low < high) {
        int mid = (low + high) / 2;
        struct uuid at = pg_get_uuid(res, mid, col);
        int order = uuid_cmp(id, &at);

        if (order == 0)
            return mid;
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return -1;
}

enum err import_rows_known(struct pg *pg, struct arena *mem,
                           int64_t workspace_id, const struct uuid *ids,
                           size_t n, bool *known)
{
    struct pg_params p;
    struct pg_array list;
    PGresult *res = NULL;
    enum err e;

    pg_array_init(&list, PG_UUID);
    for (size_t i = 0; i < n; i++)
        pg_array_uuid(&list, &ids[i]);
    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_array_param(&p, &list);
    e = pg_run(pg, &IMPORT_ROWS_KNOWN, &p, &res);
    for (size_t i = 0; e == ERR_OK && i < n; i++)
        known[i] = find_uuid(res, pg_col(res, "row_id"), &ids[i]) >= 0;
    PQclear(res);
    pg_array_release(&list);
    return e;
}

enum err import_end(struct pg *pg, struct arena *mem, int64_t workspace_id,
                    const struct uuid *import_id, const char *state,
                    const char *reason, int64_t now_ms)
{
    struct pg_params p;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_uuid(&p, import_id);
    pg_text(&p, state);
    pg_text(&p, reason);
    pg_time(&p, now_ms);
    return pg_run(pg, &IMPORT_END, &p, NULL);
}
