/**
 * @file pg_conn.h
 * Inside of a struct pg, for pg.c (the connection) and pg_pipe.c (statements
 * and pipelines) alone.  Thread: the connection's.
 */
#ifndef LEADD_PG_CONN_H
#define LEADD_PG_CONN_H

#include "store/pg.h"

#define PREPARED_MAX 512
#define NO_PREPARE   (-1)
/** Most results in hand that are known; who holds more clears them himself. */
#define GIVEN_MAX 16
/** SQLSTATE: the server has a statement whose answer did not reach us, for
 *  want of memory, say; a new connection knows none. */
#define PREPARED_BEFORE "42P05"

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
    PGresult *given[GIVEN_MAX]; /* and not cleared yet */
    size_t n_given;
    char why[256], sqlstate[6];
};

/** Monotonic end of the next wait. */
int64_t pg_until(const struct pg *pg);
/** Send what libpq holds back. @return false when the link is lost */
bool pg_flush_out(struct pg *pg, int64_t end);
/** Next PGresult (NULL ends a query). @return false when the link is lost */
bool pg_next_result(struct pg *pg, PGresult **out, int64_t end);
/** What a result means; notes why and SQLSTATE. */
enum err pg_result_err(struct pg *pg, const PGresult *res);
/** Drop the connection. @return ERR_AGAIN */
enum err pg_link_lost(struct pg *pg);

#endif
