/**
 * @file form_facts.h
 * Facts as a form states them: texts.  Pure; any thread.
 */
#ifndef LEADD_FORM_FACTS_H
#define LEADD_FORM_FACTS_H

#include "lead/facts.h"

/** @return the bit of a fact a form may state, 0 when there is none: what
 *  only Sales or the system knows (suppressed, last_closed_at) is not */
uint32_t form_fact_bit(const char *name);

/** @return its name, "" when @a bit is none of these */
const char *form_fact_name(uint32_t bit);

/**
 * State one fact.  The first statement stays; challenges add up.
 *
 * @param text as typed: a word, "15tr", "30", "yes"
 * @param currency of amounts that name none
 * @param now_ms when it is stated
 * @return false when @a text is not understood as that fact
 */
bool form_fact_put(struct facts *f, uint32_t bit, const char *text,
                   const char *currency, int64_t now_ms);

/**
 * State the amounts of one form.  Both are in one currency: of two, the one
 * whose text names it stays ("$100" beside a price of "5.000.000"), of two
 * that do, the budget.
 *
 * @param budget, price as typed; NULL: not given
 * @param currency of amounts that name none, unless the facts have one
 */
void form_fact_amounts(struct facts *f, const char *budget, const char *price,
                       const char *currency);

#endif
