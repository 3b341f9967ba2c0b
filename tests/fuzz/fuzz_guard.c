/* The raw bytes of request headers.  The verdict must not depend on how the
 * network cuts them up. */
#include "fuzz.h"
#include "http/guard.h"

static enum err scan(struct guard *g, const char *p, size_t n, size_t step)
{
    enum err e = ERR_OK;

    guard_reset(g);
    for (size_t at = 0; e == ERR_OK && at < n; at += step)
        e = guard_scan(g, p + at, MIN(step, n - at));
    return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct guard whole, cut;
    size_t step = n ? 1 + data[n - 1] % 16 : 1;
    enum err e = scan(&whole, (const char *)data, n, n ? n : 1);

    FUZZ_HOLDS(scan(&cut, (const char *)data, n, step) == e);
    if (e != ERR_OK) {
        FUZZ_HOLDS(whole.why && cut.why && str_eq(whole.why, cut.why));
        return 0;
    }
    FUZZ_HOLDS(whole.state == cut.state && whole.length == cut.length &&
               whole.chunked == cut.chunked &&
               whole.body.state == cut.body.state &&
               whole.body.left == cut.body.left &&
               whole.extra_bytes == cut.extra_bytes &&
               guard_may_keep(&whole) == guard_may_keep(&cut));
    FUZZ_HOLDS(whole.length >= 0 && whole.extra_bytes <= n);
    FUZZ_HOLDS(whole.bytes <=
               GUARD_HEADER_MAX_BYTES + GUARD_TARGET_MAX_BYTES + 64);
    return 0;
}
