/**
 * @file charset.h
 * A stream of text in whatever the sender's machine writes, as UTF-8: UTF-16
 * and UTF-8 by their marks, what the sender named, and single rows that are
 * no UTF-8 as Windows-1258, which Vietnamese Excel saves.  Pure; one thread
 * at a time.
 */
#ifndef LEADD_CHARSET_H
#define LEADD_CHARSET_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

struct charset;

/** Is it one we read: utf-8, utf-16, utf-16le, utf-16be, windows-1258,
 *  windows-1252, iso-8859-1 (latin1)?  Case is ignored. */
bool charset_known(const char *name);

/**
 * @param name as charset_known; NULL: by the first bytes
 * @return given; NULL when out of memory
 */
struct charset *charset_new(const char *name);
void charset_free(struct charset *c);

/**
 * Take bytes in, give UTF-8 out, without a byte order mark.  Bytes that mean
 * nothing in the charset become U+FFFD.
 *
 * @param last no more follows
 * @param out appended to
 * @return ERR_OK, or what buf_add says
 */
enum err charset_feed(struct charset *c, const char *p, size_t n, bool last,
                      struct buf *out) MUST_CHECK;

/** What a form's bytes are, by the name a page or a header gives.
 *  @return CHARSET_GUESS for NULL and for what forms are not read in */
enum text_charset charset_of_form(const char *name);

/** The same of a Content-Type header value, or NULL.  Libraries say utf-8 by
 *  habit, so that is no more than a guess. */
enum text_charset charset_of_form_type(const char *content_type,
                                       struct arena *mem);

/** Charset of a Content-Type header value, in @a mem; NULL when it has none. */
const char *charset_of_type(const char *content_type, struct arena *mem);

/**
 * A whole body as UTF-8.  The bytes weigh more than what is said of them:
 * what is UTF-8 stays, whatever it claims to be.
 *
 * @param content_type header value, or NULL
 * @param n in and out: length
 * @return @a s itself, or in @a mem from the charset the type names
 */
const char *charset_body(const char *content_type, const char *s, size_t *n,
                         struct arena *mem);

/** @return @a s as UTF-8: itself, or in @a mem from Windows-1258. */
const char *charset_row(const char *s, size_t *n, struct arena *mem);

#endif
