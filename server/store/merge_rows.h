/**
 * @file merge_rows.h
 * What a merge moves and changes, and the way back: statements on the pipeline
 * of a transaction that has locked both leads.  Not part of the room's face;
 * write_merges.h is.  Thread: the connection's.
 */
#ifndef LEADD_MERGE_ROWS_H
#define LEADD_MERGE_ROWS_H

#include "lead/bundle.h"
#include "store/write_merges.h"

/** One of the two leads, as it stands or as it was. */
struct side {
    struct bundle b;
    int64_t touched_ms; /**< its last touch that says something */
    int64_t erased_ms;
    bool claimed; /**< somebody works it */
};

/** A merge at work, or its undoing. */
struct joint {
    struct pg *pg;
    struct arena *mem;
    int64_t workspace_id, now_ms;
    struct merge *merge;
    struct side kept, gone; /**< as they stand now */
    struct identifier *ids; /**< that change hands */
    size_t n_ids;
};

/* merge_hold.c */
enum err merge_opened(struct joint *j) MUST_CHECK;
/** Send what is queued, the hot list's new number and COMMIT.
 *  @param e of the queueing; nothing is sent unless ERR_OK */
enum err merge_commit(const struct joint *j, enum err e) MUST_CHECK;
/** ROLLBACK unless it was committed. @return @a e */
enum err merge_closed(const struct joint *j, enum err e,
                      bool committed) MUST_CHECK;
/** $1 the workspace, $2 @a id */
struct pg_params merge_keyed(const struct joint *j, const struct uuid *id);
/**
 * Lock and read a merge into j->merge.
 *
 * @param out_parts there is what it takes to undo it
 * @param out_newer its kept lead was merged with another one since
 */
enum err merge_hold(const struct joint *j, const struct uuid *id,
                    bool *out_parts, bool *out_newer) MUST_CHECK;
/** Lock both leads of j->merge in id order, then read them: what the locks
 *  waited for is seen. */
enum err merge_hold_leads(struct joint *j) MUST_CHECK;
/** Both as they were before. */
enum err merge_sides_before(const struct joint *j, struct side *out_kept,
                            struct side *out_gone) MUST_CHECK;

/* merge_rows.c */
/** Queue all that makes them one. */
enum err merge_rows_join(struct joint *j) MUST_CHECK;
/** Queue all that makes them two; @a was_gone as it was. */
enum err merge_rows_part(struct joint *j, const struct side *was_kept,
                         const struct side *was_gone) MUST_CHECK;

#endif
