#include "fault/storm.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fault/history.h"
#include "lib/talk.h"

#define ANSWER_MS   20000
#define AGAIN_MS    20
#define ANSWER_ROOM 32768

struct conn {
    int fd;     /* -1: none */
    bool asked; /* a request is in flight */
    bool open;  /* the key waits for its acknowledgement */
    long n;     /* number of the key */
    long long wake_ms, sent_ms;
    size_t got;
    char in[ANSWER_ROOM];
};

struct storm_run {
    pthread_t thread;
    bool joined;
    FILE *history;
    long next;
    struct conn conn[STORM_CONNS_MAX];
};

static void hang_up(struct conn *c)
{
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    c->asked = false;
    c->got = 0;
}

static bool dial(const struct storm *s, struct conn *c)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)s->port),
                            .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct timeval limit = {.tv_sec = 1};
    int on = 1;

    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0)
        return false;
    setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(c->fd, (struct sockaddr *)&a, sizeof(a)) == 0)
        return true;
    hang_up(c);
    return false;
}

static const char *key_of(const struct storm *s, long n)
{
    return text("%sn%ld", s->plan.prefix, n);
}

static void ask(struct storm *s, struct conn *c)
{
    const char *key, *body, *all;

    if (!c->open) {
        c->n = s->run->next++;
        c->open = true;
    }
    key = key_of(s, c->n);
    body = s->plan.people
               ? text("{\"contact\": {\"email\": \"%sp%ld@gmail.com\","
                      " \"name\": \"%s\"}}",
                      s->plan.prefix, c->n % s->plan.people, key)
               : text("{\"contact\": {\"email\": \"%s@gmail.com\", \"name\":"
                      " \"%s\"}}",
                      key, key);
    all = text("POST /v1/leads HTTP/1.1\r\nHost: t\r\n"
               "Authorization: Bearer %s\r\nIdempotency-Key: %s\r\n"
               "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n"
               "%s",
               s->plan.bearer, key, strlen(body), body);
    c->sent_ms = talk_ms();
    c->got = 0;
    c->asked = true;
    if (send(c->fd, all, strlen(all), MSG_NOSIGNAL) != (ssize_t)strlen(all)) {
        hang_up(c);
        c->wake_ms = c->sent_ms + AGAIN_MS;
    }
}

/* @return the status once the answer is there whole, else 0 */
static int whole(const struct conn *c)
{
    const char *end = strstr(c->in, "\r\n\r\n");
    const char *length = strcasestr(c->in, "\r\nContent-Length:");

    if (!end || !length || length > end ||
        c->got - (size_t)(end + 4 - c->in) < strtoul(length + 17, NULL, 10))
        return 0;
    return atoi(c->in + 9);
}

static void note_time(struct storm *s, long long ms)
{
    s->took[ms < STORM_MS_MAX ? ms : STORM_MS_MAX]++;
    if (ms > s->worst_ms)
        s->worst_ms = ms;
}

static void take_ack(struct storm *s, struct conn *c, int status)
{
    const char *p = strstr(c->in, "\"receipt_id\"");
    char receipt[40] = "";

    p = p ? strchr(p + 12, '"') : NULL;
    if (p)
        snprintf(receipt, sizeof(receipt), "%.36s", p + 1);
    history_add(s->run->history, key_of(s, c->n), status, receipt);
    s->spooled += status == 202;
    s->acked++;
    c->open = false;
    c->wake_ms = talk_ms() + s->plan.pause_ms;
}

static void answered(struct storm *s, struct conn *c, int status)
{
    bool last = strcasestr(c->in, "\r\nConnection: close\r\n") != NULL;

    note_time(s, talk_ms() - c->sent_ms);
    if (status == 200 || status == 201 || status == 202) {
        take_ack(s, c, status);
    } else {
        c->wake_ms = talk_ms() + AGAIN_MS;
        s->refused += status == 503;
        if (status != 503 && status != 409 && s->other++ < 5)
            fprintf(stderr, "answer %d: %.600s\n", status, c->in);
    }
    c->asked = false;
    c->got = 0;
    if (last)
        hang_up(c);
}

static void hear(struct storm *s, struct conn *c)
{
    ssize_t n =
        recv(c->fd, c->in + c->got, ANSWER_ROOM - 1 - c->got, MSG_DONTWAIT);
    int status;

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        s->cut += c->asked;
        s->early += c->asked && c->sent_ms < s->mark_ms;
        hang_up(c);
        c->wake_ms = talk_ms() + AGAIN_MS;
        return;
    }
    c->got += (size_t)n;
    c->in[c->got] = '\0';
    status = whole(c);
    if (status)
        answered(s, c, status);
}

/* Send what is due. @return whether anything is in flight */
static bool step(struct storm *s, long long now)
{
    bool any = false;

    for (int i = 0; i < s->plan.conns; i++) {
        struct conn *c = &s->run->conn[i];

        if (c->asked && now - c->sent_ms > ANSWER_MS) {
            s->unanswered++;
            hang_up(c);
        }
        if (!c->asked && !s->stop && now >= c->wake_ms) {
            if (c->fd < 0 && !dial(s, c))
                c->wake_ms = now + AGAIN_MS;
            else
                ask(s, c);
        }
        any = any || c->asked;
    }
    return any;
}

static void *run(void *arg)
{
    struct storm *s = arg;
    struct pollfd p[STORM_CONNS_MAX];

    while (step(s, talk_ms()) || !s->stop) {
        for (int i = 0; i < s->plan.conns; i++)
            p[i] = (struct pollfd){s->run->conn[i].fd, POLLIN, 0};
        if (poll(p, (nfds_t)s->plan.conns, 2) <= 0)
            continue;
        for (int i = 0; i < s->plan.conns; i++)
            if (p[i].revents)
                hear(s, &s->run->conn[i]);
    }
    for (int i = 0; i < s->plan.conns; i++)
        hang_up(&s->run->conn[i]);
    return NULL;
}

struct storm *storm_start(const struct storm_plan *plan, int port)
{
    struct storm *s = calloc(1, sizeof(*s));
    struct storm_run *r = calloc(1, sizeof(*r));

    ck_assert(s && r && plan->conns <= STORM_CONNS_MAX);
    s->plan = *plan;
    s->port = port;
    s->run = r;
    r->history = history_open(plan->history);
    for (int i = 0; i < plan->conns; i++)
        r->conn[i].fd = -1;
    ck_assert_int_eq(pthread_create(&r->thread, NULL, run, s), 0);
    return s;
}

void storm_port(struct storm *s, int port)
{
    s->port = port;
}

void storm_stop(struct storm *s)
{
    s->stop = true;
    if (s->run->joined)
        return;
    pthread_join(s->run->thread, NULL);
    s->run->joined = true;
    fclose(s->run->history);
}

void storm_free(struct storm *s)
{
    storm_stop(s);
    free(s->run);
    free(s);
}

long storm_percentile(const struct storm *s, double percent)
{
    long all = 0, so_far = 0, ms = 0;

    for (int i = 0; i <= STORM_MS_MAX; i++)
        all += s->took[i];
    while (ms < STORM_MS_MAX &&
           (double)(so_far += s->took[ms]) < (double)all * percent / 100)
        ms++;
    return ms;
}

bool storm_more(struct storm *s, long n, int ms)
{
    long want = s->acked + n;

    return UNTIL(s->acked >= want, ms);
}
