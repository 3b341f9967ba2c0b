/**
 * @file json_wide.h
 * Numbers no machine word holds.  JSON allows them, and senders use them for
 * ids; they are kept as the text they are rather than refused or rounded.
 * Pure; any thread.
 */
#ifndef LEADD_JSON_WIDE_H
#define LEADD_JSON_WIDE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

/**
 * Write the same document with every number that fits neither 64 bits nor a
 * double between quotes.
 *
 * @param mem for the length of the call
 * @return ERR_OK, ERR_NO_MEMORY
 */
enum err json_quote_wide(const char *s, size_t n, struct arena *mem,
                         struct buf *out) MUST_CHECK;

#endif
