/*
 * Connections and their absolute deadlines.  MHD's own timeout is idle time:
 * a byte a second keeps a connection for ever, so we keep the time ourselves
 * and shut the socket down; MHD notices and cleans up.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "http/linger.h"
#include "http/loop.h"
#include "metrics/metrics.h"

#define LOOK_MS 1000 /* how often, whether who is sending has gone */

static const char *const phase_names[] = {"idle", "header", "body", "work",
                                          "write"};

enum MHD_Result conn_accept(void *cls, const struct sockaddr *sa, socklen_t len)
{
    struct loop *l = cls;
    const struct http_opts *o = &l->http->opts;
    struct http_addr a;
    const char *cause = NULL;

    (void)len;
    addr_from_sockaddr(sa, &a);
    if (atomic_load(&l->http->n_conns) >= o->conns_max)
        cause = "connections";
    else if (o->conns_per_ip_max && !net_has(o->proxies, o->n_proxies, a.ip) &&
             peers_count(l->http->peers, &a) >= o->conns_per_ip_max)
        cause = "connections_per_address";
    if (!cause)
        return MHD_YES;
    metric_add_at(METRIC_HTTP_REFUSED, metric_slot(METRIC_HTTP_REFUSED, cause),
                  1);
    return MHD_NO;
}

static bool is_reading(const struct conn *c)
{
    return c->phase == PHASE_HEADER || c->phase == PHASE_BODY;
}

static int64_t look_at(const struct conn *c)
{
    return is_reading(c) ? MIN(c->deadline_ms, c->loop->now_ms + LOOK_MS)
                         : c->deadline_ms;
}

void conn_phase(struct conn *c, enum phase phase, int64_t deadline_ms)
{
    int64_t at;

    c->phase = phase;
    c->deadline_ms = deadline_ms;
    at = look_at(c);
    /* a timer that fires too early sets itself again: no cost a request */
    if (at != INT64_MAX && (!c->timer.next || c->timer.at_ms > at))
        wheel_set(&c->loop->wheel, &c->timer, at);
}

/* MHD takes a short read for all there is until epoll tells of more.  An end
   that came along with those bytes has been told already; when we shut that
   side too, the kernel tells it once more, and MHD reads it. */
static void look_for_end(struct conn *c)
{
    char byte;

    if (recvfrom(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT, NULL, NULL) == 0)
        shutdown(c->fd, SHUT_RD);
}

static void cut(struct conn *c)
{
    metric_add_at(METRIC_HTTP_CUT,
                  metric_slot(METRIC_HTTP_CUT, phase_names[c->phase]), 1);
    if (is_reading(c))
        reply_raw(c->fd, ERR_TIMEOUT,
                  c->rq && c->rq->request_id[0] ? c->rq->request_id : NULL);
    c->cut = true;
    shutdown(c->fd, SHUT_RDWR);
    /* should MHD not look at the socket any more (its buffer is full, say) */
    MHD_set_connection_option(c->mhd, MHD_CONNECTION_OPTION_TIMEOUT, 1U);
}

static void on_timer(struct timer *t)
{
    struct conn *c = (struct conn *)t;

    if (c->deadline_ms == INT64_MAX)
        return;
    if (c->deadline_ms <= c->loop->now_ms) {
        cut(c);
        return;
    }
    if (is_reading(c))
        look_for_end(c);
    wheel_set(&c->loop->wheel, t, look_at(c));
}

static void link_conn(struct conn *c)
{
    struct loop *l = c->loop;

    c->next = l->conns;
    if (c->next)
        c->next->prev = c;
    l->conns = c;
}

static void unlink_conn(struct conn *c)
{
    if (c->next)
        c->next->prev = c->prev;
    if (c->prev)
        c->prev->next = c->next;
    else
        c->loop->conns = c->next;
}

static struct conn *conn_new(struct loop *l, struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *fd, *sa;
    struct conn *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL; /* its requests are refused */
    fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    sa = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    c->loop = l;
    c->mhd = mhd;
    c->fd = fd->connect_fd;
    c->timer.fire = on_timer;
    addr_from_sockaddr(sa->client_addr, &c->peer);
    guard_reset(&c->guard);
    link_conn(c);
    peers_enter(l->http->peers, &c->peer);
    atomic_fetch_add(&l->http->n_conns, 1);
    metric_add(METRIC_HTTP_CONNECTIONS, 1);
    conn_phase(c, PHASE_IDLE, l->now_ms + l->http->opts.header_ms);
    wire_watch(c->fd, c);
    return c;
}

static void conn_free(struct conn *c)
{
    struct loop *l = c->loop;

    wire_watch(c->fd, NULL);
    if (c->unread && !c->cut)
        linger_start(l, c->fd);
    wheel_stop(&l->wheel, &c->timer);
    unlink_conn(c);
    peers_leave(l->http->peers, &c->peer);
    atomic_fetch_sub(&l->http->n_conns, 1);
    metric_add(METRIC_HTTP_CONNECTIONS, -1);
    request_free(c->rq);
    free(c);
}

void conn_notify(void *cls, struct MHD_Connection *mhd, void **ctx,
                 enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        *ctx = conn_new(cls, mhd);
    else if (*ctx) {
        conn_free(*ctx);
        *ctx = NULL;
    }
}

/* MHD closes now; linger.c sees to it that the answer is not lost. */
void conn_refuse(struct conn *c, enum err e, const char *request_id)
{
    reply_raw(c->fd, e, request_id);
    c->unread = c->refused = true;
    shutdown(c->fd, SHUT_WR);
}

ssize_t conn_received(struct conn *c, const char *p, ssize_t n)
{
    enum err e;

    if (c->phase == PHASE_IDLE)
        conn_phase(c, PHASE_HEADER,
                   c->loop->now_ms + c->loop->http->opts.header_ms);
    e = guard_scan(&c->guard, p, (size_t)n);
    if (e == ERR_OK)
        return n;
    metric_add_at(METRIC_HTTP_REFUSED,
                  metric_slot(METRIC_HTTP_REFUSED,
                              c->guard.why ? c->guard.why : "header"),
                  1);
    if (!c->rq)
        conn_refuse(c, e, NULL);
    else if (c->rq->priv->replied)
        shutdown(c->fd, SHUT_RDWR);
    else
        request_refuse(c->rq, e);
    errno = ECONNRESET;
    return -1;
}

/* Half a second more, for a request that is on its way just now. */
void conn_close_idle(struct loop *l)
{
    for (struct conn *c = l->conns; c; c = c->next)
        if (c->phase == PHASE_IDLE)
            conn_phase(c, PHASE_IDLE, MIN(c->deadline_ms, l->now_ms + 500));
}
