/**
 * @file text.h
 * Text from outside made fit to keep: valid UTF-8, NFC, without control
 * characters; and its folded form for comparing.  Pure; any thread.
 */
#ifndef LEADD_TEXT_H
#define LEADD_TEXT_H

#include "base/arena.h"

enum text_shape {
    TEXT_LINE,  /**< runs of white space become one blank, ends are cut */
    TEXT_LINES, /**< line ends (LF) and tabs stay; ends are cut */
};

/** What the bytes of a form are taken for when they are not UTF-8. */
enum text_charset {
    CHARSET_GUESS, /**< UTF-8 when valid, else Windows-1252 */
    CHARSET_UTF8,  /**< UTF-8; bad bytes become U+FFFD */
    CHARSET_1252,  /**< Windows-1252 (and so ISO 8859-1) */
    CHARSET_1258,  /**< Windows-1258, composed (NFC) */
};

/**
 * Clean text: NFC; without C0, C1, bidi controls, zero-width blanks and
 * noncharacters; invalid bytes are dropped (see text_to_utf8).
 *
 * @return a new text in @a mem, "" when nothing is left
 */
char *text_clean(const char *s, size_t n, enum text_shape shape,
                 struct arena *mem);

/** @return @a s as valid UTF-8: itself when it already is, else in @a mem.
 *  A NUL byte counts as invalid.  @a n is updated. */
const char *text_to_utf8(const char *s, size_t *n, enum text_charset charset,
                         struct arena *mem);

/** @return the most bytes of @a s, at most @a max, that end on a character */
size_t text_cut(const char *s, size_t n, size_t max);

/** All bytes below 0x80? */
bool text_is_ascii(const char *s, size_t n);

/** White space of any script (NBSP, ideographic blank, ...)? */
bool text_is_space(uint32_t cp);
/** A character that text_clean takes away? */
bool text_is_unwanted(uint32_t cp);

#endif
