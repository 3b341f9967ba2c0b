#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "http/guard.h"

#define TEXT(s) s, sizeof(s) - 1
#define CHUNKED(s)                                                             \
    TEXT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" s)

static const struct {
    const char *p;
    size_t n;
    enum err err;
    int64_t length;
    bool chunked, keep;
    uint64_t extra_bytes;
} cases[] = {
    {TEXT("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), ERR_OK, 0, false, true, 0},
    {TEXT("GET / HTTP/1.0\r\n\r\n"), ERR_OK, 0, false, true, 0},
    {TEXT("GET /a?b=%20%2f HTTP/1.1\r\nhOsT:\t[::1]:80 \r\n\r\n"), ERR_OK, 0,
     false, true, 0},
    {TEXT("POST / HTTP/1.1\r\nHost: a\r\ncontent-length: 5\r\n\r\nab"), ERR_OK,
     5, false, true, 2},
    {TEXT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcdef"),
     ERR_OK, 5, false, false, 6},
    {TEXT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n"),
     ERR_OK, 0, true, false, 0},
    {TEXT("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET"), ERR_OK, 0, false, false, 3},
    {TEXT("GET / HTTP/1.1\r\nHost: a\r\nX: \xc3\xa9\r\n\r\n"), ERR_OK, 0, false,
     true, 0},
    {TEXT("GET / HTTP/1.1\r\n\r\n"), ERR_BAD_REQUEST, 0, false, false, 0},
    {TEXT("GET / HTTP/1.1\r\nHost: a\r\nX:\0\r\n\r\n"), ERR_BAD_REQUEST, 0,
     false, false, 0},
    {TEXT("GET /%000 HTTP/1.1\r\n"), ERR_BAD_REQUEST, 0, false, false, 0},
    {TEXT("GET /%0%00 HTTP/1.1\r\n"), ERR_BAD_REQUEST, 0, false, false, 0},
    {TEXT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, "
          "identityandverymuchmore\r\n\r\n"),
     ERR_BAD_REQUEST, 0, false, false, 0},
    {TEXT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: "
          "0000000000000000000000000005\r\n\r\n"),
     ERR_BAD_REQUEST, 0, false, false, 0},
    {TEXT("GET / HTTP/1.1\r\nHost: a \t\r\n\r\n"), ERR_OK, 0, false, true, 0},
    {TEXT("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), ERR_BAD_REQUEST, 0, false,
     false, 0},
    {TEXT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5 \r\n\r\n"),
     ERR_BAD_REQUEST, 0, false, false, 0},
    {TEXT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5"
          "                              6\r\n\r\n"),
     ERR_BAD_REQUEST, 0, false, false, 0},
    {TEXT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked \r\n\r\n"),
     ERR_BAD_REQUEST, 0, false, false, 0},
    {TEXT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked"
          "                              x\r\n\r\n"),
     ERR_BAD_REQUEST, 0, false, false, 0},
    {CHUNKED("a;x=\"y z\"\r\n0123456789\r\n0\r\nX: \r\n\r\nGET"), ERR_OK, 0,
     true, false, 36},
    {CHUNKED("0A\r\n012345"), ERR_OK, 0, true, false, 10},
    {CHUNKED("\r\n"), ERR_BAD_REQUEST, 0, true, false, 0},
    {CHUNKED("g\r\n"), ERR_BAD_REQUEST, 0, true, false, 0},
    {CHUNKED("-1\r\n"), ERR_BAD_REQUEST, 0, true, false, 0},
    {CHUNKED("0x2\r\n"), ERR_BAD_REQUEST, 0, true, false, 0},
    {CHUNKED(" 2\r\n"), ERR_BAD_REQUEST, 0, true, false, 0},
    {CHUNKED("2 \r\n"), ERR_BAD_REQUEST, 0, true, false, 0},
    {CHUNKED("2\n{}"), ERR_BAD_REQUEST, 0, true, false, 0},
    {CHUNKED("2;a\nb\r\n"), ERR_BAD_REQUEST, 0, true, false, 0},
    {CHUNKED("2\r\n{}3\r\n"), ERR_BAD_REQUEST, 0, true, false, 0},
    {CHUNKED("2\r\n{}\n0\r\n"), ERR_BAD_REQUEST, 0, true, false, 0},
    {CHUNKED("FFFFFFFFFFFFF\r\n"), ERR_BAD_REQUEST, 0, true, false, 0},
    {CHUNKED("0\r\nX y: z\r\n\r\n"), ERR_BAD_REQUEST, 0, true, false, 0},
    {CHUNKED("0\r\nX\r\n\r\n"), ERR_BAD_REQUEST, 0, true, false, 0},
    {CHUNKED("0\r\n: x\r\n\r\n"), ERR_BAD_REQUEST, 0, true, false, 0},
    {CHUNKED("0\r\nX: \0\r\n\r\n"), ERR_BAD_REQUEST, 0, true, false, 0},
    {CHUNKED("0\r\n\rX"), ERR_BAD_REQUEST, 0, true, false, 0},
};

/* The verdict must not depend on how the bytes are cut up. */
static void scan_in(size_t step)
{
    for (size_t c = 0; c < ARRAY_LEN(cases); c++) {
        struct guard g;
        enum err e = ERR_OK;

        guard_reset(&g);
        for (size_t i = 0; e == ERR_OK && i < cases[c].n; i += step)
            e = guard_scan(&g, cases[c].p + i, MIN(step, cases[c].n - i));
        ck_assert_msg(e == cases[c].err, "case %zu step %zu: %d", c, step, e);
        if (e != ERR_OK)
            continue;
        ck_assert(guard_has_header(&g));
        ck_assert_int_eq(g.length, cases[c].length);
        ck_assert_int_eq(g.chunked, cases[c].chunked);
        ck_assert_int_eq(guard_may_keep(&g), cases[c].keep);
        ck_assert_uint_eq(g.extra_bytes, cases[c].extra_bytes);
    }
}

START_TEST(verdicts_do_not_depend_on_packets)
{
    scan_in((size_t)_i);
}
END_TEST

START_TEST(sizes_are_limited)
{
    static char text[20000];
    struct guard g;

    memset(text, 'a', sizeof(text));
    guard_reset(&g);
    ck_assert_int_eq(guard_scan(&g, TEXT("GET /")), ERR_OK);
    ck_assert_int_eq(guard_scan(&g, text, sizeof(text)), ERR_URI_TOO_LONG);
    guard_reset(&g);
    ck_assert_int_eq(guard_scan(&g, TEXT("GET / HTTP/1.1\r\nX: ")), ERR_OK);
    ck_assert_int_eq(guard_scan(&g, text, sizeof(text)), ERR_HEADERS_TOO_LARGE);
    guard_reset(&g);
    ck_assert_int_eq(guard_scan(&g, TEXT("GET / HTTP/1.1\r\n")), ERR_OK);
    for (int i = 0; i < GUARD_FIELDS_MAX; i++)
        ck_assert_int_eq(guard_scan(&g, TEXT("X: a\r\n")), ERR_OK);
    ck_assert_int_eq(guard_scan(&g, TEXT("X: a\r\n")), ERR_HEADERS_TOO_LARGE);
}
END_TEST

START_TEST(lines_between_chunks_are_limited)
{
    static char text[20000];
    struct guard g;

    memset(text, 'a', sizeof(text));
    guard_reset(&g);
    ck_assert_int_eq(guard_scan(&g, CHUNKED("4e20\r\n")), ERR_OK);
    ck_assert_int_eq(guard_scan(&g, text, sizeof(text)), ERR_OK);
    ck_assert_int_eq(guard_scan(&g, TEXT("\r\n1;")), ERR_OK);
    ck_assert_int_eq(guard_scan(&g, text, sizeof(text)), ERR_BAD_REQUEST);
    guard_reset(&g);
    ck_assert_int_eq(guard_scan(&g, CHUNKED("0\r\nX:")), ERR_OK);
    ck_assert_int_eq(guard_scan(&g, text, sizeof(text)), ERR_BAD_REQUEST);
    guard_reset(&g);
    ck_assert_int_eq(guard_scan(&g, CHUNKED("0\r\n")), ERR_OK);
    for (int i = 0; i < CHUNKS_TRAILER_MAX_BYTES / 4; i++)
        ck_assert_int_eq(guard_scan(&g, TEXT("X: a\r\n")), ERR_OK);
    ck_assert_int_eq(guard_scan(&g, TEXT("X: a\r\n")), ERR_BAD_REQUEST);
}
END_TEST

/* Whatever comes: no crash, and a refusal is final. */
START_TEST(noise_is_survived)
{
    for (int round = 0; round < 20000; round++) {
        char noise[64];
        struct guard g;

        guard_reset(&g);
        crypto_random(noise, sizeof(noise));
        if (round % 2) {
            size_t at = (size_t)(unsigned char)noise[0] % 28;
            char c = noise[1];

            memcpy(noise, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 28);
            noise[at] = c;
        }
        if (guard_scan(&g, noise, sizeof(noise)) != ERR_OK)
            ck_assert(guard_scan(&g, TEXT("GET / HTTP/1.1\r\n")) != ERR_OK);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("guard");
    TCase *t = tcase_create("scan");
    SRunner *r;
    int failed;

    tcase_add_loop_test(t, verdicts_do_not_depend_on_packets, 1, 80);
    tcase_add_test(t, sizes_are_limited);
    tcase_add_test(t, lines_between_chunks_are_limited);
    tcase_add_test(t, noise_is_survived);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? 1 : 0;
}
