#include "outbound/verifier.h"

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "metrics/metrics.h"

#define THREADS_MAX 8
#define URL_BYTES   1100

struct question {
    struct question *next;
    const char *url;
    char *form;
    struct done done;
    int64_t end_ms; /* monotonic */
};

struct verifier {
    struct verifier_config config;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct question *head, **tail;
    size_t waiting;
    bool stopping;
    int n_threads;
    pthread_t thread[THREADS_MAX];
};

/* ---- reading ---- */

/* That a question was wrong is our fault, not the visitor's. */
static bool is_our_fault(const json_t *codes)
{
    const json_t *v;
    size_t i;

    json_array_foreach (codes, i, v) {
        const char *code = json_string_value(v);

        if (code && (strstr(code, "secret") || strstr(code, "sitekey") ||
                     strcmp(code, "bad-request") == 0 ||
                     strcmp(code, "internal-error") == 0))
            return true;
    }
    return false;
}

enum err verifier_read(int status, const char *body, size_t n)
{
    json_t *doc = n ? json_loadb(body, n, 0, NULL) : NULL;
    const json_t *success = json_object_get(doc, "success");
    enum err e = ERR_IO;

    if (status == 200 && json_is_true(success))
        e = ERR_OK;
    else if (json_is_false(success) && status < 500 &&
             !is_our_fault(json_object_get(doc, "error-codes")))
        e = ERR_FORBIDDEN;
    json_decref(doc);
    return e;
}

/* ---- asking ---- */

/* The client takes the host as base and the rest as path. */
static enum err ask(struct client *c, const struct question *q, int64_t ms)
{
    const char *host = strstr(q->url, "://");
    const char *path = host ? strchr(host + 3, '/') : NULL;
    char base[URL_BYTES];
    struct client_call call = {.base = base,
                               .path = path ? path : "/",
                               .body = q->form,
                               .content_type =
                                   "application/x-www-form-urlencoded",
                               .total_ms = ms};
    struct client_reply reply;
    size_t n = path ? (size_t)(path - q->url) : strlen(q->url);
    enum err e;

    if (n >= sizeof(base))
        return ERR_OUTBOUND_REFUSED;
    memcpy(base, q->url, n);
    base[n] = '\0';
    e = client_call(c, &call, &reply);
    if (e == ERR_OK)
        e = verifier_read(reply.status, reply.body.ptr, reply.body.len);
    if (e != ERR_OK && e != ERR_FORBIDDEN)
        log_line(LOG_WARN, "captcha_unverified", "s:cause",
                 reply.problem ? reply.problem : err_info(e)->code, "i:status",
                 (int64_t)reply.status, NULL);
    client_reply_release(&reply);
    return e;
}

static void answer(struct question *q, enum err e)
{
    q->done.fn(q->done.ctx, e, NULL);
    free(q->form);
    free(q);
}

static struct question *take(struct verifier *v)
{
    struct question *q;

    pthread_mutex_lock(&v->lock);
    while (!v->head && !v->stopping)
        pthread_cond_wait(&v->wake, &v->lock);
    q = v->head;
    if (q) {
        v->head = q->next;
        v->waiting--;
        if (!v->head)
            v->tail = &v->head;
    }
    pthread_mutex_unlock(&v->lock);
    return q;
}

static void work_off(struct verifier *v, struct client *c, struct question *q)
{
    int64_t start = clock_mono_ms(), left = q->end_ms - start;
    enum err e = ERR_DEADLINE;

    if (__atomic_load_n(&v->stopping, __ATOMIC_RELAXED))
        e = ERR_DRAINING;
    else if (!c)
        e = ERR_NO_MEMORY;
    else if (left > 0)
        e = ask(c, q, left);
    metric_observe_at(METRIC_OUTBOUND_SECONDS,
                      metric_slot(METRIC_OUTBOUND_SECONDS, "captcha"),
                      (clock_mono_ms() - start) * 1000);
    answer(q, e);
}

static void *run(void *arg)
{
    struct verifier *v = arg;
    struct client *c = client_new(&v->config.rules);
    struct question *q;

    while ((q = take(v)))
        work_off(v, c, q);
    client_free(c);
    return NULL;
}

bool verifier_ask(struct verifier *v, const char *url, const char *form,
                  struct done done)
{
    struct question *q = calloc(1, sizeof(*q));
    bool taken;

    if (q)
        *q = (struct question){NULL, url, strdup(form), done,
                               clock_mono_ms() + v->config.total_ms};
    pthread_mutex_lock(&v->lock);
    taken = q && q->form && !v->stopping && v->waiting < v->config.queue_max;
    if (taken) {
        *v->tail = q;
        v->tail = &q->next;
        v->waiting++;
        pthread_cond_signal(&v->wake);
    }
    pthread_mutex_unlock(&v->lock);
    if (!taken && q) {
        free(q->form);
        free(q);
    }
    return taken;
}

/* ---- life ---- */

struct verifier *verifier_start(const struct verifier_config *config)
{
    struct verifier *v = calloc(1, sizeof(*v));

    if (!v)
        return NULL;
    v->config = *config;
    v->config.rules.cancel = &v->stopping;
    v->tail = &v->head;
    pthread_mutex_init(&v->lock, NULL);
    pthread_cond_init(&v->wake, NULL);
    while (v->n_threads < MIN(config->threads, THREADS_MAX)) {
        if (pthread_create(&v->thread[v->n_threads], NULL, run, v) != 0) {
            verifier_stop(v);
            return NULL;
        }
        v->n_threads++;
    }
    return v;
}

void verifier_stop(struct verifier *v)
{
    if (!v)
        return;
    pthread_mutex_lock(&v->lock);
    __atomic_store_n(&v->stopping, true, __ATOMIC_RELAXED);
    pthread_cond_broadcast(&v->wake);
    pthread_mutex_unlock(&v->lock);
    for (int i = 0; i < v->n_threads; i++)
        pthread_join(v->thread[i], NULL);
    pthread_cond_destroy(&v->wake);
    pthread_mutex_destroy(&v->lock);
    free(v);
}
