#include "scoring/score.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/reserve.h"
#include "scoring/engagement.h"
#include "scoring/model.h"
#include "scoring/signals.h"
#include "scoring/timeline.h"

#define CHALLENGES_ALL ((1u << CHALLENGE_N) - 1)

static int32_t clamp(int32_t n, int32_t min, int32_t max)
{
    return n < min ? min : n > max ? max : n;
}

static void may_change_at(struct score *s, int64_t ms)
{
    if (ms < s->valid_until_ms)
        s->valid_until_ms = ms;
}

/* What the lead's own human events say besides points. */
static void note_own(const struct model *m, const struct event *e,
                     struct score *s)
{
    const struct event_rule *rule = &m->events[e->type];
    bool counts = e->duration_s >= rule->min_duration_s;

    if (rule->qualifying && counts) {
        s->qualifying_ever = true;
        s->last_qualifying_ms = e->occurred_ms; /* oldest first */
    }
    if ((rule->qualifying || rule->high_intent) && counts)
        s->last_high_intent_ms = e->occurred_ms;
    if (e->type == EVENT_TRIAL_ACTIVATED)
        s->trial_activated_ms = e->occurred_ms;
    else if (e->type == EVENT_SATISFACTION)
        s->satisfaction_max = MAX(s->satisfaction_max, e->value);
    else if (e->type == EVENT_UPGRADE_INTENT)
        s->upgrade_intent = true;
}

static void judge_events(const struct model *m, const struct score_in *in,
                         const struct event *const *timeline, size_t n,
                         struct score *s)
{
    struct weighing w __attribute__((uninitialized));
    int64_t sum_32 = 0;

    s->trial_activated_ms = s->last_qualifying_ms = NEVER_MS;
    s->last_high_intent_ms = s->last_human_ms = NEVER_MS;
    weighing_init(&w, m, in);
    for (size_t i = 0; i < n; i++) {
        const struct event *e = timeline[i];
        struct weight weight;

        if (e->machine)
            continue;
        if (e->occurred_ms > in->as_of_ms) {
            may_change_at(s, e->occurred_ms);
            break;
        }
        s->last_human_ms = e->occurred_ms;
        if (e->person)
            continue;
        note_own(m, e, s);
        weight = weigh(&w, e);
        sum_32 += weight.decayed_32;
        may_change_at(s, weight.until_ms);
    }
    s->engagement_32nds = (int32_t)MIN(sum_32, INT32_MAX);
    s->criteria[CRITERION_ENGAGEMENT] =
        MIN(round_32nds(sum_32), m->engagement_max);
}

static int32_t ratio_percent(const struct facts *f)
{
    const uint32_t both = FACT_BUDGET | FACT_PRICE;
    __int128 percent;

    if ((f->given & both) != both || f->price <= 0 || f->budget < 0)
        return -1;
    percent = (__int128)f->budget * 100 / f->price;
    return percent > INT32_MAX ? INT32_MAX : (int32_t)percent;
}

static int32_t points_at_least(const struct steps *steps, int64_t n)
{
    for (size_t i = 0; i < steps->n; i++)
        if (n >= steps->at[i].bound)
            return steps->at[i].points;
    return 0;
}

static enum role role_of(const struct facts *f)
{
    return f->given & FACT_AUTHORITY_ROLE ? f->authority_role : ROLE_UNKNOWN;
}

static enum need need_of(const struct facts *f)
{
    return f->given & FACT_NEED ? f->need : NEED_UNKNOWN;
}

static void judge_facts(const struct model *m, const struct facts *f,
                        struct score *s)
{
    bool proxy = f->given & FACT_PAY_PROXY && f->pay_proxy;
    uint32_t challenges =
        f->given & FACT_CHALLENGES ? f->challenges & CHALLENGES_ALL : 0;
    int32_t sum = 0;

    s->ratio_percent = ratio_percent(f);
    s->criteria[CRITERION_AUTHORITY] = m->role_points[role_of(f)];
    s->criteria[CRITERION_NEED] = m->need_points[need_of(f)];
    if (s->ratio_percent >= 0) {
        s->criteria[CRITERION_ABILITY_TO_PAY] =
            points_at_least(&m->ability, s->ratio_percent);
        s->price_mismatch = s->ratio_percent < m->mismatch_below_percent;
    } else if (proxy) {
        s->criteria[CRITERION_ABILITY_TO_PAY] = m->ability_proxy;
    }
    for (; challenges; challenges &= challenges - 1)
        sum += m->challenge_points[__builtin_ctz(challenges)];
    s->criteria[CRITERION_CHALLENGE] =
        clamp(sum, m->challenge_min, m->challenge_max);
    s->known_fit_facts = (role_of(f) != ROLE_UNKNOWN) +
                         (need_of(f) != NEED_UNKNOWN) +
                         (s->ratio_percent >= 0 || proxy);
    s->suppressed = f->given & FACT_SUPPRESSED && f->suppressed;
}

static enum quality_basis basis_of(const struct model *m, const struct facts *f,
                                   const struct score *s)
{
    if (s->price_mismatch)
        return BASIS_PRICE_MISMATCH;
    if (f->given & FACT_OUTSIDE_AREA && f->outside_area)
        return BASIS_OUTSIDE_AREA;
    if (f->given & FACT_BUYER_TYPE_NOT_SERVED && f->buyer_type_not_served)
        return BASIS_BUYER_TYPE_NOT_SERVED;
    if (s->known_fit_facts < m->min_known)
        return BASIS_INSUFFICIENT;
    return BASIS_POTENTIAL;
}

static void judge_quality(const struct model *m, const struct facts *f,
                          struct score *s)
{
    s->potential =
        100 *
        (s->criteria[CRITERION_AUTHORITY] + s->criteria[CRITERION_NEED] +
         s->criteria[CRITERION_ABILITY_TO_PAY]) /
        m->potential_full;
    s->basis = basis_of(m, f, s);
    s->insufficient = s->basis == BASIS_INSUFFICIENT;
    if (s->insufficient)
        s->quality = QUALITY_MEDIUM;
    else if (s->basis != BASIS_POTENTIAL || s->potential < m->potential_medium)
        s->quality = QUALITY_LOW;
    else
        s->quality =
            s->potential >= m->potential_high ? QUALITY_HIGH : QUALITY_MEDIUM;
}

/* Days left shrink: points come at a threshold, and all go past the date. */
static int32_t judge_timing(const struct model *m, const struct score_in *in,
                            struct score *s)
{
    const struct steps *steps = &m->bant_timing;
    int64_t date_ms, left_ms;

    if (!facts_stated_date_ms(in->facts, &date_ms) || date_ms < in->as_of_ms)
        return 0;
    left_ms = date_ms - in->as_of_ms;
    for (size_t i = 0; i < steps->n; i++) {
        if (left_ms > steps->at[i].bound * DAY_MS)
            continue;
        may_change_at(s, i ? date_ms - steps->at[i - 1].bound * DAY_MS
                           : date_ms + 1);
        return steps->at[i].points;
    }
    may_change_at(s, date_ms - steps->at[steps->n - 1].bound * DAY_MS);
    return 0;
}

static void judge_bant(const struct model *m, const struct score_in *in,
                       struct score *s)
{
    if (s->ratio_percent >= 0)
        s->bant[BANT_BUDGET] =
            points_at_least(&m->bant_budget, s->ratio_percent);
    s->bant[BANT_AUTHORITY] = m->bant_role[role_of(in->facts)];
    s->bant[BANT_NEED] = m->bant_need[need_of(in->facts)];
    s->bant[BANT_TIMING] = judge_timing(m, in, s);
}

static void judge_temperature(const struct model *m, const struct score_in *in,
                              struct score *s)
{
    const int64_t lift_ms = m->warm_lift_days * DAY_MS;

    s->temperature = s->consideration >= m->hot_min    ? TEMPERATURE_HOT
                     : s->consideration >= m->warm_min ? TEMPERATURE_WARM
                                                       : TEMPERATURE_COLD;
    if (s->temperature != TEMPERATURE_COLD || !s->qualifying_ever ||
        in->as_of_ms - s->last_qualifying_ms > lift_ms)
        return;
    s->temperature = TEMPERATURE_WARM;
    s->warm_lifted = true;
    may_change_at(s, s->last_qualifying_ms + lift_ms + 1);
}

static void judge_consideration(const struct model *m,
                                const struct score_in *in, struct score *s)
{
    int32_t behaviour =
        m->engagement_factor * s->criteria[CRITERION_ENGAGEMENT];

    judge_bant(m, in, s);
    for (int i = 0; i < SIGNAL_N; i++)
        behaviour += s->signals[i];
    s->behaviour = MIN(behaviour, m->behaviour_max);
    s->consideration = s->behaviour;
    for (int i = 0; i < BANT_N; i++)
        s->consideration += s->bant[i];
    judge_temperature(m, in, s);
}

static void conclude(const struct model *m, struct score *s)
{
    for (int i = 0; i < CRITERION_N; i++)
        s->raw += s->criteria[i];
    s->score = clamp(s->raw, m->score_min, m->score_max);
    grade_format(s->quality, s->temperature, s->grade);
    s->rank = m->rank[s->quality][s->temperature];
    s->hot_lead = m->hot_lead[s->quality][s->temperature];
}

static void judge(const struct model *m, const struct score_in *in,
                  const struct event **scratch, struct score *out)
{
    size_t n = timeline_build(in->events, in->n_events, scratch);

    memset(out, 0, sizeof(*out));
    out->valid_until_ms = FOREVER_MS;
    judge_events(m, in, scratch, n, out);
    signals_judge(m, in, scratch, n, out);
    judge_facts(m, in->facts, out);
    judge_quality(m, in->facts, out);
    judge_consideration(m, in, out);
    conclude(m, out);
}

/* Many events: room for their pointers from the arena or the heap. */
static void judge_many(const struct model *m, const struct score_in *in,
                       struct score *out)
{
    const struct event **scratch;

    if (in->mem) {
        scratch = arena_array(in->mem, in->n_events, sizeof(*scratch));
        judge(m, in, scratch, out);
        return;
    }
    scratch = reserve_must(in->n_events * sizeof(*scratch));
    judge(m, in, scratch, out);
    reserve_free(scratch);
}

void score_run(const struct model *m, const struct score_in *in,
               struct score *out)
{
    const struct event *few[SCORE_STACK_EVENTS] __attribute__((uninitialized));

    if (in->n_events <= ARRAY_LEN(few))
        judge(m, in, few, out);
    else
        judge_many(m, in, out);
}
