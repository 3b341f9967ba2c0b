/**
 * @file merge.h
 * Two leads become one, and one becomes two again: the parts of it that stand
 * in the leads' rows.  Pure.
 */
#ifndef LEADD_MERGE_H
#define LEADD_MERGE_H

#include "lead/bundle.h"

/**
 * Fill what @a kept lacks from @a gone.  A fact that both have yields as it
 * does to a receipt: to a stronger source, or to an equally strong one that is
 * newer.  The older first touch and the newer last touch stand; stage, origin
 * and whatever it is counted under stay those of @a kept.
 *
 * @param gone_touched_last its last touch is newer than that of @a kept
 */
void bundle_merge(struct bundle *kept, const struct bundle *gone,
                  bool gone_touched_last, struct arena *mem);

/**
 * Take back what bundle_merge filled, as far as nothing newer replaced it.
 *
 * @param now what became of the kept lead since
 * @param before the kept lead as it was before the merge
 * @param gone the other one, as it was then
 * @param out_ids identifiers that go back to @a gone, in @a mem
 */
void bundle_unmerge(struct bundle *now, const struct bundle *before,
                    const struct bundle *gone, struct arena *mem,
                    struct identifier **out_ids, size_t *out_n);

#endif
