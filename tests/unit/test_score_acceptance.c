/* Every case of tests/acceptance/scoring.json, every member of `expect`. */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/clock.h"
#include "scoring/case_json.h"
#include "scoring/score_json.h"
#include "stages/stages.h"

static struct model *model;
static struct tz *tz;
static json_t *cases;

static json_t *load(const char *path)
{
    json_error_t error;
    json_t *j = json_load_file(path, JSON_REJECT_DUPLICATES, &error);

    ck_assert_msg(j != NULL, "%s: %s", path, error.text);
    return j;
}

static void setup(void)
{
    struct arena *mem = arena_new(1 << 20);
    struct field_errs errs = {.mem = mem};
    json_t *doc = load("config/default-v1.json");

    model = model_compile(doc, &errs);
    ck_assert_ptr_nonnull(model);
    tz = tz_load("Asia/Ho_Chi_Minh");
    ck_assert_ptr_nonnull(tz);
    cases = load("tests/acceptance/scoring.json");
    json_decref(doc);
    arena_free(mem);
}

static void teardown(void)
{
    json_decref(cases);
    tz_free(tz);
    model_free(model);
}

static json_t *judge(const json_t *doc, struct arena *mem)
{
    struct field_errs errs = {.mem = mem};
    struct score_case c;
    struct score_in in;
    struct score s;
    struct stage_view v = STAGE_VIEW_INIT(STAGE_IQL, &s);

    ck_assert(case_from_json(doc, mem, &c, &errs));
    in = (struct score_in){&c.facts, c.events, c.n_events, c.as_of_ms, tz, mem};
    score_run(model, &in, &s);
    v.stage = c.stage;
    return score_to_json(model, &s, c.as_of_ms, stages_end(&v, &model->gates));
}

START_TEST(the_result_has_every_expected_member)
{
    const json_t *doc = json_array_get(cases, (size_t)_i);
    struct arena *mem = arena_new(1 << 20);
    json_t *got, *want;
    const char *name;

    if (doc) {
        got = judge(doc, mem);
        json_object_foreach (json_object_get(doc, "expect"), name, want) {
            const json_t *have = json_object_get(got, name);
            char *text = json_dumps(have, JSON_ENCODE_ANY);

            ck_assert_msg(json_equal(have, want), "%s: %s is %s",
                          json_string_value(json_object_get(doc, "id")), name,
                          text ? text : "missing");
            free(text);
        }
        json_decref(got);
    }
    arena_free(mem);
}
END_TEST

START_TEST(all_the_cases_are_there)
{
    ck_assert_uint_eq(json_array_size(cases), 18);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("score_acceptance");
    TCase *t = tcase_create("all");
    SRunner *r;
    int failed;

    tcase_add_unchecked_fixture(t, setup, teardown);
    tcase_add_test(t, all_the_cases_are_there);
    tcase_add_loop_test(t, the_result_has_every_expected_member, 0, 18);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
