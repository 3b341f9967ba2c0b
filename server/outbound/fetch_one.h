/**
 * @file fetch_one.h
 * Steps of the fetcher's threads: one leased lead, one form.  Not part of the
 * room's face; fetcher.h is.
 */
#ifndef LEADD_FETCH_ONE_H
#define LEADD_FETCH_ONE_H

#include "outbound/fetcher.h"
#include "store/fetch_queue.h"

#define FETCH_TOKEN_MAX 2048

/** One thread's own. */
struct fetch_worker {
    const struct fetcher_config *config;
    const struct fetcher_ops *ops;
    struct pg *pg;
    struct reader *reader;
    struct arena *mem; /**< of one round */
    struct arena *one; /**< emptied for each lead, and each part of a form */
};

/** Read one leased lead and end its lease. */
enum err fetch_one(struct fetch_worker *w, const struct fetch *f) MUST_CHECK;

/** Start pages again whose token was changed. */
enum err fetch_resume_pages(struct fetch_worker *w) MUST_CHECK;

/** Read one due form in bulk and queue what nobody told us.
 *  @param out_any was there one? */
enum err fetch_sweep_form(struct fetch_worker *w, bool *out_any) MUST_CHECK;

/** The token of a page.  @return false: there is none; the fingerprint is
 *  of none, then */
bool fetch_token(struct fetch_worker *w, struct fetch_page *page,
                 char out[FETCH_TOKEN_MAX]);
/** What a refusal means for the whole page: stop it, or wait.
 *  @param out_ms when to try again; 0: when it works again */
enum err fetch_page_trouble(struct fetch_worker *w,
                            const struct fetch_page *page,
                            const struct reading *why, int attempts,
                            int64_t *out_ms) MUST_CHECK;
/** Wait before try number @a attempt + 1. */
int64_t fetch_wait_ms(int attempt, int64_t base_ms, int64_t most_ms);

#endif
