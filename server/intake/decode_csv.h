/**
 * @file decode_csv.h
 * From the rows of a list to drafts.  Pure; one thread at a time.
 *
 * What Meta and Google let people download becomes what their webhooks make
 * of the same lead: type letters before ids and telephone numbers go, the
 * lead's id becomes the external id, and the form that was sent an event with
 * that id, at the time it names.
 */
#ifndef LEADD_DECODE_CSV_H
#define LEADD_DECODE_CSV_H

#include "intake/csv_map.h"

/** Where a row went wrong. */
struct csv_fault {
    enum err err;
    size_t cell;        /**< from 1; 0: the row as a whole */
    const char *detail; /**< static */
};

/**
 * Read one row.
 *
 * @param row the record, @a n bytes of any kind and room for a NUL; rewritten
 * @param now_ms when it came
 * @param mem owns everything in @a out
 * @param fault set on failure, and on success when a cell was left out: a
 *        platform's time that is none; err is ERR_OK otherwise
 * @return ERR_OK; ERR_BAD_CSV: broken quotes, or more cells than headings;
 *         ERR_BAD_UTF8: a NUL inside
 */
enum err csv_draft(const struct csv_map *map, char delimiter, char *row,
                   size_t n, int64_t now_ms, struct arena *mem,
                   struct draft *out, struct csv_fault *fault) MUST_CHECK;

#endif
