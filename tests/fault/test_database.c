/* The database freezes, drops connections, restarts; the server is killed or
 * told to stop under load.  What was acknowledged is stored, once. */
#include <signal.h>
#include <sys/resource.h>

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

/* ---- settings ---- */

/* As a plain page does. */
static int post_form(void)
{
    return call(srv.port, "POST", text("/v1/forms/%s", srv.form_key), NULL,
                "Content-Type: application/x-www-form-urlencoded\r\n"
                "Accept: text/html\r\n",
                "phone=0912345678")
        ->status;
}

/* Another instance changed something while ours has no file left to open, the
   rules of the time zone say: what it knew goes on, and nobody tells it
   twice. */
START_TEST(settings_that_could_not_be_read_are_read_again)
{
    struct rlimit was, none;

    fault_begin(NULL);
    ck_assert(serves_again());
    ck_assert_int_eq(prlimit(srv.pid, RLIMIT_NOFILE, NULL, &was), 0);
    none = (struct rlimit){3, was.rlim_max};
    ck_assert_int_eq(prlimit(srv.pid, RLIMIT_NOFILE, &none, NULL), 0);
    sql_run("WITH s AS (UPDATE source SET success_url = 'https://later.test/'"
            " WHERE kind = 'form') INSERT INTO pulse (workspace_id, topic,"
            " version) VALUES (1, 'settings', 1) ON CONFLICT (workspace_id,"
            " topic) DO UPDATE SET version = pulse.version + 1");
    ck_assert(UNTIL(server_logged(&srv, "workspace_unusable") ||
                        server_logged(&srv, "watch_failed"),
                    5000));
    ck_assert_int_eq(prlimit(srv.pid, RLIMIT_NOFILE, &was, NULL), 0);
    ck_assert_int_ne(post_form(), 404);
    ck_assert(UNTIL(post_form() == 303, 5000)); /* it has a success page now */
    fault_end();
}
END_TEST

/* jsonb writes 1e20 with all its digits, which is more than JSON's readers
   take for an integer: that source has no mapping, the others go on. */
START_TEST(a_setting_that_nobody_can_read_stops_no_other)
{
    const struct reply *r;

    fault_begin(NULL);
    ck_assert(serves_again());
    sql_run("UPDATE source SET mapping = '{\"n\": 1e20}' WHERE kind = 'form'");
    r = post(srv.admin, "/v1/sources",
             "{\"kind\": \"form\", \"name\": \"beside\"}");
    EXPECT(r, 201);
    snprintf(srv.form_key, sizeof(srv.form_key), "%s",
             reply_text(r, "/source_key"));
    ck_assert(UNTIL(post_form() == 201, 5000));
    ck_assert_int_gt(server_logged(&srv, "mapping_unusable"), 0);
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
    tcase_add_test(tc, settings_that_could_not_be_read_are_read_again);
    tcase_add_test(tc, a_setting_that_nobody_can_read_stops_no_other);
    suite_add_tcase(s, tc);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
