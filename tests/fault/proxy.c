#include "fault/proxy.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/talk.h"

#define PAIRS_MAX 64
#define PIECE     65536

/* What travels from a server to its client, and when. */
struct piece {
    struct piece *next;
    long long due_ms;
    size_t n;
    char bytes[];
};

struct pair {
    int client, server; /* -1: free */
    struct piece *first, *last;
};

struct proxy_run {
    pthread_t thread;
    int listener;
    unsigned seed;
    struct sockaddr_un database;
    struct pair pair[PAIRS_MAX];
};

static void drop(struct pair *p)
{
    while (p->first) {
        struct piece *next = p->first->next;

        free(p->first);
        p->first = next;
    }
    if (p->client >= 0)
        close(p->client);
    if (p->server >= 0)
        close(p->server);
    *p = (struct pair){-1, -1, NULL, NULL};
}

static bool send_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);

        if (sent <= 0)
            return false;
        p += sent;
        n -= (size_t)sent;
    }
    return true;
}

/* The COMMIT of a pipeline is a Bind of the statement "commit"; its answer a
   CommandComplete. */
static bool asks_commit(const char *p, size_t n)
{
    static const char BIND[] = "\0commit";

    return memmem(p, n, BIND, sizeof(BIND)) != NULL;
}

static bool tells_commit(const char *p, size_t n)
{
    static const char TAG[] = "C\0\0\0\x0b"
                              "COMMIT";

    return memmem(p, n, TAG, sizeof(TAG)) != NULL;
}

static bool by_chance(struct proxy *x)
{
    return rand_r(&x->run->seed) % 1000 < x->cut_permille;
}

static void from_client(struct proxy *x, struct pair *p)
{
    char bytes[PIECE];
    ssize_t n = recv(p->client, bytes, sizeof(bytes), 0);

    if (n > 0 && asks_commit(bytes, (size_t)n) && by_chance(x)) {
        x->cut_before++;
        n = 0;
    }
    if (n <= 0 || !send_all(p->server, bytes, (size_t)n))
        drop(p);
}

static void from_server(struct proxy *x, struct pair *p)
{
    char bytes[PIECE];
    ssize_t n = recv(p->server, bytes, sizeof(bytes), 0);
    struct piece *piece;

    if (n > 0 && tells_commit(bytes, (size_t)n)) {
        x->commits++;
        if (by_chance(x)) {
            x->cut_after++;
            n = 0;
        }
    }
    if (n <= 0) {
        drop(p);
        return;
    }
    piece = malloc(sizeof(*piece) + (size_t)n);
    if (!piece)
        abort();
    piece->next = NULL;
    piece->due_ms = talk_ms() + x->delay_ms;
    piece->n = (size_t)n;
    memcpy(piece->bytes, bytes, (size_t)n);
    *(p->first ? &p->last->next : &p->first) = piece;
    p->last = piece;
}

static void deliver(struct pair *p, long long now)
{
    while (p->first && p->first->due_ms <= now) {
        struct piece *piece = p->first;
        bool ok = send_all(p->client, piece->bytes, piece->n);

        p->first = piece->next;
        free(piece);
        if (!ok) {
            drop(p);
            return;
        }
    }
}

static void take_client(struct proxy *x)
{
    int client = accept4(x->run->listener, NULL, NULL, SOCK_CLOEXEC);
    int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    for (int i = 0; i < PAIRS_MAX; i++) {
        struct pair *p = &x->run->pair[i];

        if (p->client >= 0)
            continue;
        *p = (struct pair){client, server, NULL, NULL};
        if (connect(server, (struct sockaddr *)&x->run->database,
                    sizeof(x->run->database)) != 0)
            drop(p);
        return;
    }
    close(client);
    close(server);
}

static void step(struct proxy *x)
{
    struct pollfd fds[2 * PAIRS_MAX + 1];
    struct proxy_run *r = x->run;

    for (int i = 0; i < PAIRS_MAX; i++) {
        fds[2 * i] = (struct pollfd){r->pair[i].client, POLLIN, 0};
        fds[2 * i + 1] = (struct pollfd){r->pair[i].server, POLLIN, 0};
    }
    fds[2 * PAIRS_MAX] = (struct pollfd){r->listener, POLLIN, 0};
    poll(fds, 2 * PAIRS_MAX + 1, 5);
    for (int i = 0; i < PAIRS_MAX; i++) {
        struct pair *p = &r->pair[i];

        if (p->client >= 0 && fds[2 * i].revents)
            from_client(x, p);
        if (p->server >= 0 && fds[2 * i + 1].revents)
            from_server(x, p);
        deliver(p, talk_ms());
    }
    if (fds[2 * PAIRS_MAX].revents)
        take_client(x);
}

static void *run(void *arg)
{
    struct proxy *x = arg;

    while (!x->stop)
        step(x);
    for (int i = 0; i < PAIRS_MAX; i++)
        drop(&x->run->pair[i]);
    return NULL;
}

static void find_database(const char *conninfo, struct sockaddr_un *out)
{
    PQconninfoOption *all = PQconninfoParse(conninfo, NULL);

    ck_assert_ptr_nonnull(all);
    out->sun_family = AF_UNIX;
    for (PQconninfoOption *o = all; o->keyword; o++)
        if (!strcmp(o->keyword, "host"))
            snprintf(out->sun_path, sizeof(out->sun_path),
                     "%.80s/.s.PGSQL.5432", o->val);
    PQconninfoFree(all);
}

struct proxy *proxy_start(const char *conninfo, unsigned seed)
{
    struct proxy *x = calloc(1, sizeof(*x));
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(a);

    ck_assert_ptr_nonnull(x);
    x->run = calloc(1, sizeof(*x->run));
    ck_assert_ptr_nonnull(x->run);
    x->run->seed = seed;
    for (int i = 0; i < PAIRS_MAX; i++)
        x->run->pair[i] = (struct pair){-1, -1, NULL, NULL};
    find_database(conninfo, &x->run->database);
    x->run->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(x->run->listener, (struct sockaddr *)&a, size), 0);
    ck_assert_int_eq(listen(x->run->listener, 64), 0);
    getsockname(x->run->listener, (struct sockaddr *)&a, &size);
    x->port = ntohs(a.sin_port);
    snprintf(x->conninfo, sizeof(x->conninfo),
             "host=127.0.0.1 port=%d user=leadd dbname=postgres"
             " sslmode=disable gssencmode=disable",
             x->port);
    ck_assert_int_eq(pthread_create(&x->run->thread, NULL, run, x), 0);
    return x;
}

void proxy_stop(struct proxy *x)
{
    x->stop = true;
    pthread_join(x->run->thread, NULL);
    close(x->run->listener);
    free(x->run);
    free(x);
}
