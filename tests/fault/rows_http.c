/* Rows about clients: slow, idle, many, lying, repeating, rude. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/base.h"
#include "fault/matrix.h"

#define KEEP_ALIVE "Host: t\r\n"

/* A socket from 127.0.@a net.@a host, which never blocks for long; -1. */
static int dial_from(int net, int host)
{
    struct sockaddr_in from = {.sin_family = AF_INET},
                       to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)stand.port),
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct timeval limit = {.tv_sec = 2};
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    from.sin_addr.s_addr =
        htonl(INADDR_LOOPBACK + (uint32_t)(net << 8) + (uint32_t)host);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&from, sizeof(from)) == 0 &&
        connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
        return fd;
    close(fd);
    return -1;
}

static bool says(int fd, const char *what)
{
    size_t n = strlen(what);

    return send(fd, what, n, MSG_NOSIGNAL) == (ssize_t)n;
}

static bool is_closed(int fd)
{
    char bytes[4096];
    ssize_t n;

    while ((n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
        ;
    return n == 0 || errno != EAGAIN;
}

static const char *const SLOW[] = {
    "GET /healthz HTTP/1.1\r\n" KEEP_ALIVE "X: ",
    "POST /v1/leads HTTP/1.1\r\n" KEEP_ALIVE "Content-Length: 9999\r\n\r\n{",
    "GET /openapi.yaml HTTP/1.1\r\n" KEEP_ALIVE "\r\n", /* never read */
};

static void slow_clients(void)
{
    enum { N = 60 };
    int fd[N];

    stand_begin(NULL, stand_journal(), "LEADD_HEADER_MS=1000",
                "LEADD_BODY_MS=1000", "LEADD_WRITE_MS=1000",
                "LEADD_IDLE_MS=1000", NULL);
    load_begin(16);
    for (int i = 0; i < scaled(10); i++) {
        long long began = talk_ms(), took;
        int open = N;

        for (int k = 0; k < N; k++) {
            int small = 2048;

            fd[k] = dial_from(1, k);
            ck_assert_int_ge(fd[k], 0);
            setsockopt(fd[k], SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
            says(fd[k], SLOW[k % 3]);
        }
        while (open && talk_ms() - began < 10000) {
            open = 0;
            for (int k = 0; k < N; k++)
                if (fd[k] >= 0 &&
                    (k % 3 < 2 ? !says(fd[k], "x") || is_closed(fd[k])
                               : talk_ms() - began > 1500)) {
                    close(fd[k]);
                    fd[k] = -1;
                } else {
                    open += fd[k] >= 0;
                }
            poll(NULL, 0, 50);
        }
        took = talk_ms() - began;
        worst(took);
        ck_assert_int_eq(open, 0);
        ck_assert_int_le(took, 4000);
        tally->rounds++;
    }
    note("60 drips of header and body, limit 1 s; worst is until the last was"
         " cut; p99 of others %ld ms",
         storm_percentile(storm, 99));
    load_judge();
    stand_end();
}

static void idle_connections(void)
{
    int n = scaled(10000), have = 0;
    int *fd = malloc(sizeof(*fd) * (size_t)n);
    struct rlimit r;
    long long began;

    getrlimit(RLIMIT_NOFILE, &r);
    r.rlim_cur = r.rlim_max;
    setrlimit(RLIMIT_NOFILE, &r);
    if (r.rlim_max < (rlim_t)n + 512)
        n = (int)r.rlim_max - 512;
    ck_assert_ptr_nonnull(fd);
    stand_begin(NULL, stand_journal(), "LEADD_CONNS_MAX=12000",
                "LEADD_IDLE_MS=120000", "LEADD_HEADER_MS=120000", NULL);
    for (; have < n; have++)
        if ((fd[have] = dial_from(1 + have / 100, have % 100)) < 0)
            break;
    ck_assert_int_eq(have, n);
    load_begin(8);
    ck_assert(storm_more(storm, scaled(10000), 60000));
    note("%d idle connections from %d addresses: RSS %ld kB, p50 %ld ms, p99"
         " %ld ms",
         have, have / 100 + 1, server_memory_kib(&stand, "VmRSS"),
         storm_percentile(storm, 50), storm_percentile(storm, 99));
    worst(storm->worst_ms);
    tally->rounds = have;
    load_judge();
    for (int i = 0; i < have; i++)
        close(fd[i]);
    free(fd);
    began = talk_ms();
    ck_assert(UNTIL(open_files() < 200, 20000));
    note("closed after %lld ms", talk_ms() - began);
    stand_end();
}

static int alive_of(const int *fd, int n)
{
    int alive = 0;

    for (int k = 0; k < n; k++)
        alive += !is_closed(fd[k]);
    return alive;
}

/* Each loop of the server may let one more in. */
#define KEPT_MAX 52

static void flood_of_one(void)
{
    int got = 0, opened = 0;

    stand_begin(NULL, stand_journal(), "LEADD_CONNS_PER_IP_MAX=50", NULL);
    load_begin(32);
    for (int i = 0; i < scaled(20); i++) {
        int fd[400], n = 0, alive = 0;

        for (; n < 400; n++)
            if ((fd[n] = dial_from(9, 9)) < 0)
                break;
        ck_assert(storm_more(storm, 100, 20000));
        /* a busy server has not come to all of them yet */
        (void)UNTIL((alive = alive_of(fd, n)) <= KEPT_MAX, 5000);
        for (int k = 0; k < n; k++)
            close(fd[k]);
        opened += n;
        got += alive;
        ck_assert_int_le(alive, KEPT_MAX);
        tally->rounds++;
    }
    worst(storm->worst_ms);
    note("%d connections of one address, %d kept; p99 of others %ld ms", opened,
         got, storm_percentile(storm, 99));
    ck_assert_int_eq(storm->refused + storm->cut, 0);
    load_judge();
    stand_end();
}

/* @return status of the answer to what was said; 0: none */
static int heard(int fd)
{
    char in[512];
    ssize_t n = recv(fd, in, sizeof(in) - 1, 0);

    if (n < 12)
        return 0;
    in[n] = '\0';
    return atoi(in + 9);
}

static int send_until_told(const char *head, const char *piece, long bytes)
{
    int fd = dial_from(1, 1), status;

    ck_assert_int_ge(fd, 0);
    says(fd, head);
    for (long sent = 0; sent < bytes && says(fd, piece);
         sent += (long)strlen(piece))
        if (recv(fd, &(char){0}, 1, MSG_DONTWAIT | MSG_PEEK) > 0)
            break;
    status = heard(fd);
    close(fd);
    return status;
}

static void lying_bodies(void)
{
    static char piece[4096 + 8];
    long before;
    int told = 0;

    snprintf(piece, sizeof(piece), "1000\r\n%0*d\r\n", 4096 - 8, 0);
    stand_begin(NULL, stand_journal(), NULL);
    load_begin(16);
    ck_assert(storm_more(storm, 1000, 20000));
    before = server_memory_kib(&stand, "VmHWM");
    for (int i = 0; i < scaled(100); i++) {
        const char *head = keep(
            "POST /v1/leads HTTP/1.1\r\n" KEEP_ALIVE
            "Authorization: Bearer %s\r\nContent-Type: application/json\r\n%s",
            stand.intake,
            i % 2 ? "Transfer-Encoding: chunked\r\n\r\n"
                  : "Content-Length: 9000000000\r\n\r\n");
        int status = send_until_told(head, piece, 64L << 20);

        told += status == 413 || status == 400;
        tally->rounds++;
    }
    worst(storm->worst_ms);
    note("%d of %d told 413 or 400 (else cut); peak RSS %ld kB before, %ld kB"
         " after",
         told, tally->rounds, before, server_memory_kib(&stand, "VmHWM"));
    ck_assert_int_lt(server_memory_kib(&stand, "VmHWM") - before, 32 << 10);
    load_judge();
    ck_assert_int_eq(sql_int("SELECT count(*) FROM receipt") >= tally->acks, 1);
    stand_end();
}

/* Their number, once it has stayed the same for half a second: connections
   to the database are still opened after the start. */
static int settled_files(void)
{
    int n = open_files();

    for (int i = 0, same = 0; i < 100 && same < 10; i++) {
        int now;

        poll(NULL, 0, 50);
        now = open_files();
        same = now == n ? same + 1 : 0;
        n = now;
    }
    return n;
}

static void bodies_cut(void)
{
    int before;

    stand_begin(NULL, stand_journal(), NULL);
    ck_assert(UNTIL(look("/readyz", 2000) == 200, 5000));
    before = settled_files();
    for (int i = 0; i < scaled(1000); i++) {
        const char *body =
            text("{\"contact\": {\"email\": \"cut%d@gmail.com\"}}", i);
        const char *all =
            text("POST /v1/leads HTTP/1.1\r\n" KEEP_ALIVE
                 "Authorization: Bearer %s\r\n"
                 "Content-Type: application/json\r\nContent-Length: %zu"
                 "\r\n\r\n%s",
                 stand.intake, strlen(body), body);
        int fd = dial_from(1, 1);

        ck_assert_int_ge(fd, 0);
        ck_assert(send(fd, all, strlen(all) - (size_t)chance(1, 30),
                       MSG_NOSIGNAL) > 0);
        close(fd);
        tally->rounds++;
    }
    /* who left together with his last bytes is noticed a second later */
    ck_assert_msg(UNTIL(open_files() <= before, 10000), "%d, were %d",
                  open_files(), before);
    ck_assert_int_eq(sql_int("SELECT count(*) FROM receipt"), 0);
    note("nothing stored; open files %d before and after", before);
    stand_end();
}

/* ---- one key again and again ---- */

static struct copies {
    int round;
    atomic_int equal, busy, other;
    char receipt[64][64];
} copies;

static int post_with_key(const char *key, const char *body, char *answer,
                         size_t answer_size)
{
    const char *all = text("POST /v1/leads HTTP/1.1\r\n" KEEP_ALIVE
                           "Connection: close\r\nAuthorization: Bearer %s\r\n"
                           "Idempotency-Key: %s\r\n"
                           "Content-Type: application/json\r\n"
                           "Content-Length: %zu\r\n\r\n%s",
                           stand.intake, key, strlen(body), body);
    int fd = dial_from(0, 0);
    size_t n = 0;
    ssize_t got = 1;

    if (fd < 0)
        return 0;
    says(fd, all);
    while (got > 0 && n + 1 < answer_size) {
        got = recv(fd, answer + n, answer_size - 1 - n, 0);
        n += got > 0 ? (size_t)got : 0;
    }
    answer[n] = '\0';
    close(fd);
    return n > 12 ? atoi(answer + 9) : 0;
}

static void one_copy(void *ctx, int i)
{
    char answer[16384];
    int status;
    const char *p;

    (void)ctx;
    status = post_with_key(
        text("copy-%d", copies.round),
        text("{\"contact\": {\"email\": \"copy%dx%u@gmail.com\"}}",
             copies.round, seed),
        answer, sizeof(answer));
    p = strstr(answer, "\"receipt_id\"");
    snprintf(copies.receipt[i], 64, "%.52s", p ? p : "");
    copies.equal += status == 201 && p;
    copies.busy += status == 409;
    copies.other += status != 201 && status != 409;
}

static void fifty_copies(void)
{
    int busy = 0;

    stand_begin(NULL, stand_journal(), NULL);
    for (int i = 0; i < scaled(60); i++) {
        const char *first = NULL;
        long long began = talk_ms();

        copies.round = i;
        copies.equal = copies.busy = copies.other = 0;
        together(50, one_copy, NULL);
        worst(talk_ms() - began);
        ck_assert_int_eq(copies.other, 0);
        ck_assert_int_gt(copies.equal, 0);
        for (int k = 0; k < 50; k++) {
            if (!*copies.receipt[k])
                continue;
            first = first ? first : copies.receipt[k];
            ck_assert_str_eq(copies.receipt[k], first);
        }
        busy += copies.busy;
        tally->acks += copies.equal;
        tally->rounds++;
    }
    tally->lost = tally->rounds - sql_int("SELECT count(*) FROM receipt JOIN"
                                          " lead USING (lead_id)");
    tally->doubled = sql_int("SELECT count(*) FROM receipt") - tally->rounds;
    note("50 copies at once: one receipt, equal answers; %d were told 409",
         busy);
    ck_assert_int_eq(tally->lost, 0);
    ck_assert_int_eq(tally->doubled, 0);
    stand_end();
}

static void same_key_other_payload(void)
{
    char answer[16384];

    stand_begin(NULL, stand_journal(), NULL);
    for (int i = 0; i < scaled(200); i++) {
        const char *key = text("other-%d", i);

        ck_assert_int_eq(
            post_with_key(
                key, text("{\"contact\": {\"email\": \"o%d@gmail.com\"}}", i),
                answer, sizeof(answer)),
            201);
        ck_assert_int_eq(
            post_with_key(
                key, text("{\"contact\": {\"email\": \"p%d@gmail.com\"}}", i),
                answer, sizeof(answer)),
            422);
        tally->acks++;
        tally->rounds++;
    }
    tally->doubled = sql_int("SELECT count(*) FROM receipt") - tally->rounds;
    ck_assert_int_eq(tally->doubled, 0);
    note("every second one told 422, nothing stored of it");
    stand_end();
}

/* ---- rows that a check program holds already ---- */

static void run_checks(const char *const names[], const char *what)
{
    const char *build = getenv("BUILD");
    int checks = 0;

    for (size_t i = 0; names[i]; i++) {
        const char *path =
            text("%s/tests/%s", build ? build : "build", names[i]);
        static char out[1 << 20];
        long long began = talk_ms();
        const char *p;
        int n = 0;

        ck_assert_msg(access(path, X_OK) == 0, "%s is not built", path);
        ck_assert_msg(run_program((const char *const[]){path, NULL}, 200, out,
                                  sizeof(out)) == 0,
                      "%s: %.3000s", path, out);
        p = strstr(out, "100%: Checks: ");
        ck_assert_msg(p && sscanf(p, "100%%: Checks: %d", &n) == 1, "%.2000s",
                      out);
        worst(talk_ms() - began);
        checks += n;
    }
    tally->rounds = checks;
    note("%s: %d checks", what, checks);
}

static void smuggling(void)
{
    run_checks((const char *const[]){"unit/test_http_smuggling", NULL},
               "unit/test_http_smuggling");
}

static void malformed_input(void)
{
    run_checks((const char *const[]){"unit/test_decode_csv",
                                     "unit/test_decode_form",
                                     "unit/test_decode_lead",
                                     "unit/test_decode_multipart", NULL},
               "the decoders' unit tests");
}

const struct row ROWS_HTTP[] = {
    {21, "slow clients", 200, slow_clients},
    {22, "10,000 idle connections", 200, idle_connections},
    {23, "connection flood from one address", 200, flood_of_one},
    {24, "oversized and endless bodies", 200, lying_bodies},
    {25, "smuggling set", 250, smuggling},
    {26, "malformed input", 250, malformed_input},
    {27, "bodies cut mid-way", 200, bodies_cut},
    {28, "50 parallel copies of one key", 200, fifty_copies},
    {29, "same key, other payload", 100, same_key_other_payload},
    {0},
};
