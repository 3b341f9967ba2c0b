/* The snippet for pages, and the page views it reports. */
#include "api/real_server.h"

static const char *views(const char *visitor, const char *more)
{
    return text("{\"visitor_id\": \"%s\", \"consent\": true, \"session\":"
                " \"s1\", \"views\": [%s]}",
                visitor, more);
}

#define TWO_VIEWS                                                              \
    "{\"url\": \"https://x.example/a?email=me@x.example\"},"                   \
    " {\"url\": \"https://x.example/b#top\"}"

static int report(const char *body)
{
    return call(srv.port, "POST", text("/v1/forms/%s/visits", srv.form_key),
                NULL, "Content-Type: text/plain;charset=UTF-8\r\n", body)
        ->status;
}

static void submit_form(const char *name, const char *visitor, const char *more)
{
    EXPECT(call(srv.port, "POST", text("/v1/forms/%s", srv.form_key), NULL,
                FORM_TYPE,
                text("email=%s@mail.example&visitor_id=%s%s", name, visitor,
                     more)),
           201);
}

#define CONSENT "&consent_behaviour_tracking=1"

static long long waiting(const char *visitor)
{
    return sql_int(
        text("SELECT count(*) FROM visit WHERE visitor = '%s'", visitor));
}

static long long page_views(const char *lead)
{
    return sql_int(text("SELECT count(*) FROM event WHERE lead_id = '%s'"
                        " AND type = 'page_view'",
                        lead));
}

/* A tablet at a fair, a family's computer. */
START_TEST(a_browser_is_not_a_person)
{
    const char *v = fresh("shared"), *a = fresh_phone(), *b = fresh_phone();
    const char *mail = keep("%s@mail.example", fresh("third"));
    const char *const who[] = {
        keep("name=Anh+A&phone=%s", a), keep("name=Chi+B&phone=%s", b),
        keep("name=Co+C&email=%s", mail), keep("name=Chi+B&phone=%s", b)};

    for (size_t i = 0; i < ARRAY_LEN(who); i++)
        EXPECT(call(srv.port, "POST", text("/v1/forms/%s", srv.form_key), NULL,
                    FORM_TYPE, text("visitor_id=%s&%s", v, who[i])),
               201);
    ck_assert_str_ne(the_lead(a), the_lead(b));
    ck_assert_str_ne(the_lead(a), the_lead(mail));
    ck_assert_str_ne(the_lead(b), the_lead(mail));
    ck_assert_int_eq(entries(the_lead(b), "touch"), 2);
    ck_assert_str_eq(
        reply_text(get(srv.marketing, text("/v1/leads/%s", the_lead(a))),
                   "/contact/name"),
        "Anh A");
}
END_TEST

START_TEST(views_of_an_unknown_visitor_wait_for_the_lead)
{
    const char *name = fresh("wait"), *visitor = fresh("v"), *lead;

    ck_assert_int_eq(report(views(visitor, TWO_VIEWS)), 204);
    ck_assert_int_eq(waiting(visitor), 2);
    submit_form(name, visitor, CONSENT);
    lead = the_lead(text("%s@mail.example", name));
    ck_assert_int_eq(waiting(visitor), 0);
    ck_assert_int_eq(page_views(lead), 2);
    ck_assert_int_eq(entries(lead, "event"), 3);
    ck_assert_int_eq(
        sql_int(text("SELECT count(*) FROM event WHERE lead_id = '%s' AND"
                     " detail IN ('https://x.example/a',"
                     " 'https://x.example/b') AND session = 's1'",
                     lead)),
        2);
}
END_TEST

START_TEST(views_of_a_known_visitor_are_events_at_once)
{
    const char *name = fresh("known"), *visitor = fresh("v"), *lead;

    submit_form(name, visitor, CONSENT);
    lead = the_lead(text("%s@mail.example", name));
    ck_assert_int_eq(report(views(visitor, TWO_VIEWS)), 204);
    ck_assert_int_eq(page_views(lead), 2);
    ck_assert_int_eq(waiting(visitor), 0);
}
END_TEST

START_TEST(without_consent_nothing_is_kept)
{
    const char *name = fresh("no"), *visitor = fresh("v"), *lead;
    const struct reply *r = call(
        srv.port, "POST", text("/v1/forms/%s/visits", srv.form_key), NULL, NULL,
        text("{\"visitor_id\": \"%s\", \"views\": [{\"url\": \"u\"}]}",
             visitor));

    EXPECT(r, 422);
    ck_assert_str_eq(reply_text(r, "/errors/0/pointer"), "/consent");
    ck_assert_int_eq(waiting(visitor), 0);
    ck_assert_int_eq(report(views(visitor, TWO_VIEWS)), 204);
    submit_form(name, visitor, ""); /* withdrawn meanwhile */
    lead = the_lead(text("%s@mail.example", name));
    ck_assert_int_eq(page_views(lead), 0);
    ck_assert_int_eq(waiting(visitor), 0);
    ck_assert_int_eq(report(views(visitor, TWO_VIEWS)), 204);
    ck_assert_int_eq(page_views(lead), 0);
}
END_TEST

START_TEST(a_visitor_has_at_most_two_hundred_views_waiting)
{
    const char *visitor = fresh("many");
    const char *fifty = "{\"url\": \"https://x.example/\"}";

    for (int i = 1; i < 50; i++)
        fifty = keep("%s, {\"url\": \"https://x.example/%d\"}", fifty, i);
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(call(srv.port, "POST",
                              text("/v1/forms/%s/visits", srv.form_key), NULL,
                              NULL,
                              keep("{\"visitor_id\": \"%s\", \"consent\": true,"
                                   " \"views\": [%s]}",
                                   visitor, fifty))
                             ->status,
                         204);
    ck_assert_int_eq(waiting(visitor), 200);
}
END_TEST

START_TEST(times_far_off_are_now)
{
    const char *visitor = fresh("clock");

    ck_assert_int_eq(
        report(views(visitor, "{\"url\": \"u\", \"at\": 4102444800000},"
                              " {\"url\": \"u\", \"at\": 1},"
                              " {\"url\": \"u\", \"at\": \"nonsense\"}")),
        204);
    ck_assert_int_eq(
        sql_int(text("SELECT count(*) FROM visit WHERE visitor = '%s' AND"
                     " occurred_at BETWEEN now() - interval '1 minute' AND"
                     " now()",
                     visitor)),
        3);
}
END_TEST

START_TEST(wrong_reports_are_refused)
{
    ck_assert_int_eq(report("{}"), 422);
    ck_assert_int_eq(report("{\"visitor_id\": "), 400);
    ck_assert_int_eq(report("[]"), 400);
    ck_assert_int_eq(report(views("v", "")), 422);
    ck_assert_int_eq(report(views("v", "{\"at\": 1}")), 422);
    EXPECT(call(srv.port, "POST", "/v1/forms/1-nosuchkey/visits", NULL, NULL,
                "{}"),
           404);
}
END_TEST

START_TEST(other_origins_may_not_report)
{
    const struct reply *r =
        post(srv.admin, "/v1/sources",
             text("{\"kind\": \"form\", \"name\": \"%s\", \"allowed_origins\":"
                  " [\"https://good.example\"]}",
                  fresh("origin")));
    const char *path =
        keep("/v1/forms/%s/visits", reply_text(r, "/source_key"));
    const char *body = keep("%s", views(fresh("v"), TWO_VIEWS));

    ck_assert(UNTIL(
        call(srv.port, "POST", path, NULL, NULL, "{}")->status == 422, 5000));
    EXPECT(call(srv.port, "POST", path, NULL,
                "Origin: https://good.example\r\n", body),
           204);
    EXPECT(call(srv.port, "POST", path, NULL,
                "Origin: https://evil.example\r\n", body),
           403);
    EXPECT(call(srv.port, "OPTIONS", path, NULL,
                "Origin: https://good.example\r\n"
                "Access-Control-Request-Method: POST\r\n",
                NULL),
           204);
}
END_TEST

START_TEST(the_snippet_is_small_and_revalidated)
{
    const char *path = keep("/v1/forms/%s/embed.js", srv.form_key);
    const struct reply *r = call(srv.port, "GET", path, NULL, NULL, NULL);
    char tag[128], v[128];

    EXPECT(r, 200);
    ck_assert_uint_lt(strlen(r->body), 4096);
    ck_assert_ptr_null(strstr(r->body, "{{"));
    ck_assert_ptr_null(strstr(r->body, "\n//"));
    ck_assert_ptr_nonnull(
        strstr(r->body, text("/v1/forms/%s\"", srv.form_key)));
    ck_assert_str_eq(reply_field(r, "Content-Type", v, sizeof(v)),
                     "text/javascript; charset=utf-8");
    ck_assert_str_eq(reply_field(r, "Cache-Control", v, sizeof(v)),
                     "public, max-age=300");
    ck_assert_ptr_nonnull(reply_field(r, "ETag", tag, sizeof(tag)));
    EXPECT(call(srv.port, "GET", path, NULL, text("If-None-Match: %s\r\n", tag),
                NULL),
           304);
    EXPECT(call(srv.port, "GET", "/v1/forms/1-nosuchkey/embed.js", NULL, NULL,
                NULL),
           404);
}
END_TEST

START_TEST(the_success_page_of_the_source_is_in_the_snippet)
{
    const struct reply *r =
        post(srv.admin, "/v1/sources",
             text("{\"kind\": \"form\", \"name\": \"%s\", \"success_url\":"
                  " \"https://x.example/ok?a=\\\"b\\\"\"}",
                  fresh("ok")));
    const char *path =
        keep("/v1/forms/%s/embed.js", reply_text(r, "/source_key"));

    ck_assert(UNTIL(
        (r = call(srv.port, "GET", path, NULL, NULL, NULL))->status == 200,
        5000));
    ck_assert_ptr_nonnull(
        strstr(r->body, "\"https://x.example/ok?a=\\\"b\\\"\""));
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("visits");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, a_browser_is_not_a_person);
    tcase_add_test(tc, views_of_an_unknown_visitor_wait_for_the_lead);
    tcase_add_test(tc, views_of_a_known_visitor_are_events_at_once);
    tcase_add_test(tc, without_consent_nothing_is_kept);
    tcase_add_test(tc, a_visitor_has_at_most_two_hundred_views_waiting);
    tcase_add_test(tc, times_far_off_are_now);
    tcase_add_test(tc, wrong_reports_are_refused);
    tcase_add_test(tc, other_origins_may_not_report);
    tcase_add_test(tc, the_snippet_is_small_and_revalidated);
    tcase_add_test(tc, the_success_page_of_the_source_is_in_the_snippet);
    return real_server_main(tc, "visits", NULL);
}
