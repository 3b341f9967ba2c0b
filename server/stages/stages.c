#include "stages/stages.h"

#include "base/clock.h"
#include "base/str.h"

enum {
    SYSTEM = ACTOR_SYSTEM,
    SALES = ACTOR_SALES,
    MARKETING = ACTOR_MARKETING,
    ADMIN = ACTOR_ADMIN,
    REASON = STEP_NEEDS_REASON,
    AMOUNT = STEP_NEEDS_AMOUNT,
    ACTIVITY = STEP_NEEDS_ACTIVITY,
    CLAIM = STEP_NEEDS_CLAIM,
    UNCLAIMED = STEP_NEEDS_UNCLAIMED,
    NOT_ERASED = STEP_NEEDS_NOT_ERASED,
};

static const struct stage_step STEPS[] = {
#define STEP(from, to, actors, needs, rule)                                    \
    {STAGE_##from, STAGE_##to, actors, needs, rule},
#include "stages/stages.def"
#undef STEP
};

size_t stages_all(const struct stage_step **out_rows)
{
    *out_rows = STEPS;
    return ARRAY_LEN(STEPS);
}

const struct stage_step *stages_step(enum stage from, enum stage to,
                                     uint32_t actors)
{
    for (size_t i = 0; i < ARRAY_LEN(STEPS); i++)
        if (STEPS[i].from == from && STEPS[i].to == to &&
            STEPS[i].actors & actors)
            return &STEPS[i];
    return NULL;
}

bool stages_legal(enum stage from, enum stage to, uint32_t actors)
{
    return stages_step(from, to, actors) != NULL;
}

size_t stages_legal_list(enum stage from, uint32_t actors,
                         enum stage out[STAGE_N])
{
    size_t n = 0;

    for (int to = 0; to < STAGE_N; to++)
        if (stages_legal(from, (enum stage)to, actors))
            out[n++] = (enum stage)to;
    return n;
}

bool stages_disqualify_reason(const char *reason)
{
    static const char *const REASONS[] = {"spam", "unreachable", "outside_area",
                                          "competitor", "duplicate"};

    for (size_t i = 0; reason && i < ARRAY_LEN(REASONS); i++)
        if (str_eq(reason, REASONS[i]))
            return true;
    return false;
}

static bool pql_holds(const struct stage_view *v, const struct gates *g)
{
    return gate_pql_unmet(g, v->score) == 0 &&
           v->score->trial_activated_ms > v->trial_lapsed_ms;
}

/* @return the stage the system would take it to next; @a at when none */
static enum stage promote_once(const struct stage_view *v,
                               const struct gates *g, enum stage at)
{
    if (at == STAGE_IQL && gate_mql_unmet(g, v->score) == 0)
        return STAGE_MQL;
    if ((at == STAGE_IQL || at == STAGE_MQL) && pql_holds(v, g))
        return STAGE_PQL;
    if ((at == STAGE_MQL || at == STAGE_PQL) &&
        gate_sql_unmet(g, v->score) == 0)
        return STAGE_SQL;
    return at;
}

size_t stages_promote(const struct stage_view *v, const struct gates *g,
                      const struct stage_step *out[STAGE_HOPS_MAX])
{
    enum stage at = v->stage;
    size_t n = 0;

    while (n < STAGE_HOPS_MAX) {
        enum stage to = promote_once(v, g, at);

        if (to == at)
            break;
        out[n++] = stages_step(at, to, ACTOR_SYSTEM);
        at = to;
    }
    return n;
}

enum stage stages_end(const struct stage_view *v, const struct gates *g)
{
    const struct stage_step *hops[STAGE_HOPS_MAX];
    size_t n = stages_promote(v, g, hops);

    return n ? hops[n - 1]->to : v->stage;
}

/* A demotion to @a to falls due at @a due_ms, if @a holds. */
static void demote(const struct stage_view *v, enum stage to, int64_t due_ms,
                   bool holds, int64_t now_ms, struct stage_due *out)
{
    if (due_ms > now_ms) {
        out->next_ms = due_ms;
        return;
    }
    if (!holds)
        return;
    if (v->claimed)
        out->cooling = true;
    else
        out->step = stages_step(v->stage, to, ACTOR_SYSTEM);
}

static void due_pql(const struct stage_view *v, const struct gates *g,
                    int64_t now_ms, struct stage_due *out)
{
    int64_t trial_ms = v->score->trial_activated_ms;

    if (trial_ms != NEVER_MS)
        demote(v, STAGE_MQL, trial_ms + g->trial_lapse_days * DAY_MS, true,
               now_ms, out);
}

static void due_mql(const struct stage_view *v, const struct gates *g,
                    int64_t now_ms, struct stage_due *out)
{
    int64_t from_ms = MAX(v->score->last_human_ms, v->idle_floor_ms);

    if (from_ms != NEVER_MS)
        demote(v, STAGE_IQL, from_ms + g->idle_days * DAY_MS,
               v->score->temperature == TEMPERATURE_COLD, now_ms, out);
}

/* @return when the timer of the lost reason runs out; FOREVER_MS: none */
static int64_t recycle_ms(const struct stage_view *v, const struct gates *g)
{
    const struct recycle *rule = gates_recycle(g, v->lost_reason);

    if (!rule || v->lost_ms == NEVER_MS)
        return FOREVER_MS;
    if (rule->days != RECYCLE_ON_STATED_DATE)
        return v->lost_ms + rule->days * DAY_MS;
    return v->lost_stated_ms == NEVER_MS ? FOREVER_MS : v->lost_stated_ms;
}

static void due_lost(const struct stage_view *v, const struct gates *g,
                     int64_t now_ms, struct stage_due *out)
{
    int64_t timer_ms = recycle_ms(v, g);
    bool is_back =
        v->lost_ms != NEVER_MS && v->score->last_high_intent_ms > v->lost_ms;

    if (is_back || timer_ms <= now_ms)
        out->step = stages_step(STAGE_LOST, STAGE_MQL, ACTOR_SYSTEM);
    else
        out->next_ms = timer_ms;
}

void stages_due(const struct stage_view *v, const struct gates *g,
                int64_t now_ms, struct stage_due *out)
{
    *out = (struct stage_due){.next_ms = FOREVER_MS};
    if (v->stage == STAGE_PQL)
        due_pql(v, g, now_ms, out);
    else if (v->stage == STAGE_MQL)
        due_mql(v, g, now_ms, out);
    else if (v->stage == STAGE_LOST)
        due_lost(v, g, now_ms, out);
    else if (v->stage == STAGE_SQL)
        out->cooling =
            v->claimed && v->score->temperature < g->sql_temperature_min;
}
