/**
 * @file change.h
 * What must follow, in the same transaction, whenever a lead moved: hops,
 * the queue of claimable leads, rollups, the change counters.  Used by the
 * writer's batches and by claims.
 *
 * Thread: the one that owns the connection.  Everything is queued on the
 * pipeline; the caller collects the results.
 */
#ifndef LEADD_CHANGE_H
#define LEADD_CHANGE_H

#include "lead/bundle.h"
#include "lead/rules.h"
#include "store/pg.h"

/** Write the hops of every bundle in the list. */
enum err write_hops(struct pg *pg, struct arena *mem, int64_t workspace_id,
                    const struct bundle *list) MUST_CHECK;

/** Is this lead up for claiming? */
bool lead_is_ready(const struct lead *l);

/**
 * Bring `ready` in line with the bundles.
 * @param out_changed set to true when any row came, went or moved
 */
enum err write_ready(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     const struct bundle *list, bool *out_changed) MUST_CHECK;

/** Count the hops for rollup_stage and rollup_stay (rollup_fold.h). */
enum err write_rollups(struct pg *pg, struct arena *mem,
                       const struct workspace_rules *rules,
                       const struct bundle *list) MUST_CHECK;

/** Tell other instances that a topic changed: "ready" or "settings". */
enum err write_pulse(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     const char *topic) MUST_CHECK;

/** A won or lost deal, for rollup_deal. */
struct deal {
    const struct lead *lead;
    const char *result;                            /**< "won" or "lost" */
    int64_t at_ms, amount, first_touch_ms, sql_ms; /**< durations */
    const char *currency;
};
enum err write_deals(struct pg *pg, struct arena *mem,
                     const struct workspace_rules *rules,
                     const struct deal *deals, size_t n) MUST_CHECK;

/** One reject or loss reason, for rollup_reason. */
enum err write_reason(struct pg *pg, struct arena *mem,
                      const struct workspace_rules *rules, const char *kind,
                      const struct lead *lead, const char *reason,
                      int64_t at_ms) MUST_CHECK;

/** Histogram buckets of stays: two for each doubling, so that a month of a
 *  funnel is few rows; a median is interpolated inside its bucket. */
#define STAY_PER_OCTAVE 2.0
int stay_bucket(int64_t stay_ms);
/** The stay, in seconds, at @a part (0 to 1) of a bucket. */
double stay_bucket_seconds(int bucket, double part);

#endif
