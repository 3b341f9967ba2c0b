/* POST /v1/imports: long lists, and what breaks on the way. */
#include <arpa/inet.h>
#include <sys/socket.h>

#include "api/imports_fixture.h"
#include "base/base.h"

static char *list_at(const char *domain, const char *a, int n,
                     size_t *out_bytes)
{
    char *list = malloc((size_t)n * 80 + 64);
    size_t w = (size_t)sprintf(list, "name,email\n");

    ck_assert_ptr_nonnull(list);
    for (int i = 0; i < n; i++)
        w += (size_t)sprintf(list + w, "Minh %d,%s-%d@%s\n", i, a, i, domain);
    *out_bytes = w;
    return list;
}

static char *long_list(const char *a, int n, size_t *out_bytes)
{
    return list_at("gmail.com", a, n, out_bytes);
}

static int begin_upload(const char *query, size_t bytes)
{
    const char *head = text(
        "POST /v1/imports?%s HTTP/1.1\r\nHost: x\r\nAuthorization:"
        " Bearer %s\r\nConnection: close\r\nContent-Length: %zu\r\n" CSV "\r\n",
        query, srv.marketing, bytes);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)srv.port),
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
    ck_assert_int_eq(send(fd, head, strlen(head), MSG_NOSIGNAL),
                     (ssize_t)strlen(head));
    return fd;
}

static bool upload(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t sent = send(fd, p, MIN(n, (size_t)65536), MSG_NOSIGNAL);

        if (sent <= 0)
            return false;
        p += sent;
        n -= (size_t)sent;
    }
    return true;
}

static int status_of(int fd)
{
    char head[16] = "";
    size_t n = 0;
    ssize_t got;

    while (n < 12 && (got = recv(fd, head + n, 12 - n, 0)) > 0)
        n += (size_t)got;
    close(fd);
    return n == 12 ? atoi(head + 9) : 0;
}

static long long rows_of(const char *id)
{
    const struct reply *r = get(srv.marketing, text("/v1/imports/%s", id));

    return r->status == 200 ? reply_int(r, "/rows") : -1;
}

static const char *new_id(void)
{
    static unsigned n;

    return keep("%08x-2222-7000-8000-%06x%06x", (unsigned)time(NULL),
                (unsigned)getpid(), ++n);
}

START_TEST(a_hundred_thousand_rows_stay_in_bounded_memory)
{
    const char *a = fresh("long"), *id = new_id();
    size_t bytes;
    char *list = long_list(a, 100000, &bytes);
    int fd = begin_upload(text("id=%s&source=%s", id, a), bytes);
    long long seen = 0;

    ck_assert(upload(fd, list, bytes / 2));
    ck_assert(UNTIL((seen = rows_of(id)) > 0, 10000));
    ck_assert_int_lt(seen, 100000); /* while it runs */
    ck_assert_str_eq(
        reply_text(get(srv.marketing, text("/v1/imports/%s", id)), "/state"),
        "running");
    ck_assert(upload(fd, list + bytes / 2, bytes - bytes / 2));
    ck_assert_int_eq(status_of(fd), 201);
    counts(get(srv.marketing, text("/v1/imports/%s", id)), 100000, 0, 0, 0, 0);
    ck_assert_int_lt(server_memory_kib(&srv, "VmHWM"), most_kib(64 * 1024));
    free(list);
}
END_TEST

/* People of @a domain who did more than judgements look at. */
static void be_busy(const char *domain)
{
    for (int i = 0; i < 60; i++) {
        char events[2048] = "";
        size_t w = 0;

        for (int k = 0; k < 10; k++)
            w += (size_t)sprintf(
                events + w,
                "%s{\"type\":\"demo_request\",\"occurred_at\":\"%s\"}",
                k ? "," : "", now_text(-3600 * k - 60));
        EXPECT(post(srv.intake, "/v1/leads",
                    text("{\"contact\":{\"email\":\"busy-%d@%s\"},"
                         "\"events\":[%s]}",
                         i, domain, events)),
               201);
    }
}

/* Every row is judged by what all of them did; it is kept once. */
START_TEST(a_list_of_one_busy_company_stays_in_bounded_memory)
{
    const char *a = fresh("busy"), *domain = keep("%s.vn", a);
    size_t bytes;
    char *list = list_at(domain, a, 10000, &bytes);
    long most = most_kib(64 * 1024);

    be_busy(domain);
    counts(import_bytes(text("source=%s", a), CSV, list, bytes), 10000, 0, 0, 0,
           0);
    ck_assert_int_lt(server_memory_kib(&srv, "VmHWM"), most);
    free(list);
}
END_TEST

START_TEST(a_cut_connection_is_resumed)
{
    const char *a = fresh("cut"), *id = new_id();
    const char *query = keep("id=%s&source=%s", id, a);
    size_t bytes;
    char *list = long_list(a, 5000, &bytes);
    int fd = begin_upload(query, bytes);
    const struct reply *r;

    ck_assert(upload(fd, list, bytes / 2));
    ck_assert(UNTIL(rows_of(id) > 0, 10000));
    close(fd); /* in the midst of a row */
    ck_assert(
        UNTIL(!strcmp(reply_text(get(srv.marketing, text("/v1/imports/%s", id)),
                                 "/state"),
                      "interrupted"),
              10000));
    r = import_bytes(query, CSV, list, bytes);
    EXPECT(r, 200);
    counts(r, 5000, 0, 0, 0, 0);
    counts(import_bytes(text("source=%s", a), CSV, list, bytes), 0, 0, 5000, 0,
           0);
    free(list);
}
END_TEST

START_TEST(a_killed_server_is_resumed)
{
    const char *a = fresh("kill"), *id = new_id();
    const char *query = keep("id=%s&source=%s", id, a);
    size_t bytes;
    char *list = long_list(a, 20000, &bytes);
    const struct reply *r;
    int fd;

    server_start(&srv, pg_fixture(), NULL); /* one to be killed */
    fd = begin_upload(query, bytes);
    ck_assert(upload(fd, list, bytes / 2));
    ck_assert(UNTIL(rows_of(id) > 0, 10000));
    server_kill(&srv);
    close(fd);
    server_again(&srv);
    fd = begin_upload(query, bytes);
    ck_assert(upload(fd, list, bytes));
    ck_assert_int_eq(status_of(fd), 200);
    r = get(srv.marketing, text("/v1/imports/%s", id));
    counts(r, 20000, 0, 0, 0, 0);
    ck_assert_int_eq(sql_int(text("SELECT count(*) FROM lead WHERE source ="
                                  " '%s'",
                                  a)),
                     20000);
    ck_assert_int_eq(sql_int(text("SELECT count(*) FROM touch WHERE source ="
                                  " '%s'",
                                  a)),
                     20000);
    ck_assert_int_eq(server_stop(&srv), 0);
    server_free(&srv);
    free(list);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("imports_long");

    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, a_cut_connection_is_resumed);
    tcase_add_test(tc, a_killed_server_is_resumed);
    tcase_add_test(tc, a_list_of_one_busy_company_stays_in_bounded_memory);
    tcase_add_test(tc, a_hundred_thousand_rows_stay_in_bounded_memory);
    return real_server_main(tc, "imports_long", NULL);
}
