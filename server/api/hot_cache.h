/**
 * @file hot_cache.h
 * The hot list as bytes, shared by all who poll it.  An entry (workspace,
 * limit, form) holds the answer and the change number of the moment its query
 * began; while that number stands the answer does, and no query runs.  Polls
 * that need the same query wait for one.  Any thread.
 */
#ifndef LEADD_HOT_CACHE_H
#define LEADD_HOT_CACHE_H

#include "flow/flow.h"
#include "http/reply.h"

#define HOT_TAG_BYTES 36

struct hot_cache;

struct hot_cache *hot_cache_new(void);
/** NULL is fine; queries on their way may still end after it. */
void hot_cache_free(struct hot_cache *c);

struct hot_key {
    int64_t workspace_id;
    int limit;
    bool stream; /**< as server-sent events */
};

/** One answer. */
struct hot_list {
    struct http_body *body;  /**< held */
    uint64_t version;        /**< of the list when it was read, or earlier */
    char tag[HOT_TAG_BYTES]; /**< ETag with quotes; of a stream its id */
};

/** @return true when what is kept is right; @a out to be released */
bool hot_cache_get(struct hot_cache *c, struct flow *flow,
                   const struct hot_key *key, struct hot_list *out);
/**
 * Read it, or join those who wait for it.  @a done gets a struct hot_list *
 * (hot_list_free) as right as when this was called, or later; or an error.
 */
void hot_cache_load(struct hot_cache *c, struct flow *flow,
                    const struct hot_key *key, struct done done);

void hot_list_release(struct hot_list *l);
/** Of a list on the heap. */
void hot_list_free(void *list);

#endif
