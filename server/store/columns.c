#include "store/columns.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/str.h"

enum kind {
    KIND_I16,
    KIND_I32,
    KIND_BOOL,
    KIND_TEXT,
    KIND_CHARS,
    KIND_TSVECTOR,
    KIND_JSON,
    KIND_TIME,
    KIND_UUID,
    KIND_STAGE,
    KIND_QUALITY,
    KIND_TEMPERATURE,
    KIND_ORIGIN,
};

struct column {
    const char *name;
    enum kind kind;
    size_t offset;
    bool fixed;
};

static const struct column COLUMNS[] = {
#define C(name, kind, member, fixed)                                           \
    {#name, KIND_##kind, offsetof(struct lead, member), fixed},
#include "store/columns.def"
#undef C
};

static enum pg_type type_of(enum kind kind)
{
    switch (kind) {
    case KIND_I16:
        return PG_I16;
    case KIND_I32:
        return PG_I32;
    case KIND_BOOL:
        return PG_BOOL;
    case KIND_JSON:
        return PG_JSONB;
    case KIND_TIME:
        return PG_TIME;
    case KIND_UUID:
        return PG_UUID;
    default:
        return PG_TEXT;
    }
}

void lead_cols_find(const PGresult *res, struct lead_cols *out)
{
    out->lead_id = pg_col(res, "lead_id");
    for (size_t i = 0; i < ARRAY_LEN(COLUMNS); i++)
        out->col[i] = pg_col(res, COLUMNS[i].name);
}

/* Words in the row were written by us; an unknown one is row 0 of its list
   and shows as such rather than stopping the reader. */
static void read_word(enum kind kind, const char *s, void *at)
{
    switch (kind) {
    case KIND_STAGE:
        (void)stage_parse(s, at);
        break;
    case KIND_QUALITY:
        (void)quality_parse(s, at);
        break;
    case KIND_TEMPERATURE:
        (void)temperature_parse(s, at);
        break;
    default:
        (void)origin_parse(s, at);
        break;
    }
}

static void read_column(const PGresult *res, int row, int col,
                        const struct column *c, struct arena *mem, void *at)
{
    const char *s;

    switch (c->kind) {
    case KIND_I16:
        *(int16_t *)at = (int16_t)pg_get_i64(res, row, col);
        break;
    case KIND_I32:
        *(int32_t *)at = (int32_t)pg_get_i64(res, row, col);
        break;
    case KIND_BOOL:
        *(bool *)at = pg_get_bool(res, row, col);
        break;
    case KIND_TEXT:
    case KIND_TSVECTOR:
    case KIND_JSON:
        *(const char **)at = pg_get_text(res, row, col, mem);
        break;
    case KIND_CHARS:
        s = PQgetvalue(res, row, col);
        memcpy(at, s, MIN(strlen(s), (size_t)3));
        break;
    case KIND_TIME:
        *(int64_t *)at = pg_get_time(res, row, col);
        break;
    case KIND_UUID:
        *(struct uuid *)at = pg_get_uuid(res, row, col);
        break;
    default:
        read_word(c->kind, PQgetvalue(res, row, col), at);
        break;
    }
}

void lead_from_row(const PGresult *res, int row, const struct lead_cols *cols,
                   struct arena *mem, struct lead *out)
{
    out->lead_id = pg_get_uuid(res, row, cols->lead_id);
    for (size_t i = 0; i < ARRAY_LEN(COLUMNS); i++)
        read_column(res, row, cols->col[i], &COLUMNS[i], mem,
                    (char *)out + COLUMNS[i].offset);
}

static void write_column(struct pg_array *a, const struct column *c,
                         const void *at)
{
    switch (c->kind) {
    case KIND_I16:
        pg_array_i16(a, *(const int16_t *)at);
        break;
    case KIND_I32:
        pg_array_i32(a, *(const int32_t *)at);
        break;
    case KIND_BOOL:
        pg_array_bool(a, *(const bool *)at);
        break;
    case KIND_CHARS:
        pg_array_text(a, at);
        break;
    case KIND_TIME:
        pg_array_time(a, *(const int64_t *)at);
        break;
    case KIND_UUID:
        pg_array_uuid(a, at);
        break;
    case KIND_STAGE:
        pg_array_text(a, stage_text(*(const enum stage *)at));
        break;
    case KIND_QUALITY:
        pg_array_text(a, quality_text(*(const enum quality *)at));
        break;
    case KIND_TEMPERATURE:
        pg_array_text(a, temperature_text(*(const enum temperature *)at));
        break;
    case KIND_ORIGIN:
        pg_array_text(a, origin_text(*(const enum origin *)at));
        break;
    default:
        pg_array_text(a, *(const char *const *)at);
        break;
    }
}

void lead_row(struct rows *r, const struct lead *l)
{
    pg_array_uuid(&r->col[0], &l->lead_id);
    for (size_t i = 0; i < ARRAY_LEN(COLUMNS); i++)
        write_column(&r->col[i + 1], &COLUMNS[i],
                     (const char *)l + COLUMNS[i].offset);
    r->n++;
}

/* Statement texts and row types, made once before the first batch. */
static struct {
    char insert[6000], update[8000];
    enum pg_type types[ARRAY_LEN(COLUMNS) + 2];
} built;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void list(struct buf *sql, const char *prefix)
{
    for (size_t i = 0; i < ARRAY_LEN(COLUMNS); i++)
        (void)buf_printf(sql, ", %s%s%s", prefix, COLUMNS[i].name,
                         *prefix && COLUMNS[i].kind == KIND_TSVECTOR
                             ? "::tsvector" /* text in the record */
                             : "");
}

static void build_insert(struct buf *sql)
{
    (void)buf_puts(sql, "INSERT INTO lead (workspace_id, lead_id");
    list(sql, "");
    (void)buf_puts(sql, ") SELECT $1::bigint, u.lead_id");
    list(sql, "u.");
    (void)buf_puts(sql, " FROM unnest($2::lead_told_in[]) AS u");
}

/* The key finds the row whatever the planner thinks of the table: a join
   with the records might read all leads of the workspace. */
static void build_update(struct buf *sql)
{
    const char *comma = "";

    build_insert(sql);
    (void)buf_puts(sql, " ON CONFLICT (workspace_id, lead_id) DO UPDATE SET ");
    for (size_t i = 0; i < ARRAY_LEN(COLUMNS); i++) {
        if (COLUMNS[i].fixed)
            continue;
        (void)buf_printf(sql, "%s%s = excluded.%s", comma, COLUMNS[i].name,
                         COLUMNS[i].name);
        comma = ", ";
    }
}

static void keep(struct buf *sql, char *text, size_t size)
{
    if (sql->failed || sql->len >= size)
        abort();
    memcpy(text, sql->ptr, sql->len + 1);
    buf_clear(sql);
}

static void build(void)
{
    struct buf sql = BUF_INIT;

    build_insert(&sql);
    keep(&sql, built.insert, sizeof(built.insert));
    build_update(&sql);
    keep(&sql, built.update, sizeof(built.update));
    buf_release(&sql);
    built.types[0] = PG_UUID;
    for (size_t i = 0; i < ARRAY_LEN(COLUMNS); i++)
        built.types[i + 1] = type_of(COLUMNS[i].kind);
}

const enum pg_type *lead_row_types(void)
{
    pthread_once(&once, build);
    return built.types;
}

const char *lead_insert_sql(void)
{
    pthread_once(&once, build);
    return built.insert;
}

const char *lead_update_sql(void)
{
    pthread_once(&once, build);
    return built.update;
}
