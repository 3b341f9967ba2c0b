#include "flow/ready.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/reserve.h"

#define WAITERS_MAX 20000

struct waiter {
    int64_t workspace_id;
    struct done done;
    struct waiter *next;
};

struct counter {
    int64_t workspace_id;
    uint64_t version;
    struct counter *next;
};

struct ready {
    pthread_mutex_t lock;
    struct counter *counters;
    struct waiter *waiters;
    size_t n_waiters;
};

struct ready *ready_new(void)
{
    struct ready *r = calloc(1, sizeof(*r));

    if (r)
        pthread_mutex_init(&r->lock, NULL);
    return r;
}

void ready_free(struct ready *r)
{
    if (!r)
        return;
    ready_wake_all(r);
    while (r->counters) {
        struct counter *c = r->counters;

        r->counters = c->next;
        reserve_free(c);
    }
    pthread_mutex_destroy(&r->lock);
    free(r);
}

/* Under the lock. */
static struct counter *counter_of(struct ready *r, int64_t workspace_id)
{
    struct counter *c;

    for (c = r->counters; c; c = c->next)
        if (c->workspace_id == workspace_id)
            return c;
    c = reserve_must(sizeof(*c));
    c->workspace_id = workspace_id;
    c->version = 1;
    c->next = r->counters;
    r->counters = c;
    return c;
}

uint64_t ready_version(struct ready *r, int64_t workspace_id)
{
    uint64_t v;

    pthread_mutex_lock(&r->lock);
    v = counter_of(r, workspace_id)->version;
    pthread_mutex_unlock(&r->lock);
    return v;
}

/* Under the lock: cut out who waits for @a workspace_id (0: all). */
static struct waiter *cut(struct ready *r, int64_t workspace_id)
{
    struct waiter **at = &r->waiters, *out = NULL;

    while (*at) {
        struct waiter *w = *at;

        if (workspace_id && w->workspace_id != workspace_id) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        w->next = out;
        out = w;
        r->n_waiters--;
    }
    return out;
}

static void wake(struct waiter *w)
{
    while (w) {
        struct waiter *next = w->next;

        w->done.fn(w->done.ctx, ERR_OK, NULL);
        free(w);
        w = next;
    }
}

void ready_changed(struct ready *r, int64_t workspace_id)
{
    struct waiter *w;

    pthread_mutex_lock(&r->lock);
    counter_of(r, workspace_id)->version++;
    w = cut(r, workspace_id);
    pthread_mutex_unlock(&r->lock);
    wake(w);
}

void ready_wake_all(struct ready *r)
{
    struct waiter *w;

    pthread_mutex_lock(&r->lock);
    w = cut(r, 0);
    pthread_mutex_unlock(&r->lock);
    wake(w);
}

bool ready_wait(struct ready *r, int64_t workspace_id, uint64_t seen,
                struct done done)
{
    struct waiter *w = calloc(1, sizeof(*w));
    bool ok = false, now = false;

    if (!w)
        return false;
    w->workspace_id = workspace_id;
    w->done = done;
    pthread_mutex_lock(&r->lock);
    if (counter_of(r, workspace_id)->version != seen) {
        now = true;
    } else if (r->n_waiters < WAITERS_MAX) {
        w->next = r->waiters;
        r->waiters = w;
        r->n_waiters++;
        ok = true;
    }
    pthread_mutex_unlock(&r->lock);
    if (!ok)
        free(w);
    if (now)
        done.fn(done.ctx, ERR_OK, NULL);
    return ok || now;
}
