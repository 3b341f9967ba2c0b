#include "store/writer.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/log.h"
#include "base/str.h"
#include "metrics/metrics.h"
#include "store/batch.h"
#include "store/queue.h"

#define BATCH_ARENA_MAX ((size_t)256 << 20)
#define BACKOFF_MIN_MS  20
#define BACKOFF_MAX_MS  500
#define REFUSED_MS      1000 /* a database that refused is not asked before */

struct writer {
    struct writer_config config;
    struct writer_ops ops;
    struct works queue;
    bool healthy;
    int64_t ask_at_ms; /* not healthy before: it answered, but refused */
    int n_threads, n_started;
    pthread_t thread[TAKERS_MAX];
};

struct work *work_new(size_t ceiling_bytes)
{
    struct arena *mem = arena_new(ceiling_bytes);
    struct work *w;

    if (!mem)
        return NULL;
    w = arena_alloc(mem, sizeof(*w));
    w->mem = mem;
    return w;
}

void work_free(struct work *w)
{
    if (!w)
        return;
    buf_release(&w->reply);
    arena_free(w->mem);
}

enum err writer_submit(struct writer *w, struct work *work)
{
    struct works *q = &w->queue;
    enum err e = ERR_OK;

    pthread_mutex_lock(&q->lock);
    if (q->stopping || q->waiting >= w->config.queue_max)
        e = q->stopping ? ERR_DRAINING : ERR_BUSY;
    else if (!writer_healthy(w))
        e = ERR_DATABASE;
    else
        works_add(q, work);
    pthread_mutex_unlock(&q->lock);
    return e;
}

static void set_healthy(struct writer *w, bool healthy)
{
    bool was = __atomic_exchange_n(&w->healthy, healthy, __ATOMIC_RELAXED);

    if (was != healthy)
        log_line(healthy ? LOG_INFO : LOG_ERROR,
                 healthy ? "database_back" : "database_away", NULL);
}

bool writer_healthy(const struct writer *w)
{
    return __atomic_load_n(&w->healthy, __ATOMIC_RELAXED);
}

size_t writer_waiting(const struct writer *w)
{
    return works_waiting(&w->queue);
}

/* ---- one batch, tried until its outcome is certain ---- */

static void count_result(const struct work *w)
{
    if (w->claim.kind == CLAIM_THIS || w->claim.kind == CLAIM_NEXT)
        metric_add_at(
            METRIC_CLAIMS,
            metric_slot(METRIC_CLAIMS, w->claim.created ? "made" : "none"), 1);
    for (size_t i = 0; w->has_receipt && i < w->n_parts; i++)
        if (w->parts[i].kind == PART_INGEST && w->parts[i].err == ERR_OK)
            metric_add_at(METRIC_LEADS,
                          metric_slot(METRIC_LEADS,
                                      w->parts[i].created ? "new" : "known"),
                          1);
}

/* Its receipt stands in quarantine, and there is no lead to show. */
static bool only_kept(const struct work *w)
{
    return w->err == ERR_OK && w->has_receipt && w->n_parts &&
           w->parts[0].draft.quarantine && w->render && !w->reply.len;
}

static void finish(struct work **list, size_t n, enum err e)
{
    for (size_t i = 0; i < n; i++) {
        if (e == ERR_OK && only_kept(list[i]))
            list[i]->err = ERR_DATA;
        if (e != ERR_OK)
            list[i]->err = e;
        else
            count_result(list[i]);
        list[i]->done(list[i]);
    }
}

static int64_t backoff_ms(int attempt)
{
    int64_t ms = MIN((int64_t)BACKOFF_MIN_MS << MIN(attempt, 8),
                     (int64_t)BACKOFF_MAX_MS);
    uint32_t jitter;

    crypto_random(&jitter, sizeof(jitter));
    return ms / 2 + jitter % (uint32_t)ms;
}

static void sleep_ms(struct writer *w, int64_t ms)
{
    int64_t end = clock_mono_ms() + ms;
    struct timespec step = {0, 10 * 1000000};

    while (clock_mono_ms() < end &&
           !__atomic_load_n(&w->queue.stopping, __ATOMIC_RELAXED))
        nanosleep(&step, NULL);
}

static void rollback(struct pg *pg)
{
    pg_pipe_leave(pg);
    if (pg_connected(pg) && pg_simple(pg, "ROLLBACK") != ERR_OK)
        pg_drop(pg);
}

/* Where any arena of the batch goes when it is full. */
static void guard(const struct batch *b, jmp_buf *env)
{
    arena_guard(b->mem, env);
    arena_guard(b->scratch, env);
    for (size_t i = 0; i < b->n; i++)
        arena_guard(b->works[i]->mem, env);
}

/* A batch that takes more memory than it may is halved like one whose data the
   database refuses. */
static enum err run_batch(struct batch *b)
{
    jmp_buf no_memory;
    enum err e;

    b->mem = arena_new(BATCH_ARENA_MAX);
    b->scratch = arena_new(BATCH_ARENA_MAX);
    if (!b->mem || !b->scratch)
        return ERR_NO_MEMORY;
    if (setjmp(no_memory)) {
        guard(b, NULL);
        pg_clear_given(b->pg);
        return ERR_NO_MEMORY;
    }
    guard(b, &no_memory);
    e = batch_run(b);
    guard(b, NULL);
    return e;
}

/* @return ERR_OK when an attempt before did commit: its answers hold */
static enum err look_back(struct pg *pg, int64_t *number)
{
    AUTO(arena_cleanup) struct arena *mem = arena_new(1 << 16);
    enum err e = ERR_NOT_FOUND;

    if (*number)
        e = mem ? batch_outcome(pg, mem, *number) : ERR_AGAIN;
    if (e == ERR_NOT_FOUND)
        *number = 0;
    return e;
}

/* @param number of the transaction whose outcome is unknown, or 0 */
static enum err attempt(struct writer *w, struct pg *pg, struct work **list,
                        size_t n, bool recheck, bool *out_ready,
                        int64_t *number)
{
    struct batch b = {
        .pg = pg, .ops = &w->ops, .works = list, .n = n, .recheck = recheck};
    enum err e = pg_ready(pg);

    if (e == ERR_OK)
        e = look_back(pg, number);
    if (e != ERR_NOT_FOUND)
        return e;
    if (!w->ops.enter(w->ops.ctx, list[0]->workspace_id, &b.rules))
        return ERR_NOT_FOUND;
    b.now_ms = clock_now_ms();
    e = run_batch(&b);
    if (e != ERR_OK)
        rollback(pg);
    *number = e == ERR_UNKNOWN_OUTCOME ? b.number : 0;
    *out_ready = b.ready_changed;
    if (e == ERR_OK)
        metric_observe(METRIC_WRITER_BATCH_SIZE, (int64_t)n);
    w->ops.leave(w->ops.ctx, &b.rules);
    arena_free(b.scratch);
    arena_free(b.mem);
    return e;
}

/* Works whose time is up, or that have another way to go while the database
   is away, are answered; the rest is tried again. */
static size_t drop_late(struct writer *w, struct work **list, size_t n,
                        enum err why)
{
    int64_t now = clock_mono_ms();
    bool away = !writer_healthy(w);
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        if (list[i]->deadline_ms > now && !(away && list[i]->may_spool))
            list[kept++] = list[i];
        else
            finish(&list[i], 1, why);
    }
    return kept;
}

/* Nobody waits in the queue who could be in the journal by now. */
static void hand_back(struct writer *w)
{
    struct work *back = works_spoolable(&w->queue);

    while (back) {
        struct work *one = back;

        back = one->next;
        finish(&one, 1, ERR_DATABASE);
    }
}

/* A server that answers but refuses to write (read-only, disk full) may be
   the wrong one by now: ask for a new connection, and not at once. */
static void now_away(struct writer *w, struct pg *pg, enum err e)
{
    const char *state = pg_sqlstate(pg);

    if (e == ERR_DATABASE &&
        (str_eq(state, "25006") || str_starts(state, "53"))) {
        pg_drop(pg);
        __atomic_store_n(&w->ask_at_ms, clock_mono_ms() + REFUSED_MS,
                         __ATOMIC_RELAXED);
    }
    set_healthy(w, false);
    hand_back(w);
}

static void quarantine(struct work *work)
{
    log_line(LOG_ERROR, "receipt_refused_by_database", "i:parts",
             (int64_t)work->n_parts, NULL);
    work_set_aside(work, "database_refused");
}

static void run(struct writer *w, struct pg *pg, struct work **list, size_t n,
                bool recheck);

/* Data the database refuses, more than fits into memory, or a receipt that an
   earlier attempt stored while we asked (the halves ask again): halve until the
   bad one stands alone, then keep its receipt in quarantine; if even that
   fails, say so. */
static void on_data(struct writer *w, struct pg *pg, struct work **list,
                    size_t n, bool recheck, enum err why)
{
    log_line(LOG_WARN, "batch_refused", "i:works", (int64_t)n, "s:sqlstate",
             why == ERR_NO_MEMORY ? "" : pg_sqlstate(pg), "s:cause",
             why == ERR_NO_MEMORY ? err_info(why)->title : pg_why(pg), NULL);
    if (n > 1) {
        metric_add(METRIC_WRITER_HALVED, 1);
        run(w, pg, list, n / 2, true);
        run(w, pg, list + n / 2, n - n / 2, true);
        return;
    }
    if (!recheck) {
        run(w, pg, list, 1, true);
        return;
    }
    if (!list[0]->has_receipt || !list[0]->n_parts || list[0]->refused_back ||
        list[0]->parts[0].draft.quarantine) {
        finish(list, 1,
               list[0]->refused_back && why == ERR_NO_MEMORY ? why : ERR_DATA);
        return;
    }
    quarantine(list[0]);
    run(w, pg, list, 1, true);
}

static void run(struct writer *w, struct pg *pg, struct work **list, size_t n,
                bool recheck)
{
    bool ready = false;
    int64_t started = clock_mono_us();
    int64_t workspace = list[0]->workspace_id, number = 0;
    enum err e = ERR_OK;

    for (int tries = 0; n; tries++) {
        pg_deadline(pg, clock_mono_ms() + w->config.pg.statement_ms);
        e = attempt(w, pg, list, n, recheck, &ready, &number);
        if (e == ERR_OK) {
            set_healthy(w, true);
            metric_observe(METRIC_WRITER_BATCH_SECONDS,
                           clock_mono_us() - started);
            w->ops.committed(w->ops.ctx, workspace, ready);
            finish(list, n, ERR_OK);
            return;
        }
        if (e == ERR_DATA || e == ERR_INTERNAL || e == ERR_NO_MEMORY) {
            on_data(w, pg, list, n, recheck, e);
            return;
        }
        recheck |= e == ERR_UNKNOWN_OUTCOME;
        log_line(LOG_WARN, "batch_again", "i:works", (int64_t)n, "i:try",
                 (int64_t)tries, "s:sqlstate", pg_sqlstate(pg), "s:cause",
                 pg_why(pg), NULL);
        metric_add(METRIC_WRITER_RETRIES, 1);
        if (tries >= 1 || e == ERR_DATABASE)
            now_away(w, pg, e);
        n = drop_late(w, list, n, ERR_DATABASE);
        if (n)
            sleep_ms(w, backoff_ms(tries));
        n = drop_late(w, list, n, ERR_DATABASE);
    }
    now_away(w, pg, e); /* time ran out: a frozen database is away too */
}

/* A generic plan made while a table was small may be the wrong one when it
   has grown: plan anew after 16, 64, 256 ... batches, then by the clock. */
#define REPLAN_MS (5 * MINUTE_MS)

struct replan {
    uint64_t batches, next;
    int64_t at_ms;
};

static void replan(struct replan *r, struct pg *pg)
{
    int64_t now = clock_mono_ms();

    if (++r->batches < r->next && now < r->at_ms)
        return;
    if (r->batches >= r->next)
        r->next = r->next ? r->next * 4 : 16;
    r->at_ms = now + REPLAN_MS;
    pg_forget_plans(pg);
}

#define PROBE "UPDATE workspace SET name = name WHERE false"

/* While the database is away the thread keeps trying to connect, so that
   health is known without anybody's work being at stake.  The probe changes
   nothing, but a server that may not write refuses it. */
static void heal(struct writer *w, struct pg *pg)
{
    if (writer_healthy(w) ||
        clock_mono_ms() < __atomic_load_n(&w->ask_at_ms, __ATOMIC_RELAXED))
        return;
    pg_deadline(pg, 0);
    if (pg_ready(pg) != ERR_OK)
        return;
    if (w->ops.may_write && !w->ops.may_write(w->ops.ctx))
        return;
    if (pg_simple(pg, PROBE) == ERR_OK)
        set_healthy(w, true);
    else
        pg_drop(pg);
}

static void *writer_thread(void *arg)
{
    struct writer *w = arg;
    int me = __atomic_fetch_add(&w->n_started, 1, __ATOMIC_RELAXED);
    struct pg *pg = pg_new(&w->config.pg);
    struct work **list = calloc(w->config.batch_max, sizeof(struct work *));
    struct replan plans = {0, 16, clock_mono_ms() + REPLAN_MS};

    if (!pg || !list)
        abort();
    for (;;) {
        size_t n = works_take(&w->queue, me, list, w->config.batch_max);

        if (n) {
            run(w, pg, list, n, false);
            replan(&plans, pg);
        } else if (__atomic_load_n(&w->queue.stopping, __ATOMIC_RELAXED)) {
            break;
        }
        heal(w, pg);
    }
    free(list);
    pg_free(pg);
    return NULL;
}

struct writer *writer_start(const struct writer_config *config,
                            const struct writer_ops *ops)
{
    struct writer *w = calloc(1, sizeof(*w));

    if (!w)
        return NULL;
    w->config = *config;
    w->ops = *ops;
    works_init(&w->queue);
    w->healthy = !config->away;
    for (; w->n_threads < config->threads && w->n_threads < TAKERS_MAX;
         w->n_threads++)
        if (pthread_create(&w->thread[w->n_threads], NULL, writer_thread, w))
            break;
    return w;
}

void writer_stop(struct writer *w)
{
    if (!w)
        return;
    works_stop(&w->queue);
    for (int i = 0; i < w->n_threads; i++)
        pthread_join(w->thread[i], NULL);
    works_destroy(&w->queue);
    free(w);
}

const char *work_held_reason(const struct work *w)
{
    for (size_t i = 0; i < w->n_parts; i++)
        if (w->parts[i].draft.quarantine)
            return w->parts[i].draft.quarantine;
    return NULL;
}

enum err work_left_out(const struct work *w)
{
    for (size_t i = 0; i < w->n_parts; i++)
        if (w->parts[i].err == ERR_NO_IDENTIFIER)
            return ERR_NO_IDENTIFIER;
    return work_held_reason(w) ? ERR_DATA : ERR_OK;
}

void work_set_aside(struct work *w, const char *reason)
{
    w->idem.key = NULL;
    for (size_t i = 0; i < w->n_parts; i++) {
        w->parts[i].draft.quarantine = reason;
        w->parts[i].bundle = NULL; /* of the attempt that failed */
    }
}
