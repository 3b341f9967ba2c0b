/* The database freezes, drops connections, restarts; the server is killed or
 * told to stop under load.  What was acknowledged is stored, once. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "api/real_server.h"

#define POSTERS   16
#define ACKED_MAX 60000
#define CALL_MS   15000

static struct load {
    int (*fault)(void); /* run by one thread; then all end */
    atomic_bool stop;
    atomic_int sent, acked, refused, silent, other;
    char receipt[ACKED_MAX][40];
    int fault_code;
} load;

static void post_until_stop(int poster)
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
        if (status == 201 && (at = load.acked++) < ACKED_MAX) {
            j = json_loads(answer, 0, NULL);
            snprintf(load.receipt[at], sizeof(load.receipt[at]), "%s",
                     json_string_value(json_object_get(j, "receipt_id")));
            json_decref(j);
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

static void one_of_load(void *ctx, int i)
{
    (void)ctx;
    if (i < POSTERS) {
        post_until_stop(i);
        return;
    }
    load.fault_code = load.fault();
    load.stop = true;
}

static bool acked_at_least(int n)
{
    return UNTIL(load.acked >= n, 20000);
}

static void run_load(int (*fault)(void))
{
    memset(&load, 0, sizeof(load));
    load.fault = fault;
    together(POSTERS + 1, one_of_load, NULL);
    fprintf(stderr, "%d sent: %d acknowledged, %d refused, %d silent\n",
            load.sent, load.acked, load.refused, load.silent);
    ck_assert_int_eq(load.fault_code, 0);
    ck_assert_int_eq(load.other, 0);
    ck_assert_int_gt(load.acked, 0);
}

/* Each acknowledged receipt is there once and has a lead of its own. */
static void check_acked(void)
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

static void begin(void)
{
    struct pg *pg;

    pg_fixture_signal(SIGCONT); /* whatever the last test left */
    pg = pg_fixture_connect(true);

    /* a commit the server was told of outlives the crash of a backend */
    pg_fixture_sql(pg, "ALTER DATABASE postgres SET synchronous_commit = on");
    pg_fixture_reset(pg);
    pg_free(pg);
    server_start(&srv, pg_fixture(), NULL);
}

static void end(void)
{
    if (srv.pid)
        ck_assert_int_eq(server_stop(&srv), 0);
    server_free(&srv);
}

static bool serves_again(void)
{
    return UNTIL(try_call(srv.port, CALL_MS, "POST", "/v1/leads", srv.intake,
                          text("{\"contact\": {\"email\": \"%s@gmail.com\"}}",
                               fresh("again")),
                          NULL, 0) == 201,
                 20000);
}

START_TEST(frozen_it_is_answered_in_time_and_comes_back)
{
    const char *const calls[][3] = {
        {"POST", "/v1/leads", "{\"contact\": {\"email\": \"f@gmail.com\"}}"},
        {"GET", "/v1/leads", NULL},
    };
    const struct reply *r;
    long long began;
    char v[16];

    begin();
    ck_assert(serves_again());
    pg_fixture_signal(SIGSTOP);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 2; i++) {
            began = talk_ms();
            r = call(srv.port, calls[i][0], calls[i][1], srv.admin, NULL,
                     calls[i][2]);
            EXPECT(r, 503);
            ck_assert_int_le(talk_ms() - began, 6000);
            ck_assert_int_ge(atoi(reply_field(r, "Retry-After", v, sizeof(v))),
                             1);
        }
        began = talk_ms();
        EXPECT(get(NULL, "/healthz"), 200);
        EXPECT(get(NULL, "/readyz"), 503);
        ck_assert_int_le(talk_ms() - began, 6000);
    }
    pg_fixture_signal(SIGCONT);
    ck_assert(serves_again());
    ck_assert(UNTIL(get(NULL, "/readyz")->status == 200, 10000));
    end();
}
END_TEST

static int terminate_in_a_loop(void)
{
    PGconn *c = PQconnectdb(pg_fixture());

    for (int i = 0; i < 30; i++) {
        if (!acked_at_least((i + 1) * 20))
            break;
        PQclear(PQexec(c, "SELECT pg_terminate_backend(pid) FROM"
                          " pg_stat_activity WHERE pid <> pg_backend_pid()"
                          " AND backend_type = 'client backend'"));
    }
    PQfinish(c);
    return acked_at_least(30 * 20) ? 0 : 1;
}

START_TEST(dropped_connections_lose_nothing)
{
    begin();
    run_load(terminate_in_a_loop);
    ck_assert_int_eq(load.silent, 0);
    check_acked();
    end();
}
END_TEST

static int kill_the_server(void)
{
    bool ok = acked_at_least(300);

    kill(srv.pid, SIGKILL);
    return ok ? 0 : 1;
}

START_TEST(killed_and_started_again_it_has_all_it_acknowledged)
{
    begin();
    run_load(kill_the_server);
    ck_assert_int_eq(server_wait(&srv), 128 + SIGKILL);
    check_acked();
    server_again(&srv);
    ck_assert(serves_again());
    check_acked();
    end();
}
END_TEST

static int restart_the_cluster(void)
{
    for (int i = 0; i < 3; i++) {
        if (!acked_at_least(load.acked + 200))
            return 1;
        pg_fixture_restart();
    }
    return acked_at_least(load.acked + 200) ? 0 : 1;
}

START_TEST(a_restarted_cluster_loses_nothing)
{
    begin();
    run_load(restart_the_cluster);
    ck_assert_int_eq(load.silent, 0);
    check_acked();
    end();
}
END_TEST

static int tell_to_stop(void)
{
    bool ok = acked_at_least(300);

    kill(srv.pid, SIGTERM);
    return ok ? server_wait(&srv) : 1;
}

START_TEST(stopped_under_load_it_ends_well)
{
    begin();
    run_load(tell_to_stop);
    check_acked();
    end();
}
END_TEST

static atomic_int answered;

static void in_flight(void *ctx, int i)
{
    (void)ctx;
    if (i < 20) {
        int status = try_call(
            srv.port, CALL_MS, "POST", "/v1/leads", srv.intake,
            text("{\"contact\": {\"email\": \"fly-%d@gmail.com\"}}", i), NULL,
            0);

        answered += status == 201;
        return;
    }
    /* all twenty wait for the frozen database */
    (void)UNTIL(false, 1000);
    kill(srv.pid, SIGTERM);
    (void)UNTIL(false, 200);
    pg_fixture_signal(SIGCONT);
}

START_TEST(what_is_in_flight_is_answered_before_the_end)
{
    begin();
    ck_assert(serves_again());
    pg_fixture_signal(SIGSTOP);
    together(21, in_flight, NULL);
    ck_assert_int_eq(answered, 20);
    ck_assert_int_eq(server_wait(&srv), 0);
    end();
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("database");
    Suite *s = suite_create("fault");
    SRunner *r = srunner_create(s);
    int failed;

    pg_fixture();
    tcase_set_timeout(tc, 90);
    tcase_add_test(tc, frozen_it_is_answered_in_time_and_comes_back);
    tcase_add_test(tc, dropped_connections_lose_nothing);
    tcase_add_test(tc, killed_and_started_again_it_has_all_it_acknowledged);
    tcase_add_test(tc, a_restarted_cluster_loses_nothing);
    tcase_add_test(tc, stopped_under_load_it_ends_well);
    tcase_add_test(tc, what_is_in_flight_is_answered_before_the_end);
    suite_add_tcase(s, tc);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
