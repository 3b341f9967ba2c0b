/**
 * @file judge.h
 * Judging one bundle: scoring and stages put together.  Pure but for the
 * model it is given.  Any thread.
 */
#ifndef LEADD_JUDGE_H
#define LEADD_JUDGE_H

#include "lead/bundle.h"
#include "scoring/model.h"
#include "scoring/score.h"

/**
 * Score the bundle as of @a now_ms, take every step that holds, and note
 * when the next look is due.  Sets b->changed when anything differs.
 */
void judge(const struct model *m, const struct tz *tz, struct bundle *b,
           int64_t now_ms, struct arena *mem);

/** All events a judgement sees: own, then the account's. @return how many */
size_t judge_events(const struct bundle *b, struct arena *mem,
                    const struct event **out);

/** Score a bundle without moving it: for answers at any time. */
void judge_score(const struct model *m, const struct tz *tz,
                 const struct bundle *b, int64_t as_of_ms, struct arena *mem,
                 struct score *out);

/** Where the system's promotions would take a lead that stands at @a at. */
enum stage judge_stage(const struct model *m, const struct score *s,
                       enum stage at);

/** The hand-over snapshot of a claim: score, grade, facts, ledger; JSON text
 *  in @a mem. */
const char *judge_snapshot(const struct model *m, const struct tz *tz,
                           const struct bundle *b, int64_t now_ms,
                           struct arena *mem);

#endif
