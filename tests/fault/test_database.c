/* The database freezes, drops connections, restarts; the server is killed or
 * told to stop under load.  What was acknowledged is stored, once. */
#include <signal.h>

#include "fault/load.h"

START_TEST(frozen_it_is_answered_in_time_and_comes_back)
{
    const char *const calls[][3] = {
        {"POST", "/v1/leads", "{\"contact\": {\"email\": \"f@gmail.com\"}}"},
        {"GET", "/v1/leads", NULL},
    };
    const struct reply *r;
    long long began;
    char v[16];

    fault_begin(NULL);
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
    fault_end();
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
    fault_begin(NULL);
    run_load(terminate_in_a_loop);
    ck_assert_int_eq(load.silent, 0);
    check_acked();
    fault_end();
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
    fault_begin(NULL);
    run_load(kill_the_server);
    ck_assert_int_eq(server_wait(&srv), 128 + SIGKILL);
    check_acked();
    server_again(&srv);
    ck_assert(serves_again());
    check_acked();
    fault_end();
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
    fault_begin(NULL);
    run_load(restart_the_cluster);
    ck_assert_int_eq(load.silent, 0);
    check_acked();
    fault_end();
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
    fault_begin(NULL);
    run_load(tell_to_stop);
    check_acked();
    fault_end();
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
    fault_begin(NULL);
    ck_assert(serves_again());
    pg_fixture_signal(SIGSTOP);
    together(21, in_flight, NULL);
    ck_assert_int_eq(answered, 20);
    ck_assert_int_eq(server_wait(&srv), 0);
    fault_end();
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
