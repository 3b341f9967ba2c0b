/* Migrations: once each, one program at a time, all or nothing, and never on
 * a schema that this program does not know.  Every test has a database of its
 * own. */
#include <pthread.h>
#include <sys/wait.h>

#include "../unit/unit.h"
#include "base/clock.h"
#include "pg_fixture.h"
#include "store/migrate.h"

static struct pg *admin, *pg;
static struct arena *mem;
static const char *conninfo;
static int n_all;

static struct pg *connect_as(const char *where, bool prepare)
{
    struct pg_config config = {.conninfo = where,
                               .connect_ms = 5000,
                               .statement_ms = 30000,
                               .prepare = prepare};

    return pg_new(&config);
}

static struct pg *connect_to(const char *where)
{
    return connect_as(where, true);
}

static void setup(void)
{
    char *at;

    mem = UNIT_ARENA();
    admin = pg_fixture_connect(false);
    pg_fixture_sql(admin, "DROP DATABASE IF EXISTS fresh WITH (FORCE)");
    pg_fixture_sql(admin, "CREATE DATABASE fresh");
    at = arena_strdup(mem, pg_fixture());
    *strstr(at, "dbname=") = '\0';
    conninfo = arena_printf(mem, "%sdbname=fresh", at);
    pg = connect_to(conninfo);
    ck_assert_int_eq(pg_ready(pg), ERR_OK);
    for (n_all = 0; MIGRATIONS[n_all].number;)
        n_all++;
}

static void teardown(void)
{
    pg_free(pg);
    pg_free(admin);
    arena_free(mem);
}

static long long number(const char *sql)
{
    return sql_int_at(conninfo, sql);
}

/* A pooler hands a session from one to the next, with all that was set. */
START_TEST(a_shared_session_is_left_as_it_is)
{
    static const char *const LOOK =
        "DO $$ BEGIN IF current_setting('statement_timeout') <> '0' OR"
        " current_setting('enable_seqscan') <> 'on'"
        " THEN RAISE 'it was set'; END IF; END $$";
    struct pg *shared = connect_as(conninfo, false);

    ck_assert_int_eq(pg_ready(shared), ERR_OK);
    ck_assert_int_eq(pg_simple(shared, LOOK), ERR_OK);
    ck_assert(pg_simple(pg, LOOK) != ERR_OK);
    pg_free(shared);
}
END_TEST

START_TEST(twice_is_once)
{
    int applied = -1;

    ck_assert_int_eq(migrate_check(pg), ERR_CONFIG); /* nothing there yet */
    ck_assert_int_eq(migrate(pg, &applied), ERR_OK);
    ck_assert_int_eq(applied, n_all);
    ck_assert_int_eq(migrate_check(pg), ERR_OK);
    ck_assert_int_eq(migrate(pg, &applied), ERR_OK);
    ck_assert_int_eq(applied, 0);
    ck_assert_int_eq(number("SELECT count(*) FROM migration"), n_all);
    /* the lock is given back */
    ck_assert_int_eq(
        number("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), 0);
}
END_TEST

struct racer {
    pthread_t thread;
    int applied;
    enum err e;
};

static void *race(void *arg)
{
    struct racer *r = arg;
    struct pg *own = connect_to(conninfo);

    r->e = migrate(own, &r->applied);
    pg_free(own);
    return NULL;
}

START_TEST(of_many_at_once_one_applies)
{
    struct racer racers[4] = {0};
    int all = 0, who = 0;

    for (size_t i = 0; i < ARRAY_LEN(racers); i++)
        pthread_create(&racers[i].thread, NULL, race, &racers[i]);
    for (size_t i = 0; i < ARRAY_LEN(racers); i++) {
        pthread_join(racers[i].thread, NULL);
        ck_assert_int_eq(racers[i].e, ERR_OK);
        all += racers[i].applied;
        who += racers[i].applied > 0;
    }
    ck_assert_int_eq(all, n_all);
    ck_assert_int_eq(who, 1);
}
END_TEST

START_TEST(the_other_waits_for_the_lock)
{
    struct racer r = {0};

    pg_fixture_sql(pg, "SELECT pg_advisory_lock(7311245901)");
    pthread_create(&r.thread, NULL, race, &r);
    for (int i = 0; i < 200 && number("SELECT count(*) FROM pg_locks WHERE"
                                      " locktype = 'advisory' AND NOT"
                                      " granted") == 0;
         i++)
        usleep(20000);
    ck_assert_int_eq(number("SELECT count(*) FROM pg_class WHERE relname ="
                            " 'lead'"),
                     0);
    pg_fixture_sql(pg, "SELECT pg_advisory_unlock(7311245901)");
    pthread_join(r.thread, NULL);
    ck_assert_int_eq(r.e, ERR_OK);
    ck_assert_int_eq(r.applied, n_all);
}
END_TEST

/* ---- stopped in the middle ---- */

/* Its database goes away as soon as some table of the migration is there. */
static void *cut(void *arg)
{
    const int *stop = arg;
    PGconn *c = PQconnectdb(pg_fixture());

    while (!__atomic_load_n(stop, __ATOMIC_RELAXED)) {
        PQclear(PQexec(c, "SELECT pg_terminate_backend(pid) FROM"
                          " pg_stat_activity WHERE datname = 'fresh' AND"
                          " query LIKE '%CREATE TABLE workspace%'"));
        usleep(500);
    }
    PQfinish(c);
    return NULL;
}

START_TEST(killed_in_the_middle_it_completes_on_the_next_run)
{
    int stop = 0, applied = 0;
    pthread_t killer;
    enum err e;

    pthread_create(&killer, NULL, cut, &stop);
    e = migrate(pg, &applied);
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    pthread_join(killer, NULL);
    if (e != ERR_OK) /* the transaction left nothing behind */
        ck_assert_int_eq(number("SELECT count(*) FROM pg_class WHERE relname"
                                " = 'workspace'"),
                         0);
    ck_assert_int_eq(migrate(pg, &applied), ERR_OK);
    ck_assert_int_eq(migrate_check(pg), ERR_OK);
}
END_TEST

/* After each whole number of statements of the first files: an error there
   (an object of the same name) leaves nothing, and a rerun completes. */
START_TEST(stopped_after_k_statements_it_completes)
{
    static const char *const NAMES[] = {"workspace",    "rep",   "lead",
                                        "event",        "claim", "audit",
                                        "rollup_stage", "spend"};
    int applied = 0;

    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        pg_fixture_sql(
            pg, arena_printf(mem, "CREATE VIEW %s AS SELECT 1", NAMES[i]));
        ck_assert_int_ne(migrate(pg, &applied), ERR_OK);
        ck_assert_int_ne(migrate_check(pg), ERR_OK);
        ck_assert_int_eq(number("SELECT count(*) FROM migration"),
                         number("SELECT count(*) FROM migration WHERE"
                                " checksum <> ''"));
        pg_fixture_sql(pg, arena_printf(mem, "DROP VIEW %s", NAMES[i]));
    }
    ck_assert_int_eq(migrate(pg, &applied), ERR_OK);
    ck_assert_int_eq(migrate_check(pg), ERR_OK);
    ck_assert_int_eq(number("SELECT count(*) FROM migration"), n_all);
}
END_TEST

/* ---- not our schema ---- */

START_TEST(a_changed_file_is_refused)
{
    int applied = 0;

    ck_assert_int_eq(migrate(pg, &applied), ERR_OK);
    pg_fixture_sql(pg, "UPDATE migration SET checksum = 'x' WHERE number = 1");
    ck_assert_int_eq(migrate(pg, &applied), ERR_CONFIG);
    ck_assert_int_eq(migrate_check(pg), ERR_CONFIG);
    ck_assert_int_eq(applied, 0);
}
END_TEST

/* @return exit code of build/leadd with these words; its output to @a out */
static int leadd(const char *words, char *out, size_t out_bytes)
{
    const char *program = getenv("TEST_LEADD");
    FILE *f =
        popen(arena_printf(mem,
                           "LEADD_DATABASE='%s' LEADD_PORT=0 LEADD_HOME="
                           "/nonexistent timeout 20 %s %s 2>&1",
                           conninfo, program ? program : "build/leadd", words),
              "r");
    size_t n = fread(out, 1, out_bytes - 1, f);

    out[n] = '\0';
    return WEXITSTATUS(pclose(f));
}

START_TEST(a_newer_schema_is_refused_by_serve_too)
{
    char out[4096];
    int applied = 0;

    ck_assert_int_eq(migrate(pg, &applied), ERR_OK);
    pg_fixture_sql(pg, "INSERT INTO migration VALUES (9999, '9999-later',"
                       " 'x', now())");
    ck_assert_int_eq(migrate(pg, &applied), ERR_SCHEMA_NEWER);
    ck_assert_int_eq(migrate_check(pg), ERR_SCHEMA_NEWER);
    ck_assert_int_eq(leadd("serve", out, sizeof(out)), 1);
    ck_assert_msg(strstr(out, err_info(ERR_SCHEMA_NEWER)->title), "%s", out);
    ck_assert_ptr_null(strstr(out, "leadd ready"));
    ck_assert_int_eq(leadd("migrate", out, sizeof(out)), 1);
    ck_assert_int_eq(number("SELECT count(*) FROM migration"), n_all + 1);
}
END_TEST

START_TEST(the_command_migrates_once)
{
    char out[4096];

    ck_assert_int_eq(leadd("migrate", out, sizeof(out)), 0);
    ck_assert_msg(strstr(out, arena_printf(mem, "%d migrations", n_all)), "%s",
                  out);
    ck_assert_int_eq(leadd("migrate", out, sizeof(out)), 0);
    ck_assert_msg(strstr(out, "0 migrations"), "%s", out);
}
END_TEST

/* A clock that was wrong once has put rows of this month into the default
   partition; PostgreSQL then refuses the month's own.  They stay where they
   are, and the service goes on. */
START_TEST(rows_that_came_early_stop_nothing)
{
    char out[4096];
    int applied = 0;
    struct uuid id = uuid_new(clock_now_ms());
    char text[UUID_TEXT_BYTES];

    ck_assert_int_eq(migrate(pg, &applied), ERR_OK);
    pg_fixture_sql(
        pg, arena_printf(mem,
                         "INSERT INTO receipt (workspace_id, receipt_id,"
                         " received_at, door, status) VALUES (1, '%s', now(),"
                         " 'form', 'accepted')",
                         uuid_format(&id, text)));
    ck_assert_int_eq(leadd("migrate", out, sizeof(out)), 0);
    /* the other tables and months are made all the same */
    ck_assert_int_eq(number("SELECT count(*) FROM pg_class WHERE"
                            " relispartition AND relkind = 'r' AND relname"
                            " NOT LIKE '%_default'"),
                     8);
    ck_assert_int_eq(leadd("serve & sleep 2; kill $!; wait", out, sizeof(out)),
                     0);
    ck_assert_msg(strstr(out, "leadd ready"), "%s", out);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("migrate");

    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_shared_session_is_left_as_it_is);
    tcase_add_test(tc, twice_is_once);
    tcase_add_test(tc, of_many_at_once_one_applies);
    tcase_add_test(tc, the_other_waits_for_the_lock);
    tcase_add_test(tc, killed_in_the_middle_it_completes_on_the_next_run);
    tcase_add_test(tc, stopped_after_k_statements_it_completes);
    tcase_add_test(tc, a_changed_file_is_refused);
    tcase_add_test(tc, a_newer_schema_is_refused_by_serve_too);
    tcase_add_test(tc, the_command_migrates_once);
    tcase_add_test(tc, rows_that_came_early_stop_nothing);
    pg_fixture();
    return unit_run(tc, "migrate");
}
