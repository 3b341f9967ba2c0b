/**
 * @file pg.h
 * One PostgreSQL connection under our own deadlines.  libpq has none of its
 * own: a silent server would hold its client for ever, so every wait here is
 * a poll(2) bounded by the deadline of the piece of work in hand.
 *
 * A struct pg belongs to one thread at a time.  Values go as binary
 * parameters; results come back binary and are read by column name.
 */
#ifndef LEADD_PG_H
#define LEADD_PG_H

#include <libpq-fe.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"

/**
 * One named statement.  Query text stands beside the code that binds it;
 * STORE_STMT puts its address into the statement table, which a test walks.
 */
struct store_stmt {
    const char *name;
    const char *sql;
    int nparams;
    unsigned flags; /**< enum stmt_flag */
    /** Composite type whose array takes all rows (see rows.h); or NULL */
    const char *row_type;
};

enum stmt_flag {
    STMT_GLOBAL = 1, /**< allowed to do without workspace_id = $n */
};

#define STORE_STMT(var, ...)                                                   \
    static const struct store_stmt var = {__VA_ARGS__};                        \
    static const struct store_stmt *const var##_entry                          \
        __attribute__((section("leadd_stmts"), used)) = &var

/** All statements of the program. @return how many */
size_t store_stmts(const struct store_stmt *const **out);

struct pg;

/** How to connect. Text is borrowed until pg_free. */
struct pg_config {
    const char *conninfo; /**< libpq connection string */
    int connect_ms;       /**< ceiling of one connection attempt */
    int statement_ms;     /**< ceiling of one statement, server side too */
    bool prepare;         /**< named prepared statements (off: pgbouncer) */
    bool writer;          /**< plans for batches: index look-ups only */
};

struct pg *pg_new(const struct pg_config *config);
void pg_free(struct pg *pg);
/** Connect if not connected. @return ERR_OK, ERR_DATABASE */
enum err pg_ready(struct pg *pg) MUST_CHECK;
/** Drop the connection; the next pg_ready makes a new one. */
void pg_drop(struct pg *pg);
bool pg_connected(const struct pg *pg);
/** Plan every statement anew on its next use: tables have grown. */
void pg_forget_plans(struct pg *pg);
/** @return OID of a statement's row_type; 0 on connections that are no
 *  writer's, or when the schema has no such type */
uint32_t pg_row_type(const struct pg *pg, const struct store_stmt *stmt);
/** Text of the last failure, for the log; never holds parameter values. */
const char *pg_why(const struct pg *pg);
/** SQLSTATE of the last failure, "" when there was none from the server. */
const char *pg_sqlstate(const struct pg *pg);

/* ---- parameters ---- */

#define PG_PARAMS_MAX 72

struct pg_params {
    struct arena *mem; /**< borrowed; holds encoded values */
    int n;
    const char *value[PG_PARAMS_MAX];
    int len[PG_PARAMS_MAX];
    int format[PG_PARAMS_MAX];
};

void pg_params_init(struct pg_params *p, struct arena *mem);
void pg_i64(struct pg_params *p, int64_t v);
void pg_i32(struct pg_params *p, int32_t v);
void pg_i16(struct pg_params *p, int16_t v);
void pg_bool(struct pg_params *p, bool v);
/** NULL is SQL NULL. Also for jsonb and any type with a text form. */
void pg_text(struct pg_params *p, const char *s);
/** A nil id is SQL NULL. */
void pg_uuid(struct pg_params *p, const struct uuid *u);
/** 0 is SQL NULL. */
void pg_time(struct pg_params *p, int64_t ms);
void pg_day(struct pg_params *p, int64_t day);
/** NULL is SQL NULL. */
void pg_bytea(struct pg_params *p, const void *b, size_t n);

/** Array types, by the OID of the element. */
enum pg_type {
    PG_BOOL = 16,
    PG_BYTEA = 17,
    PG_I64 = 20,
    PG_I16 = 21,
    PG_I32 = 23,
    PG_TEXT = 25,
    PG_DATE = 1082,
    PG_TIME = 1184,
    PG_UUID = 2950,
    PG_JSONB = 3802,
};

/** Bytes before the first element of an array. */
#define PG_ARRAY_HEADER 20

/** A one-dimensional array being built; grows in its arena's buffer. */
struct pg_array {
    struct buf b;
    enum pg_type type;
    int32_t n;
    bool has_null;
};

void pg_array_init(struct pg_array *a, enum pg_type type);
void pg_array_clear(struct pg_array *a);
void pg_array_release(struct pg_array *a);
void pg_array_null(struct pg_array *a);
void pg_array_text(struct pg_array *a, const char *s); /**< also JSONB */
void pg_array_bytes(struct pg_array *a, const void *p, size_t n);
void pg_array_i64(struct pg_array *a, int64_t v);
void pg_array_i32(struct pg_array *a, int32_t v);
void pg_array_i16(struct pg_array *a, int16_t v);
void pg_array_bool(struct pg_array *a, bool v);
void pg_array_uuid(struct pg_array *a, const struct uuid *u); /**< nil: NULL */
void pg_array_time(struct pg_array *a, int64_t ms);           /**< 0: NULL */
void pg_array_day(struct pg_array *a, int64_t day);
/** Bytes as they are on the wire, borrowed until the send. */
void pg_binary(struct pg_params *p, const void *b, size_t n);
/** Use the array as a parameter; it must outlive the send. */
void pg_array_param(struct pg_params *p, struct pg_array *a);

/* ---- running ---- */

/**
 * Run one statement and wait for its result.
 * @param out_res given to the caller (PQclear; NULL on failure), or NULL to
 *        drop it
 * @return ERR_OK; ERR_AGAIN for a passing fault (08, 40001, 40P01, 55P03,
 *         57P0x, 53300: the connection may be gone); ERR_DATABASE when the
 *         database cannot work now (53100, 25006); ERR_DATA for the caller's
 *         data (22, 23); ERR_INTERNAL for anything else (our mistake)
 */
enum err pg_run(struct pg *pg, const struct store_stmt *stmt,
                const struct pg_params *p, PGresult **out_res) MUST_CHECK;
/** Plain SQL without parameters, several statements allowed. */
enum err pg_simple(struct pg *pg, const char *sql) MUST_CHECK;

/** Pipeline: queue statements, then collect their results in order. */
enum err pg_pipe_begin(struct pg *pg) MUST_CHECK;
enum err pg_pipe_send(struct pg *pg, const struct store_stmt *stmt,
                      const struct pg_params *p) MUST_CHECK;
/** Send what is queued; one sync point. */
enum err pg_pipe_sync(struct pg *pg) MUST_CHECK;
/** Next statement's result, in the order sent. */
enum err pg_pipe_next(struct pg *pg, PGresult **out_res) MUST_CHECK;
/** Read up to the sync point.  @return the first error of the pipeline, or
 *  ERR_UNKNOWN_OUTCOME when the connection broke */
enum err pg_pipe_end(struct pg *pg) MUST_CHECK;
/** Leave pipeline mode; drops the connection when it cannot. */
void pg_pipe_leave(struct pg *pg);
/** All waits of this connection end at @a mono_ms (0: statement_ms each). */
void pg_deadline(struct pg *pg, int64_t mono_ms);

/**
 * Clear every result that was given and not cleared yet, after a longjmp out
 * of what held them.  A result must not outlive its struct pg.
 */
void pg_clear_given(struct pg *pg);

/** BEGIN / COMMIT / ROLLBACK as statements for the pipeline. */
extern const struct store_stmt STMT_BEGIN, STMT_COMMIT, STMT_ROLLBACK;

/* ---- results ---- */

/** Column number by name; aborts on a name that is not there (our mistake).*/
int pg_col(const PGresult *res, const char *name);
bool pg_null(const PGresult *res, int row, int col);
int64_t pg_get_i64(const PGresult *res, int row, int col); /**< any int, 0 */
bool pg_get_bool(const PGresult *res, int row, int col);
struct uuid pg_get_uuid(const PGresult *res, int row, int col); /**< or nil */
int64_t pg_get_time(const PGresult *res, int row, int col);     /**< ms or 0 */
int64_t pg_get_day(const PGresult *res, int row, int col);
/** Text, copied into @a mem; jsonb without its version byte; NULL for NULL */
const char *pg_get_text(const PGresult *res, int row, int col,
                        struct arena *mem);

#endif
