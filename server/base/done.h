/**
 * @file done.h
 * How an answer comes back up: a callback handed down with the work.
 */
#ifndef LEADD_DONE_H
#define LEADD_DONE_H

#include "base/err.h"

/**
 * Called exactly once, from any thread, when the work is over.  @a result is
 * *taken*: whoever made the struct done frees it, also when nobody waits any
 * more.  NULL is a fine result.
 */
struct done {
    void (*fn)(void *ctx, enum err e, void *result);
    void *ctx;
};

#endif
