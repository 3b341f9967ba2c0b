/**
 * @file read_imports.h
 * Imports: their progress, summed from what was committed, and their faults.
 */
#ifndef LEADD_READ_IMPORTS_H
#define LEADD_READ_IMPORTS_H

#include "store/pg.h"

/** One import as stored. */
struct import_row {
    struct uuid import_id, source_id;
    const char *source, *format;
    const char *terms_json;
    const char *held;   /**< why all rows are quarantined, or NULL */
    const char *state;  /**< "running", "done" or "interrupted" */
    const char *reason; /**< why it was interrupted, or NULL */
    int64_t created_ms, ended_ms;
    int64_t last_ms; /**< the last chunk was written then; 0: none */
    int64_t rows, bytes, n_new, n_known, n_repeated, n_held, n_bad;
    int64_t n_faults;
};

struct import_page {
    struct import_row *imports;
    size_t n;
    bool more;
};

/** A fault as reported: see struct import_fault. */
struct import_error {
    int64_t row, line;
    int32_t cell;
    const char *field, *code, *detail;
    bool stored;
    const char *content_json; /**< the row as a JSON string */
};

struct import_error_page {
    struct import_error *errors;
    size_t n;
    bool more;
};

/** @return ERR_OK, ERR_NOT_FOUND, or what pg_run says */
enum err read_import(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     const struct uuid *import_id,
                     struct import_row *out) MUST_CHECK;

/** Newest first. @param after NULL: from the start */
enum err read_imports(struct pg *pg, struct arena *mem, int64_t workspace_id,
                      const struct uuid *after, int limit,
                      struct import_page *out) MUST_CHECK;

/** In the order of the file, behind row @a after. */
enum err read_import_errors(struct pg *pg, struct arena *mem,
                            int64_t workspace_id, const struct uuid *import_id,
                            int64_t after, int limit,
                            struct import_error_page *out) MUST_CHECK;

#endif
