/**
 * @file writer.h
 * The group-commit writer: gathers what waits, does it in one transaction,
 * commits, then tells everybody.  Nobody hears "stored" before COMMIT
 * returned.
 */
#ifndef LEADD_WRITER_H
#define LEADD_WRITER_H

#include "lead/rules.h"
#include "store/pg.h"
#include "store/work.h"

/** Handed down by flow: what the writer may not know itself. */
struct writer_ops {
    void *ctx;
    /** Rules of a workspace, held until leave. @return false: no such */
    bool (*enter)(void *ctx, int64_t workspace_id, struct workspace_rules *out);
    void (*leave)(void *ctx, struct workspace_rules *rules);
    /** Judge one bundle: scores, hops, due time.  Pure but for settings.
     *  What it takes from @a mem is gone after. */
    void (*judge)(void *ctx, const struct workspace_rules *rules,
                  struct bundle *b, int64_t now_ms, struct arena *mem);
    /** The hand-over snapshot of a claim, JSON text in @a mem. */
    const char *(*snapshot)(void *ctx, const struct workspace_rules *rules,
                            const struct bundle *b, int64_t now_ms,
                            struct arena *mem);
    /** JSON list of stages that may follow, in @a mem; for refusals. */
    const char *(*legal)(void *ctx, enum stage from, enum actor actor,
                         struct arena *mem);
    /** May that step be made? */
    bool (*may_step)(void *ctx, enum stage from, enum stage to,
                     enum actor actor);
    /** Is this a reason that disqualifies a lead? */
    bool (*disqualify_reason)(void *ctx, const char *reason);
    /** May the database that answers again be written to?  NULL: yes.
     *  Asked on a writer's thread until it is true. */
    bool (*may_write)(void *ctx);
    /** After COMMIT, before done: caches may be dropped here. */
    void (*committed)(void *ctx, int64_t workspace_id, bool ready_changed);
};

struct writer_config {
    struct pg_config pg;
    int threads;      /**< writers, 1 to 4 */
    size_t queue_max; /**< works waiting; more are refused */
    size_t batch_max; /**< works per transaction */
    int give_up_ms;   /**< how long one work may be tried again */
    bool away;        /**< the database is known to be away at the start */
};

struct writer;

/** Starts the threads. @return given; NULL when out of memory */
struct writer *writer_start(const struct writer_config *config,
                            const struct writer_ops *ops);
/** Finish what waits (bounded by give_up_ms), end the threads, free. */
void writer_stop(struct writer *w);

/**
 * Hand over one work.  Thread: any.  @a done runs on the writer thread, also
 * on failure, exactly once.
 * @return ERR_OK: taken.  ERR_BUSY: the queue is full; ERR_DATABASE: the
 *         database is known to be away: the work stays the caller's
 */
enum err writer_submit(struct writer *w, struct work *work) MUST_CHECK;

/** Is the database answering? */
bool writer_healthy(const struct writer *w);
/** Works waiting now. */
size_t writer_waiting(const struct writer *w);

#endif
