/**
 * @file fields.h
 * Reading the members of one JSON object, with every fault reported at its
 * exact JSON Pointer.  A member that is null counts as not given.  Thread:
 * the one that owns the arena.
 */
#ifndef LEADD_FIELDS_H
#define LEADD_FIELDS_H

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"

struct fields {
    const json_t *object; /**< borrowed */
    const char *pointer;  /**< of the object; "" is the whole document */
    struct arena *mem;    /**< owns the texts that are read */
    struct field_errs *errs;
};

/** @return @a pointer + "/" + @a name, escaped by RFC 6901, in @a mem */
const char *pointer_add(struct arena *mem, const char *pointer,
                        const char *name);
const char *pointer_add_index(struct arena *mem, const char *pointer, size_t i);

/** @return the member; NULL when absent or null */
const json_t *fields_get(const struct fields *f, const char *name);

/** Report @a name as bad. @param detail a sentence without the value */
void fields_fault(const struct fields *f, const char *name, enum err e,
                  const char *detail);

/** Each @return true, with @a out set, only when given and good; a member
 *  that is given and bad has then been reported. */
bool fields_int(const struct fields *f, const char *name, int64_t min,
                int64_t max, int64_t *out);
bool fields_bool(const struct fields *f, const char *name, bool *out);
/** RFC 3339 with an offset. */
bool fields_time(const struct fields *f, const char *name, int64_t *out_ms);
/** @return a copy in f->mem; NULL when absent, empty or bad */
const char *fields_text(const struct fields *f, const char *name,
                        size_t max_bytes);

#endif
