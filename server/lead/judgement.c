#include "lead/judgement.h"

#include "base/str.h"

static const char *const CRITERIA[] = {"authority", "need", "ability_to_pay",
                                       "engagement", "challenge"};
static const char *const BANT[] = {"budget", "authority", "need", "timing"};
static const char *const SIGNALS[] = {
    "several_people", "burst", "many_sessions", "many_channels", "back_again"};
static const char *const BASES[] = {"price_mismatch", "outside_area",
                                    "buyer_type_not_served", "insufficient",
                                    "potential"};

const char *criterion_text(enum criterion v)
{
    return CRITERIA[v];
}

const char *bant_text(enum bant v)
{
    return BANT[v];
}

const char *signal_text(enum signal_kind v)
{
    return SIGNALS[v];
}

const char *quality_basis_text(enum quality_basis v)
{
    return BASES[v];
}

uint32_t gate_mql_unmet(const struct gates *g, const struct score *s)
{
    uint32_t unmet = 0;

    if (s->temperature < g->mql_temperature_min)
        unmet |= GATE_TEMPERATURE;
    if (!s->qualifying_ever && s->score < g->mql_score_min)
        unmet |= GATE_SCORE;
    return unmet;
}

uint32_t gate_pql_unmet(const struct gates *g, const struct score *s)
{
    uint32_t unmet = 0;

    if (s->trial_activated_ms == NEVER_MS)
        unmet |= GATE_TRIAL;
    if (!s->upgrade_intent && s->satisfaction_max < g->pql_satisfaction_min)
        unmet |= GATE_CONTENT;
    return unmet;
}

uint32_t gate_sql_unmet(const struct gates *g, const struct score *s)
{
    uint32_t unmet = 0;

    if (s->score < g->sql_score_min)
        unmet |= GATE_SCORE;
    if (s->criteria[CRITERION_AUTHORITY] < g->sql_authority_min)
        unmet |= GATE_AUTHORITY;
    if (s->criteria[CRITERION_NEED] < g->sql_need_min)
        unmet |= GATE_NEED;
    if (s->temperature < g->sql_temperature_min)
        unmet |= GATE_TEMPERATURE;
    if (s->quality < g->sql_quality_min)
        unmet |= GATE_QUALITY;
    if (s->suppressed)
        unmet |= GATE_SUPPRESSED;
    return unmet;
}

const struct recycle *gates_recycle(const struct gates *g, const char *reason)
{
    for (size_t i = 0; reason && i < g->n_recycle; i++)
        if (str_eq(g->recycle[i].reason, reason))
            return &g->recycle[i];
    return NULL;
}
