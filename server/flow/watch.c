#include "flow/watch.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/wait.h"
#include "base/str.h"
#include "metrics/metrics.h"
#include "store/migrate.h"
#include "store/read_due.h"
#include "store/read_settings.h"
#include "store/rescore.h"
#include "store/rollup_fold.h"

#define PULSE_MS        100
#define SWEEP_MS        500
#define FOLD_MS         500
#define FOLDED_MAX      5000 /* dead rows that readers pass over */
#define SLOW_MS         (60 * 1000)
#define SWEEP_MAX       200
#define KEEP_ANSWERS_MS (24 * HOUR_MS)
#define KEEP_VISITS_MS  (30 * DAY_MS)

struct seen {
    int64_t workspace_id;
    char topic[16];
    int64_t version;
};

struct watch {
    struct flow *flow;
    struct settings *settings;
    struct ready *ready;
    struct pg *pg;
    pthread_t thread;
    pthread_mutex_t lock; /* of wake and the numbers below */
    pthread_cond_t wake;
    bool stopping;
    size_t sweeping; /* works of the sweeper that are not done yet */
    struct seen *seen;
    size_t n_seen, cap_seen;
    int64_t next_sweep_ms, next_fold_ms, next_slow_ms;
    int64_t folded; /* deltas since the last vacuum */
    bool stale;     /* settings changed, and reading them failed */
    bool told_schema;
};

static enum err load_settings(struct watch *w)
{
    struct pg *pg = pg_new(&flow_config(w->flow)->pg);
    enum err e = pg ? pg_ready(pg) : ERR_NO_MEMORY;

    if (e == ERR_OK)
        e = settings_load(w->settings, pg);
    pg_free(pg);
    return e;
}

enum err watch_reload(struct watch *w)
{
    return load_settings(w);
}

/* Remember a counter met for the first time.  Without room it is met anew,
   which costs a reload and misses nothing. */
static void see(struct watch *w, const struct pulse_row *row)
{
    struct seen *s;

    if (strlen(row->topic) >= sizeof(s->topic))
        return;
    if (w->n_seen == w->cap_seen) {
        size_t cap = w->cap_seen ? w->cap_seen * 2 : 64;

        s = reallocarray(w->seen, cap, sizeof(*s));
        if (!s)
            return;
        w->seen = s;
        w->cap_seen = cap;
    }
    s = &w->seen[w->n_seen++];
    s->workspace_id = row->workspace_id;
    memcpy(s->topic, row->topic, strlen(row->topic) + 1);
    s->version = row->version;
}

/* @return true when this counter moved since we last looked */
static bool moved(struct watch *w, const struct pulse_row *row)
{
    for (size_t i = 0; i < w->n_seen; i++) {
        struct seen *s = &w->seen[i];

        if (s->workspace_id != row->workspace_id ||
            !str_eq(s->topic, row->topic))
            continue;
        if (s->version == row->version)
            return false;
        s->version = row->version;
        return true;
    }
    see(w, row);
    return true;
}

static enum err look_at_pulse(struct watch *w)
{
    struct arena *mem = arena_new(1 << 20);
    struct pulse_row *rows;
    size_t n = 0;
    enum err e = mem ? read_pulse(w->pg, mem, &rows, &n) : ERR_NO_MEMORY;

    for (size_t i = 0; e == ERR_OK && i < n; i++) {
        if (!moved(w, &rows[i]))
            continue;
        if (str_eq(rows[i].topic, "ready"))
            ready_changed(w->ready, rows[i].workspace_id);
        else
            w->stale = true;
    }
    if (e == ERR_OK && w->stale) {
        e = settings_load(w->settings, w->pg);
        w->stale = e != ERR_OK;
    }
    arena_free(mem);
    return e;
}

/* ---- the sweeper ---- */

static void swept(struct work *work)
{
    struct watch *w = work->ctx;

    if (work->err == ERR_OK)
        metric_add(METRIC_SWEPT, (int64_t)work->n_parts);
    work_free(work);
    pthread_mutex_lock(&w->lock);
    w->sweeping--;
    pthread_cond_broadcast(&w->wake);
    pthread_mutex_unlock(&w->lock);
}

static void submit(struct watch *w, struct work *work)
{
    work->done = swept;
    work->ctx = w;
    pthread_mutex_lock(&w->lock);
    w->sweeping++;
    pthread_mutex_unlock(&w->lock);
    if (flow_submit(w->flow, work) != ERR_OK) {
        work->err = ERR_BUSY;
        swept(work);
    }
}

static void sweep_leads(struct watch *w, int64_t workspace_id,
                        const struct uuid *leads, size_t n)
{
    struct work *work = flow_work(w->flow, workspace_id, NULL);

    if (!work)
        return;
    work->parts = arena_array(work->mem, n, sizeof(*work->parts));
    work->n_parts = n;
    for (size_t i = 0; i < n; i++) {
        work->parts[i].kind = PART_TARGET;
        work->parts[i].target = leads[i];
    }
    submit(w, work);
}

static void expire_claims(struct watch *w, int64_t workspace_id,
                          const struct uuid *claims, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct work *work = flow_work(w->flow, workspace_id, NULL);

        if (!work)
            return;
        work->claim.kind = CLAIM_EXPIRE;
        work->claim.claim_id = claims[i];
        submit(w, work);
    }
}

/* New marks only when what is due already fits one round: whom time makes
   due does not queue behind a whole workspace. */
static enum err read_round(struct watch *w, struct arena *mem, int64_t now_ms,
                           const struct due_workspace *ws, struct due *out)
{
    int64_t marked = 0;
    enum err e = read_due(w->pg, mem, ws->workspace_id, now_ms, SWEEP_MAX, out);

    if (e != ERR_OK || !ws->rescore || out->n_leads >= SWEEP_MAX)
        return e;
    e = rescore_mark(w->pg, mem, ws->workspace_id, now_ms,
                     SWEEP_MAX - (int)out->n_leads, &marked);
    return e == ERR_OK && marked
               ? read_due(w->pg, mem, ws->workspace_id, now_ms, SWEEP_MAX, out)
               : e;
}

static enum err sweep(struct watch *w)
{
    struct arena *mem = arena_new(1 << 20);
    struct due due;
    struct due_workspaces list = {0};
    int64_t now = clock_now_ms();
    enum err e =
        mem ? read_due_workspaces(w->pg, mem, now, &list) : ERR_NO_MEMORY;

    for (size_t i = 0; e == ERR_OK && i < list.n; i++) {
        int64_t workspace_id = list.items[i].workspace_id;

        e = read_round(w, mem, now, &list.items[i], &due);
        if (e != ERR_OK)
            break;
        if (due.n_leads)
            sweep_leads(w, workspace_id, due.leads, due.n_leads);
        expire_claims(w, workspace_id, due.claims, due.n_claims);
    }
    arena_free(mem);
    return e;
}

static enum err fold(struct watch *w)
{
    int64_t n = 0;
    enum err e = rollups_fold(w->pg, &n);

    w->folded += n;
    if (e == ERR_OK && w->folded >= FOLDED_MAX) {
        w->folded = 0;
        e = rollups_vacuum(w->pg);
    }
    return e;
}

static bool still_sweeping(struct watch *w)
{
    bool busy;

    pthread_mutex_lock(&w->lock);
    busy = w->sweeping > 0;
    pthread_mutex_unlock(&w->lock);
    return busy;
}

static enum err slow_round(struct watch *w)
{
    enum err e = partitions_ahead(w->pg, clock_now_ms());

    if (e != ERR_OK)
        log_line(LOG_WARN, "partitions_missing", "s:cause", pg_why(w->pg),
                 NULL);
    e = forget_answers(w->pg, clock_now_ms() - KEEP_ANSWERS_MS);
    return e == ERR_OK ? forget_visits(w->pg, clock_now_ms() - KEEP_VISITS_MS)
                       : e;
}

/* Started without the database, and now it is not the one we need. */
static void tell_schema(struct watch *w, enum err e)
{
    if (!w->told_schema)
        log_line(LOG_ERROR, "schema_unfit", "s:cause", err_info(e)->title,
                 NULL);
    w->told_schema = true;
}

static void round_of(struct watch *w)
{
    int64_t now = clock_mono_ms();
    bool sweeps = !flow_config(w->flow)->no_sweep;
    enum err e = pg_ready(w->pg);

    metric_set(METRIC_DATABASE_UP, flow_healthy(w->flow));
    metric_set(METRIC_LOG_DROPPED, (int64_t)log_dropped());
    if (e == ERR_OK)
        e = flow_prepare_store(w->flow);
    if (e == ERR_OK)
        e = look_at_pulse(w);
    if (e == ERR_OK && sweeps && now >= w->next_sweep_ms &&
        !still_sweeping(w)) {
        w->next_sweep_ms = now + SWEEP_MS;
        e = sweep(w);
    }
    if (e == ERR_OK && sweeps && now >= w->next_fold_ms) {
        w->next_fold_ms = now + FOLD_MS;
        e = fold(w);
    }
    if (e == ERR_OK && now >= w->next_slow_ms) {
        w->next_slow_ms = now + SLOW_MS;
        e = slow_round(w);
    }
    if (e == ERR_CONFIG || e == ERR_SCHEMA_NEWER)
        tell_schema(w, e);
    else if (e != ERR_OK && e != ERR_AGAIN && flow_healthy(w->flow))
        log_line(LOG_WARN, "watch_failed", "s:error", err_info(e)->code,
                 "s:cause", pg_why(w->pg), NULL);
}

static void *watch_thread(void *arg)
{
    struct watch *w = arg;

    do
        round_of(w);
    while (wait_unless(&w->stopping, &w->wake, &w->lock, PULSE_MS));
    return NULL;
}

struct watch *watch_start(struct flow *f, struct settings *settings,
                          struct ready *ready)
{
    struct watch *w = calloc(1, sizeof(*w));

    if (!w)
        return NULL;
    w->flow = f;
    w->settings = settings;
    w->ready = ready;
    w->pg = pg_new(&flow_config(f)->pg);
    w->next_slow_ms = clock_mono_ms() + SLOW_MS;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->wake, NULL);
    if (!w->pg || pthread_create(&w->thread, NULL, watch_thread, w)) {
        pg_free(w->pg);
        free(w);
        return NULL;
    }
    return w;
}

void watch_stop(struct watch *w)
{
    if (!w)
        return;
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    pthread_cond_broadcast(&w->wake);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    pthread_mutex_lock(&w->lock);
    while (w->sweeping) /* the writers still run and will answer */
        pthread_cond_wait(&w->wake, &w->lock);
    pthread_mutex_unlock(&w->lock);
    pg_free(w->pg);
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->wake);
    free(w->seen);
    free(w);
}
