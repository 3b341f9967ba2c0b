/* Slow, rude and too many clients: each is cut or told so in time, and
 * stopping answers all who wait. */
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
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
/* Send byte after byte until the peer closes. @return milliseconds it took */
static int64_t drip(int fd, const char *s, char out[RAW_REPLY])
{
    int64_t start_ms = clock_mono_ms();
    struct timeval pause = {.tv_usec = 20000};

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &pause, sizeof(pause));
    for (; *s; s++) {
        ssize_t n;

        send(fd, s, 1, MSG_NOSIGNAL);
        n = recv(fd, out, RAW_REPLY - 1, 0);
        if (n >= 0) {
            out[n] = '\0';
            break;
        }
    }
    return clock_mono_ms() - start_ms;
}

START_TEST(dripped_headers_and_bodies_are_cut)
{
    char out[RAW_REPLY], many[2000];
    int fd = raw_dial();
    int64_t ms;

    memset(many, 'a', sizeof(many));
    many[sizeof(many) - 1] = '\0';
    raw_says(fd, "GET /a HTTP/1.1\r\n" H "X: ");
    ms = drip(fd, many, out);
    ck_assert_int_eq(raw_status(out), 408);
    ck_assert_int_ge(ms, 250);
    ck_assert_int_le(ms, 2000);
    close(fd);
    fd = raw_dial();
    raw_says(fd, "POST /echo HTTP/1.1\r\n" H "Content-Length: 999\r\n\r\n");
    ms = drip(fd, many, out);
    ck_assert_int_eq(raw_status(out), 408);
    ck_assert_int_le(ms, 2000);
    close(fd);
    fd = raw_dial(); /* says nothing at all */
    ck_assert(raw_hear_all(fd, out));
    close(fd);
    ck_assert_int_eq(raw_served, 0);
    ck_assert(raw_comes_to(&raw_cuts, 1));
}
END_TEST

START_TEST(slow_readers_are_cut)
{
    int fd = raw_dial(), small = 4096;

    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    raw_says(fd, "GET /big HTTP/1.1\r\n" H "\r\n");
    ck_assert(raw_comes_to(&raw_cuts, 1)); /* never reads */
    close(fd);
}
END_TEST

START_TEST(a_body_cut_short_never_reaches_the_handler)
{
    for (int i = 0; i < 20; i++) {
        int fd = raw_dial();

        raw_says(fd,
                 "POST /echo HTTP/1.1\r\n" H "Content-Length: 9\r\n\r\nabc");
        close(fd);
    }
    ck_assert(raw_comes_to(&raw_afters, 20));
    ck_assert_int_eq(raw_cuts, 20);
    ck_assert_int_eq(raw_served, 0);
}
END_TEST

START_TEST(an_instant_answer_is_not_lost)
{
    char out[RAW_REPLY];
    int fd = raw_dial();

    for (int i = 0; i < 200; i++) {
        raw_says(fd,
                 "POST /instant HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n");
        raw_hear_one(fd, out);
        ck_assert_int_eq(raw_status(out), 200);
        ck_assert(strstr(out, "now") != NULL);
    }
    close(fd);
}
END_TEST

START_TEST(deadlines_answer_503_and_late_results_are_freed)
{
    char out[RAW_REPLY];

    ck_assert_int_eq(
        raw_ask("POST /short HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n", out),
        503);
    ck_assert(strstr(out, "Retry-After: ") != NULL);
    ck_assert(strstr(out, "1093") != NULL);
    raw_give_all(ERR_OK);
    ck_assert_int_eq(raw_freed, 1);
    ck_assert_int_eq(raw_ask("GET /wait?ms=30 HTTP/1.1\r\n" H "\r\n", out),
                     200);
    ck_assert(strstr(out, "none") != NULL);
}
END_TEST

START_TEST(a_client_that_leaves_while_parked_harms_nothing)
{
    int fd = raw_dial();

    raw_says(fd, "POST /park HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n");
    raw_wait_held(1);
    close(fd);
    raw_give_all(ERR_OK);
    ck_assert(raw_comes_to(&raw_afters, 1));
    ck_assert(raw_comes_to(&raw_freed, 1));
}
END_TEST

/* Whoever still sends hears why, and none of it is taken. */
START_TEST(a_body_refused_while_it_paused_is_not_taken_any_further)
{
    char out[RAW_REPLY], more[60000];
    int fd = raw_dial();

    memset(more, '?', sizeof(more));
    raw_says(fd, "POST /sink HTTP/1.1\r\n" H "Content-Length: 900000\r\n\r\n?");
    raw_wait_held(1);
    raw_say(fd, more, sizeof(more));
    raw_give(ERR_BUSY, NULL);
    ck_assert(raw_hear_all(fd, out));
    ck_assert_int_eq(raw_status(out), 503);
    close(fd);
    ck_assert(raw_comes_to(&raw_afters, 1));
    ck_assert_uint_eq(raw_sunk, 1);
    ck_assert_int_eq(raw_ask("GET /a HTTP/1.1\r\n" H "\r\n", out), 200);
}
END_TEST

START_TEST(overload_answers_503_at_once)
{
    char out[RAW_REPLY];
    int fd[3];

    raw_stop();
    raw_start_with(3, 0);
    for (int i = 0; i < 3; i++) {
        fd[i] = raw_dial();
        raw_says(fd[i],
                 "POST /park HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n");
    }
    raw_wait_held(3);
    ck_assert_int_eq(
        raw_ask("POST /park HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n", out),
        503);
    ck_assert(strstr(out, "1091") != NULL);
    ck_assert_int_eq(raw_ask("GET /a HTTP/1.1\r\n" H "\r\n", out), 200);
    ck_assert_int_eq(raw_ask("GET /wait HTTP/1.1\r\n" H "\r\n", out), 200);
    raw_give_all(ERR_OK);
    for (int i = 0; i < 3; i++) {
        raw_hear_one(fd[i], out);
        ck_assert_int_eq(raw_status(out), 200);
        close(fd[i]);
    }
}
END_TEST

START_TEST(one_address_has_only_so_many_connections)
{
    char out[RAW_REPLY];
    int fd[10], closed = 0;

    raw_stop();
    raw_start_with(0, 4);
    for (int i = 0; i < 10; i++)
        fd[i] = raw_dial();
    for (int i = 0; i < 10; i++) {
        send(fd[i], NEXT, sizeof(NEXT) - 1, MSG_NOSIGNAL);
        raw_hear_one(fd[i], out);
        closed += raw_status(out) == 0;
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
    char out[RAW_REPLY];

    for (int i = 0; i < N; i++) {
        fd[i] = raw_dial();
        raw_says(fd[i], "GET /wait HTTP/1.1\r\n" H "\r\n");
    }
    raw_wait_held(N);
    raw_give_all(ERR_OK);
    for (int i = 0; i < N; i++) {
        raw_hear_one(fd[i], out);
        ck_assert(strstr(out, "news") != NULL);
        close(fd[i]);
    }
}
END_TEST

static void *give_later(void *arg)
{
    usleep(100000); /* while http_stop waits */
    raw_give_all(ERR_OK);
    return arg;
}

START_TEST(stopping_answers_all_who_wait)
{
    char out[RAW_REPLY];
    int fd[20], poll_fd = raw_dial();
    pthread_t t;

    raw_says(poll_fd, "GET /wait HTTP/1.1\r\n" H "\r\n");
    for (int i = 0; i < 20; i++) {
        fd[i] = raw_dial();
        raw_says(fd[i],
                 "POST /park HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n");
    }
    raw_wait_held(21);
    if (_i == 0)
        pthread_create(&t, NULL, give_later, NULL);
    http_stop(raw_server, _i == 0 ? RAW_HEAR_MS : 50);
    for (int i = 0; i < 20; i++) {
        ck_assert(raw_hear_all(fd[i], out));
        ck_assert_int_eq(raw_status(out), _i == 0 ? 200 : 503);
        close(fd[i]);
    }
    ck_assert(raw_hear_all(poll_fd, out));
    ck_assert_int_eq(raw_status(out), 200);
    close(poll_fd);
    if (_i == 0)
        pthread_join(t, NULL);
    raw_give_all(ERR_OK);
    ck_assert_int_eq(raw_afters, 21);
    raw_server = NULL;
}
END_TEST

START_TEST(newcomers_are_refused_once_it_stops)
{
    struct sockaddr_in sa = {.sin_family = AF_INET,
                             .sin_port = htons(raw_port)};
    int64_t end = clock_mono_ms() + RAW_HEAR_MS;
    char out[RAW_REPLY];
    int rc, fd = raw_dial();

    raw_says(fd, "POST /park HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n");
    raw_wait_held(1);
    http_quiesce(raw_server);
    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    do {
        int late = socket(AF_INET, SOCK_STREAM, 0);

        rc = connect(late, (struct sockaddr *)&sa, sizeof(sa));
        close(late);
    } while (rc == 0 && clock_mono_ms() < end);
    ck_assert_int_eq(rc, -1);
    raw_give_all(ERR_OK); /* what was in flight is still answered, and closes */
    ck_assert(raw_hear_all(fd, out));
    ck_assert_int_eq(raw_status(out), 200);
    ck_assert(strstr(out, "Connection: close") != NULL);
    close(fd);
}
END_TEST

#define HELD_MS 1500 /* far longer than a thread that looks waits */

static bool comes_to_be_held(bool held)
{
    const struct timespec step = {0, 10000000};

    for (int i = 0; i < RAW_HEAR_MS / 10; i++) {
        if ((http_stalled_ms(raw_server) >= HELD_MS) == held)
            return true;
        nanosleep(&step, NULL);
    }
    return false;
}

START_TEST(a_thread_that_a_handler_holds_is_noticed)
{
    char out[RAW_REPLY];
    int fd = raw_dial();

    raw_says(fd, "GET /stuck HTTP/1.1\r\n" RAW_HOST "\r\n");
    ck_assert(comes_to_be_held(true));
    raw_let_go = true;
    raw_hear_one(fd, out);
    ck_assert_int_eq(raw_status(out), 200);
    ck_assert(comes_to_be_held(false));
    close(fd);
}
END_TEST

START_TEST(memory_running_out_answers_500)
{
    char out[RAW_REPLY];

    ck_assert_int_eq(raw_ask("GET /hungry HTTP/1.1\r\n" H "\r\n", out), 500);
    ck_assert_int_eq(raw_ask("GET /a HTTP/1.1\r\n" H "\r\n", out), 200);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("http_limits");

    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, raw_start, raw_stop);
    tcase_add_test(t, dripped_headers_and_bodies_are_cut);
    tcase_add_test(t, slow_readers_are_cut);
    tcase_add_test(t, a_body_cut_short_never_reaches_the_handler);
    tcase_add_test(t, an_instant_answer_is_not_lost);
    tcase_add_test(t, deadlines_answer_503_and_late_results_are_freed);
    tcase_add_test(t, a_client_that_leaves_while_parked_harms_nothing);
    tcase_add_test(t, a_body_refused_while_it_paused_is_not_taken_any_further);
    tcase_add_test(t, overload_answers_503_at_once);
    tcase_add_test(t, one_address_has_only_so_many_connections);
    tcase_add_test(t, a_thousand_long_polls_are_all_answered);
    tcase_add_loop_test(t, stopping_answers_all_who_wait, 0, 2);
    tcase_add_test(t, newcomers_are_refused_once_it_stops);
    tcase_add_test(t, a_thread_that_a_handler_holds_is_noticed);
    tcase_add_test(t, memory_running_out_answers_500);
    return unit_run(t, "http_limits");
}
