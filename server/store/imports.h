/**
 * @file imports.h
 * The rows an import keeps about itself; its chunks go with the writer's
 * batches.  Thread: the import's.
 */
#ifndef LEADD_IMPORTS_H
#define LEADD_IMPORTS_H

#include "store/read_imports.h"

/** What a new import is; see table import. */
struct import_start {
    int64_t workspace_id;
    struct uuid import_id, source_id, key_id;
    const char *source, *format, *terms_json, *held;
    int64_t now_ms;
};

/** A chunk that was written before. */
struct import_done {
    int64_t first_row;
    struct uuid content;
};

/** Make it, or take up the one there is. @param out_new was it made? */
enum err import_open(struct pg *pg, struct arena *mem,
                     const struct import_start *start,
                     bool *out_new) MUST_CHECK;

/** Its chunks so far, by first row. @param out in @a mem */
enum err import_chunks(struct pg *pg, struct arena *mem, int64_t workspace_id,
                       const struct uuid *import_id, struct import_done **out,
                       size_t *out_n) MUST_CHECK;

/** Which of the rows were taken in before? @param known one flag per id */
enum err import_rows_known(struct pg *pg, struct arena *mem,
                           int64_t workspace_id, const struct uuid *ids,
                           size_t n, bool *known) MUST_CHECK;

/** @param reason NULL unless interrupted */
enum err import_end(struct pg *pg, struct arena *mem, int64_t workspace_id,
                    const struct uuid *import_id, const char *state,
                    const char *reason, int64_t now_ms) MUST_CHECK;

#endif
