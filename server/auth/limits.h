/**
 * @file limits.h
 * Token buckets: per key and per client address.  Any thread.
 *
 * A fixed table: a bucket that is full again is nobody's, so the table needs
 * no clearing; two names that fall on one bucket share it, which at worst
 * refuses a little early.
 */
#ifndef LEADD_LIMITS_H
#define LEADD_LIMITS_H

#include "base/base.h"

struct limits;

/**
 * @param per_second refill rate of every bucket; 0: no limit at all
 * @param burst capacity of every bucket
 * @return given; NULL when out of memory
 */
struct limits *limits_new(double per_second, double burst);
void limits_free(struct limits *l);
/**
 * Take one token of the bucket of these bytes.
 * @param out_wait_s seconds until there is one, at least 1, on false
 */
bool limits_take(struct limits *l, const void *name, size_t n, int64_t mono_ms,
                 int64_t *out_wait_s);

#endif
