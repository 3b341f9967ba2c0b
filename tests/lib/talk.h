/**
 * @file talk.h
 * Short words for tests that talk to a server: texts, calls whose answers
 * need no freeing, many callers at once, waiting for a condition.
 */
#ifndef LEADD_TESTS_TALK_H
#define LEADD_TESTS_TALK_H

#include <poll.h>
#include <stdint.h>

#include "lib/http_client.h"

/** printf into one of 32 buffers of this thread, taken in turn. */
const char *text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** The same, kept until the program ends.  For the test's own thread. */
const char *keep(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** http_call; the answer lives until the 32nd call after it.  For the
 *  test's own thread; others call http_call and reply_free. */
const struct reply *call(int port, const char *method, const char *path,
                         const char *key, const char *headers,
                         const char *body);

/** Fails with the whole answer when the status is another. */
#define EXPECT(r, want)                                                        \
    do {                                                                       \
        const struct reply *expect_r_ = (r);                                   \
        int expect_n_ = (want);                                                \
        ck_assert_msg(expect_r_->status == expect_n_,                          \
                      "%d, expected %d: %.1500s", expect_r_->status,           \
                      expect_n_, expect_r_->body);                             \
    } while (0)

/** Like http_call, but nothing fails the test and nothing is validated.
 *  @return the status; 0 when no whole answer came within @a ms */
int try_call(int port, int ms, const char *method, const char *path,
             const char *key, const char *body, char *answer,
             size_t answer_size);

/** @a fn once in each of @a n threads, all let go at once. */
void together(int n, void (*fn)(void *ctx, int i), void *ctx);

/** Milliseconds of the monotonic clock. */
long long talk_ms(void);

/** Wait until @a condition holds, at most @a ms. @return whether it does */
#define UNTIL(condition, ms)                                                   \
    __extension__({                                                            \
        long long until_end_ = talk_ms() + (ms);                               \
        bool until_ok_;                                                        \
        while (!(until_ok_ = (condition)) && talk_ms() < until_end_)           \
            poll(NULL, 0, 20);                                                 \
        until_ok_;                                                             \
    })

#endif
