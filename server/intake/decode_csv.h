/**
 * @file decode_csv.h
 * From the rows of a list to drafts: the heading once, then row by row.
 * Pure; one thread at a time.
 *
 * Headings are known by the names forms use (form_names.def), by those of
 * lists (csv_names.def) or by a mapping.  What Meta and Google let people
 * download is known by its headings: type letters before ids and telephone
 * numbers go, the lead's id becomes the external id, and the form that was
 * sent an event with that id, at the time it names.
 */
#ifndef LEADD_DECODE_CSV_H
#define LEADD_DECODE_CSV_H

#include "intake/csv.h"
#include "intake/form_spec.h"

/** What a column holds. */
enum cell_kind {
    CELL_IGNORE,
    CELL_TEXT,    /**< any target of forms */
    CELL_GIVEN,   /**< given name before a surname */
    CELL_SURNAME, /**< behind the given name */
    CELL_FAMILY,  /**< family name before the rest, as in Viet Nam */
    CELL_TIME,    /**< when a platform's form was sent */
};

struct csv_column {
    enum cell_kind kind;
    struct form_target target;    /**< CELL_TEXT */
    const struct form_rule *rule; /**< of the mapping, or NULL */
    const char *heading;          /**< as written, cleaned */
    const char *key;              /**< the same folded (form_key) */
};

struct csv_map {
    const struct form_spec *spec;
    struct csv_column *columns;
    size_t n;
    const char *platform; /**< "meta", "google-ads", or NULL */
};

/**
 * Read the heading.
 *
 * @param heading the record, NUL-terminated UTF-8; rewritten
 * @param spec mapping, borrowed while @a out is used; NULL: none
 * @param mem owns what @a out points to
 * @param errs why not
 * @return ERR_OK; ERR_BAD_CSV when it is malformed; ERR_NO_IDENTIFIER when no
 *         column can hold a phone number, an e-mail address or an external id
 */
enum err csv_map_read(char delimiter, char *heading, size_t n,
                      const struct form_spec *spec, struct arena *mem,
                      struct csv_map *out, struct field_errs *errs) MUST_CHECK;

/** @return the column (from 1) that fills a text target, 0 when none does */
size_t csv_map_column(const struct csv_map *map, enum target_text text);

/** Where a row went wrong. */
struct csv_fault {
    size_t cell;        /**< from 1; 0: the row as a whole */
    const char *detail; /**< static */
};

/**
 * Read one row.
 *
 * @param row the record, @a n bytes of any kind and room for a NUL; rewritten
 * @param now_ms when it came
 * @param mem owns everything in @a out
 * @param fault set on failure
 * @return ERR_OK; ERR_BAD_CSV: broken quotes, or more cells than headings;
 *         ERR_BAD_UTF8: a NUL inside
 */
enum err csv_draft(const struct csv_map *map, char delimiter, char *row,
                   size_t n, int64_t now_ms, struct arena *mem,
                   struct draft *out, struct csv_fault *fault) MUST_CHECK;

#endif
