/*
 * Binary parameters and arrays (PostgreSQL wire formats): integers big
 * endian; timestamptz microseconds and date days since 2000-01-01; jsonb a
 * version byte 1 and text; an array is ndim, has-null, element OID, then
 * dimension and lower bound, then each element as length and bytes, length
 * -1 for NULL.
 */
#include "store/pg.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define EPOCH_2000_MS  INT64_C(946684800000)
#define EPOCH_2000_DAY 10957

void pg_params_init(struct pg_params *p, struct arena *mem)
{
    p->mem = mem;
    p->n = 0;
}

static void put(struct pg_params *p, const void *v, size_t len, int format)
{
    if (p->n >= PG_PARAMS_MAX)
        abort();
    p->value[p->n] = v;
    p->len[p->n] = (int)len;
    p->format[p->n] = format;
    p->n++;
}

static void put_copy(struct pg_params *p, const void *v, size_t len)
{
    put(p, arena_memdup(p->mem, v, len), len, 1);
}

void pg_i64(struct pg_params *p, int64_t v)
{
    uint64_t be = htobe64((uint64_t)v);

    put_copy(p, &be, sizeof(be));
}

void pg_i32(struct pg_params *p, int32_t v)
{
    uint32_t be = htobe32((uint32_t)v);

    put_copy(p, &be, sizeof(be));
}

void pg_i16(struct pg_params *p, int16_t v)
{
    uint16_t be = htobe16((uint16_t)v);

    put_copy(p, &be, sizeof(be));
}

void pg_bool(struct pg_params *p, bool v)
{
    char c = v;

    put_copy(p, &c, 1);
}

void pg_text(struct pg_params *p, const char *s)
{
    put(p, s ? arena_strdup(p->mem, s) : NULL, 0, 0);
}

void pg_uuid(struct pg_params *p, const struct uuid *u)
{
    if (!u || uuid_is_nil(u))
        put(p, NULL, 0, 1);
    else
        put_copy(p, u->b, sizeof(u->b));
}

void pg_time(struct pg_params *p, int64_t ms)
{
    if (ms == 0)
        put(p, NULL, 0, 1);
    else
        pg_i64(p, (ms - EPOCH_2000_MS) * 1000);
}

void pg_day(struct pg_params *p, int64_t day)
{
    pg_i32(p, (int32_t)(day - EPOCH_2000_DAY));
}

void pg_bytea(struct pg_params *p, const void *b, size_t n)
{
    if (b)
        put_copy(p, b, n);
    else
        put(p, NULL, 0, 1);
}

void pg_array_init(struct pg_array *a, enum pg_type type)
{
    static const char HEADER[PG_ARRAY_HEADER];

    memset(a, 0, sizeof(*a));
    a->type = type;
    (void)buf_add(&a->b, HEADER, sizeof(HEADER));
}

void pg_array_clear(struct pg_array *a)
{
    a->n = 0;
    a->has_null = false;
    a->b.len = PG_ARRAY_HEADER;
}

void pg_array_release(struct pg_array *a)
{
    buf_release(&a->b);
}

static void elem(struct pg_array *a, const void *p, size_t n)
{
    uint32_t len = htobe32((uint32_t)n);

    (void)buf_add(&a->b, &len, sizeof(len));
    (void)buf_add(&a->b, p, n);
    a->n++;
}

void pg_array_null(struct pg_array *a)
{
    uint32_t len = htobe32(UINT32_MAX);

    (void)buf_add(&a->b, &len, sizeof(len));
    a->has_null = true;
    a->n++;
}

void pg_array_bytes(struct pg_array *a, const void *p, size_t n)
{
    if (p)
        elem(a, p, n);
    else
        pg_array_null(a);
}

void pg_array_text(struct pg_array *a, const char *s)
{
    uint32_t len;

    if (!s) {
        pg_array_null(a);
    } else if (a->type == PG_JSONB) {
        size_t n = strlen(s);

        len = htobe32((uint32_t)n + 1);
        (void)buf_add(&a->b, &len, sizeof(len));
        (void)buf_putc(&a->b, 1);
        (void)buf_add(&a->b, s, n);
        a->n++;
    } else {
        elem(a, s, strlen(s));
    }
}

void pg_array_i64(struct pg_array *a, int64_t v)
{
    uint64_t be = htobe64((uint64_t)v);

    elem(a, &be, sizeof(be));
}

void pg_array_i32(struct pg_array *a, int32_t v)
{
    uint32_t be = htobe32((uint32_t)v);

    elem(a, &be, sizeof(be));
}

void pg_array_i16(struct pg_array *a, int16_t v)
{
    uint16_t be = htobe16((uint16_t)v);

    elem(a, &be, sizeof(be));
}

void pg_array_bool(struct pg_array *a, bool v)
{
    char c = v;

    elem(a, &c, 1);
}

void pg_array_uuid(struct pg_array *a, const struct uuid *u)
{
    if (uuid_is_nil(u))
        pg_array_null(a);
    else
        elem(a, u->b, sizeof(u->b));
}

void pg_array_time(struct pg_array *a, int64_t ms)
{
    if (ms == 0)
        pg_array_null(a);
    else
        pg_array_i64(a, (ms - EPOCH_2000_MS) * 1000);
}

void pg_array_day(struct pg_array *a, int64_t day)
{
    pg_array_i32(a, (int32_t)(day - EPOCH_2000_DAY));
}

void pg_binary(struct pg_params *p, const void *b, size_t n)
{
    put(p, b, n, 1);
}

void pg_array_param(struct pg_params *p, struct pg_array *a)
{
    uint32_t head[5] = {htobe32(1), htobe32(a->has_null),
                        htobe32((uint32_t)a->type), htobe32((uint32_t)a->n),
                        htobe32(1)};

    if (a->b.failed)
        abort();
    if (a->n == 0)
        head[0] = 0; /* an empty array has no dimensions */
    memcpy(a->b.ptr, head, sizeof(head));
    put(p, a->b.ptr, a->n ? a->b.len : 12, 1);
}

int pg_col(const PGresult *res, const char *name)
{
    int col = PQfnumber(res, name);

    if (col < 0)
        abort();
    return col;
}

bool pg_null(const PGresult *res, int row, int col)
{
    return PQgetisnull(res, row, col);
}

int64_t pg_get_i64(const PGresult *res, int row, int col)
{
    const char *v = PQgetvalue(res, row, col);
    uint64_t be64;
    uint32_t be32;
    uint16_t be16;

    switch (PQgetlength(res, row, col)) {
    case 8:
        memcpy(&be64, v, 8);
        return (int64_t)be64toh(be64);
    case 4:
        memcpy(&be32, v, 4);
        return (int32_t)be32toh(be32);
    case 2:
        memcpy(&be16, v, 2);
        return (int16_t)be16toh(be16);
    default:
        return 0;
    }
}

bool pg_get_bool(const PGresult *res, int row, int col)
{
    return PQgetlength(res, row, col) == 1 && *PQgetvalue(res, row, col);
}

struct uuid pg_get_uuid(const PGresult *res, int row, int col)
{
    struct uuid u = {{0}};

    if (PQgetlength(res, row, col) == sizeof(u.b))
        memcpy(u.b, PQgetvalue(res, row, col), sizeof(u.b));
    return u;
}

int64_t pg_get_time(const PGresult *res, int row, int col)
{
    int64_t us;

    if (PQgetisnull(res, row, col))
        return 0;
    us = pg_get_i64(res, row, col);
    return (us >= 0 ? us / 1000 : -((999 - us) / 1000)) + EPOCH_2000_MS;
}

int64_t pg_get_day(const PGresult *res, int row, int col)
{
    return pg_get_i64(res, row, col) + EPOCH_2000_DAY;
}

const char *pg_get_text(const PGresult *res, int row, int col,
                        struct arena *mem)
{
    const char *v = PQgetvalue(res, row, col);
    size_t n = (size_t)PQgetlength(res, row, col);

    if (PQgetisnull(res, row, col))
        return NULL;
    if (PQftype(res, col) == PG_JSONB && n) {
        v++;
        n--;
    }
    return arena_strndup(mem, v, n);
}
