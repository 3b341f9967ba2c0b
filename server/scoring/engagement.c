#include "scoring/engagement.h"

#include <string.h>

#include "base/clock.h"

static const char *const VERDICTS[] = {
    "counted",      "no_points", "machine",   "future",
    "other_person", "too_short", "daily_cap", "too_old",
};

const char *verdict_text(enum verdict v)
{
    return VERDICTS[v];
}

void weighing_init(struct weighing *w, const struct model *m,
                   const struct score_in *in)
{
    memset(w, 0, sizeof(*w));
    w->model = m;
    w->in = in;
}

int32_t round_32nds(int64_t n32)
{
    int64_t points = (n32 + MODEL_UNIT / 2) / MODEL_UNIT;

    return points > INT32_MAX ? INT32_MAX : (int32_t)points;
}

/* Take one of the places of the event's day. @return false: all taken */
static bool take_place(struct weighing *w, const struct event *e, int32_t most)
{
    int64_t day = tz_day(w->in->tz, e->occurred_ms);
    struct day_use *use = &w->used[e->type][day & 1];

    if (use->day != day)
        *use = (struct day_use){day, 0};
    if (use->n >= most)
        return false;
    use->n++;
    return true;
}

static enum verdict judge(struct weighing *w, const struct event *e,
                          const struct event_rule *rule)
{
    if (e->machine)
        return VERDICT_MACHINE;
    if (e->occurred_ms > w->in->as_of_ms)
        return VERDICT_FUTURE;
    if (e->person)
        return VERDICT_OTHER_PERSON;
    if (rule->points == 0)
        return VERDICT_NO_POINTS;
    if (e->duration_s < rule->min_duration_s)
        return VERDICT_TOO_SHORT;
    if (rule->per_day && !take_place(w, e, rule->per_day))
        return VERDICT_DAILY_CAP;
    return VERDICT_COUNTED;
}

static void decay(const struct model *m, const struct event *e,
                  struct weight *out)
{
    uint32_t halvings; /* 32 bits: the division is far cheaper */
    int64_t next_days;

    if (out->age_days >= m->horizon_days) {
        out->verdict = VERDICT_TOO_OLD;
        return;
    }
    halvings = (uint32_t)out->age_days / (uint32_t)m->half_life_days;
    next_days =
        MIN((int64_t)(halvings + 1) * m->half_life_days, m->horizon_days);
    out->decayed_32 = (out->points * MODEL_UNIT) >> halvings;
    out->until_ms = e->occurred_ms + next_days * DAY_MS;
}

int64_t age_in_days(const struct score_in *in, const struct event *e)
{
    int64_t age_ms = in->as_of_ms - e->occurred_ms;

    return age_ms >= 0 ? age_ms / DAY_MS : -((-age_ms + DAY_MS - 1) / DAY_MS);
}

struct weight weigh(struct weighing *w, const struct event *e)
{
    const struct event_rule *rule = &w->model->events[e->type];
    int64_t age_ms = w->in->as_of_ms - e->occurred_ms;
    struct weight out = {.until_ms = FOREVER_MS};

    out.age_days =
        age_ms >= 0 ? age_ms / DAY_MS : -((-age_ms + DAY_MS - 1) / DAY_MS);
    out.verdict = judge(w, e, rule);
    if (out.verdict == VERDICT_COUNTED) {
        out.points = rule->points;
        decay(w->model, e, &out);
    }
    return out;
}
