#include "api/hot_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/reserve.h"
#include "store/read_hot.h"

#define ENTRIES_MAX    1024
#define BYTES_MAX      ((size_t)32 << 20)
#define LOAD_ARENA_MAX ((size_t)64 << 20)

/* Who waits, and which change number the answer must have seen. */
struct waiter {
    uint64_t want;
    struct done done;
    struct waiter *next;
};

struct entry {
    struct hot_key key;
    struct hot_list list; /* body NULL: nothing read yet */
    size_t bytes;
    bool loading;
    uint64_t used; /* for eviction */
    struct waiter *waiters;
    struct entry *next;
};

struct hot_cache {
    pthread_mutex_t lock;
    size_t refs; /* the owner and every query on its way */
    struct entry *entries;
    size_t n, bytes;
    uint64_t turn;
};

/* One query on its way. */
struct load {
    struct hot_cache *cache;
    struct flow *flow;
    struct hot_key key;
    uint64_t version; /* when it began */
    struct arena *mem;
    struct buf out;
};

struct hot_cache *hot_cache_new(void)
{
    struct hot_cache *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    pthread_mutex_init(&c->lock, NULL);
    c->refs = 1;
    return c;
}

static void drop(struct hot_cache *c)
{
    bool last;

    pthread_mutex_lock(&c->lock);
    last = --c->refs == 0;
    pthread_mutex_unlock(&c->lock);
    if (!last)
        return;
    while (c->entries) {
        struct entry *e = c->entries;

        c->entries = e->next;
        http_body_drop(e->list.body);
        free(e);
    }
    pthread_mutex_destroy(&c->lock);
    free(c);
}

void hot_cache_free(struct hot_cache *c)
{
    if (c)
        drop(c);
}

void hot_list_release(struct hot_list *l)
{
    http_body_drop(l->body);
    l->body = NULL;
}

void hot_list_free(void *list)
{
    if (list)
        hot_list_release(list);
    free(list);
}

/* ---- entries, under the lock ---- */

static struct entry *find(struct hot_cache *c, const struct hot_key *k)
{
    struct entry *e = c->entries;

    while (e && (e->key.workspace_id != k->workspace_id ||
                 e->key.limit != k->limit || e->key.stream != k->stream))
        e = e->next;
    if (e)
        e->used = ++c->turn;
    return e;
}

/* Take out the one least lately asked for that nobody waits for. */
static bool evict(struct hot_cache *c)
{
    struct entry **oldest = NULL, *e;

    for (struct entry **at = &c->entries; *at; at = &(*at)->next)
        if (!(*at)->loading && (!oldest || (*at)->used < (*oldest)->used))
            oldest = at;
    if (!oldest)
        return false;
    e = *oldest;
    *oldest = e->next;
    c->n--;
    c->bytes -= e->bytes;
    http_body_drop(e->list.body);
    free(e);
    return true;
}

static struct entry *find_or_add(struct hot_cache *c, const struct hot_key *k)
{
    struct entry *e = find(c, k);

    if (e)
        return e;
    while (c->n >= ENTRIES_MAX && evict(c))
        ;
    e = c->n < ENTRIES_MAX ? calloc(1, sizeof(*e)) : NULL;
    if (!e)
        return NULL;
    e->key = *k;
    e->used = ++c->turn;
    e->next = c->entries;
    c->entries = e;
    c->n++;
    return e;
}

static void hold(const struct hot_list *from, struct hot_list *out)
{
    *out = *from;
    http_body_hold(out->body);
}

bool hot_cache_get(struct hot_cache *c, struct flow *flow,
                   const struct hot_key *key, struct hot_list *out)
{
    uint64_t version = flow_ready_version(flow, key->workspace_id);
    struct entry *e;
    bool right;

    pthread_mutex_lock(&c->lock);
    e = find(c, key);
    right = e && e->list.body && e->list.version >= version;
    if (right)
        hold(&e->list, out);
    pthread_mutex_unlock(&c->lock);
    return right;
}

/* ---- reading ---- */

static enum err run(struct pg *pg, void *ctx)
{
    struct load *l = ctx;
    struct lead *leads = NULL;
    size_t n = 0;
    enum err e;

    arena_reset(l->mem);
    buf_clear(&l->out);
    e = read_hot(pg, l->mem, l->key.workspace_id, l->key.limit, &leads, &n);
    if (e != ERR_OK)
        return e;
    (void)buf_puts(&l->out, "{\"items\":[");
    for (size_t i = 0; i < n; i++) {
        if (i)
            (void)buf_putc(&l->out, ',');
        lead_to_json(&leads[i], &l->out);
    }
    return buf_puts(&l->out, "],\"next_cursor\":null}");
}

/* One event whose id is the list's fingerprint; EventSource comes back with
   it as Last-Event-ID. */
static struct http_body *stream_body(struct buf *json, char tag[HOT_TAG_BYTES])
{
    struct buf out = BUF_INIT;
    uint8_t hash[SHA256_BYTES];

    crypto_sha256(json->ptr, json->len, hash);
    hex_encode(hash, 16, tag);
    (void)buf_printf(&out, "retry: 1000\nid: %s\nevent: leads\ndata: ", tag);
    (void)buf_add(&out, json->ptr, json->len);
    (void)buf_puts(&out, "\n\n");
    return http_body_new("text/event-stream", &out);
}

static bool make_list(struct load *l, struct hot_list *out)
{
    memset(out, 0, sizeof(*out));
    out->version = l->version;
    if (l->out.failed)
        return false;
    if (l->key.stream) {
        out->body = stream_body(&l->out, out->tag);
    } else {
        out->body = http_body_new("application/json", &l->out);
        if (out->body)
            memcpy(out->tag, http_body_etag(out->body),
                   strlen(http_body_etag(out->body)) + 1);
    }
    return out->body != NULL;
}

static void give(struct waiter *w, enum err e, const struct hot_list *list)
{
    while (w) {
        struct waiter *next = w->next;
        struct hot_list *copy = e == ERR_OK ? malloc(sizeof(*copy)) : NULL;

        if (copy)
            hold(list, copy);
        w->done.fn(w->done.ctx, e == ERR_OK && !copy ? ERR_NO_MEMORY : e, copy);
        free(w);
        w = next;
    }
}

/* Under the lock: cut out who is served by @a version (an error serves
   all). */
static struct waiter *served(struct entry *e, bool all, uint64_t version)
{
    struct waiter **at = &e->waiters, *out = NULL;

    while (*at) {
        struct waiter *w = *at;

        if (!all && w->want > version) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        w->next = out;
        out = w;
    }
    return out;
}

static void keep(struct hot_cache *c, struct entry *e,
                 const struct hot_list *list, size_t bytes)
{
    http_body_drop(e->list.body);
    hold(list, &e->list);
    c->bytes += bytes - e->bytes;
    e->bytes = bytes;
    while (c->bytes > BYTES_MAX && evict(c))
        ;
}

static void start(struct hot_cache *c, struct flow *flow,
                  const struct hot_key *key);

static void load_free(struct load *l)
{
    arena_free(l->mem);
    buf_release(&l->out);
    reserve_free(l);
}

static void finish(struct load *l, enum err e)
{
    struct hot_cache *c = l->cache;
    size_t bytes = l->out.len;
    struct hot_list list = {.body = NULL};
    struct waiter *w;
    struct entry *at;
    bool more;

    if (e == ERR_OK && !make_list(l, &list))
        e = ERR_NO_MEMORY;
    pthread_mutex_lock(&c->lock);
    at = find(c, &l->key); /* there: nobody evicts what is loading */
    w = served(at, e != ERR_OK, l->version);
    more = at->waiters != NULL;
    if (e == ERR_OK)
        keep(c, at, &list, bytes);
    at->loading = more;
    pthread_mutex_unlock(&c->lock);
    give(w, e, &list);
    hot_list_release(&list);
    if (more)
        start(c, l->flow, &l->key);
    load_free(l);
    drop(c);
}

static void loaded(void *ctx, enum err e, void *result)
{
    (void)result;
    finish(ctx, e);
}

/* The entry is marked as loading already. */
static void start(struct hot_cache *c, struct flow *flow,
                  const struct hot_key *key)
{
    struct load *l = reserve_must(sizeof(*l));
    struct job job = {run, l, {loaded, l}, NULL};
    enum err e;

    l->cache = c;
    l->flow = flow;
    l->key = *key;
    l->version = flow_ready_version(flow, key->workspace_id);
    job.mem = l->mem = arena_new(LOAD_ARENA_MAX);
    pthread_mutex_lock(&c->lock);
    c->refs++;
    pthread_mutex_unlock(&c->lock);
    e = l->mem ? flow_read(flow, &job) : ERR_NO_MEMORY;
    if (e != ERR_OK)
        finish(l, e);
}

void hot_cache_load(struct hot_cache *c, struct flow *flow,
                    const struct hot_key *key, struct done done)
{
    struct waiter *w = calloc(1, sizeof(*w));
    struct entry *e = NULL;
    bool first = false;

    if (w) {
        w->want = flow_ready_version(flow, key->workspace_id);
        w->done = done;
        pthread_mutex_lock(&c->lock);
        e = find_or_add(c, key);
        if (e) {
            w->next = e->waiters;
            e->waiters = w;
            first = !e->loading;
            e->loading = true;
        }
        pthread_mutex_unlock(&c->lock);
    }
    if (!e) {
        free(w);
        done.fn(done.ctx, ERR_BUSY, NULL);
    } else if (first) {
        start(c, flow, key);
    }
}
