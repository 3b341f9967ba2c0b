/**
 * @file fuzz.h
 * What every fuzz_<decoder>.c shares: a bounded arena per input, whose
 * failure ends the input, not the run.
 */
#ifndef LEADD_TESTS_FUZZ_H
#define LEADD_TESTS_FUZZ_H

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define FUZZ_ARENA_BYTES ((size_t)64 << 20)

/** A promise the decoder must keep on any input. */
#define FUZZ_HOLDS(x)                                                          \
    do {                                                                       \
        if (!(x))                                                              \
            abort();                                                           \
    } while (0)

/** Text in a draft is valid UTF-8 or not there. */
static inline void fuzz_text(const char *s)
{
    FUZZ_HOLDS(!s || utf8_valid(s, strlen(s)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#endif
