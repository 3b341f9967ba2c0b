/**
 * @file answers.h
 * Answers kept for Idempotency-Key, for work that does not pass the writer
 * (the writer keeps its own in the transaction of the work itself).
 */
#ifndef LEADD_ANSWERS_H
#define LEADD_ANSWERS_H

#include "store/pg.h"

struct kept_answer {
    const char *scope, *key;
    uint8_t fingerprint[32];
    struct uuid claimer; /**< of answer_claim: the request's own */
    int status;
    const char *body;
};

/**
 * @param a scope, key and fingerprint given; status and body set when found
 * @return ERR_OK: found; ERR_NOT_FOUND; ERR_KEY_REUSED: the key was used with
 *         another request
 */
enum err answer_find(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     struct kept_answer *a) MUST_CHECK;
/** Keep it; the first one stands. */
enum err answer_keep(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     const struct kept_answer *a, int64_t now_ms) MUST_CHECK;

/**
 * Take the key before the work, so that of many with one key one works.
 *
 * @param a as for answer_find, and claimer
 * @return as answer_find, but ERR_NOT_FOUND: the key is the claimer's now,
 *         until answer_settle or answer_drop, or a minute later;
 *         ERR_KEY_IN_PROGRESS: it is another's
 */
enum err answer_claim(struct pg *pg, struct arena *mem, int64_t workspace_id,
                      struct kept_answer *a, int64_t now_ms) MUST_CHECK;
/** The work is done: keep its answer under the claimed key.  A failure is
 *  logged: the work stands, and its answer is given all the same. */
void answer_settle(struct pg *pg, struct arena *mem, int64_t workspace_id,
                   const struct kept_answer *a);
/** It failed: the key is free again. */
void answer_drop(struct pg *pg, struct arena *mem, int64_t workspace_id,
                 const struct kept_answer *a);

#endif
