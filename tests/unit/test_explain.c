#include "judge_fixture.h"

#include <string.h>

#include "scoring/case_json.h"
#include "scoring/explain.h"
#include "scoring/gaps.h"
#include "scoring/score_json.h"

#define NOW "2026-06-15T09:00:00+07:00"

static struct score_case given;
static struct score_in in;
static struct score result;

static void judge(const char *facts, const char *events)
{
    struct field_errs errs = {.mem = fx.mem};
    json_t *j = json_of(
        arena_printf(fx.mem, "{'as_of':'" NOW "','facts':{%s},'events':[%s]}",
                     facts, events));

    ck_assert(case_from_json(j, fx.mem, &given, &errs));
    in = (struct score_in){.facts = &given.facts,
                           .events = given.events,
                           .n_events = given.n_events,
                           .as_of_ms = given.as_of_ms,
                           .tz = fx.tz};
    score_run(fx.model, &in, &result);
    json_decref(j);
}

static const char *member(const json_t *line, const char *name)
{
    const char *text = json_string_value(json_object_get(line, name));

    return text ? text : "";
}

/* "reason reason ..." of the lines of events, "rule" of the others */
static const char *reasons(void)
{
    json_t *ledger = explain_ledger(fx.model, &in, &result);
    const char *out = "";
    json_t *line;
    size_t i;

    json_array_foreach (ledger, i, line)
        out = arena_printf(fx.mem, "%s%s%s", out, i ? " " : "",
                           *member(line, "reason") ? member(line, "reason")
                                                   : member(line, "rule"));
    json_decref(ledger);
    return out;
}

/* What there was, not what the model asks for. */
START_TEST(several_people_are_counted)
{
    static const struct {
        const char *events;
        int people, visitors;
    } SEEN[] = {
        {"{'type':'download','occurred_at':'" NOW "'},"
         "{'type':'download','occurred_at':'" NOW "','person':'b'},"
         "{'type':'download','occurred_at':'" NOW "','person':'c',"
         "'visitor':'v'},"
         "{'type':'download','occurred_at':'2026-05-01T09:00:00+07:00',"
         "'person':'d'}",
         3, 1},
        {"{'type':'download','occurred_at':'" NOW "','visitor':'a'},"
         "{'type':'download','occurred_at':'" NOW "','visitor':'b'},"
         "{'type':'download','occurred_at':'" NOW "','visitor':'c'},"
         "{'type':'download','occurred_at':'" NOW "','visitor':'d'}",
         1, 4},
    };

    for (size_t i = 0; i < ARRAY_LEN(SEEN); i++) {
        json_t *ledger, *line, *found = NULL;
        size_t k;

        judge("", SEEN[i].events);
        ledger = explain_consideration(fx.model, &in, &result);
        json_array_foreach (ledger, k, line)
            if (!strcmp(member(line, "rule"), "several_people"))
                found = json_object_get(line, "evidence");
        ck_assert_ptr_nonnull(found);
        ck_assert_int_eq(json_integer_value(json_object_get(found, "people")),
                         SEEN[i].people);
        ck_assert_int_eq(json_integer_value(json_object_get(found, "visitors")),
                         SEEN[i].visitors);
        json_decref(ledger);
    }
}
END_TEST

#define E(type, more) "{'type':'" type "','occurred_at':'" NOW "'" more "}"

static const struct {
    const char *facts, *events, *reasons;
} LEDGERS[] = {
    {"", "", ""},
    {"'need':'latent'", E("download", ""), "need counted"},
    {"", E("page_view", ",'machine':true"), "machine"},
    {"", E("page_view", ",'person':'p'"), "other_person"},
    {"", E("call", ""), "too_short"},
    {"", E("upgrade_intent", ""), "no_points"},
    {"", E("email_open", "") "," E("email_open", ""), "counted daily_cap"},
    {"", E("download", ",'id':'1'") "," E("download", ",'id':'1'"),
     "counted duplicate"},
    {"",
     "{'type':'call','duration_s':200,"
     "'occurred_at':'2026-07-01T00:00:00Z'}",
     "future"},
    {"", "{'type':'download','occurred_at':'2025-07-01T00:00:00Z'}", "too_old"},
    {"", "{'type':'page_view','occurred_at':'2026-05-01T00:00:00Z'}",
     "counted rounding"},
    {"", E("demo_request", "") "," E("quote_request", ""),
     "counted counted cap"},
    {"'challenges':['budget_limit','competitor_tied','hesitation']", "",
     "budget_limit hesitation competitor_tied clamp"},
    {"'budget':10,'price':100", "", "price_mismatch"},
};

START_TEST(the_ledger_has_a_line_for_every_rule_and_event)
{
    judge(LEDGERS[_i].facts, LEDGERS[_i].events);
    ck_assert_str_eq(reasons(), LEDGERS[_i].reasons);
}
END_TEST

START_TEST(an_event_line_shows_its_age_and_decay)
{
    json_t *ledger, *line;
    char *text;

    judge("", "{'type':'form_submit','id':'f1',"
              "'occurred_at':'2026-04-16T09:00:00+07:00'}");
    ledger = explain_ledger(fx.model, &in, &result);
    line = json_array_get(ledger, 0);
    text = json_dumps(line, JSON_COMPACT);
    ck_assert_str_eq(
        text, "{\"criterion\":\"engagement\",\"rule\":\"event\",\"evidence\":"
              "{},\"event_type\":\"form_submit\",\"event_id\":\"f1\","
              "\"occurred_at\":\"2026-04-16T02:00:00.000Z\",\"age_days\":60,"
              "\"base_points\":3,\"decayed_points\":0.75,\"points\":0.75,"
              "\"reason\":\"counted\"}");
    free(text);
    json_decref(ledger);
}
END_TEST

#define FIT "'authority_role':'decision_maker','need':'explicit_matched'"

static const struct {
    const char *facts, *events;
    enum stage stage;
    const char *first; /* "kind name closes" of the cheapest; "" none */
} GAPS[] = {
    {"", "", STAGE_IQL, "action consult_request 1"},
    {"'authority_role':'decision_maker','need':'none'", E("webinar_attend", ""),
     STAGE_IQL, "fact budget 1"},
    {FIT, E("demo_request", ""), STAGE_MQL, "fact budget 1"},
    {FIT ",'budget':100,'price':100", E("demo_request", ""), STAGE_SQL, ""},
    {FIT ",'budget':100,'price':100", E("page_view", ""), STAGE_PQL,
     "fact timeframe_days 1"},
    {FIT ",'budget':1,'price':100,'timeframe_days':1,"
         "'timeframe_stated_at':'" NOW "'",
     E("demo_request", ""), STAGE_MQL, "action consult_request 0"},
    {"", "", STAGE_SQL, ""},
    {"", "", STAGE_LOST, ""},
};

static json_t *gaps_of(enum stage stage)
{
    return gaps_to_json(fx.model, &in, &result, stage);
}

START_TEST(the_cheapest_gap_comes_first)
{
    json_t *gaps, *gap;
    const char *first = "";

    judge(GAPS[_i].facts, GAPS[_i].events);
    gaps = gaps_of(GAPS[_i].stage);
    gap = json_array_get(gaps, 0);
    if (gap)
        first = arena_printf(fx.mem, "%s %s %d", member(gap, "kind"),
                             member(gap, "name"),
                             json_is_true(json_object_get(gap, "closes")));
    ck_assert_str_eq(first, GAPS[_i].first);
    json_decref(gaps);
}
END_TEST

START_TEST(what_is_asked_for_is_told_with_how_much_is_missing)
{
    json_t *gaps, *gap;
    size_t i, conditions = 0;

    judge("", "");
    gaps = gaps_of(STAGE_IQL);
    json_array_foreach (gaps, i, gap) {
        int missing = (int)json_integer_value(json_object_get(gap, "missing"));

        ck_assert_str_eq(member(gap, "for"), "mql");
        if (strcmp(member(gap, "kind"), "score") == 0)
            ck_assert_int_eq(missing, 40);
        else if (strcmp(member(gap, "kind"), "temperature") == 0)
            ck_assert_int_eq(missing, 30);
        else
            continue;
        conditions++;
    }
    ck_assert_uint_eq(conditions, 2);
    json_decref(gaps);
}
END_TEST

START_TEST(a_result_that_cannot_change_has_no_valid_until)
{
    json_t *j;

    judge("'need':'latent'", "");
    j = score_to_json(fx.model, &result, in.as_of_ms, STAGE_IQL);
    ck_assert(json_is_null(json_object_get(j, "valid_until")));
    ck_assert_str_eq(member(j, "quality_basis"), "insufficient");
    ck_assert_str_eq(member(j, "as_of"), "2026-06-15T02:00:00.000Z");
    ck_assert_str_eq(member(j, "model_version"), "default-v1");
    json_decref(j);
    judge("", E("page_view", ""));
    j = score_to_json(fx.model, &result, in.as_of_ms, STAGE_IQL);
    ck_assert_str_eq(member(j, "valid_until"), "2026-07-15T02:00:00.000Z");
    json_decref(j);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("explain");
    TCase *t = tcase_create("all");

    tcase_add_unchecked_fixture(t, fixture_setup, fixture_teardown);
    tcase_add_test(t, several_people_are_counted);
    tcase_add_loop_test(t, the_ledger_has_a_line_for_every_rule_and_event, 0,
                        (int)ARRAY_LEN(LEDGERS));
    tcase_add_test(t, an_event_line_shows_its_age_and_decay);
    tcase_add_loop_test(t, the_cheapest_gap_comes_first, 0,
                        (int)ARRAY_LEN(GAPS));
    tcase_add_test(t, what_is_asked_for_is_told_with_how_much_is_missing);
    tcase_add_test(t, a_result_that_cannot_change_has_no_valid_until);
    suite_add_tcase(s, t);
    return run_suite(s);
}
