#include "store/pg_conn.h"

#include <errno.h>
#include <libpq-events.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"

/* What the linker calls the ends of the table. */
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

int64_t pg_until(const struct pg *pg)
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

/* Behind a pooler that shares sessions they would be set for whoever gets the
 * session next, and not for us: there the role has to have them. */
static enum err session_settings(struct pg *pg)
{
    AUTO(buf_release) struct buf sql = BUF_INIT;

    if (!pg->config.prepare)
        return ERR_OK;
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
    const struct store_stmt *const *all;
    size_t n = store_stmts(&all);
    AUTO(buf_release) struct buf names = BUF_INIT;
    struct pg_params p = {.n = 1};
    PGresult *res = NULL;
    int row = 0;
    enum err e;

    (void)buf_putc(&names, '{');
    for (size_t i = 0; i < n && i < PREPARED_MAX; i++)
        if (all[i]->row_type)
            (void)buf_printf(&names, "%s%s", names.len > 1 ? "," : "",
                             all[i]->row_type);
    (void)buf_putc(&names, '}');
    if (names.failed)
        return ERR_NO_MEMORY;
    p.value[0] = names.ptr;
    e = pg_run(pg, &ROW_TYPES, &p, &res);
    for (size_t i = 0; e == ERR_OK && i < n && i < PREPARED_MAX; i++)
        if (all[i]->row_type)
            pg->row_type[i] = (uint32_t)pg_get_i64(res, row++, 0);
    PQclear(res);
    return e;
}

static void ignore_notice(void *arg, const PGresult *res)
{
    (void)arg;
    (void)res;
}

static void note_given(struct pg *pg, PGresult *res)
{
    if (pg->n_given < GIVEN_MAX)
        pg->given[pg->n_given++] = res;
}

static void forget_given(struct pg *pg, const PGresult *res)
{
    for (size_t i = 0; i < pg->n_given; i++)
        if (pg->given[i] == res) {
            pg->given[i] = pg->given[--pg->n_given];
            return;
        }
}

/* libpq tells of each result's beginning and end. */
static int on_event(PGEventId id, void *what, void *arg)
{
    if (id == PGEVT_RESULTCREATE)
        note_given(arg, ((PGEventResultCreate *)what)->result);
    else if (id == PGEVT_RESULTDESTROY)
        forget_given(arg, ((PGEventResultDestroy *)what)->result);
    return 1;
}

void pg_clear_given(struct pg *pg)
{
    while (pg->n_given)
        PQclear(pg->given[pg->n_given - 1]);
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
    if (!PQregisterEventProc(pg->conn, on_event, "leadd", pg) ||
        session_settings(pg) != ERR_OK ||
        (pg->config.writer && find_row_types(pg) != ERR_OK)) {
        pg_drop(pg);
        return ERR_DATABASE;
    }
    return ERR_OK;
}

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

enum err pg_result_err(struct pg *pg, const PGresult *res)
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

bool pg_flush_out(struct pg *pg, int64_t end)
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

/* libpq without memory for the result of a sync point (pqParseInput3, 'Z')
   has read the message, notes an error and stays busy: nothing will follow,
   and waiting for it would last until the deadline. */
static bool is_busy(const struct pg *pg, bool *out_gave_up)
{
    size_t said = strlen(PQerrorMessage(pg->conn));
    bool busy = PQisBusy(pg->conn);

    *out_gave_up = busy && strlen(PQerrorMessage(pg->conn)) > said;
    return busy;
}

bool pg_next_result(struct pg *pg, PGresult **out, int64_t end)
{
    bool gave_up;

    if (!pg_flush_out(pg, end))
        return false;
    while (is_busy(pg, &gave_up)) {
        if (gave_up || !wait_socket(pg, POLLIN, end) ||
            !PQconsumeInput(pg->conn))
            return false;
    }
    *out = PQgetResult(pg->conn);
    return true;
}

enum err pg_link_lost(struct pg *pg)
{
    if (pg->conn && PQstatus(pg->conn) == CONNECTION_BAD)
        set_why(pg, PQerrorMessage(pg->conn));
    pg->sqlstate[0] = '\0';
    pg_drop(pg);
    return ERR_AGAIN;
}

enum err pg_simple(struct pg *pg, const char *sql)
{
    int64_t end = pg_until(pg);
    enum err e = ERR_OK;

    if (PQpipelineStatus(pg->conn) != PQ_PIPELINE_OFF &&
        !PQexitPipelineMode(pg->conn))
        return pg_link_lost(pg);
    if (!PQsendQuery(pg->conn, sql))
        return pg_link_lost(pg);
    for (;;) {
        PGresult *res = NULL;
        enum err one;

        if (!pg_next_result(pg, &res, end))
            return pg_link_lost(pg);
        if (!res)
            return e;
        one = pg_result_err(pg, res);
        if (e == ERR_OK)
            e = one;
        PQclear(res);
    }
}
