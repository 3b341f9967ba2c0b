#include "cli/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"

#define BACKLOG 4096

static int bind_to(const struct sockaddr *sa, socklen_t len)
{
    int fd =
        socket(sa->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1, off = 0, why;

    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (sa->sa_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    if (bind(fd, sa, len) == 0)
        return fd;
    why = errno;
    close(fd);
    errno = why;
    return -1;
}

int listen_bind(const char *host, uint16_t port)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6,
                               .sin6_port = htons(port)};
    bool all = str_eq(host, "*");
    int fd = -1;

    if (!all && inet_pton(AF_INET, host, &in.sin_addr) == 1)
        return bind_to((struct sockaddr *)&in, sizeof(in));
    if (!all && inet_pton(AF_INET6, host, &in6.sin6_addr) != 1) {
        errno = EADDRNOTAVAIL;
        return -1;
    }
    fd = bind_to((struct sockaddr *)&in6, sizeof(in6));
    if (fd < 0 && all && errno == EAFNOSUPPORT) /* a host without IPv6 */
        fd = bind_to((struct sockaddr *)&in, sizeof(in));
    return fd;
}

bool listen_open(int fd)
{
    return listen(fd, BACKLOG) == 0;
}
