/* A model that is activated reaches the leads there are. */
#include "base/buf.h"
#include "real_server.h"

#define LEADS  450 /* more than two rounds of the sweeper */
#define NDJSON "Content-Type: application/x-ndjson\r\n"

/* The shipped model, by which a decision maker is worth ten points less. */
static void add_model(const char *version)
{
    json_t *doc = json_load_file("config/default-v1.json", 0, NULL);
    json_t *points = json_object_get(
        json_object_get(json_object_get(doc, "criteria"), "authority"),
        "points");
    char *body;

    ck_assert(json_is_object(points));
    json_object_set_new(doc, "version", json_string(version));
    json_object_set_new(points, "decision_maker", json_integer(20));
    body = json_dumps(doc, 0);
    EXPECT(post(srv.marketing, "/v1/models", body), 201);
    free(body);
    json_decref(doc);
}

static void add_leads(const char *source)
{
    AUTO(buf_release) struct buf list = BUF_INIT;

    for (int i = 0; i < LEADS; i++)
        (void)buf_printf(&list,
                         "{\"contact\": {\"email\": \"%s@mail.example\"},"
                         " \"facts\": {\"authority_role\":"
                         " \"decision_maker\"}}\n",
                         fresh(source));
    EXPECT(call(srv.port, "POST", text("/v1/imports?source=%s", source),
                srv.marketing, NDJSON, list.ptr),
           201);
}

static long long of_model(const char *source, const char *version)
{
    return sql_int(text("SELECT count(*) FROM lead WHERE source = '%s'"
                        " AND model_version = '%s'",
                        source, version));
}

START_TEST(every_open_lead_gets_the_score_of_the_new_model)
{
    const char *source = fresh("old"), *lost;

    ck_assert(UNTIL(
        post(srv.marketing, "/v1/models/default-v1/activate", "{}")->status ==
            200,
        5000));
    add_leads(source);
    add_model("strict");
    ck_assert_int_eq(of_model(source, "default-v1"), LEADS);
    lost =
        keep("%s", reply_text(get(srv.marketing,
                                  text("/v1/leads?limit=1&source=%s", source)),
                              "/items/0/id"));
    EXPECT(post(srv.marketing, text("/v1/leads/%s/stage", lost),
                "{\"to\": \"disqualified\", \"reason\": \"spam\"}"),
           200);
    (void)post(srv.marketing, "/v1/models/strict/activate", "{}");
    /* what was not reached when the process ends is reached by the next */
    ck_assert(UNTIL(of_model(source, "strict") > 0, 20000));
    ck_assert_int_eq(server_stop(&srv), 0);
    server_again(&srv);
    ck_assert(UNTIL(of_model(source, "strict") == LEADS - 1, 20000));
    ck_assert_int_eq(sql_int(text("SELECT count(*) FROM lead WHERE source ="
                                  " '%s' AND model_version = 'strict' AND"
                                  " authority = 20 AND version = 1",
                                  source)),
                     LEADS - 1);
    ck_assert_str_eq(reply_text(get(srv.marketing, text("/v1/leads/%s", lost)),
                                "/model_version"),
                     "default-v1");
    ck_assert(UNTIL(sql_int("SELECT count(*) FROM rescore") == 0, 5000));
}
END_TEST

START_TEST(activating_again_in_the_midst_begins_anew)
{
    const char *source = fresh("twice");

    add_leads(source);
    add_model("first");
    add_model("second");
    (void)post(srv.marketing, "/v1/models/first/activate", "{}");
    ck_assert(UNTIL(of_model(source, "first") > 0, 20000));
    (void)post(srv.marketing, "/v1/models/second/activate", "{}");
    ck_assert(UNTIL(of_model(source, "second") == LEADS, 20000));
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("models");

    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, activating_again_in_the_midst_begins_anew);
    tcase_add_test(tc, every_open_lead_gets_the_score_of_the_new_model);
    return real_server_main(tc, "models", NULL);
}
