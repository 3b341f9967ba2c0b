/* The http room over raw loopback sockets: what strangers may send, and what
 * must come back. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "lib/raw_server.h"
#include "unit.h"

#define H    RAW_HOST
#define NEXT "GET /a HTTP/1.1\r\n" H "\r\n"
START_TEST(bytes_beyond_the_request_close_after_its_answer)
{
    char out[RAW_REPLY];
    int fd = raw_dial();

    raw_says(fd,
             "POST /echo HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabc" NEXT);
    ck_assert(raw_hear_all(fd, out));
    ck_assert_int_eq(raw_count(out, "HTTP/1.1 200"), 1);
    ck_assert(strstr(out, "Connection: close") != NULL);
    ck_assert_int_eq(raw_served, 1);
    close(fd);
}
END_TEST

START_TEST(chunked_bodies_are_read_and_close)
{
    char out[RAW_REPLY];
    int fd = raw_dial();

    raw_says(fd,
             "POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: Chunked\r\n\r\n"
             "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n" NEXT);
    ck_assert(raw_hear_all(fd, out));
    ck_assert_int_eq(raw_count(out, "HTTP/1.1 200"), 1);
    ck_assert(strstr(out, "|abcde|") != NULL);
    close(fd);
}
END_TEST

START_TEST(chunks_may_carry_extensions_and_a_trailer)
{
    char out[RAW_REPLY];

    ck_assert_int_eq(
        raw_ask("POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n"
                "\r\n003;a=\"b\"\r\nabc\r\n2\r\nde\r\n00\r\nX: y\r\n"
                "Z: \xc3\xa9\r\n\r\n",
                out),
        200);
    ck_assert(strstr(out, "|abcde|") != NULL);
}
END_TEST

/* More of them than MHD has room for: it would turn round and round. */
START_TEST(endless_extensions_and_trailers_are_refused)
{
    static const char *const FIRST[] = {
        "1;", "1\r\na\r\n0\r\nX: ", "1\r\na\r\n0;", "00000000000000001\r\n"};
    char out[RAW_REPLY], many[60000];
    int fd = raw_dial();

    memset(many, 'a', sizeof(many));
    raw_says(fd,
             "POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n");
    raw_says(fd, FIRST[_i]);
    if (send(fd, many, sizeof(many), MSG_NOSIGNAL) < 0)
        ck_assert_int_eq(errno, EPIPE); /* refused already */
    ck_assert(raw_hear_all(fd, out));
    ck_assert_int_eq(raw_status(out), 400);
    ck_assert(strstr(out, "application/problem+json") != NULL);
    close(fd);
    ck_assert_int_eq(raw_served, 0);
}
END_TEST

START_TEST(connections_are_kept_for_ordinary_requests)
{
    char out[RAW_REPLY];
    int fd = raw_dial();

    for (int i = 0; i < 3; i++) {
        raw_says(fd,
                 "POST /echo HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabc");
        raw_hear_one(fd, out);
        ck_assert_int_eq(raw_status(out), 200);
        raw_says(fd, "GET /none HTTP/1.1\r\n" H "\r\n");
        raw_hear_one(fd, out);
        ck_assert_int_eq(raw_status(out), 404);
        ck_assert(strstr(out, "Connection: close") == NULL);
    }
    close(fd);
}
END_TEST

START_TEST(arguments_and_parameters_are_decoded)
{
    char out[RAW_REPLY];

    ck_assert_int_eq(
        raw_ask("GET /v1/leads/a%2Fb?x=1+2&y=%C3%A9&z HTTP/1.1\r\n" H
                "X-Forwarded-For: 9.9.9.9\r\n"
                "X-Forwarded-For: 203.0.113.7\r\n\r\n",
                out),
        200);
    ck_assert(strstr(out, "a/b||203.0.113.7|x=1 2;y=\xc3\xa9;z=;") != NULL);
    ck_assert_int_eq(raw_ask("GET /v1/leads/%C3 HTTP/1.1\r\n" H "\r\n", out),
                     400);
    ck_assert_int_eq(raw_ask("GET /a?x=%zz HTTP/1.1\r\n" H "\r\n", out), 400);
    ck_assert_int_eq(raw_ask("GET /a?x=%C0%80 HTTP/1.1\r\n" H "\r\n", out),
                     400);
    ck_assert_int_eq(raw_ask("GET /wait?ms=0 HTTP/1.1\r\n" H "\r\n", out), 400);
    ck_assert(strstr(out, "\"pointer\":\"ms\"") != NULL);
}
END_TEST

START_TEST(request_ids_are_echoed_when_sane)
{
    char out[RAW_REPLY];

    raw_ask("GET /a HTTP/1.1\r\n" H "X-Request-Id: abc-1.2\r\n\r\n", out);
    ck_assert(strstr(out, "X-Request-Id: abc-1.2\r\n") != NULL);
    raw_ask("GET /a HTTP/1.1\r\n" H "X-Request-Id: a\"b\r\n\r\n", out);
    ck_assert(strstr(out, "a\"b") == NULL);
    ck_assert(strstr(out, "X-Request-Id: 0") != NULL);
}
END_TEST

START_TEST(blanks_around_a_value_are_no_part_of_it)
{
    char out[RAW_REPLY];

    ck_assert_int_eq(raw_ask("GET /a HTTP/1.1\r\n" H
                             "X-Request-Id: \t mine-1 \t \r\n\r\n",
                             out),
                     200);
    ck_assert(strstr(out, "X-Request-Id: mine-1\r\n") != NULL);
}
END_TEST

START_TEST(head_options_and_wrong_methods)
{
    char out[RAW_REPLY];

    ck_assert_int_eq(raw_ask("DELETE /a HTTP/1.1\r\n" H "\r\n", out), 405);
    ck_assert(strstr(out, "Allow: GET, HEAD, OPTIONS\r\n") != NULL);
    int fd = raw_dial();
    raw_says(fd, "HEAD /a HTTP/1.1\r\n" H "Connection: close\r\n\r\n");
    ck_assert(raw_hear_all(fd, out));
    close(fd);
    ck_assert_int_eq(raw_status(out), 200);
    ck_assert(strstr(out, "Content-Length: 4\r\n") != NULL);
    ck_assert(strstr(out, "fine") == NULL);
    ck_assert_int_eq(raw_ask("OPTIONS /form HTTP/1.1\r\n" H
                             "Origin: https://a.example\r\n\r\n",
                             out),
                     204);
    ck_assert(strstr(out, "Allow-Origin: https://a.example\r\n") != NULL);
    ck_assert_int_eq(raw_ask("OPTIONS /form HTTP/1.1\r\n" H
                             "Origin: https://evil.example\r\n\r\n",
                             out),
                     403);
    ck_assert_int_eq(
        raw_ask("POST /form HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n", out),
        303);
}
END_TEST

START_TEST(large_bodies_are_refused_before_they_are_read)
{
    char out[RAW_REPLY];
    int fd = raw_dial();

    raw_says(fd, "POST /echo HTTP/1.1\r\n" H "Content-Length: 1001\r\n\r\n");
    ck_assert(raw_hear_all(fd, out));
    ck_assert_int_eq(raw_status(out), 413);
    close(fd);
    fd = raw_dial();
    raw_says(fd,
             "POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 100000; i++)
        if (send(fd, "4\r\nabcd\r\n", 9, MSG_NOSIGNAL) != 9)
            break;
    ck_assert(raw_hear_all(fd, out));
    ck_assert_int_eq(raw_status(out), 413);
    ck_assert_int_eq(raw_served, 0);
    close(fd);
    ck_assert_int_eq(raw_ask("POST /echo HTTP/1.1\r\n" H "X-Refuse: 1\r\n"
                             "Content-Length: 9\r\n\r\n",
                             out),
                     401);
}
END_TEST

/* A client that sends all before it reads would lose a reset answer. */
START_TEST(a_refusal_is_heard_by_who_sends_on)
{
    static char piece[1 << 16];
    static const char *const starts[] = {
        "POST /echo HTTP/1.1\r\n" H "Content-Length: 16777216\r\n\r\n",
        "POST /echo HTTP/1.1\r\n" H
        "Transfer-Encoding: chunked\r\n\r\n1000000\r\n",
        "POST /nowhere HTTP/1.1\r\n" H "Content-Length: 16777216\r\n\r\n"};
    char out[RAW_REPLY];
    int fd = raw_dial();

    raw_says(fd, starts[_i]);
    for (int i = 0; i < 256; i++)
        for (size_t at = 0; at < sizeof(piece);) {
            ssize_t n = send(fd, piece + at, sizeof(piece) - at, MSG_NOSIGNAL);

            ck_assert_msg(n > 0, "reset after %d pieces", i);
            at += (size_t)n;
        }
    ck_assert(raw_hear_all(fd, out));
    ck_assert_int_eq(raw_status(out), _i == 2 ? 404 : 413);
    ck_assert_int_eq(raw_count(out, "HTTP/1.1 "), 1);
    close(fd);
}
END_TEST

START_TEST(large_headers_are_refused)
{
    static char request[40000];
    char out[RAW_REPLY];
    int n = snprintf(request, sizeof(request), "GET /");

    memset(request + n, 'a', 20000);
    strcpy(request + n + 20000, " HTTP/1.1\r\n" H "\r\n");
    ck_assert_int_eq(raw_ask(request, out), 414);
    n = snprintf(request, sizeof(request), "GET /a HTTP/1.1\r\n" H "X: ");
    memset(request + n, 'a', 20000);
    strcpy(request + n + 20000, "\r\n\r\n");
    ck_assert_int_eq(raw_ask(request, out), 431);
}
END_TEST

START_TEST(a_sink_takes_the_body_in_pieces)
{
    static char piece[50000];
    char out[RAW_REPLY];
    int fd = raw_dial();

    memset(piece, 'p', sizeof(piece));
    raw_says(fd, "POST /sink HTTP/1.1\r\n" H "Content-Length: 100000\r\n\r\n");
    raw_say(fd, piece, sizeof(piece));
    raw_say(fd, piece, sizeof(piece));
    raw_hear_one(fd, out);
    ck_assert_int_eq(raw_status(out), 200);
    ck_assert_uint_eq(raw_sunk, 100000);
    raw_says(fd, "POST /sink HTTP/1.1\r\n" H "Content-Length: 9\r\n\r\nab!");
    ck_assert(raw_hear_all(fd, out));
    ck_assert_int_eq(raw_status(out), 400);
    close(fd);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("http_raw");

    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, raw_start, raw_stop);
    tcase_add_test(t, bytes_beyond_the_request_close_after_its_answer);
    tcase_add_test(t, chunked_bodies_are_read_and_close);
    tcase_add_test(t, chunks_may_carry_extensions_and_a_trailer);
    tcase_add_loop_test(t, endless_extensions_and_trailers_are_refused, 0, 4);
    tcase_add_test(t, connections_are_kept_for_ordinary_requests);
    tcase_add_test(t, arguments_and_parameters_are_decoded);
    tcase_add_test(t, request_ids_are_echoed_when_sane);
    tcase_add_test(t, blanks_around_a_value_are_no_part_of_it);
    tcase_add_test(t, head_options_and_wrong_methods);
    tcase_add_test(t, large_bodies_are_refused_before_they_are_read);
    tcase_add_loop_test(t, a_refusal_is_heard_by_who_sends_on, 0, 3);
    tcase_add_test(t, large_headers_are_refused);
    tcase_add_test(t, a_sink_takes_the_body_in_pieces);
    return unit_run(t, "http_raw");
}
