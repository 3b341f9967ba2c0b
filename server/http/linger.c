#include "http/linger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE_BYTES ((size_t)64 * 1024)
#define PIECES_MAX  64 /* a turn; others wait */

struct lingerer {
    struct timer timer; /* first: the wheel hands it back */
    struct loop *loop;
    struct lingerer *prev, *next;
    int64_t end_ms;
    int fd;
};

static void let_go(struct lingerer *g)
{
    struct loop *l = g->loop;

    wheel_stop(&l->wheel, &g->timer);
    if (g->next)
        g->next->prev = g->prev;
    if (g->prev)
        g->prev->next = g->next;
    else
        l->lingers = g->next;
    l->n_lingers--;
    close(g->fd);
    free(g);
}

/* MSG_TRUNC throws away without copying.
 * @return false once there is nobody left to hear */
static bool throw_away(int fd)
{
    ssize_t n = 1;

    for (int i = 0; i < PIECES_MAX && n > 0; i++)
        n = recvfrom(fd, NULL, PIECE_BYTES, MSG_DONTWAIT | MSG_TRUNC, NULL,
                     NULL);
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static void on_timer(struct timer *t)
{
    struct lingerer *g = (struct lingerer *)t;
    int64_t now_ms = g->loop->now_ms;

    if (now_ms >= g->end_ms || !throw_away(g->fd))
        let_go(g);
    else
        wheel_set(&g->loop->wheel, t, now_ms + WHEEL_TICK_MS);
}

void linger_start(struct loop *l, int fd)
{
    struct lingerer *g;

    if (l->n_lingers == LINGERS_MAX) {
        (void)throw_away(fd);
        return;
    }
    g = calloc(1, sizeof(*g));
    if (!g)
        return;
    g->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (g->fd < 0) {
        free(g);
        return;
    }
    shutdown(g->fd, SHUT_WR);
    g->loop = l;
    g->end_ms = l->now_ms + LINGER_MS;
    g->timer.fire = on_timer;
    g->next = l->lingers;
    if (g->next)
        g->next->prev = g;
    l->lingers = g;
    l->n_lingers++;
    wheel_set(&l->wheel, &g->timer, l->now_ms + WHEEL_TICK_MS);
}

void lingers_end(struct loop *l)
{
    while (l->lingers)
        let_go(l->lingers);
}
