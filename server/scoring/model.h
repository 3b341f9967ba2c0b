/**
 * @file model.h
 * A scoring model: every number of domain.md sections 2 and 3, compiled from
 * its JSON document (config/default-v1.json, config/model.schema.json).
 * Immutable once compiled, so any number of threads may share one.
 */
#ifndef LEADD_MODEL_H
#define LEADD_MODEL_H

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"
#include "lead/judgement.h"

#define MODEL_VERSION_BYTES 65
#define MODEL_STEPS_MAX     8
/** Largest threshold of distinct sessions, channels, people or visitors. */
#define MODEL_DISTINCT_MAX 10
/** Engagement is exact in 1/32 of a point: at most 5 halvings. */
#define MODEL_HALVINGS_MAX 5
#define MODEL_UNIT         (1 << MODEL_HALVINGS_MAX)

/** Points by threshold, best first. */
struct steps {
    size_t n;
    struct step {
        int64_t bound; /**< percent at least, or days at most */
        int32_t points;
    } at[MODEL_STEPS_MAX];
};

struct event_rule {
    int32_t points;
    int32_t per_day;        /**< most that count a local day; 0: no cap */
    int32_t min_duration_s; /**< shorter ones give nothing */
    bool qualifying;        /**< a qualifying action (domain.md 2.3) */
    bool high_intent;       /**< counts as high intent in the tie-break */
};

struct model {
    char version[MODEL_VERSION_BYTES];

    int32_t score_min, score_max;
    int32_t authority_max, need_max, ability_max, engagement_max;
    int32_t challenge_min, challenge_max;
    int32_t role_points[ROLE_N];
    int32_t need_points[NEED_N];
    int32_t challenge_points[CHALLENGE_N];
    struct steps ability; /**< by percent of the price */
    int32_t ability_proxy;
    int32_t mismatch_below_percent;
    int32_t half_life_days, horizon_days;
    struct event_rule events[EVENT_TYPE_N];

    int32_t potential_full; /**< points that make potential 100 */
    int32_t potential_high, potential_medium;
    int32_t min_known;

    struct steps bant_budget; /**< by percent of the price */
    int32_t bant_role[ROLE_N];
    int32_t bant_need[NEED_N];
    struct steps bant_timing; /**< by days left */
    int32_t behaviour_max, engagement_factor;
    struct {
        int32_t people, visitors, window_days, points;
    } several_people;
    struct {
        int32_t sessions, window_hours, points;
    } burst;
    struct {
        int32_t sessions, window_days, points;
    } many_sessions;
    struct {
        int32_t channels, window_days, points;
    } many_channels;
    struct {
        int32_t days_after_closing, points;
    } back_again;
    int32_t hot_min, warm_min;
    int32_t warm_lift_days;

    uint8_t rank[QUALITY_N][TEMPERATURE_N]; /**< place in order of work */
    bool hot_lead[QUALITY_N][TEMPERATURE_N];
    struct gates gates;
};

/**
 * Check a whole document and compile it.
 *
 * @param doc the document, borrowed for this call
 * @param errs gets every fault, each at its JSON Pointer: unknown and missing
 *        members, wrong types, values out of range or at odds with another
 * @return an immutable model, given to the caller; NULL when there was a
 *         fault (or, with no fault, when out of memory)
 */
struct model *model_compile(const json_t *doc,
                            struct field_errs *errs) MUST_CHECK;

/** NULL is fine. */
void model_free(struct model *m);

/** "A1" for high and hot. */
void grade_format(enum quality q, enum temperature t, char out[3]);
bool grade_parse(const char *s, enum quality *out_q, enum temperature *out_t);

#endif
