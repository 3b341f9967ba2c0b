/* The small pure parts of http/: addresses, arguments, the timer wheel. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "http/addr.h"
#include "http/args.h"
#include "http/wheel.h"

static const struct {
    const char *forwarded, *peer, *client;
} hops[] = {
    {NULL, "10.0.0.1", "10.0.0.1"},
    {"1.2.3.4", "10.0.0.1", "1.2.3.4"},
    {"6.6.6.6, 1.2.3.4", "10.0.0.1", "1.2.3.4"},
    {"1.2.3.4, 10.0.0.2", "10.0.0.1", "1.2.3.4"},
    {"1.2.3.4", "8.8.8.8", "8.8.8.8"},
    {"[2001:db8::1]:99", "10.0.0.1", "2001:db8::1"},
    {"1.2.3.4:5", "10.0.0.1", "1.2.3.4"},
    {"nonsense", "10.0.0.1", "10.0.0.1"},
    {"1.2.3.4,,", "10.0.0.1", "10.0.0.1"},
    {"", "::1", "::1"},
};

START_TEST(only_trusted_proxies_name_the_client)
{
    struct http_net nets[2];
    struct http_addr peer, client;

    ck_assert(net_parse("10.0.0.0/8", &nets[0]));
    ck_assert(net_parse("::1", &nets[1]));
    ck_assert(addr_parse(hops[_i].peer, strlen(hops[_i].peer), &peer));
    addr_client(hops[_i].forwarded, &peer, nets, 2, &client);
    ck_assert_str_eq(client.text, hops[_i].client);
}
END_TEST

START_TEST(networks_are_checked)
{
    struct http_net net;
    struct http_addr a, b;
    uint8_t x[ADDR_BYTES], y[ADDR_BYTES];

    ck_assert(!net_parse("10.0.0.0/33", &net));
    ck_assert(!net_parse("10.0.0", &net));
    ck_assert(net_parse("10.1.0.0/15", &net));
    ck_assert(addr_parse("10.0.9.9", 8, &a));
    ck_assert(net_has(&net, 1, a.ip));
    ck_assert(addr_parse("10.2.0.0", 8, &a));
    ck_assert(!net_has(&net, 1, a.ip));
    ck_assert(addr_parse("2001:db8::1", 11, &a));
    ck_assert(addr_parse("2001:db8::2", 11, &b));
    addr_bucket(&a, x);
    addr_bucket(&b, y);
    ck_assert_mem_eq(x, y, ADDR_BYTES);
}
END_TEST

static const struct {
    const char *in;
    enum err err;
    size_t n;
    const char *value;
} queries[] = {
    {"", ERR_OK, 0, NULL},
    {"a=1", ERR_OK, 1, "1"},
    {"&&a=1&", ERR_OK, 1, "1"},
    {"a=%41+b", ERR_OK, 1, "A b"},
    {"a", ERR_OK, 1, ""},
    {"a=b=c", ERR_OK, 1, "b=c"},
    {"a=%", ERR_BAD_ARGUMENT, 0, NULL},
    {"a=%4", ERR_BAD_ARGUMENT, 0, NULL},
    {"a=%g0", ERR_BAD_ARGUMENT, 0, NULL},
    {"a=%00", ERR_BAD_UTF8, 0, NULL},
    {"a=%ff", ERR_BAD_UTF8, 0, NULL},
};

START_TEST(queries_are_decoded)
{
    struct arena *mem = arena_new(1 << 20);
    const struct http_arg *args;
    size_t n;

    ck_assert_int_eq(args_parse(mem, queries[_i].in, &args, &n),
                     queries[_i].err);
    if (queries[_i].err == ERR_OK)
        ck_assert_uint_eq(n, queries[_i].n);
    if (queries[_i].value)
        ck_assert_str_eq(args[0].value, queries[_i].value);
    arena_free(mem);
}
END_TEST

static int n_fired;

static void fire(struct timer *t)
{
    (void)t;
    n_fired++;
}

START_TEST(timers_fire_once_and_never_early)
{
    static struct wheel w;
    struct timer t[100] = {{.fire = fire}};
    int64_t now = 1000000;

    n_fired = 0;
    wheel_init(&w, now);
    for (int i = 0; i < 100; i++) {
        t[i].fire = fire;
        wheel_set(&w, &t[i], now + i * 1000); /* some rounds ahead */
    }
    wheel_stop(&w, &t[50]);
    wheel_set(&w, &t[99], now + 5);
    for (int64_t ms = 0; ms < 100000; ms += 7) {
        int due = (int)(ms / 1000) + 1 + 1; /* and t[99] */

        wheel_turn(&w, now + ms);
        ck_assert_int_le(n_fired, due);
    }
    ck_assert_int_eq(n_fired, 99);
    ck_assert_uint_eq(w.n, 0);
    wheel_set(&w, &t[0], now);
    wheel_turn(&w, now + 100000000); /* after a long sleep */
    ck_assert_int_eq(n_fired, 100);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("http_parts");
    TCase *t = tcase_create("parts");
    SRunner *r;
    int failed;

    tcase_add_loop_test(t, only_trusted_proxies_name_the_client, 0,
                        (int)ARRAY_LEN(hops));
    tcase_add_test(t, networks_are_checked);
    tcase_add_loop_test(t, queries_are_decoded, 0, (int)ARRAY_LEN(queries));
    tcase_add_test(t, timers_fire_once_and_never_early);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? 1 : 0;
}
