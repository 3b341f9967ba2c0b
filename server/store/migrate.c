#include "store/migrate.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/str.h"

#define LOCK_SQL           "SELECT pg_advisory_lock(7311245901)"
#define UNLOCK_SQL         "SELECT pg_advisory_unlock(7311245901)"
#define PARTITION_LOCK_SQL "SELECT pg_advisory_xact_lock(7311245902);"

STORE_STMT(APPLIED, .name = "migrations_applied", .nparams = 0,
           .flags = STMT_GLOBAL,
           .sql = "SELECT number, checksum FROM migration ORDER BY number");

STORE_STMT(RECORD, .name = "migration_record", .nparams = 3,
           .flags = STMT_GLOBAL,
           .sql = "INSERT INTO migration (number, name, checksum, applied_at)"
                  " VALUES ($1, $2, $3, now())");

STORE_STMT(HAS_TABLE, .name = "migrations_table", .nparams = 0,
           .flags = STMT_GLOBAL,
           .sql = "SELECT to_regclass('migration') IS NOT NULL AS there");

static const char TABLE_SQL[] =
    "CREATE TABLE IF NOT EXISTS migration (number integer PRIMARY KEY,"
    " name text NOT NULL, checksum text NOT NULL,"
    " applied_at timestamptz NOT NULL);"
    "COMMENT ON TABLE migration IS 'Schema files applied (local table).'";

static void checksum(const struct migration *m, char out[2 * SHA256_BYTES + 1])
{
    uint8_t digest[SHA256_BYTES];

    crypto_sha256(m->sql, strlen(m->sql), digest);
    hex_encode(digest, sizeof(digest), out);
}

static const struct migration *find(int64_t number)
{
    for (const struct migration *m = MIGRATIONS; m->number; m++)
        if (m->number == number)
            return m;
    return NULL;
}

/* @param out_last highest number applied */
static enum err applied(struct pg *pg, int64_t *out_last)
{
    PGresult *res = NULL;
    enum err e = pg_run(pg, &APPLIED, NULL, &res);

    *out_last = 0;
    for (int row = 0; e == ERR_OK && row < PQntuples(res); row++) {
        const struct migration *m = find(pg_get_i64(res, row, 0));
        char sum[2 * SHA256_BYTES + 1];

        if (!m) {
            e = ERR_SCHEMA_NEWER;
            break;
        }
        checksum(m, sum);
        if (!str_eq(sum, PQgetvalue(res, row, 1)))
            e = ERR_CONFIG;
        *out_last = m->number;
    }
    PQclear(res);
    return e;
}

static enum err record(struct pg *pg, const struct migration *m)
{
    struct arena *mem = arena_new(1 << 16);
    char sum[2 * SHA256_BYTES + 1];
    struct pg_params p;
    enum err e;

    if (!mem)
        return ERR_NO_MEMORY;
    checksum(m, sum);
    pg_params_init(&p, mem);
    pg_i32(&p, m->number);
    pg_text(&p, m->name);
    pg_text(&p, sum);
    e = pg_run(pg, &RECORD, &p, NULL);
    arena_free(mem);
    return e;
}

static enum err apply(struct pg *pg, const struct migration *m)
{
    enum err e = pg_simple(pg, "BEGIN");

    if (e == ERR_OK)
        e = pg_simple(pg, m->sql);
    if (e == ERR_OK)
        e = record(pg, m);
    if (e == ERR_OK)
        return pg_simple(pg, "COMMIT");
    if (pg_connected(pg) && pg_simple(pg, "ROLLBACK") != ERR_OK)
        pg_drop(pg);
    return e;
}

static enum err migrate_locked(struct pg *pg, int *out_applied)
{
    int64_t last;
    enum err e = pg_simple(pg, TABLE_SQL);

    if (e == ERR_OK)
        e = applied(pg, &last);
    for (const struct migration *m = MIGRATIONS; e == ERR_OK && m->number;
         m++) {
        if (m->number <= last)
            continue;
        e = apply(pg, m);
        if (e == ERR_OK)
            ++*out_applied;
    }
    return e;
}

enum err migrate(struct pg *pg, int *out_applied)
{
    enum err e = pg_ready(pg);

    *out_applied = 0;
    if (e == ERR_OK) /* another instance may hold the lock for a while */
        e = pg_simple(pg, "SET lock_timeout = 0; SET statement_timeout = 0");
    if (e == ERR_OK)
        e = pg_simple(pg, LOCK_SQL);
    if (e != ERR_OK)
        return e;
    e = migrate_locked(pg, out_applied);
    if (pg_connected(pg) && pg_simple(pg, UNLOCK_SQL) != ERR_OK)
        pg_drop(pg);
    return e;
}

enum err migrate_check(struct pg *pg)
{
    PGresult *res = NULL;
    int64_t last = 0, want = 0;
    bool there;
    enum err e = pg_run(pg, &HAS_TABLE, NULL, &res);

    there = e == ERR_OK && pg_get_bool(res, 0, 0);
    PQclear(res);
    if (e != ERR_OK || !there)
        return e != ERR_OK ? e : ERR_CONFIG;
    e = applied(pg, &last);
    for (const struct migration *m = MIGRATIONS; m->number; m++)
        want = m->number;
    if (e == ERR_OK && last < want)
        e = ERR_CONFIG;
    return e;
}

/* One month of one table: bounds are the ids of its first instants.  IF NOT
   EXISTS alone lets two instances that start together collide, so they queue
   for a lock that ends with the statement's transaction. */
static enum err one_partition(struct pg *pg, const char *table, int64_t y,
                              unsigned m)
{
    AUTO(buf_release) struct buf sql = BUF_INIT;
    struct uuid from, to;
    char f[UUID_TEXT_BYTES], t[UUID_TEXT_BYTES];

    from = uuid_floor(days_from_civil(y, m, 1) * DAY_MS);
    to = uuid_floor(days_from_civil(m == 12 ? y + 1 : y, m % 12 + 1, 1) *
                    DAY_MS);
    (void)buf_printf(&sql,
                     PARTITION_LOCK_SQL
                     "CREATE TABLE IF NOT EXISTS %s_%04d%02u PARTITION OF %s"
                     " FOR VALUES FROM ('%s') TO ('%s')",
                     table, (int)y, m, table, uuid_format(&from, f),
                     uuid_format(&to, t));
    return sql.failed ? ERR_NO_MEMORY : pg_simple(pg, sql.ptr);
}

/* One that cannot be made must not stop the others: rows of its time may
   stand in the default partition, and PostgreSQL then refuses it. */
enum err partitions_ahead(struct pg *pg, int64_t now_ms)
{
    static const char *const TABLES[] = {"receipt", "event", "audit"};
    enum err first = ERR_OK;
    int64_t y;
    unsigned m, d;

    civil_from_days(now_ms / DAY_MS, &y, &m, &d);
    for (int ahead = 0; ahead < 3; ahead++) {
        for (size_t i = 0; i < ARRAY_LEN(TABLES); i++) {
            enum err e = pg_ready(pg);

            if (e == ERR_OK)
                e = one_partition(pg, TABLES[i], y, m);
            if (e != ERR_OK && e != ERR_DATA)
                return e;
            first = first == ERR_OK ? e : first;
        }
        m = m % 12 + 1;
        y += m == 1;
    }
    return first;
}
