/* Requests that two servers in a row might read differently, and others that
 * are no HTTP: refused, and nothing behind them runs. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "lib/raw_server.h"
#include "unit.h"

#define H       RAW_HOST
#define NEXT    "GET /a HTTP/1.1\r\n" H "\r\n"
#define CHUNKED "POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n"
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
    BAD("POST /echo HTTP/1.1\r\n" H "Content-Length: 3 \r\n\r\nabc" NEXT),
    BAD("POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: chunked"
        "                    x\r\n\r\n0\r\n\r\n" NEXT),
    BAD("POST /echo HTTP/1.1\r\n" H
        "Transfer-Encoding: chunked\t\r\n\r\n0\r\n\r\n" NEXT),
    BAD("POST /echo HTTP/1.1\r\n" H
        "Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n" NEXT),
    BAD("POST /echo HTTP/1.1\r\n" H
        "Transfer-Encoding: chunked\r\n\r\n1\na\n0\n\n" NEXT),
    BAD("POST /echo HTTP/1.1\r\n" H
        "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n" NEXT),
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
    BAD(CHUNKED "2;a=\nb\r\nab\r\n0\r\n\r\n" NEXT),
    BAD(CHUNKED "2;a=\0b\r\nab\r\n0\r\n\r\n" NEXT),
    BAD(CHUNKED "2\nab\n0\n\n" NEXT),
    BAD(CHUNKED "2\rab\r0\r\r" NEXT),
    BAD(CHUNKED " 2\r\nab\r\n0\r\n\r\n" NEXT),
    BAD(CHUNKED "2 \r\nab\r\n0\r\n\r\n" NEXT),
    BAD(CHUNKED "+2\r\nab\r\n0\r\n\r\n" NEXT),
    BAD(CHUNKED "-2\r\nab\r\n0\r\n\r\n" NEXT),
    BAD(CHUNKED "0x2\r\nab\r\n0\r\n\r\n" NEXT),
    BAD(CHUNKED "\r\nab\r\n0\r\n\r\n" NEXT),
    BAD(CHUNKED ";a\r\nab\r\n0\r\n\r\n" NEXT),
    BAD(CHUNKED "2\r\nabcd0\r\n\r\n" NEXT),
    BAD(CHUNKED "2\r\nab\n0\r\n\r\n" NEXT),
    BAD(CHUNKED "2\r\nab\r\n0\r\nX: a\nb\r\n\r\n" NEXT),
    BAD(CHUNKED "2\r\nab\r\n0\r\nX: a\0b\r\n\r\n" NEXT),
    BAD(CHUNKED "2\r\nab\r\n0\r\n\rGET" NEXT),
    BAD("\0GET /a HTTP/1.1\r\n" H "\r\n" NEXT),
};

START_TEST(malformed_requests_get_400_and_nothing_after_them_runs)
{
    char out[RAW_REPLY];
    int fd = raw_dial();

    raw_say(fd, refused[_i].p, refused[_i].n);
    ck_assert_msg(raw_hear_all(fd, out), "row %d: not closed", _i);
    ck_assert_msg(raw_status(out) == refused[_i].status, "row %d: %s", _i, out);
    ck_assert_int_eq(raw_count(out, "HTTP/1.1 "), 1);
    ck_assert(strstr(out, "Connection: close") != NULL);
    ck_assert(strstr(out, "application/problem+json") != NULL);
    ck_assert_int_eq(raw_served, 0);
    close(fd);
}
END_TEST

START_TEST(malformed_requests_in_single_bytes_are_refused_too)
{
    char out[RAW_REPLY];
    int fd = raw_dial();

    for (size_t i = 0; i < refused[_i].n; i++)
        if (send(fd, refused[_i].p + i, 1, MSG_NOSIGNAL) != 1)
            break; /* closed already */
    ck_assert(raw_hear_all(fd, out));
    ck_assert_int_eq(raw_served, 0);
    ck_assert_int_le(raw_count(out, "HTTP/1.1 "), 1);
    close(fd);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("http_smuggling");

    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, raw_start, raw_stop);
    tcase_add_loop_test(t,
                        malformed_requests_get_400_and_nothing_after_them_runs,
                        0, (int)ARRAY_LEN(refused));
    tcase_add_loop_test(t, malformed_requests_in_single_bytes_are_refused_too,
                        0, (int)ARRAY_LEN(refused));
    return unit_run(t, "http_smuggling");
}
