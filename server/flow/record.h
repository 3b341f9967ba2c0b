/**
 * @file record.h
 * A work's receipt as bytes, for the journal: all that the door and the
 * writer need to take it in later.  Format: record.c.  Pure; any thread.
 */
#ifndef LEADD_RECORD_H
#define LEADD_RECORD_H

#include "base/buf.h"
#include "store/work.h"

/** Add the record of @a w to @a out. @return as buf_add */
enum err record_encode(const struct work *w, struct buf *out) MUST_CHECK;

/**
 * Fill workspace, receipt and Idempotency-Key of a fresh work.
 * @param p borrowed; copied into w->mem
 * @return false when these are not the bytes of a whole record
 */
bool record_decode(const void *p, size_t n, struct work *w) MUST_CHECK;

#endif
