#include "outbound/mail_checker.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/wait.h"
#include "base/clock.h"
#include "base/log.h"
#include "metrics/metrics.h"
#include "store/mail_domains.h"

#define LEASE_ROWS   16
#define ATTEMPTS_MAX 8
#define RETRY_MAX_MS (6 * HOUR_MS)
#define MEM_MAX      ((size_t)64 << 20)

struct mail_checker {
    struct mail_checker_config config;
    struct pg *pg;
    struct mx_resolver *mx;
    struct arena *mem;
    pthread_mutex_t lock; /* of stopping, for the thread when it waits */
    pthread_cond_t wake;
    bool stopping, started;
    pthread_t thread;
};

static bool stopping(struct mail_checker *c)
{
    return __atomic_load_n(&c->stopping, __ATOMIC_RELAXED);
}

/* @return 0: it is not asked again by itself */
static int64_t next_try(const struct mail_checker *c, const char *result,
                        int attempts, int64_t now_ms)
{
    int64_t wait = c->config.retry_ms;

    if (result != mx_text(MX_UNKNOWN) || attempts >= ATTEMPTS_MAX)
        return 0;
    for (int i = 1; i < attempts; i++)
        wait = MIN(wait * 4, RETRY_MAX_MS);
    return now_ms + wait;
}

static enum err check_one(struct mail_checker *c, const struct mail_domain *d)
{
    const char *result = c->config.is_disposable(d->domain)
                             ? "disposable"
                             : mx_text(mx_ask(c->mx, d->domain));
    int64_t now = clock_now_ms();

    if (stopping(c))
        return ERR_DRAINING; /* the lease ends, and somebody asks again */
    metric_add_at(METRIC_MAIL_CHECKS, metric_slot(METRIC_MAIL_CHECKS, result),
                  1);
    return mail_domain_end(c->pg, c->mem, d, result, now,
                           next_try(c, result, d->attempts, now));
}

/* Rows we come to late are left to their lease. */
static enum err round_of(struct mail_checker *c, bool *out_any)
{
    int64_t now = clock_now_ms(), end = now + c->config.lease_ms / 2;
    struct mail_domains due = {NULL, 0};
    enum err e = pg_ready(c->pg);

    if (e == ERR_OK)
        e = mail_domains_lease(c->pg, c->mem, now, now + c->config.lease_ms,
                               LEASE_ROWS, &due);
    for (size_t i = 0; e == ERR_OK && i < due.n; i++) {
        if (i && clock_now_ms() >= end)
            break;
        *out_any = true;
        e = check_one(c, &due.rows[i]);
    }
    return e;
}

static void *run(void *arg)
{
    struct mail_checker *c = arg;

    while (!stopping(c)) {
        bool any = false;
        enum err e = round_of(c, &any);

        if (e != ERR_OK && e != ERR_AGAIN && e != ERR_DRAINING &&
            pg_connected(c->pg))
            log_line(LOG_WARN, "mail_checker_failed", "s:cause", pg_why(c->pg),
                     NULL);
        arena_reset(c->mem);
        if (e != ERR_OK || !any)
            (void)wait_unless(&c->stopping, &c->wake, &c->lock,
                              c->config.poll_ms);
    }
    return NULL;
}

struct mail_checker *
mail_checker_start(const struct mail_checker_config *config)
{
    struct mail_checker *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    c->config = *config;
    c->config.mx.cancel = &c->stopping;
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->wake, NULL);
    c->mem = arena_new(MEM_MAX);
    c->pg = pg_new(&c->config.pg);
    c->mx = mx_global_init() ? mx_new(&c->config.mx) : NULL;
    c->started = c->mem && c->pg && c->mx &&
                 pthread_create(&c->thread, NULL, run, c) == 0;
    if (c->started)
        return c;
    mail_checker_stop(c);
    return NULL;
}

void mail_checker_stop(struct mail_checker *c)
{
    if (!c)
        return;
    pthread_mutex_lock(&c->lock);
    __atomic_store_n(&c->stopping, true, __ATOMIC_RELAXED);
    pthread_cond_broadcast(&c->wake);
    pthread_mutex_unlock(&c->lock);
    if (c->started)
        pthread_join(c->thread, NULL);
    mx_free(c->mx);
    pg_free(c->pg);
    arena_free(c->mem);
    pthread_cond_destroy(&c->wake);
    pthread_mutex_destroy(&c->lock);
    free(c);
}
