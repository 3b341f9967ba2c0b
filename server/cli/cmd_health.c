#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/str.h"
#include "cli/cli.h"
#include "cli/commands.h"

#define WAIT_S 5

struct input {
    struct cli cli;
    const char *path;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct input *in = state->input;

    (void)arg;
    if (key != 'r')
        return ARGP_ERR_UNKNOWN;
    in->path = "/readyz";
    return 0;
}

/* A socket to the service: to itself when it listens everywhere. */
static int reach(const struct options *o)
{
    struct sockaddr_in in = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)o->port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6,
                               .sin6_port = htons((uint16_t)o->port)};
    const char *host = cli_host(o);
    bool v4 = inet_pton(AF_INET, host, &in.sin_addr) == 1;
    const struct timeval wait = {.tv_sec = WAIT_S};
    int fd = socket(v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
    if (!v4 && inet_pton(AF_INET6, host, &in6.sin6_addr) != 1)
        goto fail;
    if (v4 ? connect(fd, (struct sockaddr *)&in, sizeof(in)) == 0
           : connect(fd, (struct sockaddr *)&in6, sizeof(in6)) == 0)
        return fd;
fail:
    close(fd);
    return -1;
}

/* @return the status of GET @a path, 0 when there was no answer */
static int ask(int fd, const char *path)
{
    char text[256];
    size_t n = 0;
    ssize_t got;
    int len = snprintf(text, sizeof(text),
                       "GET %s HTTP/1.1\r\nHost: localhost\r\n"
                       "Connection: close\r\n\r\n",
                       path);

    if (send(fd, text, (size_t)len, MSG_NOSIGNAL) != len)
        return 0;
    while (n < 12 && (got = recv(fd, text + n, 12 - n, 0)) > 0)
        n += (size_t)got;
    text[n] = '\0';
    return n == 12 && str_starts(text, "HTTP/1.1 ") ? atoi(text + 9) : 0;
}

int cmd_health(int argc, char **argv)
{
    static const struct argp_option OPTIONS[] = {
        {"ready", 'r', NULL, 0, "Ask for /readyz: its database too", 0}, {0}};
    static const struct cli_spec SPEC = {
        OPTIONS, parse, NULL,
        "Ask the running service, where the settings say it is, whether it is"
        " well.\vExit code 0 when it answers 200, else 1.",
        false};
    struct input in = {.path = "/healthz"};
    struct options *o;
    int fd, status;

    cli_parse(&SPEC, argc, argv, &in);
    o = cli_options(&in.cli);
    cli_release(&in.cli);
    fd = reach(o);
    status = fd < 0 ? 0 : ask(fd, in.path);
    if (fd >= 0)
        close(fd);
    options_free(o);
    if (status == 200)
        return 0;
    fprintf(stderr, "leadd: %s answers %d\n", in.path, status);
    return 1;
}
