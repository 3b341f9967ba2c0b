/**
 * @file score_json.h
 * A result as JSON: the members of `expect` in acceptance/scoring.json, then
 * rank, quality_basis, valid_until, model_version and as_of.  Members keep
 * this order, so equal results are equal byte for byte.  Pure; any thread.
 */
#ifndef LEADD_SCORE_JSON_H
#define LEADD_SCORE_JSON_H

#include <jansson.h>

#include "scoring/model.h"
#include "scoring/score.h"

/**
 * @param stage where the lead stands after the system's promotions
 * @return a new object, given to the caller; NULL when out of memory
 */
json_t *score_to_json(const struct model *m, const struct score *s,
                      int64_t as_of_ms, enum stage stage) MUST_CHECK;

/** RFC 3339 in UTC; JSON null for NEVER_MS, FOREVER_MS and past 9999. */
json_t *time_to_json(int64_t ms) MUST_CHECK;

#endif
