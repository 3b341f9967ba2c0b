/**
 * @file full_name.h
 * A name that was asked for in pieces.  Pure; any thread.
 */
#ifndef LEADD_FULL_NAME_H
#define LEADD_FULL_NAME_H

#include "base/arena.h"

/** NULL or "": not given. */
struct name_parts {
    const char *first, *middle, *last;
    const char *family; /**< said to stand first: "Họ" */
};

/**
 * Put a name together: family, middle, given where the family name is a
 * Vietnamese one or said to stand first, given, middle, family elsewhere.
 * Names are only ever put together, never taken apart.
 *
 * @return in @a mem or one of the pieces; NULL when there is none
 */
const char *full_name(const struct name_parts *parts, struct arena *mem);

#endif
