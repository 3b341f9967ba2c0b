/**
 * @file source_check.h
 * What must hold of a source that is made or changed, beyond its plain texts.
 * Pure; any thread.
 */
#ifndef LEADD_SOURCE_CHECK_H
#define LEADD_SOURCE_CHECK_H

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"

/**
 * Faults of the origins, defaults, secrets and mapping in a body, each at its
 * pointer.  What passes comes back from the database as it was.
 *
 * @param doc body of a POST or PATCH, an object
 */
void source_check(const json_t *doc, struct arena *mem,
                  struct field_errs *errs);

/**
 * Faults of a mapping that names the external id where it may not: platforms
 * give ids of their own, and a constant one would make everybody one person.
 *
 * @param kind of the source; NULL: not known
 */
void source_check_id(const char *kind, const json_t *mapping, struct arena *mem,
                     struct field_errs *errs);

#endif
