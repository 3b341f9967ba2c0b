/* The edges of domain.md section 2, one small case each. */
#include "judge_fixture.h"

#include "scoring/case_json.h"

#define FULL                                                                   \
    "'authority_role':'decision_maker','need':'explicit_matched',"             \
    "'budget':100,'price':100"
#define E(type, when) "{'type':'" type "','occurred_at':'" when "'}"
/* as_of of all cases: 2026-06-15T09:00:00+07:00 */
#define NOW "2026-06-15T09:00:00+07:00"

enum what {
    ENGAGEMENT,
    ABILITY,
    QUALITY,
    BASIS,
    KNOWN,
    TIMING,
    PEOPLE,
    BURST,
    SESSIONS,
    CHANNELS,
    BACK,
    TEMPERATURE,
    RATIO,
};

static const struct row {
    const char *facts, *events; /* ' for " */
    enum what what;
    int32_t want;
} CASES[] = {
    /* caps by local day, earliest first, before decay */
    {"",
     E("page_view", NOW) "," E("page_view", NOW) "," E("page_view", NOW) "," E(
         "page_view", NOW),
     ENGAGEMENT, 3},
    {"",
     E("email_open", "2026-06-14T16:59:59Z") "," E("email_open",
                                                   "2026-06-14T17:00:00Z"),
     ENGAGEMENT, 2},
    {"",
     E("email_open", "2026-06-13T17:00:00Z") "," E("email_open",
                                                   "2026-06-14T16:59:59Z"),
     ENGAGEMENT, 1},
    {"",
     E("email_click", NOW) "," E("email_click", NOW) "," E(
         "email_click", NOW) "," E("email_click", NOW),
     ENGAGEMENT, 8},
    /* a machine takes no place of the cap, another person neither */
    {"",
     "{'type':'email_open','occurred_at':'2026-06-15T08:00:00+07:00',"
     "'machine':true}," E("email_open", NOW),
     ENGAGEMENT, 1},
    {"",
     "{'type':'email_open','occurred_at':'2026-06-15T08:00:00+07:00',"
     "'person':'p'}," E("email_open", NOW),
     ENGAGEMENT, 1},
    {"", "{'type':'demo_request','occurred_at':'" NOW "','person':'p'}",
     ENGAGEMENT, 0},
    {"", "{'type':'demo_request','occurred_at':'" NOW "','person':'p'}",
     TEMPERATURE, TEMPERATURE_COLD},
    /* calls */
    {"", "{'type':'call','occurred_at':'" NOW "','duration_s':119}", ENGAGEMENT,
     0},
    {"", "{'type':'call','occurred_at':'" NOW "','duration_s':120}", ENGAGEMENT,
     5},
    {"", E("call", NOW), ENGAGEMENT, 0},
    {"", "{'type':'call','occurred_at':'" NOW "','person':'p'}," E("call", NOW),
     PEOPLE, 8},
    /* decay */
    {"", E("demo_request", "2026-05-16T09:00:00.001+07:00"), ENGAGEMENT, 8},
    {"", E("demo_request", "2026-05-16T09:00:00+07:00"), ENGAGEMENT, 4},
    {"",
     E("trial_activated", "2025-12-17T09:00:00.001+07:00") "," E(
         "trial_activated", "2025-12-17T09:00:00.001+07:00"),
     ENGAGEMENT, 1},
    {"",
     E("trial_activated", "2025-12-17T09:00:00+07:00") "," E(
         "trial_activated", "2025-12-17T09:00:00+07:00"),
     ENGAGEMENT, 0},
    {"", E("demo_request", "2026-06-15T09:00:00.001+07:00"), ENGAGEMENT, 0},
    {"", E("demo_request", NOW), ENGAGEMENT, 8},
    /* same id */
    {"",
     "{'id':'a','type':'download','occurred_at':'" NOW "'},"
     "{'id':'a','type':'download','occurred_at':'" NOW "'}",
     ENGAGEMENT, 4},
    {"",
     "{'id':'a','type':'demo_request','occurred_at':'" NOW "'},"
     "{'id':'a','type':'download','occurred_at':'2026-06-15T08:00:00+07:00'"
     "}",
     ENGAGEMENT, 4},
    /* ability to pay */
    {"'budget':99,'price':100", "", ABILITY, 15},
    {"'budget':80,'price':100", "", ABILITY, 15},
    {"'budget':799,'price':1000", "", ABILITY, 8},
    {"'budget':49,'price':100", "", ABILITY, 0},
    {"'budget':49,'price':100,'pay_proxy':true", "", ABILITY, 0},
    {"'budget':49,'pay_proxy':true", "", ABILITY, 10},
    {"'pay_proxy':false", "", ABILITY, 0},
    {"'budget':9223372036854775807,'price':1", "", RATIO, INT32_MAX},
    {"'budget':9223372036854775806,'price':9223372036854775807", "", RATIO, 99},
    /* quality */
    {FULL, "", QUALITY, QUALITY_HIGH},
    {FULL ",'outside_area':true", "", QUALITY, QUALITY_LOW},
    {FULL ",'buyer_type_not_served':true", "", QUALITY, QUALITY_LOW},
    {FULL ",'outside_area':false", "", QUALITY, QUALITY_HIGH},
    {"'budget':49,'price':100", "", QUALITY, QUALITY_LOW},
    {"'budget':50,'price':100", "", QUALITY, QUALITY_MEDIUM},
    {"'budget':50,'price':100", "", BASIS, BASIS_INSUFFICIENT},
    {"'outside_area':true", "", BASIS, BASIS_OUTSIDE_AREA},
    {"'budget':1,'price':100,'outside_area':true", "", BASIS,
     BASIS_PRICE_MISMATCH},
    {"'authority_role':'user','need':'none'", "", QUALITY, QUALITY_LOW},
    {"'authority_role':'user','need':'none'", "", KNOWN, 2},
    {"'authority_role':'unknown','need':'unknown','pay_proxy':false", "", KNOWN,
     0},
    {"'pay_proxy':true", "", KNOWN, 1},
    {"'budget':5", "", KNOWN, 0},
    /* timing: a date, to the millisecond */
    {"'timeframe_days':0,'timeframe_stated_at':'" NOW "'", "", TIMING, 15},
    {"'timeframe_days':0,'timeframe_stated_at':'2026-06-15T08:59:59.999+07:00'",
     "", TIMING, 0},
    {"'timeframe_days':30,'timeframe_stated_at':'" NOW "'", "", TIMING, 15},
    {"'timeframe_days':30,'timeframe_stated_at':'2026-06-15T09:00:00.001+07:00"
     "'",
     "", TIMING, 10},
    {"'timeframe_days':90,'timeframe_stated_at':'" NOW "'", "", TIMING, 10},
    {"'timeframe_days':180,'timeframe_stated_at':'" NOW "'", "", TIMING, 5},
    {"'timeframe_days':181,'timeframe_stated_at':'" NOW "'", "", TIMING, 0},
    {"'timeframe_days':30", "", TIMING, 0},
    /* signals: windows hold their bounds */
    {"",
     "{'type':'page_view','occurred_at':'2026-06-01T09:00:00+07:00',"
     "'person':'p'}," E("page_view", NOW),
     PEOPLE, 8},
    {"",
     "{'type':'page_view','occurred_at':'2026-06-01T08:59:59.999+07:00',"
     "'person':'p'}," E("page_view", NOW),
     PEOPLE, 0},
    {"",
     "{'type':'page_view','occurred_at':'" NOW "','person':'p'},"
     "{'type':'page_view','occurred_at':'" NOW "','person':'p'}",
     PEOPLE, 0},
    {"",
     "{'type':'page_view','occurred_at':'" NOW "','person':'p'},"
     "{'type':'page_view','occurred_at':'" NOW "','person':'q'}",
     PEOPLE, 8},
    {"",
     "{'type':'page_view','occurred_at':'" NOW "','person':'p'},"
     "{'type':'page_view','occurred_at':'" NOW "','machine':true}",
     PEOPLE, 0},
    {"",
     "{'type':'page_view','occurred_at':'" NOW "','visitor':'1'},"
     "{'type':'page_view','occurred_at':'" NOW "','visitor':'2'},"
     "{'type':'page_view','occurred_at':'" NOW "','visitor':'3'}",
     PEOPLE, 8},
    {"",
     "{'type':'page_view','occurred_at':'" NOW "','session':'1'},"
     "{'type':'page_view','occurred_at':'" NOW "','session':'2'},"
     "{'type':'page_view','occurred_at':'2026-06-12T09:00:00+07:00',"
     "'session':'3'}",
     BURST, 5},
    {"",
     "{'type':'page_view','occurred_at':'" NOW "','session':'1'},"
     "{'type':'page_view','occurred_at':'" NOW "','session':'2'},"
     "{'type':'page_view','occurred_at':'2026-06-12T08:59:59.999+07:00',"
     "'session':'3'}",
     BURST, 0},
    {"",
     "{'type':'satisfaction','value':1,'occurred_at':'" NOW "','channel':'1'},"
     "{'type':'page_view','occurred_at':'" NOW "','channel':'2'},"
     "{'type':'page_view','occurred_at':'2026-05-16T09:00:00+07:00',"
     "'channel':'3'}",
     CHANNELS, 5},
    {"'last_closed_at':'2026-03-17T09:00:00+07:00'", E("page_view", NOW), BACK,
     8},
    {"'last_closed_at':'2026-03-17T09:00:00.001+07:00'", E("page_view", NOW),
     BACK, 0},
    {"'last_closed_at':'2026-03-17T09:00:00+07:00'",
     "{'type':'page_view','occurred_at':'" NOW "','person':'p'}", BACK, 8},
    {"'last_closed_at':'2025-03-17T09:00:00+07:00'", "", BACK, 0},
    /* the lift */
    {"", E("gift_claim", "2026-05-16T09:00:00+07:00"), TEMPERATURE,
     TEMPERATURE_WARM},
    {"", E("gift_claim", "2026-05-16T08:59:59.999+07:00"), TEMPERATURE,
     TEMPERATURE_COLD},
    {"", E("trial_activated", NOW), TEMPERATURE, TEMPERATURE_COLD},
};

static int32_t value_of(const struct score *s, enum what what)
{
    switch (what) {
    case ENGAGEMENT:
        return s->criteria[CRITERION_ENGAGEMENT];
    case ABILITY:
        return s->criteria[CRITERION_ABILITY_TO_PAY];
    case QUALITY:
        return (int32_t)s->quality;
    case BASIS:
        return (int32_t)s->basis;
    case KNOWN:
        return s->known_fit_facts;
    case TIMING:
        return s->bant[BANT_TIMING];
    case PEOPLE:
        return s->signals[SIGNAL_SEVERAL_PEOPLE];
    case BURST:
        return s->signals[SIGNAL_BURST];
    case SESSIONS:
        return s->signals[SIGNAL_MANY_SESSIONS];
    case CHANNELS:
        return s->signals[SIGNAL_MANY_CHANNELS];
    case BACK:
        return s->signals[SIGNAL_BACK_AGAIN];
    case TEMPERATURE:
        return (int32_t)s->temperature;
    case RATIO:
        return s->ratio_percent;
    }
    return -1;
}

START_TEST(the_rule_holds_at_its_edge)
{
    struct field_errs errs = {.mem = fx.mem};
    json_t *j = json_of(
        arena_printf(fx.mem, "{'as_of':'" NOW "','facts':{%s},'events':[%s]}",
                     CASES[_i].facts, CASES[_i].events));
    struct score_case c;
    struct score_in in;
    struct score s;

    ck_assert(case_from_json(j, fx.mem, &c, &errs));
    in = (struct score_in){.facts = &c.facts,
                           .events = c.events,
                           .n_events = c.n_events,
                           .as_of_ms = c.as_of_ms,
                           .tz = fx.tz};
    score_run(fx.model, &in, &s);
    ck_assert_int_eq(value_of(&s, CASES[_i].what), CASES[_i].want);
    json_decref(j);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("score");
    TCase *t = tcase_create("all");

    tcase_add_unchecked_fixture(t, fixture_setup, fixture_teardown);
    tcase_add_loop_test(t, the_rule_holds_at_its_edge, 0,
                        (int)ARRAY_LEN(CASES));
    suite_add_tcase(s, t);
    return run_suite(s);
}
