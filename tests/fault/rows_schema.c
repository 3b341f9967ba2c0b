/* Rows about several of us on one database: migrations killed, at once, and
 * instances that take over from each other. */
#include <libpq-fe.h>
#include <stdio.h>

#include "base/base.h"
#include "fault/matrix.h"
#include "store/migrate.h"

#define MIGRATED                                                               \
    "SELECT count(*) = count(DISTINCT number) AND count(*) = %d FROM "         \
    "migration"

static const char *program(void)
{
    const char *given = getenv("TEST_LEADD");

    return given ? given : "build/leadd";
}

static int n_migrations(void)
{
    int n = 0;

    while (MIGRATIONS[n].number)
        n++;
    return n;
}

static const char *other_database(const char *name)
{
    return text("%.*s dbname=%s",
                (int)(strlen(pg_fixture()) - strlen(" dbname=postgres")),
                pg_fixture(), name);
}

static PGconn *in_database(const char *name)
{
    PGconn *c = PQconnectdb(other_database(name));

    ck_assert_msg(PQstatus(c) == CONNECTION_OK, "%s", PQerrorMessage(c));
    return c;
}

static void in(PGconn *c, const char *statement)
{
    PGresult *res = PQexec(c, statement);

    ck_assert_msg(PQresultStatus(res) == PGRES_COMMAND_OK ||
                      PQresultStatus(res) == PGRES_TUPLES_OK,
                  "%s: %s", statement, PQerrorMessage(c));
    PQclear(res);
}

static bool holds(PGconn *c, const char *query)
{
    PGresult *res = PQexec(c, query);
    bool yes;

    ck_assert_msg(PQresultStatus(res) == PGRES_TUPLES_OK, "%s: %s", query,
                  PQerrorMessage(c));
    yes = *PQgetvalue(res, 0, 0) == 't';
    PQclear(res);
    return yes;
}

static int migrate_there(const char *name, char *out, size_t out_size)
{
    const char *database = text("--database=%s", other_database(name));

    return run_program(
        (const char *const[]){program(), "migrate", database, NULL}, 60, out,
        out_size);
}

/* A database whose k-th statement ends its own session. */
static void make_deadly(const char *name, int k)
{
    PGconn *c;

    sql_run(text("DROP DATABASE IF EXISTS %s", name));
    sql_run(text("CREATE DATABASE %s", name));
    c = in_database(name);
    in(c, "CREATE SCHEMA fault; CREATE SEQUENCE fault.n");
    in(c, text("CREATE FUNCTION fault.tick() RETURNS event_trigger LANGUAGE"
               " plpgsql AS $$ BEGIN IF nextval('fault.n') = %d THEN PERFORM"
               " pg_terminate_backend(pg_backend_pid()); END IF; END $$",
               k));
    in(c, "CREATE EVENT TRIGGER tick ON ddl_command_end EXECUTE FUNCTION"
          " fault.tick()");
    PQfinish(c);
}

/* @return whether statement @a k was reached */
static bool killed_at(int k)
{
    char out[4096];
    bool reached;
    PGconn *c;
    int code;

    make_deadly("deadly", k);
    code = migrate_there("deadly", out, sizeof(out));
    c = in_database("deadly");
    reached = holds(c, text("SELECT last_value >= %d FROM fault.n", k));
    ck_assert_msg((code != 0) == reached, "statement %d: exit %d: %s", k, code,
                  out);
    in(c, "DROP EVENT TRIGGER tick");
    code = migrate_there("deadly", out, sizeof(out));
    ck_assert_msg(code == 0, "after statement %d: %d %s", k, code, out);
    ck_assert(holds(c, text(MIGRATED, n_migrations())));
    PQfinish(c);
    return reached;
}

static void migration_killed(void)
{
    int step = 100 / scaled(100), k = 1;
    long long began;

    do {
        began = talk_ms();
        tally->rounds++;
    } while (killed_at(k) && (worst(talk_ms() - began), (k += step) < 2000));
    note("killed behind every %s of the %d statements that change the schema;"
         " the rerun completes",
         step == 1 ? "one" : text("%dth", step), k - step);
    sql_run("DROP DATABASE deadly");
}

static atomic_int failed;

static void one_migration(void *ctx, int i)
{
    char out[4096];
    int code = migrate_there(ctx, out, sizeof(out));

    failed += code != 0;
    if (code)
        fprintf(stderr, "migration %d: %d %s\n", i, code, out);
}

static void two_migrations(void)
{
    char name[] = "twice";

    for (int i = 0; i < scaled(20); i++) {
        long long began = talk_ms();
        PGconn *c;

        sql_run(text("DROP DATABASE IF EXISTS %s", name));
        sql_run(text("CREATE DATABASE %s", name));
        together(4, one_migration, name);
        worst(talk_ms() - began);
        ck_assert_int_eq(failed, 0);
        c = in_database(name);
        ck_assert(holds(c, text(MIGRATED, n_migrations())));
        PQfinish(c);
        tally->rounds++;
    }
    sql_run(text("DROP DATABASE %s", name));
    note("four at once; each migration applied once, all exit 0");
}

/* Instance after instance takes over while the load goes on. */
static void side_by_side(void)
{
    struct server old;

    stand_begin(NULL, "LEADD_SPOOL_DIR=", NULL);
    load_begin(32);
    for (int i = 0; i < scaled(20); i++) {
        long long began = talk_ms();

        ck_assert(storm_more(storm, 200, 20000));
        old = stand;
        server_again(&stand);
        storm->mark_ms = talk_ms();
        storm_port(storm, stand.port);
        ck_assert(storm_more(storm, 100, 20000)); /* both serve */
        ck_assert_int_eq(server_stop(&old), 0);
        worst(talk_ms() - began);
        tally->rounds++;
    }
    note("rolled over under load, the same build on both sides; %ld refused,"
         " %ld kept connections closed under a request, sent again",
         (long)storm->refused, (long)storm->cut);
    load_judge();
    stand_end();
}

const struct row ROWS_SCHEMA[] = {
    {35, "migration killed at every statement", 400, migration_killed},
    {36, "four migrations at once", 200, two_migrations},
    {37, "two instances side by side", 200, side_by_side},
    {0},
};
