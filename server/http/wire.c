/*
 * Our own recv().  The dynamic linker binds libmicrohttpd's call to the
 * symbol of the executable, so the bytes of every watched socket can be
 * judged before MHD sees them.  All other sockets (libpq, libcurl) pass
 * straight through.  Should the symbol not be bound to us one day, no header
 * is ever found sound and every request is refused: see request.c.
 */
#undef _FORTIFY_SOURCE /* its inline recv() would clash with ours */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "http/loop.h"

#define WATCH_MAX ((size_t)1 << 20)

static _Atomic(struct conn *) *watched; /* by descriptor; never freed */
static _Atomic size_t n_watched;

ssize_t recv(int fd, void *p, size_t n, int flags);

enum err wire_init(void)
{
    struct rlimit lim;
    size_t n = WATCH_MAX;

    if (atomic_load(&n_watched))
        return ERR_OK;
    if (getrlimit(RLIMIT_NOFILE, &lim) == 0) {
        lim.rlim_cur = MIN(lim.rlim_max, WATCH_MAX);
        if (setrlimit(RLIMIT_NOFILE, &lim) == 0)
            n = (size_t)lim.rlim_cur;
    }
    watched = calloc(n, sizeof(*watched));
    if (!watched)
        return ERR_NO_MEMORY;
    atomic_store(&n_watched, n);
    return ERR_OK;
}

void wire_watch(int fd, struct conn *c)
{
    if (fd >= 0 && (size_t)fd < atomic_load(&n_watched))
        atomic_store(&watched[fd], c);
}

ssize_t recv(int fd, void *p, size_t n, int flags)
{
    struct conn *c = NULL;
    ssize_t got;

    if (fd >= 0 && (size_t)fd < atomic_load(&n_watched))
        c = atomic_load_explicit(&watched[fd], memory_order_relaxed);
    if (c && c->refused) {
        errno = ECONNRESET;
        return -1;
    }
    got = syscall(SYS_recvfrom, fd, p, n, flags, NULL, NULL);
    return c && got > 0 ? conn_received(c, p, got) : got;
}
