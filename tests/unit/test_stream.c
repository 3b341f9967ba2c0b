/* Answers sent piece by piece, over raw loopback sockets. */
#include <check.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/raw_server.h"
#include "unit.h"

#define H RAW_HOST

/* Hear more, behind what is in @a out; it is never less than a byte. */
static void hear(int fd, char out[RAW_REPLY])
{
    size_t len = strlen(out);
    ssize_t n = recv(fd, out + len, RAW_REPLY - 1 - len, 0);

    ck_assert_int_gt(n, 0);
    out[len + (size_t)n] = '\0';
}

/* @return the connection, its header and first piece heard */
static int begin_stream(void)
{
    char out[RAW_REPLY] = "";
    int fd = raw_dial();

    raw_says(fd, "GET /stream HTTP/1.1\r\n" H "\r\n");
    while (raw_count(out, "xx") < 999)
        hear(fd, out);
    ck_assert_int_eq(raw_status(out), 200);
    ck_assert_ptr_nonnull(strstr(out, "Transfer-Encoding: chunked\r\n"));
    raw_wait_held(1);
    return fd;
}

static bool ended(const char *out)
{
    size_t n = strlen(out);

    return n >= 5 && strcmp(out + n - 5, "0\r\n\r\n") == 0;
}

START_TEST(a_stream_waits_for_its_pieces_and_keeps_the_connection)
{
    char out[RAW_REPLY] = "";
    int fd = begin_stream();

    for (int i = 0; i < 20; i++)
        raw_give(ERR_OK, "more");
    raw_give(ERR_OK, "last");
    while (!ended(out))
        hear(fd, out);
    ck_assert_int_eq(raw_count(out, "x"), 21000);
    raw_says(fd, "GET /a HTTP/1.1\r\n" H "\r\n");
    raw_hear_one(fd, out);
    ck_assert_int_eq(raw_status(out), 200);
    close(fd);
}
END_TEST

START_TEST(a_stream_that_fails_is_not_taken_for_whole)
{
    char out[RAW_REPLY];
    int fd = begin_stream();

    raw_give(ERR_OK, "more");
    raw_give(ERR_DATABASE, NULL);
    ck_assert(raw_hear_all(fd, out));
    ck_assert_int_eq(raw_count(out, "x"), 1000);
    ck_assert(!ended(out));
    ck_assert(raw_comes_to(&raw_cuts, 1));
    close(fd);
}
END_TEST

START_TEST(a_stream_ends_with_its_client_and_with_the_server)
{
    char out[RAW_REPLY];
    int left = begin_stream(), fd;

    close(left);
    raw_give(ERR_OK, "more"); /* its bytes are answered by a reset */
    raw_give(ERR_OK, "more");
    ck_assert(raw_comes_to(&raw_afters, 1));
    fd = begin_stream(); /* parked when the server stops */
    http_stop(raw_server, 50);
    raw_server = NULL;
    ck_assert(raw_hear_all(fd, out));
    ck_assert(!ended(out));
    ck_assert_int_eq(raw_afters, 2);
    close(fd);
}
END_TEST

START_TEST(head_gets_no_piece)
{
    char out[RAW_REPLY];
    int fd = raw_dial();

    raw_says(fd, "HEAD /stream HTTP/1.1\r\n" H "Connection: close\r\n\r\n");
    ck_assert(raw_hear_all(fd, out));
    ck_assert_int_eq(raw_status(out), 200);
    ck_assert_str_eq(strstr(out, "\r\n\r\n"), "\r\n\r\n");
    close(fd);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("stream");

    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, raw_start, raw_stop);
    tcase_add_test(t, a_stream_waits_for_its_pieces_and_keeps_the_connection);
    tcase_add_test(t, a_stream_that_fails_is_not_taken_for_whole);
    tcase_add_test(t, a_stream_ends_with_its_client_and_with_the_server);
    tcase_add_test(t, head_gets_no_piece);
    return unit_run(t, "stream");
}
