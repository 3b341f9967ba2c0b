/**
 * @file review_json.h
 * Reviews and merges as they are shown.
 */
#ifndef LEADD_REVIEW_JSON_H
#define LEADD_REVIEW_JSON_H

#include "store/read_reviews.h"
#include "store/write_merges.h"

void review_put(struct buf *out, const struct review *v);
void merge_put(struct buf *out, const struct merge *m);

#endif
