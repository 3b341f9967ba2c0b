/**
 * @file score.h
 * Judge one lead: (facts, events, model, as_of) -> result, domain.md
 * section 2.  Pure: no clock, database, locale or I/O; the order of the
 * events never matters.  Any thread.
 *
 * What the domain leaves open is decided here:
 * - A role `unknown` and a need `unknown` are not known.  A need `none` is
 *   known: somebody said there is none.  `pay_proxy` false is not a proxy,
 *   hence not known.
 * - Of events with one id the earliest is the event, and of those at one
 *   time the first by content.  An event without an id is itself.
 * - The daily cap is applied to the lead's own human events, also to those
 *   past the horizon: which event counts never changes with time.
 * - A call too short for points is still a human event for the signals.
 * - Satisfaction is the best the lead ever stated.
 * - A trial is the newest activation.
 */
#ifndef LEADD_SCORE_H
#define LEADD_SCORE_H

#include "base/arena.h"
#include "lead/facts.h"
#include "lead/judgement.h"

struct model;
struct tz;

/** Up to so many events need no memory but the stack. */
#define SCORE_STACK_EVENTS 64

struct score_in {
    const struct facts *facts;
    const struct event *events; /**< own and of the account, any order */
    size_t n_events;
    int64_t as_of_ms;
    const struct tz *tz; /**< for the daily cap; NULL: UTC */
    struct arena *mem;   /**< for many events; NULL: the heap, and abort when
                              it refuses */
};

/**
 * @param m compiled model, borrowed
 * @param in borrowed; texts of events are compared, not kept
 * @param out every byte is set
 */
void score_run(const struct model *m, const struct score_in *in,
               struct score *out);

#endif
