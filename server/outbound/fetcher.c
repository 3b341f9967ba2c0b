#include "outbound/fetcher.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/wait.h"
#include "base/clock.h"
#include "base/log.h"
#include "metrics/metrics.h"
#include "outbound/fetch_one.h"

#define THREADS_MAX 16
#define LEASE_ROWS  4 /* a thread reads so many under one lease */
#define MEM_MAX     ((size_t)64 << 20)
#define KEEP_MS     (120 * DAY_MS)

struct fetcher {
    struct fetcher_config config;
    struct fetcher_ops ops;
    pthread_mutex_t lock; /* of stopping, for those who wait */
    pthread_cond_t wake;
    bool stopping;
    int n_threads;
    pthread_t thread[THREADS_MAX];
};

/* One thread, and which of them: the first also keeps house. */
struct worker {
    struct fetcher *fetcher;
    struct fetch_worker w;
    bool keeps_house;
    int64_t next_house_ms, next_prune_ms;
};

static bool stopping(struct fetcher *f)
{
    return __atomic_load_n(&f->stopping, __ATOMIC_RELAXED);
}

/* ---- reading ---- */

/* Rows we come to late are left to their lease: somebody takes them over. */
static enum err work_off(struct worker *k, const struct fetch_list *list)
{
    int64_t end = clock_mono_ms() + k->w.config->lease_ms / 2;
    enum err e = ERR_OK;

    for (size_t i = 0; e == ERR_OK && i < list->n; i++) {
        if (i && (clock_mono_ms() >= end || stopping(k->fetcher)))
            break;
        e = fetch_one(&k->w, &list->rows[i]);
    }
    return e;
}

/* @param out_any was anything due? */
static enum err read_due(struct worker *k, bool *out_any)
{
    int64_t now = clock_now_ms(), *ids = NULL;
    struct fetch_list list;
    size_t n = 0;
    enum err e = fetch_workspaces(k->w.pg, k->w.mem, FETCH_DUE, now, &ids, &n);

    for (size_t i = 0; e == ERR_OK && i < n && !stopping(k->fetcher); i++) {
        e = fetch_lease(k->w.pg, k->w.mem, ids[i], now,
                        now + k->w.config->lease_ms, LEASE_ROWS, &list);
        if (e == ERR_OK && list.n) {
            *out_any = true;
            e = work_off(k, &list);
        }
    }
    return e;
}

/* ---- keeping house ---- */

static void show(const struct fetch_counts *n)
{
    const struct {
        const char *state;
        int64_t n;
    } rows[] = {{"pending", n->pending},
                {"leased", n->leased},
                {"parked", n->parked},
                {"dead", n->dead}};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        metric_set_at(METRIC_FETCH_QUEUE,
                      metric_slot(METRIC_FETCH_QUEUE, rows[i].state),
                      rows[i].n);
    metric_set(METRIC_FETCH_STOPPED, n->pages_stopped);
}

static enum err release_held(struct worker *k)
{
    int64_t now = clock_now_ms(), *ids = NULL;
    size_t n = 0;
    enum err e = fetch_workspaces(k->w.pg, k->w.mem, FETCH_HELD, now, &ids, &n);

    for (size_t i = 0; e == ERR_OK && i < n; i++)
        e = fetch_release(k->w.pg, k->w.mem, ids[i], now);
    return e;
}

static enum err keep_house(struct worker *k, bool *out_any)
{
    struct fetch_counts counts;
    enum err e = fetch_resume_pages(&k->w);

    if (e == ERR_OK)
        e = release_held(k);
    if (e == ERR_OK)
        e = fetch_count(k->w.pg, k->w.mem, &counts);
    if (e == ERR_OK)
        show(&counts);
    if (e == ERR_OK && k->w.config->sweep_ms)
        e = fetch_sweep_form(&k->w, out_any);
    return e;
}

static enum err prune(struct worker *k)
{
    int64_t now = clock_now_ms(), *ids = NULL;
    size_t n = 0;
    enum err e = fetch_workspaces(k->w.pg, k->w.mem, FETCH_ALL, now, &ids, &n);

    for (size_t i = 0; e == ERR_OK && i < n; i++)
        e = fetch_prune(k->w.pg, k->w.mem, ids[i], now - KEEP_MS);
    return e;
}

/* ---- threads ---- */

static enum err round_of(struct worker *k, bool *out_any)
{
    int64_t now = clock_mono_ms();
    enum err e = pg_ready(k->w.pg);

    if (e == ERR_OK && k->keeps_house && now >= k->next_house_ms) {
        e = keep_house(k, out_any);
        k->next_house_ms = now + k->w.config->poll_ms;
    }
    if (e == ERR_OK && k->keeps_house && now >= k->next_prune_ms) {
        e = prune(k);
        k->next_prune_ms = now + HOUR_MS;
    }
    if (e == ERR_OK)
        e = read_due(k, out_any);
    return e;
}

static void run(struct worker *k)
{
    while (!stopping(k->fetcher)) {
        bool any = false;
        enum err e = round_of(k, &any);

        if (e != ERR_OK && e != ERR_AGAIN && pg_connected(k->w.pg))
            log_line(LOG_WARN, "fetcher_failed", "s:cause", pg_why(k->w.pg),
                     NULL);
        arena_reset(k->w.mem);
        if (e != ERR_OK || !any)
            (void)wait_unless(&k->fetcher->stopping, &k->fetcher->wake,
                              &k->fetcher->lock, k->w.config->poll_ms);
    }
}

static void worker_free(struct worker *k)
{
    if (!k)
        return;
    pg_free(k->w.pg);
    reader_free(k->w.reader);
    arena_free(k->w.mem);
    arena_free(k->w.one);
    free(k);
}

static struct worker *worker_new(struct fetcher *f, bool keeps_house)
{
    struct worker *k = calloc(1, sizeof(*k));

    if (!k)
        return NULL;
    k->fetcher = f;
    k->keeps_house = keeps_house;
    k->next_prune_ms = clock_mono_ms() + HOUR_MS;
    k->w.config = &f->config;
    k->w.ops = &f->ops;
    k->w.pg = pg_new(&f->config.pg);
    k->w.reader = reader_new(&f->config.platforms, &f->config.rules);
    k->w.mem = arena_new(MEM_MAX);
    k->w.one = arena_new(MEM_MAX);
    if (k->w.pg && k->w.reader && k->w.mem && k->w.one)
        return k;
    worker_free(k);
    return NULL;
}

static void *thread_main(void *arg)
{
    struct worker *k = arg;

    run(k);
    worker_free(k);
    return NULL;
}

struct fetcher *fetcher_start(const struct fetcher_config *config,
                              const struct fetcher_ops *ops)
{
    struct fetcher *f = calloc(1, sizeof(*f));

    if (!f)
        return NULL;
    f->config = *config;
    f->ops = *ops;
    f->config.rules.cancel = &f->stopping;
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->wake, NULL);
    while (f->n_threads < MIN(config->threads, THREADS_MAX)) {
        struct worker *k = worker_new(f, f->n_threads == 0);

        if (!k || pthread_create(&f->thread[f->n_threads], NULL, thread_main,
                                 k) != 0) {
            worker_free(k);
            fetcher_stop(f);
            return NULL;
        }
        f->n_threads++;
    }
    return f;
}

void fetcher_stop(struct fetcher *f)
{
    if (!f)
        return;
    pthread_mutex_lock(&f->lock);
    __atomic_store_n(&f->stopping, true, __ATOMIC_RELAXED);
    pthread_cond_broadcast(&f->wake);
    pthread_mutex_unlock(&f->lock);
    for (int i = 0; i < f->n_threads; i++)
        pthread_join(f->thread[i], NULL);
    pthread_cond_destroy(&f->wake);
    pthread_mutex_destroy(&f->lock);
    free(f);
}
