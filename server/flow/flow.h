/**
 * @file flow.h
 * The road, put together: settings, writer, claimer, readers, sweeper.
 * api/ and cli/ reach all of them through here.
 */
#ifndef LEADD_FLOW_H
#define LEADD_FLOW_H

#include "base/done.h"
#include "flow/import.h"
#include "flow/prepare.h"
#include "flow/settings.h"
#include "spool/spool.h"
#include "store/pool.h"
#include "store/work.h"
#include "store/writer.h"

struct flow_config {
    struct pg_config pg;
    int writers;        /**< intake writer threads */
    int readers;        /**< reader threads */
    size_t queue_max;   /**< works waiting for the writer */
    size_t batch_max;   /**< works per transaction */
    size_t reads_max;   /**< reads waiting */
    int work_ms;        /**< how long a work may take, retries included */
    int lease_ms;       /**< time to accept a claim */
    int respond_ms;     /**< first-response target */
    const char *pepper; /**< of key hashes, borrowed */
    bool mail_check;    /**< note mail domains for the mail checker */
    bool no_sweep;      /**< leave what is due to another process */
    struct spool_config spool; /**< dir "": none */
    bool migrate; /**< when the database was away at the start: later */
};

struct flow;

/**
 * Connect, check the schema, load settings, start the threads.  While the
 * database is away the settings kept beside the journal do: then all that may
 * goes to the journal, until the database is back and its schema right.
 * @return ERR_OK; ERR_DATABASE; ERR_CONFIG when the schema is not migrated;
 *         ERR_SCHEMA_NEWER; as spool_open
 */
enum err flow_start(const struct flow_config *config,
                    struct flow **out) MUST_CHECK;
/** Finish what is in hand, end the threads, free.  NULL is fine. */
void flow_stop(struct flow *f);

struct settings *flow_settings(struct flow *f);
const struct flow_config *flow_config(const struct flow *f);

/**
 * A new work with its receipt begun: ids, times, deadline.
 * @return given; NULL when out of memory
 */
struct work *flow_work(struct flow *f, int64_t workspace_id, const char *door);

/**
 * Hand a work to the intake writer, or to the claimer if it holds a claim
 * order.  As writer_submit; a work with may_spool goes to the journal when the
 * database is away, and its done then finds ERR_OK and w->spooled.
 */
enum err flow_submit(struct flow *f, struct work *w) MUST_CHECK;

/** Run a read. As pool_submit. */
enum err flow_read(struct flow *f, const struct job *job) MUST_CHECK;

/** How the journal stands. @return false when there is none */
bool flow_spool_stat(struct flow *f, struct spool_stat *out);

/** The lists that are coming in. */
struct imports *flow_imports(struct flow *f);

/** Was its schema found right, now or when it last answered? */
bool flow_prepared(const struct flow *f);
/** Is the database answering? */
bool flow_healthy(const struct flow *f);

/** Number that grows whenever the hot list of a workspace may differ. */
uint64_t flow_ready_version(struct flow *f, int64_t workspace_id);
/** Call @a done once the version is no longer @a seen (at once if it is
 *  not).  @return false when too many wait; done never runs then */
bool flow_ready_wait(struct flow *f, int64_t workspace_id, uint64_t seen,
                     struct done done) MUST_CHECK;
/** Wake all that wait, for shutdown. */
void flow_ready_wake_all(struct flow *f);

/** Make the database ready that was away at the start: bring its schema up
 *  to date if told to, check it, load settings.  Thread: the watch's.
 *  @return ERR_OK, at once when it was ready before */
enum err flow_prepare_store(struct flow *f) MUST_CHECK;

/** Settings were changed by us: load them now. */
enum err flow_reload(struct flow *f) MUST_CHECK;

#endif
