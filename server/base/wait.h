/**
 * @file wait.h
 * Waiting on a condition for a bounded time.  The monotonic clock counts, so
 * a wall clock that is set back keeps nobody asleep.
 */
#ifndef LEADD_WAIT_H
#define LEADD_WAIT_H

#include <pthread.h>

#include "base/base.h"

/**
 * Wait until @a cond is signalled or @a ms have passed; may wake early, as
 * conditions do.  Thread: any that holds @a lock.
 */
void wait_ms(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t ms);

/**
 * Sleep unless told to end: what the worker threads do between rounds.
 *
 * @param stopping set under @a lock, with @a cond signalled
 * @return false when *stopping
 */
bool wait_unless(const bool *stopping, pthread_cond_t *cond,
                 pthread_mutex_t *lock, int64_t ms);

#endif
