/*
 * How fast is the room alone?  GET /fast answers at once, GET /shared from a
 * shared body, POST /park is answered by another thread in batches.
 *   perf_http PORT THREADS [SECONDS]   then: wrk -c 128 http://.../fast
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "http/daemon.h"
#include "http/park.h"
#include "http/reply.h"

#define QUEUE_MAX 65536

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;
static struct done queue[QUEUE_MAX];
static size_t n_queue;
static struct http_body *shared;

static enum http_next fast(struct http_req *rq)
{
    return reply_static(rq, 200, "application/json", "{\"ok\":true}");
}

static enum http_next from_shared(struct http_req *rq)
{
    return reply_body(rq, shared);
}

static enum http_next parked(struct http_req *rq)
{
    struct done done;

    if (rq->woken)
        return rq->err == ERR_OK ? fast(rq) : reply_problem(rq, rq->err, NULL);
    done = http_park(rq, 5000);
    pthread_mutex_lock(&lock);
    queue[n_queue++] = done;
    if (n_queue == 1)
        pthread_cond_signal(&more);
    pthread_mutex_unlock(&lock);
    return HTTP_PARKED;
}

/* Take all there is, "commit" for half a millisecond, wake all. */
static void *writer(void *arg)
{
    static struct done batch[QUEUE_MAX];
    const struct timespec commit = {.tv_nsec = 500000};

    for (;;) {
        size_t n = 0;

        pthread_mutex_lock(&lock);
        while (!n_queue)
            pthread_cond_wait(&more, &lock);
        for (; n < n_queue; n++)
            batch[n] = queue[n];
        n_queue = 0;
        pthread_mutex_unlock(&lock);
        nanosleep(&commit, NULL);
        for (size_t i = 0; i < n; i++)
            batch[i].fn(batch[i].ctx, ERR_OK, NULL);
    }
    return arg;
}

int main(int argc, char **argv)
{
    static const struct http_route routes[] = {
        {.method = HTTP_GET, .path = "/fast", .handler = fast},
        {.method = HTTP_GET, .path = "/shared", .handler = from_shared},
        {.method = HTTP_POST,
         .path = "/park",
         .handler = parked,
         .max_body_bytes = 65536},
    };
    struct http_opts o = {.host = "127.0.0.1", .routes = routes, .n_routes = 3};
    struct timespec run = {.tv_sec = argc > 3 ? atoi(argv[3]) : 3600};
    struct buf b = BUF_INIT;
    struct http *h;
    pthread_t t;

    o.port = (uint16_t)(argc > 1 ? atoi(argv[1]) : 8099);
    o.threads = (unsigned)(argc > 2 ? atoi(argv[2]) : 2);
    for (int i = 0; i < 4096; i++)
        buf_putc(&b, 'x');
    shared = http_body_new("text/plain", &b);
    if (!shared || http_start(&o, &h) != ERR_OK)
        return 1;
    pthread_create(&t, NULL, writer, NULL);
    printf("port %u\n", http_port(h));
    fflush(stdout);
    nanosleep(&run, NULL);
    http_stop(h, 1000);
    return 0;
}
