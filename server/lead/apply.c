#include "lead/bundle.h"

#include "base/arena.h"

#include "base/clock.h"
#include "base/str.h"

/* Keeps the ids of a receipt's events apart from those of its leads. */
#define EVENT_SEED UINT32_C(0x80000000)

bool event_needs_consent(enum event_type type)
{
    return type == EVENT_PAGE_VIEW || type == EVENT_HIGH_INTENT_VIEW ||
           type == EVENT_EMAIL_OPEN || type == EVENT_EMAIL_CLICK;
}

void bundle_hop(struct bundle *b, enum stage to, enum actor actor,
                int64_t at_ms, const char *reason, const struct uuid *actor_id)
{
    struct lead *l = &b->lead;
    struct hop *h;

    if (b->n_hops >= BUNDLE_HOPS_MAX)
        return;
    h = &b->hops[b->n_hops++];
    h->from = l->hop_no ? l->stage : STAGE_NEW;
    h->to = to;
    h->actor = actor;
    h->at_ms = at_ms;
    h->reason = reason;
    if (actor_id)
        h->actor_id = *actor_id;
    h->stay_ms = l->hop_no ? MAX(at_ms - l->stage_ms, 0) : -1;
    h->no = ++l->hop_no;
    memcpy(h->left_grade, l->stage_grade, sizeof(h->left_grade));
    memcpy(h->grade, l->grade, sizeof(h->grade));
    memcpy(l->stage_grade, l->grade, sizeof(l->stage_grade));
    l->stage = to;
    l->stage_ms = at_ms;
    if (to == STAGE_SQL) {
        l->sql_ms = at_ms;
        l->handover_grade = h->grade;
    }
    b->changed = true;
}

/* A new text replaces an old one unless it says nothing. */
static void take_text(struct bundle *b, const char **old, const char *new,
                      struct arena *mem)
{
    if (!new || !*new || str_eq(*old, new))
        return;
    *old = arena_strdup(mem, new);
    b->changed = true;
}

static bool has_id(const struct bundle *b, const struct identifier *id)
{
    for (size_t i = 0; i < b->n_ids; i++)
        if (b->ids[i].kind == id->kind && str_eq(b->ids[i].value, id->value))
            return true;
    return false;
}

static void apply_ids(struct bundle *b, const struct draft *d,
                      struct arena *mem)
{
    struct identifier *ids =
        arena_array(mem, b->n_ids + d->n_ids, sizeof(*ids));

    if (b->n_ids)
        memcpy(ids, b->ids, b->n_ids * sizeof(*ids));
    b->ids = ids;
    for (size_t i = 0; i < d->n_ids; i++) {
        if (has_id(b, &d->ids[i]))
            continue;
        ids[b->n_ids++] = d->ids[i];
        b->ids_changed = b->changed = true;
    }
}

/* The first address and number stay the ones to use, unless somebody who
   spoke to them says which.
   @param fill only fill what is empty: newer texts may have come since */
static void apply_contact(struct bundle *b, const struct draft *d, bool fill,
                          struct arena *mem)
{
    struct lead *l = &b->lead;
    bool chosen = d->fact_source == FACT_SALES && !fill;

    if (d->contact.name && !str_eq(l->name, d->contact.name) &&
        !(fill && l->name)) {
        l->name_search = arena_strdup(mem, d->name_search);
        take_text(b, &l->name, d->contact.name, mem);
    }
    if (!fill || !l->company)
        take_text(b, &l->company, d->contact.company, mem);
    if (!fill || !l->job_title)
        take_text(b, &l->job_title, d->contact.job_title, mem);
    for (size_t i = 0; i < d->n_ids; i++) {
        if (d->ids[i].kind == ID_EMAIL && (!l->email || chosen))
            take_text(b, &l->email, d->contact.email, mem);
        if (d->ids[i].kind == ID_PHONE && (!l->phone || chosen))
            take_text(b, &l->phone, d->ids[i].value, mem);
    }
}

static bool behaviour_allowed(const struct bundle *b,
                              const struct apply_rules *rules)
{
    return rules->behaviour_assumed || b->lead.consented;
}

/* The newest word holds, whenever it reaches us. */
static void apply_consent(struct bundle *b, const struct draft *d,
                          int64_t said_ms)
{
    struct lead *l = &b->lead;

    for (size_t i = 0; i < d->n_consent; i++) {
        if (!str_eq(d->consent[i].purpose, "behaviour_tracking") ||
            said_ms < l->consented_ms)
            continue;
        l->consented = str_eq(d->consent[i].status, "granted");
        l->consented_ms = said_ms;
        b->changed = true;
    }
}

static bool known_event(const struct bundle *b, const struct event *ev)
{
    for (size_t i = 0; i < b->n_own; i++)
        if ((ev->ext_id && str_eq(b->own[i].ext_id, ev->ext_id)) ||
            uuid_cmp(&b->own[i].event_id, &ev->event_id) == 0)
            return true;
    return false;
}

struct event *event_list_add(struct event **list, size_t *n, size_t *cap,
                             struct arena *mem)
{
    if (*n == *cap) {
        size_t more = *cap ? *cap * 2 : 8;
        struct event *grown = arena_array(mem, more, sizeof(*grown));

        if (*n)
            memcpy(grown, *list, *n * sizeof(*grown));
        *list = grown;
        *cap = more;
    }
    return &(*list)[(*n)++];
}

/* Ids follow from the receipt, so that a replay knows its events again. */
static struct uuid event_id_of(const struct uuid *receipt_id, uint32_t part_no,
                               size_t i)
{
    return uuid_child(receipt_id,
                      EVENT_SEED + (uint32_t)i + part_no * DRAFT_EVENTS_MAX);
}

bool bundle_has_event_of(const struct bundle *b, const struct draft *d,
                         const struct uuid *receipt_id, uint32_t part_no)
{
    for (size_t i = 0; i < d->n_events; i++) {
        struct event ev = {.event_id = event_id_of(receipt_id, part_no, i)};

        if (known_event(b, &ev))
            return true;
    }
    return false;
}

void bundle_apply_events(struct bundle *b, const struct event *events, size_t n,
                         const struct uuid *receipt_id,
                         const struct apply_rules *rules, struct arena *mem)
{
    for (size_t i = 0; i < n; i++) {
        struct event ev = events[i];

        ev.event_id = event_id_of(receipt_id, rules->part_no, i);
        if (known_event(b, &ev))
            continue;
        if (event_needs_consent(ev.type) && !behaviour_allowed(b, rules)) {
            b->n_unconsented++;
            continue;
        }
        *event_list_add(&b->own, &b->n_own, &b->cap_own, mem) = ev;
        b->rejudge = b->news = b->changed = true;
        if (!ev.machine)
            b->own_activity = true;
    }
}

/* Who was there before the first touch takes its place, and it is the last
 * where there is no other. */
static void put_in_front(struct lead *l, const char *json, int64_t at_ms)
{
    if (!l->last_touch_json)
        l->last_touch_json = l->first_touch_json;
    l->first_touch_json = json;
    l->first_touch_ms = at_ms;
}

/* What is late is never the last touch, unless there is only a first. */
static void apply_touch(struct bundle *b, const struct draft *d,
                        const struct apply_rules *rules, struct arena *mem)
{
    const char *json = d->has_touch ? touch_to_json(&d->touch, mem) : NULL;
    struct lead *l = &b->lead;
    int64_t first_ms = l->first_touch_ms ? l->first_touch_ms : l->created_ms;

    if (!json)
        return;
    if (b->is_new && !l->first_touch_json) {
        l->first_touch_json = json;
        l->first_touch_ms = rules->now_ms;
    } else if (rules->late && rules->now_ms < first_ms)
        put_in_front(l, json, rules->now_ms);
    else if (!rules->late || !l->last_touch_json)
        l->last_touch_json = json;
    b->changed = true;
}

/* A fact yields only to a source that is at least as strong; in a replay, or
   late, also only to one that is not older. */
static bool fact_yields(const struct bundle *b, unsigned i,
                        const struct draft *d, int64_t stated_ms, bool behind)
{
    const struct fact_origin *have = &b->fact_origin[i];

    return have->source <= d->fact_source &&
           !(behind && have->source && have->at_ms > stated_ms);
}

/* In a replay nothing may change that is known already. */
static bool adds_nothing(const struct bundle *b, const struct facts *new,
                         struct arena *mem)
{
    struct facts merged = b->facts;

    facts_merge(&merged, new);
    return str_eq(facts_to_text(&merged, mem), facts_to_text(&b->facts, mem));
}

static void apply_facts(struct bundle *b, const struct draft *d,
                        int64_t stated_ms, const struct apply_rules *rules,
                        struct arena *mem)
{
    bool behind = rules->again || rules->late;
    struct facts allowed = d->facts;

    allowed.given = 0;
    for (unsigned i = 0; i < FACTS_N; i++)
        if (d->facts.given & 1u << i && fact_yields(b, i, d, stated_ms, behind))
            allowed.given |= 1u << i;
    if (!allowed.given || (rules->again && adds_nothing(b, &allowed, mem)))
        return;
    for (unsigned i = 0; i < FACTS_N; i++) {
        if (!(allowed.given & 1u << i))
            continue;
        b->fact_origin[i].source = (uint8_t)d->fact_source;
        b->fact_origin[i].at_ms = stated_ms;
    }
    facts_merge(&b->facts, &allowed);
    b->facts_changed = b->changed = b->rejudge = b->news = true;
    b->lead.facts_version++;
}

void bundle_apply(struct bundle *b, const struct draft *d,
                  const struct uuid *receipt_id,
                  const struct apply_rules *rules, struct arena *mem)
{
    apply_contact(b, d, rules->again || rules->late, mem);
    apply_ids(b, d, mem);
    if (!rules->again)
        apply_consent(b, d, rules->now_ms);
    apply_facts(b, d, uuid_ms(receipt_id), rules, mem);
    bundle_apply_events(b, d->events, d->n_events, receipt_id, rules, mem);
    if (!rules->again) {
        apply_touch(b, d, rules, mem);
        b->lead.updated_ms = MAX(b->lead.updated_ms, rules->now_ms);
    }
}
