#include "scoring/gaps.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/reserve.h"

#define TRIES_MAX (8 + EVENT_TYPE_N)

/* one fact or action, tried on */
struct
try {
    const char *kind, *name;
    struct score with;
    bool closes;
    size_t place; /* in the order of trying */
};

struct gap_search {
    const struct model *model;
    const struct score_in *in;
    const struct score *now;
    enum stage to;
    uint32_t unmet;
    struct event *room; /* the events, and one more */
    struct try tries[TRIES_MAX];
    size_t n;
};

static uint32_t unmet_of(const struct gap_search *g, const struct score *s)
{
    return g->to == STAGE_MQL ? gate_mql_unmet(&g->model->gates, s)
                              : gate_sql_unmet(&g->model->gates, s);
}

/* Does it bring any condition that does not hold nearer? */
static bool helps(const struct gap_search *g, const struct score *with)
{
    const struct score *now = g->now;

    if (g->unmet & ~unmet_of(g, with))
        return true;
    if (g->unmet & GATE_SCORE && with->score > now->score)
        return true;
    if (g->unmet & GATE_TEMPERATURE && with->consideration > now->consideration)
        return true;
    return g->unmet & GATE_QUALITY && with->potential > now->potential &&
           with->basis >= BASIS_INSUFFICIENT;
}

static void try_on(struct gap_search *g, const char *kind, const char *name,
                   const struct score_in *in)
{
    struct try *t = &g->tries[g->n];

    score_run(g->model, in, &t->with);
    if (!helps(g, &t->with))
        return;
    t->kind = kind;
    t->name = name;
    t->closes = unmet_of(g, &t->with) == 0;
    t->place = g->n++;
}

static void try_fact(struct gap_search *g, const char *name,
                     const struct facts *f)
{
    struct score_in in = *g->in;

    in.facts = f;
    try_on(g, "fact", name, &in);
}

/* @return index of the most points of a word; more BANT points on a tie */
static int best_word(const int32_t *points, const int32_t *bant, int n)
{
    int best = 0;

    for (int i = 1; i < n; i++)
        if (points[i] > points[best] ||
            (points[i] == points[best] && bant[i] > bant[best]))
            best = i;
    return best;
}

static void try_words(struct gap_search *g)
{
    const struct model *m = g->model;
    struct facts f = *g->in->facts;

    if (!(f.given & FACT_AUTHORITY_ROLE) || f.authority_role == ROLE_UNKNOWN) {
        f.given |= FACT_AUTHORITY_ROLE;
        f.authority_role =
            (enum role)best_word(m->role_points, m->bant_role, ROLE_N);
        try_fact(g, "authority_role", &f);
    }
    f = *g->in->facts;
    if (!(f.given & FACT_NEED) || f.need == NEED_UNKNOWN) {
        f.given |= FACT_NEED;
        f.need = (enum need)best_word(m->need_points, m->bant_need, NEED_N);
        try_fact(g, "need", &f);
    }
}

static void try_money(struct gap_search *g)
{
    struct facts f = *g->in->facts;
    bool has_price = f.given & FACT_PRICE && f.price > 0;

    if (g->now->ratio_percent >= 0)
        return;
    f.price = has_price ? f.price : MAX(f.budget, 1);
    f.budget = f.given & FACT_BUDGET ? f.budget : f.price;
    f.given |= FACT_BUDGET | FACT_PRICE;
    try_fact(g, g->in->facts->given & FACT_BUDGET ? "price" : "budget", &f);
    f = *g->in->facts;
    if (f.given & FACT_PAY_PROXY)
        return;
    f.given |= FACT_PAY_PROXY;
    f.pay_proxy = true;
    try_fact(g, "pay_proxy", &f);
}

static void try_timing(struct gap_search *g)
{
    struct facts f = *g->in->facts;
    int64_t date_ms;

    if (facts_stated_date_ms(&f, &date_ms) && date_ms >= g->in->as_of_ms)
        return;
    f.given |= FACT_TIMEFRAME_DAYS | FACT_TIMEFRAME_STATED_AT;
    f.timeframe_stated_ms = g->in->as_of_ms;
    f.timeframe_days = (int32_t)g->model->bant_timing.at[0].bound;
    try_fact(g, "timeframe_days", &f);
}

static void try_actions(struct gap_search *g)
{
    struct score_in in = *g->in;
    struct event *one_more = &g->room[in.n_events];

    if (in.n_events)
        memcpy(g->room, in.events, in.n_events * sizeof(*g->room));
    in.events = g->room;
    in.n_events++;
    for (int type = 0; type < EVENT_TYPE_N; type++) {
        const struct event_rule *rule = &g->model->events[type];

        if (!rule->qualifying && !rule->high_intent)
            continue;
        *one_more = (struct event){.type = (enum event_type)type,
                                   .occurred_ms = in.as_of_ms,
                                   .duration_s = rule->min_duration_s};
        try_on(g, "action", event_type_text((enum event_type)type), &in);
    }
}

static int cheaper(const void *a, const void *b)
{
    const struct try *x = a, *y = b;
    int fact = strcmp(y->kind, x->kind); /* facts first */

    if (x->closes != y->closes)
        return x->closes ? -1 : 1;
    if (fact)
        return fact;
    if (x->with.score != y->with.score)
        return x->with.score > y->with.score ? -1 : 1;
    if (x->with.consideration != y->with.consideration)
        return x->with.consideration > y->with.consideration ? -1 : 1;
    return x->place < y->place ? -1 : 1;
}

static json_t *try_to_json(const struct gap_search *g, const struct try *t)
{
    return json_pack(
        "{s:s, s:s, s:s, s:i, s:i, s:i, s:b}", "for", stage_text(g->to), "kind",
        t->kind, "name", t->name, "missing", 1, "would_add",
        t->with.score - g->now->score, "would_add_consideration",
        t->with.consideration - g->now->consideration, "closes", t->closes);
}

static void add_condition(json_t *list, const struct gap_search *g,
                          uint32_t bit, const char *name, int32_t missing)
{
    if (g->unmet & bit)
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s, s:i}", "for",
                                        stage_text(g->to), "kind", name, "name",
                                        name, "missing", MAX(missing, 0)));
}

static void add_conditions(json_t *list, const struct gap_search *g)
{
    const struct gates *gates = &g->model->gates;
    bool mql = g->to == STAGE_MQL;
    enum temperature t =
        mql ? gates->mql_temperature_min : gates->sql_temperature_min;
    int32_t warmth =
        t == TEMPERATURE_HOT ? g->model->hot_min : g->model->warm_min;

    add_condition(list, g, GATE_SCORE, "score",
                  (mql ? gates->mql_score_min : gates->sql_score_min) -
                      g->now->score);
    add_condition(list, g, GATE_AUTHORITY, "authority",
                  gates->sql_authority_min -
                      g->now->criteria[CRITERION_AUTHORITY]);
    add_condition(list, g, GATE_NEED, "need",
                  gates->sql_need_min - g->now->criteria[CRITERION_NEED]);
    add_condition(list, g, GATE_TEMPERATURE, "temperature",
                  warmth - g->now->consideration);
    add_condition(list, g, GATE_QUALITY, "quality",
                  (gates->sql_quality_min == QUALITY_HIGH
                       ? g->model->potential_high
                       : g->model->potential_medium) -
                      g->now->potential);
    add_condition(list, g, GATE_SUPPRESSED, "suppressed", 1);
}

static void search(struct gap_search *g)
{
    g->room = reserve_must((g->in->n_events + 1) * sizeof(*g->room));
    try_words(g);
    try_money(g);
    try_timing(g);
    try_actions(g);
    qsort(g->tries, g->n, sizeof(g->tries[0]), cheaper);
    reserve_free(g->room);
}

json_t *gaps_to_json(const struct model *m, const struct score_in *in,
                     const struct score *s, enum stage stage)
{
    struct gap_search g = {.model = m, .in = in, .now = s};
    json_t *list = json_array();

    if (stage != STAGE_IQL && stage != STAGE_MQL && stage != STAGE_PQL)
        return list;
    g.to = stage == STAGE_IQL ? STAGE_MQL : STAGE_SQL;
    g.unmet = unmet_of(&g, s);
    if (!g.unmet)
        return list;
    search(&g);
    for (size_t i = 0; i < g.n; i++)
        json_array_append_new(list, try_to_json(&g, &g.tries[i]));
    add_conditions(list, &g);
    return list;
}
