/**
 * @file import_rows.h
 * What was said of a whole list, and its rows one by one as drafts: the same
 * for a list that is coming in and for a receipt of one.  Needs no database;
 * one thread at a time.
 */
#ifndef LEADD_IMPORT_ROWS_H
#define LEADD_IMPORT_ROWS_H

#include "flow/settings.h"
#include "intake/decode_csv.h"
#include "store/work.h"

enum import_format { IMPORT_CSV, IMPORT_NDJSON };

/** What is said of all rows.  Text is NULL where nothing was said. */
struct import_terms {
    const char *source; /**< name; not needed with a configured source */
    bool has_origin;
    enum origin origin;
    const char *provenance; /**< one of IMPORT_PROVENANCES; NULL: "own" */
    const char *note;       /**< whose list it is, or where it was bought */
    const char *consent;    /**< how these people agreed to be written to */
    const char *mapping;    /**< JSON as form_spec.h says */
};

/** Where lists come from, ended by NULL. */
extern const char *const IMPORT_PROVENANCES[];

const char *import_format_text(enum import_format format);
/** As JSON, members without a value left out. */
const char *import_terms_json(const struct import_terms *t, struct arena *mem);
/** Why such a list is quarantined, NULL when it is not: one that was bought
 *  says of whom and with which consent. */
const char *import_held(const struct import_terms *t);

/** Everything a row is read with. */
struct import_reader {
    const struct workspace *ws;
    const struct source *source; /**< NULL: none is configured */
    struct import_terms terms;
    const char *held;
    enum import_format format;
    char delimiter; /**< 0 until the heading was seen */
    struct form_spec own;
    const struct form_spec *spec;
    struct csv_map map;
};

/**
 * @param rd ws, source, terms and format are set; text is borrowed
 * @param errs faults of the mapping
 * @return ERR_OK or ERR_INVALID
 */
enum err import_reader_init(struct import_reader *rd, struct arena *mem,
                            struct field_errs *errs) MUST_CHECK;

/** The first record of a CSV.  @param n its bytes; a copy is made */
enum err import_reader_heading(struct import_reader *rd, const char *p,
                               size_t n, struct arena *mem,
                               struct field_errs *errs) MUST_CHECK;

/**
 * One row as a draft that is ready for the writer.
 *
 * @param p @a n bytes; a copy is made
 * @param fault err is ERR_OK when nothing was wrong; row, line and content
 *        are left to the caller.  It is set on success too, when the row is
 *        kept without a cell that was bad
 * @return ERR_OK, or why the row cannot be kept
 */
enum err import_read_row(const struct import_reader *rd, const char *p,
                         size_t n, int64_t received_ms, struct arena *mem,
                         struct draft *out,
                         struct import_fault *fault) MUST_CHECK;

/** Is that row what a platform's webhook tells, too?  Then it is told once:
 *  see struct part. */
bool import_tells_once(const struct import_reader *rd, const struct draft *d);

/** headers_json of a receipt that holds rows of an import. */
const char *import_headers(const struct import_reader *rd,
                           const struct uuid *import_id, int64_t first_row,
                           struct arena *mem);

/** Read such a receipt again: one part per row. @return as door_open */
enum err import_open_receipt(struct import_reader *rd, struct work *w,
                             struct field_errs *errs) MUST_CHECK;

#endif
