#include "scoring/explain.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/reserve.h"
#include "scoring/engagement.h"
#include "scoring/gaps.h"
#include "scoring/score_json.h"
#include "scoring/timeline.h"

/* Exact: a multiple of 1/32 of this size always fits a double. */
static json_t *points_to_json(int64_t n32)
{
    if (n32 % MODEL_UNIT == 0)
        return json_integer(n32 / MODEL_UNIT);
    return json_real((double)n32 / MODEL_UNIT);
}

static void add_line(json_t *ledger, enum criterion c, const char *rule,
                     json_t *evidence, int64_t points_32)
{
    json_array_append_new(ledger, json_pack("{s:s, s:s, s:o, s:o}", "criterion",
                                            criterion_text(c), "rule", rule,
                                            "evidence", evidence, "points",
                                            points_to_json(points_32)));
}

static void add_points(json_t *ledger, enum criterion c, const char *rule,
                       json_t *evidence, int32_t points)
{
    add_line(ledger, c, rule, evidence, (int64_t)points * MODEL_UNIT);
}

static json_t *ratio_to_json(const struct facts *f, const struct score *s)
{
    return json_pack("{s:I, s:I, s:i}", "budget", (json_int_t)f->budget,
                     "price", (json_int_t)f->price, "percent",
                     s->ratio_percent);
}

static void add_fit_facts(json_t *ledger, const struct facts *f,
                          const struct score *s)
{
    if (f->given & FACT_AUTHORITY_ROLE)
        add_points(
            ledger, CRITERION_AUTHORITY, "authority_role",
            json_pack("{s:s}", "authority_role", role_text(f->authority_role)),
            s->criteria[CRITERION_AUTHORITY]);
    if (f->given & FACT_NEED)
        add_points(ledger, CRITERION_NEED, "need",
                   json_pack("{s:s}", "need", need_text(f->need)),
                   s->criteria[CRITERION_NEED]);
    if (s->ratio_percent >= 0)
        add_points(ledger, CRITERION_ABILITY_TO_PAY,
                   s->price_mismatch ? "price_mismatch" : "budget_of_price",
                   ratio_to_json(f, s), s->criteria[CRITERION_ABILITY_TO_PAY]);
    else if (f->given & FACT_PAY_PROXY)
        add_points(ledger, CRITERION_ABILITY_TO_PAY, "pay_proxy",
                   json_pack("{s:b}", "pay_proxy", f->pay_proxy),
                   s->criteria[CRITERION_ABILITY_TO_PAY]);
}

/* The sender's id, else ours, else NULL. */
static const char *event_id(const struct event *e, char text[UUID_TEXT_BYTES])
{
    if (e->ext_id || uuid_is_nil(&e->event_id))
        return e->ext_id;
    return uuid_format(&e->event_id, text);
}

static void add_event(json_t *ledger, const struct event *e,
                      const struct weight *w, const char *reason)
{
    json_t *evidence = json_object(), *line;
    char id[UUID_TEXT_BYTES];

    if (e->person)
        json_object_set_new(evidence, "person", json_string(e->person));
    if (e->duration_s)
        json_object_set_new(evidence, "duration_s",
                            json_integer(e->duration_s));
    if (e->value)
        json_object_set_new(evidence, "value", json_integer(e->value));
    if (e->detail)
        json_object_set_new(evidence, "detail", json_string(e->detail));
    line = json_pack("{s:s, s:s, s:o, s:s, s:s?, s:o, s:I, s:i, s:o, s:o, s:s}",
                     "criterion", criterion_text(CRITERION_ENGAGEMENT), "rule",
                     "event", "evidence", evidence, "event_type",
                     event_type_text(e->type), "event_id", event_id(e, id),
                     "occurred_at", time_to_json(e->occurred_ms), "age_days",
                     (json_int_t)w->age_days, "base_points", w->points,
                     "decayed_points", points_to_json(w->decayed_32), "points",
                     points_to_json(w->decayed_32), "reason", reason);
    json_array_append_new(ledger, line);
}

static int by_time(const void *a, const void *b)
{
    return event_cmp(*(const struct event *const *)a,
                     *(const struct event *const *)b);
}

/* Every event given, oldest first.  The timeline is in the same order, so an
 * event that is not next in it was left out of it: a duplicate. */
static void add_events(json_t *ledger, const struct model *m,
                       const struct score_in *in, const struct event **all,
                       const struct event **timeline)
{
    size_t kept = timeline_build(in->events, in->n_events, timeline), k = 0;
    struct weighing w;

    for (size_t i = 0; i < in->n_events; i++)
        all[i] = &in->events[i];
    qsort(all, in->n_events, sizeof(*all), by_time);
    weighing_init(&w, m, in);
    for (size_t i = 0; i < in->n_events; i++) {
        struct weight weight;

        if (k < kept && event_cmp(all[i], timeline[k]) == 0) {
            weight = weigh(&w, timeline[k++]);
            add_event(ledger, all[i], &weight, verdict_text(weight.verdict));
            continue;
        }
        weight = (struct weight){.age_days = age_in_days(in, all[i])};
        add_event(ledger, all[i], &weight, "duplicate");
    }
}

static void add_engagement(json_t *ledger, const struct model *m,
                           const struct score_in *in, const struct score *s)
{
    const struct event **room;
    int32_t sum_32 = s->engagement_32nds, rounded = round_32nds(sum_32);
    int32_t earned = s->criteria[CRITERION_ENGAGEMENT];

    if (in->n_events) {
        room = reserve_must(in->n_events * 2 * sizeof(*room));
        add_events(ledger, m, in, room, room + in->n_events);
        reserve_free(room);
    }
    if (rounded * MODEL_UNIT != sum_32)
        add_line(ledger, CRITERION_ENGAGEMENT, "rounding",
                 json_pack("{s:o}", "sum", points_to_json(sum_32)),
                 (int64_t)rounded * MODEL_UNIT - sum_32);
    if (earned != rounded)
        add_points(ledger, CRITERION_ENGAGEMENT, "cap",
                   json_pack("{s:i}", "max", m->engagement_max),
                   earned - rounded);
}

static void add_challenges(json_t *ledger, const struct model *m,
                           const struct facts *f, const struct score *s)
{
    uint32_t given = f->given & FACT_CHALLENGES ? f->challenges : 0;
    int32_t sum = 0, earned = s->criteria[CRITERION_CHALLENGE];

    for (int c = 0; c < CHALLENGE_N; c++) {
        const char *name = challenge_text((enum challenge)c);

        if (!(given & 1u << c))
            continue;
        sum += m->challenge_points[c];
        add_points(ledger, CRITERION_CHALLENGE, name,
                   json_pack("{s:s}", "challenge", name),
                   m->challenge_points[c]);
    }
    if (sum != earned)
        add_points(ledger, CRITERION_CHALLENGE, "clamp",
                   json_pack("{s:i, s:i}", "min", m->challenge_min, "max",
                             m->challenge_max),
                   earned - sum);
}

json_t *explain_ledger(const struct model *m, const struct score_in *in,
                       const struct score *s)
{
    json_t *ledger = json_array();

    add_fit_facts(ledger, in->facts, s);
    add_engagement(ledger, m, in, s);
    add_challenges(ledger, m, in->facts, s);
    return ledger;
}

json_t *explain_quality(const struct score_in *in, const struct score *s)
{
    const struct facts *f = in->facts;
    json_t *list = json_array();

    if (s->price_mismatch)
        json_array_append_new(list, json_string("price_mismatch"));
    if (f->given & FACT_OUTSIDE_AREA && f->outside_area)
        json_array_append_new(list, json_string("outside_area"));
    if (f->given & FACT_BUYER_TYPE_NOT_SERVED && f->buyer_type_not_served)
        json_array_append_new(list, json_string("buyer_type_not_served"));
    if (s->insufficient)
        json_array_append_new(list, json_string("insufficient"));
    if (s->basis == BASIS_POTENTIAL)
        json_array_append_new(list, json_string("potential"));
    return list;
}

json_t *explain(const struct model *m, const struct score_in *in,
                const struct score *s, enum stage stage)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "ledger", explain_ledger(m, in, s),
                     "consideration_ledger", explain_consideration(m, in, s),
                     "quality_reasons", explain_quality(in, s), "gaps",
                     gaps_to_json(m, in, s, stage));
}
