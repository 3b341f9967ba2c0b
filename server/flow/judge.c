#include "flow/judge.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/reserve.h"
#include "base/str.h"
#include "scoring/explain.h"
#include "scoring/score_json.h"
#include "stages/stages.h"

#define LOOK_AGAIN_MS MINUTE_MS

/* A row of the lead's own, whoever did it: it is in `own`.  Or his, told of
   with a colleague's: he is not another person. */
static bool is_own(const struct bundle *b, const struct event *ev,
                   const char *self)
{
    return uuid_cmp(&ev->lead_id, &b->lead.lead_id) == 0 ||
           str_eq(ev->person, self);
}

size_t judge_events(const struct bundle *b, struct arena *mem,
                    const struct event **out)
{
    char self[UUID_TEXT_BYTES];
    struct event *all;
    size_t n = b->n_own;

    *out = b->own;
    if (!b->n_others)
        return n;
    uuid_format(&b->lead.lead_id, self);
    *out = all = arena_array(mem, n + b->n_others, sizeof(*all));
    if (n)
        memcpy(all, b->own, n * sizeof(*all));
    for (size_t i = 0; i < b->n_others; i++)
        if (!is_own(b, &b->others[i], self))
            all[n++] = b->others[i];
    return n;
}

void judge_score(const struct model *m, const struct tz *tz,
                 const struct bundle *b, int64_t as_of_ms, struct arena *mem,
                 struct score *out)
{
    struct score_in in = {
        .facts = &b->facts, .as_of_ms = as_of_ms, .tz = tz, .mem = mem};

    in.n_events = judge_events(b, mem, &in.events);
    score_run(m, &in, out);
}

static int64_t time_or_zero(int64_t ms)
{
    return ms == NEVER_MS || ms == FOREVER_MS ? 0 : ms;
}

static int64_t time_or_never(int64_t ms)
{
    return ms ? ms : NEVER_MS;
}

static void take_score(struct lead *l, const struct model *m,
                       const struct score *s, int64_t now_ms)
{
    l->score = (int16_t)s->score;
    l->raw = (int16_t)s->raw;
    for (int i = 0; i < CRITERION_N; i++)
        l->criteria[i] = (int16_t)s->criteria[i];
    l->potential = (int16_t)s->potential;
    l->consideration = (int16_t)s->consideration;
    l->quality = s->quality;
    l->temperature = s->temperature;
    memcpy(l->grade, s->grade, sizeof(s->grade));
    l->rank = (int16_t)s->rank;
    l->hot_lead = s->hot_lead;
    l->last_high_intent_ms = time_or_zero(s->last_high_intent_ms);
    l->last_human_ms = time_or_zero(s->last_human_ms);
    l->valid_until_ms = time_or_zero(s->valid_until_ms);
    l->scored_ms = now_ms;
    l->model_version = m->version;
}

static struct stage_view view_of(const struct bundle *b, const struct score *s)
{
    const struct lead *l = &b->lead;
    struct stage_view v = STAGE_VIEW_INIT(l->stage, s);
    int64_t stated;

    v.claimed = !uuid_is_nil(&l->claim.claim_id);
    v.trial_lapsed_ms = time_or_never(l->trial_lapsed_ms);
    v.idle_floor_ms = MAX(l->created_ms, l->recycled_ms);
    if (l->stage == STAGE_LOST) {
        v.lost_ms = l->stage_ms;
        v.lost_reason = l->lost_reason;
        if (facts_stated_date_ms(&b->facts, &stated))
            v.lost_stated_ms = stated;
    }
    return v;
}

/* A step that time brought; the marks it leaves keep it from coming back. */
static bool take_due(struct bundle *b, const struct gates *g,
                     const struct score *s, int64_t now_ms,
                     struct stage_due *due)
{
    struct stage_view v = view_of(b, s);
    struct lead *l = &b->lead;

    stages_due(&v, g, now_ms, due);
    if (!due->step)
        return false;
    if (due->step->from == STAGE_PQL)
        l->trial_lapsed_ms = now_ms;
    if (due->step->from == STAGE_LOST)
        l->recycled_ms = now_ms;
    bundle_hop(b, due->step->to, ACTOR_SYSTEM, now_ms, due->step->rule, NULL);
    return true;
}

static void promote(struct bundle *b, const struct gates *g,
                    const struct score *s, int64_t now_ms)
{
    const struct stage_step *steps[STAGE_HOPS_MAX];
    struct stage_view v = view_of(b, s);
    size_t n = stages_promote(&v, g, steps);

    for (size_t i = 0; i < n; i++) {
        /* Sales handed it back: not again until something new is known */
        if (steps[i]->to == STAGE_SQL && b->lead.held)
            return;
        bundle_hop(b, steps[i]->to, ACTOR_SYSTEM, now_ms, NULL, NULL);
    }
}

static void set_due(struct lead *l, const struct stage_due *due, int64_t now_ms)
{
    int64_t at = l->valid_until_ms ? l->valid_until_ms : FOREVER_MS;

    if (l->stage == STAGE_WON || l->stage == STAGE_DISQUALIFIED)
        at = FOREVER_MS; /* nobody works it: judged when it is reopened */
    else
        at = MIN(at, due->next_ms);
    l->due_ms = at == FOREVER_MS ? 0 : MAX(at, now_ms + 1);
    if (l->due_ms && l->due_ms <= now_ms)
        l->due_ms = now_ms + LOOK_AGAIN_MS;
}

void judge(const struct model *m, const struct tz *tz, struct bundle *b,
           int64_t now_ms, struct arena *mem)
{
    struct lead *l = &b->lead;
    struct stage_due due;
    struct score s;
    int steps = 0;

    judge_score(m, tz, b, now_ms, mem, &s);
    take_score(l, m, &s, now_ms);
    b->changed = true;
    if (b->news)
        l->held = false;
    if (!l->hop_no)
        bundle_hop(b, STAGE_IQL, ACTOR_SYSTEM, l->created_ms, NULL, NULL);
    promote(b, &m->gates, &s, now_ms);
    while (take_due(b, &m->gates, &s, now_ms, &due) && ++steps < 3)
        promote(b, &m->gates, &s, now_ms);
    l->cooling = due.cooling;
    set_due(l, &due, now_ms);
}

enum stage judge_stage(const struct model *m, const struct score *s,
                       enum stage at)
{
    struct stage_view v = STAGE_VIEW_INIT(at, s);

    return stages_end(&v, &m->gates);
}

const char *judge_snapshot(const struct model *m, const struct tz *tz,
                           const struct bundle *b, int64_t now_ms,
                           struct arena *mem)
{
    struct score_in in = {
        .facts = &b->facts, .as_of_ms = now_ms, .tz = tz, .mem = mem};
    const char *facts = facts_to_text(&b->facts, mem);
    json_t *ledger;
    struct score s;
    char *text;
    const char *out;
    char at[TIME_TEXT_BYTES];

    in.n_events = judge_events(b, mem, &in.events);
    score_run(m, &in, &s);
    ledger = explain_ledger(m, &in, &s);
    text = ledger ? json_dumps(ledger, JSON_COMPACT) : NULL;
    out = arena_printf(mem,
                       "{\"as_of\":\"%s\",\"model_version\":\"%s\","
                       "\"score\":%d,\"raw\":%d,\"grade\":\"%s\","
                       "\"facts\":%s,\"ledger\":%s}",
                       time_format(now_ms, at), m->version, (int)s.score,
                       (int)s.raw, s.grade, facts ? facts : "{}",
                       text ? text : "[]");
    reserve_free(text);
    json_decref(ledger);
    return out;
}
