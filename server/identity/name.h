/**
 * @file name.h
 * Names of people and companies: cleaned for keeping, folded for finding.
 * A Vietnamese name is family-middle-given, so a name is never split into
 * first and last.  Pure; any thread.
 */
#ifndef LEADD_NAME_H
#define LEADD_NAME_H

#include "base/arena.h"

/** Most words of one name that count for searching. */
#define NAME_WORDS_MAX 16

/** @return @a s in NFC, blanks collapsed, without control characters (see
 *  text_clean), in @a mem; NULL when nothing is left or @a s is NULL */
const char *name_clean(const char *s, struct arena *mem);

/** The same of a person's name: what holds no letter ("-", "0912 345 678") or
 *  says that there is none ("n/a") is nobody's name, and NULL. */
const char *name_of_person(const char *s, struct arena *mem);

/** @return "nguyen thi dao" of "Nguyễn Thị Đào", in @a mem; NULL for NULL */
const char *name_fold(const char *s, struct arena *mem);

/**
 * The folded words of a name, for a search column or a query: runs of
 * letters and digits, each word once, in the order they stand.
 *
 * @param out_words up to NAME_WORDS_MAX texts in @a mem
 * @return number of words
 */
size_t name_words(const char *s, struct arena *mem,
                  const char *out_words[NAME_WORDS_MAX]);

#endif
