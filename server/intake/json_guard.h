/**
 * @file json_guard.h
 * JSON from outside, parsed strictly and within limits.  Pure; any thread.
 *
 * Refused: duplicate members (unless last_wins), \u0000, lone surrogates,
 * invalid UTF-8, trailing bytes, and whatever nests deeper or has more members
 * than allowed.  A number too wide for 64 bits or a double is read as the
 * text it is written in.
 */
#ifndef LEADD_JSON_GUARD_H
#define LEADD_JSON_GUARD_H

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"

struct json_limits {
    unsigned depth; /**< most containers inside one another */
    unsigned keys;  /**< most members and list items in all */
    bool last_wins; /**< of duplicate members; else they are refused */
};

/** One lead. */
#define JSON_LIMITS_ONE                                                        \
    (struct json_limits)                                                       \
    {                                                                          \
        16, 200, false                                                         \
    }
/** One form: a visitor's words are not lost over how a builder wrote them. */
#define JSON_LIMITS_FORM                                                       \
    (struct json_limits)                                                       \
    {                                                                          \
        16, 200, true                                                          \
    }
/** A batch; its decoder counts what is in it. */
#define JSON_LIMITS_BATCH                                                      \
    (struct json_limits)                                                       \
    {                                                                          \
        16, 20000, false                                                       \
    }

/** @return the column, from 1, where one line stops being JSON without
 *  repeated members; 0 when it does not, or not at one place */
int json_fault_column(const void *line, size_t n, struct arena *mem);

/**
 * Parse a body.  Any kind of value comes back; see json_guard_object.
 *
 * @param errs gets one entry at "" with line and column, never the text
 * @param out_json given to the caller (json_decref); set only on ERR_OK
 * @return ERR_OK, ERR_BAD_JSON, ERR_DUPLICATE_FIELD, ERR_TOO_MANY
 */
enum err json_guard(const void *body, size_t n, struct json_limits limits,
                    struct field_errs *errs, json_t **out_json) MUST_CHECK;

/** Hand on @a j (taken) if it is an object.  @return ERR_OK, ERR_NOT_OBJECT */
enum err json_guard_is_object(json_t *j, struct field_errs *errs,
                              json_t **out_json) MUST_CHECK;

/** The same, and the body must be an object (else ERR_NOT_OBJECT). */
enum err json_guard_object(const void *body, size_t n,
                           struct json_limits limits, struct field_errs *errs,
                           json_t **out_json) MUST_CHECK;

/** For AUTO(json_cleanup). */
void json_cleanup(json_t **j);

#endif
