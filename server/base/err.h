/**
 * @file err.h
 * The error registry (err.def) as an enum, and lists of bad fields.
 * Pure; any thread.
 */
#ifndef LEADD_ERR_H
#define LEADD_ERR_H

#include "base/base.h"

enum err {
    ERR_OK = 0,
#define X(name, number, status, code, title) ERR_##name = number,
#include "base/err.def"
#undef X
};

/** Numbers from here on never leave the process. */
#define ERR_INSIDE 1900

/** One row of the registry. */
struct err_info {
    enum err err;
    const char *name;  /**< "BAD_JSON" */
    int status;        /**< HTTP status */
    const char *code;  /**< "bad_json", used inside errors[] */
    const char *title; /**< one sentence for people */
};

/** @return the row of @a e; the row of ERR_INTERNAL when @a e is unknown */
const struct err_info *err_info(enum err e);

/** @return number of rows; @a out_rows points at the static table */
size_t err_all(const struct err_info **out_rows);

struct arena;

/** One bad field of the caller's input. */
struct field_err {
    const char *pointer; /**< RFC 6901 JSON Pointer, or the query name */
    enum err err;
    const char *detail; /**< never quotes the value: it may be personal */
    struct field_err *next;
};

/** All bad fields of one input, in the order found; lives in an arena. */
struct field_errs {
    struct arena *mem; /**< borrowed; owns the entries */
    struct field_err *first, *last;
    size_t n; /**< counted even past the ceiling of 50 kept */
};

/** Add one bad field.  @a pointer and @a detail_fmt are copied. */
void field_errs_add(struct field_errs *errs, const char *pointer, enum err e,
                    const char *detail_fmt, ...) PRINTF_LIKE(4, 5);

#endif
