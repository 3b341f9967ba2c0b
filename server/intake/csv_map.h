/**
 * @file csv_map.h
 * The heading of a list: what its columns hold.  Pure; one thread at a time.
 *
 * Headings are known by the names forms use (form_names.def), by those of
 * lists (csv_names.def) or by a mapping.  What Meta and Google let people
 * download is known by its headings (csv_platforms.def) and read as their
 * webhooks are.
 */
#ifndef LEADD_CSV_MAP_H
#define LEADD_CSV_MAP_H

#include "base/clock.h"
#include "intake/csv.h"
#include "intake/form_spec.h"

/** What a column holds. */
enum cell_kind {
    CELL_IGNORE,
    CELL_TEXT,    /**< any target of forms */
    CELL_TIME,    /**< when a platform's form was sent */
    CELL_LEAD_ID, /**< the platform's own, as its webhook says it */
    CELL_TEST,    /**< yes: nobody real */
};

/** Columns of a turn before those of the next: the first value stays. */
#define CSV_TURN_LAST 2

struct csv_column {
    enum cell_kind kind;
    struct form_target target;    /**< CELL_TEXT */
    const struct form_rule *rule; /**< of the mapping, or NULL */
    const char *heading;          /**< as written, cleaned */
    const char *key;              /**< the same folded (form_key) */
    int turn;                     /**< 0 to CSV_TURN_LAST */
};

struct csv_map {
    const struct form_spec *spec;
    struct csv_column *columns;
    size_t n;
    const char *platform; /**< kind of its webhook's sources, or NULL */
    const struct tz *tz;  /**< of times without an offset; NULL: UTC */
};

/**
 * Read the heading.
 *
 * @param heading the record, NUL-terminated UTF-8; rewritten
 * @param spec mapping, borrowed while @a out is used; NULL: none
 * @param tz of times without an offset, likewise; NULL: UTC
 * @param mem owns what @a out points to
 * @param errs why not
 * @return ERR_OK; ERR_BAD_CSV when it is malformed; ERR_NO_IDENTIFIER when no
 *         column can hold a phone number, an e-mail address or an external id
 */
enum err csv_map_read(char delimiter, char *heading, size_t n,
                      const struct form_spec *spec, const struct tz *tz,
                      struct arena *mem, struct csv_map *out,
                      struct field_errs *errs) MUST_CHECK;

/**
 * @return the one of CSV_DELIMITERS under which most columns of a heading are
 *         understood, one that says who somebody is among them, since a label
 *         may hold any of them ("Note (a, b, c)"); as csv_delimiter says when
 *         there is none, and between equals
 */
char csv_map_delimiter(const char *heading, size_t n,
                       const struct form_spec *spec, struct arena *mem);

/** @return the column (from 1) that fills a text target, 0 when none does */
size_t csv_map_column(const struct csv_map *map, enum target_text text);

#endif
