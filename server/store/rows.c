#include "store/rows.h"

#include <stdlib.h>

void rows_init(struct rows *r, const enum pg_type *types)
{
    r->n = r->n_cols = 0;
    for (; types[r->n_cols]; r->n_cols++) {
        if (r->n_cols == ROWS_COLS_MAX)
            abort();
        pg_array_init(&r->col[r->n_cols], types[r->n_cols]);
    }
}

void rows_release(struct rows *r)
{
    for (int i = 0; i < r->n_cols; i++)
        pg_array_release(&r->col[i]);
    r->n_cols = 0;
}

void rows_params(struct pg_params *p, struct rows *r)
{
    for (int i = 0; i < r->n_cols; i++)
        pg_array_param(p, &r->col[i]);
}
