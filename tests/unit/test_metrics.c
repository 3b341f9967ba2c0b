#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metrics/metrics.h"

static void *count(void *arg)
{
    for (int i = 0; i < 10000; i++) {
        metric_add(METRIC_HTTP_LATE, 1);
        metric_observe(METRIC_HTTP_BODY_BYTES, 200);
    }
    return arg;
}

START_TEST(counts_from_many_threads_add_up)
{
    AUTO(buf_release) struct buf out = BUF_INIT;
    pthread_t t[4];

    for (int i = 0; i < 4; i++)
        pthread_create(&t[i], NULL, count, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    ck_assert_int_eq(metrics_write(&out), ERR_OK);
    ck_assert(strstr(out.ptr, "leadd_http_late_answers_total 40000\n"));
    ck_assert(strstr(out.ptr, "body_bytes_bucket{le=\"128\"} 0\n"));
    ck_assert(strstr(out.ptr, "body_bytes_bucket{le=\"256\"} 40000\n"));
    ck_assert(strstr(out.ptr, "body_bytes_bucket{le=\"+Inf\"} 40000\n"));
    ck_assert(strstr(out.ptr, "body_bytes_sum 8000000\n"));
    ck_assert(strstr(out.ptr, "body_bytes_count 40000\n"));
}
END_TEST

START_TEST(labels_have_slots_and_a_last_resort)
{
    AUTO(buf_release) struct buf out = BUF_INIT;
    unsigned a = metric_slot(METRIC_HTTP_SECONDS, "/v1/a\"b");

    ck_assert_uint_eq(metric_slot(METRIC_HTTP_SECONDS, "/v1/a\"b"), a);
    metric_observe_at(METRIC_HTTP_SECONDS, a, 1500);
    for (int i = 0; i < 100; i++) {
        char value[16];

        snprintf(value, sizeof(value), "r%d", i);
        ck_assert_uint_lt(metric_slot(METRIC_HTTP_SECONDS, value),
                          METRIC_SLOTS);
    }
    ck_assert_int_eq(metrics_write(&out), ERR_OK);
    ck_assert(strstr(out.ptr, "{route=\"/v1/a\\\"b\",le=\"0.001000\"} 0\n"));
    ck_assert(strstr(out.ptr, "{route=\"/v1/a\\\"b\",le=\"0.002500\"} 1\n"));
    ck_assert(strstr(out.ptr, "_sum{route=\"/v1/a\\\"b\"} 0.001500\n"));
    ck_assert(strstr(out.ptr, "{route=\"other\""));
}
END_TEST

START_TEST(promtool_finds_nothing_to_say)
{
    AUTO(buf_release) struct buf out = BUF_INIT;
    FILE *p;

    if (system("command -v promtool >/dev/null") != 0)
        return;
    metric_set_at(METRIC_HTTP_REFUSED, metric_slot(METRIC_HTTP_REFUSED, "x"),
                  3);
    ck_assert_int_eq(metrics_write(&out), ERR_OK);
    p = popen("promtool check metrics", "w");
    ck_assert_ptr_nonnull(p);
    fwrite(out.ptr, 1, out.len, p);
    ck_assert_int_eq(pclose(p), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("metrics");
    TCase *t = tcase_create("metrics");
    SRunner *r;
    int failed;

    tcase_add_test(t, counts_from_many_threads_add_up);
    tcase_add_test(t, labels_have_slots_and_a_last_resort);
    tcase_add_test(t, promtool_finds_nothing_to_say);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? 1 : 0;
}
