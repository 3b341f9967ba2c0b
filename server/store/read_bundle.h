/**
 * @file read_bundle.h
 * Leads as bundles to be judged, read without locks: what a judgement would
 * see, for answers that change nothing.  Thread: a reader's.
 */
#ifndef LEADD_READ_BUNDLE_H
#define LEADD_READ_BUNDLE_H

#include "lead/bundle.h"
#include "store/pg.h"

/** Most leads of one call. */
#define READ_BUNDLES_MAX 500

/**
 * @param as_of_ms half a year of the account's other events before this
 * @param out_list the bundles of those ids that exist, in no order; in @a mem
 * @return ERR_OK, also when none exists; database errors as in pg_run
 */
enum err read_bundles(struct pg *pg, struct arena *mem, int64_t workspace_id,
                      const struct uuid *ids, size_t n, int64_t as_of_ms,
                      struct bundle **out_list) MUST_CHECK;

/** What receipts said of one, the oldest first; in @a mem. */
enum err read_stated(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     const struct uuid *lead_id, struct stated **out,
                     size_t *out_n) MUST_CHECK;

/** One of them.  @return ERR_NOT_FOUND when there is none */
enum err read_bundle(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     const struct uuid *lead_id, int64_t as_of_ms,
                     struct bundle **out) MUST_CHECK;

#endif
