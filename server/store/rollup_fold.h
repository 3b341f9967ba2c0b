/**
 * @file rollup_fold.h
 * What batches counted (rollup_delta) goes into rollup_stage and rollup_stay,
 * in one statement: no reader sees a hop twice or not at all.  Several
 * instances may fold at once.  Thread: the connection's.
 */
#ifndef LEADD_ROLLUP_FOLD_H
#define LEADD_ROLLUP_FOLD_H

#include "store/pg.h"

/**
 * Fold what there is, of every workspace.
 * @param out_n deltas folded; those of an error's turn are still there
 */
enum err rollups_fold(struct pg *pg, int64_t *out_n) MUST_CHECK;

/** Give back the room of folded deltas, so that readers need not pass over
 *  them; without the right to do so nothing happens. */
enum err rollups_vacuum(struct pg *pg) MUST_CHECK;

#endif
