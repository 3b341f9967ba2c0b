#include "judge_fixture.h"

#include <string.h>

#include "base/str.h"
#include "stages/stages.h"

#define NOW ((int64_t)1781488800000)

/* domain.md section 3 written out again: rows from, columns to, in the order
 * of enum stage; S system, s sales, m marketing, a admin */
static const char *const MATRIX[STAGE_N + 1][STAGE_N] = {
    /* iql   mql   pql  sql   won  lost disqualified */
    {"", "S", "S", "", "", "", "sm"},    /* iql */
    {"S", "", "S", "Ss", "", "", "sm"},  /* mql */
    {"", "S", "", "Ss", "s", "s", "sm"}, /* pql */
    {"", "s", "", "", "s", "s", "sm"},   /* sql */
    {"", "", "", "", "", "", ""},        /* won */
    {"", "S", "", "", "", "", "sm"},     /* lost */
    {"a", "", "", "", "", "", ""},       /* disqualified */
    {"S", "", "", "", "", "", ""},       /* new */
};

static const struct {
    char letter;
    uint32_t actor;
} ACTORS[] = {{'S', ACTOR_SYSTEM},
              {'s', ACTOR_SALES},
              {'m', ACTOR_MARKETING},
              {'a', ACTOR_ADMIN}};

START_TEST(exactly_the_steps_of_the_table_are_legal)
{
    for (int from = 0; from <= STAGE_N; from++)
        for (int to = 0; to < STAGE_N; to++)
            for (size_t i = 0; i < ARRAY_LEN(ACTORS); i++)
                ck_assert_msg(
                    stages_legal((enum stage)from, (enum stage)to,
                                 ACTORS[i].actor) ==
                        (strchr(MATRIX[from][to], ACTORS[i].letter) != NULL),
                    "%s to %s by %c", stage_text((enum stage)from),
                    stage_text((enum stage)to), ACTORS[i].letter);
}
END_TEST

START_TEST(the_list_of_legal_steps_is_the_row_of_the_table)
{
    enum stage list[STAGE_N];

    for (int from = 0; from <= STAGE_N; from++)
        for (size_t i = 0; i < ARRAY_LEN(ACTORS); i++) {
            size_t n =
                stages_legal_list((enum stage)from, ACTORS[i].actor, list);
            size_t k = 0;

            for (int to = 0; to < STAGE_N; to++)
                if (strchr(MATRIX[from][to], ACTORS[i].letter))
                    ck_assert(k < n && list[k++] == (enum stage)to);
            ck_assert_uint_eq(k, n);
        }
}
END_TEST

static const struct {
    enum stage from, to;
    uint32_t actor, needs;
} NEEDS[] = {
    {STAGE_SQL, STAGE_WON, ACTOR_SALES, STEP_NEEDS_CLAIM | STEP_NEEDS_AMOUNT},
    {STAGE_PQL, STAGE_LOST, ACTOR_SALES, STEP_NEEDS_CLAIM | STEP_NEEDS_REASON},
    {STAGE_SQL, STAGE_MQL, ACTOR_SALES, STEP_NEEDS_REASON},
    {STAGE_MQL, STAGE_SQL, ACTOR_SALES, STEP_NEEDS_ACTIVITY},
    {STAGE_MQL, STAGE_SQL, ACTOR_SYSTEM, 0},
    {STAGE_MQL, STAGE_IQL, ACTOR_SYSTEM, STEP_NEEDS_UNCLAIMED},
    {STAGE_LOST, STAGE_DISQUALIFIED, ACTOR_MARKETING, STEP_NEEDS_REASON},
    {STAGE_DISQUALIFIED, STAGE_IQL, ACTOR_ADMIN,
     STEP_NEEDS_REASON | STEP_NEEDS_NOT_ERASED},
};

START_TEST(a_step_asks_for_what_the_table_says)
{
    const struct stage_step *step =
        stages_step(NEEDS[_i].from, NEEDS[_i].to, NEEDS[_i].actor);

    ck_assert_ptr_nonnull(step);
    ck_assert_uint_eq(step->needs, NEEDS[_i].needs);
}
END_TEST

START_TEST(only_the_five_reasons_disqualify)
{
    ck_assert(stages_disqualify_reason("spam"));
    ck_assert(stages_disqualify_reason("unreachable"));
    ck_assert(stages_disqualify_reason("outside_area"));
    ck_assert(stages_disqualify_reason("competitor"));
    ck_assert(stages_disqualify_reason("duplicate"));
    ck_assert(!stages_disqualify_reason("price"));
    ck_assert(!stages_disqualify_reason(""));
    ck_assert(!stages_disqualify_reason(NULL));
}
END_TEST

/* a result that opens the gates named: m, p, s; l: the trial has lapsed */
static struct score result(const char *opens)
{
    struct score s = {.trial_activated_ms = NEVER_MS,
                      .last_human_ms = NEVER_MS,
                      .last_high_intent_ms = NEVER_MS,
                      .last_qualifying_ms = NEVER_MS,
                      .quality = QUALITY_MEDIUM};

    if (strchr(opens, 'm')) {
        s.temperature = TEMPERATURE_WARM;
        s.score = 40;
    }
    if (strchr(opens, 'p')) {
        s.trial_activated_ms = NOW - DAY_MS;
        s.satisfaction_max = 4;
    }
    if (strchr(opens, 's')) {
        s.temperature = TEMPERATURE_HOT;
        s.score = 70;
        s.criteria[CRITERION_AUTHORITY] = 15;
        s.criteria[CRITERION_NEED] = 10;
    }
    return s;
}

static const struct {
    enum stage from;
    const char *opens, *path;
} PROMOTIONS[] = {
    {STAGE_IQL, "", ""},         {STAGE_IQL, "m", "mql"},
    {STAGE_IQL, "p", "pql"},     {STAGE_IQL, "mp", "mql pql"},
    {STAGE_IQL, "s", "mql sql"}, {STAGE_IQL, "ps", "mql pql sql"},
    {STAGE_MQL, "m", ""},        {STAGE_MQL, "p", "pql"},
    {STAGE_MQL, "s", "sql"},     {STAGE_MQL, "ps", "pql sql"},
    {STAGE_PQL, "mp", ""},       {STAGE_PQL, "s", "sql"},
    {STAGE_SQL, "mps", ""},      {STAGE_WON, "mps", ""},
    {STAGE_LOST, "mps", ""},     {STAGE_DISQUALIFIED, "mps", ""},
};

START_TEST(a_lead_takes_as_many_hops_as_hold)
{
    struct score s = result(PROMOTIONS[_i].opens);
    struct stage_view v = STAGE_VIEW_INIT(PROMOTIONS[_i].from, &s);
    const struct stage_step *hops[STAGE_HOPS_MAX];
    size_t n = stages_promote(&v, &fx.model->gates, hops);
    enum stage stage = v.stage;
    char path[64] = "";

    for (size_t i = 0; i < n; i++) {
        ck_assert_int_eq(hops[i]->from, stage);
        stage = hops[i]->to;
        if (i)
            strcat(path, " ");
        strcat(path, stage_text(stage));
    }
    ck_assert_str_eq(path, PROMOTIONS[_i].path);
    ck_assert_int_eq(stages_end(&v, &fx.model->gates), stage);
}
END_TEST

START_TEST(each_condition_alone_keeps_a_lead_out_of_sql)
{
    for (int i = 0; i < 7; i++) {
        struct score s = result("s");
        struct stage_view v = STAGE_VIEW_INIT(STAGE_MQL, &s);

        s.score -= i == 1;
        s.criteria[CRITERION_AUTHORITY] -= i == 2;
        s.criteria[CRITERION_NEED] -= i == 3;
        s.temperature = i == 4 ? TEMPERATURE_WARM : s.temperature;
        s.quality = i == 5 ? QUALITY_LOW : s.quality;
        s.suppressed = i == 6;
        ck_assert_int_eq(stages_end(&v, &fx.model->gates),
                         i ? STAGE_MQL : STAGE_SQL);
    }
}
END_TEST

START_TEST(a_qualifying_action_ever_stands_for_the_score_but_not_for_warmth)
{
    struct score s = result("m");
    struct stage_view v = STAGE_VIEW_INIT(STAGE_IQL, &s);

    s.score = 39;
    ck_assert_int_eq(stages_end(&v, &fx.model->gates), STAGE_IQL);
    s.qualifying_ever = true;
    ck_assert_int_eq(stages_end(&v, &fx.model->gates), STAGE_MQL);
    s.temperature = TEMPERATURE_COLD;
    ck_assert_int_eq(stages_end(&v, &fx.model->gates), STAGE_IQL);
}
END_TEST

START_TEST(a_trial_needs_contentment_or_a_wish_to_upgrade)
{
    struct score s = result("p");
    struct stage_view v = STAGE_VIEW_INIT(STAGE_IQL, &s);

    s.satisfaction_max = 3;
    ck_assert_int_eq(stages_end(&v, &fx.model->gates), STAGE_IQL);
    s.upgrade_intent = true;
    ck_assert_int_eq(stages_end(&v, &fx.model->gates), STAGE_PQL);
}
END_TEST

START_TEST(a_lapsed_trial_makes_no_pql_until_a_newer_one)
{
    struct score s = result("p");
    struct stage_view v = STAGE_VIEW_INIT(STAGE_MQL, &s);

    v.trial_lapsed_ms = s.trial_activated_ms + 30 * DAY_MS;
    ck_assert_int_eq(stages_end(&v, &fx.model->gates), STAGE_MQL);
    s.trial_activated_ms = v.trial_lapsed_ms + 1;
    ck_assert_int_eq(stages_end(&v, &fx.model->gates), STAGE_PQL);
}
END_TEST

#define D(n) ((n)*DAY_MS)

/* `since` is the trial, the last human event or the loss, before now */
static const struct due_row {
    enum stage stage;
    const char *lost_reason;
    int64_t since_ms;
    bool cold, claimed;
    const char *to;       /* "" none */
    int64_t next_from_ms; /* next_ms - since; 0: FOREVER_MS */
    bool cooling;
} DUE[] = {
    {STAGE_PQL, NULL, D(30), true, false, "mql", 0, false},
    {STAGE_PQL, NULL, D(30) - 1, true, false, "", D(30), false},
    {STAGE_PQL, NULL, D(30), true, true, "", 0, true},
    {STAGE_PQL, NULL, D(30) - 1, true, true, "", D(30), false},
    {STAGE_MQL, NULL, D(180), true, false, "iql", 0, false},
    {STAGE_MQL, NULL, D(180) - 1, true, false, "", D(180), false},
    {STAGE_MQL, NULL, D(180), false, false, "", 0, false},
    {STAGE_MQL, NULL, D(180), true, true, "", 0, true},
    {STAGE_LOST, "price", D(90), true, false, "mql", 0, false},
    {STAGE_LOST, "price", D(90) - 1, true, false, "", D(90), false},
    {STAGE_LOST, "no_answer", D(30), true, false, "mql", 0, false},
    {STAGE_LOST, "no_answer", D(30) - 1, true, false, "", D(30), false},
    {STAGE_LOST, "competitor", D(180) - 1, true, false, "", D(180), false},
    {STAGE_LOST, "no_need", D(180), true, false, "mql", 0, false},
    {STAGE_LOST, "timing", D(900), true, false, "", 0, false},
    {STAGE_LOST, "other", D(900), true, false, "", 0, false},
    {STAGE_LOST, NULL, D(900), true, false, "", 0, false},
    {STAGE_SQL, NULL, D(900), true, true, "", 0, true},
    {STAGE_SQL, NULL, D(900), true, false, "", 0, false},
    {STAGE_IQL, NULL, D(900), true, false, "", 0, false},
    {STAGE_WON, NULL, D(900), true, false, "", 0, false},
};

START_TEST(a_step_falls_due_to_the_millisecond)
{
    const struct due_row *row = &DUE[_i];
    struct score s = result("");
    struct stage_view v = STAGE_VIEW_INIT(row->stage, &s);
    int64_t since_ms = NOW - row->since_ms;
    struct stage_due due;

    s.temperature = row->cold ? TEMPERATURE_COLD : TEMPERATURE_WARM;
    s.trial_activated_ms = s.last_human_ms = v.lost_ms = since_ms;
    v.lost_reason = row->lost_reason;
    v.claimed = row->claimed;
    stages_due(&v, &fx.model->gates, NOW, &due);
    ck_assert_str_eq(due.step ? stage_text(due.step->to) : "", row->to);
    ck_assert_int_eq(due.next_ms, row->next_from_ms
                                      ? since_ms + row->next_from_ms
                                      : FOREVER_MS);
    ck_assert_int_eq(due.cooling, row->cooling);
}
END_TEST

START_TEST(a_lead_lost_on_timing_returns_on_the_stated_date)
{
    struct score s = result("");
    struct stage_view v = STAGE_VIEW_INIT(STAGE_LOST, &s);
    struct stage_due due;

    v.lost_ms = NOW - D(5);
    v.lost_reason = "timing";
    v.lost_stated_ms = NOW + 1;
    stages_due(&v, &fx.model->gates, NOW, &due);
    ck_assert_ptr_null(due.step);
    ck_assert_int_eq(due.next_ms, NOW + 1);
    stages_due(&v, &fx.model->gates, NOW + 1, &due);
    ck_assert_int_eq(due.step->to, STAGE_MQL);
}
END_TEST

START_TEST(a_new_high_intent_event_brings_a_lost_lead_back_at_once)
{
    struct score s = result("");
    struct stage_view v = STAGE_VIEW_INIT(STAGE_LOST, &s);
    struct stage_due due;

    v.lost_ms = NOW - D(5);
    v.lost_reason = "no_need";
    s.last_high_intent_ms = v.lost_ms;
    stages_due(&v, &fx.model->gates, NOW, &due);
    ck_assert_ptr_null(due.step);
    s.last_high_intent_ms = v.lost_ms + 1;
    stages_due(&v, &fx.model->gates, NOW, &due);
    ck_assert_int_eq(due.step->to, STAGE_MQL);
}
END_TEST

START_TEST(a_lead_without_events_is_idle_from_its_floor)
{
    struct score s = result("");
    struct stage_view v = STAGE_VIEW_INIT(STAGE_MQL, &s);
    struct stage_due due;

    stages_due(&v, &fx.model->gates, NOW, &due);
    ck_assert(!due.step && due.next_ms == FOREVER_MS);
    v.idle_floor_ms = NOW;
    stages_due(&v, &fx.model->gates, NOW, &due);
    ck_assert_int_eq(due.next_ms, NOW + D(180));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("stages");
    TCase *t = tcase_create("all");

    tcase_add_unchecked_fixture(t, fixture_setup, fixture_teardown);
    tcase_add_test(t, exactly_the_steps_of_the_table_are_legal);
    tcase_add_test(t, the_list_of_legal_steps_is_the_row_of_the_table);
    tcase_add_loop_test(t, a_step_asks_for_what_the_table_says, 0,
                        (int)ARRAY_LEN(NEEDS));
    tcase_add_test(t, only_the_five_reasons_disqualify);
    tcase_add_loop_test(t, a_lead_takes_as_many_hops_as_hold, 0,
                        (int)ARRAY_LEN(PROMOTIONS));
    tcase_add_test(t, each_condition_alone_keeps_a_lead_out_of_sql);
    tcase_add_test(
        t, a_qualifying_action_ever_stands_for_the_score_but_not_for_warmth);
    tcase_add_test(t, a_trial_needs_contentment_or_a_wish_to_upgrade);
    tcase_add_test(t, a_lapsed_trial_makes_no_pql_until_a_newer_one);
    tcase_add_loop_test(t, a_step_falls_due_to_the_millisecond, 0,
                        (int)ARRAY_LEN(DUE));
    tcase_add_test(t, a_lead_lost_on_timing_returns_on_the_stated_date);
    tcase_add_test(t, a_new_high_intent_event_brings_a_lost_lead_back_at_once);
    tcase_add_test(t, a_lead_without_events_is_idle_from_its_floor);
    suite_add_tcase(s, t);
    return run_suite(s);
}
