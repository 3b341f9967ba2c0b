/**
 * @file spec.h
 * A JSON object described by a table and read into a struct, with every bad
 * member reported at its JSON Pointer.  Pure; any thread.
 *
 * A member that is null, and a text that is empty, count as not given.
 * Members the table does not know are ERR_UNKNOWN_FIELD: what a caller may
 * set is exactly what the table lists.
 */
#ifndef LEADD_SPEC_H
#define LEADD_SPEC_H

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"

enum spec_kind {
    SPEC_LINE,   /**< text of one line -> const char *, cleaned */
    SPEC_LINES,  /**< text of many lines -> const char *, cleaned */
    SPEC_OBJECT, /**< -> const json_t *, borrowed from the document */
    SPEC_ARRAY,  /**< -> const json_t *, borrowed from the document */
};

struct spec_field {
    const char *name;
    enum spec_kind kind;
    size_t max; /**< bytes of a text as sent, items of an array */
    bool required;
    size_t offset; /**< in the struct that is filled */
};

struct spec {
    const struct spec_field *fields;
    size_t n;
};

#define SPEC_OF(table)                                                         \
    {                                                                          \
        table, ARRAY_LEN(table)                                                \
    }

/**
 * Read @a j.
 *
 * @param j must be an object, else ERR_WRONG_TYPE is reported
 * @param pointer JSON Pointer of @a j; "" is the document
 * @param out members that are good are set, the others left as they are
 * @return true when nothing was reported
 */
bool spec_read(const struct spec *spec, const json_t *j, const char *pointer,
               struct arena *mem, void *out, struct field_errs *errs);

/** @return @a pointer + "/" + @a name, escaped by RFC 6901, in @a mem; a long
 *  name is cut */
const char *spec_pointer(const char *pointer, const char *name,
                         struct arena *mem);
/** The same, a long name whole: to be compared, not to be shown. */
const char *spec_pointer_whole(const char *pointer, const char *name,
                               struct arena *mem);
const char *spec_pointer_at(const char *pointer, size_t i, struct arena *mem);

/** @return what @a pointer (RFC 6901) names in @a doc, borrowed from it; NULL
 *  when there is nothing */
const json_t *spec_at(const json_t *doc, const char *pointer,
                      struct arena *mem);

/** May it be a JSON Pointer (RFC 6901)?  Behind a "~" stands 0 or 1. */
bool spec_pointer_valid(const char *pointer);

#endif
