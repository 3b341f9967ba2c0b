/**
 * @file rescore.h
 * Open leads judged again after a model was activated: the order is left by
 * model_activate, the sweeper carries it out.
 */
#ifndef LEADD_RESCORE_H
#define LEADD_RESCORE_H

#include "store/pg.h"

/** Every instance judges by the new model so long after its activation. */
#define RESCORE_SETTLE_MS ((int64_t)5000)

/**
 * Let some more leads fall due; an order that has reached all of them goes.
 * Thread: the watch's.
 *
 * @param max of leads
 * @param out_n how many it was
 */
enum err rescore_mark(struct pg *pg, struct arena *mem, int64_t workspace_id,
                      int64_t now_ms, int max, int64_t *out_n) MUST_CHECK;

#endif
