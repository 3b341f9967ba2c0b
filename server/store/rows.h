/**
 * @file rows.h
 * Rows of one statement, column by column, for unnest().
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

#endif
