/**
 * @file write_spend.h
 * What marketing paid.  Thread: a reader's (one row, one statement).
 */
#ifndef LEADD_WRITE_SPEND_H
#define LEADD_WRITE_SPEND_H

#include "store/pg.h"

struct spend {
    int64_t day;
    const char *source, *campaign; /**< "" where the other is meant */
    const char *currency;
    int64_t amount; /**< minor units */
};

/** The last figure given for day, source, campaign and currency stands. */
enum err write_spend(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     const struct spend *s, int64_t now_ms) MUST_CHECK;

#endif
