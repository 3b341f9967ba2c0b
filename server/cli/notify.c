#include "cli/notify.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/str.h"

#define FIRST_FD 3

void notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    size_t n = path ? strlen(path) : 0;
    int fd;

    if (n < 2 || n >= sizeof(sa.sun_path) || (*path != '/' && *path != '@'))
        return;
    memcpy(sa.sun_path, path, n + 1);
    if (*path == '@') /* the abstract name space */
        sa.sun_path[0] = '\0';
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&sa,
                 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
    close(fd);
}

/* The variables are meant for the process they name. */
static bool for_us(const char *variable)
{
    const char *text = getenv(variable);
    int64_t pid;

    return !text || (str_to_i64(text, &pid) && pid == getpid());
}

int64_t notify_watchdog_ms(void)
{
    const char *text = getenv("WATCHDOG_USEC");
    int64_t us;

    if (!text || !for_us("WATCHDOG_PID") || !str_to_i64(text, &us) || us < 2000)
        return 0;
    return us / 2000;
}

int notify_listen_fd(void)
{
    const char *text = getenv("LISTEN_FDS");
    int64_t n;

    if (!text || !getenv("LISTEN_PID") || !for_us("LISTEN_PID") ||
        !str_to_i64(text, &n) || n < 1)
        return -1;
    return FIRST_FD;
}
