/**
 * @file gaps.h
 * What is missing for the next stage's gate: iql -> mql, mql and pql -> sql.
 * Other stages have no gate that the system opens, hence no gaps.
 *
 * An entry: {for, kind, name, missing, would_add, would_add_consideration,
 * closes}.
 *   kind "fact"    something to be asked: name is the fact, not yet known;
 *                  it is tried at its best value
 *   kind "action"  something the lead may do: name is the event type, tried
 *                  as done at as_of
 *   kind "score", "authority", "need", "temperature", "quality",
 *        "suppressed"   a condition of the gate that does not hold; missing is
 *                  in its unit (points; for temperature points of
 *                  consideration; for quality percent of potential)
 * would_add is what it adds to the score; closes tells whether it opens the
 * gate alone.  For facts and actions missing is always 1.
 *
 * Cheapest first: what opens the gate alone before what does not; a fact
 * (one question) before an action (the lead must move); what adds more
 * first; then the order of the vocabulary.  Conditions come last: they are
 * what the others are for.
 */
#ifndef LEADD_GAPS_H
#define LEADD_GAPS_H

#include <jansson.h>

#include "scoring/model.h"
#include "scoring/score.h"

/** @return a new array, given to the caller; NULL when out of memory */
json_t *gaps_to_json(const struct model *m, const struct score_in *in,
                     const struct score *s, enum stage stage) MUST_CHECK;

#endif
