/**
 * @file span.h
 * What the reports share: from, to, view and group_by; a funnel's JSON
 * numbers.  Thread: the handler's.
 */
#ifndef LEADD_SPAN_H
#define LEADD_SPAN_H

#include "api/page.h"
#include "store/read_funnel.h"

/** Read from, to, view and group_by; faults go to r->errs. */
void span_read(struct http_req *rq, struct read *r, struct funnel_span *out);
/** "\"from\":...,\"to\":...,\"view\":...,\"group_by\":..." */
void span_write(const struct funnel_span *span, struct buf *out);
/** n / of with four decimals, or null when @a of is 0. */
void span_rate(struct buf *out, int64_t n, int64_t of);
/** "\"key\":" null without a dimension, else the value. */
void span_key(const struct funnel_span *span, const char *value,
              struct buf *out);

#endif
