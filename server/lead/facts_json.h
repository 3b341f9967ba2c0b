/**
 * @file facts_json.h
 * The facts object of the API and its stored form.  Pure; thread: the one
 * that owns the arena.
 *
 *   authority_role, need      words of words.def
 *   budget >= 0, price > 0    integers, minor units of currency (ISO 4217)
 *   pay_proxy, outside_area, buyer_type_not_served, suppressed   booleans
 *   challenges                array of distinct words
 *   timeframe_days            0..36500, from timeframe_stated_at
 *   timeframe_stated_at, last_closed_at   RFC 3339 with an offset
 *
 * A member that is null is a fact not given.
 */
#ifndef LEADD_FACTS_JSON_H
#define LEADD_FACTS_JSON_H

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"
#include "lead/facts.h"

/**
 * @param j the object, borrowed; NULL or null is no facts at all
 * @param pointer JSON Pointer of @a j, for the faults
 * @param out set to what could be read, also on false
 * @param errs gets every fault
 * @return true when there was none
 */
bool facts_from_json(const json_t *j, const char *pointer, struct facts *out,
                     struct field_errs *errs) MUST_CHECK;

/** @return a new object with the given facts in the order above, given to
 *          the caller; NULL when out of memory */
json_t *facts_to_json(const struct facts *f) MUST_CHECK;

#endif
