/**
 * @file journal.h
 * What spool.c (writing) and spool_read.c (reading) share.  Not the room's
 * face; spool.h is.
 */
#ifndef LEADD_JOURNAL_H
#define LEADD_JOURNAL_H

#include <pthread.h>

#include "spool/segment.h"
#include "spool/spool.h"

#define SPOOL_NAME_BYTES 80

/** A record on its way to the disk, its frame in front of its data. */
struct spool_item {
    struct spool_item *next;
    struct done done;
    uint32_t n;
    uint8_t bytes[]; /* SEGMENT_FRAME_BYTES, then n of data */
};

/** A segment file there is. */
struct spool_file {
    uint64_t seq;
    uint64_t bytes; /* that may be read: fsynced, or there when we started */
    struct spool_file *next;
};

struct dirent;

struct spool_reader {
    struct spool_pos at;   /* where reading goes on */
    struct spool_pos done; /* all before it is done, durably */
    struct spool_pos told; /* damage before it was told of already */
    uint64_t held_seq;     /* this segment could not be quarantined from */
    bool given;            /* a record that is not done was given */
    struct segment_head head;
    bool has_head;
    uint64_t loaded_seq; /* what p holds; 0: nothing */
    uint8_t *p;
    size_t n, cap;
};

struct spool {
    struct spool_config config;
    int dir_fd, aside_fd, lock_fd;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    /* under the lock */
    struct spool_item *head, **tail;
    uint64_t waiting_bytes;
    struct spool_file *files, **last_file;
    uint64_t total_bytes, records, next_seq, old_seq;
    bool stopping, busy, failing, counting;
    int64_t refuse_until_ms; /* monotonic: the disk failed just now */
    /* the spool thread's own, or under the lock while !busy */
    int fd; /* of the segment being written; -1: none */
    struct segment_head now;
    uint64_t written;
    struct spool_reader read; /* the drain thread's own */
};

#define SPOOL_FILE_MODE 0600

/** The thread behind spool_append, until sp->stopping. @param arg the spool */
void *spool_write_thread(void *arg);
/** Note a segment that is there, the newest of all.  The lock is held, or
 *  there is no thread yet. */
void spool_add_file(struct spool *sp, uint64_t seq, uint64_t bytes);
/** File name of a segment. @return @a out */
char *spool_name(uint64_t seq, char out[SPOOL_NAME_BYTES]);
/** Names of all segments, oldest first, as scandir gives them. */
int spool_segments(int dir_fd, struct dirent ***out);
/** Close the segment being written.  The lock is held, and !busy. */
void spool_seal(struct spool *sp);
/** Write all of @a n bytes to a new file @a name in @a dir_fd and fsync. */
enum err spool_write_file(int dir_fd, const char *name, const void *p,
                          size_t n) MUST_CHECK;
/** Read the durable position, at start. */
void spool_read_done(struct spool *sp);
void spool_reader_free(struct spool_reader *r);
/** Tell the metrics.  The lock is held. */
void spool_gauges(const struct spool *sp);

#endif
