/* server/lead: what one request does to a lead, and the response target. */
#include "base/str.h"
#include "lead/bundle.h"
#include "lead/sla.h"
#include "unit.h"

static struct arena *mem;
static struct bundle b;
static struct draft d;
static struct uuid receipt;
static struct apply_rules rules;

static void setup(void)
{
    mem = UNIT_ARENA();
    b = (struct bundle){.is_new = true};
    d = (struct draft){.fact_source = FACT_SYSTEM};
    rules = (struct apply_rules){.now_ms = INT64_C(1781514000000)};
    receipt = uuid_new(rules.now_ms);
}

static void teardown(void)
{
    arena_free(mem);
}

static void apply(void)
{
    receipt = uuid_new(rules.now_ms);
    bundle_apply(&b, &d, &receipt, &rules, mem);
}

static struct event event_of(enum event_type type, const char *ext_id)
{
    return (struct event){
        .type = type, .ext_id = ext_id, .occurred_ms = rules.now_ms};
}

START_TEST(the_same_ext_id_is_the_same_event)
{
    struct event events[] = {
        event_of(EVENT_DEMO_REQUEST, "a"), event_of(EVENT_DEMO_REQUEST, "a"),
        event_of(EVENT_DEMO_REQUEST, "b"), event_of(EVENT_DEMO_REQUEST, NULL),
        event_of(EVENT_DEMO_REQUEST, NULL)};

    d.events = events;
    d.n_events = ARRAY_LEN(events);
    apply();
    ck_assert_uint_eq(b.n_own, 4); /* without an id each stands for itself */
    d.n_events = 3;
    b.rejudge = b.news = false;
    apply();
    ck_assert_uint_eq(b.n_own, 4);
    ck_assert(!b.rejudge && !b.news);
}
END_TEST

START_TEST(a_weaker_source_never_overrides)
{
    d.facts.given = FACT_NEED | FACT_BUDGET;
    d.facts.need = NEED_EXPLICIT;
    d.facts.budget = 100;
    d.fact_source = FACT_SALES;
    apply();
    ck_assert_int_eq(b.lead.facts_version, 1);
    d.facts.given = FACT_NEED | FACT_PRICE;
    d.facts.need = NEED_LATENT;
    d.facts.price = 7;
    d.fact_source = FACT_SELF_DECLARED;
    apply();
    ck_assert_int_eq(b.facts.need, NEED_EXPLICIT);
    ck_assert_int_eq(b.facts.budget, 100);
    ck_assert_int_eq(b.facts.price, 7); /* nobody had said it */
    ck_assert_int_eq(b.lead.facts_version, 2);
    d.facts.given = FACT_NEED;
    apply(); /* nothing of it counts */
    ck_assert_int_eq(b.lead.facts_version, 2);
    d.fact_source = FACT_SALES;
    apply(); /* as strong: the newer word */
    ck_assert_int_eq(b.facts.need, NEED_LATENT);
}
END_TEST

START_TEST(behaviour_waits_for_consent)
{
    struct event events[] = {event_of(EVENT_PAGE_VIEW, "v"),
                             event_of(EVENT_EMAIL_OPEN, "o"),
                             event_of(EVENT_DEMO_REQUEST, "d")};
    struct consent consent = {.purpose = "behaviour_tracking",
                              .status = "granted"};

    d.events = events;
    d.n_events = ARRAY_LEN(events);
    apply();
    ck_assert_uint_eq(b.n_own, 1); /* the request itself needs none */
    ck_assert_uint_eq(b.n_unconsented, 2);
    d.consent = &consent;
    d.n_consent = 1;
    apply();
    ck_assert(b.lead.consented);
    ck_assert_uint_eq(b.n_own, 3);
    consent.status = "withdrawn";
    events[0].ext_id = "w";
    apply();
    ck_assert(!b.lead.consented);
    ck_assert_uint_eq(b.n_own, 3);
    rules.behaviour_assumed = true;
    apply();
    ck_assert_uint_eq(b.n_own, 4);
}
END_TEST

START_TEST(the_newest_word_on_consent_holds)
{
    struct consent consent = {.purpose = "behaviour_tracking",
                              .status = "denied"};

    d.consent = &consent;
    d.n_consent = 1;
    rules.now_ms = 2000;
    apply();
    consent.status = "granted";
    rules.now_ms = 1000;
    rules.late = true;
    apply();
    ck_assert(!b.lead.consented);
    rules.now_ms = 3000;
    apply();
    ck_assert(b.lead.consented);
    consent.status = "withdrawn";
    rules.now_ms = 2500;
    apply();
    ck_assert(b.lead.consented);
}
END_TEST

static void touch_at(const char *channel, int64_t ms)
{
    d.touch.channel = channel;
    d.has_touch = true;
    rules.late = ms < b.lead.updated_ms;
    rules.now_ms = ms;
    apply();
}

START_TEST(what_came_before_the_first_touch_is_the_first)
{
    b.is_new = true;
    b.lead.created_ms = 3000;
    touch_at("c", 3000);
    b.is_new = false;
    touch_at("a", 1000);
    ck_assert_str_eq(b.lead.first_touch_json, "{\"channel\":\"a\"}");
    ck_assert_str_eq(b.lead.last_touch_json, "{\"channel\":\"c\"}");
    touch_at("b", 2000); /* between */
    ck_assert_str_eq(b.lead.first_touch_json, "{\"channel\":\"a\"}");
    ck_assert_str_eq(b.lead.last_touch_json, "{\"channel\":\"c\"}");
    touch_at("d", 4000);
    ck_assert_str_eq(b.lead.last_touch_json, "{\"channel\":\"d\"}");
}
END_TEST

START_TEST(consent_to_something_else_is_not_that)
{
    struct consent consent = {.purpose = "marketing", .status = "granted"};

    d.consent = &consent;
    d.n_consent = 1;
    apply();
    ck_assert(!b.lead.consented);
}
END_TEST

START_TEST(what_is_not_said_changes_nothing)
{
    d.contact.name = "An";
    d.ids[0] = (struct identifier){.kind = ID_PHONE, .value = "+84912345678"};
    d.n_ids = 1;
    apply();
    ck_assert_str_eq(b.lead.name, "An");
    ck_assert_str_eq(b.lead.phone, "+84912345678");
    d = (struct draft){.fact_source = FACT_SYSTEM};
    b.changed = b.rejudge = false;
    apply();
    ck_assert_str_eq(b.lead.name, "An");
    ck_assert(!b.changed && !b.rejudge);
    ck_assert_uint_eq(b.n_ids, 1);
}
END_TEST

/* ---- working hours: Monday to Saturday, 08:00 to 17:30 ---- */

START_TEST(amounts_of_two_currencies_never_meet)
{
    struct facts dong = {.given = FACT_PRICE | FACT_BUDGET | FACT_CURRENCY,
                         .price = 50000000,
                         .budget = 50000000,
                         .currency = "VND"};
    struct facts dollars = {.given = FACT_BUDGET | FACT_CURRENCY,
                            .budget = 10000,
                            .currency = "USD"};

    facts_merge(&dong, &dollars);
    ck_assert_uint_eq(dong.given, FACT_BUDGET | FACT_CURRENCY);
    ck_assert_int_eq(dong.budget, 10000);
    ck_assert_str_eq(dong.currency, "USD");
}
END_TEST

START_TEST(the_target_counts_working_hours)
{
    static const struct {
        const char *start;
        int64_t minutes;
        const char *due;
    } CASES[] = {
        {"2026-06-15T09:00:00+07:00", 5, "2026-06-15T09:05:00+07:00"},
        {"2026-06-15T07:00:00+07:00", 5, "2026-06-15T08:05:00+07:00"},
        {"2026-06-15T17:28:00+07:00", 5, "2026-06-16T08:03:00+07:00"},
        {"2026-06-15T17:25:00+07:00", 5, "2026-06-15T17:30:00+07:00"},
        {"2026-06-15T17:30:00+07:00", 5, "2026-06-16T08:05:00+07:00"},
        {"2026-06-15T23:59:00+07:00", 5, "2026-06-16T08:05:00+07:00"},
        {"2026-06-20T17:00:00+07:00", 60, "2026-06-22T08:30:00+07:00"},
        {"2026-06-21T12:00:00+07:00", 5, "2026-06-22T08:05:00+07:00"},
        {"2026-06-15T08:00:00+07:00", 6 * 570, "2026-06-20T17:30:00+07:00"}};
    struct tz *tz = tz_load("Asia/Ho_Chi_Minh");

    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        int64_t start, due;

        ck_assert(time_parse(CASES[i].start, &start) &&
                  time_parse(CASES[i].due, &due));
        ck_assert_msg(sla_due(tz, start, CASES[i].minutes * MINUTE_MS) == due,
                      "%s", CASES[i].start);
    }
    tz_free(tz);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("lead");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, the_same_ext_id_is_the_same_event);
    tcase_add_test(tc, a_weaker_source_never_overrides);
    tcase_add_test(tc, behaviour_waits_for_consent);
    tcase_add_test(tc, the_newest_word_on_consent_holds);
    tcase_add_test(tc, what_came_before_the_first_touch_is_the_first);
    tcase_add_test(tc, consent_to_something_else_is_not_that);
    tcase_add_test(tc, what_is_not_said_changes_nothing);
    tcase_add_test(tc, amounts_of_two_currencies_never_meet);
    tcase_add_test(tc, the_target_counts_working_hours);
    return unit_run(tc, "lead");
}
