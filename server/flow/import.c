#include "flow/import.h"

#include <stdlib.h>
#include <string.h>

#include "flow/import_parts.h"

#define IMPORTS_MAX     4
#define ORDER_ARENA_MAX ((size_t)1 << 20)

struct imports {
    struct flow *f;
    pthread_mutex_t lock;
    pthread_cond_t over;
    struct import *list;
    size_t n;
    bool stopping;
};

struct imports *imports_new(struct flow *f)
{
    struct imports *all = calloc(1, sizeof(*all));

    if (!all)
        return NULL;
    all->f = f;
    pthread_mutex_init(&all->lock, NULL);
    pthread_cond_init(&all->over, NULL);
    return all;
}

void imports_stop(struct imports *all)
{
    if (!all)
        return;
    pthread_mutex_lock(&all->lock);
    all->stopping = true;
    for (struct import *im = all->list; im; im = im->next) {
        pthread_mutex_lock(&im->lock);
        im->stop = true;
        pthread_cond_broadcast(&im->wake);
        pthread_mutex_unlock(&im->lock);
    }
    while (all->n)
        pthread_cond_wait(&all->over, &all->lock);
    pthread_mutex_unlock(&all->lock);
    pthread_mutex_destroy(&all->lock);
    pthread_cond_destroy(&all->over);
    free(all);
}

struct flow *imports_flow(const struct imports *all)
{
    return all->f;
}

void import_view_free(void *p)
{
    struct import_view *view = p;

    if (view)
        arena_free(view->mem);
}

/* ---- life ---- */

static void copy_order(struct import *im, const struct import_order *from)
{
    struct import_order *o = &im->order;

    *o = *from;
    o->role = arena_strdup(im->mem, from->role);
    o->charset = arena_strdup(im->mem, from->charset);
    o->terms.source = arena_strdup(im->mem, from->terms.source);
    o->terms.provenance = arena_strdup(im->mem, from->terms.provenance);
    o->terms.note = arena_strdup(im->mem, from->terms.note);
    o->terms.consent = arena_strdup(im->mem, from->terms.consent);
    o->terms.mapping = arena_strdup(im->mem, from->terms.mapping);
}

static struct import *make(struct imports *all,
                           const struct import_order *order)
{
    struct import *im = calloc(1, sizeof(*im));

    if (im)
        im->mem = arena_new(ORDER_ARENA_MAX);
    if (!im || !im->mem) {
        free(im);
        return NULL;
    }
    im->all = all;
    im->tail = &im->head;
    im->refs = 2; /* the feeder and the thread */
    pthread_mutex_init(&im->lock, NULL);
    pthread_cond_init(&im->wake, NULL);
    copy_order(im, order);
    return im;
}

static void release(struct import *im)
{
    while (im->head) {
        struct slab *s = im->head;

        im->head = s->next;
        free(s);
    }
    pthread_mutex_destroy(&im->lock);
    pthread_cond_destroy(&im->wake);
    arena_free(im->mem);
    free(im);
}

static void put_down(struct import *im)
{
    bool last;

    pthread_mutex_lock(&im->lock);
    last = --im->refs == 0;
    pthread_mutex_unlock(&im->lock);
    if (last)
        release(im);
}

/* The thread's end of it. */
void import_drop(struct import *im)
{
    struct imports *all = im->all;
    struct import **at = &all->list;

    pthread_mutex_lock(&all->lock);
    while (*at != im)
        at = &(*at)->next;
    *at = im->next;
    put_down(im);
    all->n--;
    pthread_cond_broadcast(&all->over);
    pthread_mutex_unlock(&all->lock);
}

static enum err launch(struct imports *all, struct import *im)
{
    pthread_attr_t detached;
    pthread_t thread;
    enum err e = ERR_OK;

    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    pthread_mutex_lock(&all->lock);
    if (all->stopping)
        e = ERR_DRAINING;
    else if (all->n >= IMPORTS_MAX)
        e = ERR_BUSY;
    else if (pthread_create(&thread, &detached, import_thread, im) != 0)
        e = ERR_NO_MEMORY;
    if (e == ERR_OK) {
        im->next = all->list;
        all->list = im;
        all->n++;
    }
    pthread_mutex_unlock(&all->lock);
    pthread_attr_destroy(&detached);
    return e;
}

enum err import_start(struct imports *all, const struct import_order *order,
                      struct import **out)
{
    struct import *im = make(all, order);
    enum err e = im ? launch(all, im) : ERR_NO_MEMORY;

    if (e == ERR_OK)
        *out = im;
    else if (im)
        release(im);
    return e;
}

/* ---- the feeder's side ---- */

enum err import_feed(struct import *im, const char *p, size_t n)
{
    struct slab *s = malloc(sizeof(*s) + n);
    enum err e;

    if (!s)
        return ERR_NO_MEMORY;
    s->next = NULL;
    s->n = n;
    memcpy(s->bytes, p, n);
    pthread_mutex_lock(&im->lock);
    e = im->err;
    if (e == ERR_OK) {
        *im->tail = s;
        im->tail = &s->next;
        im->waiting += n;
        pthread_cond_signal(&im->wake);
    }
    pthread_mutex_unlock(&im->lock);
    if (e != ERR_OK)
        free(s);
    return e;
}

bool import_is_full(struct import *im)
{
    bool full;

    pthread_mutex_lock(&im->lock);
    full = im->waiting >= FEED_MAX;
    pthread_mutex_unlock(&im->lock);
    return full;
}

static void tell(struct done *waiter, enum err e, void *result)
{
    if (waiter->fn)
        waiter->fn(waiter->ctx, e, result);
    waiter->fn = NULL;
}

/* With the lock held. */
static void tell_room(struct import *im)
{
    if (im->err != ERR_OK || im->waiting < FEED_MAX / 2)
        tell(&im->room, im->err, NULL);
}

void import_room(struct import *im, struct done done)
{
    pthread_mutex_lock(&im->lock);
    im->room = done;
    tell_room(im);
    pthread_mutex_unlock(&im->lock);
}

void import_close(struct import *im, struct done done)
{
    enum err e;

    pthread_mutex_lock(&im->lock);
    e = im->err;
    if (e == ERR_OK)
        im->end = done;
    im->closed = true;
    pthread_cond_signal(&im->wake);
    pthread_mutex_unlock(&im->lock);
    if (e != ERR_OK)
        done.fn(done.ctx, e, NULL);
}

void import_leave(struct import *im)
{
    pthread_mutex_lock(&im->lock);
    im->left = true;
    pthread_cond_signal(&im->wake);
    pthread_mutex_unlock(&im->lock);
    put_down(im);
}

/* ---- the thread's side ---- */

struct slab *import_take(struct import *im)
{
    struct slab *s;

    pthread_mutex_lock(&im->lock);
    while (!im->head && !im->closed && !im->left && !im->stop && !im->back)
        pthread_cond_wait(&im->wake, &im->lock);
    s = im->stop ? NULL : im->head;
    if (s) {
        im->head = s->next;
        if (!im->head)
            im->tail = &im->head;
        im->waiting -= s->n;
        tell_room(im);
    }
    pthread_mutex_unlock(&im->lock);
    return s;
}

void import_fail(struct import *im, enum err e)
{
    pthread_mutex_lock(&im->lock);
    im->err = e;
    tell(&im->room, e, NULL);
    tell(&im->end, e, NULL);
    pthread_mutex_unlock(&im->lock);
}
