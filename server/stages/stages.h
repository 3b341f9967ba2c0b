/**
 * @file stages.h
 * Which step may follow which, which the system takes by itself, and when
 * the next one falls due (domain.md section 3, stages.def).  Pure: time comes
 * in as an argument.  Any thread.
 */
#ifndef LEADD_STAGES_H
#define LEADD_STAGES_H

#include "lead/actor.h"
#include "lead/judgement.h"

/** What a step asks for besides the right actor. */
enum step_need {
    STEP_NEEDS_REASON = 1 << 0,
    STEP_NEEDS_AMOUNT = 1 << 1,
    STEP_NEEDS_ACTIVITY = 1 << 2,  /**< call, meeting, quote that shows it */
    STEP_NEEDS_CLAIM = 1 << 3,     /**< by the owner of the live claim */
    STEP_NEEDS_UNCLAIMED = 1 << 4, /**< never while claimed */
    STEP_NEEDS_NOT_ERASED = 1 << 5,
};

struct stage_step {
    enum stage from, to;
    uint32_t actors; /**< bits of enum actor */
    uint32_t needs;  /**< bits of enum step_need */
    const char *rule;
};

/** @return number of rows; @a out_rows points at the static table, which the
 *          database's own check is made from */
size_t stages_all(const struct stage_step **out_rows);

/** @return the row that lets any actor of @a actors take the step; NULL when
 *          it is illegal */
const struct stage_step *stages_step(enum stage from, enum stage to,
                                     uint32_t actors);
bool stages_legal(enum stage from, enum stage to, uint32_t actors);

/** Where @a actors may take a lead from @a from, in the order of enum stage.
 *  @return how many were set */
size_t stages_legal_list(enum stage from, uint32_t actors,
                         enum stage out[STAGE_N]);

/** Is @a reason one of: spam, unreachable, outside_area, competitor,
 *  duplicate?  A step to disqualified takes no other. */
bool stages_disqualify_reason(const char *reason);

/** What is known of one lead's place. */
struct stage_view {
    enum stage stage;
    const struct score *score; /**< judged at the same moment */
    bool claimed;              /**< a live claim exists */
    /** When the system last took pql away because the trial had lapsed;
     *  NEVER_MS: it did not.  Only a newer trial makes a pql again, or the
     *  two steps would chase each other for ever. */
    int64_t trial_lapsed_ms;
    /** Idleness is not counted from before this: entry of the lead, or its
     *  last recycling; NEVER_MS: from the last human event alone. */
    int64_t idle_floor_ms;
    int64_t lost_ms;         /**< entry to lost */
    const char *lost_reason; /**< NULL: none */
    int64_t lost_stated_ms;  /**< stated date, for "timing"; NEVER_MS: none */
};

#define STAGE_VIEW_INIT(at, result)                                            \
    {                                                                          \
        .stage = (at), .score = (result), .trial_lapsed_ms = NEVER_MS,         \
        .idle_floor_ms = NEVER_MS, .lost_ms = NEVER_MS,                        \
        .lost_stated_ms = NEVER_MS                                             \
    }

#define STAGE_HOPS_MAX 3

/**
 * The promotions that the result justifies, as many hops as hold, each
 * adjacent to the one before.  A lead that passes both gates out of iql goes
 * over mql, so the funnel counts it there.
 *
 * @param out the hops in order: rows of the table, static
 * @return how many, 0 to STAGE_HOPS_MAX
 */
size_t stages_promote(const struct stage_view *v, const struct gates *g,
                      const struct stage_step *out[STAGE_HOPS_MAX]);

/** @return where stages_promote ends */
enum stage stages_end(const struct stage_view *v, const struct gates *g);

/** A step that time brings. */
struct stage_due {
    const struct stage_step *step; /**< to be taken now; NULL: none */
    int64_t next_ms; /**< next moment at which one may fall due, after now;
                          FOREVER_MS: none.  A result past its valid_until
                          has to be judged, and asked about, again */
    bool cooling;    /**< claimed, and would have been demoted: the flag to
                          store, true or false */
};

/**
 * The time-driven step due at @a now_ms: pql -> mql (trial lapsed), mql ->
 * iql (cold and idle), lost -> mql (recycled).  A claimed lead is never
 * demoted; it is cooling instead, and so is a claimed sql whose temperature
 * fell below what sql asks for.  After a step was taken, ask again.
 */
void stages_due(const struct stage_view *v, const struct gates *g,
                int64_t now_ms, struct stage_due *out);

#endif
