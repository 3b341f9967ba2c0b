/**
 * @file phone_typed.h
 * The digits of a telephone number, however they were set.  Not part of the
 * room's face; phone.h is.  Pure; any thread.
 */
#ifndef LEADD_PHONE_TYPED_H
#define LEADD_PHONE_TYPED_H

#include "base/base.h"

/** E.164: a number with its country code. */
#define PHONE_DIGITS_MIN 7
#define PHONE_DIGITS_MAX 15
/** 00 and a trunk 0 may stand before the 15. */
#define PHONE_TYPED_MAX 18

struct phone_typed {
    char digits[PHONE_TYPED_MAX + 1]; /**< ASCII */
    size_t n;
    bool plus; /**< a '+' stood before them */
};

/** A digit of any script, a plus, or what people put between digits? */
bool phone_part(uint32_t cp);

/**
 * Read a text that is one number and nothing else, but for an extension.
 *
 * @param t empty
 * @return false when it is none
 */
bool phone_read_typed(const char *s, struct phone_typed *t);

#endif
