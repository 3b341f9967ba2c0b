#include "store/pool.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"

#define POOL_THREADS_MAX 16

struct pool {
    struct pg_config pg;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct job *queue; /* ring */
    size_t head, n, max;
    bool stopping;
    int n_threads;
    pthread_t thread[POOL_THREADS_MAX];
};

enum err pool_submit(struct pool *p, const struct job *job)
{
    enum err e = ERR_BUSY;

    pthread_mutex_lock(&p->lock);
    if (p->n < p->max && !p->stopping) {
        p->queue[(p->head + p->n++) % p->max] = *job;
        pthread_cond_signal(&p->wake);
        e = ERR_OK;
    }
    pthread_mutex_unlock(&p->lock);
    return e;
}

static bool next_job(struct pool *p, struct job *out)
{
    bool have;

    pthread_mutex_lock(&p->lock);
    while (!p->n && !p->stopping)
        pthread_cond_wait(&p->wake, &p->lock);
    have = p->n > 0;
    if (have) {
        *out = p->queue[p->head];
        p->head = (p->head + 1) % p->max;
        p->n--;
    }
    pthread_mutex_unlock(&p->lock);
    return have;
}

/* What the job held of the connection is given back; its statements may have
   been half way, so the connection goes too. */
static enum err run_guarded(struct pg *pg, const struct job *job)
{
    jmp_buf no_memory;
    enum err e;

    if (!job->mem)
        return job->run(pg, job->ctx);
    if (setjmp(no_memory)) {
        arena_guard(job->mem, NULL);
        log_line(LOG_WARN, "read_too_big", "i:bytes",
                 (int64_t)arena_bytes(job->mem), NULL);
        pg_clear_given(pg);
        pg_drop(pg);
        return ERR_NO_MEMORY;
    }
    arena_guard(job->mem, &no_memory);
    e = job->run(pg, job->ctx);
    arena_guard(job->mem, NULL);
    return e;
}

/* A read may be tried twice: the first failure may only show that the
   connection had died while idle. */
static enum err run(struct pg *pg, const struct job *job)
{
    enum err e = ERR_DATABASE;

    for (int tries = 0; tries < 2; tries++) {
        e = pg_ready(pg);
        if (e == ERR_OK)
            e = run_guarded(pg, job);
        if (e != ERR_AGAIN && e != ERR_UNKNOWN_OUTCOME)
            break;
    }
    if (e == ERR_AGAIN || e == ERR_UNKNOWN_OUTCOME)
        e = ERR_DATABASE;
    if (e == ERR_DATABASE || e == ERR_INTERNAL)
        log_line(LOG_WARN, "read_failed", "s:sqlstate", pg_sqlstate(pg),
                 "s:cause", pg_why(pg), NULL);
    return e;
}

static void *pool_thread(void *arg)
{
    struct pool *p = arg;
    struct pg *pg = pg_new(&p->pg);
    struct job job;

    if (!pg)
        abort();
    while (next_job(p, &job))
        job.done.fn(job.done.ctx, run(pg, &job), job.ctx);
    pg_free(pg);
    return NULL;
}

struct pool *pool_start(const struct pg_config *pg, int threads,
                        size_t queue_max)
{
    struct pool *p = calloc(1, sizeof(*p));

    if (!p)
        return NULL;
    p->pg = *pg;
    p->max = queue_max;
    p->queue = calloc(queue_max, sizeof(*p->queue));
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->wake, NULL);
    for (; p->queue && p->n_threads < MIN(threads, POOL_THREADS_MAX);
         p->n_threads++)
        if (pthread_create(&p->thread[p->n_threads], NULL, pool_thread, p))
            break;
    return p;
}

void pool_stop(struct pool *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->stopping = true;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < p->n_threads; i++)
        pthread_join(p->thread[i], NULL);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->wake);
    free(p->queue);
    free(p);
}
