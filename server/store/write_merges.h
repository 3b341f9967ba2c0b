/**
 * @file write_merges.h
 * Two leads become one, and one becomes two again, each in one transaction of
 * its own.  Both leads are locked in id order, as batches lock them, so what
 * comes in at the same time comes before or after and is never split.
 *
 * Judging is left to the sweeper: the leads fall due with the commit.
 *
 * Thread: a reader's.
 */
#ifndef LEADD_WRITE_MERGES_H
#define LEADD_WRITE_MERGES_H

#include "store/pg.h"

/** A merge as it is shown. */
struct merge {
    struct uuid merge_id, review_id, kept_id, gone_id;
    const char *note; /**< or NULL */
    int64_t merged_ms, undone_ms;
    struct uuid merged_by, undone_by;
};

/** What somebody decided. */
struct merge_order {
    int64_t workspace_id;
    struct uuid review_id;
    struct uuid keep; /**< one of the review's leads, or whom it gave way to */
    const char *note; /**< or NULL */
    struct uuid by;   /**< the key */
    int64_t now_ms;
};

/**
 * Merge the leads of a review.  Asked again, it gives the same merge.
 *
 * @param out_why set with ERR_CONFLICT and ERR_MERGE_REFUSED: what is in the
 *        way, a sentence without personal data
 * @return ERR_OK; ERR_NOT_FOUND; ERR_UNKNOWN_VALUE when @a keep is not of this
 *         review; ERR_CONFLICT when it was decided otherwise;
 *         ERR_MERGE_REFUSED when these leads cannot be merged now
 */
enum err merge_leads(struct pg *pg, struct arena *mem,
                     const struct merge_order *order, struct merge *out,
                     bool *out_created, const char **out_why) MUST_CHECK;

/**
 * Part them again: what moved goes back, what came since stays with the lead
 * that was kept.  Asked again, it gives the same merge.
 *
 * @return as merge_leads, without ERR_UNKNOWN_VALUE and ERR_CONFLICT
 */
enum err merge_undo(struct pg *pg, struct arena *mem, int64_t workspace_id,
                    const struct uuid *merge_id, const struct uuid *by,
                    int64_t now_ms, struct merge *out,
                    const char **out_why) MUST_CHECK;

#endif
