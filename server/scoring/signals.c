/*
 * From the newest event back, each signal notes when its threshold of
 * distinct texts is reached.  It holds while that very event is inside the
 * window, so the signal's end is known to the millisecond without counting
 * again: bounds are inclusive, it ends one millisecond after.
 */
#include "scoring/signals.h"

#include <string.h>

#include "base/clock.h"

/* distinct texts, newest first, until there are enough */
struct distinct {
    int32_t enough, n;
    const char *seen[MODEL_DISTINCT_MAX];
    int64_t at_ms[MODEL_DISTINCT_MAX]; /* when each was seen last */
};

enum { PEOPLE, VISITORS, SESSIONS, CHANNELS, COUNTS };

/* Stands for the lead himself; a person's text is never empty. */
static const char SELF[] = "";

static void distinct_init(struct distinct *d, int32_t enough)
{
    d->enough = enough;
    d->n = 0;
}

static void distinct_add(struct distinct *d, const char *text, int64_t at_ms)
{
    if (!text || d->n == d->enough)
        return;
    for (int32_t i = 0; i < d->n; i++)
        if (d->seen[i] == text || strcmp(d->seen[i], text) == 0)
            return;
    d->seen[d->n] = text;
    d->at_ms[d->n++] = at_ms;
}

/* @return the last moment at which a signal of @a need texts holds */
static int64_t holds_until(const struct distinct *d, int32_t need,
                           int64_t window_ms)
{
    return d->n < need ? NEVER_MS : d->at_ms[need - 1] + window_ms;
}

static void give(const struct score_in *in, struct score *out,
                 enum signal_kind kind, int64_t until_ms, int32_t points)
{
    if (until_ms < in->as_of_ms || points == 0)
        return;
    out->signals[kind] = points;
    out->valid_until_ms = MIN(out->valid_until_ms, until_ms + 1);
}

static void count(const struct score_in *in, const struct event *const *at,
                  size_t n, int64_t window_ms, struct distinct d[COUNTS])
{
    for (size_t i = n; i-- > 0;) {
        const struct event *e = at[i];
        int64_t age_ms = in->as_of_ms - e->occurred_ms;

        if (age_ms > window_ms)
            return;
        if (age_ms < 0 || e->machine)
            continue;
        distinct_add(&d[PEOPLE], e->person ? e->person : SELF, e->occurred_ms);
        distinct_add(&d[VISITORS], e->visitor, e->occurred_ms);
        distinct_add(&d[SESSIONS], e->session, e->occurred_ms);
        distinct_add(&d[CHANNELS], e->channel, e->occurred_ms);
    }
}

static bool is_back_again(const struct model *m, const struct facts *f,
                          const struct score *s)
{
    return f->given & FACT_LAST_CLOSED_AT && s->last_human_ms != NEVER_MS &&
           s->last_human_ms >=
               f->last_closed_ms + m->back_again.days_after_closing * DAY_MS;
}

void signals_judge(const struct model *m, const struct score_in *in,
                   const struct event *const *timeline, size_t n,
                   struct score *out)
{
    const int64_t people_ms = m->several_people.window_days * DAY_MS;
    const int64_t burst_ms = m->burst.window_hours * HOUR_MS;
    const int64_t sessions_ms = m->many_sessions.window_days * DAY_MS;
    const int64_t channels_ms = m->many_channels.window_days * DAY_MS;
    struct distinct d[COUNTS] __attribute__((uninitialized));

    distinct_init(&d[PEOPLE], m->several_people.people);
    distinct_init(&d[VISITORS], m->several_people.visitors);
    distinct_init(&d[SESSIONS],
                  MAX(m->burst.sessions, m->many_sessions.sessions));
    distinct_init(&d[CHANNELS], m->many_channels.channels);
    count(in, timeline, n,
          MAX(MAX(people_ms, burst_ms), MAX(sessions_ms, channels_ms)), d);
    give(in, out, SIGNAL_SEVERAL_PEOPLE,
         MAX(holds_until(&d[PEOPLE], m->several_people.people, people_ms),
             holds_until(&d[VISITORS], m->several_people.visitors, people_ms)),
         m->several_people.points);
    give(in, out, SIGNAL_BURST,
         holds_until(&d[SESSIONS], m->burst.sessions, burst_ms),
         m->burst.points);
    give(in, out, SIGNAL_MANY_SESSIONS,
         holds_until(&d[SESSIONS], m->many_sessions.sessions, sessions_ms),
         m->many_sessions.points);
    give(in, out, SIGNAL_MANY_CHANNELS,
         holds_until(&d[CHANNELS], m->many_channels.channels, channels_ms),
         m->many_channels.points);
    if (is_back_again(m, in->facts, out))
        out->signals[SIGNAL_BACK_AGAIN] = m->back_again.points;
}

void signals_people(const struct model *m, const struct score_in *in,
                    int32_t *out_people, int32_t *out_visitors)
{
    const int64_t window_ms = m->several_people.window_days * DAY_MS;
    struct distinct people, visitors;

    distinct_init(&people, MODEL_DISTINCT_MAX);
    distinct_init(&visitors, MODEL_DISTINCT_MAX);
    for (size_t i = 0; i < in->n_events; i++) {
        const struct event *e = &in->events[i];
        int64_t age_ms = in->as_of_ms - e->occurred_ms;

        if (age_ms < 0 || age_ms > window_ms || e->machine)
            continue;
        distinct_add(&people, e->person ? e->person : SELF, e->occurred_ms);
        distinct_add(&visitors, e->visitor, e->occurred_ms);
    }
    *out_people = people.n;
    *out_visitors = visitors.n;
}
