/**
 * @file chunks.h
 * The framing of a chunked body (RFC 9112, 7.1), as far as the end of its
 * trailers.  MHD is lenient there and answers what it refuses in HTML; bytes
 * of the chunks themselves are not looked at.  Blanks behind a size, which no
 * sender writes and parsers read differently, are refused.  Private to http/.
 *
 * Pure: bytes in, verdict out.  One thread at a time.
 */
#ifndef LEADD_CHUNKS_H
#define LEADD_CHUNKS_H

#include "base/base.h"

/** Most bytes of one line: size and extensions, or a trailer. */
#define CHUNKS_LINE_MAX_BYTES 1024
/** Most bytes of all trailers. */
#define CHUNKS_TRAILER_MAX_BYTES 8192

/** Zeroed before the first byte. */
struct chunks {
    uint8_t state;
    uint8_t n_digits;
    bool named;    /**< the trailer's colon has come */
    uint16_t line; /**< bytes of the line so far */
    uint32_t trailer_bytes;
    uint64_t left; /**< of the chunk */
};

/** @return false when it is not sound; then it must not be called again */
bool chunks_scan(struct chunks *c, const char *p, size_t n) MUST_CHECK;

#endif
