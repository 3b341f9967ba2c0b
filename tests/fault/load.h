/**
 * @file load.h
 * Many clients that post leads while a fault happens, and the check that what
 * was acknowledged is stored, once.  For the programs of tests/fault.
 */
#ifndef LEADD_TESTS_LOAD_H
#define LEADD_TESTS_LOAD_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "api/real_server.h"
#include "fault/small_disk.h"

#define POSTERS   16
#define ACKED_MAX 60000
#define CALL_MS   15000

static struct load {
    int (*fault)(void); /* run by one thread; then all end */
    atomic_bool stop;
    atomic_int sent, acked, spooled, refused, silent, other;
    char receipt[ACKED_MAX][40];
    int fault_code;
} load;

__attribute__((unused)) static void post_until_stop(int poster)
{
    char body[160], answer[8192];

    for (int i = 0; !load.stop && i < ACKED_MAX / POSTERS; i++) {
        json_t *j;
        int status, at;

        snprintf(body, sizeof(body),
                 "{\"contact\": {\"email\": \"l-%d-%d-%d@gmail.com\"}}",
                 (int)getpid(), poster, i);
        load.sent++;
        status = try_call(srv.port, CALL_MS, "POST", "/v1/leads", srv.intake,
                          body, answer, sizeof(answer));
        load.spooled += status == 202;
        if ((status == 201 || status == 202) &&
            (at = load.acked++) < ACKED_MAX) {
            j = json_loads(answer, 0, NULL);
            snprintf(load.receipt[at], sizeof(load.receipt[at]), "%s",
                     json_string_value(json_object_get(j, "receipt_id")));
            json_decref(j);
            poll(NULL, 0,
                 status == 202); /* it takes them faster than we need */
        } else if (status == 503) {
            load.refused++;
            poll(NULL, 0, 5);
        } else if (status == 0) {
            load.silent++;
            poll(NULL, 0, 5);
        } else {
            load.other++;
            fprintf(stderr, "answer %d: %.300s\n", status, answer);
        }
    }
}

__attribute__((unused)) static void one_of_load(void *ctx, int i)
{
    (void)ctx;
    if (i < POSTERS) {
        post_until_stop(i);
        return;
    }
    load.fault_code = load.fault();
    load.stop = true;
}

__attribute__((unused)) static bool acked_at_least(int n)
{
    return UNTIL(load.acked >= n, 20000);
}

__attribute__((unused)) static void run_load(int (*fault)(void))
{
    memset(&load, 0, sizeof(load));
    load.fault = fault;
    together(POSTERS + 1, one_of_load, NULL);
    fprintf(stderr,
            "%d sent: %d acknowledged (%d spooled), %d refused, %d silent\n",
            load.sent, load.acked, load.spooled, load.refused, load.silent);
    ck_assert_int_eq(load.fault_code, 0);
    ck_assert_int_eq(load.other, 0);
    ck_assert_int_gt(load.acked, 0);
}

/* Each acknowledged receipt is there once and has a lead of its own. */
__attribute__((unused)) static void check_acked(void)
{
    struct pg *pg = pg_fixture_connect(false);

    pg_fixture_sql(pg, "CREATE TEMP TABLE acked (receipt_id uuid)");
    pg_fixture_sql(pg, "BEGIN");
    for (int i = 0; i < load.acked; i++)
        pg_fixture_sql(
            pg, text("INSERT INTO acked VALUES ('%s')", load.receipt[i]));
    pg_fixture_sql(pg, "COMMIT");
    pg_fixture_sql(
        pg,
        text("DO $$ DECLARE n bigint; BEGIN"
             " SELECT count(*) INTO n FROM acked JOIN receipt USING"
             " (receipt_id) JOIN lead USING (lead_id); IF n <> %d THEN"
             " RAISE 'acknowledged %d, stored %%', n; END IF;"
             " SELECT count(*) INTO n FROM (SELECT 1 FROM receipt WHERE door"
             " = 'lead' GROUP BY lead_id HAVING count(*) > 1) x;"
             " IF n > 0 THEN RAISE '%% leads were stored twice', n; END IF;"
             " END $$",
             load.acked, load.acked));
    pg_free(pg);
}

__attribute__((unused)) static void fault_begin(const char *const env[])
{
    struct pg *pg;

    pg_fixture_up(); /* whatever the last test left */
    pg_fixture_signal(SIGCONT);
    pg_fixture_read_only(false);
    disk_return_leads();
    pg = pg_fixture_connect(true);
    /* a commit the server was told of outlives the crash of a backend */
    pg_fixture_sql(pg, "ALTER DATABASE postgres SET synchronous_commit = on");
    pg_fixture_reset(pg);
    pg_free(pg);
    server_start(&srv, pg_fixture(), env);
}

__attribute__((unused)) static void fault_end(void)
{
    if (srv.pid)
        ck_assert_int_eq(server_stop(&srv), 0);
    server_free(&srv);
}

__attribute__((unused)) static bool serves_again(void)
{
    return UNTIL(try_call(srv.port, CALL_MS, "POST", "/v1/leads", srv.intake,
                          text("{\"contact\": {\"email\": \"%s@gmail.com\"}}",
                               fresh("again")),
                          NULL, 0) == 201,
                 20000);
}

#endif
