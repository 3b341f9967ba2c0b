/**
 * @file segment.h
 * The bytes of one segment of the journal: its head, a record's frame, and
 * reading on past damage.  Format: segment.c.  Pure; any thread.
 */
#ifndef LEADD_SEGMENT_H
#define LEADD_SEGMENT_H

#include "base/base.h"

/** Where the first record of a segment begins. */
#define SEGMENT_HEAD_BYTES 1024
/** What stands before the bytes of each record. */
#define SEGMENT_FRAME_BYTES 16
/** Longest record. */
#define SEGMENT_REC_MAX ((uint32_t)128 << 20)

struct segment_head {
    uint64_t seq;       /**< its place in the journal, from 1 */
    uint8_t mark[8];    /**< random; begins each of its records */
    int64_t created_ms; /**< wall clock */
};

void segment_head_write(const struct segment_head *h,
                        uint8_t out[SEGMENT_HEAD_BYTES]);
/** @return false when neither of its two copies is whole */
bool segment_head_read(const uint8_t *p, size_t n, struct segment_head *out);

/** The frame of a record that will stand at offset @a at of its segment. */
void segment_frame(const struct segment_head *h, uint64_t at, const void *data,
                   uint32_t n, uint8_t out[SEGMENT_FRAME_BYTES]);

/** One record found, or the end. */
struct segment_rec {
    const uint8_t *data; /**< borrowed from the segment; NULL at the end */
    uint32_t n;
    size_t at, end;           /**< of its frame; behind its last byte */
    size_t bad_at, bad_bytes; /**< damaged bytes passed on the way */
};

/**
 * The first whole record at or behind offset @a from.
 *
 * @param p the segment from its first byte, @a n bytes of it
 * @param from SEGMENT_HEAD_BYTES or the end of the record before
 * @return true: *out is a record; false: there is none, and *out tells what
 *         damaged bytes stand there (bad_bytes 0: it ends cleanly)
 */
bool segment_next(const struct segment_head *h, const uint8_t *p, size_t n,
                  size_t from, struct segment_rec *out);

#endif
