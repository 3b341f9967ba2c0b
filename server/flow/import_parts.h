/**
 * @file import_parts.h
 * What the files of the import know of each other.  Private to flow/import*.
 */
#ifndef LEADD_IMPORT_PARTS_H
#define LEADD_IMPORT_PARTS_H

#include <pthread.h>

#include "flow/flow.h"
#include "flow/import.h"
#include "intake/charset.h"
#include "store/imports.h"

#define CHUNK_ROWS        256
#define CHUNK_BYTES       ((size_t)256 << 10)
#define CHUNKS_MAX        6 /* with the writer at a time */
#define FEED_MAX          ((size_t)1 << 20)
#define IMPORT_GIVE_UP_MS 30000 /* without any chunk getting through */

/** One record of a chunk. */
struct chunk_row {
    size_t at, n; /**< in chunk.raw */
    int64_t row, line;
    enum csv_found found;
    struct uuid id;
    bool known; /**< taken in before, or twice in this chunk */
};

/** A run of rows; belongs to the import's thread, or to the writer. */
struct chunk {
    struct import *im;
    struct chunk *next;
    struct buf raw;
    struct chunk_row rows[CHUNK_ROWS];
    size_t n;
    int64_t first_row, bytes;
    struct uuid content;
    bool asked; /**< known is set in all rows */
    enum err err;
    bool told; /**< err is what its one row is reported with */
};

struct slab {
    struct slab *next;
    size_t n;
    char bytes[];
};

/** Shared by the feeder, the import's thread and the writer's threads. */
struct import {
    struct imports *all;
    struct import *next;
    struct arena *mem; /**< of the order */
    struct import_order order;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct slab *head, **tail;
    size_t waiting; /**< bytes fed and not yet read */
    bool closed, left, stop;
    struct done room, end; /**< fn NULL: nobody waits */
    struct chunk *back;    /**< what the writer has answered */
    size_t n_out;          /**< chunks with the writer */
    enum err err;
    int refs;
};

/** The import's thread and what only it sees. */
struct run {
    struct import *im;
    struct flow *f;
    struct snapshot *snap;
    struct pg *pg;
    struct arena *mem; /**< as long as the import */
    struct arena *tmp; /**< as long as a chunk */
    struct import_reader rd;
    struct import_view *view;
    struct charset *charset;
    struct buf in; /**< UTF-8 not yet cut into records */
    size_t at;     /**< how much of it was */
    bool has_heading;
    struct buf heading;
    int64_t line, row;
    uint8_t salt[32];         /**< what every row's identity begins with */
    struct chunk *chunk;      /**< being filled */
    struct import_done *done; /**< chunks of an earlier request */
    size_t n_done;
    int64_t faults_ms; /**< passing faults since then; 0: none */
};

/* import.c */
struct flow *imports_flow(const struct imports *all);
void import_drop(struct import *im);
/** Next bytes, or a chunk that came back, or the end: blocks.
 *  @return NULL: look at back, closed, left and stop */
struct slab *import_take(struct import *im);
void import_fail(struct import *im, enum err e);

/* import_chunk.c */
struct chunk *chunk_new(struct run *r);
void chunk_free(struct chunk *c);
/** Give a chunk, taken, to the writer; waits while enough are there. */
enum err chunk_send(struct run *r, struct chunk *c) MUST_CHECK;
/** Deal with what the writer answered.  @param all wait for all of it */
enum err chunks_reap(struct run *r, bool all) MUST_CHECK;

/* import_run.c */
void *import_thread(void *im);
/** A passing fault: wait a little.  @return false when it is time to end */
bool import_pause(struct run *r, enum err e);

#endif
