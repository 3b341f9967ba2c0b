/**
 * @file full_name.h
 * A name that was asked for in two pieces.  Pure; any thread.
 */
#ifndef LEADD_FULL_NAME_H
#define LEADD_FULL_NAME_H

#include "base/arena.h"

/**
 * Put a given name and a family name together: the family name stands first
 * where it is a Vietnamese one, last elsewhere.  Names are only ever put
 * together, never taken apart.
 *
 * @param first given name; NULL or "": none
 * @param last family name; likewise
 * @return in @a mem or one of the two; NULL when there is neither
 */
const char *full_name(const char *first, const char *last, struct arena *mem);

#endif
