/**
 * @file source_json.h
 * A source as it is shown.  Thread: a reader's.
 */
#ifndef LEADD_SOURCE_JSON_H
#define LEADD_SOURCE_JSON_H

#include <jansson.h>

#include "api/app.h"
#include "store/read_settings.h"

/** Write @a s behind what r->out holds.  @param secrets shown as "secrets";
 *  NULL: none, not even the member */
void source_put(struct read *r, const struct source_row *s,
                const json_t *secrets);

#endif
