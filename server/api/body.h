/**
 * @file body.h
 * Members of small JSON bodies, checked; every fault is noted at its pointer.
 */
#ifndef LEADD_BODY_H
#define LEADD_BODY_H

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"
#include "store/work.h"

/** A text of 1 to @a max bytes; NULL when absent or bad. */
const char *body_text(const json_t *doc, const char *name, size_t max,
                      bool required, struct arena *mem,
                      struct field_errs *errs);
/** An integer in a range. @return true when present and good */
bool body_int(const json_t *doc, const char *name, int64_t min, int64_t max,
              bool required, int64_t *out, struct field_errs *errs);
/** Take over what was found wrong inside the member at @a pointer. */
void body_errs_at(struct field_errs *errs, const char *pointer,
                  const struct field_errs *inner);
/** Name every member that is not in the NULL-ended list. */
void body_known(const json_t *doc, const char *const *known,
                struct field_errs *errs);
/** {"kind", "duration_s", "result"}; kind is required. */
void body_activity(const json_t *doc, const char *pointer, struct arena *mem,
                   struct activity *out, struct field_errs *errs);

#endif
