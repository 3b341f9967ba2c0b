/**
 * @file page.h
 * What every list shares: limit, cursor, spans of time.  Thread: the
 * handler's.
 */
#ifndef LEADD_PAGE_H
#define LEADD_PAGE_H

#include "api/app.h"

/** A cursor continues the list it came from, filters and all. */
struct page {
    int limit;         /**< 1 to 500, 50 when not given */
    const char *print; /**< fingerprint of the list and its filters */
    const char *after; /**< where the last page ended; NULL: first page */
};

/**
 * Read limit and cursor.  Bad ones go to r->errs.
 *
 * @param list the list's name and the filters asked for, in r->mem
 */
void page_read(struct http_req *rq, struct read *r, const char *list,
               struct page *out);
/** The cursor is ours, but its place is none of this list. */
void page_bad_cursor(struct read *r);
/** The place as an id. @return NULL for the first page, or a bad one */
const struct uuid *page_after_id(struct read *r, const struct page *page);
/** End a list: "],\"next_cursor\":...}".  @param place NULL: no more */
void page_end(struct read *r, const struct page *page, const char *place);

/** RFC 3339, or YYYY-MM-DD: the start of that day in the workspace's zone.
 *  @return true when present and good */
bool arg_instant(const struct http_req *rq, struct read *r, const char *name,
                 int64_t *out_ms);

/** An argument's text in r->mem; NULL when absent; too long: a fault. */
const char *arg_kept(const struct http_req *rq, struct read *r,
                     const char *name, size_t max_bytes);

#endif
