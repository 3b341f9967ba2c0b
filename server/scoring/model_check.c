/*
 * Values that are good alone and wrong together.  A rule is skipped when one
 * of its values already has a fault: its number is then not the document's.
 */
#include <string.h>

#include "lead/fields.h"
#include "scoring/model_read.h"

static bool covers(const char *above, const char *below)
{
    size_t n = strlen(above);

    return strncmp(above, below, n) == 0 &&
           (below[n] == '\0' || below[n] == '/');
}

static bool is_clean(const struct field_errs *errs, const char *at)
{
    for (const struct field_err *fe = errs->first; fe; fe = fe->next)
        if (covers(fe->pointer, at) || covers(at, fe->pointer))
            return false;
    return true;
}

/* @a good must hold between the values at @a at and @a other */
static void expect(struct field_errs *errs, bool good, const char *at,
                   const char *other, const char *detail)
{
    if (!good && is_clean(errs, at) && is_clean(errs, other))
        field_errs_add(errs, at, ERR_OUT_OF_RANGE, "%s %s", detail, other);
}

static void words_within(struct field_errs *errs, const int32_t *points, int n,
                         const char *(*text)(int), int32_t max,
                         const char *criterion)
{
    struct arena *mem = errs->mem;
    const char *table = pointer_add(mem, criterion, "points");
    const char *limit = pointer_add(mem, criterion, "max");

    for (int i = 0; i < n; i++)
        expect(errs, points[i] <= max, pointer_add(mem, table, text(i)), limit,
               "must not be above");
}

static const char *role_name(int i)
{
    return role_text((enum role)i);
}

static const char *need_name(int i)
{
    return need_text((enum need)i);
}

static void check_criteria(const struct model *m, struct field_errs *errs)
{
    const char *limit = "/criteria/ability_to_pay/max";
    const char *steps = "/criteria/ability_to_pay/budget_of_price";

    words_within(errs, m->role_points, ROLE_N, role_name, m->authority_max,
                 "/criteria/authority");
    words_within(errs, m->need_points, NEED_N, need_name, m->need_max,
                 "/criteria/need");
    for (size_t i = 0; i < m->ability.n; i++)
        expect(errs, m->ability.at[i].points <= m->ability_max,
               pointer_add(errs->mem, pointer_add_index(errs->mem, steps, i),
                           "points"),
               limit, "must not be above");
    expect(errs, m->ability_proxy <= m->ability_max,
           "/criteria/ability_to_pay/pay_proxy", limit, "must not be above");
    expect(errs,
           !m->ability.n || m->mismatch_below_percent <=
                                m->ability.at[m->ability.n - 1].bound,
           "/criteria/ability_to_pay/price_mismatch_below_percent", steps,
           "must not be above the last of");
    expect(errs, m->horizon_days >= m->half_life_days,
           "/criteria/engagement/decay/horizon_days",
           "/criteria/engagement/decay/half_life_days", "must not be below");
    expect(errs,
           m->horizon_days <= (MODEL_HALVINGS_MAX + 1) * m->half_life_days,
           "/criteria/engagement/decay/horizon_days",
           "/criteria/engagement/decay/half_life_days",
           "must not be above six times");
    expect(errs, m->score_min < m->score_max, "/score/max", "/score/min",
           "must be above");
}

static void check_axes(const struct model *m, struct field_errs *errs)
{
    const int32_t most = m->authority_max + m->need_max + m->ability_max;

    expect(errs, m->potential_full >= most, "/potential/full_points",
           "/criteria",
           "must not be below the sum of authority, need and "
           "ability_to_pay of");
    expect(errs, m->potential_high > m->potential_medium, "/potential/high",
           "/potential/medium", "must be above");
    expect(errs, m->hot_min > m->warm_min, "/consideration/temperature/hot",
           "/consideration/temperature/warm", "must be above");
}

static void check_gates(const struct model *m, struct field_errs *errs)
{
    const struct gates *g = &m->gates;

    expect(errs, g->mql_score_min <= m->score_max, "/gates/mql/score",
           "/score/max", "must not be above");
    expect(errs, g->sql_score_min <= m->score_max, "/gates/sql/score",
           "/score/max", "must not be above");
    expect(errs, g->sql_score_min >= g->mql_score_min, "/gates/sql/score",
           "/gates/mql/score", "must not be below");
    expect(errs, g->sql_authority_min <= m->authority_max,
           "/gates/sql/authority", "/criteria/authority/max",
           "must not be above");
    expect(errs, g->sql_need_min <= m->need_max, "/gates/sql/need",
           "/criteria/need/max", "must not be above");
    expect(errs, g->sql_temperature_min >= g->mql_temperature_min,
           "/gates/sql/temperature", "/gates/mql/temperature",
           "must not be colder than");
}

void model_check(const struct model *m, struct field_errs *errs)
{
    check_criteria(m, errs);
    check_axes(m, errs);
    check_gates(m, errs);
}
