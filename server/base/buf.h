/**
 * @file buf.h
 * A growing byte buffer with a ceiling.  One thread at a time.
 */
#ifndef LEADD_BUF_H
#define LEADD_BUF_H

#include <stdarg.h>

#include "base/err.h"

struct buf {
    char *ptr;   /**< always NUL-terminated once anything was added */
    size_t len;  /**< bytes used, without the NUL */
    size_t cap;  /**< bytes allocated */
    size_t max;  /**< ceiling; 0 means 64 MiB */
    bool failed; /**< ceiling or memory refused; content is cut */
};

#define BUF_INIT                                                               \
    {                                                                          \
        NULL, 0, 0, 0, false                                                   \
    }

/** Release the memory; the buffer is empty and usable again. */
void buf_release(struct buf *b);
/** Empty it, keep the memory. */
void buf_clear(struct buf *b);
/** @return ERR_OK, ERR_FULL past the ceiling, ERR_NO_MEMORY.  A failure also
 *  sticks in b->failed, so a writer of many pieces may look once at the end */
enum err buf_add(struct buf *b, const void *p, size_t n);
enum err buf_puts(struct buf *b, const char *s);
enum err buf_putc(struct buf *b, char c);
enum err buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
/** Make room for @a n more bytes. */
enum err buf_reserve(struct buf *b, size_t n);
/** Add @a s as a JSON string with quotes; invalid UTF-8 becomes U+FFFD. */
enum err buf_json_str(struct buf *b, const char *s, size_t n);

#endif
