/**
 * @file verifier.h
 * Asks captcha services whether a visitor passed: a short queue and threads
 * of its own, so that nobody else waits.  All that is asked gets an answer
 * within the deadline, and what waits longer than it is given up.
 */
#ifndef LEADD_VERIFIER_H
#define LEADD_VERIFIER_H

#include "base/done.h"
#include "outbound/client.h"

struct verifier_config {
    struct client_rules rules;
    int threads;
    size_t queue_max;
    int64_t total_ms; /**< of one question, its waiting included */
};

struct verifier;

/** @return given; NULL when out of memory */
struct verifier *verifier_start(const struct verifier_config *config);
/** Answer all that waits (ERR_DRAINING), end the threads, free.  NULL is
 *  fine. */
void verifier_stop(struct verifier *v);

/**
 * Ask one service.  Thread: any.
 *
 * @param url of the operator's settings, borrowed until the answer
 * @param form urlencoded question, copied
 * @param done ERR_OK: passed; ERR_FORBIDDEN: did not; any other: nobody could
 *        say.  On a thread of the verifier
 * @return false when too many wait; done never runs then
 */
bool verifier_ask(struct verifier *v, const char *url, const char *form,
                  struct done done) MUST_CHECK;

/** The answer of a service, as Turnstile and hCaptcha write it.  Pure.
 *  @return as done */
enum err verifier_read(int status, const char *body, size_t n);

#endif
