#include "http/daemon.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/linger.h"
#include "http/loop.h"
#include "metrics/metrics.h"

#define BACKLOG       4096
#define CONN_MEM      (32 * 1024)
#define FINAL_WAIT_MS 1000 /* for the last answers to be written */

static void defaults(struct http_opts *o)
{
    o->threads = o->threads ? o->threads : 2;
    o->conns_max = o->conns_max ? o->conns_max : 10000;
    o->parked_max = o->parked_max ? o->parked_max : 20000;
    o->header_ms = o->header_ms ? o->header_ms : 10 * SECOND_MS;
    o->body_ms = o->body_ms ? o->body_ms : 30 * SECOND_MS;
    o->body_rate = o->body_rate ? o->body_rate : 16384;
    o->write_ms = o->write_ms ? o->write_ms : 30 * SECOND_MS;
    o->idle_ms = o->idle_ms ? o->idle_ms : 15 * SECOND_MS;
}

static enum err to_sockaddr(const struct http_opts *o,
                            struct sockaddr_storage *out, socklen_t *out_len)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(o->port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6,
                               .sin6_port = htons(o->port)};

    memset(out, 0, sizeof(*out));
    if (o->host && inet_pton(AF_INET, o->host, &in.sin_addr) == 1) {
        memcpy(out, &in, *out_len = sizeof(in));
        return ERR_OK;
    }
    if (o->host && inet_pton(AF_INET6, o->host, &in6.sin6_addr) != 1)
        return ERR_CONFIG;
    memcpy(out, &in6, *out_len = sizeof(in6)); /* "::" when no host is given */
    return ERR_OK;
}

static int open_socket(const struct sockaddr_storage *sa, socklen_t len)
{
    int fd =
        socket(sa->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1, off = 0;

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (sa->ss_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    if (bind(fd, (const struct sockaddr *)sa, len) == 0 &&
        listen(fd, BACKLOG) == 0)
        return fd;
    close(fd);
    return -1;
}

static enum err listen_on(struct http *h)
{
    struct sockaddr_storage sa;
    socklen_t len;
    enum err e;

    h->listen_fd = h->opts.listen_fd;
    if (h->listen_fd > 0)
        return ERR_OK;
    e = to_sockaddr(&h->opts, &sa, &len);
    if (e != ERR_OK)
        return e;
    h->listen_fd = open_socket(&sa, len);
    if (h->listen_fd < 0 && !h->opts.host && errno == EAFNOSUPPORT) {
        struct http_opts v4 = h->opts; /* a host without IPv6 */

        v4.host = "0.0.0.0";
        if (to_sockaddr(&v4, &sa, &len) == ERR_OK)
            h->listen_fd = open_socket(&sa, len);
    }
    return h->listen_fd < 0 ? ERR_IO : ERR_OK;
}

/* We decode ourselves, from the raw bytes. */
static size_t keep_escapes(void *cls, struct MHD_Connection *mhd, char *s)
{
    (void)cls, (void)mhd;
    return strlen(s);
}

static struct MHD_Daemon *mhd_start(struct loop *l)
{
    const struct http *h = l->http;
    /* no error log, no own threads, no timeouts of its own */
    unsigned flags =
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC | MHD_USE_TURBO;

    return MHD_start_daemon(flags, 0, conn_accept, l, request_step, l, /* */
                            MHD_OPTION_LISTEN_SOCKET, h->listen_fd,    /* */
                            MHD_OPTION_NOTIFY_CONNECTION, conn_notify, l,
                            MHD_OPTION_NOTIFY_COMPLETED, request_over, l,
                            MHD_OPTION_URI_LOG_CALLBACK, request_new, l,
                            MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                            (size_t)CONN_MEM, MHD_OPTION_CONNECTION_LIMIT,
                            (unsigned)h->opts.conns_max + 16,
                            MHD_OPTION_CONNECTION_TIMEOUT, 0u, MHD_OPTION_END);
}

static bool watch(int epoll_fd, int fd)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.fd = fd};

    return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &ev) == 0;
}

static enum err loop_init(struct loop *l, struct http *h)
{
    const union MHD_DaemonInfo *info;

    l->http = h;
    l->now_ms = clock_mono_ms();
    atomic_store(&l->turned_ms, l->now_ms);
    wheel_init(&l->wheel, l->now_ms);
    l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    l->waker = waker_new();
    if (l->epoll_fd < 0 || !l->waker)
        return ERR_IO;
    l->mhd = mhd_start(l);
    if (!l->mhd)
        return ERR_IO;
    info = MHD_get_daemon_info(l->mhd, MHD_DAEMON_INFO_EPOLL_FD);
    if (!info || !watch(l->epoll_fd, info->epoll_fd) ||
        !watch(l->epoll_fd, l->waker->fd))
        return ERR_IO;
    return ERR_OK;
}

static void loop_wait(struct loop *l)
{
    struct epoll_event ev[2];
    int cap = l->wheel.n ? WHEEL_TICK_MS : 500;
    int n = epoll_wait(l->epoll_fd, ev, 2, mhd_wait_ms(l->mhd, cap));
    uint64_t kicks;

    l->now_ms = clock_mono_ms();
    atomic_store(&l->turned_ms, l->now_ms);
    for (int i = 0; i < n; i++)
        if (ev[i].data.fd == l->waker->fd) {
            ssize_t got = read(l->waker->fd, &kicks, sizeof(kicks));

            (void)got;
        }
}

/* When nobody accepts any more, newcomers are better refused at once than left
 * in the backlog.  MHD lets go of the socket when it quiesces. */
static void close_listener(struct http *h)
{
    if (atomic_fetch_add(&h->n_quiet, 1) + 1 < h->opts.threads)
        return;
    close(h->listen_fd);
    h->listen_fd = -1;
}

/* Take the step that main asked for. */
static void loop_drain(struct loop *l)
{
    enum drain want = (enum drain)atomic_load(&l->http->drain);

    if (l->drain == DRAIN_NOT && want != DRAIN_NOT) {
        l->drain = DRAIN_QUIET;
        MHD_quiesce_daemon(l->mhd);
        close_listener(l->http);
        parks_wake(l, ERR_DRAINING, false);
        conn_close_idle(l);
    }
    if (l->drain == DRAIN_QUIET && want == DRAIN_FINAL) {
        l->drain = DRAIN_FINAL;
        parks_wake(l, ERR_DRAINING, true);
    }
}

static void *loop_run(void *arg)
{
    struct loop *l = arg;
    int64_t end_ms = INT64_MAX;

    /* when final: every suspended connection must be resumed, or MHD would
     * abort; then the last bytes get a moment */
    while (l->drain != DRAIN_FINAL || l->parks ||
           ((l->conns || l->lingers) && l->now_ms < end_ms)) {
        loop_wait(l);
        parks_collect(l);
        MHD_run(l->mhd);
        wheel_turn(&l->wheel, l->now_ms);
        if (l->drain != DRAIN_FINAL) {
            loop_drain(l);
            end_ms = l->now_ms + FINAL_WAIT_MS;
        }
    }
    MHD_run(l->mhd); /* notices the last resumes */
    MHD_stop_daemon(l->mhd);
    lingers_end(l);
    l->mhd = NULL;
    return NULL;
}

static void loop_free(struct loop *l)
{
    if (l->mhd) { /* never ran */
        MHD_quiesce_daemon(l->mhd);
        MHD_stop_daemon(l->mhd);
    }
    while (l->n_spare)
        arena_free(l->spare[--l->n_spare]);
    if (l->epoll_fd > 0)
        close(l->epoll_fd);
    waker_drop(l->waker);
}

static void http_free(struct http *h)
{
    for (unsigned i = 0; h->loops && i < h->opts.threads; i++)
        loop_free(&h->loops[i]);
    if (h->listen_fd > 0)
        close(h->listen_fd);
    free(h->loops);
    free(h->route_slots);
    peers_free(h->peers);
    router_free(h->router);
    free(h);
}

static enum err start_loops(struct http *h)
{
    enum err e = ERR_OK;

    for (unsigned i = 0; e == ERR_OK && i < h->opts.threads; i++)
        e = loop_init(&h->loops[i], h);
    for (; e == ERR_OK && h->n_loops < h->opts.threads; h->n_loops++) {
        struct loop *l = &h->loops[h->n_loops];

        if (pthread_create(&l->thread, NULL, loop_run, l) != 0)
            return ERR_IO;
        pthread_setname_np(l->thread, "http");
    }
    return e;
}

static uint16_t port_of(const struct http *h)
{
    struct sockaddr_storage sa;
    socklen_t len = sizeof(sa);
    struct sockaddr_in6 in6; /* the port lies in the same place for both */

    if (getsockname(h->listen_fd, (struct sockaddr *)&sa, &len) != 0)
        return 0;
    memcpy(&in6, &sa, sizeof(in6));
    return ntohs(in6.sin6_port);
}

static unsigned *route_slots(const struct http_opts *o)
{
    unsigned *slots = calloc(o->n_routes + 1, sizeof(*slots));

    for (size_t i = 0; slots && i < o->n_routes; i++)
        slots[i] = metric_slot(METRIC_HTTP_SECONDS, o->routes[i].path);
    return slots;
}

enum err http_start(const struct http_opts *opts, struct http **out)
{
    struct http *h = calloc(1, sizeof(*h));
    enum err e = h ? wire_init() : ERR_NO_MEMORY;

    if (!h || e != ERR_OK) {
        free(h);
        return e;
    }
    signal(SIGPIPE, SIG_IGN); /* sendfile and old kernels */
    h->opts = *opts;
    defaults(&h->opts);
    h->router = router_new(opts->routes, opts->n_routes);
    h->peers = peers_new();
    h->loops = calloc(h->opts.threads, sizeof(*h->loops));
    h->route_slots = route_slots(opts);
    if (!h->peers || !h->loops || !h->route_slots)
        e = ERR_NO_MEMORY;
    else if (!h->router)
        e = ERR_CONFIG;
    if (e == ERR_OK)
        e = listen_on(h);
    if (e == ERR_OK) {
        h->port = port_of(h);
        e = start_loops(h);
    }
    if (e == ERR_OK)
        *out = h;
    else if (h->n_loops)
        http_stop(h, 0);
    else
        http_free(h);
    return e;
}

uint16_t http_port(const struct http *h)
{
    return h->port;
}

int64_t http_stalled_ms(const struct http *h)
{
    int64_t now = clock_mono_ms(), oldest = now;

    for (unsigned i = 0; i < h->n_loops; i++)
        oldest = MIN(oldest, atomic_load(&h->loops[i].turned_ms));
    return now - oldest;
}

static void set_drain(struct http *h, enum drain to)
{
    if (atomic_load(&h->drain) < (int)to)
        atomic_store(&h->drain, (int)to);
    for (unsigned i = 0; i < h->n_loops; i++)
        waker_kick(h->loops[i].waker);
}

void http_quiesce(struct http *h)
{
    set_drain(h, DRAIN_QUIET);
}

void http_stop(struct http *h, int64_t grace_ms)
{
    const struct timespec tick = {.tv_nsec = 5000000};
    int64_t end_ms = clock_mono_ms() + grace_ms;

    if (!h)
        return;
    http_quiesce(h);
    while (atomic_load(&h->n_conns) && clock_mono_ms() < end_ms)
        nanosleep(&tick, NULL);
    set_drain(h, DRAIN_FINAL);
    for (unsigned i = 0; i < h->n_loops; i++)
        pthread_join(h->loops[i].thread, NULL);
    http_free(h);
}
