/* The log holds no personal data and no keys, at the level that says most,
 * whatever goes wrong. */
#include "api/real_server.h"

#define NAME  "Qwyxname"
#define MAIL  "zqwprivate"
#define HOST  "zqwhost.example"
#define PHONE "987612345"

/* The one lead all this is about; some calls work, some fail. */
static void talk(void)
{
    static const char WHO[] =
        "{\"contact\": {\"name\": \"" NAME "\", \"email\": \"" MAIL "@" HOST
        "\", \"phone\": \"0" PHONE "\"}";
    const char *form = text("/v1/forms/%s", srv.form_key);
    const char *id;

    EXPECT(post(NULL, form,
                "{\"name\": \"" NAME "\", \"email\": \"" MAIL "@" HOST
                "\", \"phone\": \"0" PHONE "\"}"),
           201);
    EXPECT(post(srv.intake, "/v1/leads", text("%s}", WHO)), 200);
    EXPECT(post(srv.intake, "/v1/leads", text("%s", WHO)), 400);
    EXPECT(post(srv.intake, "/v1/leads",
                text("%s, \"facts\": {\"need\": \"" NAME "\"}}", WHO)),
           422);
    EXPECT(post(srv.intake, "/v1/leads",
                "{\"contact\": {\"email\": \"" MAIL "@@" HOST
                "\", \"phone\": \"" PHONE PHONE "\"}}"),
           422);
    EXPECT(call(srv.port, "POST", form, NULL, "Content-Type: image/png\r\n",
                MAIL "@" HOST),
           415);
    EXPECT(get(srv.sales, "/v1/leads?q=" MAIL "%40" HOST), 200);
    EXPECT(get(srv.sales, "/v1/leads?q=0" PHONE), 200);
    EXPECT(get(srv.sales, "/v1/leads?q=" NAME "&stage=" MAIL), 400);
    (void)try_call(srv.port, 5000, "GET", "/v1/leads/" MAIL "@" HOST, srv.sales,
                   NULL, NULL, 0);
    (void)try_call(srv.port, 5000, "GET", "/" MAIL "/" NAME "/0" PHONE,
                   "no-" MAIL "-key", NULL, NULL, 0);
    (void)try_call(srv.port, 5000, MAIL, "/v1/leads", srv.sales, NULL, NULL, 0);
    EXPECT(call(srv.port, "POST", "/v1/leads", srv.intake,
                "X-Request-Id: " MAIL "@" HOST "\r\n"
                "User-Agent: " NAME "\r\nReferer: http://" HOST "/" MAIL "\r\n",
                text("%s}", WHO)),
           200);
    id = the_lead(MAIL "@" HOST);
    EXPECT(post(srv.sales, text("/v1/leads/%s/stage", id),
                "{\"to\": \"won\", \"reason\": \"" NAME "\"}"),
           409);
    EXPECT(patch(srv.sales, text("/v1/leads/%s", id),
                 "{\"contact\": {\"name\": \"" NAME "\"}}"),
           200);
    EXPECT(post(srv.intake, "/v1/events",
                "{\"events\": [{\"type\": \"download\", \"detail\": \"" NAME
                "\", \"email\": \"" MAIL "@" HOST "\"}]}"),
           201);
}

static void check_log(void)
{
    const char *const secret[] = {NAME,          MAIL,      HOST,
                                  PHONE,         srv.sales, srv.intake,
                                  srv.marketing, srv.admin};
    char *log = server_log(&srv), *rest = NULL;
    int lines = 0;

    for (size_t i = 0; i < sizeof(secret) / sizeof(*secret); i++) {
        const char *hit = strcasestr(log, secret[i]);

        ck_assert_msg(!hit, "the log tells: %.300s",
                      hit && hit - log > 150 ? hit - 150 : log);
    }
    for (char *line = strtok_r(log, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest), lines++) {
        json_t *j = json_loads(line, 0, NULL);

        ck_assert_msg(json_is_object(j), "not JSON: %s", line);
        json_decref(j);
    }
    ck_assert_int_ge(lines, 5);
    free(log);
}

START_TEST(the_log_holds_nothing_of_anybody)
{
    talk();
    check_log();
}
END_TEST

START_TEST(what_is_traced_is_logged)
{
    const char *trace =
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    EXPECT(call(srv.port, "GET", "/v1/leads", srv.marketing,
                text("traceparent: %s\r\n", trace), NULL),
           200);
    ck_assert(UNTIL(server_logged(&srv, trace) == 1, 2000));
    EXPECT(call(srv.port, "GET", "/v1/leads", srv.marketing,
                "traceparent: 00-x-y-01\r\n", NULL),
           200);
    ck_assert_int_eq(server_logged(&srv, "00-x-y-01"), 0);
}
END_TEST

/* A database that refuses quotes what it refuses, in its message. */
START_TEST(nor_what_the_database_says)
{
    sql_run("ALTER TABLE lead ADD CONSTRAINT no_such_name CHECK (name <> '" NAME
            " Two')");
    ck_assert_int_eq(try_call(srv.port, 8000, "POST", "/v1/leads", srv.intake,
                              "{\"contact\": {\"name\": \"" NAME
                              " Two\", \"email\":"
                              " \"" MAIL "2@" HOST "\"}}",
                              NULL, 0),
                     500);
    ck_assert_int_eq(sql_int("SELECT count(*) FROM quarantine WHERE reason ="
                             " 'database_refused'"),
                     1); /* the receipt is kept */
    EXPECT(get(NULL, "/readyz"), 200);
    sql_run("ALTER TABLE lead DROP CONSTRAINT no_such_name");
    check_log();
}
END_TEST

int main(void)
{
    static const char *const ENV[] = {"LEADD_LOG_LEVEL=debug", NULL};
    TCase *tc = tcase_create("privacy");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, the_log_holds_nothing_of_anybody);
    tcase_add_test(tc, nor_what_the_database_says);
    tcase_add_test(tc, what_is_traced_is_logged);
    return real_server_main(tc, "privacy", ENV);
}
