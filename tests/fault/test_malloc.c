/*
 * Each handler with each of its allocations failing in turn: alone, and with
 * all that follow until the answer is there.  An answer is a whole one or a
 * clean 500 or 503, or the connection ends; the server goes on; what was
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

#include "api/app.h"
#include "api/real_server.h"
#include "fault/bad_malloc.h"
#include "unit/unit.h"

#define ALL_THE_REST 1000000000L
#define CALL_MS      15000
#define TRIES_MAX    100000
/** Live allocations that come and go by themselves. */
#define SLACK 8

static struct bad_malloc *bad;
static char lead[40], source[40], receipt[40];
static char doomed[40]; /* a source that the first DELETE takes */
static struct {
    long tries, whole, refused, cut;
} tally;
static char acked[20000][48];
static size_t n_acked;

/* ---- what is asked of each route ---- */

static const struct {
    const char *method, *path, *body;
} BODIES[] = {
    {"POST", "/v1/leads", "{\"contact\": {\"email\": \"@word@gmail.com\"}}"},
    {"POST", "/v1/forms/{form_key}", "{\"email\": \"@word@gmail.com\"}"},
    {"POST", "/v1/forms/{form_key}/visits",
     "{\"visitor_id\": \"@word\", \"consent\": true, \"views\": [{\"url\":"
     " \"https://a.vn/x\"}]}"},
    {"PATCH", "/v1/leads/{id}", "{\"contact\": {\"name\": \"@word\"}}"},
    {"POST", "/v1/leads/{id}/events",
     "{\"events\": [{\"type\": \"page_view\", \"id\": \"@word\","
     " \"occurred_at\": \"2026-06-02T00:00:00Z\"}]}"},
    {"POST", "/v1/events",
     "{\"events\": [{\"lead_id\": \"@lead\", \"type\": \"page_view\", \"id\":"
     " \"@word\", \"occurred_at\": \"2026-06-02T00:00:00Z\"}]}"},
    {"POST", "/v1/score",
     "{\"as_of\": \"2026-06-15T00:00:00Z\", \"facts\": {}, \"events\": "
     "[{\"type\":"
     " \"demo_request\", \"occurred_at\": \"2026-06-02T00:00:00Z\"}]}"},
    {"POST", "/v1/leads/{id}/stage",
     "{\"to\": \"disqualified\", \"reason\": \"spam\"}"},
    {"POST", "/v1/claims", "{\"count\": 1}"},
    {"POST", "/v1/sources",
     "{\"kind\": \"form\", \"name\": \"@word\", \"origin\": \"marketing\"}"},
    {"PATCH", "/v1/sources/{id}", "{\"name\": \"@word\"}"},
    {"POST", "/v1/sources/{id}/try", "{\"email\": \"@word@gmail.com\"}"},
    {"POST", "/v1/sources/{id}/reconcile", "{\"ids\": [\"1\"]}"},
    {"POST", "/v1/imports",
     "{\"contact\": {\"email\": \"@word@gmail.com\"}}\n"},
    {"POST", "/v1/quarantine/purge", "{\"before\": \"2020-01-01T00:00:00Z\"}"},
    {"POST", "/v1/spend",
     "{\"channel\": \"google\", \"day\": \"2026-06-01\", \"amount\": 1000}"},
};

/* "@word" and "@lead" stand for a word not used before and the lead. */
static void fill(const char *from, const char *word, char *out, size_t size)
{
    size_t n = 0;

    while (*from && n + 1 < size) {
        const char *put = !strncmp(from, "@word", 5)   ? word
                          : !strncmp(from, "@lead", 5) ? lead
                                                       : NULL;

        if (!put)
            out[n++] = *from++;
        else
            from += 5;
        for (; put && *put && n + 1 < size; put++)
            out[n++] = *put;
    }
    out[n] = '\0';
}

static const char *body_of(const struct http_route *r, const char *word)
{
    const char *method = http_method_name(r->method), *body = "{}";
    static char out[1024];

    if (r->method != HTTP_POST && r->method != HTTP_PATCH)
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(BODIES); i++)
        if (!strcmp(BODIES[i].method, method) &&
            !strcmp(BODIES[i].path, r->path))
            body = BODIES[i].body;
    fill(body, word, out, sizeof(out));
    return out;
}

static const char *value_of(const char *open, const struct http_route *r)
{
    const char *path = r->path;

    if (!strncmp(open, "{form_key}", 10) || !strncmp(open, "{source_key}", 12))
        return srv.form_key;
    if (!strncmp(open, "{platform}", 10))
        return "generic";
    if (!strncmp(open, "{version}", 9))
        return "default-v1";
    if (strstr(path, "/sources/"))
        return r->method == HTTP_DELETE ? doomed : source;
    return strstr(path, "/receipts/") ? receipt : lead;
}

static const char *path_of(const struct http_route *r)
{
    static char out[512];
    size_t n = 0;

    for (const char *p = r->path; *p;) {
        if (*p != '{') {
            out[n++] = *p++;
            continue;
        }
        n += (size_t)snprintf(out + n, sizeof(out) - n, "%s", value_of(p, r));
        p = strchr(p, '}') + 1;
    }
    out[n] = '\0';
    if (!strcmp(r->path, "/v1/imports") && r->method == HTTP_POST)
        snprintf(out + n, sizeof(out) - n, "?source=list");
    return out;
}

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

static int dial(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)srv.port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval most = {.tv_sec = CALL_MS / 1000};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most));
    ck_assert(connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0);
    return fd;
}

/* @return whether its answer goes on for as long as somebody listens */
static bool is_endless(const struct http_route *r)
{
    return strstr(r->path, "/leads/stream") != NULL;
}

/* All of the answer is read, of an endless one the first bytes; @return its
   status, 0 when there is none */
static int take(int fd, bool endless)
{
    char in[65536], head[16] = "";
    size_t n = 0;
    ssize_t got;

    do {
        got = recv(fd, in, sizeof(in), 0);
        for (ssize_t i = 0; i < got && n < 12; i++)
            head[n++] = in[i];
    } while (got > 0 && !(endless && n == 12 && head[9] == '2'));
    ck_assert_msg(got >= 0 || errno == ECONNRESET, "no answer, and no end");
    close(fd);
    return n == 12 ? atoi(head + 9) : 0;
}

static int ask(const struct http_route *r, const char *word)
{
    const char *body = body_of(r, word), *key = key_of(r);
    char all[4096];
    int fd = dial();
    int n =
        snprintf(all, sizeof(all),
                 "%s %s HTTP/1.1\r\nHost: t\r\nConnection: close\r\n"
                 "%s%s\r\nContent-Type: %s\r\n"
                 "Content-Length: %zu\r\n\r\n%s",
                 http_method_name(r->method), path_of(r),
                 key ? "Authorization: Bearer " : "X-None: ", key ? key : "",
                 type_of(r), body ? strlen(body) : 0, body ? body : "");

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
    ck_assert_msg(status < 500 || status == 500 || status == 503,
                  "%s %s, allocation %ld (%ld in a row): %d",
                  http_method_name(r->method), r->path, at, burst, status);
    if (r->method == HTTP_POST && status >= 200 && status < 300 &&
        (!strcmp(r->path, "/v1/leads") ||
         !strcmp(r->path, "/v1/forms/{form_key}")) &&
        n_acked < ARRAY_LEN(acked))
        snprintf(acked[n_acked++], sizeof(acked[0]), "%s@gmail.com", word);
}

static bool lives(void)
{
    return UNTIL(try_call(srv.port, CALL_MS, "GET", "/readyz", NULL, NULL, NULL,
                          0) == 200,
                 10000);
}

/* @return whether the request came as far as that allocation */
static bool fail_at(const struct http_route *r, long at, long burst)
{
    const char *word = word_of("mem");
    int status;
    bool hit;

    atomic_store(&bad->seen, 0);
    atomic_store(&bad->refused, 0);
    atomic_store(&bad->burst, burst);
    atomic_store(&bad->from, at);
    status = ask(r, word);
    atomic_store(&bad->from, 0);
    hit = atomic_load(&bad->refused) > 0;
    if (hit)
        count(r, at, burst, status, word);
    ck_assert_msg(kill(srv.pid, 0) == 0 && (!hit || status || lives()),
                  "%s %s, allocation %ld (%ld in a row): the server is gone",
                  http_method_name(r->method), r->path, at, burst);
    return hit;
}

static long next(long at)
{
    return getenv("TEST_MALLOC_ALL") ? at + 1 : at + 1 + at / 4;
}

/* A refused allocation may have cost the database's connection: it comes
   back by itself, and at once. */
static int settle(const struct http_route *r)
{
    int status = 0;

    ck_assert(lives());
    (void)UNTIL((status = ask(r, word_of("calm"))) < 500, 10000);
    for (int i = 0; i < 3; i++)
        (void)ask(r, word_of("calm"));
    ck_assert_msg(status > 0 && status < 500, "%s %s: %d without any fault",
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

/* A change of a source reads all of them: those that the tries make would make
   the tries endless. */
static void forget_sources(const struct http_route *r)
{
    if (r->method == HTTP_POST && !strcmp(r->path, "/v1/sources"))
        sql_run("DELETE FROM source WHERE name ~ '^(mem|calm)-'");
}

/* @return how many allocations were refused, one after the other */
static long try_each(const struct http_route *r, long burst)
{
    long n = 0;

    for (long at = 1; at < TRIES_MAX && fail_at(r, at, burst); at = next(at)) {
        n++;
        forget_sources(r);
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
    fprintf(stderr, "%ld tries: %ld whole answers, %ld refused, %ld cut\n",
            tally.tries, tally.whole, tally.refused, tally.cut);
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

static void take_id(const struct reply *r, const char *at, char out[40])
{
    snprintf(out, 40, "%s", reply_text(r, at));
    ck_assert_msg(*out, "no %s in %.500s", at, r->body);
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
    const struct reply *r =
        post(srv.intake, "/v1/leads",
             "{\"contact\": {\"email\": \"first@gmail.com\"}}");

    EXPECT(r, 201);
    take_id(r, "/receipt_id", receipt);
    take_id(r, "/lead/id", lead);
    take_id(get(srv.admin, "/v1/sources"), "/items/0/id", source);
    r = post(srv.admin, "/v1/sources",
             "{\"kind\": \"form\", \"name\": \"doomed\", \"origin\": "
             "\"marketing\"}");
    EXPECT(r, 201);
    take_id(r, "/id", doomed);
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
