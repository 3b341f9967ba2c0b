/**
 * @file read_receipts.h
 * Stored receipts, to be shown, replayed or released.  Thread: a reader's.
 */
#ifndef LEADD_READ_RECEIPTS_H
#define LEADD_READ_RECEIPTS_H

#include "store/pg.h"
#include "store/work.h"

#define RECEIPTS_PAGE_MAX 500

/** A receipt as it lies there. All text in the reader's arena. */
struct stored_receipt {
    struct receipt receipt; /**< as it came in; replayed is set */
    const char *status, *reason;
    /* of quarantine; state NULL: it was never held */
    const char *state;
    int64_t held_ms, decided_ms;
};

struct receipt_list {
    struct stored_receipt *rows;
    size_t n;
    bool more;
};

/** Which receipts of quarantine; NULL, 0: any. */
struct held_filter {
    const char *state, *reason, *source; /**< source: its name */
    const char *contains;   /**< text inside the body, however encoded */
    int64_t from_ms, to_ms; /**< received in [from, to) */
    const struct uuid *ids;
    size_t n_ids;
    const struct uuid *after; /**< newest first: those before this one */
    int limit;                /**< 1 to RECEIPTS_PAGE_MAX */
};

/** @return ERR_OK, or ERR_NOT_FOUND */
enum err read_receipt(struct pg *pg, struct arena *mem, int64_t workspace_id,
                      const struct uuid *receipt_id,
                      struct stored_receipt *out) MUST_CHECK;

/**
 * Accepted ones whose body was not erased, in the order they came in.  A page
 * may end before the limit, so that its bodies stay under some 8 MB: ask
 * out->more.
 *
 * @param after NULL: from the first
 * @param to_ms 0: to the last
 */
enum err read_receipts(struct pg *pg, struct arena *mem, int64_t workspace_id,
                       const struct uuid *after, int64_t to_ms, int limit,
                       struct receipt_list *out) MUST_CHECK;

/** A receipt that was held, and when it was let in. */
struct released {
    struct uuid receipt_id;
    int64_t decided_ms;
};

/** Those received in [from, to), in the order they were let in.
 *  @param to_ms 0: to the last */
enum err read_released(struct pg *pg, struct arena *mem, int64_t workspace_id,
                       int64_t from_ms, int64_t to_ms, struct released **out,
                       size_t *out_n) MUST_CHECK;

/** Quarantine, newest first; a page may end early, as above. */
enum err read_held(struct pg *pg, struct arena *mem, int64_t workspace_id,
                   const struct held_filter *filter,
                   struct receipt_list *out) MUST_CHECK;

/**
 * Erase the bodies of held receipts; their rows stay and say so.
 * @param by key that asks; nil: nobody's
 * @param out_n how many were held until now
 */
enum err purge_held(struct pg *pg, struct arena *mem, int64_t workspace_id,
                    const struct uuid *ids, size_t n, const struct uuid *by,
                    int64_t now_ms, size_t *out_n) MUST_CHECK;

#endif
