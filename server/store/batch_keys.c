/*
 * Identity inside a batch.  Every identifier named is inserted with the id
 * its lead would have if it were new; the primary key lets one win; what is
 * read back after tells who owns it.  So two processes that meet a new
 * person at the same moment agree without a look-then-insert.
 */
#include "store/batch.h"

#include <stdlib.h>

#include "base/str.h"

static int key_order(const void *a, const void *b)
{
    const struct key *x = a, *y = b;

    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return strcmp(x->value, y->value);
}

/* The same, and the earlier candidate first, nil last. */
static int key_then_candidate(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    int order = key_order(a, b);

    if (order)
        return order;
    if (uuid_is_nil(&x->candidate) != uuid_is_nil(&y->candidate))
        return uuid_is_nil(&x->candidate) ? 1 : -1;
    return uuid_cmp(&x->candidate, &y->candidate);
}

/* Looked up, never taken or made. */
static bool only_looks(const struct part *p)
{
    return (p->kind == PART_LOOKUP && !p->gives_ids) || p->kind == PART_VISIT ||
           p->known_only;
}

/* Whether the identifiers of a part are looked at at all. */
static bool part_has_keys(const struct part *p)
{
    return !p->draft.quarantine && p->draft.n_ids;
}

static size_t count_keys(const struct batch *b)
{
    size_t n = 0;

    for (size_t i = 0; i < b->n; i++)
        for (size_t k = 0; k < b->works[i]->n_parts; k++)
            n += b->works[i]->parts[k].draft.n_ids;
    return n;
}

static void add_part_keys(struct batch *b, const struct part *p)
{
    for (size_t i = 0; i < p->draft.n_ids; i++) {
        struct key *key = &b->keys[b->n_keys++];

        key->kind = p->draft.ids[i].kind;
        key->value = p->draft.ids[i].value;
        if (!only_looks(p))
            key->candidate = p->candidate;
    }
}

/* Equal keys become one, with the earliest candidate. */
static void merge_equal(struct batch *b)
{
    size_t n = 0;

    qsort(b->keys, b->n_keys, sizeof(*b->keys), key_then_candidate);
    for (size_t i = 0; i < b->n_keys; i++) {
        if (!n || key_order(&b->keys[n - 1], &b->keys[i]) != 0)
            b->keys[n++] = b->keys[i];
    }
    b->n_keys = n;
}

void batch_keys_collect(struct batch *b)
{
    b->keys = arena_array(b->mem, count_keys(b) + 1, sizeof(*b->keys));
    b->n_keys = 0;
    for (size_t i = 0; i < b->n; i++) {
        struct work *w = b->works[i];

        for (size_t k = 0; k < w->n_parts; k++) {
            struct part *p = &w->parts[k];

            /* the same receipt makes the same lead, in every replay */
            p->candidate =
                p->kind == PART_TARGET
                    ? p->target
                    : uuid_child(&w->receipt.receipt_id, (uint32_t)k);
            if (part_has_keys(p))
                add_part_keys(b, p);
        }
    }
    merge_equal(b);
}

struct key *batch_key(struct batch *b, enum id_kind kind, const char *value)
{
    struct key want = {.kind = kind, .value = value};

    return bsearch(&want, b->keys, b->n_keys, sizeof(want), key_order);
}

static void conflict(struct batch *b, const struct work *w,
                     const struct uuid *lead, const struct uuid *other)
{
    struct review_row *r;

    for (r = b->reviews; r; r = r->next)
        if (uuid_cmp(&r->lead_id, lead) == 0 &&
            uuid_cmp(&r->other_id, other) == 0)
            return;
    r = arena_alloc(b->mem, sizeof(*r));
    r->lead_id = *lead;
    r->other_id = *other;
    r->receipt_id = w->receipt.receipt_id;
    r->detail = "{\"kind\":\"identifiers_of_two_leads\"}";
    r->next = b->reviews;
    b->reviews = r;
}

struct bundle *batch_owner(struct batch *b, const struct key *key)
{
    struct bundle *owner =
        key && !uuid_is_nil(&key->owner) ? batch_find(b, &key->owner) : NULL;

    return owner && owner->gave_way_to ? NULL : owner;
}

static struct bundle *owner_of_id(struct batch *b, const struct identifier *id)
{
    return batch_owner(b, batch_key(b, id->kind, id->value));
}

static bool may_be_new(const struct work *w, const struct part *p)
{
    return p->kind == PART_INGEST && !p->known_only && !w->stored;
}

/* A test lead is nobody: somebody real with its identifiers is new, or has
   them now. */
static bool gives_way(const struct bundle *owner, const struct work *w,
                      const struct part *p)
{
    return !p->draft.test && !w->stored && !only_looks(p) &&
           test_lead_may_give_way(owner);
}

/* A browser may be several people's: it says who is meant only when nothing
   else does. */
static bool names_only_a_browser(const struct draft *d)
{
    for (size_t i = 0; i < d->n_ids; i++)
        if (d->ids[i].kind != ID_VISITOR)
            return false;
    return true;
}

/* News of a platform's record are that record's, whatever they tell. */
static bool is_news(const struct part *p)
{
    return p->gives_ids || p->erase;
}

static struct bundle *owner_of_record(struct batch *b, const struct part *p)
{
    struct bundle *owner = NULL;

    for (size_t i = 0; !owner && i < p->draft.n_ids; i++)
        if (p->draft.ids[i].kind == ID_EXTERNAL)
            owner = owner_of_id(b, &p->draft.ids[i]);
    return owner;
}

/* Who is meant before the identifiers are gone through. */
static struct bundle *meant(struct batch *b, const struct part *p)
{
    if (p->kind == PART_TARGET)
        return batch_find(b, &p->target);
    return is_news(p) ? owner_of_record(b, p) : NULL;
}

/* The lead meant: the first identifier whose owner exists decides; phone
   comes before e-mail (draft order).  Others' owners are conflicts. */
static struct bundle *known_lead(struct batch *b, const struct work *w,
                                 const struct part *p)
{
    bool by_browser = names_only_a_browser(&p->draft);
    struct bundle *found = meant(b, p);

    for (size_t i = 0; i < p->draft.n_ids; i++) {
        const struct identifier *id = &p->draft.ids[i];
        struct bundle *owner = owner_of_id(b, id);

        if (!owner || gives_way(owner, w, p) ||
            (id->kind == ID_VISITOR && !by_browser))
            continue;
        if (found && owner != found)
            conflict(b, w, &found->lead.lead_id, &owner->lead.lead_id);
        else if (!is_news(p))
            found = owner;
    }
    return found;
}

static struct bundle *new_lead(struct batch *b, const struct work *w,
                               struct part *p)
{
    struct bundle *bu = batch_add(b, &p->candidate);

    bu->is_new = bu->changed = bu->rejudge = true;
    lead_begins(&bu->lead, w, &p->draft, b->mem);
    bu->lead.updated_ms = w->receipt.received_ms;
    bu->lead.test = p->draft.test;
    p->created = true;
    return bu;
}

/* Test leads that have identifiers of this person.  A lead that one gave way
   to is no test lead, so nobody gives way twice. */
static void replace_test_leads(struct batch *b, const struct work *w,
                               struct part *p)
{
    for (size_t i = 0; i < p->draft.n_ids; i++) {
        struct bundle *owner = owner_of_id(b, &p->draft.ids[i]);

        if (owner && owner != p->bundle && gives_way(owner, w, p))
            owner->gave_way_to = p->bundle;
    }
}

/* Keys nobody owned yet go to this lead; foreign ones stay where they are,
   and the draft forgets those: a lead shows only identifiers it owns. */
static void take_keys(struct batch *b, struct part *p)
{
    size_t kept = 0;

    for (size_t i = 0; i < p->draft.n_ids; i++) {
        struct identifier *id = &p->draft.ids[i];
        struct key *key = batch_key(b, id->kind, id->value);

        if (key && !batch_owner(b, key) && !only_looks(p))
            key->owner = p->bundle->lead.lead_id;
        if (key && batch_owner(b, key) == p->bundle)
            p->draft.ids[kept++] = *id;
    }
    p->draft.n_ids = kept;
}

static void take_account(struct batch *b, struct part *p)
{
    struct lead *l = &p->bundle->lead;
    const struct account_row *a = batch_account(b, &p->draft);

    if (!a || !uuid_is_nil(&l->account_id))
        return;
    l->account_id = a->account_id;
    l->account_name = a->name;
    p->bundle->changed = p->bundle->rejudge = true;
}

/* Told before: its external id has an owner.  What was told as a test may
   still come for real. */
static struct bundle *delivered(struct batch *b, const struct work *w,
                                const struct part *p)
{
    struct bundle *owner = p->once ? owner_of_record(b, p) : NULL;

    return owner && gives_way(owner, w, p) ? NULL : owner;
}

/* A test lead that gave way has no identifier left to be known by. */
static struct bundle *test_lead_of(struct batch *b, const struct part *p)
{
    struct bundle *bu = p->draft.test ? batch_find(b, &p->candidate) : NULL;

    return bu && bu->loaded ? bu : NULL;
}

/* Read once more, that very delivery tells what was not understood then. */
static bool told_it(const struct bundle *owner, const struct work *w,
                    const struct part *p)
{
    return w->replay == REPLAY_AGAIN && owner &&
           bundle_has_event_of(owner, &p->draft, &w->receipt.receipt_id,
                               (uint32_t)(p - w->parts));
}

/* A repeated delivery, or a test that met a real person: the receipt names
   the lead, and nothing changes. */
static bool leaves_no_trace(struct batch *b, const struct work *w,
                            struct part *p)
{
    struct bundle *owner = delivered(b, w, p);

    if (told_it(owner, w, p)) {
        p->bundle = owner;
        return false;
    }
    if (!owner)
        p->bundle = known_lead(b, w, p);
    if (!owner && p->bundle && p->draft.test && !p->bundle->lead.test)
        owner = p->bundle;
    if (!owner && !p->bundle)
        owner = test_lead_of(b, p);
    if (!owner)
        return false;
    p->lead_id = uuid_is_nil(&owner->merged_into) ? owner->lead.lead_id
                                                  : owner->merged_into;
    p->bundle = NULL;
    return true;
}

static void assign_part(struct batch *b, struct work *w, struct part *p)
{
    if (p->draft.quarantine || leaves_no_trace(b, w, p))
        return;
    if (!p->bundle && may_be_new(w, p))
        p->bundle = new_lead(b, w, p);
    if (!p->bundle && p->kind == PART_VISIT)
        return;
    if (!p->bundle) {
        p->err = p->known_only ? ERR_NO_IDENTIFIER : ERR_NOT_FOUND;
        if (p->optional)
            return;
        if (w->n_parts == 1)
            w->err = p->err;
        return;
    }
    if (w->if_version && w->if_version != p->bundle->lead.version) {
        w->err = ERR_STALE;
        return;
    }
    replace_test_leads(b, w, p);
    take_keys(b, p);
    take_account(b, p);
}

void batch_assign(struct batch *b)
{
    for (size_t i = 0; i < b->n; i++) {
        struct work *w = b->works[i];

        for (size_t k = 0;
             !w->idem_replayed && w->err == ERR_OK && k < w->n_parts; k++)
            assign_part(b, w, &w->parts[k]);
    }
}
