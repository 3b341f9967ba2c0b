/**
 * @file csv.h
 * RFC 4180 and what spreadsheets make of it: any delimiter, quotes,
 * line ends LF, CRLF or CR, records over several lines.  Pure; any thread.
 *
 * An own reader and not libcsv: that one hands out cells, but neither where
 * they stood (line, column) nor the bytes of their record, and both are what
 * a report of bad rows and a row's identity are made of.
 */
#ifndef LEADD_CSV_H
#define LEADD_CSV_H

#include "base/base.h"

/** Ceilings of one record. */
#define CSV_RECORD_MAX ((size_t)128 << 10)
#define CSV_CELLS_MAX  500

enum csv_found {
    CSV_RECORD,     /**< one whole record */
    CSV_MORE,       /**< its end is not here yet */
    CSV_OPEN_QUOTE, /**< a quote nobody closes: one line, to be refused */
    CSV_TOO_LONG,   /**< past CSV_RECORD_MAX: one line, to be refused */
};

/** Where a record ends. */
struct csv_span {
    size_t bytes;  /**< without its line end */
    size_t used;   /**< with it */
    int64_t lines; /**< line ends in @a used */
};

/**
 * Find the end of the record that begins at @a p.
 *
 * @param last nothing follows these @a n bytes
 * @param out set unless CSV_MORE
 */
enum csv_found csv_record(char delimiter, const char *p, size_t n, bool last,
                          struct csv_span *out);

/** The same for formats of one record a line. */
enum csv_found csv_line(const char *p, size_t n, bool last,
                        struct csv_span *out);

struct csv_cell {
    char *text; /**< NUL-terminated, quotes undone, outer blanks kept */
    size_t n;
};

/**
 * Take a record apart in place.
 *
 * @param record @a n bytes and one more for a NUL; rewritten
 * @param cells room for CSV_CELLS_MAX
 * @param err_cell the cell (from 1) that is malformed
 * @return how many cells; 0 when one is malformed, or when there are too many
 */
size_t csv_split(char delimiter, char *record, size_t n, struct csv_cell *cells,
                 size_t *err_cell);

/** What stands between cells, unless somebody says otherwise. */
#define CSV_DELIMITERS ",;\t|"

/** @return the one of CSV_DELIMITERS that a heading holds most often outside
 *  quotes; ',' when there is none */
char csv_delimiter(const char *heading, size_t n);

#endif
