#include "base/clock.h"
#include "scoring/explain.h"
#include "scoring/score_json.h"
#include "scoring/signals.h"

static void add_line(json_t *ledger, const char *part, const char *rule,
                     json_t *evidence, int32_t points)
{
    json_array_append_new(ledger, json_pack("{s:s, s:s, s:o, s:i}", "part",
                                            part, "rule", rule, "evidence",
                                            evidence, "points", points));
}

static json_t *timing_evidence(const struct score_in *in)
{
    int64_t date_ms;

    if (!facts_stated_date_ms(in->facts, &date_ms))
        return json_object();
    return json_pack("{s:o, s:b}", "stated_date", time_to_json(date_ms),
                     "passed", date_ms < in->as_of_ms);
}

static json_t *bant_evidence(const struct score_in *in, const struct score *s,
                             enum bant which)
{
    const struct facts *f = in->facts;

    if (which == BANT_TIMING)
        return timing_evidence(in);
    if (which == BANT_BUDGET && s->ratio_percent >= 0)
        return json_pack("{s:i}", "percent", s->ratio_percent);
    if (which == BANT_AUTHORITY && f->given & FACT_AUTHORITY_ROLE)
        return json_pack("{s:s}", "authority_role",
                         role_text(f->authority_role));
    if (which == BANT_NEED && f->given & FACT_NEED)
        return json_pack("{s:s}", "need", need_text(f->need));
    return json_object();
}

static json_t *people_evidence(const struct model *m, const struct score_in *in)
{
    int32_t people, visitors;

    signals_people(m, in, &people, &visitors);
    return json_pack("{s:i, s:i, s:i}", "people", people, "visitors", visitors,
                     "window_days", m->several_people.window_days);
}

static json_t *signal_evidence(const struct model *m, const struct score_in *in,
                               enum signal_kind which)
{
    switch (which) {
    case SIGNAL_SEVERAL_PEOPLE:
        return people_evidence(m, in);
    case SIGNAL_BURST:
        return json_pack("{s:i, s:i}", "sessions", m->burst.sessions,
                         "window_hours", m->burst.window_hours);
    case SIGNAL_MANY_SESSIONS:
        return json_pack("{s:i, s:i}", "sessions", m->many_sessions.sessions,
                         "window_days", m->many_sessions.window_days);
    case SIGNAL_MANY_CHANNELS:
        return json_pack("{s:i, s:i}", "channels", m->many_channels.channels,
                         "window_days", m->many_channels.window_days);
    case SIGNAL_BACK_AGAIN:
        return json_pack("{s:o}", "last_closed_at",
                         time_to_json(in->facts->last_closed_ms));
    case SIGNAL_N:
        break;
    }
    return json_object();
}

static void add_behaviour(json_t *ledger, const struct model *m,
                          const struct score_in *in, const struct score *s)
{
    int32_t engagement = s->criteria[CRITERION_ENGAGEMENT];
    int32_t sum = m->engagement_factor * engagement;

    add_line(ledger, "behaviour", "engagement",
             json_pack("{s:i, s:i}", "engagement", engagement, "factor",
                       m->engagement_factor),
             sum);
    for (int i = 0; i < SIGNAL_N; i++) {
        enum signal_kind which = (enum signal_kind)i;

        if (!s->signals[i])
            continue;
        add_line(ledger, "behaviour", signal_text(which),
                 signal_evidence(m, in, which), s->signals[i]);
        sum += s->signals[i];
    }
    if (sum != s->behaviour)
        add_line(ledger, "behaviour", "cap",
                 json_pack("{s:i}", "max", m->behaviour_max),
                 s->behaviour - sum);
}

json_t *explain_consideration(const struct model *m, const struct score_in *in,
                              const struct score *s)
{
    json_t *ledger = json_array();

    for (int i = 0; i < BANT_N; i++)
        add_line(ledger, "bant", bant_text((enum bant)i),
                 bant_evidence(in, s, (enum bant)i), s->bant[i]);
    add_behaviour(ledger, m, in, s);
    if (s->warm_lifted)
        add_line(ledger, "temperature", "warm_lift",
                 json_pack("{s:o, s:i}", "qualifying_at",
                           time_to_json(s->last_qualifying_ms), "within_days",
                           m->warm_lift_days),
                 0);
    return ledger;
}
