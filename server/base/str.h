/**
 * @file str.h
 * Small text helpers without locale.  Pure; any thread.
 */
#ifndef LEADD_STR_H
#define LEADD_STR_H

#include <string.h>

#include "base/base.h"

/** Equal as C strings; NULL equals only NULL. */
bool str_eq(const char *a, const char *b);
/** Equal when ASCII letters are folded. */
bool str_eq_nocase(const char *a, const char *b);
bool str_starts(const char *s, const char *prefix);
/** ASCII-only tolower. */
char ascii_lower(char c);
/** Lower-case ASCII letters in place. */
void str_lower(char *s);
/** ASCII white space as in forms: blank, tab, CR, LF. */
bool is_blank(char c);
bool is_digit(char c);
/** Cut white space off both ends in place. @return the new start */
char *str_trim(char *s);
/** Whole text as a decimal integer, optional sign.
 *  @return false when empty, with other characters, or out of range */
bool str_to_i64(const char *s, int64_t *out);

/** @return length of the valid UTF-8 sequence at @a s (1 to 4), 0 if bad */
size_t utf8_len(const char *s, size_t n);
/** Valid UTF-8 without NUL bytes? */
bool utf8_valid(const char *s, size_t n);
/** Decode the code point at @a s, which utf8_len found valid. */
uint32_t utf8_decode(const char *s, size_t len);
/** Encode @a cp. @return bytes written (1 to 4) */
size_t utf8_encode(uint32_t cp, char out[4]);

/** FNV-1a, for tables inside the process only. */
uint64_t str_hash(const void *p, size_t n);

#endif
