#include "http_client.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "openapi_check.h"

#define ANSWER_MAX ((size_t)64 << 20)

struct call {
    const char *method, *path;
    int fd;
    long long end_ms;
    char *in; /* everything received, NUL-terminated */
    size_t n, room;
};

static long long mono_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void give_up(const struct call *c, const char *what)
{
    ck_abort_msg("%s %s: %s", c->method, c->path, what);
}

static void wait_for(const struct call *c, short events)
{
    struct pollfd p = {c->fd, events, 0};
    long long left = c->end_ms - mono_ms();

    if (left <= 0 || poll(&p, 1, (int)left) <= 0)
        give_up(c, "no answer in time");
}

static void open_socket(struct call *c, int port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr = {htonl(INADDR_LOOPBACK)}};

    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&a, sizeof(a)) != 0)
        give_up(c, strerror(errno));
}

/* An early refusal may close before all is sent: then the answer counts. */
static void send_all(const struct call *c, const char *p, size_t n)
{
    while (n) {
        ssize_t sent;

        wait_for(c, POLLOUT);
        sent = send(c->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (sent < 0)
            return;
        p += sent;
        n -= (size_t)sent;
    }
}

/* @return false at the end of the stream */
static bool read_more(struct call *c)
{
    ssize_t got;

    if (c->room < c->n + 65536) {
        c->room = 2 * c->room + 65536;
        c->in = realloc(c->in, c->room);
        if (!c->in || c->room > ANSWER_MAX)
            give_up(c, "the answer is too large");
    }
    do {
        wait_for(c, POLLIN);
        got = recv(c->fd, c->in + c->n, c->room - c->n - 1, MSG_DONTWAIT);
    } while (got < 0 && (errno == EAGAIN || errno == EINTR));
    if (got <= 0)
        return false;
    c->n += (size_t)got;
    c->in[c->n] = '\0';
    return true;
}

static size_t find_head(struct call *c)
{
    for (;;) {
        char *end = c->n ? strstr(c->in, "\r\n\r\n") : NULL;

        if (end && !strncmp(c->in, "HTTP/1.1 1", 10)) { /* 100 Continue */
            c->n -= (size_t)(end + 4 - c->in);
            memmove(c->in, end + 4, c->n + 1);
            continue;
        }
        if (end)
            return (size_t)(end + 4 - c->in);
        if (!read_more(c))
            give_up(c, "the connection closed before an answer");
    }
}

const char *reply_field(const struct reply *r, const char *name, char *out,
                        size_t out_size)
{
    size_t n = strlen(name);

    for (const char *p = strstr(r->head, "\r\n"); p && p[2];
         p = strstr(p, "\r\n")) {
        p += 2;
        if (strncasecmp(p, name, n) == 0 && p[n] == ':') {
            p += n + 1;
            p += strspn(p, " \t");
            snprintf(out, out_size, "%.*s", (int)strcspn(p, "\r"), p);
            return out;
        }
    }
    return NULL;
}

/* Chunks to one piece, in place. */
static void dechunk(struct call *c, char *body, size_t *out_n)
{
    size_t base = (size_t)(body - c->in), at = base, to = base;

    for (;;) {
        char *line;
        size_t size;

        while (!(line = strstr(c->in + at, "\r\n")))
            if (!read_more(c))
                give_up(c, "cut off inside a chunk");
        size = strtoul(c->in + at, NULL, 16);
        at = (size_t)(line + 2 - c->in);
        while (c->n < at + size + 2)
            if (!read_more(c))
                give_up(c, "cut off inside a chunk");
        memmove(c->in + to, c->in + at, size);
        to += size;
        at += size + 2;
        if (!size)
            break;
    }
    *out_n = to - base;
}

static bool has_no_body(const struct call *c, int status)
{
    return status == 204 || status == 304 || !strcasecmp(c->method, "HEAD");
}

static void read_body(struct call *c, size_t head, struct reply *r)
{
    char value[64];

    if (has_no_body(c, r->status)) {
        r->body_bytes = 0;
    } else if (reply_field(r, "Transfer-Encoding", value, sizeof(value))) {
        dechunk(c, c->in + head, &r->body_bytes);
    } else if (reply_field(r, "Content-Length", value, sizeof(value))) {
        r->body_bytes = strtoul(value, NULL, 10);
        while (c->n < head + r->body_bytes)
            if (!read_more(c))
                give_up(c, "the answer was cut off");
    } else {
        while (read_more(c))
            ;
        r->body_bytes = c->n - head;
    }
    r->body = malloc(r->body_bytes + 1);
    if (!r->body)
        abort();
    memcpy(r->body, c->in + head, r->body_bytes);
    r->body[r->body_bytes] = '\0';
}

static void read_reply(struct call *c, struct reply *r)
{
    size_t head = find_head(c);

    r->head = strndup(c->in, head);
    if (!r->head || sscanf(r->head, "HTTP/1.1 %d", &r->status) != 1)
        give_up(c, "not an HTTP answer");
    read_body(c, head, r);
}

struct field_of {
    const struct reply *r;
    char value[1024];
};

static const char *field(void *ctx, const char *name)
{
    struct field_of *f = ctx;

    return reply_field(f->r, name, f->value, sizeof(f->value));
}

static void hold_to_contract(const struct call *c, struct reply *r)
{
    struct field_of f = {.r = r};
    char type[256], why[1024];
    const char *given = reply_field(r, "Content-Type", type, sizeof(type));

    if (!openapi_check(c->method, c->path, r->status, given, r->body, why,
                       sizeof(why)) ||
        !openapi_check_headers(c->method, c->path, r->status, field, &f, why,
                               sizeof(why)))
        ck_abort_msg("openapi.yaml: %s\n%.2000s", why, r->body);
    if (given && strstr(given, "json") && r->body_bytes)
        r->json = json_loads(r->body, JSON_DECODE_ANY, NULL);
}

static bool names(const char *headers, const char *field_name)
{
    size_t n = strlen(field_name);

    for (const char *p = headers; p && *p;) {
        if (!strncasecmp(p, field_name, n) && p[n] == ':')
            return true;
        p = strstr(p, "\r\n");
        p = p ? p + 2 : NULL;
    }
    return false;
}

static void send_request(const struct call *c, int port, const char *key,
                         const char *headers, const void *body, size_t n)
{
    char *head = NULL;
    int len =
        asprintf(&head,
                 "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n"
                 "%s%s%s%s%s",
                 c->method, c->path, port, key ? "Authorization: Bearer " : "",
                 key ? key : "", key ? "\r\n" : "", headers ? headers : "",
                 body && !names(headers, "Content-Type")
                     ? "Content-Type: application/json\r\n"
                     : "");

    if (len < 0)
        abort();
    send_all(c, head, (size_t)len);
    free(head);
    if (body) {
        char length[64];

        send_all(c, length,
                 (size_t)snprintf(length, sizeof(length),
                                  "Content-Length: %zu\r\n", n));
    }
    send_all(c, "\r\n", 2);
    if (body)
        send_all(c, body, n);
}

struct reply http_call_bytes(int port, const char *method, const char *path,
                             const char *key, const char *headers,
                             const void *body, size_t body_bytes)
{
    struct call c = {method, path, -1, mono_ms() + HTTP_CALL_MS, NULL, 0, 0};
    struct reply r = {0};

    open_socket(&c, port);
    send_request(&c, port, key, headers, body, body_bytes);
    read_reply(&c, &r);
    close(c.fd);
    free(c.in);
    hold_to_contract(&c, &r);
    return r;
}

struct reply http_call(int port, const char *method, const char *path,
                       const char *key, const char *headers, const char *body)
{
    return http_call_bytes(port, method, path, key, headers, body,
                           body ? strlen(body) : 0);
}

void reply_free(struct reply *r)
{
    free(r->head);
    free(r->body);
    json_decref(r->json);
    memset(r, 0, sizeof(*r));
}

const json_t *reply_at(const struct reply *r, const char *pointer)
{
    const json_t *j = r->json;

    while (j && *pointer == '/') {
        size_t n = strcspn(++pointer, "/");
        char name[128];

        snprintf(name, sizeof(name), "%.*s", (int)n, pointer);
        j = json_is_array(j) ? json_array_get(j, strtoul(name, NULL, 10))
                             : json_object_get(j, name);
        pointer += n;
    }
    return j;
}

const char *reply_text(const struct reply *r, const char *pointer)
{
    const char *s = json_string_value(reply_at(r, pointer));

    return s ? s : "";
}

long long reply_int(const struct reply *r, const char *pointer)
{
    const json_t *j = reply_at(r, pointer);

    return json_is_integer(j) ? json_integer_value(j) : -1;
}
