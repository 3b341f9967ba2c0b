#include "judge_fixture.h"

#include "lead/event_json.h"
#include "scoring/case_json.h"

#define WHEN "'occurred_at':'2026-06-15T09:00:00+07:00'"

static const struct row {
    const char *json; /* ' for " */
    const char *pointer;
    enum err err;
} FAULTS[] = {
    {"7", "/events/0", ERR_WRONG_TYPE},
    {"{" WHEN "}", "/events/0/type", ERR_REQUIRED},
    {"{'type':'sneeze'," WHEN "}", "/events/0/type", ERR_UNKNOWN_VALUE},
    {"{'type':1," WHEN "}", "/events/0/type", ERR_WRONG_TYPE},
    {"{'type':'call'}", "/events/0/occurred_at", ERR_REQUIRED},
    {"{'type':'call','occurred_at':'2026-06-15T09:00:00'}",
     "/events/0/occurred_at", ERR_TIME_INVALID},
    {"{'type':'satisfaction'," WHEN "}", "/events/0/value", ERR_REQUIRED},
    {"{'type':'satisfaction','value':6," WHEN "}", "/events/0/value",
     ERR_OUT_OF_RANGE},
    {"{'type':'call','duration_s':-1," WHEN "}", "/events/0/duration_s",
     ERR_OUT_OF_RANGE},
    {"{'type':'call','duration_seconds':'long'," WHEN "}",
     "/events/0/duration_seconds", ERR_WRONG_TYPE},
    {"{'type':'call','machine':1," WHEN "}", "/events/0/machine",
     ERR_WRONG_TYPE},
    {"{'type':'call','id':5," WHEN "}", "/events/0/id", ERR_WRONG_TYPE},
};

static bool read_one(const char *text, const int64_t *default_ms,
                     struct event *out, struct field_errs *errs)
{
    json_t *j = json_of(text);
    bool good = event_from_json(j, "/events/0", default_ms, fx.mem, out, errs);

    json_decref(j);
    return good;
}

START_TEST(a_bad_event_is_named_where_it_is)
{
    struct field_errs errs = {.mem = fx.mem};
    struct event e;

    ck_assert(!read_one(FAULTS[_i].json, NULL, &e, &errs));
    ck_assert_uint_eq(errs.n, 1);
    ck_assert_str_eq(errs.first->pointer, FAULTS[_i].pointer);
    ck_assert_int_eq(errs.first->err, FAULTS[_i].err);
}
END_TEST

static const struct {
    const char *member;
    bool machine;
} MAKERS[] = {
    {"'machine':true", true},    {"'machine':false", false},
    {"'is_machine':true", true}, {"'bot':true", true},
    {"'human':false", true},     {"'human':true", false},
    {"'actor':'bot'", true},     {"'made_by':'mail_scanner'", true},
    {"'actor':'monitor'", true}, {"'made_by':'machine'", true},
    {"'actor':'sales'", false},  {"'actor':7", false},
    {"'machine':null", false},
};

START_TEST(a_machine_is_known_by_any_of_its_names)
{
    struct field_errs errs = {.mem = fx.mem};
    struct event e;

    ck_assert(read_one(arena_printf(fx.mem, "{'type':'email_open',%s,%s}", WHEN,
                                    MAKERS[_i].member),
                       NULL, &e, &errs));
    ck_assert_int_eq(e.machine, MAKERS[_i].machine);
}
END_TEST

START_TEST(other_names_and_unknown_members_are_accepted)
{
    struct field_errs errs = {.mem = fx.mem};
    struct event e;
    int64_t now_ms = 5;

    ck_assert(read_one("{'type':'call','visitor_id':'v','duration_seconds':"
                       "130.9,'page':'/a','mood':'good','person':'',"
                       "'value':'nice'}",
                       &now_ms, &e, &errs));
    ck_assert_str_eq(e.visitor, "v");
    ck_assert_str_eq(e.detail, "/a");
    ck_assert_int_eq(e.duration_s, 130);
    ck_assert_int_eq(e.occurred_ms, 5);
    ck_assert_ptr_null(e.person);
    ck_assert_int_eq(e.value, 0);
}
END_TEST

START_TEST(an_event_comes_back_as_it_went)
{
    static const char TEXT[] =
        "{\"id\":\"e1\",\"type\":\"satisfaction\",\"occurred_at\":"
        "\"2026-06-15T02:00:00.000Z\",\"session\":\"s\",\"channel\":\"web\","
        "\"visitor\":\"v\",\"person\":\"p\",\"value\":4,\"duration_s\":7,"
        "\"machine\":true,\"detail\":\"d\"}";
    struct field_errs errs = {.mem = fx.mem};
    struct event e;
    json_t *back;
    char *got;

    ck_assert(read_one(TEXT, NULL, &e, &errs));
    back = event_to_json(&e);
    got = json_dumps(back, JSON_COMPACT);
    ck_assert_str_eq(got, TEXT);
    free(got);
    json_decref(back);
}
END_TEST

static const struct row CASE_FAULTS[] = {
    {"[]", "", ERR_WRONG_TYPE},
    {"{}", "/as_of", ERR_REQUIRED},
    {"{'as_of':'today'}", "/as_of", ERR_TIME_INVALID},
    {"{'as_of':'2026-06-15T09:00:00Z','stage':'vip'}", "/stage",
     ERR_UNKNOWN_VALUE},
    {"{'as_of':'2026-06-15T09:00:00Z','facts':[]}", "/facts", ERR_WRONG_TYPE},
    {"{'as_of':'2026-06-15T09:00:00Z','facts':{'x':1}}", "/facts/x",
     ERR_UNKNOWN_FIELD},
    {"{'as_of':'2026-06-15T09:00:00Z','events':{}}", "/events", ERR_WRONG_TYPE},
    {"{'as_of':'2026-06-15T09:00:00Z','events':[{'type':'call'}]}",
     "/events/0/occurred_at", ERR_REQUIRED},
};

START_TEST(a_bad_case_is_named_where_it_is)
{
    struct field_errs errs = {.mem = fx.mem};
    json_t *j = json_of(CASE_FAULTS[_i].json);
    struct score_case c;

    ck_assert(!case_from_json(j, fx.mem, &c, &errs));
    ck_assert_uint_eq(errs.n, 1);
    ck_assert_str_eq(errs.first->pointer, CASE_FAULTS[_i].pointer);
    ck_assert_int_eq(errs.first->err, CASE_FAULTS[_i].err);
    json_decref(j);
}
END_TEST

START_TEST(a_case_needs_only_its_time)
{
    struct field_errs errs = {.mem = fx.mem};
    json_t *j = json_of("{'as_of':'2026-06-15T09:00:00+07:00','id':1,"
                        "'expect':[],'facts':null}");
    struct score_case c;

    ck_assert(case_from_json(j, fx.mem, &c, &errs));
    ck_assert_int_eq(c.stage, STAGE_IQL);
    ck_assert_uint_eq(c.n_events, 0);
    ck_assert_int_eq(c.as_of_ms, at("2026-06-15T02:00:00Z"));
    json_decref(j);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("event_json");
    TCase *t = tcase_create("all");

    tcase_add_unchecked_fixture(t, fixture_setup, fixture_teardown);
    tcase_add_loop_test(t, a_bad_event_is_named_where_it_is, 0,
                        (int)ARRAY_LEN(FAULTS));
    tcase_add_loop_test(t, a_machine_is_known_by_any_of_its_names, 0,
                        (int)ARRAY_LEN(MAKERS));
    tcase_add_test(t, other_names_and_unknown_members_are_accepted);
    tcase_add_test(t, an_event_comes_back_as_it_went);
    tcase_add_loop_test(t, a_bad_case_is_named_where_it_is, 0,
                        (int)ARRAY_LEN(CASE_FAULTS));
    tcase_add_test(t, a_case_needs_only_its_time);
    suite_add_tcase(s, t);
    return run_suite(s);
}
