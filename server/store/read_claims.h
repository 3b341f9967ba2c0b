/**
 * @file read_claims.h
 * Claims as they are shown.  Thread: a reader's.
 */
#ifndef LEADD_READ_CLAIMS_H
#define LEADD_READ_CLAIMS_H

#include "store/claim_json.h"
#include "store/pg.h"

/** Nil or NULL: any. */
struct claim_filter {
    struct uuid rep_id;
    const char *state;
};

struct claim_page {
    struct claim *claims;
    size_t n;
    bool more;
};

/** @param rep_id nil: anybody's
 *  @return ERR_NOT_FOUND when there is none, or it is another rep's */
enum err read_claim(struct pg *pg, struct arena *mem, int64_t workspace_id,
                    const struct uuid *claim_id, const struct uuid *rep_id,
                    struct claim *out) MUST_CHECK;

/** Newest first.  @param after id of the last claim seen; NULL: from the
 *  newest */
enum err read_claims(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     const struct claim_filter *filter,
                     const struct uuid *after, int limit,
                     struct claim_page *out) MUST_CHECK;

#endif
