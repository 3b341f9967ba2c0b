/**
 * @file fetch_queue.h
 * The queue of leads to be read from their platform, as outbound works it
 * off: leases, ends, the health of page tokens, forms read in bulk.
 * Thread: the fetcher's own, with its connection.
 */
#ifndef LEADD_FETCH_QUEUE_H
#define LEADD_FETCH_QUEUE_H

#include "store/pg.h"
#include "store/work.h"

#define FETCH_TOKEN_BYTES 16

/** One row, leased to us. */
struct fetch {
    int64_t workspace_id;
    struct uuid fetch_id, source_id;
    const char *platform, *external_id, *page_id, *form_id;
    int attempts; /**< this one counted */
    int64_t created_ms;
    bool is_stopped;    /**< its page has no working token */
    int64_t blocked_ms; /**< its page is rate limited until then; 0: not */
};

struct fetch_list {
    struct fetch *rows;
    size_t n;
};

/** How a lease ends. */
struct fetch_end {
    const char *state;   /**< "pending", "done", "parked", "dead" */
    int64_t next_ms;     /**< pending: next try; 0: when its page works */
    const char *error;   /**< class and code, or NULL */
    struct uuid lead_id; /**< done: what it became, or nil */
    bool not_tried;      /**< the attempt does not count */
};

/** A page, or with an empty page_id the source itself. */
struct fetch_page {
    int64_t workspace_id;
    struct uuid source_id;
    const char *page_id;
    uint8_t token[FETCH_TOKEN_BYTES]; /**< fingerprint it stopped with */
};

/** Which workspaces have something to do. */
enum fetch_duty {
    FETCH_DUE,   /**< leads to be read */
    FETCH_HELD,  /**< leads that wait for their page */
    FETCH_FORMS, /**< forms to be read in bulk */
    FETCH_ALL,   /**< every workspace */
};

enum err fetch_workspaces(struct pg *pg, struct arena *mem,
                          enum fetch_duty duty, int64_t now_ms, int64_t **out,
                          size_t *out_n) MUST_CHECK;

/** Take up to @a max due rows until @a until_ms; also those whose lease is
 *  over. */
enum err fetch_lease(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     int64_t now_ms, int64_t until_ms, int max,
                     struct fetch_list *out) MUST_CHECK;
/** Is the lease still ours and the lead still wanted? */
enum err fetch_still_ours(struct pg *pg, struct arena *mem,
                          const struct fetch *f, bool *out) MUST_CHECK;
/** End a lease; nothing happens when it is not ours any more. */
enum err fetch_finish(struct pg *pg, struct arena *mem, const struct fetch *f,
                      const struct fetch_end *end, int64_t now_ms) MUST_CHECK;

/* ---- pages ---- */

/** No more reads with this token; what is pending of the page waits. */
enum err fetch_page_stop(struct pg *pg, struct arena *mem,
                         const struct fetch_page *page, const char *reason,
                         int64_t now_ms) MUST_CHECK;
enum err fetch_page_block(struct pg *pg, struct arena *mem,
                          const struct fetch_page *page, const char *reason,
                          int64_t until_ms, int64_t now_ms) MUST_CHECK;
/** A lead was read; kept to the minute. */
enum err fetch_page_works(struct pg *pg, struct arena *mem,
                          const struct fetch_page *page,
                          int64_t now_ms) MUST_CHECK;
enum err fetch_pages_stopped(struct pg *pg, struct arena *mem,
                             struct fetch_page **out, size_t *out_n) MUST_CHECK;
enum err fetch_page_resume(struct pg *pg, struct arena *mem,
                           const struct fetch_page *page,
                           int64_t now_ms) MUST_CHECK;
/** Make what waits for pages that are not stopped (any more) due. */
enum err fetch_release(struct pg *pg, struct arena *mem, int64_t workspace_id,
                       int64_t now_ms) MUST_CHECK;

/* ---- forms ---- */

/** A form of Meta; of LinkedIn an owner of forms, by URN, that is its own
 *  page. */
struct fetch_form {
    int64_t workspace_id;
    struct uuid source_id;
    const char *form_id, *page_id;
    const char *platform; /**< set by the lease */
};

/** Remember a form, so that it is read in bulk. */
enum err fetch_form_seen(struct pg *pg, struct arena *mem,
                         const struct fetch_form *form,
                         int64_t now_ms) MUST_CHECK;
/** Take one due form; its next turn is @a next_ms.  @return ERR_OK;
 *  ERR_NOT_FOUND: none is due */
enum err fetch_form_lease(struct pg *pg, struct arena *mem,
                          int64_t workspace_id, int64_t now_ms, int64_t next_ms,
                          struct fetch_form *out) MUST_CHECK;
/** @param error NULL: it was read to the end */
enum err fetch_form_swept(struct pg *pg, struct arena *mem,
                          const struct fetch_form *form, const char *error,
                          int64_t now_ms) MUST_CHECK;

/* ---- all of them ---- */

/** Leads waiting, and pages that stand still, over all workspaces. */
struct fetch_counts {
    int64_t pending, leased, parked, dead, pages_stopped;
};

enum err fetch_count(struct pg *pg, struct arena *mem,
                     struct fetch_counts *out) MUST_CHECK;
/** Forget what was read before. */
enum err fetch_prune(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     int64_t before_ms) MUST_CHECK;
/** Queue leads without a receipt.  @param out_new how many were not known */
enum err fetch_enqueue(struct pg *pg, struct arena *mem, int64_t workspace_id,
                       const struct fetch_order *orders, size_t n,
                       int64_t now_ms, size_t *out_new) MUST_CHECK;

#endif
