#include "http/park.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/reserve.h"
#include "http/loop.h"
#include "metrics/metrics.h"

/* Whoever moves the state away from WAITING decides what becomes of it. */
enum { WAITING, GIVEN, GONE };

/* Two hold it: the giver until done, the loop until the request goes on. */
struct park {
    struct timer timer; /* first: the wheel hands it back */
    atomic_int refs, state;
    struct waker *waker;
    struct park *next_given;
    enum err err; /* with result: written by the giver */
    void *result;
    void (*result_free)(void *);
    /* the loop's own */
    struct loop *loop;
    struct http_req *rq;
    struct park *prev, *next;
    bool news;         /* http_wait */
    bool pause;        /* http_pause */
    int64_t parked_ms; /* when */
};

struct waker *waker_new(void)
{
    struct waker *w = calloc(1, sizeof(*w));

    if (!w)
        return NULL;
    atomic_init(&w->refs, 1);
    w->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (w->fd < 0) {
        free(w);
        return NULL;
    }
    return w;
}

void waker_drop(struct waker *w)
{
    if (!w || atomic_fetch_sub(&w->refs, 1) > 1)
        return;
    close(w->fd);
    free(w);
}

void waker_kick(struct waker *w)
{
    uint64_t one = 1;
    ssize_t n = write(w->fd, &one, sizeof(one));

    (void)n; /* full means it is kicked already */
}

static void park_drop(struct park *p)
{
    if (atomic_fetch_sub(&p->refs, 1) > 1)
        return;
    waker_drop(p->waker);
    reserve_free(p);
}

/* One kick however many are given before the loop looks. */
static void push(struct waker *w, struct park *p)
{
    struct park *head = atomic_load(&w->head);

    do
        p->next_given = head;
    while (!atomic_compare_exchange_weak(&w->head, &head, p));
    if (!head)
        waker_kick(w);
}

/* Any thread, once. */
static void give(void *ctx, enum err e, void *result)
{
    struct park *p = ctx;
    int waiting = WAITING;

    p->err = e;
    p->result = result;
    if (atomic_compare_exchange_strong(&p->state, &waiting, GIVEN)) {
        push(p->waker, p);
    } else {
        metric_add(METRIC_HTTP_LATE, 1);
        if (result)
            p->result_free(result);
    }
    park_drop(p);
}

/* What the request finds when it goes on. */
static void wake(struct park *p, enum err e, void *result)
{
    struct http_req *rq = p->rq;

    rq->priv->park = NULL;
    if (p->pause) {
        body_resume(rq, e, p->loop->now_ms - p->parked_ms);
        return;
    }
    rq->woken = true;
    rq->err = e;
    rq->result = result;
}

static void unpark(struct park *p, enum err e, void *result)
{
    struct loop *l = p->loop;
    struct http_req *rq = p->rq;

    wheel_stop(&l->wheel, &p->timer);
    if (p->next)
        p->next->prev = p->prev;
    if (p->prev)
        p->prev->next = p->next;
    else
        l->parks = p->next;
    atomic_fetch_sub(&l->http->n_parked, 1);
    metric_add(METRIC_HTTP_PARKED, -1);
    wake(p, e, result);
    MHD_resume_connection(rq->priv->mhd);
    park_drop(p);
}

/* Give up waiting, unless the answer is just arriving. */
static void give_up(struct park *p, enum err e)
{
    int waiting = WAITING;

    if (!atomic_compare_exchange_strong(&p->state, &waiting, GONE))
        return;
    p->rq->priv->self_answer = !p->news && !p->pause;
    unpark(p, e, NULL);
}

static void on_timer(struct timer *t)
{
    struct park *p = (struct park *)t;
    bool busy = p->timer.at_ms == 0;

    give_up(p, busy && !p->news ? ERR_BUSY : ERR_DEADLINE);
}

void parks_collect(struct loop *l)
{
    struct park *p = atomic_exchange(&l->waker->head, NULL);
    struct park *first = NULL;

    while (p) { /* oldest first */
        struct park *next = p->next_given;

        p->next_given = first;
        first = p;
        p = next;
    }
    while (first) {
        struct park *next = first->next_given;

        unpark(first, first->err, first->result);
        first = next;
    }
}

void parks_wake(struct loop *l, enum err e, bool all)
{
    struct park *next;

    for (struct park *p = l->parks; p; p = next) {
        next = p->next;
        if (all || p->news)
            give_up(p, e);
    }
}

static void drop_result(struct http_req *rq)
{
    if (rq->result)
        rq->result_free(rq->result);
    rq->result = NULL;
}

static void link_park(struct loop *l, struct park *p)
{
    p->next = l->parks;
    if (p->next)
        p->next->prev = p;
    l->parks = p;
    metric_add(METRIC_HTTP_PARKED, 1);
}

enum parking { PARK_WORK, PARK_NEWS, PARK_PAUSE };

static struct done park(struct http_req *rq, int64_t ms, enum parking why)
{
    struct loop *l = rq->priv->conn->loop;
    struct park *p = reserve_must(sizeof(*p));
    int64_t at_ms = l->now_ms + MAX(ms, 1);

    assert(!rq->priv->park);
    drop_result(rq);
    p->timer.fire = on_timer;
    atomic_init(&p->refs, 2);
    atomic_init(&p->state, WAITING);
    p->waker = l->waker;
    atomic_fetch_add(&p->waker->refs, 1);
    p->result_free = rq->result_free;
    p->loop = l;
    p->rq = rq;
    p->news = why == PARK_NEWS;
    p->pause = why == PARK_PAUSE;
    p->parked_ms = l->now_ms;
    link_park(l, p);
    if (atomic_fetch_add(&l->http->n_parked, 1) >= l->http->opts.parked_max ||
        (p->news && l->drain != DRAIN_NOT))
        at_ms = 0; /* no room to wait: give up on the next tick */
    rq->priv->park = p;
    wheel_set(&l->wheel, &p->timer, at_ms);
    MHD_suspend_connection(rq->priv->mhd);
    return (struct done){give, p};
}

struct done http_park(struct http_req *rq, int64_t park_ms)
{
    return park(rq, park_ms, PARK_WORK);
}

struct done http_wait(struct http_req *rq, int64_t wait_ms)
{
    return park(rq, wait_ms, PARK_NEWS);
}

bool http_is_paused(const struct http_req *rq)
{
    return rq->priv->park != NULL;
}

struct done http_pause(struct http_req *rq, int64_t pause_ms)
{
    conn_phase(rq->priv->conn, PHASE_WORK, INT64_MAX);
    return park(rq, pause_ms, PARK_PAUSE);
}
