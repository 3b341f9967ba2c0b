#include "lib/talk.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TURNS      32
#define TEXT_BYTES 8192

const char *text(const char *fmt, ...)
{
    static _Thread_local char ring[TURNS][TEXT_BYTES];
    static _Thread_local unsigned turn;
    char *out = ring[turn++ % TURNS];
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(out, TEXT_BYTES, fmt, ap);
    va_end(ap);
    ck_assert_int_lt(n, TEXT_BYTES);
    return out;
}

const char *keep(const char *fmt, ...)
{
    static struct kept {
        struct kept *next;
        char *text;
    } * all;
    struct kept *k = malloc(sizeof(*k));
    va_list ap;

    if (!k)
        abort();
    va_start(ap, fmt);
    if (vasprintf(&k->text, fmt, ap) < 0)
        abort();
    va_end(ap);
    k->next = all; /* still reachable: no leak */
    all = k;
    return k->text;
}

const struct reply *call(int port, const char *method, const char *path,
                         const char *key, const char *headers, const char *body)
{
    static struct reply ring[TURNS];
    static unsigned turn;
    struct reply *r = &ring[turn++ % TURNS];

    reply_free(r);
    *r = http_call(port, method, path, key, headers, body);
    return r;
}

long long talk_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* ---- a client that expects the worst ---- */

static int dial(int port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* @return the status once head and body are there whole, else 0 */
static int whole(const char *in, size_t n, const char **out_body)
{
    const char *end = strstr(in, "\r\n\r\n");
    const char *length = strcasestr(in, "\r\nContent-Length:");

    if (!end)
        return 0;
    *out_body = end + 4;
    if (length && length < end &&
        n - (size_t)(end + 4 - in) < strtoul(length + 17, NULL, 10))
        return 0;
    return atoi(in + 9);
}

static int take(int fd, long long end_ms, char *answer, size_t answer_size)
{
    char in[65536];
    const char *body = "";
    size_t n = 0;
    int status = 0;

    while (!status && n + 1 < sizeof(in)) {
        struct pollfd p = {fd, POLLIN, 0};
        long long left = end_ms - talk_ms();
        ssize_t got;

        if (left <= 0 || poll(&p, 1, (int)left) <= 0)
            break;
        got = recv(fd, in + n, sizeof(in) - n - 1, 0);
        if (got <= 0)
            break;
        n += (size_t)got;
        in[n] = '\0';
        status = whole(in, n, &body);
    }
    if (answer)
        snprintf(answer, answer_size, "%s", status ? body : "");
    return status;
}

int try_call(int port, int ms, const char *method, const char *path,
             const char *key, const char *body, char *answer,
             size_t answer_size)
{
    long long end = talk_ms() + ms;
    int fd = dial(port), status = 0, n;
    char *all;

    if (fd < 0)
        return 0;
    n = asprintf(&all,
                 "%s %s HTTP/1.1\r\nHost: t\r\nConnection: close\r\n"
                 "Authorization: Bearer %s\r\n"
                 "Content-Type: application/json\r\n"
                 "Content-Length: %zu\r\n\r\n%s",
                 method, path, key ? key : "", body ? strlen(body) : 0,
                 body ? body : "");
    if (n < 0)
        abort();
    if (send(fd, all, (size_t)n, MSG_NOSIGNAL) == n)
        status = take(fd, end, answer, answer_size);
    free(all);
    close(fd);
    return status;
}

/* ---- many at once ---- */

struct crowd {
    pthread_barrier_t start;
    void (*fn)(void *ctx, int i);
    void *ctx;
};

struct one {
    struct crowd *crowd;
    int i;
};

static void *run(void *arg)
{
    struct one *o = arg;

    pthread_barrier_wait(&o->crowd->start);
    o->crowd->fn(o->crowd->ctx, o->i);
    return NULL;
}

void together(int n, void (*fn)(void *ctx, int i), void *ctx)
{
    struct crowd c = {.fn = fn, .ctx = ctx};
    pthread_t thread[256];
    struct one one[256];

    ck_assert_int_le(n, 256);
    pthread_barrier_init(&c.start, NULL, (unsigned)n);
    for (int i = 0; i < n; i++) {
        one[i] = (struct one){&c, i};
        ck_assert_int_eq(pthread_create(&thread[i], NULL, run, &one[i]), 0);
    }
    for (int i = 0; i < n; i++)
        pthread_join(thread[i], NULL);
    pthread_barrier_destroy(&c.start);
}
