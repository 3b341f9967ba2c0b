/**
 * @file pool.h
 * Reader threads, each with its own connection, and a bounded queue of jobs.
 */
#ifndef LEADD_POOL_H
#define LEADD_POOL_H

#include "base/done.h"
#include "store/pg.h"

struct pool;

/** One read.  @a run gets a connection that is ready. */
struct job {
    enum err (*run)(struct pg *pg, void *ctx);
    void *ctx;        /**< handed to run, then to done as the result */
    struct done done; /**< called once, on the pool's thread */
    /** What run allocates from, guarded while it runs: when it is full the
     *  connection is dropped and the job ends with ERR_NO_MEMORY.  NULL: none
     *  is, and a full one ends the process. */
    struct arena *mem;
};

struct pool *pool_start(const struct pg_config *pg, int threads,
                        size_t queue_max);
/** Run what waits, end the threads, free. */
void pool_stop(struct pool *p);
/** Thread: any. @return ERR_OK; ERR_BUSY: the queue is full, done never
 *  runs and ctx stays the caller's */
enum err pool_submit(struct pool *p, const struct job *job) MUST_CHECK;

#endif
