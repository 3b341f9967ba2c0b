/**
 * @file read_reviews.h
 * Conflicts a person has to decide, and the decision.  Thread: a reader's.
 */
#ifndef LEADD_READ_REVIEWS_H
#define LEADD_READ_REVIEWS_H

#include "store/pg.h"

struct review {
    struct uuid review_id, lead_id, other_lead_id, receipt_id, decided_by;
    struct uuid merge_id; /**< that closed it; nil: none */
    const char *kind, *state;
    const char *detail_json;
    int64_t created_ms, decided_ms;
};

struct review_page {
    struct review *reviews;
    size_t n;
    bool more;
};

/** Newest first.  @param state NULL: any  @param after NULL: from the newest
 */
enum err read_reviews(struct pg *pg, struct arena *mem, int64_t workspace_id,
                      const char *state, const struct uuid *after, int limit,
                      struct review_page *out) MUST_CHECK;

/** @return ERR_OK; ERR_NOT_FOUND */
enum err read_review(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     const struct uuid *review_id,
                     struct review *out) MUST_CHECK;

/**
 * Close an open review without merging anything.
 *
 * @param reason kept in its detail; NULL: none
 * @return ERR_OK; ERR_NOT_FOUND; ERR_CONFLICT when it is closed already
 */
enum err review_dismiss(struct pg *pg, struct arena *mem, int64_t workspace_id,
                        const struct uuid *review_id, const char *reason,
                        const struct uuid *by, int64_t now_ms,
                        struct review *out) MUST_CHECK;

#endif
