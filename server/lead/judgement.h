/**
 * @file judgement.h
 * What scoring finds and stages decides on: the result of judging one lead,
 * and the numbers of the stage gates.  Plain values, pure, any thread.
 *
 * The gate predicates stand here, between the two rooms, because scoring's
 * `gaps` and the promotions of stages must never disagree about a gate.
 */
#ifndef LEADD_JUDGEMENT_H
#define LEADD_JUDGEMENT_H

#include "lead/words.h"

/** A time that never came. */
#define NEVER_MS INT64_MIN
/** A time that will not come by itself. */
#define FOREVER_MS INT64_MAX

enum criterion {
    CRITERION_AUTHORITY,
    CRITERION_NEED,
    CRITERION_ABILITY_TO_PAY,
    CRITERION_ENGAGEMENT,
    CRITERION_CHALLENGE,
    CRITERION_N
};

enum bant { BANT_BUDGET, BANT_AUTHORITY, BANT_NEED, BANT_TIMING, BANT_N };

enum signal_kind {
    SIGNAL_SEVERAL_PEOPLE,
    SIGNAL_BURST,
    SIGNAL_MANY_SESSIONS,
    SIGNAL_MANY_CHANNELS,
    SIGNAL_BACK_AGAIN,
    SIGNAL_N
};

/** Which rule decided the quality; the first that holds, in this order. */
enum quality_basis {
    BASIS_PRICE_MISMATCH,
    BASIS_OUTSIDE_AREA,
    BASIS_BUYER_TYPE_NOT_SERVED,
    BASIS_INSUFFICIENT,
    BASIS_POTENTIAL,
    BASIS_N
};

/** The words of the JSON form, e.g. "ability_to_pay". */
const char *criterion_text(enum criterion v);
const char *bant_text(enum bant v);
const char *signal_text(enum signal_kind v);
const char *quality_basis_text(enum quality_basis v);

/**
 * One result (domain.md section 2).  Two results of the same input are equal
 * byte for byte (unused bytes are zero).
 */
struct score {
    int32_t raw;   /**< sum of the criteria, may be negative */
    int32_t score; /**< raw, clamped */
    int32_t criteria[CRITERION_N];
    int32_t engagement_32nds; /**< exact decayed sum, before rounding */
    int32_t ratio_percent;    /**< floor(100 budget / price); -1 unknown */
    int32_t potential;
    int32_t known_fit_facts; /**< 0..3 */
    enum quality quality;
    enum quality_basis basis;
    int32_t bant[BANT_N];
    int32_t signals[SIGNAL_N]; /**< points of each */
    int32_t behaviour, consideration;
    enum temperature temperature;
    int32_t rank;             /**< 0..8, place in the order of work */
    int32_t satisfaction_max; /**< best own satisfaction; 0: none */
    char grade[3];            /**< "A1" */
    bool insufficient;        /**< medium only because too little is known */
    bool price_mismatch;
    bool warm_lifted; /**< cold by points, warm by a qualifying action */
    bool hot_lead;
    bool suppressed; /**< as the facts say; blocks sql */
    bool qualifying_ever;
    bool upgrade_intent;
    int64_t trial_activated_ms;  /**< the newest; NEVER_MS: none */
    int64_t last_qualifying_ms;  /**< own; NEVER_MS: none */
    int64_t last_high_intent_ms; /**< own, qualifying or high-intent */
    int64_t last_human_ms;       /**< of the whole account */
    int64_t valid_until_ms;      /**< FOREVER_MS: nothing can change */
};

#define RECYCLE_MAX        16
#define RECYCLE_WORD_BYTES 33
/** Recycle on the date the lead stated, not after so many days. */
#define RECYCLE_ON_STATED_DATE (-1)

/** Every number of the stage table (domain.md section 3). */
struct gates {
    enum temperature mql_temperature_min;
    int32_t mql_score_min; /**< or a qualifying action ever */
    int32_t pql_satisfaction_min;
    int32_t sql_score_min, sql_authority_min, sql_need_min;
    enum temperature sql_temperature_min;
    enum quality sql_quality_min;
    int32_t trial_lapse_days; /**< pql -> mql */
    int32_t idle_days;        /**< mql -> iql */
    size_t n_recycle;
    struct recycle {
        char reason[RECYCLE_WORD_BYTES];
        int32_t days;       /**< or RECYCLE_ON_STATED_DATE */
    } recycle[RECYCLE_MAX]; /**< lost -> mql */
};

/** One condition of a gate. */
enum gate_bit {
    GATE_TEMPERATURE = 1 << 0,
    GATE_SCORE = 1 << 1, /**< at mql: or a qualifying action ever */
    GATE_AUTHORITY = 1 << 2,
    GATE_NEED = 1 << 3,
    GATE_QUALITY = 1 << 4,
    GATE_SUPPRESSED = 1 << 5,
    GATE_TRIAL = 1 << 6,
    GATE_CONTENT = 1 << 7, /**< satisfaction, or upgrade_intent */
};

/** @return bits of the conditions that do not hold; 0: the gate is open */
uint32_t gate_mql_unmet(const struct gates *g, const struct score *s);
uint32_t gate_pql_unmet(const struct gates *g, const struct score *s);
uint32_t gate_sql_unmet(const struct gates *g, const struct score *s);

/** @return the rule of a lost reason; NULL when it never recycles */
const struct recycle *gates_recycle(const struct gates *g, const char *reason);

#endif
