/* /v1/hooks: handshakes, probes, and who is not there. */
#include "api/real_server.h"

#include "lib/hook_sender.h"

/* ---- handshakes ---- */

static const struct reply *hello(const struct hook_source *s, const char *query)
{
    return call(srv.port, "GET", text("%s?%s", hook_path(s), query), NULL, NULL,
                NULL);
}

/* The query of a captured GET. */
static const char *captured_query(const char *platform, const char *file)
{
    size_t n;
    char *head = fixture_body(platform, file, &n);
    const char *at = strchr(head, '?');
    const char *query;

    ck_assert_ptr_nonnull(at);
    query = keep("%.*s", (int)strcspn(at + 1, " "), at + 1);
    free(head);
    return query;
}

START_TEST(meta_is_answered_its_digits_and_nothing_else)
{
    struct hook_source s = hook_source_make(&srv, "meta", "x", "", 0);
    const struct reply *r = hello(&s, captured_query("meta", "verify_get.txt"));
    char type[64];

    EXPECT(r, 200);
    ck_assert_str_eq(r->body, "1158201444");
    ck_assert_int_eq(strncmp(reply_field(r, "Content-Type", type, sizeof(type)),
                             "text/plain", 10),
                     0);
    r = hello(&s, captured_query("meta", "verify_get_wrong_token.txt"));
    EXPECT(r, 403);
    ck_assert_str_ne(r->body, "77");
    ck_assert_str_eq(reply_text(r, "/detail"),
                     "hub.verify_token is not the source's verify_token");
    r = hello(&s, captured_query("meta", "verify_get_encoded.txt"));
    EXPECT(r, 403);
    ck_assert_ptr_null(strstr(r->body, "script"));
}
END_TEST

START_TEST(linkedin_signs_a_uuid_and_never_an_event)
{
    struct hook_source s = hook_linkedin_make(&srv);
    const struct reply *r =
        hello(&s, captured_query("linkedin", "challenge_get.txt"));

    EXPECT(r, 200);
    ck_assert_str_eq(reply_text(r, "/challengeCode"),
                     "890e4665-4dfe-4ab1-b689-ed553bceeed0");
    ck_assert_str_eq(
        reply_text(r, "/challengeResponse"),
        "b1dbfc8be919ab5d5bf3fc95e22a8739269b04fe24c895b1ad3ac02436a1ece2");
    EXPECT(hello(&s, captured_query("linkedin", "challenge_get_forged.txt")),
           400);
    EXPECT(hello(&s, "challengeCode=890e4665-4dfe-1ab1-b689-ed553bceeed0"),
           400);
    EXPECT(hello(&s, "challengeCode=890e4665-4dfe-4ab1-b689-ed553bceeed00"),
           400);
}
END_TEST

START_TEST(zalo_may_probe_with_exactly_an_empty_object)
{
    struct hook_source s = hook_source_make(&srv, "zalo", "x", "app_id=1", 0);
    long long before = sql_int("SELECT count(*) FROM receipt");

    EXPECT(call(srv.port, "POST", hook_path(&s), NULL, NULL, "{}"), 200);
    ck_assert_int_eq(sql_int("SELECT count(*) FROM receipt"), before);
    EXPECT(call(srv.port, "POST", hook_path(&s), NULL, NULL, "{} "), 401);
}
END_TEST

START_TEST(others_are_answered_a_get)
{
    struct hook_source s = hook_source_make(&srv, "tiktok", "x", "", 0);

    EXPECT(call(srv.port, "GET", hook_path(&s), NULL, NULL, NULL), 200);
}
END_TEST

/* ---- CloudEvents ---- */

static const struct reply *may_i(const char *path, const char *headers)
{
    return call(srv.port, "OPTIONS", path, NULL, headers, NULL);
}

#define ORIGIN "WebHook-Request-Origin: eventemitter.example.com\r\n"

static const char *allowed(const struct reply *r, const char *what)
{
    static char value[2][128];
    static int n;
    char *out = value[n = !n];

    return reply_field(r, what, out, sizeof(value[0])) ? out : "";
}

static void check_consent(const struct hook_source *s, const char *headers)
{
    const struct reply *r = may_i(hook_path(s), headers);

    EXPECT(r, 200);
    ck_assert_str_eq(r->body, "");
    ck_assert_str_eq(allowed(r, "WebHook-Allowed-Origin"),
                     "eventemitter.example.com");
    ck_assert_str_eq(allowed(r, "WebHook-Allowed-Rate"), "300000");
    ck_assert_ptr_nonnull(strstr(allowed(r, "Allow"), "POST"));
}

static void check_no_consent(const char *path, const char *headers)
{
    const struct reply *r = may_i(path, headers);

    EXPECT(r, 204);
    ck_assert_str_eq(allowed(r, "WebHook-Allowed-Origin"), "");
    ck_assert_str_eq(allowed(r, "Access-Control-Allow-Origin"), "");
    ck_assert_ptr_nonnull(strstr(allowed(r, "Allow"), "POST"));
}

START_TEST(a_cloudevents_sender_is_consented_to_when_it_asks)
{
    struct hook_source s = hook_source_make(&srv, "cloudevents", "k", "", 0);
    struct hook_source other = hook_source_make(&srv, "tiktok", "k", "", 0);

    check_consent(&s, ORIGIN);
    check_consent(&s, ORIGIN "WebHook-Request-Rate: 120\r\n"
                             "WebHook-Request-Callback:"
                             " http://127.0.0.1:1/never-called\r\n");
    check_no_consent(hook_path(&s), NULL);
    check_no_consent(hook_path(&s), "Origin: https://shop.example\r\n"
                                    "Access-Control-Request-Method: POST\r\n");
    check_no_consent(hook_path(&other), ORIGIN);
    EXPECT(may_i("/v1/hooks/cloudevents/1-nobody", ORIGIN), 404);
    EXPECT(may_i(text("/v1/hooks/cloudevents/%s", other.key), ORIGIN), 404);
}
END_TEST

START_TEST(it_is_consented_to_while_the_database_is_away)
{
    struct hook_source s = hook_source_make(&srv, "cloudevents", "k", "", 0);

    pg_fixture_down();
    check_consent(&s, ORIGIN);
    check_no_consent(hook_path(&s), NULL);
    EXPECT(may_i("/v1/hooks/cloudevents/1-nobody", ORIGIN), 404);
    pg_fixture_up();
    ck_assert(UNTIL(get(NULL, "/readyz")->status == 200, 20000));
}
END_TEST

static const struct {
    const char *type;
    int status;
} FORMATS[] = {
    {"application/cloudevents+json; charset=utf-8", 200},
    {"Application/CloudEvents-Batch+JSON", 200},
    {"application/json", 200},
    {"application/vnd.shop.lead+json", 200},
    {"application/cloudevents+avro", 415},
    {"application/cloudevents+xml", 415},
    {"application/cloudevents", 415},
    {"application/cloudevents-batch+protobuf", 415},
    {"application/xml", 415},
    {"text/plain", 415},
    {"application/x-www-form-urlencoded", 415},
};

START_TEST(formats_of_cloudevents_nobody_reads_are_refused)
{
    struct hook_source s = hook_source_make(&srv, "cloudevents", "k", "", 0);
    const char *headers =
        text("Content-Type: %s\r\nX-Api-Key: k\r\nce-id: 1\r\n"
             "ce-source: /x\r\nce-specversion: 1.0\r\nce-type: t\r\n",
             FORMATS[_i].type);

    EXPECT(call(srv.port, "POST", hook_path(&s), NULL, headers,
                "{\"specversion\": \"1.0\", \"id\": \"1\", \"source\":"
                " \"/x\", \"type\": \"t\", \"data\": {\"name\": \"B\"}}"),
           FORMATS[_i].status);
    EXPECT(call(srv.port, "POST", hook_path(&s), NULL,
                text("Content-Type: %s\r\n", FORMATS[_i].type), "{}"),
           401); /* who may not send learns nothing about formats */
    ck_assert_int_eq(sql_int(text("SELECT count(*) FROM receipt WHERE"
                                  " source_id = '%s'",
                                  s.id)),
                     FORMATS[_i].status == 200);
}
END_TEST

/* ---- who is not there ---- */

START_TEST(unknown_platforms_and_keys_are_not_there)
{
    struct hook_source s = hook_source_make(&srv, "tiktok", "x", "", 0);
    static const char *const PATHS[] = {"/v1/hooks/nobody/1-x",
                                        "/v1/hooks/meta/1-nobody"};
    const struct reply *r;

    for (size_t i = 0; i < 2; i++) {
        EXPECT(call(srv.port, "POST", PATHS[i], NULL, NULL, "{}"), 404);
        EXPECT(call(srv.port, "GET", PATHS[i], NULL, NULL, NULL), 404);
    }
    /* a key of one platform opens no other */
    EXPECT(call(srv.port, "POST", text("/v1/hooks/meta/%s", s.key), NULL, NULL,
                "{}"),
           404);
    EXPECT(call(srv.port, "POST", text("/v1/hooks/meta/%s", srv.form_key), NULL,
                NULL, "{}"),
           404);
    r = call(srv.port, "POST", "/v1/hooks/google-ads/1-nobody", NULL, NULL,
             "{}");
    EXPECT(r, 404);
    ck_assert_ptr_nonnull(reply_at(r, "/message"));
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("hooks_hello");

    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, meta_is_answered_its_digits_and_nothing_else);
    tcase_add_test(tc, linkedin_signs_a_uuid_and_never_an_event);
    tcase_add_test(tc, zalo_may_probe_with_exactly_an_empty_object);
    tcase_add_test(tc, others_are_answered_a_get);
    tcase_add_test(tc, a_cloudevents_sender_is_consented_to_when_it_asks);
    tcase_add_test(tc, it_is_consented_to_while_the_database_is_away);
    tcase_add_loop_test(tc, formats_of_cloudevents_nobody_reads_are_refused, 0,
                        sizeof(FORMATS) / sizeof(*FORMATS));
    tcase_add_test(tc, unknown_platforms_and_keys_are_not_there);
    return real_server_main(tc, "hooks_hello", NULL);
}
