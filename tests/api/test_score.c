/* POST /v1/score: every case of the acceptance file through HTTP, a model and
 * a time zone of the caller's, and what is wrong with either. */
#include "real_server.h"

static json_t *load(const char *path)
{
    json_t *j = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);

    ck_assert_msg(j != NULL, "%s", path);
    return j;
}

/** Takes @a doc. */
static const struct reply *score(json_t *doc)
{
    char *body = json_dumps(doc, JSON_COMPACT);
    const struct reply *r = post(srv.sales, "/v1/score", body);

    free(body);
    json_decref(doc);
    return r;
}

static const struct reply *score_with(const char *name, json_t *value)
{
    return score(json_pack("{s:s, s:{}, s:[], s:o}", "as_of",
                           "2026-06-15T09:00:00+07:00", "facts", "events", name,
                           value));
}

START_TEST(each_case_has_what_it_expects)
{
    json_t *cases = load("tests/acceptance/scoring.json"), *one, *want;
    const char *name;
    size_t i;

    json_array_foreach (cases, i, one) {
        const struct reply *r = score(json_deep_copy(one));

        EXPECT(r, 200);
        json_object_foreach (json_object_get(one, "expect"), name, want)
            ck_assert_msg(
                json_equal(reply_at(r, text("/%s", name)), want), "%s: %s: %s",
                json_string_value(json_object_get(one, "id")), name, r->body);
        ck_assert(json_is_array(reply_at(r, "/gaps")));
        ck_assert_ptr_nonnull(reply_at(r, "/valid_until"));
    }
    ck_assert_uint_eq(i, 18);
    json_decref(cases);
}
END_TEST

START_TEST(a_model_of_ones_own_decides)
{
    json_t *model = load("config/default-v1.json");
    json_t *one = load("tests/acceptance/scoring.json");
    json_t *first = json_deep_copy(json_array_get(one, 0));
    const struct reply *r;

    json_object_set_new(first, "model", model);
    r = score(first);
    EXPECT(r, 200);
    ck_assert_int_eq(json_integer_value(reply_at(r, "/score")), 89);
    EXPECT(score_with("model", json_null()), 200); /* the workspace's */
    json_decref(one);
}
END_TEST

START_TEST(a_stored_version_is_named)
{
    json_t *model = load("config/default-v1.json");
    const struct reply *r;
    char *body;

    EXPECT(score_with("model", json_string("default-v1")), 200);
    json_object_set_new(model, "version", json_string("named-v2"));
    json_object_set_new(json_object_get(model, "score"), "min",
                        json_integer(7));
    body = json_dumps(model, JSON_COMPACT);
    EXPECT(post(srv.admin, "/v1/models", body), 201);
    free(body);
    json_decref(model);
    r = score_with("model", json_string("named-v2"));
    EXPECT(r, 200);
    ck_assert_str_eq(reply_text(r, "/model_version"), "named-v2");
    ck_assert_int_eq(reply_int(r, "/score"), 7);
}
END_TEST

START_TEST(a_key_holds_here_as_everywhere)
{
    const char *header = keep("Idempotency-Key: %s\r\n", fresh("k"));
    const char *body = "{\"as_of\": \"2026-06-15T09:00:00Z\", \"facts\": {},"
                       " \"events\": []}";
    const struct reply *r =
        call(srv.port, "POST", "/v1/score", srv.sales, header, body);
    const char *first;
    char v[16];

    EXPECT(r, 200);
    first = keep("%s", r->body);
    r = call(srv.port, "POST", "/v1/score", srv.sales, header, body);
    EXPECT(r, 200);
    ck_assert_str_eq(r->body, first);
    ck_assert_str_eq(reply_field(r, "Idempotency-Replayed", v, sizeof(v)),
                     "true");
    EXPECT(call(srv.port, "POST", "/v1/score", srv.sales, header,
                text("%s ", body)),
           422);
}
END_TEST

START_TEST(what_is_wrong_with_it_is_said)
{
    static const struct {
        const char *name, *json, *pointer;
    } BAD[] = {
        {"model", "\"no-such-version\"", "/model"},
        {"model", "\"\"", "/model"},
        {"model", "7", "/model"},
        {"model", "{\"authority\": 3}", "/model/authority"},
        {"timezone", "\"Nowhere/City\"", "/timezone"},
        {"facts", "3", "/facts"},
        {"events", "[{\"type\": \"no_such\"}]", "/events/0/type"},
    };

    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        const struct reply *r = score_with(
            BAD[i].name, json_loads(BAD[i].json, JSON_DECODE_ANY, NULL));

        EXPECT(r, 422);
        ck_assert_msg(strstr(r->body, text("\"%s\"", BAD[i].pointer)) != NULL,
                      "%s: %s", BAD[i].pointer, r->body);
    }
    EXPECT(post(srv.sales, "/v1/score", "{"), 400);
    EXPECT(post(NULL, "/v1/score", "{}"), 401);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("score");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, each_case_has_what_it_expects);
    tcase_add_test(tc, a_model_of_ones_own_decides);
    tcase_add_test(tc, a_stored_version_is_named);
    tcase_add_test(tc, a_key_holds_here_as_everywhere);
    tcase_add_test(tc, what_is_wrong_with_it_is_said);
    return real_server_main(tc, "score", NULL);
}
