#include "lib/fake_http.h"

#include <arpa/inet.h>
#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define RULES_MAX 256
#define SEEN_MAX  4096
#define HEAD_MAX  2048

static struct shared {
    pthread_mutex_t lock;
    int n_rules, n_seen;
    struct fake_rule rules[RULES_MAX];
    char seen[SEEN_MAX][HEAD_MAX];
} * fake;

static int listener = -1;

static void send_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);

        if (sent <= 0)
            return;
        p += sent;
        n -= (size_t)sent;
    }
}

static void send_rule(int fd, const struct fake_rule *r)
{
    static const char BLANKS[4096] = {[0 ... 4095] = ' '};
    size_t n = r->huge_bytes ? r->huge_bytes : strlen(r->body);
    char head[1024];
    int len = snprintf(head, sizeof(head),
                       "HTTP/1.1 %d Status\r\nContent-Type: application/json"
                       "\r\nContent-Length: %zu\r\nConnection: close\r\n%s\r\n",
                       r->status, n, r->fields);

    if (r->delay_ms)
        poll(NULL, 0, r->delay_ms);
    send_all(fd, head, (size_t)len);
    if (!r->huge_bytes)
        send_all(fd, r->body, n);
    for (size_t left = r->huge_bytes; left;) {
        size_t piece = left < sizeof(BLANKS) ? left : sizeof(BLANKS);

        send_all(fd, BLANKS, piece);
        left -= piece;
    }
}

/* The newest rule that fits, and remember the head. */
static void choose(const char *head, struct fake_rule *out)
{
    char line[HEAD_MAX];

    *out = (struct fake_rule){.status = 404, .body = "{}"};
    snprintf(line, sizeof(line), "%.*s", (int)strcspn(head, "\r"), head);
    pthread_mutex_lock(&fake->lock);
    if (fake->n_seen < SEEN_MAX)
        snprintf(fake->seen[fake->n_seen++], HEAD_MAX, "%s", head);
    for (int i = fake->n_rules - 1; i >= 0; i--) {
        if (!fake->rules[i].times || !strstr(line, fake->rules[i].part))
            continue;
        if (fake->rules[i].times > 0)
            fake->rules[i].times--;
        *out = fake->rules[i];
        break;
    }
    pthread_mutex_unlock(&fake->lock);
}

static void *serve_one(void *arg)
{
    int fd = (int)(intptr_t)arg;
    struct fake_rule rule = {0};
    char head[HEAD_MAX] = "";
    size_t n = 0;
    ssize_t got;

    while (n + 1 < sizeof(head) && !strstr(head, "\r\n\r\n") &&
           (got = read(fd, head + n, sizeof(head) - n - 1)) > 0) {
        n += (size_t)got;
        head[n] = '\0';
    }
    if (strstr(head, "\r\n\r\n")) {
        choose(head, &rule);
        send_rule(fd, &rule);
    }
    close(fd);
    return NULL;
}

static void *serve(void *arg)
{
    (void)arg;
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        pthread_t t;

        if (fd < 0)
            continue;
        if (pthread_create(&t, NULL, serve_one, (void *)(intptr_t)fd) == 0)
            pthread_detach(t);
        else
            close(fd);
    }
    return NULL;
}

/* Before check runs its own asserts do not work. */
static void must(bool ok)
{
    if (!ok)
        abort();
}

static void make_shared(void)
{
    pthread_mutexattr_t attr;

    fake = mmap(NULL, sizeof(*fake), PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(fake != MAP_FAILED);
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&fake->lock, &attr);
}

int fake_start(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(a);
    pthread_t t;

    make_shared();
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(bind(listener, (struct sockaddr *)&a, sizeof(a)) == 0);
    must(listen(listener, 128) == 0);
    must(getsockname(listener, (struct sockaddr *)&a, &len) == 0);
    must(pthread_create(&t, NULL, serve, NULL) == 0);
    pthread_detach(t);
    return ntohs(a.sin_port);
}

void fake_rule(const struct fake_rule *rule)
{
    pthread_mutex_lock(&fake->lock);
    ck_assert_int_lt(fake->n_rules, RULES_MAX);
    fake->rules[fake->n_rules++] = *rule;
    pthread_mutex_unlock(&fake->lock);
}

void fake_answer_times(const char *part, int status, const char *body,
                       int times)
{
    struct fake_rule *r = calloc(1, sizeof(*r));

    ck_assert_ptr_nonnull(r);
    r->status = status;
    r->times = times;
    snprintf(r->part, sizeof(r->part), "%s", part);
    if (*body == '@') {
        FILE *f = fopen(body + 1, "re");

        ck_assert_msg(f, "%s", body + 1);
        r->body[fread(r->body, 1, sizeof(r->body) - 1, f)] = '\0';
        fclose(f);
    } else {
        ck_assert_uint_lt(strlen(body), sizeof(r->body));
        snprintf(r->body, sizeof(r->body), "%s", body);
    }
    fake_rule(r);
    free(r);
}

void fake_answer(const char *part, int status, const char *body)
{
    fake_answer_times(part, status, body, -1);
}

int fake_asked(const char *part)
{
    int n = 0;

    pthread_mutex_lock(&fake->lock);
    for (int i = 0; i < fake->n_seen; i++)
        n += strstr(fake->seen[i], part) != NULL;
    pthread_mutex_unlock(&fake->lock);
    return n;
}
