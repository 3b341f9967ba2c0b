#include "store/pg.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"

#define PREPARED_MAX 512
#define NO_PREPARE   (-1)

struct pg {
    struct pg_config config;
    PGconn *conn;
    int64_t deadline_ms;
    enum err pipe_err; /* first error of the pipeline in hand */
    bool prepared[PREPARED_MAX];
    uint32_t row_type[PREPARED_MAX]; /* OID of each statement's row type */
    /* what the queued pipeline entries are: the statement of our own
       PREPARE, or NO_PREPARE */
    int16_t pending[PREPARED_MAX];
    size_t pending_head, pending_tail;
    char why[256], sqlstate[6];
};

extern const struct store_stmt *const __start_leadd_stmts[];
extern const struct store_stmt *const __stop_leadd_stmts[];

const struct store_stmt STMT_BEGIN = {
    .name = "begin", .sql = "BEGIN", .flags = STMT_GLOBAL};
const struct store_stmt STMT_COMMIT = {
    .name = "commit", .sql = "COMMIT", .flags = STMT_GLOBAL};
const struct store_stmt STMT_ROLLBACK = {
    .name = "rollback", .sql = "ROLLBACK", .flags = STMT_GLOBAL};
/* One pointer each, like STORE_STMT: an array is aligned to more than a
   pointer and would leave a hole in the table. */
#define ENTRY __attribute__((section("leadd_stmts"), used))
static const struct store_stmt *const begin_entry ENTRY = &STMT_BEGIN;
static const struct store_stmt *const commit_entry ENTRY = &STMT_COMMIT;
static const struct store_stmt *const rollback_entry ENTRY = &STMT_ROLLBACK;

size_t store_stmts(const struct store_stmt *const **out)
{
    *out = __start_leadd_stmts;
    return (size_t)(__stop_leadd_stmts - __start_leadd_stmts);
}

struct pg *pg_new(const struct pg_config *config)
{
    struct pg *pg = calloc(1, sizeof(*pg));

    if (pg)
        pg->config = *config;
    return pg;
}

void pg_free(struct pg *pg)
{
    if (pg)
        pg_drop(pg);
    free(pg);
}

void pg_drop(struct pg *pg)
{
    if (pg->conn)
        PQfinish(pg->conn);
    pg->conn = NULL;
    pg->pending_head = pg->pending_tail = 0;
    memset(pg->prepared, 0, sizeof(pg->prepared));
}

bool pg_connected(const struct pg *pg)
{
    return pg->conn != NULL;
}

const char *pg_why(const struct pg *pg)
{
    return pg->why;
}

const char *pg_sqlstate(const struct pg *pg)
{
    return pg->sqlstate;
}

void pg_deadline(struct pg *pg, int64_t mono_ms)
{
    pg->deadline_ms = mono_ms;
}

static void set_why(struct pg *pg, const char *text)
{
    size_t n = strcspn(text, "\n");

    n = MIN(n, sizeof(pg->why) - 1);
    memcpy(pg->why, text, n);
    pg->why[n] = '\0';
}

/* @return false when the deadline passed or the socket failed */
static bool wait_socket(struct pg *pg, short events, int64_t until_ms)
{
    struct pollfd fd = {PQsocket(pg->conn), events, 0};

    for (;;) {
        int64_t left = until_ms - clock_mono_ms();
        int n;

        if (left <= 0) {
            set_why(pg, "deadline passed while waiting for the database");
            return false;
        }
        n = poll(&fd, 1, (int)MIN(left, 60000));
        if (n > 0)
            return true;
        if (n < 0 && errno != EINTR)
            return false;
    }
}

static int64_t until(const struct pg *pg)
{
    int64_t own = clock_mono_ms() + pg->config.statement_ms;

    return pg->deadline_ms ? MIN(own, pg->deadline_ms) : own;
}

static bool connect_poll(struct pg *pg)
{
    int64_t end = clock_mono_ms() + pg->config.connect_ms;
    PostgresPollingStatusType st = PGRES_POLLING_WRITING;

    if (pg->deadline_ms)
        end = MIN(end, pg->deadline_ms);
    while (st != PGRES_POLLING_OK) {
        if (st == PGRES_POLLING_FAILED) {
            set_why(pg, PQerrorMessage(pg->conn));
            return false;
        }
        if (!wait_socket(pg, st == PGRES_POLLING_READING ? POLLIN : POLLOUT,
                         end))
            return false;
        st = PQconnectPoll(pg->conn);
    }
    return PQsetnonblocking(pg->conn, 1) == 0;
}

static enum err session_settings(struct pg *pg)
{
    AUTO(buf_release) struct buf sql = BUF_INIT;

    (void)buf_printf(&sql,
                     "SET client_min_messages = warning;"
                     "SET statement_timeout = %d;"
                     "SET lock_timeout = %d;"
                     "SET idle_in_transaction_session_timeout = %d;"
                     "SET plan_cache_mode = force_generic_plan;"
                     "SET jit = off;"
                     "SET enable_seqscan = off;",
                     pg->config.statement_ms, pg->config.statement_ms / 2,
                     pg->config.statement_ms * 2);
    /* a generic plan made while tables were small must not scan them when
       they have grown */
    if (pg->config.writer)
        (void)buf_puts(&sql, "SET enable_mergejoin = off;");
    return sql.failed ? ERR_NO_MEMORY : pg_simple(pg, sql.ptr);
}

STORE_STMT(ROW_TYPES, .name = "row_types", .nparams = 1, .flags = STMT_GLOBAL,
           .sql = "SELECT to_regtype(x)::oid::bigint AS oid"
                  " FROM unnest($1::text[]) WITH ORDINALITY AS u(x, n)"
                  " ORDER BY n");

/* Types made by us have no fixed OID.  A schema from before a type has none:
   the statement fails when it is used, and says so. */
static enum err find_row_types(struct pg *pg)
{
    size_t n = (size_t)(__stop_leadd_stmts - __start_leadd_stmts);
    AUTO(buf_release) struct buf names = BUF_INIT;
    struct pg_params p = {.n = 1};
    PGresult *res = NULL;
    int row = 0;
    enum err e;

    (void)buf_putc(&names, '{');
    for (size_t i = 0; i < n && i < PREPARED_MAX; i++)
        if (__start_leadd_stmts[i]->row_type)
            (void)buf_printf(&names, "%s%s", names.len > 1 ? "," : "",
                             __start_leadd_stmts[i]->row_type);
    (void)buf_putc(&names, '}');
    if (names.failed)
        return ERR_NO_MEMORY;
    p.value[0] = names.ptr;
    e = pg_run(pg, &ROW_TYPES, &p, &res);
    for (size_t i = 0; e == ERR_OK && i < n && i < PREPARED_MAX; i++)
        if (__start_leadd_stmts[i]->row_type)
            pg->row_type[i] = (uint32_t)pg_get_i64(res, row++, 0);
    PQclear(res);
    return e;
}

static void ignore_notice(void *arg, const PGresult *res)
{
    (void)arg;
    (void)res;
}

enum err pg_ready(struct pg *pg)
{
    if (pg->conn)
        return ERR_OK;
    pg->sqlstate[0] = '\0';
    pg->conn = PQconnectStart(pg->config.conninfo);
    if (!pg->conn)
        return ERR_NO_MEMORY;
    if (PQstatus(pg->conn) == CONNECTION_BAD || !connect_poll(pg)) {
        if (PQstatus(pg->conn) == CONNECTION_BAD)
            set_why(pg, PQerrorMessage(pg->conn));
        pg_drop(pg);
        return ERR_DATABASE;
    }
    PQsetNoticeReceiver(pg->conn, ignore_notice, NULL);
    if (session_settings(pg) != ERR_OK ||
        (pg->config.writer && find_row_types(pg) != ERR_OK)) {
        pg_drop(pg);
        return ERR_DATABASE;
    }
    return ERR_OK;
}

/* The server has a statement whose answer did not reach us, for want of
   memory, say: a new connection knows none. */
#define PREPARED_BEFORE "42P05"

/* The three kinds of database outcome (style.md section 7). */
static enum err classify(const char *state)
{
    if (strncmp(state, "08", 2) == 0 || strncmp(state, "40", 2) == 0 ||
        strncmp(state, "57", 2) == 0 || str_eq(state, "55P03") ||
        str_eq(state, "53300") || str_eq(state, PREPARED_BEFORE))
        return ERR_AGAIN;
    if (strncmp(state, "53", 2) == 0 || str_eq(state, "25006") ||
        strncmp(state, "58", 2) == 0 || strncmp(state, "XX", 2) == 0)
        return ERR_DATABASE;
    if (strncmp(state, "22", 2) == 0 || strncmp(state, "23", 2) == 0)
        return ERR_DATA;
    return ERR_INTERNAL;
}

static enum err result_err(struct pg *pg, const PGresult *res)
{
    const char *state;

    switch (PQresultStatus(res)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY:
    case PGRES_PIPELINE_SYNC:
        return ERR_OK;
    case PGRES_PIPELINE_ABORTED:
        return ERR_AGAIN;
    default:
        break;
    }
    state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
    if (!state) {
        set_why(pg, PQresultErrorMessage(res));
        pg->sqlstate[0] = '\0';
        return ERR_AGAIN;
    }
    memcpy(pg->sqlstate, state, 5);
    pg->sqlstate[5] = '\0';
    /* the primary message names tables and columns, never values; the detail,
       which does, is left out */
    set_why(pg, PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY));
    return classify(pg->sqlstate);
}

static bool flush_out(struct pg *pg, int64_t end)
{
    for (;;) {
        int rc = PQflush(pg->conn);

        if (rc <= 0)
            return rc == 0;
        if (!wait_socket(pg, POLLIN | POLLOUT, end) ||
            !PQconsumeInput(pg->conn))
            return false;
    }
}

/* Next PGresult (NULL ends a query). @return false when the link is lost */
static bool next_result(struct pg *pg, PGresult **out, int64_t end)
{
    if (!flush_out(pg, end))
        return false;
    while (PQisBusy(pg->conn)) {
        if (!wait_socket(pg, POLLIN, end) || !PQconsumeInput(pg->conn))
            return false;
    }
    *out = PQgetResult(pg->conn);
    return true;
}

static enum err link_lost(struct pg *pg)
{
    if (pg->conn && PQstatus(pg->conn) == CONNECTION_BAD)
        set_why(pg, PQerrorMessage(pg->conn));
    pg->sqlstate[0] = '\0';
    pg_drop(pg);
    return ERR_AGAIN;
}

enum err pg_simple(struct pg *pg, const char *sql)
{
    int64_t end = until(pg);
    enum err e = ERR_OK;

    if (PQpipelineStatus(pg->conn) != PQ_PIPELINE_OFF &&
        !PQexitPipelineMode(pg->conn))
        return link_lost(pg);
    if (!PQsendQuery(pg->conn, sql))
        return link_lost(pg);
    for (;;) {
        PGresult *res = NULL;
        enum err one;

        if (!next_result(pg, &res, end))
            return link_lost(pg);
        if (!res)
            return e;
        one = result_err(pg, res);
        if (e == ERR_OK)
            e = one;
        PQclear(res);
    }
}

/* Index of a statement in the table, -1 when it is not in it. */
static int stmt_index(const struct store_stmt *stmt)
{
    size_t n = (size_t)(__stop_leadd_stmts - __start_leadd_stmts);

    for (size_t i = 0; i < n && i < PREPARED_MAX; i++)
        if (__start_leadd_stmts[i] == stmt)
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

/* Queue a statement; prepares it first if this connection has not yet.
 *out_extra: one more result comes before the statement's own. */
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
        return link_lost(pg);
    return ERR_OK;
}

enum err pg_pipe_send(struct pg *pg, const struct store_stmt *stmt,
                      const struct pg_params *p)
{
    if (!pg->conn || !send_stmt(pg, stmt, p, true))
        return link_lost(pg);
    return ERR_OK;
}

enum err pg_pipe_sync(struct pg *pg)
{
    if (!pg->conn || !PQpipelineSync(pg->conn) || !flush_out(pg, until(pg)))
        return link_lost(pg);
    return ERR_OK;
}

/* One statement's result and the NULL behind it. */
static enum err pipe_one(struct pg *pg, PGresult **out_res)
{
    int64_t end = until(pg);
    PGresult *res = NULL, *null = NULL;
    enum err e;

    if (!next_result(pg, &res, end) || !res)
        return ERR_UNKNOWN_OUTCOME;
    e = result_err(pg, res);
    if (PQresultStatus(res) != PGRES_PIPELINE_SYNC &&
        !next_result(pg, &null, end)) {
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
            link_lost(pg);
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
        link_lost(pg);
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
