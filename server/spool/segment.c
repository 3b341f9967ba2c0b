/*
 * A segment is a file of the journal, written once from its first byte to its
 * last and never again.  Numbers are little-endian.
 *
 *   offset  bytes
 *        0      8  magic "LEADDSPL"
 *        8      4  version of this format, 1
 *       12      4  zero
 *       16      8  seq: the segment's place in the journal, from 1
 *       24      8  mark: random, another one in each segment
 *       32      8  created: milliseconds since 1970-01-01T00:00:00Z
 *       40      4  CRC-32C of bytes 0 to 39
 *       44    468  zero
 *      512     44  the first 44 bytes again, in a disk sector of their own
 *      556    468  zero
 *     1024         records, one directly behind the other
 *
 * A record, at offset A of the file:
 *
 *      A+0      8  the segment's mark
 *      A+8      4  n, the length of its data, 1 to SEGMENT_REC_MAX
 *     A+12      4  CRC-32C of: A (8 bytes), n (4 bytes), the data
 *     A+16      n  data (flow/record.c knows what it means)
 *
 * Where no whole record stands, reading goes on at the next place the mark is
 * found and the checksum holds.  A sender cannot know the mark, so bytes made
 * to look like a record inside another record's data are never taken for one;
 * A is part of the checksum, so a record copied elsewhere is none.  The mark
 * stands in both copies of the head: damage to one loses nothing.
 */
#include "spool/segment.h"

#include <string.h>

#include "spool/crc32c.h"

#define MAGIC      "LEADDSPL"
#define VERSION    1
#define HEAD_USED  44
#define HEAD_AGAIN 512

static void put32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

static void put64(uint8_t *p, uint64_t v)
{
    for (int i = 0; i < 8; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

static uint64_t get64(const uint8_t *p)
{
    return get32(p) | (uint64_t)get32(p + 4) << 32;
}

void segment_head_write(const struct segment_head *h,
                        uint8_t out[SEGMENT_HEAD_BYTES])
{
    memset(out, 0, SEGMENT_HEAD_BYTES);
    memcpy(out, MAGIC, 8);
    put32(out + 8, VERSION);
    put64(out + 16, h->seq);
    memcpy(out + 24, h->mark, sizeof(h->mark));
    put64(out + 32, (uint64_t)h->created_ms);
    put32(out + 40, crc32c(0, out, 40));
    memcpy(out + HEAD_AGAIN, out, HEAD_USED);
}

static bool read_copy(const uint8_t *p, struct segment_head *out)
{
    if (memcmp(p, MAGIC, 8) != 0 || get32(p + 8) != VERSION ||
        get32(p + 40) != crc32c(0, p, 40))
        return false;
    out->seq = get64(p + 16);
    memcpy(out->mark, p + 24, sizeof(out->mark));
    out->created_ms = (int64_t)get64(p + 32);
    return true;
}

bool segment_head_read(const uint8_t *p, size_t n, struct segment_head *out)
{
    return (n >= HEAD_USED && read_copy(p, out)) ||
           (n >= HEAD_AGAIN + HEAD_USED && read_copy(p + HEAD_AGAIN, out));
}

static uint32_t checksum(uint64_t at, const void *data, uint32_t n)
{
    uint8_t head[12];

    put64(head, at);
    put32(head + 8, n);
    return crc32c(crc32c(0, head, sizeof(head)), data, n);
}

void segment_frame(const struct segment_head *h, uint64_t at, const void *data,
                   uint32_t n, uint8_t out[SEGMENT_FRAME_BYTES])
{
    memcpy(out, h->mark, sizeof(h->mark));
    put32(out + 8, n);
    put32(out + 12, checksum(at, data, n));
}

static bool record_at(const struct segment_head *h, const uint8_t *p, size_t n,
                      size_t at, struct segment_rec *out)
{
    uint32_t bytes;

    if (n - at < SEGMENT_FRAME_BYTES ||
        memcmp(p + at, h->mark, sizeof(h->mark)) != 0)
        return false;
    bytes = get32(p + at + 8);
    if (bytes == 0 || bytes > SEGMENT_REC_MAX ||
        bytes > n - at - SEGMENT_FRAME_BYTES ||
        get32(p + at + 12) != checksum(at, p + at + SEGMENT_FRAME_BYTES, bytes))
        return false;
    out->data = p + at + SEGMENT_FRAME_BYTES;
    out->n = bytes;
    out->at = at;
    out->end = at + SEGMENT_FRAME_BYTES + bytes;
    return true;
}

bool segment_next(const struct segment_head *h, const uint8_t *p, size_t n,
                  size_t from, struct segment_rec *out)
{
    size_t at = from;

    memset(out, 0, sizeof(*out));
    out->bad_at = from;
    while (at < n) {
        const uint8_t *next;

        if (record_at(h, p, n, at, out)) {
            out->bad_bytes = at - from;
            return true;
        }
        next = memmem(p + at + 1, n - at - 1, h->mark, sizeof(h->mark));
        at = next ? (size_t)(next - p) : n;
    }
    out->at = out->end = MAX(n, from);
    out->bad_bytes = out->end - from;
    return false;
}
