/*
 * Each handler with each of its allocations failing in turn: alone, and with
 * all that follow until the answer is there.  Each does its work (what it is
 * asked is in malloc_ways.h): without a fault the answer is 2xx or 3xx.  With
 * one it is the same, a clean 500 or 503, or the connection ends; it is not
 * told late, or that the request was wrong; the server goes on; what was
 * acknowledged is stored; nothing leaks.
 *
 * TEST_MALLOC_ALL=1 tries every allocation, both ways; without it, the later
 * ones are sampled, each alone, so that the run stays short.
 * TEST_MALLOC_PATH=/v1/claims tries only the routes with that in their path.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "fault/bad_malloc.h"
#include "fault/malloc_ways.h"
#include "unit/unit.h"

#define ALL_THE_REST 1000000000L
#define CALL_MS      15000
#define EASE_MS      3000 /* memory comes back when there is no answer yet */
#define SLOW_MS      2500 /* less than a statement may take */
#define SLOW_MAX     3    /* of a busy machine */
#define TRIES_MAX    100000
/** Live allocations that come and go by themselves. */
#define SLACK 8

static struct bad_malloc *bad;
static struct {
    long tries, whole, refused, cut, slow;
} tally;
static char acked[20000][48];
static size_t n_acked;

static const char *key_of(const struct http_route *r)
{
    if (r->flags & (ROUTE_PUBLIC | ROUTE_OPS))
        return NULL;
    return r->flags & ROLE_SALES   ? srv.sales
           : r->flags & ROLE_ADMIN ? srv.admin
                                   : srv.intake;
}

/* ---- asking while memory is short ---- */

static const char *word_of(const char *what)
{
    static int n;

    return text("%s-%d-%d", what, (int)getpid(), n++);
}

static const char *type_of(const struct http_route *r)
{
    return strcmp(r->path, "/v1/imports") || r->method != HTTP_POST
               ? "application/json"
               : "application/x-ndjson";
}

static void listen_for(int fd, long ms)
{
    struct timeval most = {.tv_sec = ms / 1000};

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most));
}

static int dial(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)srv.port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    listen_for(fd, EASE_MS);
    ck_assert(connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0);
    return fd;
}

/* @return whether its answer goes on for as long as somebody listens */
static bool is_endless(const struct http_route *r)
{
    return strstr(r->path, "/leads/stream") != NULL;
}

/* A list that finds no database waits for it, longer than anybody here does:
   memory that is refused for good looks like that. */
static ssize_t hear(int fd, char *in, size_t n)
{
    ssize_t got = recv(fd, in, n, 0);

    if (got >= 0 || errno != EAGAIN)
        return got;
    atomic_store(&bad->from, 0);
    listen_for(fd, CALL_MS);
    return recv(fd, in, n, 0);
}

/* All of the answer is read, of an endless one the first bytes; @return its
   status, 0 when there is none */
static int take(int fd, bool endless)
{
    char in[65536], head[16] = "";
    size_t n = 0;
    ssize_t got;

    do {
        got = hear(fd, in, sizeof(in));
        for (ssize_t i = 0; i < got && n < 12; i++)
            head[n++] = in[i];
    } while (got > 0 && !(endless && n == 12 && head[9] == '2'));
    ck_assert_msg(got >= 0 || errno == ECONNRESET, "no answer, and no end");
    close(fd);
    return n == 12 ? atoi(head + 9) : 0;
}

static int ask(const struct http_route *r, const char *word)
{
    const char *key = key_of(r), *path = way_path(r, word);
    const char *body = way_body(r, word);
    char all[20000];
    int fd = dial();
    int n =
        snprintf(all, sizeof(all),
                 "%s %s HTTP/1.1\r\nHost: t\r\nConnection: close\r\n"
                 "%s%s\r\nContent-Type: %s\r\n"
                 "Content-Length: %zu\r\n\r\n%s",
                 http_method_name(r->method), path,
                 key ? "Authorization: Bearer " : "X-None: ", key ? key : "",
                 type_of(r), strlen(body), body);

    (void)!send(fd, all, (size_t)n, MSG_NOSIGNAL);
    return take(fd, is_endless(r));
}

static void count(const struct http_route *r, long at, long burst, int status,
                  const char *word)
{
    tally.tries++;
    tally.cut += status == 0;
    tally.refused += status >= 500;
    tally.whole += status > 0 && status < 500;
    ck_assert_msg(status < 400 || status == 500 || status == 503,
                  "%s %s, allocation %ld (%ld in a row): %d",
                  http_method_name(r->method), r->path, at, burst, status);
    if (way_of(r)->acks && status >= 200 && status < 300 &&
        n_acked < ARRAY_LEN(acked))
        snprintf(acked[n_acked++], sizeof(acked[0]), "%s@gmail.com", word);
}

static bool lives(void)
{
    return UNTIL(try_call(srv.port, CALL_MS, "GET", "/readyz", NULL, NULL, NULL,
                          0) == 200,
                 10000);
}

/* Claims have a writer of their own, which /readyz does not speak of. */
static bool claims_live(void)
{
    return UNTIL(try_call(srv.port, CALL_MS, "POST", "/v1/claims", srv.sales,
                          "{\"filter\": {\"stage\": \"pql\"}}", NULL, 0) == 204,
                 10000);
}

/* What the try is about, made while memory is there; a refused allocation
   may have cost the database's connection, which comes back by itself. */
static void prepare(const struct http_route *r)
{
    if (!way_of(r)->before)
        return;
    ck_assert(lives() && claims_live());
    way_of(r)->before();
}

/* @return whether the request came as far as that allocation */
static bool fail_at(const struct http_route *r, long at, long burst)
{
    const char *word = word_of("mem");
    long long began;
    int status;
    bool hit;

    prepare(r);
    atomic_store(&bad->seen, 0);
    atomic_store(&bad->refused, 0);
    atomic_store(&bad->burst, burst);
    atomic_store(&bad->from, at);
    began = talk_ms();
    status = ask(r, word);
    atomic_store(&bad->from, 0);
    tally.slow += burst == 1 && talk_ms() - began > SLOW_MS;
    hit = atomic_load(&bad->refused) > 0;
    if (hit)
        count(r, at, burst, status, word);
    ck_assert_msg(kill(srv.pid, 0) == 0 && (!hit || status || lives()),
                  "%s %s, allocation %ld (%ld in a row): the server is gone",
                  http_method_name(r->method), r->path, at, burst);
    return hit;
}

static long after(long at)
{
    return getenv("TEST_MALLOC_ALL") ? at + 1 : at + 1 + at / 4;
}

static int ask_calm(const struct http_route *r)
{
    prepare(r);
    return ask(r, word_of("calm"));
}

/* A refused allocation may have cost the database's connection: it comes
   back by itself, and at once. */
static int settle(const struct http_route *r)
{
    int status = 0;

    ck_assert(lives());
    (void)UNTIL((status = ask_calm(r)) < 500, 10000);
    for (int i = 0; i < 3; i++)
        (void)ask_calm(r);
    ck_assert_msg(status >= 200 && status < 400, "%s %s: %d without any fault",
                  http_method_name(r->method), r->path, status);
    return status;
}

static bool is_meant(const struct http_route *r)
{
    const char *only = getenv("TEST_MALLOC_PATH");

    return !only || strstr(r->path, only);
}

/* @return live allocations once the last connection is wound up */
static long live_now(long hoped)
{
    (void)UNTIL(atomic_load(&bad->live) <= hoped, 300);
    return atomic_load(&bad->live);
}

/* A change of a setting reads all of them: those that the tries make would
   make the tries endless. */
static void forget_settings(const struct http_route *r)
{
    if (way_of(r)->makes)
        sql_run(text("DELETE FROM %s ~ '^(mem|calm)-'", way_of(r)->makes));
}

/* @return how many allocations were refused, one after the other */
static long try_each(const struct http_route *r, long burst)
{
    long n = 0;

    for (long at = 1; at < TRIES_MAX && fail_at(r, at, burst); at = after(at)) {
        n++;
        forget_settings(r);
    }
    return n;
}

/* A connection of the database that is there again is more, too; but only a
   leak grows anew each time. */
static void try_route(const struct http_route *r, long burst)
{
    long before, more, n;
    int status;

    for (int round = 0; round < 3; round++) {
        status = settle(r);
        before = live_now(0);
        n = try_each(r, burst);
        (void)settle(r);
        more = live_now(before) - before;
        fprintf(stderr, "%-7s %-36s %3d, %4ld tries, live %+ld\n",
                http_method_name(r->method), r->path, status, n, more);
        if (more <= SLACK)
            return;
    }
    ck_abort_msg("%s %s leaks: %ld more after %ld tries",
                 http_method_name(r->method), r->path, more, n);
}

static void try_all(long burst)
{
    memset(&tally, 0, sizeof(tally));
    for (size_t i = 0; i < API_ROUTES_N; i++)
        if (is_meant(&API_ROUTES[i]))
            try_route(&API_ROUTES[i], burst);
    fprintf(stderr,
            "%ld tries: %ld whole answers, %ld refused, %ld cut, %ld slow\n",
            tally.tries, tally.whole, tally.refused, tally.cut, tally.slow);
    ck_assert_int_le(tally.slow, SLOW_MAX);
    ck_assert_msg(tally.tries > 0, "no allocation was ever refused");
}

/* ---- the server, with its memory in our hand ---- */

static char dir[] = "/tmp/leadd-malloc-XXXXXX";

static void share(void)
{
    const char *path;
    int fd;

    ck_assert_ptr_nonnull(mkdtemp(dir));
    path = text("%s/shared", dir);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ck_assert(fd >= 0 && ftruncate(fd, sizeof(*bad)) == 0);
    bad = mmap(NULL, sizeof(*bad), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ck_assert_ptr_ne(bad, MAP_FAILED);
    close(fd);
}

static void setup(void)
{
    const char *so = getenv("TEST_BAD_MALLOC");
    static const char *env[8];
    struct pg *pg;

    pg_fixture_up();
    pg = pg_fixture_connect(true);
    pg_fixture_reset(pg);
    pg_free(pg);
    share();
    env[0] = keep("LD_PRELOAD=%s", so ? so : "build/tests/fault/bad_malloc.so");
    env[1] = keep("BAD_MALLOC_FILE=%s/shared", dir);
    env[2] = "LEADD_ADDR_RATE=0";
    server_start(&srv, pg_fixture(), env);
    ways_begin();
}

static void teardown(void)
{
    ck_assert_int_eq(server_stop(&srv), 0);
    server_free(&srv);
    unlink(text("%s/shared", dir));
    rmdir(dir);
}

static void check_acked(void)
{
    struct pg *pg = pg_fixture_connect(false);

    fprintf(stderr, "%zu acknowledged\n", n_acked);
    ck_assert(n_acked > 0 || getenv("TEST_MALLOC_PATH"));
    pg_fixture_sql(pg, "CREATE TEMP TABLE acked (email text)");
    for (size_t i = 0; i < n_acked; i++)
        pg_fixture_sql(pg, text("INSERT INTO acked VALUES ('%s')", acked[i]));
    pg_fixture_sql(pg, "DO $$ DECLARE n bigint; BEGIN SELECT count(*) INTO n"
                       " FROM acked a WHERE NOT EXISTS (SELECT 1 FROM lead l"
                       " WHERE l.email = a.email); IF n > 0 THEN RAISE"
                       " '% acknowledged leads are not stored', n; END IF;"
                       " END $$");
    pg_free(pg);
}

START_TEST(one_refused_allocation_breaks_nothing)
{
    setup();
    try_all(1);
    check_acked();
    teardown();
}
END_TEST

START_TEST(refused_until_the_answer_it_is_still_a_clean_one)
{
    setup();
    try_all(ALL_THE_REST);
    check_acked();
    teardown();
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("malloc");

    tcase_set_timeout(tc, getenv("TEST_MALLOC_ALL") ? 7200 : 600);
    tcase_add_test(tc, one_refused_allocation_breaks_nothing);
    if (getenv("TEST_MALLOC_ALL")) /* minutes: the database is away each time */
        tcase_add_test(tc, refused_until_the_answer_it_is_still_a_clean_one);
    pg_fixture();
    return unit_run(tc, "malloc");
}
