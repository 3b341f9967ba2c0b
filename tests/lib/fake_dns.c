#include "lib/fake_dns.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define NAMES_MAX 128
#define HEADER    12
#define TYPE_A    1
#define TYPE_MX   15

static struct shared {
    pthread_mutex_t lock;
    int n;
    struct {
        char name[256];
        enum dns_kind kind;
        int asked;
        int known;
    } names[NAMES_MAX];
} * dns;

/* Row of a name, made when need be; the lock is held. */
static int row_of(const char *name)
{
    for (int i = 0; i < dns->n; i++)
        if (!strcmp(dns->names[i].name, name))
            return i;
    if (dns->n == NAMES_MAX)
        abort();
    strncpy(dns->names[dns->n].name, name, 255);
    return dns->n++;
}

/* Labels into dotted text. @return bytes read, 0 when it is no name */
static size_t read_name(const uint8_t *p, size_t n, char out[256])
{
    size_t at = 0, w = 0;

    while (at < n && p[at] && p[at] < 64 && w + p[at] < 254) {
        if (w)
            out[w++] = '.';
        memcpy(out + w, p + at + 1, p[at]);
        w += p[at];
        at += (size_t)p[at] + 1;
    }
    out[w] = '\0';
    return at < n && !p[at] ? at + 1 : 0;
}

static size_t put_answer(uint8_t *p, int type, const void *rdata, uint8_t n)
{
    const uint8_t head[] = {0xc0, HEADER, 0, (uint8_t)type, 0, 1, 0, 0, 1,
                            44,   0,      n};

    memcpy(p, head, sizeof(head));
    memcpy(p + sizeof(head), rdata, n);
    return sizeof(head) + n;
}

/* Turn a question into its answer. @return its length; 0: stay silent */
static size_t answer(uint8_t *p, size_t n)
{
    static const uint8_t MX[] = {0, 10, 2, 'm', 'x', 0xc0, HEADER};
    static const uint8_t NULL_MX[] = {0, 0, 0};
    static const uint8_t A[] = {192, 0, 2, 1};
    char name[256];
    size_t len = read_name(p + HEADER, n - HEADER, name);
    int type, row, known, kind;

    if (!len || HEADER + len + 4 > n)
        return 0;
    n = HEADER + len + 4; /* without EDNS */
    type = p[HEADER + len] << 8 | p[HEADER + len + 1];
    pthread_mutex_lock(&dns->lock);
    row = row_of(name);
    dns->names[row].asked++;
    known = dns->names[row].known;
    kind = (int)dns->names[row].kind;
    pthread_mutex_unlock(&dns->lock);
    if (known && kind == DNS_SILENT)
        return 0;
    p[2] = 0x81;
    p[3] = !known ? 0x83 : kind == DNS_FAIL ? 0x82 : 0x80;
    memset(p + 6, 0, 6);
    if (known && type == TYPE_MX && (kind == DNS_MX || kind == DNS_NULL_MX)) {
        p[7] = 1;
        n += kind == DNS_MX ? put_answer(p + n, type, MX, sizeof(MX))
                            : put_answer(p + n, type, NULL_MX, 3);
    }
    if (known && type == TYPE_A && kind == DNS_A) {
        p[7] = 1;
        n += put_answer(p + n, type, A, sizeof(A));
    }
    return n;
}

static void *serve(void *arg)
{
    int fd = (int)(intptr_t)arg;
    struct sockaddr_in from;
    uint8_t p[1500];

    for (;;) {
        socklen_t size = sizeof(from);
        ssize_t n = recvfrom(fd, p, 1024, 0, (struct sockaddr *)&from, &size);
        size_t out = n > HEADER ? answer(p, (size_t)n) : 0;

        if (out)
            (void)sendto(fd, p, out, 0, (struct sockaddr *)&from, size);
    }
    return NULL;
}

int dns_start(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t size = sizeof(a);
    pthread_mutexattr_t shared;
    pthread_t thread;

    dns = mmap(NULL, sizeof(*dns), PROT_READ | PROT_WRITE,
               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (dns == MAP_FAILED)
        abort();
    pthread_mutexattr_init(&shared);
    pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&dns->lock, &shared);
    if (bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 ||
        getsockname(fd, (struct sockaddr *)&a, &size) != 0 ||
        pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) != 0)
        abort();
    return ntohs(a.sin_port);
}

void dns_name(const char *name, enum dns_kind kind)
{
    int row;

    pthread_mutex_lock(&dns->lock);
    row = row_of(name);
    dns->names[row].kind = kind;
    dns->names[row].known = 1;
    pthread_mutex_unlock(&dns->lock);
}

int dns_asked(const char *name)
{
    int n;

    pthread_mutex_lock(&dns->lock);
    n = dns->names[row_of(name)].asked;
    pthread_mutex_unlock(&dns->lock);
    return n;
}
