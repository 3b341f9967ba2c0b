/**
 * @file fold.h
 * The folded form of a text, for finding and comparing: lower case, without
 * marks, composed and decomposed alike ("Nguyễn Thị Đào" -> "nguyen thi
 * dao").  Pure; any thread.
 */
#ifndef LEADD_FOLD_H
#define LEADD_FOLD_H

#include "base/arena.h"

/**
 * Fold into a buffer of the caller's.  Invalid bytes are dropped.
 *
 * @param cap room in @a out, at least 1; the result is cut to fit on a
 *        character and is always NUL-terminated
 * @return bytes written without the NUL
 */
size_t fold_into(const char *s, size_t n, char *out, size_t cap);

/** @return the folded form of @a s in @a mem */
char *fold_text(const char *s, struct arena *mem);

#define SPELLINGS 4
/** The ways to write a name that differ by case only: as given, in lower case,
 *  in upper case, each word with a capital.  All in @a mem. */
void fold_spellings(const char *s, struct arena *mem,
                    const char *out[SPELLINGS]);

#endif
