#include "judge_fixture.h"

#include "lead/facts_json.h"

static const struct row {
    const char *json; /* ' for " */
    const char *pointer;
    enum err err;
} FAULTS[] = {
    {"[]", "/facts", ERR_WRONG_TYPE},
    {"{'budgett': 1}", "/facts/budgett", ERR_UNKNOWN_FIELD},
    {"{'a/b~c': 1}", "/facts/a~1b~0c", ERR_UNKNOWN_FIELD},
    {"{'authority_role': 'king'}", "/facts/authority_role", ERR_UNKNOWN_VALUE},
    {"{'authority_role': 1}", "/facts/authority_role", ERR_WRONG_TYPE},
    {"{'need': 'dire'}", "/facts/need", ERR_UNKNOWN_VALUE},
    {"{'budget': -1}", "/facts/budget", ERR_OUT_OF_RANGE},
    {"{'budget': 1.0}", "/facts/budget", ERR_WRONG_TYPE},
    {"{'budget': '15tr'}", "/facts/budget", ERR_WRONG_TYPE},
    {"{'price': 0}", "/facts/price", ERR_OUT_OF_RANGE},
    {"{'currency': 'VN'}", "/facts/currency", ERR_UNKNOWN_VALUE},
    {"{'currency': 'VNDX'}", "/facts/currency", ERR_UNKNOWN_VALUE},
    {"{'currency': 'V1D'}", "/facts/currency", ERR_UNKNOWN_VALUE},
    {"{'pay_proxy': 1}", "/facts/pay_proxy", ERR_WRONG_TYPE},
    {"{'suppressed': 'yes'}", "/facts/suppressed", ERR_WRONG_TYPE},
    {"{'challenges': 'hesitation'}", "/facts/challenges", ERR_WRONG_TYPE},
    {"{'challenges': ['hesitation', 'rain']}", "/facts/challenges/1",
     ERR_UNKNOWN_VALUE},
    {"{'challenges': [4]}", "/facts/challenges/0", ERR_WRONG_TYPE},
    {"{'timeframe_days': -1}", "/facts/timeframe_days", ERR_OUT_OF_RANGE},
    {"{'timeframe_stated_at': '2026-06-15'}", "/facts/timeframe_stated_at",
     ERR_TIME_INVALID},
    {"{'last_closed_at': 5}", "/facts/last_closed_at", ERR_WRONG_TYPE},
};

START_TEST(a_bad_fact_is_named_where_it_is)
{
    struct field_errs errs = {.mem = fx.mem};
    json_t *j = json_of(FAULTS[_i].json);
    struct facts f;

    ck_assert(!facts_from_json(j, "/facts", &f, &errs));
    ck_assert_uint_eq(errs.n, 1);
    ck_assert_str_eq(errs.first->pointer, FAULTS[_i].pointer);
    ck_assert_int_eq(errs.first->err, FAULTS[_i].err);
    ck_assert_uint_eq(f.given, 0);
    json_decref(j);
}
END_TEST

START_TEST(a_challenge_named_twice_is_one)
{
    struct field_errs errs = {.mem = fx.mem};
    json_t *j = json_of("{'challenges': ['hesitation', 'approval_done',"
                        " 'hesitation']}");
    struct facts f;

    ck_assert(facts_from_json(j, "", &f, &errs));
    ck_assert_uint_eq(f.challenges, 1u << CHALLENGE_HESITATION |
                                        1u << CHALLENGE_APPROVAL_DONE);
    json_decref(j);
}
END_TEST

START_TEST(every_fact_comes_back_as_it_went)
{
    struct field_errs errs = {.mem = fx.mem};
    json_t *j = json_of(
        "{'authority_role':'influencer','need':'none','budget':0,'price':5,"
        "'currency':'VND','pay_proxy':false,"
        "'challenges':['budget_limit','existing_customer'],"
        "'timeframe_days':30,"
        "'timeframe_stated_at':'2026-06-15T02:00:00.000Z',"
        "'last_closed_at':'2026-01-01T00:00:00.000Z','outside_area':true,"
        "'buyer_type_not_served':false,'suppressed':true}");
    struct facts f;
    json_t *back;
    char *want = json_dumps(j, JSON_COMPACT), *got;

    ck_assert(facts_from_json(j, "", &f, &errs));
    back = facts_to_json(&f);
    got = json_dumps(back, JSON_COMPACT);
    ck_assert_str_eq(got, want);
    free(got);
    free(want);
    json_decref(back);
    json_decref(j);
}
END_TEST

START_TEST(null_is_a_fact_not_given)
{
    struct field_errs errs = {.mem = fx.mem};
    json_t *j = json_of("{'need': null, 'budget': null, 'challenges': null}");
    struct facts f;

    ck_assert(facts_from_json(j, "", &f, &errs));
    ck_assert_uint_eq(f.given, 0);
    ck_assert(facts_from_json(NULL, "", &f, &errs));
    ck_assert_uint_eq(f.given, 0);
    json_decref(j);
}
END_TEST

START_TEST(merging_takes_what_is_given_and_leaves_the_rest)
{
    struct facts into = {.given = FACT_NEED | FACT_BUDGET | FACT_CHALLENGES,
                         .need = NEED_LATENT,
                         .budget = 5,
                         .challenges = 3};
    struct facts from = {.given = FACT_NEED | FACT_CURRENCY | FACT_CHALLENGES,
                         .need = NEED_EXPLICIT,
                         .currency = "VND",
                         .challenges = 4};

    facts_merge(&into, &from);
    ck_assert_int_eq(into.need, NEED_EXPLICIT);
    ck_assert_int_eq(into.budget, 5);
    ck_assert_uint_eq(into.challenges, 4);
    ck_assert_str_eq(into.currency, "VND");
    ck_assert_uint_eq(into.given, FACT_NEED | FACT_BUDGET | FACT_CHALLENGES |
                                      FACT_CURRENCY);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("facts_json");
    TCase *t = tcase_create("all");

    tcase_add_unchecked_fixture(t, fixture_setup, fixture_teardown);
    tcase_add_loop_test(t, a_bad_fact_is_named_where_it_is, 0,
                        (int)ARRAY_LEN(FAULTS));
    tcase_add_test(t, a_challenge_named_twice_is_one);
    tcase_add_test(t, every_fact_comes_back_as_it_went);
    tcase_add_test(t, null_is_a_fact_not_given);
    tcase_add_test(t, merging_takes_what_is_given_and_leaves_the_rest);
    suite_add_tcase(s, t);
    return run_suite(s);
}
