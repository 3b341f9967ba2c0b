/*
 * Claim orders, in memory, with leads, reps and claims locked: who may have
 * what, what ends a claim, what it does to the lead's stage.
 */
#include "base/clock.h"
#include "base/str.h"
#include "lead/sla.h"
#include "store/batch.h"
#include "store/writer.h"

static bool live(const struct claim *c)
{
    return str_eq(c->state, "claimed") || str_eq(c->state, "accepted");
}

static struct claim *claim_by_id(struct batch *b, const struct uuid *id)
{
    for (struct claim *c = b->claims; c; c = c->next)
        if (uuid_cmp(&c->claim_id, id) == 0)
            return c;
    return NULL;
}

static struct claim *live_claim(struct batch *b, const struct bundle *bu)
{
    for (struct claim *c = b->claims; c; c = c->next)
        if (c->bundle == bu && live(c))
            return c;
    return NULL;
}

static void result_one(struct batch *b, struct work *w, struct claim *c)
{
    w->claim.claims = arena_array(b->mem, 1, sizeof(c));
    w->claim.claims[0] = c;
    w->claim.n_claims = 1;
}

/* ---- making ---- */

static void make(struct batch *b, struct claim *c, struct bundle *bu,
                 struct rep *rep)
{
    struct lead *l = &bu->lead;

    c->claim_id = uuid_new(b->now_ms);
    c->lead_id = l->lead_id;
    c->rep_id = rep->rep_id;
    c->state = "claimed";
    c->claimed_ms = b->now_ms;
    c->expires_ms = b->now_ms + b->rules.lease_ms;
    c->sql_ms = l->sql_ms ? l->sql_ms : l->stage_ms;
    c->respond_by_ms = sla_due(b->rules.tz, c->sql_ms, b->rules.respond_ms);
    c->score = l->score;
    c->grade = arena_strdup(b->mem, l->grade);
    c->snapshot =
        b->ops->snapshot(b->ops->ctx, &b->rules, bu, b->now_ms, b->mem);
    c->bundle = bu;
    c->is_new = true;
    c->next = b->claims;
    b->claims = c;
    l->claim =
        (struct claim_brief){c->claim_id, c->rep_id, c->state, c->expires_ms};
    bu->claim_changed = true;
    rep->live++;
    rep->changed = true;
}

static bool may_be_claimed(const struct lead *l)
{
    return (l->stage == STAGE_SQL || l->stage == STAGE_PQL) && !l->test;
}

static void claim_this(struct batch *b, struct work *w)
{
    struct bundle *bu = w->parts[0].bundle;
    struct rep *rep = batch_rep(b, &w->claim.rep_id);
    struct claim *held = live_claim(b, bu);
    struct claim *c;

    if (held && uuid_cmp(&held->rep_id, &w->claim.rep_id) == 0) {
        result_one(b, w, held);
        return;
    }
    if (held || !uuid_is_nil(&bu->lead.claim.claim_id)) {
        w->err = ERR_ALREADY_CLAIMED;
        w->claim.expires_ms =
            held ? held->expires_ms : bu->lead.claim.expires_ms;
    } else if (!may_be_claimed(&bu->lead)) {
        w->err = ERR_NOT_CLAIMABLE;
    } else if (!rep || !rep->active) {
        w->err = ERR_FORBIDDEN;
    } else if (rep->live >= rep->capacity) {
        w->err = ERR_CAPACITY;
    } else {
        c = arena_alloc(b->mem, sizeof(*c));
        make(b, c, bu, rep);
        w->claim.created = true;
        result_one(b, w, c);
    }
}

/* claims_load has put into the order which leads it gets. */
static void claim_next(struct batch *b, struct work *w)
{
    struct rep *rep = batch_rep(b, &w->claim.rep_id);
    size_t made = 0;

    for (size_t i = 0; i < w->claim.n_claims; i++) {
        struct claim *c = w->claim.claims[i];

        if (!rep || rep->live >= rep->capacity)
            break;
        make(b, c, c->bundle, rep);
        made++;
    }
    w->claim.n_claims = made;
    w->claim.created = made > 0;
    if (!made && rep && rep->live >= rep->capacity)
        w->err = ERR_CAPACITY;
}

/* ---- ending ---- */

static void end(struct batch *b, struct claim *c, const char *state,
                const char *reason)
{
    struct rep *rep = batch_rep(b, &c->rep_id);

    c->state = state;
    c->ended_ms = b->now_ms;
    c->expires_ms = 0;
    c->reason = arena_strdup(b->mem, reason);
    c->changed = true;
    if (rep) {
        rep->live = MAX(rep->live - 1, 0);
        rep->changed = true;
    }
    if (!c->bundle)
        return;
    memset(&c->bundle->lead.claim, 0, sizeof(c->bundle->lead.claim));
    c->bundle->lead.cooling = false;
    c->bundle->claim_changed = c->bundle->changed = true;
}

void claims_close_for_step(struct batch *b, struct bundle *bu,
                           const char *reason)
{
    struct claim *c = live_claim(b, bu);

    if (c)
        end(b, c, "released", reason);
}

static void ending(struct batch *b, const struct work *w, struct claim *c,
                   enum ending_kind kind)
{
    struct ending *e = arena_alloc(b->mem, sizeof(*e));

    e->claim = c;
    e->work = w;
    e->kind = kind;
    e->next = b->endings;
    b->endings = e;
}

void claims_note_confirmation(struct batch *b, const struct work *w)
{
    ending(b, w, NULL, ENDING_CONFIRMATION);
}

static void move(struct batch *b, struct work *w, struct claim *c,
                 enum stage to)
{
    struct uuid actor = w->claim.rep_id;

    bundle_hop(c->bundle, to, ACTOR_SALES, b->now_ms, w->claim.reason, &actor);
    c->bundle->lead.updated_ms = b->now_ms;
}

/* Back to nurture; not offered to this rep again until facts change. */
static void reject(struct batch *b, struct work *w, struct claim *c)
{
    enum stage from = c->bundle->lead.stage;

    if (!str_eq(c->state, "claimed")) {
        w->err = ERR_CONFLICT;
        return;
    }
    end(b, c, "rejected", w->claim.reason);
    ending(b, w, c, ENDING_REFUSAL);
    if (b->ops->disqualify_reason(b->ops->ctx, w->claim.reason)) {
        move(b, w, c, STAGE_DISQUALIFIED);
    } else if (from == STAGE_SQL) {
        move(b, w, c, STAGE_MQL);
        c->bundle->lead.held = true;
    }
}

static void outcome(struct batch *b, struct work *w, struct claim *c)
{
    bool won = str_eq(w->claim.result, "won");
    struct bundle *bu = c->bundle;

    if (!str_eq(c->state, "accepted")) {
        w->err = ERR_CONFLICT;
        return;
    }
    end(b, c, won ? "won" : "lost", w->claim.reason);
    ending(b, w, c, ENDING_DEAL);
    move(b, w, c, won ? STAGE_WON : STAGE_LOST);
    if (won)
        return;
    bu->lead.lost_reason = arena_strdup(b->mem, w->claim.reason);
    bu->facts.given |= FACT_LAST_CLOSED_AT;
    bu->facts.last_closed_ms = b->now_ms;
    bu->facts_changed = true;
    bu->lead.due_ms = b->now_ms + 1; /* the sweeper sets the recycle timer */
}

static void expire(struct batch *b, struct work *w, struct claim *c)
{
    struct rep *rep = batch_rep(b, &c->rep_id);

    (void)w;
    if (!str_eq(c->state, "claimed") || c->expires_ms > b->now_ms)
        return; /* accepted or extended meanwhile */
    end(b, c, "expired", "lease_over");
    if (rep)
        rep->misses++;
}

/* ---- going on ---- */

static void extend(struct batch *b, struct claim *c)
{
    if (!str_eq(c->state, "claimed"))
        return;
    c->expires_ms = b->now_ms + b->rules.lease_ms;
    c->changed = true;
    if (c->bundle)
        c->bundle->lead.claim.expires_ms = c->expires_ms;
}

static void accept(struct batch *b, struct claim *c)
{
    if (str_eq(c->state, "accepted"))
        return; /* again: the same answer */
    c->state = "accepted";
    c->accepted_ms = b->now_ms;
    c->expires_ms = 0;
    c->changed = true;
    if (!c->bundle)
        return;
    c->bundle->lead.claim.state = c->state;
    c->bundle->lead.claim.expires_ms = 0;
}

static bool real_activity(const char *kind)
{
    return !str_eq(kind, "note");
}

static void activity(struct batch *b, struct work *w, struct claim *c)
{
    ending(b, w, c, ENDING_ACTIVITY);
    if (real_activity(w->claim.activity.kind) && !c->first_response_ms) {
        c->first_response_ms = b->now_ms;
        c->changed = true;
    }
    extend(b, c);
}

static void on_claim(struct batch *b, struct work *w)
{
    struct claim *c = claim_by_id(b, &w->claim.claim_id);

    if (!c || !c->bundle) {
        w->err = ERR_NOT_FOUND;
        return;
    }
    if (!uuid_is_nil(&w->claim.rep_id) &&
        uuid_cmp(&c->rep_id, &w->claim.rep_id) != 0) {
        w->err = ERR_FORBIDDEN;
        return;
    }
    result_one(b, w, c);
    if (!live(c)) {
        w->err = w->claim.kind == CLAIM_EXPIRE ? ERR_OK : ERR_CLAIM_OVER;
        return;
    }
    switch (w->claim.kind) {
    case CLAIM_ACCEPT:
        accept(b, c);
        break;
    case CLAIM_RELEASE:
        end(b, c, "released", w->claim.reason);
        break;
    case CLAIM_REJECT:
        reject(b, w, c);
        break;
    case CLAIM_EXTEND:
        extend(b, c);
        break;
    case CLAIM_ACTIVITY:
        activity(b, w, c);
        break;
    case CLAIM_OUTCOME:
        outcome(b, w, c);
        break;
    default:
        expire(b, w, c);
        break;
    }
}

enum err claims_apply(struct batch *b)
{
    for (size_t i = 0; i < b->n; i++) {
        struct work *w = b->works[i];

        if (w->err != ERR_OK || w->idem_replayed || !w->claim.kind)
            continue;
        if (w->claim.kind == CLAIM_THIS)
            claim_this(b, w);
        else if (w->claim.kind == CLAIM_NEXT)
            claim_next(b, w);
        else
            on_claim(b, w);
    }
    for (struct bundle *bu = b->bundles; bu; bu = bu->next)
        if (bu->facts_changed)
            bundle_pack(bu, b->mem);
    return ERR_OK;
}
