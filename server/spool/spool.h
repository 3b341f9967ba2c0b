/**
 * @file spool.h
 * A durable journal of opaque records on the local disk, for when the
 * database is away.  What was told ERR_OK by its done has been fsynced; one
 * fsync serves all that wait.  Records come back in the order they were
 * appended, until they are said to be done; after a crash some may come back
 * again.
 *
 * A directory belongs to one process at a time (a lock file sees to it):
 *   <seq>.seg        segments (segment.c), oldest first
 *   done             up to where all is done: "<seq> <offset>"
 *   quarantine/      damaged and refused records, "<seq>-<offset>.<why>"
 */
#ifndef LEADD_SPOOL_H
#define LEADD_SPOOL_H

#include "base/done.h"

struct spool;

struct spool_config {
    const char *dir;        /**< made if missing, for its owner only */
    uint64_t max_bytes;     /**< budget of all segments together */
    uint64_t segment_bytes; /**< a segment is full at this size */
};

/**
 * @return ERR_OK and *out given; ERR_BUSY: another process has the directory;
 *         ERR_IO with errno; ERR_NO_MEMORY
 */
enum err spool_open(const struct spool_config *config,
                    struct spool **out) MUST_CHECK;
/** Write what waits, end the thread, free.  NULL is fine. */
void spool_close(struct spool *sp);

/**
 * Hand one record to the journal.  Thread: any; never waits for the disk.
 *
 * @param rec borrowed for this call (copied); 1 to SEGMENT_REC_MAX bytes
 * @param done runs once, on the spool's thread: ERR_OK after the fsync, or
 *        ERR_SPOOL_IO, ERR_SPOOL_FULL (the disk is full); its result is NULL
 * @return ERR_OK when accepted; ERR_SPOOL_FULL when the budget is used up,
 *         ERR_SPOOL_IO shortly after a failure, ERR_TOO_LARGE, ERR_NO_MEMORY
 *         (then done never runs)
 */
enum err spool_append(struct spool *sp, const void *rec, size_t rec_bytes,
                      struct done done) MUST_CHECK;

/* ---- reading back: one thread, the drain's ---- */

/** Count what earlier runs left, for the gauges: reads all of it, once. */
void spool_count(struct spool *sp);

/** A place in the journal: behind a record. */
struct spool_pos {
    uint64_t seq;
    size_t at;
};

struct spool_rec {
    const void *data; /**< borrowed until the next call that reads */
    size_t n;
    struct spool_pos begin, end;
};

/**
 * The record behind the last one given.  Damage on the way is counted, copied
 * to quarantine and passed.
 * @return ERR_OK; ERR_NOT_FOUND: no more for now; ERR_IO, ERR_NO_MEMORY
 */
enum err spool_next(struct spool *sp, struct spool_rec *out) MUST_CHECK;
/** Give everything behind the last spool_done again. */
void spool_rewind(struct spool *sp);
/** All up to @a pos, @a n records since the last time, need never be given
 *  again.  Durable when it returns ERR_OK; room is made. */
enum err spool_done(struct spool *sp, const struct spool_pos *pos,
                    size_t n) MUST_CHECK;
/** A record that nobody will take: keep it in quarantine. @param why a word */
void spool_refuse(struct spool *sp, const struct spool_rec *rec,
                  const char *why);

/** How it stands.  Thread: any. */
struct spool_stat {
    uint64_t records; /**< not done yet */
    uint64_t bytes, max_bytes;
    bool failing;  /**< the last attempt to write failed */
    bool counting; /**< records of earlier runs are not all in it yet */
};

void spool_stat(struct spool *sp, struct spool_stat *out);

#endif
