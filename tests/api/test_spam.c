/* What public forms have against posts that nobody meant: every reason is
 * answered like any other post, kept in quarantine, and can be let in. */
#include "base/clock.h"
#include "base/id.h"
#include "intake/form_token.h"
#include "lib/fake_http.h"
#include "real_server.h"

#define BOT "User-Agent: Mozilla/5.0 (compatible; AhrefsBot/7.0)\r\n"

static int fake_port;

/** A form of the test's own. @return its key */
static const char *make_form(const char *defaults, const char *secrets)
{
    const struct reply *r =
        post(srv.admin, "/v1/sources",
             text("{\"kind\":\"form\",\"name\":\"%s\",\"defaults\":%s,"
                  "\"secrets\":%s}",
                  fresh("spam"), defaults, secrets));
    const char *key = keep("%s", reply_text(r, "/source_key"));

    EXPECT(r, 201);
    return key;
}

static const char *token_of(const char *form)
{
    const struct reply *r = call(
        srv.port, "GET", text("/v1/forms/%s/token", form), NULL, NULL, NULL);

    EXPECT(r, 200);
    return keep("%s", reply_text(r, "/token"));
}

/** Post; the answer is that of every post. @return the receipt's id */
static const char *send_form(const char *form, const char *headers,
                             const char *body)
{
    const struct reply *r = call(srv.port, "POST", text("/v1/forms/%s", form),
                                 NULL, text(FORM_TYPE "%s", headers), body);

    EXPECT(r, 201);
    ck_assert_uint_eq(json_object_size(r->json), 2);
    ck_assert_str_eq(reply_text(r, "/status"), "accepted");
    return keep("%s", reply_text(r, "/receipt_id"));
}

static bool held_as(const char *receipt, const char *reason)
{
    return sql_int(text("SELECT count(*) FROM quarantine q JOIN receipt r"
                        " USING (workspace_id, receipt_id) WHERE"
                        " q.receipt_id = '%s' AND q.reason = '%s' AND"
                        " r.status = 'quarantined'",
                        receipt, reason)) == 1;
}

/** A post of @a name is held for this reason, and is a lead once let in. */
static void held_then_let_in(const char *form, const char *headers,
                             const char *more, const char *reason)
{
    const char *name = fresh(reason);
    const char *receipt =
        send_form(form, headers, text("email=%s@mail.example&%s", name, more));
    const struct reply *r;

    ck_assert_msg(held_as(receipt, reason), "%s is not held as %s", name,
                  reason);
    ck_assert_uint_eq(found(text("%s@mail.example", name)), 0);
    r = post(srv.admin, "/v1/quarantine/release",
             text("{\"ids\":[\"%s\"]}", receipt));
    EXPECT(r, 200);
    ck_assert_int_eq(reply_int(r, "/decided"), 1);
    ck_assert_uint_eq(found(text("%s@mail.example", name)), 1);
}

/** A post is a lead at once. @return the receipt's id */
static const char *taken(const char *form, const char *headers,
                         const char *more)
{
    const char *name = fresh("good");
    const char *receipt =
        send_form(form, headers, text("email=%s@mail.example&%s", name, more));

    ck_assert_uint_eq(found(text("%s@mail.example", name)), 1);
    return receipt;
}

/* ---- tokens ---- */

START_TEST(a_good_token_is_taken)
{
    const char *form = make_form("{\"token_required\":true}", "{}");

    taken(form, "", text("_leadd_token=%s", token_of(form)));
}
END_TEST

START_TEST(a_missing_token_is_held_where_one_is_required)
{
    held_then_let_in(make_form("{\"token_required\":true}", "{}"), "", "x=1",
                     "token_missing");
    taken(make_form("{}", "{}"), "", "x=1");
}
END_TEST

START_TEST(a_post_sooner_than_people_type_is_held)
{
    const char *form = make_form("{\"min_fill_ms\":60000}", "{}");
    const struct reply *r = call(
        srv.port, "GET", text("/v1/forms/%s/token", form), NULL, NULL, NULL);

    EXPECT(r, 200);
    ck_assert_int_eq(reply_int(r, "/min_fill_ms"), 60000);
    held_then_let_in(form, "", text("_leadd_token=%s", token_of(form)),
                     "too_fast");
}
END_TEST

START_TEST(a_token_of_another_form_is_held)
{
    const char *form = make_form("{}", "{}");
    const char *other = make_form("{}", "{}");

    held_then_let_in(form, "", text("_leadd_token=%s", token_of(other)),
                     "token_forged");
}
END_TEST

START_TEST(a_token_used_for_somebody_else_is_held)
{
    const char *form = make_form("{\"token_required\":true}", "{}");
    const char *more = keep("_leadd_token=%s", token_of(form));

    taken(form, "", more);
    held_then_let_in(form, "", more, "token_reused");
}
END_TEST

/* Another instance on the same database, which is also what a restart is. */
START_TEST(every_instance_knows_the_used_tokens)
{
    const char *form = make_form("{\"token_required\":true}", "{}");
    const char *token = token_of(form);
    const char *person = fresh("first");
    struct server other;
    int port = srv.port;

    taken(form, "", text("_leadd_token=%s", token));
    server_start(&other, pg_fixture(), real_server_env);
    srv.port = other.port;
    ck_assert(held_as(
        send_form(form, "",
                  text("email=%s@mail.example&_leadd_token=%s", person, token)),
        "token_reused"));
    srv.port = port;
    ck_assert_int_eq(server_stop(&other), 0);
    server_free(&other);
    /* nothing is kept for forms that ask for no token */
    form = make_form("{}", "{}");
    token = token_of(form);
    taken(form, "", text("_leadd_token=%s", token));
    ck_assert_int_eq(sql_int(text("SELECT count(*) FROM idempotency WHERE scope"
                                  " = 'form_token' AND key = '%s'",
                                  token)),
                     0);
}
END_TEST

START_TEST(the_same_person_may_post_again_with_a_token)
{
    const char *form = make_form("{\"token_required\":true}", "{}");
    const char *body = keep("email=%s@mail.example&_leadd_token=%s",
                            fresh("again"), token_of(form));

    for (int i = 0; i < 2; i++)
        ck_assert(!held_as(send_form(form, "", body), "token_reused"));
}
END_TEST

START_TEST(an_old_token_is_held)
{
    const char *form = make_form("{}", "{\"token_secret\":\"s\"}");
    const char *id = NULL;
    struct reply r =
        http_call(srv.port, "GET", "/v1/sources", srv.admin, NULL, NULL);
    const json_t *item;
    struct form_keys keys = {.n = 1};
    struct uuid source;
    char token[FORM_TOKEN_TEXT_BYTES];
    size_t i;

    json_array_foreach (reply_at(&r, "/items"), i, item)
        if (!strcmp(json_string_value(json_object_get(item, "source_key")),
                    form))
            id = json_string_value(json_object_get(item, "id"));
    ck_assert(id && uuid_parse(id, &source));
    crypto_hmac_sha256("s", 1, source.b, sizeof(source.b), keys.key[0]);
    form_token_make(&keys, clock_now_ms() - FORM_TOKEN_LIFE_MS - 1000, token);
    held_then_let_in(form, "", text("_leadd_token=%s", token), "token_expired");
    reply_free(&r);
}
END_TEST

START_TEST(tokens_are_for_pages_of_the_source)
{
    const struct reply *r =
        call(srv.port, "GET", text("/v1/forms/%s/token", make_form("{}", "{}")),
             NULL, "Origin: https://evil.example\r\n", NULL);

    EXPECT(r, 403);
    EXPECT(get(NULL, "/v1/forms/1.nobody/token"), 404);
}
END_TEST

/* ---- who posts ---- */

START_TEST(a_bot_that_says_so_is_held)
{
    held_then_let_in(make_form("{}", "{}"), BOT, "x=1", "bot_agent");
    taken(make_form("{\"bot_agents\":\"accept\"}", "{}"), BOT, "x=1");
}
END_TEST

START_TEST(what_is_released_goes_before_what_came_since)
{
    const char *mail = keep("%s@mail.example", fresh("early"));
    const char *form = make_form("{}", "{}");
    const char *early = send_form(form, BOT,
                                  text("email=%s&utm_source=early&visitor_id=v"
                                       "&consent_behaviour_tracking=1",
                                       mail));
    const struct reply *r;

    poll(NULL, 0, 2); /* times are in whole milliseconds */
    send_form(form, "", text("email=%s&utm_source=since", mail));
    EXPECT(post(srv.intake, "/v1/leads",
                text("{\"contact\":{\"email\":\"%s\"},\"consent\":[{"
                     "\"purpose\":\"behaviour_tracking\","
                     "\"status\":\"denied\"}]}",
                     mail)),
           200);
    EXPECT(post(srv.admin, "/v1/quarantine/release",
                text("{\"ids\":[\"%s\"]}", early)),
           200);
    r = call(srv.port, "GET", text("/v1/leads?q=%s", mail), srv.marketing, NULL,
             NULL);
    EXPECT(r, 200);
    ck_assert_str_eq(reply_text(r, "/items/0/first_touch/channel"), "early");
    ck_assert_str_eq(reply_text(r, "/items/0/last_touch/channel"), "since");
    ck_assert_int_eq(sql_int(text("SELECT count(*) FROM lead WHERE consented"
                                  " AND email = '%s'",
                                  mail)),
                     0);
}
END_TEST

START_TEST(an_address_of_a_post_is_marked_and_not_held)
{
    const char *host = fresh("post");
    const char *receipt = send_form(
        make_form("{}", "{}"), "", text("email=sales@%s.example&phone=", host));
    const struct reply *r;

    ck_assert(!held_as(receipt, "role"));
    r = call(srv.port, "GET", text("/v1/leads?q=sales@%s.example", host),
             srv.marketing, NULL, NULL);
    EXPECT(r, 200);
    ck_assert(json_is_true(reply_at(r, "/items/0/identifiers/0/role")));
}
END_TEST

START_TEST(throw_away_addresses_are_held_unless_accepted)
{
    const char *body = keep("email=%s@mailinator.com", fresh("away"));
    const char *receipt = send_form(make_form("{}", "{}"), "", body);

    ck_assert(held_as(receipt, "disposable"));
    EXPECT(post(srv.admin, "/v1/quarantine/release",
                text("{\"ids\":[\"%s\"]}", receipt)),
           200);
    ck_assert_uint_eq(found(body + strlen("email=")), 1);
    body = keep("email=%s@mailinator.com", fresh("away"));
    send_form(make_form("{\"disposable\":\"accept\"}", "{}"), "", body);
    ck_assert_uint_eq(found(body + strlen("email=")), 1);
}
END_TEST

START_TEST(the_address_of_a_post_is_no_reason_to_hold)
{
    const char *body = keep("email=info@%s.example", fresh("role"));

    send_form(make_form("{}", "{}"), "", body);
    ck_assert_uint_eq(found(body + strlen("email=")), 1);
}
END_TEST

START_TEST(suspects_without_an_identifier_are_told_as_everybody)
{
    EXPECT(
        call(srv.port, "POST",
             text("/v1/forms/%s", make_form("{\"token_required\":true}", "{}")),
             NULL, FORM_TYPE BOT, "x=1"),
        422);
}
END_TEST

START_TEST(held_posts_are_counted_by_reason)
{
    const struct reply *r;

    send_form(make_form("{}", "{}"), BOT,
              text("email=%s@mail.example", fresh("counted")));
    r = get(NULL, "/metrics");
    ck_assert_ptr_nonnull(
        strstr(r->body, "leadd_forms_held_total{reason=\"bot_agent\"}"));
}
END_TEST

/* ---- captcha ---- */

#define SECRET "{\"captcha_secret\":\"shh\"}"

static const char *turnstile(void)
{
    return make_form("{\"captcha\":\"turnstile\"}", SECRET);
}

START_TEST(a_passed_captcha_is_taken)
{
    fake_answer("POST /turnstile", 200, "{\"success\":true}");
    fake_answer("POST /hcaptcha", 200, "{\"success\":true}");
    taken(turnstile(), "", "cf-turnstile-response=t");
    taken(make_form("{\"captcha\":\"hcaptcha\"}", SECRET), "",
          "h-captcha-response=t");
    ck_assert_int_ge(fake_asked("POST /hcaptcha"), 1);
}
END_TEST

START_TEST(a_missing_captcha_is_held_unasked)
{
    held_then_let_in(turnstile(), "", "x=1", "captcha_missing");
}
END_TEST

START_TEST(a_failed_captcha_is_held)
{
    fake_answer("POST /turnstile", 200,
                "{\"success\":false,"
                "\"error-codes\":[\"invalid-input-response\"]}");
    held_then_let_in(turnstile(), "", "cf-turnstile-response=t",
                     "captcha_failed");
}
END_TEST

START_TEST(when_the_service_fails_the_post_is_kept)
{
    fake_answer("POST /turnstile", 500, "oops");
    held_then_let_in(turnstile(), "", "cf-turnstile-response=t",
                     "captcha_unverified");
}
END_TEST

START_TEST(a_captcha_without_its_secret_is_refused)
{
    static const char ASK[] = "{\"defaults\":{\"captcha\":\"turnstile\"}}";
    const struct reply *r =
        post(srv.admin, "/v1/sources",
             text("{\"kind\":\"form\",\"name\":\"%s\",\"defaults\":"
                  "{\"captcha\":\"hcaptcha\"}}",
                  fresh("bare")));
    const char *path;

    EXPECT(r, 422);
    ck_assert_str_eq(reply_text(r, "/errors/0/pointer"),
                     "/secrets/captcha_secret");
    r = post(srv.admin, "/v1/sources",
             text("{\"kind\":\"form\",\"name\":\"%s\"}", fresh("bare")));
    EXPECT(r, 201);
    path = keep("/v1/sources/%s", reply_text(r, "/id"));
    EXPECT(call(srv.port, "PATCH", path, srv.admin, NULL, ASK), 422);
    EXPECT(call(srv.port, "PATCH", path, srv.admin, NULL,
                "{\"defaults\":{\"captcha\":\"turnstile\"},"
                "\"secrets\":{\"captcha_secret\":\"shh\"}}"),
           200);
    EXPECT(call(srv.port, "PATCH", path, srv.admin, NULL, ASK), 200);
}
END_TEST

START_TEST(a_slow_service_costs_its_deadline_and_nobody_else)
{
    struct fake_rule slow = {.part = "POST /turnstile",
                             .status = 200,
                             .body = "{\"success\":true}",
                             .delay_ms = 4000};
    const char *form = turnstile();
    const char *plain = make_form("{}", "{}");
    long long start = talk_ms();

    fake_rule(&slow);
    held_then_let_in(form, "", "cf-turnstile-response=t", "captcha_unverified");
    ck_assert_int_lt(talk_ms() - start, 3000);
    start = talk_ms();
    taken(plain, "", "x=1");
    ck_assert_int_lt(talk_ms() - start, 1000);
}
END_TEST

/* ---- settings ---- */

START_TEST(mistyped_defences_are_refused)
{
    static const char *const BAD[] = {
        "{\"captcha\":\"recaptcha\"}",   "{\"disposable\":\"drop\"}",
        "{\"bot_agents\":true}",         "{\"min_fill_ms\":-1}",
        "{\"min_fill_ms\":\"1\"}",       "{\"token_required\":\"yes\"}",
        "{\"min_fill_ms\":999999999999}"};

    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        const struct reply *r = post(
            srv.admin, "/v1/sources",
            text("{\"kind\":\"form\",\"name\":\"x\",\"defaults\":%s}", BAD[i]));

        EXPECT(r, 422);
        ck_assert_ptr_eq(
            strstr(reply_text(r, "/errors/0/pointer"), "/defaults/"),
            reply_text(r, "/errors/0/pointer"));
    }
}
END_TEST

START_TEST(one_address_posts_to_one_form_so_often)
{
    const char *form = make_form("{}", "{}");
    int refused = 0;

    for (int i = 0; i < 60; i++) {
        const struct reply *r =
            call(srv.port, "POST", text("/v1/forms/%s", form), NULL, FORM_TYPE,
                 "email=crowd@mail.example");

        refused += r->status == 429;
    }
    ck_assert_int_ge(refused, 1);
    taken(make_form("{}", "{}"), "", "x=1"); /* others are free */
}
END_TEST

int main(void)
{
    static const char *env[] = {"LEADD_OUTBOUND_ALLOW=127.0.0.0/8",
                                "LEADD_FORM_ADDR_RATE=1",
                                "LEADD_FORM_ADDR_BURST=40",
                                "LEADD_CAPTCHA_MS=1500",
                                NULL,
                                NULL,
                                NULL};
    TCase *tc = tcase_create("spam");

    fake_port = fake_start();
    env[4] =
        keep("LEADD_TURNSTILE_URL=http://127.0.0.1:%d/turnstile", fake_port);
    env[5] = keep("LEADD_HCAPTCHA_URL=http://127.0.0.1:%d/hcaptcha", fake_port);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, a_good_token_is_taken);
    tcase_add_test(tc, a_missing_token_is_held_where_one_is_required);
    tcase_add_test(tc, a_post_sooner_than_people_type_is_held);
    tcase_add_test(tc, a_token_of_another_form_is_held);
    tcase_add_test(tc, a_token_used_for_somebody_else_is_held);
    tcase_add_test(tc, every_instance_knows_the_used_tokens);
    tcase_add_test(tc, the_same_person_may_post_again_with_a_token);
    tcase_add_test(tc, an_old_token_is_held);
    tcase_add_test(tc, tokens_are_for_pages_of_the_source);
    tcase_add_test(tc, a_bot_that_says_so_is_held);
    tcase_add_test(tc, what_is_released_goes_before_what_came_since);
    tcase_add_test(tc, an_address_of_a_post_is_marked_and_not_held);
    tcase_add_test(tc, throw_away_addresses_are_held_unless_accepted);
    tcase_add_test(tc, the_address_of_a_post_is_no_reason_to_hold);
    tcase_add_test(tc, suspects_without_an_identifier_are_told_as_everybody);
    tcase_add_test(tc, held_posts_are_counted_by_reason);
    tcase_add_test(tc, a_passed_captcha_is_taken);
    tcase_add_test(tc, a_missing_captcha_is_held_unasked);
    tcase_add_test(tc, a_failed_captcha_is_held);
    tcase_add_test(tc, when_the_service_fails_the_post_is_kept);
    tcase_add_test(tc, a_captcha_without_its_secret_is_refused);
    tcase_add_test(tc, a_slow_service_costs_its_deadline_and_nobody_else);
    tcase_add_test(tc, mistyped_defences_are_refused);
    tcase_add_test(tc, one_address_posts_to_one_form_so_often);
    return real_server_main(tc, "spam", env);
}
