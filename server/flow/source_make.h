/**
 * @file source_make.h
 * A new source: its id, its key and the secrets its platform needs.
 */
#ifndef LEADD_SOURCE_MAKE_H
#define LEADD_SOURCE_MAKE_H

#include <jansson.h>

#include "store/write_settings.h"

/** @return true for "form", "server" and the platforms we know */
bool source_kind_known(const char *kind);

/**
 * Fill in what a new source of @a s->kind lacks: id, key, and as secrets
 * those given plus made-up ones for the others its platform needs.
 *
 * @param given secrets as a JSON object, or NULL; borrowed
 * @param mem owns what is made
 * @return the secrets as a JSON object, given to the caller; NULL when out
 *         of memory
 */
json_t *source_make(struct source_row *s, const json_t *given, int64_t now_ms,
                    struct arena *mem);

#endif
