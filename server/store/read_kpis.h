/**
 * @file read_kpis.h
 * Deals, spend and reasons of whole local days, for the six shared figures
 * (domain.md section 6); leads and conversion come from read_funnel.
 * Thread: a reader's.
 */
#ifndef LEADD_READ_KPIS_H
#define LEADD_READ_KPIS_H

#include "store/pg.h"

/** Local days [first, behind). */
struct kpi_span {
    int64_t first, behind;
    bool cohort;     /**< days on which leads were made */
    const char *dim; /**< all, source, channel, campaign, origin, grade */
};

struct kpi_deals {
    const char *value, *result, *currency;
    int64_t n, amount;
    int64_t first_touch_ms, sql_ms; /**< means of these deals */
};

struct kpi_spend {
    const char *value, *currency;
    int64_t amount;
};

struct kpi_reason {
    const char *kind, *source, *reason;
    int score_band;
    int64_t n;
};

struct kpis {
    struct kpi_deals *deals;
    size_t n_deals;
    struct kpi_spend *spend; /**< dimensions all, source and campaign only */
    size_t n_spend;
    struct kpi_reason *reasons;
    size_t n_reasons;
};

enum err read_kpis(struct pg *pg, struct arena *mem, int64_t workspace_id,
                   const struct kpi_span *span, struct kpis *out) MUST_CHECK;

#endif
