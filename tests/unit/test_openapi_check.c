/* The checker that every answer of the test suite goes through must itself
 * refuse what is wrong. */
#include "unit.h"

#include <string.h>

#include "../lib/openapi_check.h"

static char why[1024];

static bool problem_fits(int status, const char *path, const char *body)
{
    return openapi_check("GET", path, status, "application/problem+json", body,
                         why, sizeof(why));
}

#define ID "01980a7c-2a10-7d4e-8b21-6f0e1d2c3b4a"
#define PROBLEM                                                                \
    "\"type\":\"/docs#not_found\",\"title\":\"t\",\"status\":404,"             \
    "\"code\":1020,\"detail\":\"d\",\"instance\":\"i\",\"request_id\":\"i\""

START_TEST(a_documented_answer_fits)
{
    ck_assert_msg(problem_fits(404, "/v1/leads/" ID, "{" PROBLEM "}"), "%s",
                  why);
    ck_assert(openapi_check(
        "POST", "/v1/forms/k?x=1", 201, "application/json; charset=utf-8",
        "{\"receipt_id\":\"" ID "\",\"status\":\"accepted\"}", why,
        sizeof(why)));
    ck_assert(
        openapi_check("POST", "/v1/claims", 204, NULL, "", why, sizeof(why)));
    ck_assert(
        openapi_check("HEAD", "/docs", 200, "text/html", "", why, sizeof(why)));
    ck_assert(
        openapi_check("OPTIONS", "/v1/leads", 204, NULL, "", why, sizeof(why)));
}
END_TEST

START_TEST(an_undocumented_member_status_or_type_does_not_fit)
{
    ck_assert(
        !problem_fits(404, "/v1/leads/" ID, "{" PROBLEM ",\"stack\":\"x\"}"));
    ck_assert_msg(strstr(why, "/stack"), "%s", why);
    ck_assert(!problem_fits(418, "/v1/leads/" ID, "{" PROBLEM "}"));
    ck_assert(!openapi_check("GET", "/v1/leads/" ID, 404, "text/plain", "no",
                             why, sizeof(why)));
    ck_assert(!openapi_check("GET", "/v1/leads/" ID, 404, NULL, "", why,
                             sizeof(why)));
    ck_assert(!openapi_check("POST", "/v1/claims", 204, NULL, "{}", why,
                             sizeof(why)));
    ck_assert(!problem_fits(404, "/v1/leads/" ID, "{\"type\":\"/docs#x\"}"));
    ck_assert(!problem_fits(404, "/v1/leads/" ID, "not json"));
    ck_assert(!problem_fits(404, "/v1/leads/" ID,
                            "{" PROBLEM ",\"title\":\"twice\"}"));
}
END_TEST

START_TEST(an_unknown_path_may_be_404_and_a_known_list_may_not)
{
    ck_assert(problem_fits(404, "/v1/nothing/here", "{" PROBLEM "}"));
    ck_assert(!problem_fits(404, "/v1/leads", "{" PROBLEM "}"));
    ck_assert(problem_fits(405, "/v1/score", "{" PROBLEM "}"));
}
END_TEST

START_TEST(literal_parts_win_over_parameters)
{
    const json_t *d = openapi_doc();

    ck_assert_str_eq(openapi_path(d, "/v1/leads/hot?wait=1"), "/v1/leads/hot");
    ck_assert_str_eq(openapi_path(d, "/v1/leads/" ID), "/v1/leads/{id}");
    ck_assert_str_eq(openapi_path(d, "/v1/models/simulate"),
                     "/v1/models/simulate");
    ck_assert_str_eq(openapi_path(d, "/demo/"), "/demo/");
    ck_assert_ptr_null(openapi_path(d, "/v1/leads/"));
    ck_assert_ptr_null(openapi_path(d, "/v1/leads/a/b/c"));
}
END_TEST

static const struct row {
    const char *schema, *value;
    bool fits;
} ROWS[] = {
    {"{\"type\":[\"string\",\"null\"]}", "null", true},
    {"{\"type\":[\"string\",\"null\"]}", "1", false},
    {"{\"type\":\"integer\"}", "1.0", true},
    {"{\"type\":\"integer\"}", "1.5", false},
    {"{\"type\":\"number\"}", "1", true},
    {"{\"type\":\"boolean\"}", "false", true},
    {"{\"minimum\":1,\"maximum\":2}", "3", false},
    {"{\"minimum\":1,\"maximum\":2}", "2", true},
    {"{\"enum\":[\"a\",\"b\"]}", "\"b\"", true},
    {"{\"enum\":[\"a\",\"b\"]}", "\"c\"", false},
    {"{\"const\":true}", "false", false},
    {"{\"pattern\":\"^[a-z]+$\"}", "\"ab\"", true},
    {"{\"pattern\":\"^[a-z]+$\"}", "\"a1\"", false},
    {"{\"maxLength\":2}", "\"Đà\"", true},
    {"{\"minLength\":1}", "\"\"", false},
    {"{\"format\":\"date-time\"}", "\"2026-06-15T02:00:00.000Z\"", true},
    {"{\"format\":\"date-time\"}", "\"2026-06-15\"", false},
    {"{\"format\":\"uuid\"}", "\"" ID "\"", true},
    {"{\"format\":\"uuid\"}", "\"1\"", false},
    {"{\"format\":\"hostname\"}", "\"a\"", false}, /* not known */
    {"{\"not\":{}}", "1", false},                  /* not known */
    {"{\"items\":{\"type\":\"string\"}}", "[\"a\",1]", false},
    {"{\"minItems\":1}", "[]", false},
    {"{\"required\":[\"a\"]}", "{}", false},
    {"{\"additionalProperties\":false}", "{\"a\":1}", false},
    {"{\"additionalProperties\":{\"type\":\"string\"}}", "{\"a\":1}", false},
    {"{\"properties\":{\"a\":{\"type\":\"string\"}}}", "{\"a\":1}", false},
    {"{\"maxProperties\":0}", "{}", true},
    {"{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}", "null", true},
    {"{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}", "1", false},
    {"{\"oneOf\":[{\"minimum\":1},{\"minimum\":2}]}", "3", false},
    {"{\"oneOf\":[{\"minimum\":1},{\"minimum\":2}]}", "1", true},
    {"{\"allOf\":[{\"minimum\":1},{\"maximum\":2}]}", "3", false},
    {"{\"$ref\":\"#/components/schemas/Stage\"}", "\"sql\"", true},
    {"{\"$ref\":\"#/components/schemas/Stage\"}", "\"SQL\"", false},
    {"{\"$ref\":\"#/components/schemas/Nothing\"}", "1", false},
    {"{\"$ref\":\"#/components/schemas/Stage\",\"const\":\"won\"}", "\"sql\"",
     false},
};

START_TEST(schemas_are_understood)
{
    const struct row *r = &ROWS[_i];
    json_t *schema = json_loads(r->schema, 0, NULL);
    json_t *value = json_loads(r->value, JSON_DECODE_ANY, NULL);

    ck_assert(schema && value);
    why[0] = '\0';
    ck_assert_msg(
        openapi_fits(openapi_doc(), schema, value, why, sizeof(why)) == r->fits,
        "%s with %s: %s", r->schema, r->value, why);
    json_decref(schema);
    json_decref(value);
}
END_TEST

/* The example of each answer must fit its own schema. */
START_TEST(the_examples_fit)
{
    const json_t *all = json_object_get(
        json_object_get(openapi_doc(), "components"), "schemas");
    const char *name;
    json_t *schema, *example;
    size_t i;

    json_object_foreach ((json_t *)(uintptr_t)all, name, schema)
        json_array_foreach (json_object_get(schema, "examples"), i, example)
            ck_assert_msg(
                openapi_fits(openapi_doc(), schema, example, why, sizeof(why)),
                "%s: %s", name, why);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("openapi_check");

    tcase_add_test(tc, a_documented_answer_fits);
    tcase_add_test(tc, an_undocumented_member_status_or_type_does_not_fit);
    tcase_add_test(tc, an_unknown_path_may_be_404_and_a_known_list_may_not);
    tcase_add_test(tc, literal_parts_win_over_parameters);
    tcase_add_loop_test(tc, schemas_are_understood, 0,
                        (int)(sizeof(ROWS) / sizeof(ROWS[0])));
    tcase_add_test(tc, the_examples_fit);
    return unit_run(tc, "openapi_check");
}
