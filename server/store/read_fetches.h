/**
 * @file read_fetches.h
 * The queue of leads to be read from their platform, as people see it: its
 * rows, the pages behind them, trying again, and comparing with a platform's
 * own list.  Thread: a reader's.
 */
#ifndef LEADD_READ_FETCHES_H
#define LEADD_READ_FETCHES_H

#include "store/pg.h"

struct fetch_row {
    struct uuid fetch_id, source_id, receipt_id, lead_id;
    const char *platform, *external_id, *page_id, *form_id, *state;
    const char *last_error; /**< or NULL */
    int attempts;
    int64_t next_ms, created_ms, updated_ms; /**< next: 0 for none */
};

struct fetch_rows {
    struct fetch_row *rows;
    size_t n;
    bool more;
};

struct fetch_filter {
    const char *state;        /**< NULL: any */
    struct uuid source_id;    /**< nil: any */
    const struct uuid *after; /**< NULL: from the newest */
    int limit;
};

/** Newest first. */
enum err read_fetches(struct pg *pg, struct arena *mem, int64_t workspace_id,
                      const struct fetch_filter *filter,
                      struct fetch_rows *out) MUST_CHECK;

/**
 * Make a parked, dead or waiting row due now, with all its tries before it.
 *
 * @return ERR_OK; ERR_NOT_FOUND; ERR_CONFLICT when it is being read, was
 *         read, or was withdrawn
 */
enum err fetch_retry(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     const struct uuid *fetch_id, int64_t now_ms,
                     struct fetch_row *out) MUST_CHECK;

struct fetch_page_row {
    struct uuid source_id;
    const char *page_id, *reason;            /**< reason: or NULL */
    int64_t stopped_ms, blocked_ms, read_ms; /**< 0: not */
    int64_t waiting;                         /**< leads not read yet */
};

struct fetch_page_rows {
    struct fetch_page_row *rows;
    size_t n;
    bool more;
};

/** By source, then page.  @param after the row the last page ended with, of
 *  which source_id and page_id count; NULL: the first page */
enum err read_fetch_pages(struct pg *pg, struct arena *mem,
                          int64_t workspace_id,
                          const struct fetch_page_row *after, int limit,
                          struct fetch_page_rows *out) MUST_CHECK;

/** A platform's own list of leads, held against ours. */
struct reconciling {
    const char *platform; /**< as in fetch orders; else only leads count */
    struct uuid source_id;
    const char *id_space;   /**< of the source, in front of its external ids */
    const char *const *ids; /**< of them, distinct or not */
    size_t n;
    const char *page_id; /**< whose token reads them; NULL: the source's */
    bool may_queue;      /**< the platform can be asked for the missing ones */
    /* set */
    size_t known, waiting, parked, queued;
    const char **missing;
    size_t n_missing;
};

/** Sort the ids, and queue the missing ones. */
enum err reconcile(struct pg *pg, struct arena *mem, int64_t workspace_id,
                   struct reconciling *r, int64_t now_ms) MUST_CHECK;

#endif
