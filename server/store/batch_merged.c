/*
 * Leads of a batch that gave way to others (write_merges.h).  By identifier
 * nobody meets them; by their own id, or at the moment of a merge, somebody
 * may.
 */
#include "base/clock.h"
#include "store/batch.h"

/* What is for a lead that gave way is for the one that was kept. */
static void redirect(struct batch *b)
{
    for (size_t i = 0; i < b->n; i++) {
        for (size_t k = 0; k < b->works[i]->n_parts; k++) {
            struct part *p = &b->works[i]->parts[k];
            const struct bundle *bu =
                p->kind == PART_TARGET ? batch_find(b, &p->target) : NULL;

            if (bu && !uuid_is_nil(&bu->merged_into))
                p->target = p->candidate = bu->merged_into;
        }
    }
}

/* Whoever is only looked up may be made while we look: nobody yet. */
#define MADE_NOW_MS SECOND_MS

/* Its owner was not among those that were locked. */
static bool owner_missed(struct batch *b, const struct key *key)
{
    return key->foreign && !batch_find(b, &key->owner) &&
           (!uuid_is_nil(&key->candidate) ||
            uuid_ms(&key->owner) + MADE_NOW_MS < b->now_ms);
}

/* A lead was merged or parted while its lock was waited for: what was asked
   for before is not what is locked now.  Asked again it will be. */
static bool overtaken(struct batch *b)
{
    for (const struct bundle *bu = b->bundles; bu; bu = bu->next)
        if (!uuid_is_nil(&bu->merged_into) && !batch_find(b, &bu->merged_into))
            return true;
    for (size_t i = 0; i < b->n_keys; i++)
        if (owner_missed(b, &b->keys[i]))
            return true;
    return false;
}

enum err batch_merged(struct batch *b)
{
    if (overtaken(b))
        return ERR_AGAIN;
    redirect(b);
    return ERR_OK;
}
