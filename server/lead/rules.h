/**
 * @file rules.h
 * What the writer must know of a workspace while it works on a batch.
 */
#ifndef LEADD_RULES_H
#define LEADD_RULES_H

#include "base/clock.h"

struct workspace_rules {
    int64_t workspace_id;
    bool behaviour_assumed, outbound;
    bool mail_check; /**< note mail domains to be asked of DNS */
    const struct tz *tz;
    int64_t lease_ms;   /**< time to accept a claim */
    int64_t respond_ms; /**< first-response target, in working hours */
    const void *model;  /**< compiled; known to the judge only */
    void *hold;         /**< keeps the snapshot alive */
};

#endif
