/* A segment of the journal as a disk may give it back, and the record of a
 * receipt in it. */
#include "flow/record.h"
#include "fuzz.h"
#include "spool/segment.h"

/* What decodes is the very bytes that encoding gives again. */
static void decode(const uint8_t *data, size_t n)
{
    struct work *w = work_new(FUZZ_ARENA_BYTES);
    struct buf again = BUF_INIT;

    if (record_decode(data, n, w)) {
        FUZZ_HOLDS(record_encode(w, &again) == ERR_OK);
        FUZZ_HOLDS(again.len == n && memcmp(again.ptr, data, n) == 0);
    }
    buf_release(&again);
    work_free(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct segment_rec rec = {.end = SEGMENT_HEAD_BYTES};
    struct segment_head head;
    size_t seen = SEGMENT_HEAD_BYTES;

    decode(data, n);
    if (!segment_head_read(data, n, &head))
        return 0;
    while (segment_next(&head, data, n, rec.end, &rec)) {
        FUZZ_HOLDS(rec.at == rec.bad_at + rec.bad_bytes && rec.at >= seen);
        FUZZ_HOLDS(rec.end <= n && rec.n > 0);
        seen = rec.end;
        decode(rec.data, rec.n);
    }
    FUZZ_HOLDS(rec.end >= seen);
    return 0;
}
