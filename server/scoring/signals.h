/**
 * @file signals.h
 * Inside the room: the five signals of the account's human events
 * (domain.md 2.3).  Pure; any thread.
 */
#ifndef LEADD_SIGNALS_H
#define LEADD_SIGNALS_H

#include "scoring/model.h"
#include "scoring/score.h"

/**
 * Sets out->signals and lowers out->valid_until_ms to the end of the first
 * signal that ends.  Needs out->last_human_ms.
 *
 * @param timeline oldest first, each event once
 */
void signals_judge(const struct model *m, const struct score_in *in,
                   const struct event *const *timeline, size_t n,
                   struct score *out);

/** How many people and visitor ids there were, as far as a model may ask for
 *  (MODEL_DISTINCT_MAX).  Not in the result: the oldest may leave the window
 *  while the signal holds. */
void signals_people(const struct model *m, const struct score_in *in,
                    int32_t *out_people, int32_t *out_visitors);

#endif
