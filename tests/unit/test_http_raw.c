/*
 * The http room over raw loopback sockets: what strangers may send, and what
 * must come back.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/args.h"
#include "http/cors.h"
#include "http/daemon.h"
#include "http/park.h"
#include "http/reply.h"

#define HOLD_MAX 4096
#define HEAR_MS  5000
#define REPLY    65536

static struct http *server;
static uint16_t port;
static atomic_int served, afters, cuts, freed;
static atomic_size_t sunk;

/* requests that the test answers itself */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct done held[HOLD_MAX];
static size_t n_held;

static enum http_next ok(struct http_req *rq)
{
    served++;
    return reply_static(rq, 200, "text/plain", "fine");
}

static enum http_next echo(struct http_req *rq)
{
    struct buf b = BUF_INIT;

    served++;
    buf_printf(&b, "%s|%s|%s|", rq->n_params ? rq->param[0] : "", rq->body,
               rq->client.text);
    for (size_t i = 0; i < rq->n_args; i++)
        buf_printf(&b, "%s=%s;", rq->args[i].name, rq->args[i].value);
    return reply_buf(rq, 200, "text/plain", &b);
}

static enum err sink(struct http_req *rq, const char *p, size_t n)
{
    (void)rq;
    sunk += n;
    return memchr(p, '!', n) ? ERR_BAD_FORM : ERR_OK;
}

static void count_free(void *p)
{
    freed++;
    free(p);
}

static void hold(struct done d)
{
    pthread_mutex_lock(&lock);
    held[n_held++] = d;
    pthread_mutex_unlock(&lock);
}

static enum http_next park_held(struct http_req *rq)
{
    served++;
    if (rq->woken)
        return rq->err == ERR_OK ? ok(rq) : reply_problem(rq, rq->err, NULL);
    rq->result_free = count_free;
    hold(http_park(rq, 60000));
    return HTTP_PARKED;
}

static enum http_next park_short(struct http_req *rq)
{
    rq->result_free = count_free;
    hold(http_park(rq, 50));
    return HTTP_PARKED;
}

static enum http_next park_instant(struct http_req *rq)
{
    struct done d;

    if (rq->woken)
        return reply_static(rq, 200, "text/plain", rq->result);
    d = http_park(rq, 1000);
    d.fn(d.ctx, ERR_OK, strdup("now"));
    return HTTP_PARKED;
}

static enum http_next wait_news(struct http_req *rq)
{
    int64_t ms = 60000;
    struct field_errs errs = {.mem = rq->mem};

    if (rq->woken)
        return reply_static(rq, 200, "text/plain",
                            rq->err == ERR_OK ? "news" : "none");
    arg_int(rq, &errs, "ms", 1, 60000, &ms);
    if (errs.n)
        return reply_invalid(rq, &errs);
    hold(http_wait(rq, ms));
    return HTTP_PARKED;
}

static enum http_next big(struct http_req *rq)
{
    struct buf b = BUF_INIT;

    (void)!buf_reserve(&b, 16 << 20);
    memset(b.ptr, 'x', b.len = 16 << 20);
    return reply_buf(rq, 200, "text/plain", &b);
}

static enum http_next hungry(struct http_req *rq)
{
    for (;;)
        arena_alloc(rq->mem, 1 << 20);
    return HTTP_DONE;
}

static enum http_next form(struct http_req *rq)
{
    static const char *const origins[] = {"https://a.example"};

    if (!cors_allow(rq, origins, 1))
        return reply_problem(rq, ERR_ORIGIN_REFUSED, NULL);
    return reply_redirect(rq, "https://a.example/thanks");
}

static enum http_next options(struct http_req *rq)
{
    static const char *const origins[] = {"https://a.example"};

    return cors_preflight(rq, origins, 1, "POST");
}

static enum http_next pre(struct http_req *rq)
{
    if (http_header(rq, "X-Refuse"))
        return reply_problem(rq, ERR_UNAUTHORIZED, NULL);
    return HTTP_GO_ON;
}

static void after(const struct http_req *rq, int64_t duration_us)
{
    (void)duration_us;
    afters++;
    cuts += rq->cut;
}

static const struct http_route routes[] = {
    {.method = HTTP_GET, .path = "/a", .handler = ok},
    {.method = HTTP_GET, .path = "/big", .handler = big},
    {.method = HTTP_GET, .path = "/hungry", .handler = hungry},
    {.method = HTTP_GET, .path = "/wait", .handler = wait_news},
    {.method = HTTP_GET, .path = "/v1/leads/{id}", .handler = echo},
    {.method = HTTP_POST,
     .path = "/echo",
     .handler = echo,
     .max_body_bytes = 1000},
    {.method = HTTP_POST,
     .path = "/sink",
     .handler = ok,
     .max_body_bytes = 1 << 20,
     .on_body = sink},
    {.method = HTTP_POST,
     .path = "/park",
     .handler = park_held,
     .max_body_bytes = 1000},
    {.method = HTTP_POST, .path = "/short", .handler = park_short},
    {.method = HTTP_POST, .path = "/instant", .handler = park_instant},
    {.method = HTTP_POST, .path = "/form", .handler = form},
};

static void start_with(size_t parked_max, size_t per_ip)
{
    static struct http_net local;
    struct http_opts o = {
        .host = "127.0.0.1",
        .threads = 2,
        .header_ms = 300,
        .body_ms = 300,
        .write_ms = 300,
        .idle_ms = 2000,
        .parked_max = parked_max,
        .conns_per_ip_max = per_ip,
        .routes = routes,
        .n_routes = ARRAY_LEN(routes),
        .pre = pre,
        .options = options,
        .after = after,
    };

    if (!per_ip) {
        ck_assert(net_parse("127.0.0.0/8", &local));
        o.proxies = &local;
        o.n_proxies = 1;
    }
    served = afters = cuts = freed = 0;
    sunk = n_held = 0;
    ck_assert_int_eq(http_start(&o, &server), ERR_OK);
    port = http_port(server);
}

static void start(void)
{
    start_with(0, 0);
}

static void give_all(enum err e)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < n_held; i++)
        held[i].fn(held[i].ctx, e, strdup("result"));
    n_held = 0;
    pthread_mutex_unlock(&lock);
}

static void stop(void)
{
    http_stop(server, 0);
    give_all(ERR_OK); /* late answers are harmless */
    server = NULL;
}

static int dial(void)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct timeval limit = {.tv_sec = HEAR_MS / 1000};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_ge(fd, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
    return fd;
}

static void say(int fd, const char *p, size_t n)
{
    ck_assert_int_eq(send(fd, p, n, MSG_NOSIGNAL), (ssize_t)n);
}

static void says(int fd, const char *s)
{
    say(fd, s, strlen(s));
}

/* All until the peer closes. @return false when it did not in time */
static bool hear_all(int fd, char out[REPLY])
{
    size_t len = 0;
    ssize_t n = 0;

    while (len < REPLY - 1 && (n = recv(fd, out + len, REPLY - 1 - len, 0)) > 0)
        len += (size_t)n;
    out[len] = '\0';
    return n == 0 || (n < 0 && errno == ECONNRESET);
}

/* One answer with a body of known length. */
static void hear_one(int fd, char out[REPLY])
{
    size_t len = 0, want = SIZE_MAX;
    ssize_t n;

    while (len < want && (n = recv(fd, out + len, REPLY - 1 - len, 0)) > 0) {
        const char *end, *size;

        len += (size_t)n;
        out[len] = '\0';
        end = strstr(out, "\r\n\r\n");
        size = strstr(out, "Content-Length: ");
        if (end)
            want = (size_t)(end + 4 - out) +
                   (size && size < end ? (size_t)atol(size + 16) : 0);
    }
    out[len] = '\0';
}

static int status_of(const char *reply)
{
    return strncmp(reply, "HTTP/1.1 ", 9) == 0 ? atoi(reply + 9) : 0;
}

static int count_of(const char *reply, const char *what)
{
    int n = 0;

    for (const char *p = reply; (p = strstr(p, what)); p++)
        n++;
    return n;
}

/* One request on its own connection, which must close. */
static int ask(const char *request, char out[REPLY])
{
    int fd = dial();

    says(fd, request);
    hear_one(fd, out);
    close(fd);
    return status_of(out);
}

/* Wait until @a what counts @a n, at most HEAR_MS. */
static bool comes_to(const atomic_int *what, int n)
{
    int64_t end = clock_mono_ms() + HEAR_MS;

    while (atomic_load(what) < n && clock_mono_ms() < end)
        usleep(1000);
    return atomic_load(what) >= n;
}

static void wait_held(size_t n)
{
    int64_t end = clock_mono_ms() + HEAR_MS;
    size_t have = 0;

    while (have < n && clock_mono_ms() < end) {
        pthread_mutex_lock(&lock);
        have = n_held;
        pthread_mutex_unlock(&lock);
        usleep(1000);
    }
    ck_assert_uint_eq(have, n);
}

#define H    "Host: x\r\n"
#define NEXT "GET /a HTTP/1.1\r\n" H "\r\n"
#define BAD(s)                                                                 \
    {                                                                          \
        s, sizeof(s) - 1, 400                                                  \
    }

static const struct {
    const char *p;
    size_t n;
    int status;
} refused[] = {
    BAD("POST /echo HTTP/1.1\r\n" H
        "Content-Length: 3\r\nContent-Length: 30\r\n\r\nabc" NEXT),
    BAD("POST /echo HTTP/1.1\r\n" H
        "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc" NEXT),
    BAD("POST /echo HTTP/1.1\r\n" H
        "Transfer-Encoding: chunked\r\nContent-Length: "
        "3\r\n\r\n0\r\n\r\n" NEXT),
    BAD("POST /echo HTTP/1.1\r\n" H "Content-Length: 3\r\nTransfer-Encoding: "
        "chunked\r\n\r\n0\r\n\r\n" NEXT),
    BAD("POST /echo HTTP/1.1\r\n" H
        "Transfer-Encoding : chunked\r\nContent-Length: "
        "5\r\n\r\n0\r\n\r\n" NEXT),
    BAD("POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: xchunked\r\n\r\n" NEXT),
    BAD("POST /echo HTTP/1.1\r\n" H
        "Transfer-Encoding: gzip, chunked\r\n\r\n" NEXT),
    BAD("POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: identity\r\n\r\n" NEXT),
    BAD("POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n"
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" NEXT),
    BAD("POST /echo HTTP/1.0\r\n" H
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" NEXT),
    BAD("POST /echo HTTP/1.1\r\n" H "Transfer-Encoding:\r\n\r\n" NEXT),
    BAD("POST /echo HTTP/1.1\r\n" H "Content-Length: +3\r\n\r\nabc" NEXT),
    BAD("POST /echo HTTP/1.1\r\n" H "Content-Length: -1\r\n\r\nabc" NEXT),
    BAD("POST /echo HTTP/1.1\r\n" H "Content-Length: 0x3\r\n\r\nabc" NEXT),
    BAD("POST /echo HTTP/1.1\r\n" H "Content-Length: 3, 3\r\n\r\nabc" NEXT),
    BAD("POST /echo HTTP/1.1\r\n" H "Content-Length:\r\n\r\nabc" NEXT),
    BAD("POST /echo HTTP/1.1\r\n" H
        "Content-Length: 99999999999999999999\r\n\r\nabc" NEXT),
    BAD("GET /a HTTP/1.1\r\n" H "Host: y\r\n\r\n" NEXT),
    BAD("GET /a HTTP/1.1\r\n\r\n" NEXT),
    BAD("GET /a HTTP/1.1\r\nHost:\r\n\r\n" NEXT),
    BAD("GET /a HTTP/1.1\r\nHost: a/b\r\n\r\n" NEXT),
    BAD("GET /a HTTP/1.1\r\n" H "X: a\r\n b\r\n\r\n" NEXT),
    BAD("GET /a HTTP/1.1\r\n X: a\r\n" H "\r\n" NEXT),
    BAD("TRACE /a HTTP/1.1\r\n" H "\r\n" NEXT),
    BAD("JUNK /a HTTP/1.1\r\n" H "\r\n" NEXT),
    BAD("get /a HTTP/1.1\r\n" H "\r\n" NEXT),
    BAD("CONNECT x:1 HTTP/1.1\r\n" H "\r\n" NEXT),
    BAD("GET /a HTTP/1.1\n" H "\r\n" NEXT),
    BAD("GET /a HTTP/1.1\r\nHost: x\n\n" NEXT),
    BAD("GET /a HTTP/1.1\r\n" H "X: a\rb\r\n\r\n" NEXT),
    BAD("GET /a%00b HTTP/1.1\r\n" H "\r\n" NEXT),
    BAD("GET /a?x=%00 HTTP/1.1\r\n" H "\r\n" NEXT),
    BAD("GET /a\\b HTTP/1.1\r\n" H "\r\n" NEXT),
    BAD("GET /a\001b HTTP/1.1\r\n" H "\r\n" NEXT),
    BAD("GET /\xc3\xa9 HTTP/1.1\r\n" H "\r\n" NEXT),
    BAD("GET http://x/a HTTP/1.1\r\n" H "\r\n" NEXT),
    BAD("GET /a HTTP/1.1\r\n" H "X: a\0b\r\n\r\n" NEXT),
    BAD("GET /a HTTP/1.1\r\n" H "X\0Y: a\r\n\r\n" NEXT),
    BAD("GET /a HTTP/1.1\r\n" H "X: a\001b\r\n\r\n" NEXT),
    BAD("GET /a HTTP/1.1\r\n" H "X: a\x7f\r\n\r\n" NEXT),
    BAD("GET /a HTTP/1.1\r\n" H "X(y): a\r\n\r\n" NEXT),
    BAD("GET /a HTTP/1.1\r\n" H ": a\r\n\r\n" NEXT),
    BAD("GET /a HTTP/1.1\r\n" H "no colon\r\n\r\n" NEXT),
    BAD("GET /a HTTP/2.0\r\n" H "\r\n" NEXT),
    BAD("GET /a\r\n" H "\r\n" NEXT),
    BAD("GET  /a HTTP/1.1\r\n" H "\r\n" NEXT),
    BAD("\r\nGET /a HTTP/1.1\r\n" H "\r\n" NEXT),
    BAD("\0GET /a HTTP/1.1\r\n" H "\r\n" NEXT),
};

START_TEST(malformed_requests_get_400_and_nothing_after_them_runs)
{
    char out[REPLY];
    int fd = dial();

    say(fd, refused[_i].p, refused[_i].n);
    ck_assert_msg(hear_all(fd, out), "row %d: not closed", _i);
    ck_assert_msg(status_of(out) == refused[_i].status, "row %d: %s", _i, out);
    ck_assert_int_eq(count_of(out, "HTTP/1.1 "), 1);
    ck_assert(strstr(out, "Connection: close") != NULL);
    ck_assert(strstr(out, "application/problem+json") != NULL);
    ck_assert_int_eq(served, 0);
    close(fd);
}
END_TEST

START_TEST(malformed_requests_in_single_bytes_are_refused_too)
{
    char out[REPLY];
    int fd = dial();

    for (size_t i = 0; i < refused[_i].n; i++)
        if (send(fd, refused[_i].p + i, 1, MSG_NOSIGNAL) != 1)
            break; /* closed already */
    ck_assert(hear_all(fd, out));
    ck_assert_int_eq(served, 0);
    ck_assert_int_le(count_of(out, "HTTP/1.1 "), 1);
    close(fd);
}
END_TEST

START_TEST(bytes_beyond_the_request_close_after_its_answer)
{
    char out[REPLY];
    int fd = dial();

    says(fd, "POST /echo HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabc" NEXT);
    ck_assert(hear_all(fd, out));
    ck_assert_int_eq(count_of(out, "HTTP/1.1 200"), 1);
    ck_assert(strstr(out, "Connection: close") != NULL);
    ck_assert_int_eq(served, 1);
    close(fd);
}
END_TEST

START_TEST(chunked_bodies_are_read_and_close)
{
    char out[REPLY];
    int fd = dial();

    says(fd, "POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: Chunked\r\n\r\n"
             "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n" NEXT);
    ck_assert(hear_all(fd, out));
    ck_assert_int_eq(count_of(out, "HTTP/1.1 200"), 1);
    ck_assert(strstr(out, "|abcde|") != NULL);
    close(fd);
}
END_TEST

START_TEST(connections_are_kept_for_ordinary_requests)
{
    char out[REPLY];
    int fd = dial();

    for (int i = 0; i < 3; i++) {
        says(fd, "POST /echo HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabc");
        hear_one(fd, out);
        ck_assert_int_eq(status_of(out), 200);
        says(fd, "GET /none HTTP/1.1\r\n" H "\r\n");
        hear_one(fd, out);
        ck_assert_int_eq(status_of(out), 404);
        ck_assert(strstr(out, "Connection: close") == NULL);
    }
    close(fd);
}
END_TEST

START_TEST(arguments_and_parameters_are_decoded)
{
    char out[REPLY];

    ck_assert_int_eq(ask("GET /v1/leads/a%2Fb?x=1+2&y=%C3%A9&z HTTP/1.1\r\n" H
                         "X-Forwarded-For: 9.9.9.9\r\n"
                         "X-Forwarded-For: 203.0.113.7\r\n\r\n",
                         out),
                     200);
    ck_assert(strstr(out, "a/b||203.0.113.7|x=1 2;y=\xc3\xa9;z=;") != NULL);
    ck_assert_int_eq(ask("GET /v1/leads/%C3 HTTP/1.1\r\n" H "\r\n", out), 400);
    ck_assert_int_eq(ask("GET /a?x=%zz HTTP/1.1\r\n" H "\r\n", out), 400);
    ck_assert_int_eq(ask("GET /a?x=%C0%80 HTTP/1.1\r\n" H "\r\n", out), 400);
    ck_assert_int_eq(ask("GET /wait?ms=0 HTTP/1.1\r\n" H "\r\n", out), 400);
    ck_assert(strstr(out, "\"pointer\":\"ms\"") != NULL);
}
END_TEST

START_TEST(request_ids_are_echoed_when_sane)
{
    char out[REPLY];

    ask("GET /a HTTP/1.1\r\n" H "X-Request-Id: abc-1.2\r\n\r\n", out);
    ck_assert(strstr(out, "X-Request-Id: abc-1.2\r\n") != NULL);
    ask("GET /a HTTP/1.1\r\n" H "X-Request-Id: a\"b\r\n\r\n", out);
    ck_assert(strstr(out, "a\"b") == NULL);
    ck_assert(strstr(out, "X-Request-Id: 0") != NULL);
}
END_TEST

START_TEST(head_options_and_wrong_methods)
{
    char out[REPLY];

    ck_assert_int_eq(ask("DELETE /a HTTP/1.1\r\n" H "\r\n", out), 405);
    ck_assert(strstr(out, "Allow: GET, HEAD, OPTIONS\r\n") != NULL);
    int fd = dial();
    says(fd, "HEAD /a HTTP/1.1\r\n" H "Connection: close\r\n\r\n");
    ck_assert(hear_all(fd, out));
    close(fd);
    ck_assert_int_eq(status_of(out), 200);
    ck_assert(strstr(out, "Content-Length: 4\r\n") != NULL);
    ck_assert(strstr(out, "fine") == NULL);
    ck_assert_int_eq(ask("OPTIONS /form HTTP/1.1\r\n" H
                         "Origin: https://a.example\r\n\r\n",
                         out),
                     204);
    ck_assert(strstr(out, "Allow-Origin: https://a.example\r\n") != NULL);
    ck_assert_int_eq(ask("OPTIONS /form HTTP/1.1\r\n" H
                         "Origin: https://evil.example\r\n\r\n",
                         out),
                     403);
    ck_assert_int_eq(
        ask("POST /form HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n", out), 303);
}
END_TEST

START_TEST(large_bodies_are_refused_before_they_are_read)
{
    char out[REPLY];
    int fd = dial();

    says(fd, "POST /echo HTTP/1.1\r\n" H "Content-Length: 1001\r\n\r\n");
    ck_assert(hear_all(fd, out));
    ck_assert_int_eq(status_of(out), 413);
    close(fd);
    fd = dial();
    says(fd, "POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 100000; i++)
        if (send(fd, "4\r\nabcd\r\n", 9, MSG_NOSIGNAL) != 9)
            break;
    ck_assert(hear_all(fd, out));
    ck_assert_int_eq(status_of(out), 413);
    ck_assert_int_eq(served, 0);
    close(fd);
    ck_assert_int_eq(ask("POST /echo HTTP/1.1\r\n" H "X-Refuse: 1\r\n"
                         "Content-Length: 9\r\n\r\n",
                         out),
                     401);
}
END_TEST

START_TEST(large_headers_are_refused)
{
    static char request[40000];
    char out[REPLY];
    int n = snprintf(request, sizeof(request), "GET /");

    memset(request + n, 'a', 20000);
    strcpy(request + n + 20000, " HTTP/1.1\r\n" H "\r\n");
    ck_assert_int_eq(ask(request, out), 414);
    n = snprintf(request, sizeof(request), "GET /a HTTP/1.1\r\n" H "X: ");
    memset(request + n, 'a', 20000);
    strcpy(request + n + 20000, "\r\n\r\n");
    ck_assert_int_eq(ask(request, out), 431);
}
END_TEST

START_TEST(a_sink_takes_the_body_in_pieces)
{
    static char piece[50000];
    char out[REPLY];
    int fd = dial();

    memset(piece, 'p', sizeof(piece));
    says(fd, "POST /sink HTTP/1.1\r\n" H "Content-Length: 100000\r\n\r\n");
    say(fd, piece, sizeof(piece));
    say(fd, piece, sizeof(piece));
    hear_one(fd, out);
    ck_assert_int_eq(status_of(out), 200);
    ck_assert_uint_eq(sunk, 100000);
    says(fd, "POST /sink HTTP/1.1\r\n" H "Content-Length: 9\r\n\r\nab!");
    ck_assert(hear_all(fd, out));
    ck_assert_int_eq(status_of(out), 400);
    close(fd);
}
END_TEST

/* Send byte after byte until the peer closes. @return milliseconds it took */
static int64_t drip(int fd, const char *s, char out[REPLY])
{
    int64_t start_ms = clock_mono_ms();
    struct timeval pause = {.tv_usec = 20000};

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &pause, sizeof(pause));
    for (; *s; s++) {
        ssize_t n;

        send(fd, s, 1, MSG_NOSIGNAL);
        n = recv(fd, out, REPLY - 1, 0);
        if (n >= 0) {
            out[n] = '\0';
            break;
        }
    }
    return clock_mono_ms() - start_ms;
}

START_TEST(dripped_headers_and_bodies_are_cut)
{
    char out[REPLY], many[2000];
    int fd = dial();
    int64_t ms;

    memset(many, 'a', sizeof(many));
    many[sizeof(many) - 1] = '\0';
    says(fd, "GET /a HTTP/1.1\r\n" H "X: ");
    ms = drip(fd, many, out);
    ck_assert_int_eq(status_of(out), 408);
    ck_assert_int_ge(ms, 250);
    ck_assert_int_le(ms, 2000);
    close(fd);
    fd = dial();
    says(fd, "POST /echo HTTP/1.1\r\n" H "Content-Length: 999\r\n\r\n");
    ms = drip(fd, many, out);
    ck_assert_int_eq(status_of(out), 408);
    ck_assert_int_le(ms, 2000);
    close(fd);
    fd = dial(); /* says nothing at all */
    ck_assert(hear_all(fd, out));
    close(fd);
    ck_assert_int_eq(served, 0);
    ck_assert(comes_to(&cuts, 1));
}
END_TEST

START_TEST(slow_readers_are_cut)
{
    int fd = dial(), small = 4096;

    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    says(fd, "GET /big HTTP/1.1\r\n" H "\r\n");
    ck_assert(comes_to(&cuts, 1)); /* never reads */
    close(fd);
}
END_TEST

START_TEST(a_body_cut_short_never_reaches_the_handler)
{
    for (int i = 0; i < 20; i++) {
        int fd = dial();

        says(fd, "POST /echo HTTP/1.1\r\n" H "Content-Length: 9\r\n\r\nabc");
        close(fd);
    }
    ck_assert(comes_to(&afters, 20));
    ck_assert_int_eq(cuts, 20);
    ck_assert_int_eq(served, 0);
}
END_TEST

START_TEST(an_instant_answer_is_not_lost)
{
    char out[REPLY];
    int fd = dial();

    for (int i = 0; i < 200; i++) {
        says(fd, "POST /instant HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n");
        hear_one(fd, out);
        ck_assert_int_eq(status_of(out), 200);
        ck_assert(strstr(out, "now") != NULL);
    }
    close(fd);
}
END_TEST

START_TEST(deadlines_answer_503_and_late_results_are_freed)
{
    char out[REPLY];

    ck_assert_int_eq(
        ask("POST /short HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n", out),
        503);
    ck_assert(strstr(out, "Retry-After: ") != NULL);
    ck_assert(strstr(out, "1093") != NULL);
    give_all(ERR_OK);
    ck_assert_int_eq(freed, 1);
    ck_assert_int_eq(ask("GET /wait?ms=30 HTTP/1.1\r\n" H "\r\n", out), 200);
    ck_assert(strstr(out, "none") != NULL);
}
END_TEST

START_TEST(a_client_that_leaves_while_parked_harms_nothing)
{
    int fd = dial();

    says(fd, "POST /park HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n");
    wait_held(1);
    close(fd);
    give_all(ERR_OK);
    ck_assert(comes_to(&afters, 1));
    ck_assert(comes_to(&freed, 1));
}
END_TEST

START_TEST(overload_answers_503_at_once)
{
    char out[REPLY];
    int fd[3];

    stop();
    start_with(3, 0);
    for (int i = 0; i < 3; i++) {
        fd[i] = dial();
        says(fd[i], "POST /park HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n");
    }
    wait_held(3);
    ck_assert_int_eq(
        ask("POST /park HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n", out), 503);
    ck_assert(strstr(out, "1091") != NULL);
    ck_assert_int_eq(ask("GET /a HTTP/1.1\r\n" H "\r\n", out), 200);
    ck_assert_int_eq(ask("GET /wait HTTP/1.1\r\n" H "\r\n", out), 200);
    give_all(ERR_OK);
    for (int i = 0; i < 3; i++) {
        hear_one(fd[i], out);
        ck_assert_int_eq(status_of(out), 200);
        close(fd[i]);
    }
}
END_TEST

START_TEST(one_address_has_only_so_many_connections)
{
    char out[REPLY];
    int fd[10], closed = 0;

    stop();
    start_with(0, 4);
    for (int i = 0; i < 10; i++)
        fd[i] = dial();
    for (int i = 0; i < 10; i++) {
        send(fd[i], NEXT, sizeof(NEXT) - 1, MSG_NOSIGNAL);
        hear_one(fd[i], out);
        closed += status_of(out) == 0;
    }
    ck_assert_int_ge(closed, 5); /* two loops may let one more in */
    ck_assert_int_le(closed, 6);
    for (int i = 0; i < 10; i++)
        close(fd[i]);
}
END_TEST

START_TEST(a_thousand_long_polls_are_all_answered)
{
    enum { N = 1000 };
    static int fd[N];
    char out[REPLY];

    for (int i = 0; i < N; i++) {
        fd[i] = dial();
        says(fd[i], "GET /wait HTTP/1.1\r\n" H "\r\n");
    }
    wait_held(N);
    give_all(ERR_OK);
    for (int i = 0; i < N; i++) {
        hear_one(fd[i], out);
        ck_assert(strstr(out, "news") != NULL);
        close(fd[i]);
    }
}
END_TEST

static void *give_later(void *arg)
{
    usleep(100000); /* while http_stop waits */
    give_all(ERR_OK);
    return arg;
}

START_TEST(stopping_answers_all_who_wait)
{
    char out[REPLY];
    int fd[20], poll_fd = dial();
    pthread_t t;

    says(poll_fd, "GET /wait HTTP/1.1\r\n" H "\r\n");
    for (int i = 0; i < 20; i++) {
        fd[i] = dial();
        says(fd[i], "POST /park HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n");
    }
    wait_held(21);
    if (_i == 0)
        pthread_create(&t, NULL, give_later, NULL);
    http_stop(server, _i == 0 ? HEAR_MS : 50);
    for (int i = 0; i < 20; i++) {
        ck_assert(hear_all(fd[i], out));
        ck_assert_int_eq(status_of(out), _i == 0 ? 200 : 503);
        close(fd[i]);
    }
    ck_assert(hear_all(poll_fd, out));
    ck_assert_int_eq(status_of(out), 200);
    close(poll_fd);
    if (_i == 0)
        pthread_join(t, NULL);
    give_all(ERR_OK);
    ck_assert_int_eq(afters, 21);
    server = NULL;
}
END_TEST

START_TEST(newcomers_are_refused_once_it_stops)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(port)};
    int64_t end = clock_mono_ms() + HEAR_MS;
    char out[REPLY];
    int rc, fd = dial();

    says(fd, "POST /park HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n");
    wait_held(1);
    http_quiesce(server);
    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    do {
        int late = socket(AF_INET, SOCK_STREAM, 0);

        rc = connect(late, (struct sockaddr *)&sa, sizeof(sa));
        close(late);
    } while (rc == 0 && clock_mono_ms() < end);
    ck_assert_int_eq(rc, -1);
    give_all(ERR_OK); /* what was in flight is still answered, and closes */
    ck_assert(hear_all(fd, out));
    ck_assert_int_eq(status_of(out), 200);
    ck_assert(strstr(out, "Connection: close") != NULL);
    close(fd);
}
END_TEST

START_TEST(memory_running_out_answers_500)
{
    char out[REPLY];

    ck_assert_int_eq(ask("GET /hungry HTTP/1.1\r\n" H "\r\n", out), 500);
    ck_assert_int_eq(ask("GET /a HTTP/1.1\r\n" H "\r\n", out), 200);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("http_raw");
    TCase *t = tcase_create("raw");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, start, stop);
    tcase_add_loop_test(t,
                        malformed_requests_get_400_and_nothing_after_them_runs,
                        0, (int)ARRAY_LEN(refused));
    tcase_add_loop_test(t, malformed_requests_in_single_bytes_are_refused_too,
                        0, (int)ARRAY_LEN(refused));
    tcase_add_test(t, bytes_beyond_the_request_close_after_its_answer);
    tcase_add_test(t, chunked_bodies_are_read_and_close);
    tcase_add_test(t, connections_are_kept_for_ordinary_requests);
    tcase_add_test(t, arguments_and_parameters_are_decoded);
    tcase_add_test(t, request_ids_are_echoed_when_sane);
    tcase_add_test(t, head_options_and_wrong_methods);
    tcase_add_test(t, large_bodies_are_refused_before_they_are_read);
    tcase_add_test(t, large_headers_are_refused);
    tcase_add_test(t, a_sink_takes_the_body_in_pieces);
    tcase_add_test(t, dripped_headers_and_bodies_are_cut);
    tcase_add_test(t, slow_readers_are_cut);
    tcase_add_test(t, a_body_cut_short_never_reaches_the_handler);
    tcase_add_test(t, an_instant_answer_is_not_lost);
    tcase_add_test(t, deadlines_answer_503_and_late_results_are_freed);
    tcase_add_test(t, a_client_that_leaves_while_parked_harms_nothing);
    tcase_add_test(t, overload_answers_503_at_once);
    tcase_add_test(t, one_address_has_only_so_many_connections);
    tcase_add_test(t, a_thousand_long_polls_are_all_answered);
    tcase_add_loop_test(t, stopping_answers_all_who_wait, 0, 2);
    tcase_add_test(t, newcomers_are_refused_once_it_stops);
    tcase_add_test(t, memory_running_out_answers_500);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? 1 : 0;
}
