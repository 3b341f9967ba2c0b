/* What must hold for any lead, over some thousand made from a fixed seed. */
#include "judge_fixture.h"

#include <string.h>

#include "scoring/explain.h"

#define LEADS      3000
#define EVENTS_MAX 100

struct lead {
    struct facts facts;
    struct event events[2 * EVENTS_MAX];
    size_t n;
    int64_t as_of_ms;
};

static uint64_t state;

static uint32_t below(uint32_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 20) % n;
}

static const char *text_of(const char *prefix, uint32_t n)
{
    return below(4) ? arena_printf(fx.mem, "%s%u", prefix, below(n)) : NULL;
}

/* Ages sit on the edges of days and windows as often as anywhere. */
static int64_t make_age_ms(void)
{
    int64_t ms = (int64_t)below(below(3) ? 35 : 220) * DAY_MS;

    switch (below(4)) {
    case 0:
        return ms;
    case 1:
        return ms + (int64_t)below(3) - 1;
    case 2:
        return (int64_t)below(100) * HOUR_MS;
    default:
        return ms + (int64_t)below(86400000) - (below(9) ? 0 : 3 * DAY_MS);
    }
}

static void make_event(struct lead *l, size_t i)
{
    struct event *e = &l->events[i];

    *e = (struct event){.type = (enum event_type)below(EVENT_TYPE_N)};
    e->occurred_ms = l->as_of_ms - make_age_ms();
    e->duration_s = e->type == EVENT_CALL ? 100 + (int32_t)below(40) : 0;
    e->value = e->type == EVENT_SATISFACTION ? 1 + (int32_t)below(5) : 0;
    e->machine = below(10) == 0;
    e->session = text_of("s", 6);
    e->channel = text_of("c", 4);
    e->visitor = text_of("v", 4);
    e->person = below(5) ? NULL : text_of("p", 3);
    e->ext_id = below(2) ? arena_printf(fx.mem, "id-%zu", i) : NULL;
}

static void make_lead(struct lead *l, uint64_t seed)
{
    struct facts *f = &l->facts;

    memset(l, 0, sizeof(*l));
    state = seed * 0x9e3779b97f4a7c15u + 1;
    for (int i = 0; i < 5; i++)
        below(2);
    l->as_of_ms = 1781488800000 + (int64_t)below(86400000);
    f->given = below(1u << 13);
    f->authority_role = (enum role)below(ROLE_N);
    f->need = (enum need)below(NEED_N);
    f->price = 1 + below(1000);
    f->budget = below(1200);
    f->pay_proxy = below(2);
    f->challenges = below(1u << CHALLENGE_N) & below(1u << CHALLENGE_N);
    f->timeframe_days = (int32_t)below(200);
    f->timeframe_stated_ms = l->as_of_ms - (int64_t)below(100) * DAY_MS / 2;
    f->last_closed_ms = l->as_of_ms - make_age_ms() - 60 * DAY_MS;
    f->outside_area = below(8) == 0;
    f->buyer_type_not_served = below(8) == 0;
    f->suppressed = below(8) == 0;
    l->n = below(8) ? below(12) : below(EVENTS_MAX);
    for (size_t i = 0; i < l->n; i++)
        make_event(l, i);
}

static struct score_in input(const struct lead *l)
{
    return (struct score_in){.facts = &l->facts,
                             .events = l->events,
                             .n_events = l->n,
                             .as_of_ms = l->as_of_ms,
                             .tz = fx.tz};
}

static struct score judge(const struct lead *l)
{
    struct score_in in = input(l);
    struct score s;

    score_run(fx.model, &in, &s);
    return s;
}

static char *whole_text(const struct lead *l)
{
    struct score_in in = input(l);
    struct score s = judge(l);
    json_t *j = explain(fx.model, &in, &s, STAGE_IQL);
    char *text = json_dumps(j, 0);

    ck_assert_ptr_nonnull(text);
    json_decref(j);
    return text;
}

static void shuffle(struct lead *l)
{
    for (size_t i = l->n; i > 1; i--) {
        size_t k = below((uint32_t)i);
        struct event e = l->events[i - 1];

        l->events[i - 1] = l->events[k];
        l->events[k] = e;
    }
}

static struct lead lead, other;

#define EACH_LEAD(i)                                                           \
    for (uint64_t i = 1; i <= LEADS && (make_lead(&lead, i), true); i++)

START_TEST(the_order_of_events_never_matters)
{
    EACH_LEAD(i)
    {
        struct score a = judge(&lead), b;

        other = lead;
        shuffle(&other);
        b = judge(&other);
        ck_assert_msg(memcmp(&a, &b, sizeof(a)) == 0, "lead %d", (int)i);
        if (i % 16 == 0) {
            char *x = whole_text(&lead), *y = whole_text(&other);

            ck_assert_str_eq(x, y);
            free(x);
            free(y);
        }
    }
}
END_TEST

START_TEST(an_event_sent_twice_counts_once)
{
    EACH_LEAD(i)
    {
        struct score a = judge(&lead), b;

        other = lead;
        for (size_t k = 0; k < lead.n; k++)
            if (lead.events[k].ext_id)
                other.events[other.n++] = lead.events[k];
        shuffle(&other);
        b = judge(&other);
        ck_assert_msg(memcmp(&a, &b, sizeof(a)) == 0, "lead %d", (int)i);
    }
}
END_TEST

START_TEST(machine_events_count_for_nothing)
{
    EACH_LEAD(i)
    {
        struct score a = judge(&lead), b;

        other = lead;
        other.n = 0;
        for (size_t k = 0; k < lead.n; k++)
            if (!lead.events[k].machine)
                other.events[other.n++] = lead.events[k];
        b = judge(&other);
        ck_assert_msg(memcmp(&a, &b, sizeof(a)) == 0, "lead %d", (int)i);
    }
}
END_TEST

START_TEST(events_after_as_of_only_bound_the_validity)
{
    EACH_LEAD(i)
    {
        struct score a = judge(&lead), b;

        other = lead;
        other.n = 0;
        for (size_t k = 0; k < lead.n; k++)
            if (lead.events[k].occurred_ms <= lead.as_of_ms)
                other.events[other.n++] = lead.events[k];
        b = judge(&other);
        ck_assert(a.valid_until_ms <= b.valid_until_ms);
        a.valid_until_ms = b.valid_until_ms;
        ck_assert_msg(memcmp(&a, &b, sizeof(a)) == 0, "lead %d", (int)i);
    }
}
END_TEST

static void better_facts(struct facts *f, uint32_t which)
{
    if (which == 0) {
        f->given |= FACT_AUTHORITY_ROLE;
        f->authority_role = ROLE_DECISION_MAKER;
    } else if (which == 1) {
        f->given |= FACT_NEED;
        f->need = NEED_EXPLICIT_MATCHED;
    } else if (which == 2) {
        f->given |= FACT_BUDGET | FACT_PRICE;
        f->budget = f->price;
    } else if (which == 3) {
        f->given |= FACT_PAY_PROXY;
        f->pay_proxy = true;
    } else if (f->given & FACT_CHALLENGES) {
        f->challenges |= 1u << CHALLENGE_APPROVAL_DONE;
    }
}

START_TEST(a_good_fact_never_lowers_the_score)
{
    EACH_LEAD(i)
    {
        struct score a = judge(&lead), b;

        other = lead;
        better_facts(&other.facts, below(5));
        b = judge(&other);
        ck_assert_msg(b.raw >= a.raw && b.score >= a.score, "lead %d", (int)i);
        ck_assert(b.consideration >= a.consideration);
        ck_assert(b.potential >= a.potential);
    }
}
END_TEST

START_TEST(engagement_never_grows_by_itself)
{
    EACH_LEAD(i)
    {
        struct score a = judge(&lead), b;

        other = lead;
        for (size_t k = 0; k < other.n; k++)
            if (other.events[k].occurred_ms > lead.as_of_ms)
                other.events[k].machine = true;
        other.as_of_ms += (int64_t)below(200) * DAY_MS;
        b = judge(&other);
        ck_assert(b.engagement_32nds <= a.engagement_32nds);
        ck_assert(b.criteria[CRITERION_ENGAGEMENT] <=
                  a.criteria[CRITERION_ENGAGEMENT]);
    }
}
END_TEST

static bool same_but_validity(struct score a, struct score b)
{
    a.valid_until_ms = b.valid_until_ms;
    return memcmp(&a, &b, sizeof(a)) == 0;
}

/* some moments of [as_of, until), its last included */
static void check_constant(const struct score *a, int64_t until_ms)
{
    for (int k = 0; k < 4; k++) {
        int64_t span = until_ms - lead.as_of_ms;
        struct score b;

        other = lead;
        other.as_of_ms =
            k ? lead.as_of_ms + (int64_t)(((uint64_t)below(1u << 30) << 20) %
                                          (uint64_t)span)
              : until_ms - 1;
        b = judge(&other);
        ck_assert_msg(same_but_validity(*a, b), "changed %ld ms early",
                      (long)(until_ms - other.as_of_ms));
        ck_assert_int_eq(b.valid_until_ms, a->valid_until_ms);
    }
}

START_TEST(the_result_holds_until_valid_until_and_changes_there)
{
    EACH_LEAD(i)
    {
        for (int step = 0; step < 40; step++) {
            struct score a = judge(&lead), b;
            int64_t until_ms = a.valid_until_ms;

            ck_assert(until_ms > lead.as_of_ms);
            if (until_ms == FOREVER_MS) {
                check_constant(&a, lead.as_of_ms + 4000 * DAY_MS);
                break;
            }
            check_constant(&a, until_ms);
            lead.as_of_ms = until_ms;
            b = judge(&lead);
            ck_assert_msg(!same_but_validity(a, b), "lead %d step %d", (int)i,
                          step);
        }
    }
}
END_TEST

static void check_ledger(const struct lead *l)
{
    struct score_in in = input(l);
    struct score s = judge(l);
    json_t *ledger = explain_ledger(fx.model, &in, &s);
    json_t *other_ledger = explain_consideration(fx.model, &in, &s);
    double sum[CRITERION_N] = {0}, consideration = 0;
    size_t k, events = 0;
    json_t *line;

    json_array_foreach (ledger, k, line) {
        const char *name =
            json_string_value(json_object_get(line, "criterion"));

        for (int c = 0; c < CRITERION_N; c++)
            if (strcmp(name, criterion_text((enum criterion)c)) == 0)
                sum[c] += json_number_value(json_object_get(line, "points"));
        events += json_object_get(line, "event_type") != NULL;
    }
    for (int c = 0; c < CRITERION_N; c++)
        ck_assert(sum[c] == s.criteria[c]);
    ck_assert_uint_eq(events, l->n);
    json_array_foreach (other_ledger, k, line)
        consideration += json_number_value(json_object_get(line, "points"));
    ck_assert(consideration == s.consideration);
    json_decref(ledger);
    json_decref(other_ledger);
}

START_TEST(the_ledger_adds_up_exactly)
{
    EACH_LEAD(i)
    check_ledger(&lead);
}
END_TEST

START_TEST(ten_thousand_events_are_judged_alike_in_any_order)
{
    const size_t n = 10000;
    struct event *events = arena_array(fx.mem, n, sizeof(*events));
    struct score_in in;
    struct score a, b;

    make_lead(&lead, 7);
    for (size_t i = 0; i < n; i++) {
        make_event(&lead, 0);
        events[i] = lead.events[0];
        events[i].ext_id = arena_printf(fx.mem, "%zu", i / 2);
    }
    in = input(&lead);
    in.events = events;
    in.n_events = n;
    score_run(fx.model, &in, &a);
    for (size_t i = 0; i < n / 2; i++) {
        struct event e = events[i];

        events[i] = events[n - 1 - i];
        events[n - 1 - i] = e;
    }
    in.mem = fx.mem;
    score_run(fx.model, &in, &b);
    ck_assert(memcmp(&a, &b, sizeof(a)) == 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("score_metamorphic");
    TCase *t = tcase_create("all");

    tcase_add_unchecked_fixture(t, fixture_setup, fixture_teardown);
    tcase_set_timeout(t, 120);
    tcase_add_test(t, the_order_of_events_never_matters);
    tcase_add_test(t, an_event_sent_twice_counts_once);
    tcase_add_test(t, machine_events_count_for_nothing);
    tcase_add_test(t, events_after_as_of_only_bound_the_validity);
    tcase_add_test(t, a_good_fact_never_lowers_the_score);
    tcase_add_test(t, engagement_never_grows_by_itself);
    tcase_add_test(t, the_result_holds_until_valid_until_and_changes_there);
    tcase_add_test(t, the_ledger_adds_up_exactly);
    tcase_add_test(t, ten_thousand_events_are_judged_alike_in_any_order);
    suite_add_tcase(s, t);
    return run_suite(s);
}
