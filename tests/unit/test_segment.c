/* One segment of the journal: whatever is broken, the rest is found, and
 * nothing is ever found that was not written. */
#include "unit.h"

#include <string.h>

#include "spool/crc32c.h"
#include "spool/segment.h"

#define RECS 7

static const struct segment_head HEAD = {
    .seq = 42, .mark = {9, 8, 7, 6, 5, 4, 3, 2}, .created_ms = 1795000000000};

static uint8_t file[8192];
static size_t file_bytes, begin[RECS + 1];

/* Lengths 1, 40, 79 ...; the fourth holds what looks like a record. */
static void fill(size_t k, uint8_t *out, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        out[i] = (uint8_t)(k * 31 + i);
    if (k == 3) {
        struct segment_head foreign = HEAD;

        foreign.mark[0] ^= 1;
        segment_frame(&foreign, begin[k] + 2 * SEGMENT_FRAME_BYTES,
                      out + SEGMENT_FRAME_BYTES, 20, out);
        memcpy(out + 60, file + begin[1], begin[2] - begin[1]);
    }
}

static void build(void)
{
    size_t at = SEGMENT_HEAD_BYTES;

    memset(file, 0, sizeof(file));
    segment_head_write(&HEAD, file);
    for (size_t k = 0; k < RECS; k++) {
        uint32_t n = (uint32_t)(1 + k * 39);

        begin[k] = at;
        fill(k, file + at + SEGMENT_FRAME_BYTES, n);
        segment_frame(&HEAD, at, file + at + SEGMENT_FRAME_BYTES, n, file + at);
        at += SEGMENT_FRAME_BYTES + n;
    }
    begin[RECS] = file_bytes = at;
}

/* Which records a reader finds; fails on one that was never written. */
static unsigned found_in(const uint8_t *p, size_t n, size_t *out_bad)
{
    struct segment_head head;
    struct segment_rec rec = {.end = SEGMENT_HEAD_BYTES};
    unsigned found = 0;
    bool more = true;

    *out_bad = 0;
    if (!segment_head_read(p, n, &head))
        return 0;
    ck_assert_uint_eq(head.seq, HEAD.seq);
    ck_assert_int_eq(head.created_ms, HEAD.created_ms);
    while (more) {
        size_t k = 0;

        more = segment_next(&head, p, n, rec.end, &rec);
        *out_bad += rec.bad_bytes;
        if (!more)
            break;
        while (k < RECS && begin[k] != rec.at)
            k++;
        ck_assert_uint_lt(k, RECS);
        ck_assert_uint_eq(rec.end, begin[k + 1]);
        ck_assert_mem_eq(rec.data, file + begin[k] + SEGMENT_FRAME_BYTES,
                         rec.n);
        found |= 1u << k;
    }
    return found;
}

START_TEST(what_was_written_is_read)
{
    size_t bad;

    build();
    ck_assert_uint_eq(found_in(file, file_bytes, &bad), (1u << RECS) - 1);
    ck_assert_uint_eq(bad, 0);
}
END_TEST

START_TEST(a_flipped_byte_costs_its_own_record_only)
{
    uint8_t copy[sizeof(file)];
    size_t bad;

    build();
    for (size_t i = 0; i < file_bytes; i++) {
        for (int bit = 0; bit < 9; bit++) {
            unsigned want = (1u << RECS) - 1;

            memcpy(copy, file, file_bytes);
            copy[i] ^= bit == 8 ? 0xff : (uint8_t)(1 << bit);
            for (size_t k = 0; k < RECS; k++)
                if (i >= begin[k] && i < begin[k + 1])
                    want &= ~(1u << k);
            ck_assert_uint_eq(found_in(copy, file_bytes, &bad), want);
            ck_assert_int_eq(bad > 0, want != (1u << RECS) - 1);
        }
    }
}
END_TEST

START_TEST(a_cut_file_keeps_its_whole_records)
{
    size_t bad;

    build();
    for (size_t n = 0; n <= file_bytes; n++) {
        /* a heap copy of the very size: reading past it is seen */
        uint8_t *copy = malloc(n ? n : 1);
        unsigned want = 0;

        memcpy(copy, file, n);
        for (size_t k = 0; k < RECS; k++)
            if (begin[k + 1] <= n)
                want |= 1u << k;
        ck_assert_uint_eq(found_in(copy, n, &bad), want);
        free(copy);
    }
}
END_TEST

START_TEST(a_lost_span_is_passed)
{
    uint8_t copy[sizeof(file)];
    size_t bad;

    build();
    for (size_t from = 0; from < file_bytes; from += 13) {
        for (size_t n = 1; n < 600 && from + n <= file_bytes; n += 37) {
            unsigned want = 0;

            memcpy(copy, file, file_bytes);
            memset(copy + from, 0, n);
            for (size_t k = 0; k < RECS; k++)
                if (begin[k] >= from + n || begin[k + 1] <= from)
                    want |= 1u << k;
            if (from < 44 && from + n > 512) /* both heads are gone */
                continue;
            /* a zero may have been there already */
            ck_assert_uint_eq(want & ~found_in(copy, file_bytes, &bad), 0);
        }
    }
}
END_TEST

START_TEST(a_record_moved_elsewhere_is_none)
{
    size_t bad, n = begin[2] - begin[1];

    build();
    n = begin[2] - begin[1];
    memmove(file + begin[3] + 16, file + begin[1], n);
    ck_assert_uint_eq(found_in(file, file_bytes, &bad),
                      ((1u << RECS) - 1) & ~(1u << 3));
}
END_TEST

START_TEST(the_checksum_is_crc32c)
{
    uint8_t zeros[32] = {0};

    ck_assert_uint_eq(crc32c(0, "123456789", 9), 0xE3069283u);
    ck_assert_uint_eq(crc32c(0, zeros, 32), 0x8A9136AAu); /* RFC 3720 B.4 */
    ck_assert_uint_eq(crc32c(crc32c(0, "1234", 4), "56789", 5), 0xE3069283u);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("segment");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, what_was_written_is_read);
    tcase_add_test(tc, a_flipped_byte_costs_its_own_record_only);
    tcase_add_test(tc, a_cut_file_keeps_its_whole_records);
    tcase_add_test(tc, a_lost_span_is_passed);
    tcase_add_test(tc, a_record_moved_elsewhere_is_none);
    tcase_add_test(tc, the_checksum_is_crc32c);
    return unit_run(tc, "segment");
}
