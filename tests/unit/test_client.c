/* What an outgoing call may and may not do, against a server of the test's
 * own on loopback. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "lib/fake_http.h"
#include "outbound/client.h"
#include "unit.h"

static int port;
static char base[64];

static bool loopback(void *ctx, const uint8_t *ip)
{
    (void)ctx;
    return ip[12] == 127 || ip[15] == 1;
}

static enum err get(bool allow, const struct client_call *call,
                    struct client_reply *out)
{
    struct client_rules rules = {.allowed = allow ? loopback : NULL};
    struct client *c = client_new(&rules);
    enum err e;

    ck_assert_ptr_nonnull(c);
    e = client_call(c, call, out);
    client_free(c);
    return e;
}

static const char *const FORBIDDEN[] = {
    "127.0.0.1",       "localhost",
    "[::1]",           "0.0.0.0",
    "2130706433",      "0x7f.1",
    "127.1",           "017700000001",
    "[::ffff:7f00:1]", "[::ffff:127.0.0.1]"};

START_TEST(loopback_in_any_dress_is_refused)
{
    struct client_call call = {.base = base, .path = "/secret"};
    struct client_reply r;

    snprintf(base, sizeof(base), "http://%s:%d", FORBIDDEN[_i], port);
    ck_assert_int_eq(get(false, &call, &r), ERR_OUTBOUND_REFUSED);
    ck_assert_int_eq(fake_asked("/secret"), 0);
    client_reply_release(&r);
}
END_TEST

static const char *const STRAY[] = {
    "http://example.com/",
    "https://example.com:8443/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "https://u:p@example.com/",
    "gopher://example.com:443/",
    "/only/a/path",
    "",
};

START_TEST(a_stray_address_is_https_on_port_443_only)
{
    struct client_call call = {.path = STRAY[_i]};
    struct client_reply r;

    ck_assert_int_eq(get(true, &call, &r), ERR_OUTBOUND_REFUSED);
    client_reply_release(&r);
}
END_TEST

START_TEST(a_path_cannot_change_the_host)
{
    struct client_call call = {.base = base, .path = "@evil.example/"};
    struct client_reply r;

    ck_assert_int_eq(get(true, &call, &r), ERR_OUTBOUND_REFUSED);
    client_reply_release(&r);
    ck_assert(client_base_ok("https://graph.facebook.com"));
    ck_assert(client_base_ok("http://127.0.0.1:1/x"));
    ck_assert(!client_base_ok("https://a/?x"));
    ck_assert(!client_base_ok("https://u@a/"));
    ck_assert(!client_base_ok("nonsense"));
}
END_TEST

START_TEST(a_token_goes_as_a_header)
{
    struct client_call call = {.base = base,
                               .path = "/token?x=1",
                               .bearer = "tok-1",
                               .fields = {"X-One: 1"}};
    struct client_reply r;

    fake_answer("/token", 200, "{\"a\":1}");
    ck_assert_int_eq(get(true, &call, &r), ERR_OK);
    ck_assert_int_eq(r.status, 200);
    ck_assert_str_eq(r.body.ptr, "{\"a\":1}");
    ck_assert_int_eq(fake_asked("GET /token?x=1 HTTP/1.1"), 1);
    ck_assert_int_eq(fake_asked("Authorization: Bearer tok-1\r\n"), 1);
    ck_assert_int_eq(fake_asked("X-One: 1\r\n"), 1);
    client_reply_release(&r);
}
END_TEST

START_TEST(a_body_is_posted)
{
    struct client_call call = {.base = base,
                               .path = "/verify",
                               .body = "secret=1&response=2",
                               .content_type =
                                   "application/x-www-form-urlencoded"};
    struct client_reply r;

    fake_answer("POST /verify", 200, "{}");
    ck_assert_int_eq(get(true, &call, &r), ERR_OK);
    ck_assert_int_eq(r.status, 200);
    ck_assert_int_eq(fake_asked("Content-Length: 19\r\n"), 1);
    client_reply_release(&r);
}
END_TEST

START_TEST(a_redirect_is_an_answer_not_an_order)
{
    struct client_call call = {.base = base, .path = "/moved", .bearer = "t"};
    struct fake_rule rule = {.part = "/moved", .status = 302, .times = -1};
    struct client_reply r;

    snprintf(rule.fields, sizeof(rule.fields),
             "Location: http://127.0.0.1:%d/evil\r\n", port);
    fake_rule(&rule);
    ck_assert_int_eq(get(true, &call, &r), ERR_OK);
    ck_assert_int_eq(r.status, 302);
    ck_assert_int_eq(fake_asked("/evil"), 0);
    client_reply_release(&r);
}
END_TEST

START_TEST(a_slow_server_meets_the_deadline)
{
    struct client_call call = {.base = base, .path = "/slow", .total_ms = 200};
    struct fake_rule rule = {
        .part = "/slow", .status = 200, .delay_ms = 3000, .times = -1};
    int64_t began = clock_mono_ms();
    struct client_reply r;

    fake_rule(&rule);
    ck_assert_int_eq(get(true, &call, &r), ERR_DEADLINE);
    ck_assert_int_lt(clock_mono_ms() - began, 1500);
    client_reply_release(&r);
}
END_TEST

START_TEST(a_reply_has_a_ceiling)
{
    struct client_call call = {.base = base, .path = "/huge"};
    struct fake_rule rule = {
        .part = "/huge", .status = 200, .huge_bytes = 65536, .times = 1};
    struct client_reply r;

    fake_rule(&rule);
    ck_assert_int_eq(get(true, &call, &r), ERR_OK);
    client_reply_release(&r);
    rule.huge_bytes++;
    fake_rule(&rule);
    ck_assert_int_eq(get(true, &call, &r), ERR_TOO_LARGE);
    client_reply_release(&r);
}
END_TEST

START_TEST(proxies_of_the_environment_are_not_asked)
{
    struct client_call call = {.base = base, .path = "/direct"};
    struct client_reply r;

    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    fake_answer("GET /direct", 200, "{}");
    ck_assert_int_eq(get(true, &call, &r), ERR_OK);
    ck_assert_int_eq(r.status, 200);
    client_reply_release(&r);
}
END_TEST

START_TEST(what_to_wait_for_is_read)
{
    struct client_call call = {.base = base, .path = "/limit"};
    struct fake_rule rule = {
        .part = "/limit",
        .status = 429,
        .fields =
            "retry-after:  7 \r\nX-Business-Use-Case-Usage: {\"1\":[]}\r\n",
        .times = -1};
    struct client_reply r;

    fake_rule(&rule);
    ck_assert_int_eq(get(true, &call, &r), ERR_OK);
    ck_assert_int_eq(r.retry_ms, 7000);
    ck_assert_str_eq(r.usage, "{\"1\":[]}");
    client_reply_release(&r);
}
END_TEST

START_TEST(nobody_there_is_a_failure_of_the_network)
{
    struct client_call call = {.base = "http://127.0.0.1:1", .path = "/"};
    struct client_reply r;

    ck_assert_int_eq(get(true, &call, &r), ERR_IO);
    client_reply_release(&r);
}
END_TEST

static void setup(void)
{
    snprintf(base, sizeof(base), "http://127.0.0.1:%d", port);
}

int main(void)
{
    TCase *tc = tcase_create("client");

    port = fake_start();
    client_global_init();
    tcase_set_timeout(tc, 20);
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_loop_test(tc, loopback_in_any_dress_is_refused, 0,
                        ARRAY_LEN(FORBIDDEN));
    tcase_add_loop_test(tc, a_stray_address_is_https_on_port_443_only, 0,
                        ARRAY_LEN(STRAY));
    tcase_add_test(tc, a_path_cannot_change_the_host);
    tcase_add_test(tc, a_token_goes_as_a_header);
    tcase_add_test(tc, a_body_is_posted);
    tcase_add_test(tc, a_redirect_is_an_answer_not_an_order);
    tcase_add_test(tc, a_slow_server_meets_the_deadline);
    tcase_add_test(tc, a_reply_has_a_ceiling);
    tcase_add_test(tc, proxies_of_the_environment_are_not_asked);
    tcase_add_test(tc, what_to_wait_for_is_read);
    tcase_add_test(tc, nobody_there_is_a_failure_of_the_network);
    return unit_run(tc, "client");
}
