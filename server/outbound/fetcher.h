/**
 * @file fetcher.h
 * Reads leads back from the platforms that only name them: threads of its
 * own, each with a connection to the database and one to the platform, that
 * work the queue off by leases.  Any number of instances may run; what one
 * leaves behind another takes over when the lease ends.
 */
#ifndef LEADD_FETCHER_H
#define LEADD_FETCHER_H

#include "outbound/reader.h"
#include "store/pg.h"
#include "store/work.h"

/** What the fetcher asks of those above it; called on its threads. */
struct fetcher_ops {
    void *ctx;
    /** The token that reads a page of a source, now. @return false: none */
    bool (*token)(void *ctx, int64_t workspace_id, const struct uuid *source_id,
                  const char *page_id, char *out, size_t out_bytes);
    /** The fields the mapping of a source names, as written. */
    const char **(*fields)(void *ctx, int64_t workspace_id,
                           const struct uuid *source_id, struct arena *mem,
                           size_t *out_n);
    /** Make a lead of a receipt and wait for the commit; again with the same
     *  receipt_id is harmless.  ERR_DATABASE, ERR_BUSY and the like: later */
    enum err (*deliver)(void *ctx, int64_t workspace_id,
                        const struct receipt *receipt, struct uuid *out_lead);
    /** All forms that sources list by themselves, and owners of forms. */
    void (*forms)(void *ctx,
                  void (*each)(void *each_ctx, int64_t workspace_id,
                               const struct uuid *source_id,
                               const char *form_id, const char *page_id),
                  void *each_ctx);
    /** All pages a source has a token of their own for. */
    void (*pages)(void *ctx, int64_t workspace_id, const struct uuid *source_id,
                  void (*each)(void *each_ctx, const char *page_id),
                  void *each_ctx);
};

struct fetcher_config {
    struct pg_config pg;
    struct platforms platforms;
    struct client_rules rules;
    int threads;
    int64_t poll_ms;      /**< pause when nothing is due */
    int64_t lease_ms;     /**< when others may take a lead over */
    int64_t retry_ms;     /**< first wait after a failure */
    int64_t sweep_ms;     /**< pause between bulk reads of a form; 0: none */
    int64_t look_back_ms; /**< how far back they look */
};

struct fetcher;

/** @return given; NULL when out of memory */
struct fetcher *fetcher_start(const struct fetcher_config *config,
                              const struct fetcher_ops *ops);
/** Finish the call in hand, end the threads, free.  NULL is fine. */
void fetcher_stop(struct fetcher *f);

#endif
