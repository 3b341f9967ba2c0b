/**
 * @file read_funnel.h
 * The funnel, from the rollups (sql/0003-rollups.sql) and, for parts of a
 * day, from the hops.  Thread: a reader's.
 */
#ifndef LEADD_READ_FUNNEL_H
#define LEADD_READ_FUNNEL_H

#include "lead/rules.h"
#include "lead/words.h"
#include "store/pg.h"

/** Most groups of one answer; what is beyond goes into one more. */
#define FUNNEL_GROUPS_MAX 1000
#define FUNNEL_OTHER      "(other)"

/** What is asked. Times are wall-clock ms. */
struct funnel_span {
    bool has_from;          /**< false: since the beginning */
    int64_t from_ms, to_ms; /**< [from, to) */
    bool cohort;            /**< leads made in the span, whatever came later */
    const char *dim; /**< all, source, channel, campaign, origin, grade */
    int64_t now_ms;
    const struct tz *tz;
};

/** One stage of one group; always in_start + entered = left + in. */
struct funnel_stage {
    int64_t in_start, entered, left, in, to_next;
    bool has_median;
    double median_seconds; /**< of the stays that ended in the span */
};

struct funnel_group {
    const char *value; /**< of the dimension; "" for all */
    struct funnel_stage stages[STAGE_N];
};

struct funnel {
    struct funnel_group *groups; /**< by value */
    size_t n;
};

/** Dimension "all" has its one group even when there is nothing. */
enum err read_funnel(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     const struct funnel_span *span,
                     struct funnel *out) MUST_CHECK;

/** First whole local day at or after @a ms. */
int64_t funnel_day(const struct tz *tz, int64_t ms);

#endif
