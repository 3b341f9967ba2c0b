#include "lib/raw_server.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/args.h"
#include "http/cors.h"
#include "http/park.h"
#include "http/reply.h"
#include "http/stream.h"

#define HOLD_MAX 4096

struct http *raw_server;
uint16_t raw_port;
atomic_int raw_served, raw_afters, raw_cuts, raw_freed;
atomic_size_t raw_sunk;
atomic_bool raw_let_go;

/* requests that the test answers itself */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct done held[HOLD_MAX];
static size_t n_held;

static enum http_next ok(struct http_req *rq)
{
    raw_served++;
    return reply_static(rq, 200, "text/plain", "fine");
}

static enum http_next echo(struct http_req *rq)
{
    struct buf b = BUF_INIT;

    raw_served++;
    buf_printf(&b, "%s|%s|%s|", rq->n_params ? rq->param[0] : "", rq->body,
               rq->client.text);
    for (size_t i = 0; i < rq->n_args; i++)
        buf_printf(&b, "%s=%s;", rq->args[i].name, rq->args[i].value);
    return reply_buf(rq, 200, "text/plain", &b);
}

static void count_free(void *p)
{
    raw_freed++;
    free(p);
}

static void hold(struct done d)
{
    pthread_mutex_lock(&lock);
    held[n_held++] = d;
    pthread_mutex_unlock(&lock);
}

static enum err sink(struct http_req *rq, const char *p, size_t n)
{
    raw_sunk += n;
    if (memchr(p, '?', n))
        hold(http_pause(rq, RAW_HEAR_MS));
    return memchr(p, '!', n) ? ERR_BAD_FORM : ERR_OK;
}

static enum http_next park_held(struct http_req *rq)
{
    raw_served++;
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

static enum http_next stuck(struct http_req *rq)
{
    const struct timespec step = {0, 1000000};

    for (int i = 0; i < RAW_HEAR_MS && !atomic_load(&raw_let_go); i++)
        nanosleep(&step, NULL);
    return ok(rq);
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

/* A piece of 1,000 bytes for each that the test gives; the word "last" ends
 * it.  The first is there with the answer. */
static enum http_next next_piece(struct http_req *rq, struct buf *piece)
{
    if (!rq->result) {
        hold(http_park(rq, 60000));
        return HTTP_PARKED;
    }
    (void)!buf_reserve(piece, 1000);
    memset(piece->ptr, 'x', piece->len = 1000);
    if (strcmp(rq->result, "last") == 0)
        return HTTP_DONE;
    rq->result_free(rq->result);
    rq->result = NULL;
    return HTTP_GO_ON;
}

static enum http_next stream(struct http_req *rq)
{
    raw_served++;
    rq->result_free = count_free;
    rq->result = strdup("first");
    return reply_stream(rq, "text/plain", next_piece);
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
    raw_afters++;
    raw_cuts += rq->cut;
}

static const struct http_route routes[] = {
    {.method = HTTP_GET, .path = "/a", .handler = ok},
    {.method = HTTP_GET, .path = "/big", .handler = big},
    {.method = HTTP_GET, .path = "/hungry", .handler = hungry},
    {.method = HTTP_GET, .path = "/stuck", .handler = stuck},
    {.method = HTTP_GET, .path = "/stream", .handler = stream},
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

void raw_start_with(size_t parked_max, size_t per_ip)
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
    raw_served = raw_afters = raw_cuts = raw_freed = 0;
    raw_sunk = n_held = 0;
    raw_let_go = false;
    ck_assert_int_eq(http_start(&o, &raw_server), ERR_OK);
    raw_port = http_port(raw_server);
}

void raw_start(void)
{
    raw_start_with(0, 0);
}

void raw_give(enum err e, const char *word)
{
    struct done d;

    raw_wait_held(1);
    pthread_mutex_lock(&lock);
    d = held[--n_held];
    pthread_mutex_unlock(&lock);
    d.fn(d.ctx, e, word ? strdup(word) : NULL);
}

void raw_give_all(enum err e)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < n_held; i++)
        held[i].fn(held[i].ctx, e, strdup("result"));
    n_held = 0;
    pthread_mutex_unlock(&lock);
}

void raw_stop(void)
{
    http_stop(raw_server, 0);
    raw_give_all(ERR_OK); /* late answers are harmless */
    raw_server = NULL;
}

int raw_dial(void)
{
    struct sockaddr_in sa = {.sin_family = AF_INET,
                             .sin_port = htons(raw_port)};
    struct timeval limit = {.tv_sec = RAW_HEAR_MS / 1000};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_ge(fd, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
    return fd;
}

void raw_say(int fd, const char *p, size_t n)
{
    ck_assert_int_eq(send(fd, p, n, MSG_NOSIGNAL), (ssize_t)n);
}

void raw_says(int fd, const char *s)
{
    raw_say(fd, s, strlen(s));
}

bool raw_hear_all(int fd, char out[RAW_REPLY])
{
    size_t len = 0;
    ssize_t n = 0;

    while (len < RAW_REPLY - 1 &&
           (n = recv(fd, out + len, RAW_REPLY - 1 - len, 0)) > 0)
        len += (size_t)n;
    out[len] = '\0';
    return n == 0 || (n < 0 && errno == ECONNRESET);
}

void raw_hear_one(int fd, char out[RAW_REPLY])
{
    size_t len = 0, want = SIZE_MAX;
    ssize_t n;

    while (len < want &&
           (n = recv(fd, out + len, RAW_REPLY - 1 - len, 0)) > 0) {
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

int raw_status(const char *reply)
{
    return strncmp(reply, "HTTP/1.1 ", 9) == 0 ? atoi(reply + 9) : 0;
}

int raw_count(const char *reply, const char *what)
{
    int n = 0;

    for (const char *p = reply; (p = strstr(p, what)); p++)
        n++;
    return n;
}

int raw_ask(const char *request, char out[RAW_REPLY])
{
    int fd = raw_dial();

    raw_says(fd, request);
    raw_hear_one(fd, out);
    close(fd);
    return raw_status(out);
}

bool raw_comes_to(const atomic_int *what, int n)
{
    int64_t end = clock_mono_ms() + RAW_HEAR_MS;

    while (atomic_load(what) < n && clock_mono_ms() < end)
        usleep(1000);
    return atomic_load(what) >= n;
}

void raw_wait_held(size_t n)
{
    int64_t end = clock_mono_ms() + RAW_HEAR_MS;
    size_t have = 0;

    while (have < n && clock_mono_ms() < end) {
        pthread_mutex_lock(&lock);
        have = n_held;
        pthread_mutex_unlock(&lock);
        usleep(1000);
    }
    ck_assert_uint_eq(have, n);
}
