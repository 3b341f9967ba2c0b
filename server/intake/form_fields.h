/**
 * @file form_fields.h
 * The names and values of one form in the order they came, whatever the
 * encoding: what the decoders make and form_map reads.  One thread at a
 * time; everything lives in the arena.
 */
#ifndef LEADD_FORM_FIELDS_H
#define LEADD_FORM_FIELDS_H

#include "base/arena.h"
#include "base/err.h"

/** Ceilings of one form. */
#define FORM_FIELDS_MAX     500
#define FORM_NAME_MAX       256
#define FORM_VALUE_MAX      ((size_t)64 * 1024)
#define FORM_PARTS_MAX      100
#define FORM_BOUNDARY_BYTES 70

/** Both texts are valid UTF-8 without NUL, not yet cleaned. */
struct form_field {
    const char *name;
    const char *value;   /**< of a file: its name */
    const char *pointer; /**< where in a JSON body; NULL: not asked, no JSON */
    const char *wording; /**< of a consent: what was agreed to; or NULL */
    size_t value_len;
    bool is_file;
    size_t file_bytes; /**< size of a file; its content is not kept here */
};

struct form_fields {
    struct arena *mem; /**< borrowed; owns the list */
    struct form_field *items;
    size_t n, cap;
    bool pointers; /**< set before decoding: note the JSON Pointers */
};

/** @return ERR_OK; ERR_TOO_MANY past FORM_FIELDS_MAX; ERR_TOO_LONG */
enum err form_fields_add(struct form_fields *f, const char *name,
                         const char *value, size_t value_len) MUST_CHECK;

/** @return the first field of exactly that name, NULL when there is none */
const struct form_field *form_fields_get(const struct form_fields *f,
                                         const char *name);

/**
 * application/x-www-form-urlencoded.  A malformed % sequence stays as it is;
 * bytes that are no UTF-8 are taken for Windows-1252.  Where a _charset_
 * field, or else the type, names another charset, all bytes are read in that.
 * A pair with an empty name is dropped.
 *
 * @param content_type the header's value, or NULL
 */
enum err form_urlencoded(const char *content_type, const void *body, size_t n,
                         struct form_fields *out) MUST_CHECK;

/**
 * multipart/form-data (RFC 7578).  Charsets as in form_urlencoded.
 *
 * @param content_type the header's value, for the boundary and the charset
 * @return ERR_OK; ERR_BAD_FORM: no boundary, no closing one, a part without
 *         a name; ERR_TOO_MANY parts; ERR_TOO_LONG name or text
 */
enum err form_multipart(const char *content_type, const void *body, size_t n,
                        struct form_fields *out) MUST_CHECK;

/**
 * A JSON object: scalars, and lists of them as repeated names.  Lists of
 * {"name", "value"} objects become fields of those names.  Objects named
 * data, answers, fields, form_data, custom_fields or namedValues are opened;
 * any other keeps its name in front: "context.pageUri".
 *
 * @param errs what json_guard reports
 */
enum err form_json(const void *body, size_t n, struct form_fields *out,
                   struct field_errs *errs) MUST_CHECK;

#endif
