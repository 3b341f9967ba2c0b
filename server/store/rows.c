#include "store/rows.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

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

/* ---- records: n members, then of each its type, length and bytes ---- */

static char *put32(char *at, uint32_t v)
{
    uint32_t be = htobe32(v);

    memcpy(at, &be, sizeof(be));
    return at + sizeof(be);
}

/* Length of the element at @a e; a NULL has none. */
static uint32_t elem_bytes(const char *e)
{
    uint32_t be, n;

    memcpy(&be, e, sizeof(be));
    n = be32toh(be);
    return n == UINT32_MAX ? 0 : n;
}

static size_t records_bytes(const struct rows *r)
{
    size_t n = PG_ARRAY_HEADER + (size_t)r->n * 8;

    for (int c = 0; c < r->n_cols; c++) {
        if (r->col[c].b.failed || r->col[c].n != r->n)
            abort();
        n += r->col[c].b.len - PG_ARRAY_HEADER + (size_t)r->n * 4;
    }
    return n;
}

/* One row; @a e points to the next element of each column. */
static char *put_record(char *at, const struct rows *r, const char **e)
{
    char *start = at;

    at = put32(at + 4, (uint32_t)r->n_cols);
    for (int c = 0; c < r->n_cols; c++) {
        size_t n = 4 + (size_t)elem_bytes(e[c]);

        at = put32(at, (uint32_t)r->col[c].type);
        memcpy(at, e[c], n);
        at += n;
        e[c] += n;
    }
    (void)put32(start, (uint32_t)(at - start - 4));
    return at;
}

void rows_param_records(struct pg_params *p, const struct rows *r, uint32_t oid)
{
    size_t n = records_bytes(r);
    char *out = arena_alloc(p->mem, n), *at = out;
    const char *e[ROWS_COLS_MAX];

    at = put32(at, 1); /* dimensions */
    at = put32(at, 0); /* no element is NULL */
    at = put32(at, oid);
    at = put32(at, (uint32_t)r->n);
    at = put32(at, 1); /* lower bound */
    for (int c = 0; c < r->n_cols; c++)
        e[c] = r->col[c].b.ptr + PG_ARRAY_HEADER;
    for (int i = 0; i < r->n; i++)
        at = put_record(at, r, e);
    pg_binary(p, out, n);
}

static enum err bind(struct pg_params *p, struct rows *r, const struct pg *pg,
                     const struct store_stmt *stmt)
{
    uint32_t oid;

    if (!stmt->row_type) {
        rows_params(p, r);
        return ERR_OK;
    }
    oid = pg_row_type(pg, stmt);
    if (!oid)
        return ERR_INTERNAL;
    rows_param_records(p, r, oid);
    return ERR_OK;
}

enum err rows_send(struct pg *pg, struct arena *mem, int64_t workspace_id,
                   const struct store_stmt *stmt, struct rows *r)
{
    struct pg_params p;
    enum err e = ERR_OK;

    if (r->n) {
        pg_params_init(&p, mem);
        pg_i64(&p, workspace_id);
        e = bind(&p, r, pg, stmt);
        if (e == ERR_OK)
            e = pg_pipe_send(pg, stmt, &p);
    }
    rows_release(r);
    return e;
}
