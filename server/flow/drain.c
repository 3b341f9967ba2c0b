#include "flow/drain.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/wait.h"
#include "flow/door.h"
#include "flow/failover.h"
#include "flow/record.h"
#include "metrics/metrics.h"

#define WINDOW_BYTES ((size_t)8 << 20) /* of records in hand */
#define LOOK_MS      50                /* for something to drain */
#define AGAIN_MS     500               /* after the database gave up */
#define ALONE_TRIES  3                 /* of one record, before it is doubted */

struct drain;

/**
 * How records are taken.  The database may be unwell for one record only (a
 * damaged page, a row somebody locked): nothing may wait behind it for ever.
 * After a failure records go one by one.  One that goes on failing is put in
 * quarantine once a record behind it was stored.
 */
enum pace {
    PACE_WINDOW, /* many at once */
    PACE_ALONE,  /* the first one */
    PACE_OTHER,  /* one behind it: is it the record, or the database? */
    PACE_DOUBT,  /* the first one for the last time */
    PACE_ASIDE,  /* the first one's receipt, into quarantine */
};

/** One record in hand. */
struct taken {
    struct drain *drain;
    struct spool_pos begin, end;
    enum err err; /* the writer's from the moment it has the work */
};

struct drain {
    struct flow *flow;
    struct spool *spool;
    struct writer *writer;
    pthread_t thread;
    pthread_mutex_t lock; /* of wake, stopping, in_hand */
    pthread_cond_t wake;
    bool stopping;
    size_t in_hand;        /* works of ours at the writer */
    struct snapshot *snap; /* settings the window was opened with */
    struct taken *window;
    size_t n, max;
    enum pace pace;
    size_t alone;  /* records still to be taken one by one */
    int tries;     /* of the first */
    size_t others; /* which one behind it is tried */
};

/* ---- one record ---- */

/* While the database was away nobody could see that its key had been used for
   something else, and it was told 202: somebody shall look at it.
   @return false: it is over */
static bool hold_reused(struct drain *d, struct work *w)
{
    if (w->err != ERR_KEY_REUSED || !w->idem.key)
        return false;
    work_set_aside(w, "key_reused");
    w->err = ERR_OK;
    w->err = writer_submit(d->writer, w);
    return w->err == ERR_OK;
}

/* On the writer's thread. */
static void arrived(struct work *w)
{
    struct taken *t = w->ctx;
    struct drain *d = t->drain;

    if (hold_reused(d, w))
        return;
    t->err = w->stored ? ERR_OK : w->err; /* its lead may be gone by now */
    work_free(w);
    pthread_mutex_lock(&d->lock);
    d->in_hand--;
    pthread_cond_broadcast(&d->wake);
    pthread_mutex_unlock(&d->lock);
}

static enum err open_door(struct drain *d, struct work *w)
{
    struct field_errs errs = {.mem = w->mem};

    return door_open(d->snap, w, &errs);
}

static enum err submit(struct drain *d, struct work *w)
{
    enum err e;

    pthread_mutex_lock(&d->lock);
    d->in_hand++;
    pthread_mutex_unlock(&d->lock);
    e = writer_submit(d->writer, w);
    if (e == ERR_OK)
        return ERR_OK;
    pthread_mutex_lock(&d->lock);
    d->in_hand--;
    pthread_mutex_unlock(&d->lock);
    return e;
}

/* @return ERR_OK when it is on its way; else why not */
static enum err send(struct drain *d, const struct spool_rec *rec,
                     struct taken *t)
{
    struct work *w = flow_work(d->flow, 0, NULL);
    enum err e;

    if (!w)
        return ERR_NO_MEMORY;
    e = record_decode(rec->data, rec->n, w) ? open_door(d, w) : ERR_BAD_REQUEST;
    w->receipt.replayed = true;
    w->render = render_spooled; /* what its sender was told */
    w->done = arrived;
    w->ctx = t;
    if (e == ERR_OK && d->pace == PACE_ASIDE) {
        log_line(LOG_ERROR, "spooled_receipt_put_aside", NULL);
        work_set_aside(w, "database_refused");
    }
    if (e == ERR_OK)
        e = submit(d, w);
    if (e != ERR_OK)
        work_free(w);
    return e;
}

/* ---- a window of them ---- */

static void fill(struct drain *d, size_t max)
{
    struct spool_rec rec;
    size_t bytes = 0;

    d->n = 0;
    d->snap = settings_hold(flow_settings(d->flow));
    while (d->n < max && bytes < WINDOW_BYTES &&
           spool_next(d->spool, &rec) == ERR_OK) {
        struct taken *t = &d->window[d->n++];
        enum err e;

        *t = (struct taken){d, rec.begin, rec.end, ERR_OK};
        bytes += rec.n;
        e = send(d, &rec, t);
        if (e == ERR_OK)
            continue; /* its fate may be in t->err already */
        t->err = e;
        if (err_may_pass(e))
            break;
    }
}

static void wait_all(struct drain *d)
{
    pthread_mutex_lock(&d->lock);
    while (d->in_hand)
        pthread_cond_wait(&d->wake, &d->lock);
    pthread_mutex_unlock(&d->lock);
    settings_drop(flow_settings(d->flow), d->snap);
}

/* Read a refused record once more and keep it. */
static bool refuse(struct drain *d, size_t i)
{
    struct spool_rec rec;

    while (spool_next(d->spool, &rec) == ERR_OK)
        if (rec.begin.seq == d->window[i].begin.seq &&
            rec.begin.at == d->window[i].begin.at) {
            spool_refuse(d->spool, &rec, err_info(d->window[i].err)->code);
            return true;
        }
    return false;
}

/* Records before the first that has to be tried again are over. */
static bool settle(struct drain *d)
{
    bool again = false, refused = false;
    size_t n = 0, stored = 0;

    for (; n < d->n && !again; n++) {
        again = err_may_pass(d->window[n].err);
        refused |= !again && d->window[n].err != ERR_OK;
        stored += d->window[n].err == ERR_OK;
    }
    n -= again;
    metric_add(METRIC_SPOOL_DRAINED, (int64_t)stored);
    if (refused)
        spool_rewind(d->spool);
    for (size_t i = 0; refused && i < n; i++)
        if (d->window[i].err != ERR_OK && !refuse(d, i)) {
            n = i;
            again = true;
        }
    if (n && spool_done(d->spool, &d->window[n - 1].end, n) != ERR_OK)
        log_line(LOG_WARN, "spool_position_not_kept", NULL);
    spool_rewind(d->spool);
    return !again;
}

static bool drain_window(struct drain *d)
{
    fill(d, d->max);
    wait_all(d);
    if (settle(d))
        return true;
    d->pace = PACE_ALONE;
    d->alone = d->n;
    d->tries = 0;
    return false;
}

/* ---- one by one ---- */

/* One of the records behind the first, a later one each time.
   @return whether it is stored; the first is given next */
static bool other_goes(struct drain *d)
{
    struct spool_rec passed;
    bool there = true;

    for (size_t i = 0; i < d->others && there; i++)
        there = spool_next(d->spool, &passed) == ERR_OK;
    d->n = 0;
    if (there) {
        fill(d, 1);
        wait_all(d);
    }
    spool_rewind(d->spool);
    d->others = d->n ? d->others + 1 : 0;
    return d->n && d->window[0].err == ERR_OK;
}

static enum pace after_failure(struct drain *d)
{
    if (d->pace == PACE_DOUBT)
        return PACE_ASIDE;
    if (d->pace == PACE_ASIDE) /* it was the database, then */
        d->tries = 0;
    d->others = 1;
    return ++d->tries >= ALONE_TRIES ? PACE_OTHER : PACE_ALONE;
}

static enum pace after_other(struct drain *d)
{
    if (other_goes(d))
        return PACE_DOUBT;
    d->tries = 0;
    return d->others ? PACE_OTHER : PACE_ALONE;
}

static bool drain_one(struct drain *d)
{
    if (d->pace == PACE_OTHER) {
        d->pace = after_other(d);
        return d->pace == PACE_DOUBT;
    }
    fill(d, 1);
    wait_all(d);
    if (!settle(d)) {
        d->pace = after_failure(d);
        return false;
    }
    d->tries = 0;
    d->alone -= d->alone > 0;
    d->pace = d->alone && d->n ? PACE_ALONE : PACE_WINDOW;
    return true;
}

static void *drain_thread(void *arg)
{
    struct drain *d = arg;
    int64_t wait_ms = 0;

    spool_count(d->spool);
    do {
        bool went;

        wait_ms = LOOK_MS;
        if (!flow_healthy(d->flow) || !writer_healthy(d->writer))
            continue;
        went = d->pace == PACE_WINDOW ? drain_window(d) : drain_one(d);
        if (!went)
            wait_ms = AGAIN_MS;
        else if (d->n)
            wait_ms = 0;
    } while (wait_unless(&d->stopping, &d->wake, &d->lock, wait_ms));
    return NULL;
}

struct drain *drain_start(struct flow *f, struct spool *sp,
                          struct writer *writer)
{
    struct drain *d = calloc(1, sizeof(*d));

    if (!d)
        return NULL;
    d->flow = f;
    d->spool = sp;
    d->writer = writer;
    d->max = flow_config(f)->batch_max;
    d->window = calloc(d->max, sizeof(*d->window));
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->wake, NULL);
    if (!d->window || pthread_create(&d->thread, NULL, drain_thread, d)) {
        free(d->window);
        free(d);
        return NULL;
    }
    return d;
}

void drain_stop(struct drain *d)
{
    if (!d)
        return;
    pthread_mutex_lock(&d->lock);
    d->stopping = true;
    pthread_cond_broadcast(&d->wake);
    pthread_mutex_unlock(&d->lock);
    pthread_join(d->thread, NULL);
    pthread_mutex_destroy(&d->lock);
    pthread_cond_destroy(&d->wake);
    free(d->window);
    free(d);
}
