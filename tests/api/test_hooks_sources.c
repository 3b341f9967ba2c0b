/* /v1/hooks: what single platforms and plain senders may do, and how secrets
 * are rotated. */
#include "api/real_server.h"

#include "lib/hook_sender.h"

#define GOOGLE "{\"lead_id\": \"%s\", \"google_key\": \"%s\"}"

/* ---- Google ---- */

static const struct reply *google(const struct hook_source *s, const char *body)
{
    return call(srv.port, "POST", hook_path(s), NULL, NULL, body);
}

START_TEST(google_learns_what_is_wrong)
{
    struct hook_source s =
        hook_source_make(&srv, "google-ads", "kd93-Leadd_Webhook-Key", "", 0);
    static const struct {
        const char *file;
        int status;
    } CASES_[] = {{"lead_wrong_key.json", 401},
                  {"lead_missing_key.json", 401},
                  {"doc_sample_capital_key.json", 401},
                  {"doc_sample_trailing_comma.txt", 400}};
    const struct reply *r;
    size_t n;

    for (size_t i = 0; i < sizeof(CASES_) / sizeof(*CASES_); i++) {
        char *body = fixture_body("google-ads", CASES_[i].file, &n);

        r = google(&s, body);
        free(body);
        EXPECT(r, CASES_[i].status);
        ck_assert_uint_eq(json_object_size(r->json), 1);
        ck_assert_ptr_nonnull(reply_at(r, "/message"));
    }
    r = google(&s, "{\"google_key\": \"kd93-Leadd_Webhook-Key\"}");
    EXPECT(r, 400); /* no lead_id */
    ck_assert_ptr_nonnull(reply_at(r, "/message"));
}
END_TEST

START_TEST(the_key_in_the_body_is_never_kept)
{
    struct hook_source s =
        hook_source_make(&srv, "google-ads", "very-secret-key", "", 0);
    const char *body =
        keep("{\"lead_id\": \"%s\", \"google_key\" : \"very-secret-key\","
             " \"user_column_data\": [{\"column_id\": \"EMAIL\","
             " \"string_value\": \"%s@mail.example\"}]}",
             fresh("lead"), fresh("google"));

    EXPECT(google(&s, body), 200);
    ck_assert_int_eq(
        sql_int(text("SELECT count(*) FROM receipt WHERE source_id = '%s'"
                     " AND position('very-secret-key'::bytea IN body) = 0"
                     " AND position('***************'::bytea IN body) > 0",
                     s.id)),
        1);
}
END_TEST

/* JSON may write any name so, and the key is as secret. */
START_TEST(a_key_named_with_escapes_is_understood_and_never_kept)
{
    static const char *const NAMES[] = {
        "google\\u005fkey",
        "\\u0067\\u006F\\u006f\\u0067\\u006c\\u0065\\u005f\\u006b\\u0065"
        "\\u0079"};

    for (size_t i = 0; i < sizeof(NAMES) / sizeof(*NAMES); i++) {
        struct hook_source s =
            hook_source_make(&srv, "google-ads", "very-secret-key", "", 0);

        EXPECT(google(&s, keep("{\"lead_id\": \"1\", \"%s\":"
                               " \"very-secret-key\", \"a\": {\"%s\": \"k\"},"
                               " \"%s \": \"kept\"}",
                               NAMES[i], NAMES[i], NAMES[i])),
               200);
        ck_assert_int_eq(
            sql_int(text("SELECT count(*) FROM receipt WHERE source_id = '%s'"
                         " AND position('very-secret-key'::bytea IN body) = 0"
                         " AND position('\"*\"'::bytea IN body) > 0"
                         " AND position('kept'::bytea IN body) > 0",
                         s.id)),
            1);
        EXPECT(
            google(&s, keep("{\"lead_id\": \"2\", \"%s\": \"k\"}", NAMES[i])),
            401);
    }
}
END_TEST

START_TEST(a_private_and_a_work_address_are_one_persons)
{
    struct hook_source s = hook_source_make(&srv, "google-ads", "k", "", 0);
    static const char BODY[] =
        "{\"lead_id\": \"%s\", \"google_key\": \"k\", \"user_column_data\":"
        " [{\"column_id\": \"EMAIL\", \"string_value\": \"%s\"},"
        " {\"column_id\": \"WORK_EMAIL\", \"string_value\": \"%s@%s\"}]}";
    const char *name = fresh("two"), *home = keep("%s@gmail.com", name);
    const char *firm = keep("%s.example", fresh("firm")), *lead;
    const char *one = fresh("one"), *phone = fresh_phone();
    const struct reply *r;

    EXPECT(google(&s, keep(BODY, fresh("l"), home, name, firm)), 200);
    lead = the_lead(home);
    ck_assert_str_eq(the_lead(text("%s@%s", name, firm)), lead);
    r = get(srv.marketing, text("/v1/leads/%s", lead));
    ck_assert_str_eq(reply_text(r, "/contact/email"), home);
    ck_assert_str_eq(reply_text(r, "/account/name"), firm);
    /* a post's is nobody's, but as good as none when the first is none */
    EXPECT(google(&s, keep(BODY, fresh("l"), keep("%s@gmail.com", one), "info",
                           firm)),
           200);
    ck_assert_uint_eq(found(text("info@%s", firm)), 0);
    EXPECT(call(srv.port, "POST", text("/v1/forms/%s", srv.form_key), NULL,
                FORM_TYPE, text("phone=xin+goi+sau&zalo=%s", phone)),
           201);
    ck_assert_ptr_nonnull(the_lead(phone));
    EXPECT(google(&s, keep(BODY, fresh("l"), "none", one, firm)), 200);
    ck_assert_str_eq(
        reply_text(get(srv.marketing, text("/v1/leads/%s",
                                           the_lead(text("%s@%s", one, firm)))),
                   "/contact/email"),
        text("%s@%s", one, firm));
}
END_TEST

START_TEST(test_leads_are_shown_but_neither_counted_nor_handed_out)
{
    struct hook_source s = hook_source_make(&srv, "google-ads", "k", "", 0);
    const char *mail = keep("%s@mail.example", fresh("test"));
    const struct reply *r;
    long long leads;

    EXPECT(google(&s, keep("{\"lead_id\": \"t1\", \"google_key\": \"k\","
                           " \"is_test\": true, \"user_column_data\":"
                           " [{\"column_id\": \"EMAIL\", \"string_value\":"
                           " \"%s\"}]}",
                           mail)),
           200);
    r = get(srv.marketing, text("/v1/leads/%s", the_lead(mail)));
    EXPECT(r, 200);
    ck_assert(json_is_true(reply_at(r, "/test")));
    r = get(srv.marketing, text("/v1/funnel?group_by=source"));
    EXPECT(r, 200);
    ck_assert_ptr_null(strstr(r->body, s.name));
    leads = sql_int(text("SELECT count(*) FROM ready WHERE lead_id = '%s'",
                         the_lead(mail)));
    ck_assert_int_eq(leads, 0);
}
END_TEST

START_TEST(who_withdrew_is_forgotten_and_was_counted)
{
    struct hook_source s = hook_linkedin_make(&srv);
    const char *mail = keep("%s@mail.example", fresh("gone")), *lead;
    const struct reply *r;

    EXPECT(post(srv.intake, "/v1/leads",
                text("{\"contact\": {\"name\": \"Gone Away\", \"email\":"
                     " \"%s\"}, \"source\": \"%s\", \"external_id\":"
                     " \"" HOOK_WITHDRAWN "\", \"consent\": [{\"purpose\":"
                     " \"marketing\", \"status\": \"granted\"}]}",
                     mail, s.name)),
           201);
    lead = the_lead(mail);
    hook_withdraw(&srv, &s);
    hook_withdraw(&srv, &s); /* twice is once */
    ck_assert_uint_eq(found(mail), 0);
    ck_assert_uint_eq(found("gone+away"), 0);
    r = get(srv.marketing, text("/v1/leads/%s", lead));
    EXPECT(r, 200);
    ck_assert_str_eq(reply_text(r, "/stage"), "disqualified");
    ck_assert_ptr_null(strstr(r->body, "gone"));
    ck_assert_ptr_null(strstr(r->body, "Gone"));
    ck_assert_int_eq(sql_int(text("SELECT count(*) FROM receipt WHERE"
                                  " position('%s'::bytea IN body) > 0",
                                  mail)),
                     0);
    ck_assert_int_eq(sql_int(text("SELECT count(*) FROM hop WHERE lead_id ="
                                  " '%s'",
                                  lead)),
                     2);
    EXPECT(post(srv.admin, text("/v1/leads/%s/stage", lead),
                "{\"to\": \"iql\", \"reason\": \"again\"}"),
           409);
}
END_TEST

/* ---- rotation, replay, limits ---- */

START_TEST(old_and_new_secret_are_both_good)
{
    struct hook_source s = hook_source_make(&srv, "google-ads", "first", "", 0);

    EXPECT(call(srv.port, "PATCH", text("/v1/sources/%s", s.id), srv.admin,
                NULL, "{\"secrets\": {\"secret\": \"second\"}}"),
           200);
    EXPECT(google(&s, keep(GOOGLE, "1", "second")), 200);
    EXPECT(google(&s, keep(GOOGLE, "2", "first")), 200);
    EXPECT(google(&s, keep(GOOGLE, "3", "third")), 401);
}
END_TEST

/* Its last member has no window: the captured time is months old. */
START_TEST(an_old_signature_is_refused_unless_the_source_allows_it)
{
    static const char *const KINDS[] = {"webflow", "hubspot", "calendly",
                                        "standard-webhooks"};

    for (size_t k = 0; k < sizeof(KINDS) / sizeof(*KINDS); k++) {
        struct table t;
        struct hook_source s;
        struct reply r;

        table_read(&t, KINDS[k], SIGNATURES);
        s = hook_source_make(&srv, KINDS[k], cell(&t, 1, "secret"),
                             cell(&t, 1, "params"), 0);
        EXPECT(call(srv.port, "PATCH", text("/v1/sources/%s", s.id), srv.admin,
                    NULL, "{\"defaults\": {\"replay_window_s\": 300}}"),
               200);
        r = hook_send_file(&srv, &s, &t, 1);
        ck_assert_msg(r.status == 401, "%s: %d", KINDS[k], r.status);
        reply_free(&r);
        free(t.text);
    }
    for (size_t k = 0; k < sizeof(KINDS) / sizeof(*KINDS); k++)
        ck_assert_ptr_nonnull(
            strstr(get(NULL, "/metrics")->body,
                   text("leadd_hook_stale_total{platform=\"%s\"} ", KINDS[k])));
    EXPECT(post(srv.admin, "/v1/sources",
                "{\"kind\": \"webflow\", \"name\": \"w\", \"defaults\":"
                " {\"replay_window_s\": -1}}"),
           422);
}
END_TEST

static size_t receipts_of(const char *lead)
{
    const struct reply *r =
        get(srv.marketing, text("/v1/leads/%s/timeline", lead));
    size_t i, n = 0;
    json_t *moment;

    EXPECT(r, 200);
    json_array_foreach (reply_at(r, "/items"), i, moment)
        n += !strcmp(json_string_value(json_object_get(moment, "kind")),
                     "receipt");
    return n;
}

START_TEST(what_changes_nothing_stands_in_the_timeline)
{
    struct hook_source s = hook_source_make(&srv, "calendly", "s", "", 0);
    const char *uri = keep("https://c.example/i/%s", fresh("uri"));
    const char *mail = keep("%s@mail.example", fresh("booked"));
    static const char *const TOLD[] = {"created", "created", "canceled"};

    for (size_t i = 0; i < ARRAY_LEN(TOLD); i++) {
        const char *body =
            keep("{\"event\": \"invitee.%s\", \"payload\": {\"uri\":"
                 " \"%s\", \"email\": \"%s\", \"name\": \"Mai\"}}",
                 TOLD[i], uri, mail);
        const char *sign =
            hook_hmac("s", 1, text("1767672600.%s", body), false);

        EXPECT(call(srv.port, "POST", hook_path(&s), NULL,
                    text("Calendly-Webhook-Signature: t=1767672600,v1=%s\r\n",
                         sign),
                    body),
               200);
        ck_assert_uint_eq(receipts_of(the_lead(mail)), i + 1);
    }
}
END_TEST

/* ---- what a source may say ---- */

static const struct {
    const char *part, *pointer, *code;
} BAD[] = {
    {"\"defaults\": {\"x\": 1e20}", "/defaults/x", "out_of_range"},
    {"\"defaults\": {\"a\": {\"b\": [0, -9.3e18]}}", "/defaults/a/b/1",
     "out_of_range"},
    {"\"defaults\": {\"price\": 1.5}", "/defaults/price", "wrong_type"},
    {"\"defaults\": {\"price\": -0}", "/defaults/price", "out_of_range"},
    {"\"defaults\": {\"price\": \"15tr\"}", "/defaults/price", "wrong_type"},
    {"\"defaults\": {\"channel\": 5}", "/defaults/channel", "wrong_type"},
    {"\"defaults\": {\"currency\": \"XXX\"}", "/defaults/currency",
     "unknown_value"},
    {"\"secrets\": {\"secret\": 1e20}", "/secrets/secret", "wrong_type"},
    {"\"secrets\": {\"secret\": [\"a\", true]}", "/secrets/secret",
     "wrong_type"},
    {"\"mapping\": {\"constants\": {\"fact.price\": 0}}",
     "/mapping/constants/fact.price", "out_of_range"},
    {"\"mapping\": {\"constants\": {\"fact.price\": 1e20}}",
     "/mapping/constants/fact.price", "wrong_type"},
    {"\"mapping\": {\"currency\": 1e20}", "/mapping/currency", "unknown_value"},
    {"\"rotate\": true", "/rotate", "unknown_field"},
    {"\"secrets\": {\"secret\": null}", "/secrets/secret", "wrong_type"},
    {"\"secrets\": {\"secret\": \"\"}", "/secrets/secret", "wrong_type"},
    {"\"secrets\": {\"secret\": []}", "/secrets/secret", "wrong_type"},
    {"\"secrets\": {\"secret\": {}}", "/secrets/secret", "wrong_type"},
    {"\"secrets\": {\"secret\": [\"a\", null]}", "/secrets/secret",
     "wrong_type"},
    {"\"secrets\": {\"page_tokens\": {\"1\": \"\"}}", "/secrets/page_tokens",
     "wrong_type"},
    {"\"secrets\": {\"secret\": {\"current\": \"s1\"}}", "/secrets/secret",
     "wrong_type"},
    {"\"secrets\": {\"key\": {\"a\": \"b\"}}", "/secrets/key", "wrong_type"},
};

START_TEST(no_secrets_given_are_made)
{
    const struct reply *r =
        post(srv.admin, "/v1/sources",
             text("{\"kind\": \"webflow\", \"name\": \"%s\","
                  " \"secrets\": null}",
                  fresh("made")));

    EXPECT(r, 201);
    ck_assert_ptr_nonnull(reply_text(r, "/secrets/secret"));
}
END_TEST

/* 1e20 would come back from the database as an integer nobody can read. */
START_TEST(a_source_that_cannot_be_kept_as_it_is_is_refused)
{
    const char *path = keep("/v1/sources/%s",
                            hook_source_make(&srv, "calendly", "s", "", 0).id);

    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        const struct reply *r =
            post(srv.admin, "/v1/sources",
                 text("{\"kind\": \"calendly\", \"name\": \"bad\", %s}",
                      BAD[i].part));

        EXPECT(r, 422);
        ck_assert_str_eq(reply_text(r, "/errors/0/pointer"), BAD[i].pointer);
        ck_assert_str_eq(reply_text(r, "/errors/0/code"), BAD[i].code);
        EXPECT(call(srv.port, "PATCH", path, srv.admin, NULL,
                    text("{%s}", BAD[i].part)),
               422);
    }
    EXPECT(call(srv.port, "PATCH", path, srv.admin, NULL,
                "{\"defaults\": {\"x\": 9.2e18, \"y\": -0.0, \"z\": 1e-9,"
                " \"price\": 9223372036854775807}}"),
           200);
    EXPECT(get(srv.admin, path), 200);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("hooks_sources");

    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, google_learns_what_is_wrong);
    tcase_add_test(tc, the_key_in_the_body_is_never_kept);
    tcase_add_test(tc, a_key_named_with_escapes_is_understood_and_never_kept);
    tcase_add_test(tc, a_private_and_a_work_address_are_one_persons);
    tcase_add_test(tc, test_leads_are_shown_but_neither_counted_nor_handed_out);
    tcase_add_test(tc, who_withdrew_is_forgotten_and_was_counted);
    tcase_add_test(tc, old_and_new_secret_are_both_good);
    tcase_add_test(tc, an_old_signature_is_refused_unless_the_source_allows_it);
    tcase_add_test(tc, what_changes_nothing_stands_in_the_timeline);
    tcase_add_test(tc, a_source_that_cannot_be_kept_as_it_is_is_refused);
    tcase_add_test(tc, no_secrets_given_are_made);
    return real_server_main(tc, "hooks_sources", NULL);
}
