/* server/flow/judge: which steps a judgement takes, and which it leaves. */
#include "flow/judge.h"

#include <stdio.h>

#include "base/str.h"
#include "judge_fixture.h"

static struct bundle b;
static struct event events[8];
static int64_t now;

static void setup(void)
{
    fixture_setup();
    now = at("2026-06-15T09:00:00+07:00");
    memset(&b, 0, sizeof(b));
    b.lead.created_ms = b.lead.stage_ms = now;
    b.is_new = true;
    b.own = events;
    b.cap_own = ARRAY_LEN(events);
}

static void add(enum event_type type, int64_t when, int32_t value)
{
    events[b.n_own++] = (struct event){.event_id = uuid_new(when),
                                       .type = type,
                                       .occurred_ms = when,
                                       .value = value};
}

/* Everything that the gate to sql asks for. */
static void make_hot(void)
{
    b.facts.given = FACT_AUTHORITY_ROLE | FACT_NEED | FACT_BUDGET | FACT_PRICE |
                    FACT_TIMEFRAME_DAYS | FACT_TIMEFRAME_STATED_AT;
    b.facts.authority_role = ROLE_DECISION_MAKER;
    b.facts.need = NEED_EXPLICIT;
    b.facts.budget = b.facts.price = 50000000;
    b.facts.timeframe_days = 7;
    b.facts.timeframe_stated_ms = now;
    add(EVENT_DEMO_REQUEST, now, 0);
    add(EVENT_QUOTE_REQUEST, now, 0);
}

static void look(int64_t when)
{
    b.n_hops = 0;
    b.changed = false;
    judge(fx.model, fx.tz, &b, when, fx.mem);
    b.news = b.is_new = false;
}

static bool stands(enum stage stage)
{
    if (b.lead.stage != stage)
        fprintf(stderr, "at %s, score %d, grade %s\n", stage_text(b.lead.stage),
                b.lead.score, b.lead.grade);
    return b.lead.stage == stage;
}

START_TEST(a_new_lead_enters_and_goes_as_far_as_holds)
{
    make_hot();
    look(now);
    ck_assert(stands(STAGE_SQL));
    ck_assert_uint_eq(b.n_hops, 3); /* new, iql, mql, sql: each counted */
    ck_assert_int_eq(b.hops[0].from, STAGE_NEW);
    ck_assert_int_eq(b.hops[1].to, STAGE_MQL);
    ck_assert_int_eq(b.lead.sql_ms, now);
    look(now); /* again changes nothing */
    ck_assert_uint_eq(b.n_hops, 0);
}
END_TEST

START_TEST(a_held_lead_waits_for_news)
{
    make_hot();
    look(now);
    bundle_hop(&b, STAGE_MQL, ACTOR_SALES, now + 1, "not_ready", NULL);
    b.lead.held = true;
    look(now + 2);
    ck_assert(stands(STAGE_MQL) && b.lead.held);
    look(now + HOUR_MS);
    ck_assert(stands(STAGE_MQL));
    add(EVENT_DEMO_REQUEST, now + HOUR_MS, 0);
    b.news = true;
    look(now + HOUR_MS + 1);
    ck_assert(stands(STAGE_SQL) && !b.lead.held);
}
END_TEST

static int64_t idle_ms(void)
{
    return fx.model->gates.idle_days * DAY_MS;
}

START_TEST(idle_and_cold_goes_back)
{
    add(EVENT_PAGE_VIEW, now, 0);
    look(now);
    ck_assert(stands(STAGE_IQL));
    bundle_hop(&b, STAGE_MQL, ACTOR_SYSTEM, now, NULL, NULL);
    look(now + 1);
    ck_assert(stands(STAGE_MQL));
    ck_assert_int_gt(b.lead.due_ms, 0);
    ck_assert_int_le(b.lead.due_ms, now + idle_ms());
    look(now + idle_ms() - 1);
    ck_assert(stands(STAGE_MQL));
    look(now + idle_ms());
    ck_assert(stands(STAGE_IQL));
}
END_TEST

START_TEST(a_claimed_lead_cools_but_stays)
{
    add(EVENT_PAGE_VIEW, now, 0);
    look(now);
    bundle_hop(&b, STAGE_MQL, ACTOR_SYSTEM, now, NULL, NULL);
    b.lead.claim.claim_id = uuid_new(now);
    look(now + idle_ms());
    ck_assert(stands(STAGE_MQL) && b.lead.cooling);
}
END_TEST

START_TEST(a_lapsed_trial_goes_back_once)
{
    int64_t lapse = fx.model->gates.trial_lapse_days * DAY_MS;

    add(EVENT_TRIAL_ACTIVATED, now, 0);
    add(EVENT_SATISFACTION, now, 5);
    look(now);
    ck_assert(stands(STAGE_PQL));
    ck_assert_int_le(b.lead.due_ms, now + lapse);
    look(now + lapse);
    ck_assert_int_ne(b.lead.stage, STAGE_PQL);
    ck_assert_int_eq(b.lead.trial_lapsed_ms, now + lapse);
    look(now + lapse + 1); /* and does not come back by itself */
    ck_assert_int_ne(b.lead.stage, STAGE_PQL);
    add(EVENT_TRIAL_ACTIVATED, now + lapse + DAY_MS, 0);
    add(EVENT_SATISFACTION, now + lapse + DAY_MS, 5);
    b.news = true;
    look(now + lapse + DAY_MS);
    ck_assert(stands(STAGE_PQL));
}
END_TEST

START_TEST(a_lost_lead_comes_back_when_its_reason_says)
{
    const struct recycle *rule = gates_recycle(&fx.model->gates, "price");
    int64_t back;

    ck_assert_ptr_nonnull(rule);
    make_hot();
    look(now);
    bundle_hop(&b, STAGE_LOST, ACTOR_SALES, now + 1, "price", NULL);
    b.lead.lost_reason = "price";
    back = now + 1 + rule->days * DAY_MS;
    look(now + 2);
    ck_assert(stands(STAGE_LOST));
    ck_assert_int_le(b.lead.due_ms, back);
    look(back - 1);
    ck_assert(stands(STAGE_LOST));
    look(back);
    ck_assert(stands(STAGE_MQL));
    ck_assert_int_eq(b.lead.recycled_ms, back);
    look(back + 1); /* idleness counts from here, not from before */
    ck_assert(stands(STAGE_MQL));
}
END_TEST

START_TEST(won_and_disqualified_are_left_alone)
{
    make_hot();
    look(now);
    bundle_hop(&b, STAGE_DISQUALIFIED, ACTOR_SALES, now + 1, "spam", NULL);
    look(now + 400 * DAY_MS);
    ck_assert(stands(STAGE_DISQUALIFIED));
    ck_assert_int_eq(b.lead.due_ms, 0);
}
END_TEST

/* Events of an account are kept once for all its leads: each is its own
 * person there, but not another one. */
START_TEST(a_lead_is_not_his_own_colleague)
{
    static struct event account[2];
    char self[UUID_TEXT_BYTES];
    const struct event *all;
    struct score s;

    add(EVENT_DEMO_REQUEST, now, 0);
    b.lead.lead_id = uuid_new(now);
    account[0] = events[0];
    account[0].lead_id = b.lead.lead_id;
    account[0].person = uuid_format(&b.lead.lead_id, self);
    b.others = account;
    b.n_others = 1;
    judge_score(fx.model, fx.tz, &b, now, fx.mem, &s);
    ck_assert_int_eq(s.signals[SIGNAL_SEVERAL_PEOPLE], 0);
    /* nor is what is stored with him twice there, whoever did it */
    events[0].person = account[0].person = "ke toan";
    ck_assert_uint_eq(judge_events(&b, fx.mem, &all), 1);
    events[0].person = NULL;
    account[1] = account[0];
    account[1].lead_id = uuid_new(now);
    account[1].event_id = uuid_new(now);
    account[1].person = "somebody else";
    b.n_others = 2;
    judge_score(fx.model, fx.tz, &b, now, fx.mem, &s);
    ck_assert_int_eq(s.signals[SIGNAL_SEVERAL_PEOPLE],
                     fx.model->several_people.points);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("judge");
    TCase *tc = tcase_create("judge");

    tcase_add_checked_fixture(tc, setup, fixture_teardown);
    tcase_add_test(tc, a_new_lead_enters_and_goes_as_far_as_holds);
    tcase_add_test(tc, a_held_lead_waits_for_news);
    tcase_add_test(tc, idle_and_cold_goes_back);
    tcase_add_test(tc, a_claimed_lead_cools_but_stays);
    tcase_add_test(tc, a_lapsed_trial_goes_back_once);
    tcase_add_test(tc, a_lost_lead_comes_back_when_its_reason_says);
    tcase_add_test(tc, won_and_disqualified_are_left_alone);
    tcase_add_test(tc, a_lead_is_not_his_own_colleague);
    suite_add_tcase(s, tc);
    return run_suite(s);
}
