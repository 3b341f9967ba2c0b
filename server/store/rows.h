/**
 * @file rows.h
 * Rows of one statement for unnest(): gathered column by column, sent as one
 * array a column or, where the statement names a row type, as one array of
 * that composite type.  The latter is what every new lead passes through:
 * PostgreSQL keeps a tuplestore for each array it unnests, so 56 columns cost
 * 56 of them.
 */
#ifndef LEADD_ROWS_H
#define LEADD_ROWS_H

#include "store/pg.h"

#define ROWS_COLS_MAX 64

struct rows {
    int n_cols;
    int n;
    struct pg_array col[ROWS_COLS_MAX];
};

/** @param types one per column, ended by 0 */
void rows_init(struct rows *r, const enum pg_type *types);
void rows_release(struct rows *r);
/** All columns as parameters, in order. */
void rows_params(struct pg_params *p, struct rows *r);
/** The rows as one parameter, an array of the composite type @a oid whose
 *  members are the columns in order. */
void rows_param_records(struct pg_params *p, const struct rows *r,
                        uint32_t oid);
/**
 * Queue @a stmt ($1 the workspace, then the rows as it wants them), if there
 * are rows; then release them.
 * @return what pg_pipe_send says; ERR_INTERNAL when the connection does not
 *         know the statement's row type
 */
enum err rows_send(struct pg *pg, struct arena *mem, int64_t workspace_id,
                   const struct store_stmt *stmt, struct rows *r) MUST_CHECK;
#endif
