/**
 * @file explain.h
 * Why a result is what it is.  Pure; any thread.  An object of:
 *
 * ledger                 lines {criterion, rule, evidence{}, points}; the
 *                        lines of a criterion add up exactly to it, and the
 *                        criteria to raw.  Points are multiples of 1/32,
 *                        which a double holds exactly.
 *   rule "event"         also event_type, event_id, occurred_at, age_days,
 *                        base_points, decayed_points, reason.  Events that
 *                        give nothing are there with 0 points and the reason:
 *                        no_points, machine, future, other_person, too_short,
 *                        daily_cap, too_old, duplicate
 *   rule "rounding", "cap", "clamp"   what these took or gave, if anything
 * consideration_ledger   lines {part, rule, evidence{}, points}: part bant,
 *                        behaviour or temperature; their points add up to
 *                        the consideration
 * quality_reasons        every reason for the quality; the first decided
 * gaps                   see gaps.h
 */
#ifndef LEADD_EXPLAIN_H
#define LEADD_EXPLAIN_H

#include <jansson.h>

#include "scoring/model.h"
#include "scoring/score.h"

/**
 * @param s the result of score_run for the same @a m and @a in
 * @param stage where the lead stands after the system's promotions
 * @return a new object, given to the caller; NULL when out of memory
 */
json_t *explain(const struct model *m, const struct score_in *in,
                const struct score *s, enum stage stage) MUST_CHECK;

/** The members of the object, each also alone. */
json_t *explain_ledger(const struct model *m, const struct score_in *in,
                       const struct score *s) MUST_CHECK;
json_t *explain_consideration(const struct model *m, const struct score_in *in,
                              const struct score *s) MUST_CHECK;
json_t *explain_quality(const struct score_in *in,
                        const struct score *s) MUST_CHECK;

#endif
