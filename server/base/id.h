/**
 * @file id.h
 * UUIDs of version 7 (RFC 9562): 48 bits of Unix milliseconds, then random,
 * so ids sort by the time they were made.  Any thread.
 */
#ifndef LEADD_ID_H
#define LEADD_ID_H

#include "base/base.h"

#define UUID_TEXT_BYTES 37

struct uuid {
    uint8_t b[16];
};

/** A new id; ids of one thread made in one millisecond still ascend. */
struct uuid uuid_new(int64_t now_ms);
/** An id whose random part comes from @a seed: same input, same id. */
struct uuid uuid_derived(int64_t ms, const void *seed, size_t seed_bytes);
/** The @a n th id that follows from @a parent, with its time: the same every
 *  time, different for every n.  Not a secret. */
struct uuid uuid_child(const struct uuid *parent, uint32_t n);
/** The smallest id of a millisecond: a bound for ranges and partitions. */
struct uuid uuid_floor(int64_t ms);
/** Milliseconds inside a version 7 id. */
int64_t uuid_ms(const struct uuid *u);
/** Strict 8-4-4-4-12 hex. */
bool uuid_parse(const char *s, struct uuid *out);
/** Lower case. @return @a out */
char *uuid_format(const struct uuid *u, char out[UUID_TEXT_BYTES]);
int uuid_cmp(const struct uuid *a, const struct uuid *b);
bool uuid_is_nil(const struct uuid *u);

#endif
