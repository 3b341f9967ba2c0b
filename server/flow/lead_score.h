/**
 * @file lead_score.h
 * The judgement of a stored lead at any time, and what another model would
 * change.  Nothing is moved.  Pure; any thread.
 */
#ifndef LEADD_LEAD_SCORE_H
#define LEADD_LEAD_SCORE_H

#include "flow/settings.h"
#include "lead/bundle.h"

/**
 * What POST /v1/score answers, of a stored lead: result, ledger, gaps.  The
 * ledger also says when observed behaviour is not stored for want of consent.
 *
 * @param m compiled model, borrowed
 */
enum err lead_score(const struct workspace *ws, const struct model *m,
                    const struct bundle *b, int64_t as_of_ms, struct arena *mem,
                    struct buf *out) MUST_CHECK;

/** Sums of a comparison of two models. */
struct model_diff {
    int64_t leads, changed, score_up, score_down, score_sum; /**< new - old */
    int64_t grade[QUALITY_N * TEMPERATURE_N][QUALITY_N * TEMPERATURE_N];
    int64_t stage[STAGE_N][STAGE_N]; /**< after promotions: from old to new */
    int64_t hot_in, hot_out;
};

/** Judge one lead by both and add the difference. */
void model_diff_add(struct model_diff *d, const struct workspace *ws,
                    const struct model *old, const struct model *new,
                    const struct bundle *b, int64_t now_ms, struct arena *mem);

/** {leads, changed, score: {up, down, mean_change}, hot_leads: {in, out},
 *  grades: [{from, to, n}], stages: [{from, to, n}]}: what stays is left
 *  out of the last two. */
void model_diff_write(const struct model_diff *d, struct buf *out);

#endif
