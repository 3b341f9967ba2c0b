/**
 * @file queue.h
 * Works that wait for a writer, first come first served, and who may take
 * them.
 *
 * Each statement of a batch costs as much for few rows as for many, so a
 * second batch of one workspace is not begun beside another before there are
 * enough works for it, or one has waited long.
 *
 * Thread: any; members are read and written under the lock, works_waiting
 * excepted.
 */
#ifndef LEADD_QUEUE_H
#define LEADD_QUEUE_H

#include <pthread.h>

#include "store/work.h"

#define TAKERS_MAX 4

struct works {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct work *head, **tail;
    size_t waiting, parts;       /**< works, and what they consist of */
    bool stopping;               /**< nobody waits any more, all is taken */
    int64_t in_hand[TAKERS_MAX]; /**< workspace each taker writes for, or 0 */
};

void works_init(struct works *q);
void works_destroy(struct works *q);

/** Thread: the one that holds the lock. */
void works_add(struct works *q, struct work *work);
/**
 * Be done with what one had, and take what waits for one workspace; waits for
 * it, but not for long.
 *
 * @param me 0 to TAKERS_MAX - 1, each taker's own
 * @return works taken, 0 when there is nothing for us
 */
size_t works_take(struct works *q, int me, struct work **out, size_t max);
/** Take out, as a list, all that may go to the journal. */
struct work *works_spoolable(struct works *q);
size_t works_waiting(const struct works *q);
void works_stop(struct works *q);

#endif
