/* Statements: prepared on first use, one by one or in a pipeline. */
#include "store/pg_conn.h"

#include <string.h>

#include "base/clock.h"
#include "base/str.h"

/* Index of a statement in the table, -1 when it is not in it. */
static int stmt_index(const struct store_stmt *stmt)
{
    const struct store_stmt *const *all;
    size_t n = store_stmts(&all);

    for (size_t i = 0; i < n && i < PREPARED_MAX; i++)
        if (all[i] == stmt)
            return (int)i;
    return -1;
}

uint32_t pg_row_type(const struct pg *pg, const struct store_stmt *stmt)
{
    int i = stmt_index(stmt);

    return i < 0 ? 0 : pg->row_type[i];
}

static void pending_push(struct pg *pg, int prepare)
{
    pg->pending[pg->pending_tail++ % PREPARED_MAX] = (int16_t)prepare;
}

/* Queue a statement; prepares it first if this connection has not yet. */
static bool send_stmt(struct pg *pg, const struct store_stmt *stmt,
                      const struct pg_params *p, bool pipeline)
{
    int i = pg->config.prepare && pipeline ? stmt_index(stmt) : -1;
    int n = p ? p->n : 0;
    const char *const *value = p ? p->value : NULL;
    const int *len = p ? p->len : NULL;
    const int *format = p ? p->format : NULL;

    if (i < 0) {
        pending_push(pg, NO_PREPARE);
        return PQsendQueryParams(pg->conn, stmt->sql, n, NULL, value, len,
                                 format, 1) == 1;
    }
    if (!pg->prepared[i]) {
        if (!PQsendPrepare(pg->conn, stmt->name, stmt->sql, 0, NULL))
            return false;
        pending_push(pg, i);
        pg->prepared[i] = true;
    }
    pending_push(pg, NO_PREPARE);
    return PQsendQueryPrepared(pg->conn, stmt->name, n, value, len, format,
                               1) == 1;
}

void pg_forget_plans(struct pg *pg)
{
    if (!pg->conn || !pg->config.prepare)
        return;
    if (pg_simple(pg, "DEALLOCATE ALL") != ERR_OK)
        pg_drop(pg);
    memset(pg->prepared, 0, sizeof(pg->prepared));
}

enum err pg_pipe_begin(struct pg *pg)
{
    pg->pipe_err = ERR_OK;
    pg->pending_head = pg->pending_tail = 0;
    if (PQpipelineStatus(pg->conn) == PQ_PIPELINE_OFF &&
        !PQenterPipelineMode(pg->conn))
        return pg_link_lost(pg);
    return ERR_OK;
}

enum err pg_pipe_send(struct pg *pg, const struct store_stmt *stmt,
                      const struct pg_params *p)
{
    if (!pg->conn || !send_stmt(pg, stmt, p, true))
        return pg_link_lost(pg);
    return ERR_OK;
}

enum err pg_pipe_sync(struct pg *pg)
{
    if (!pg->conn || !PQpipelineSync(pg->conn) ||
        !pg_flush_out(pg, pg_until(pg)))
        return pg_link_lost(pg);
    return ERR_OK;
}

/* One statement's result and the NULL behind it. */
static enum err pipe_one(struct pg *pg, PGresult **out_res)
{
    int64_t end = pg_until(pg);
    PGresult *res = NULL, *null = NULL;
    enum err e;

    if (!pg_next_result(pg, &res, end) || !res)
        return ERR_UNKNOWN_OUTCOME;
    e = pg_result_err(pg, res);
    if (PQresultStatus(res) != PGRES_PIPELINE_SYNC &&
        !pg_next_result(pg, &null, end)) {
        PQclear(res);
        return ERR_UNKNOWN_OUTCOME;
    }
    if (e != ERR_OK && pg->pipe_err == ERR_OK)
        pg->pipe_err = e;
    if (e == ERR_OK && out_res)
        *out_res = res;
    else
        PQclear(res);
    return e;
}

enum err pg_pipe_next(struct pg *pg, PGresult **out_res)
{
    enum err e;

    if (!pg->conn)
        return ERR_UNKNOWN_OUTCOME;
    do {
        int prepare = pg->pending[pg->pending_head++ % PREPARED_MAX];

        e = pipe_one(pg, prepare == NO_PREPARE ? out_res : NULL);
        if (e == ERR_UNKNOWN_OUTCOME) {
            pg_link_lost(pg);
            return e;
        }
        if (prepare == NO_PREPARE)
            return e;
        if (e != ERR_OK) /* refused, or skipped after an earlier error */
            pg->prepared[prepare] = false;
    } while (pg->pending_head < pg->pending_tail);
    return e;
}

enum err pg_pipe_end(struct pg *pg)
{
    enum err e = ERR_OK;

    while (pg->conn && pg->pending_head < pg->pending_tail) {
        e = pg_pipe_next(pg, NULL);
        if (e == ERR_UNKNOWN_OUTCOME)
            return e;
    }
    if (!pg->conn)
        return ERR_UNKNOWN_OUTCOME;
    e = pipe_one(pg, NULL); /* the sync point */
    if (e == ERR_UNKNOWN_OUTCOME) {
        pg_link_lost(pg);
        return e;
    }
    e = pg->pipe_err;
    pg->pipe_err = ERR_OK;
    if (e == ERR_AGAIN && (strncmp(pg->sqlstate, "57P", 3) == 0 ||
                           str_eq(pg->sqlstate, PREPARED_BEFORE)))
        pg_drop(pg);
    return e;
}

void pg_pipe_leave(struct pg *pg)
{
    if (pg->conn && !PQexitPipelineMode(pg->conn))
        pg_drop(pg);
}

enum err pg_run(struct pg *pg, const struct store_stmt *stmt,
                const struct pg_params *p, PGresult **out_res)
{
    PGresult *res = NULL;
    enum err e = pg_ready(pg), end;

    if (out_res)
        *out_res = NULL; /* never what an earlier call gave */
    if (e == ERR_OK)
        e = pg_pipe_begin(pg);
    if (e == ERR_OK)
        e = pg_pipe_send(pg, stmt, p);
    if (e == ERR_OK)
        e = pg_pipe_sync(pg);
    if (e != ERR_OK)
        return e;
    e = pg_pipe_next(pg, &res);
    end = e == ERR_UNKNOWN_OUTCOME ? e : pg_pipe_end(pg);
    if (end != ERR_OK) {
        PQclear(res);
        return end;
    }
    if (out_res)
        *out_res = res;
    else
        PQclear(res);
    return e;
}
