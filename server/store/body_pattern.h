/**
 * @file body_pattern.h
 * Finding a text inside stored bodies, however their sender wrote it: as it
 * is, percent-encoded in a form, or as an escape of JSON.  Pure; any thread.
 */
#ifndef LEADD_BODY_PATTERN_H
#define LEADD_BODY_PATTERN_H

#include "base/arena.h"

/**
 * @param text valid UTF-8, borrowed; NULL: any body fits
 * @return a regular expression of PostgreSQL for encode(body, 'escape'), in
 *         @a mem; NULL for NULL; one that fits nothing without memory
 */
const char *body_pattern(const char *text, struct arena *mem);

#endif
