/**
 * @file outcome.h
 * What the answer of a platform means for the lead that was asked for, by the
 * error tables of Meta's Graph API, LinkedIn's Lead Sync and HubSpot's CRM
 * API; and how long to wait before the next try.  Pure; any thread.
 */
#ifndef LEADD_OUTCOME_H
#define LEADD_OUTCOME_H

#include "base/base.h"

enum outcome {
    OUTCOME_OK,      /**< the lead is in the reply */
    OUTCOME_AGAIN,   /**< a passing fault: try again, less and less often */
    OUTCOME_LATE,    /**< not there yet, perhaps: some tries, then park */
    OUTCOME_LIMITED, /**< called too often: the whole page waits */
    OUTCOME_TOKEN,   /**< the token is no good: the whole page stops */
    OUTCOME_PARK,    /**< somebody must act: park */
    OUTCOME_GONE,    /**< deleted at the platform: some tries, then dead */
};

struct reading {
    enum outcome outcome;
    int64_t wait_ms; /**< the platform's own wish; 0: none */
    char cause[40];  /**< "meta_190_463", "http_503", ...: no foreign text */
};

/** A reply of the platform, borrowed. */
struct platform_reply {
    int status;
    const char *body; /**< may be NULL */
    size_t body_bytes;
    const char *usage; /**< X-Business-Use-Case-Usage, or NULL */
    int64_t retry_ms;  /**< Retry-After, or 0 */
};

void outcome_meta(const struct platform_reply *r, struct reading *out);
/** LinkedIn and HubSpot: the status says it all. */
void outcome_rest(const struct platform_reply *r, struct reading *out);

/** Word for metrics and logs. */
const char *outcome_text(enum outcome v);

/**
 * Twice as long each time, up to a ceiling, half of it by chance, so that
 * many that failed together do not come back together.
 *
 * @param attempt 1: the first failure
 * @param chance any 32 random bits
 */
int64_t backoff_ms(int attempt, int64_t base_ms, int64_t most_ms,
                   uint32_t chance);

#endif
