#include "store/batch.h"

#include "base/clock.h"
#include "base/str.h"
#include "store/writer.h"

/* ---- bundles by lead id ---- */

static size_t slot_of(const struct batch *b, const struct uuid *id)
{
    /* the last bytes of a version 7 id are random */
    uint64_t h;

    memcpy(&h, id->b + 8, sizeof(h));
    return (size_t)h & (b->table_size - 1);
}

struct bundle *batch_find(struct batch *b, const struct uuid *lead_id)
{
    for (size_t i = slot_of(b, lead_id);; i = (i + 1) & (b->table_size - 1)) {
        if (!b->table[i])
            return NULL;
        if (uuid_cmp(&b->table[i]->lead.lead_id, lead_id) == 0)
            return b->table[i];
    }
}

static void table_put(struct batch *b, struct bundle *bu)
{
    size_t i = slot_of(b, &bu->lead.lead_id);

    while (b->table[i])
        i = (i + 1) & (b->table_size - 1);
    b->table[i] = bu;
}

/* Half of it stays empty, or a look-up of what is not there never ends. */
static void table_fit(struct batch *b, size_t bundles)
{
    if (bundles * 2 <= b->table_size)
        return;
    if (!b->table_size)
        b->table_size = 64;
    while (b->table_size < bundles * 2)
        b->table_size *= 2;
    b->table = arena_array(b->mem, b->table_size, sizeof(struct bundle *));
    for (struct bundle *bu = b->bundles; bu; bu = bu->next)
        table_put(b, bu);
}

struct bundle *batch_add(struct batch *b, const struct uuid *lead_id)
{
    struct bundle *bu = arena_alloc(b->mem, sizeof(*bu));

    bu->workspace_id = b->rules.workspace_id;
    bu->lead.lead_id = *lead_id;
    table_fit(b, ++b->n_bundles);
    table_put(b, bu);
    bu->next = b->bundles;
    b->bundles = bu;
    return bu;
}

/* Room for what parts and keys can name; claims may bring in more. */
static void table_init(struct batch *b)
{
    size_t want = 32;

    for (size_t i = 0; i < b->n; i++)
        want += b->works[i]->n_parts * (2 + IDS_MAX);
    table_fit(b, want);
}

enum err batch_send_rows(struct batch *b, const struct store_stmt *stmt,
                         struct rows *r)
{
    return rows_send(b->pg, b->mem, b->rules.workspace_id, stmt, r);
}

/* ---- what each work does to its leads ---- */

/** Most steps that time alone may have brought since a lead was looked at. */
#define DUE_STEPS_MAX 16

static void apply_step(struct batch *b, struct work *w, struct part *part)
{
    const struct step_order *s = &w->step;
    enum stage from = part->bundle->lead.stage;
    bool reason_needed =
        s->to == STAGE_DISQUALIFIED || s->to == STAGE_IQL || s->to == STAGE_MQL;

    /* whoever has no identifier left was erased, and stays so */
    if (!b->ops->may_step(b->ops->ctx, from, s->to, s->actor) ||
        (from == STAGE_DISQUALIFIED && !part->bundle->n_ids)) {
        w->err = ERR_ILLEGAL_STEP;
        w->legal = b->ops->legal(b->ops->ctx, from, s->actor, w->mem);
        return;
    }
    if (reason_needed && (!s->reason || !*s->reason)) {
        w->err = ERR_REASON_REQUIRED;
        return;
    }
    if (!uuid_is_nil(&part->bundle->lead.claim.claim_id) &&
        uuid_cmp(&part->bundle->lead.claim.rep_id, &s->actor_id) != 0) {
        w->err = ERR_ALREADY_CLAIMED;
        w->claim.expires_ms = part->bundle->lead.claim.expires_ms;
        return;
    }
    if (reason_needed && s->to == STAGE_DISQUALIFIED &&
        !b->ops->disqualify_reason(b->ops->ctx, s->reason)) {
        w->err = ERR_UNKNOWN_VALUE;
        return;
    }
    if (s->activity.kind)
        claims_note_confirmation(b, w);
    if (s->to != STAGE_SQL)
        claims_close_for_step(b, part->bundle, s->reason);
    part->bundle->lead.held = from == STAGE_SQL && s->to == STAGE_MQL;
    bundle_hop(part->bundle, s->to, s->actor, b->now_ms, s->reason,
               &s->actor_id);
    part->bundle->rejudge = s->to == STAGE_IQL;
    part->bundle->lead.updated_ms = b->now_ms;
}

static void judge_at(struct batch *b, struct bundle *bu, int64_t now_ms)
{
    bu->now_ms = MAX(bu->now_ms, now_ms);
    b->ops->judge(b->ops->ctx, &b->rules, bu, bu->now_ms, b->scratch);
    arena_reset(b->scratch);
    bu->unjudged = false;
}

/* Time alone may change a judgement.  It is made as of the moment it was due,
   not of the moment somebody looked, so that a replay makes the same. */
static bool judge_due(struct batch *b, struct bundle *bu, int64_t now_ms)
{
    struct lead *l = &bu->lead;
    bool any = false;

    for (int i = 0; i < DUE_STEPS_MAX && l->due_ms && l->due_ms <= now_ms;
         i++) {
        judge_at(b, bu, MAX(l->due_ms, l->scored_ms));
        bu->by_time = any = true;
    }
    return any;
}

/* Receipts of one lead are judged one after the other, each when it came in,
   whatever batches they share. */
static void catch_up(struct batch *b, struct bundle *bu, int64_t now_ms)
{
    if (bu->unjudged && bu->rejudge)
        judge_at(b, bu, bu->now_ms);
    (void)judge_due(b, bu, now_ms);
    bu->now_ms = MAX(bu->now_ms, MAX(now_ms, bu->lead.scored_ms));
}

/* In a replay into an empty workspace what was held has its turn when newer
   ones are there, and is news to the lead. */
static bool went_in_before(const struct work *w, const struct part *part)
{
    const struct bundle *bu = part->bundle;

    if (!bu->loaded || bu->lead.updated_ms < w->receipt.received_ms ||
        (w->replay != REPLAY_AGAIN && !part->went_in))
        return false;
    return !w->was_held || !part->draft.n_events ||
           bundle_has_event_of(bu, &part->draft, &w->receipt.receipt_id,
                               (uint32_t)(part - w->parts));
}

static void apply_receipt(struct batch *b, const struct work *w,
                          struct part *part)
{
    struct bundle *bu = part->bundle;
    bool changed = bu->changed;
    struct apply_rules rules = {.behaviour_assumed = b->rules.behaviour_assumed,
                                .again = went_in_before(w, part),
                                .late = w->receipt.replayed &&
                                        bu->lead.updated_ms >
                                            w->receipt.received_ms,
                                .now_ms = w->receipt.received_ms,
                                .part_no = (uint32_t)(part - w->parts)};

    if (!rules.again)
        catch_up(b, bu, w->receipt.received_ms);
    bu->changed = false;
    if (rules.late && !rules.again)
        lead_begins_earlier(b, w, part);
    bundle_apply(bu, &part->draft, &w->receipt.receipt_id, &rules, b->mem);
    bu->n_changes += bu->changed;
    bu->changed |= changed;
    bu->unjudged = true;
    batch_visits_apply(b, part);
}

/* Nobody works a lead that is nobody's any more; what is won stays won, and a
   claim ends by its rep or its lease. */
static void erase(struct batch *b, const struct work *w, struct part *part)
{
    struct bundle *bu = part->bundle;

    catch_up(b, bu, w->receipt.received_ms);
    bu->erase = bu->changed = true;
    if (bu->lead.stage == STAGE_WON || bu->lead.stage == STAGE_DISQUALIFIED ||
        !uuid_is_nil(&bu->lead.claim.claim_id))
        return;
    bundle_hop(bu, STAGE_DISQUALIFIED, ACTOR_MARKETING, bu->now_ms, "withdrawn",
               NULL);
    bu->lead.due_ms = 0;
    bu->rejudge = bu->unjudged = false;
}

static void apply_part(struct batch *b, struct work *w, struct part *part)
{
    if (part->err != ERR_OK)
        return;
    if (!part->bundle) {
        if (part->kind == PART_VISIT && !w->stored)
            batch_visits_wait(b, w, part);
        return;
    }
    part->lead_id = part->bundle->lead.lead_id;
    if (w->stored) { /* done already; only the answer is missing */
        part->created = part->bundle->lead.created_ms == w->receipt.received_ms;
        return;
    }
    if (w->has_receipt && part->erase)
        erase(b, w, part);
    else if (w->has_receipt)
        apply_receipt(b, w, part);
    if (w->step.given)
        apply_step(b, w, part);
    else if (!w->has_receipt && !w->claim.kind &&
             !judge_due(b, part->bundle, b->now_ms))
        part->bundle->rejudge = part->bundle->by_time = true;
}

static void apply_works(struct batch *b)
{
    for (size_t i = 0; i < b->n; i++) {
        struct work *w = b->works[i];

        if (w->err != ERR_OK || w->idem_replayed)
            continue;
        for (size_t k = 0; k < w->n_parts && w->err == ERR_OK; k++)
            apply_part(b, w, &w->parts[k]);
    }
}

static void judge_all(struct batch *b)
{
    for (struct bundle *bu = b->bundles; bu; bu = bu->next) {
        if (!bu->is_new && !bu->rejudge && !bu->changed)
            continue;
        if (bu->is_new || bu->rejudge)
            judge_at(b, bu, bu->now_ms ? bu->now_ms : b->now_ms);
        bundle_pack(bu, b->mem);
    }
}

/* What time alone brought is no new version: nobody's change is stale by it.
   The ETag has the moment of the judgement beside the version. */
static void count_versions(struct batch *b)
{
    for (struct bundle *bu = b->bundles; bu; bu = bu->next)
        bu->lead.version += bu->n_changes ? (int32_t)bu->n_changes
                                          : bu->changed && !bu->by_time;
}

static void render_all(struct batch *b)
{
    for (size_t i = 0; i < b->n; i++) {
        struct work *w = b->works[i];

        if (w->err == ERR_OK && !w->idem_replayed && w->render)
            w->render(w);
    }
}

/* An earlier attempt on the same works may have left its marks. */
static void reset_works(struct batch *b)
{
    for (size_t i = 0; i < b->n; i++) {
        struct work *w = b->works[i];

        w->err = ERR_OK;
        w->idem_replayed = w->stored = false;
        w->legal = NULL;
        buf_clear(&w->reply);
        for (size_t k = 0; k < w->n_parts; k++) {
            w->parts[k].err = ERR_OK;
            w->parts[k].bundle = NULL;
            w->parts[k].created = false;
        }
    }
}

enum err batch_run(struct batch *b)
{
    enum err e;

    reset_works(b);
    table_init(b);
    batch_keys_collect(b);
    e = batch_load(b); /* BEGIN, identifiers, locks, what is known */
    if (e != ERR_OK)
        return e;
    batch_assign(b);    /* who is meant by each part */
    e = claims_load(b); /* reps, claims, and the leads claim-next takes */
    if (e == ERR_OK)
        e = batch_load_others(b); /* what their accounts did */
    if (e != ERR_OK)
        return e;
    apply_works(b);
    batch_visits_apply(b, NULL);
    judge_all(b);
    e = claims_apply(b);
    if (e != ERR_OK)
        return e;
    count_versions(b);
    render_all(b);
    return batch_write(b); /* everything and COMMIT, one round trip */
}
