/* server/base: clocks and zones, text, escaping, ids, encodings, arenas. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/str.h"
#include "unit.h"

START_TEST(rfc_3339_in)
{
    static const struct {
        const char *text;
        int64_t ms; /* -1: refused */
    } CASES[] = {{"1970-01-01T00:00:00Z", 0},
                 {"1970-01-01T00:00:00.001Z", 1},
                 {"2026-06-15T09:00:00Z", 1781514000000},
                 {"2026-06-15T16:00:00+07:00", 1781514000000},
                 {"2026-06-15t09:00:00z", 1781514000000},
                 {"2026-06-15 09:00:00Z", 1781514000000},
                 {"2026-06-15T09:00:00.9999999Z", 1781514000999},
                 {"2026-06-15T09:00:00.5Z", 1781514000500},
                 {"2026-06-15T03:30:00-05:30", 1781514000000},
                 {"2024-02-29T00:00:00Z", 1709164800000},
                 {"2000-02-29T00:00:00Z", 951782400000},
                 {"2016-12-31T23:59:60Z", 1483228800000},
                 {"9999-12-31T23:59:59.999Z", TIME_MAX_MS},
                 {"9999-12-31T23:59:59.999-00:01", -1},
                 {"1969-12-31T23:59:59Z", -1},
                 {"1970-01-01T00:00:00+00:01", -1},
                 {"2023-02-29T00:00:00Z", -1},
                 {"2100-02-29T00:00:00Z", -1},
                 {"2026-13-01T00:00:00Z", -1},
                 {"2026-00-01T00:00:00Z", -1},
                 {"2026-04-31T00:00:00Z", -1},
                 {"2026-06-15T24:00:00Z", -1},
                 {"2026-06-15T09:60:00Z", -1},
                 {"2026-06-15T09:00:61Z", -1},
                 {"2026-06-15T09:00:00", -1},
                 {"2026-06-15T09:00Z", -1},
                 {"2026-06-15T09:00:00.Z", -1},
                 {"2026-06-15T09:00:00+0700", -1},
                 {"2026-06-15T09:00:00+24:00", -1},
                 {"2026-06-15T09:00:00Zx", -1},
                 {"2026-06-15", -1},
                 {"26-06-15T09:00:00Z", -1},
                 {"+2026-06-15T09:00:00Z", -1},
                 {"", -1}};

    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        int64_t ms = -1;
        bool ok = time_parse(CASES[i].text, &ms);

        ck_assert_msg(ok == (CASES[i].ms >= 0) && ms == CASES[i].ms, "%s: %lld",
                      CASES[i].text, (long long)ms);
    }
    ck_assert(!time_parse(NULL, &(int64_t){0}));
}
END_TEST

START_TEST(rfc_3339_out_and_in_again)
{
    char text[TIME_TEXT_BYTES];
    int64_t ms;

    ck_assert_str_eq(time_format(1781514000007, text),
                     "2026-06-15T09:00:00.007Z");
    ck_assert_str_eq(time_format(-1, text), "1969-12-31T23:59:59.999Z");
    for (int64_t t = 0; t < TIME_MAX_MS; t += 86398765432) {
        ck_assert(time_parse(time_format(t, text), &ms));
        ck_assert_int_eq(ms, t);
    }
    for (int64_t day = -1000; day < 100000; day += 7) {
        int64_t y;
        unsigned m, d;

        civil_from_days(day, &y, &m, &d);
        ck_assert_int_eq(days_from_civil(y, m, d), day);
    }
    ck_assert(date_parse("2024-02-29", &ms));
    ck_assert_str_eq(date_format(ms, text), "2024-02-29");
    ck_assert(!date_parse("2024-02-30", &ms) && !date_parse("2024-2-1", &ms) &&
              !date_parse("2024-02-29T", &ms));
}
END_TEST

START_TEST(zones)
{
    struct tz *hcm = tz_load("Asia/Ho_Chi_Minh");
    struct tz *berlin = tz_load("Europe/Berlin");
    int64_t before, after, day;

    ck_assert(hcm && berlin);
    ck_assert(!tz_load("Nowhere/City") && !tz_load("../etc/passwd") &&
              !tz_load("/etc/passwd") && !tz_load("") && !tz_load(NULL) &&
              !tz_load("Asia"));
    ck_assert_int_eq(tz_offset_ms(hcm, 1781514000000), 7 * HOUR_MS);
    ck_assert_int_eq(tz_offset_ms(NULL, 1781514000000), 0);
    ck_assert(time_parse("2026-06-15T17:00:00Z", &after));
    ck_assert_int_eq(tz_day(hcm, after), tz_day(hcm, after - 1) + 1);
    ck_assert_int_eq(tz_day_start(hcm, tz_day(hcm, after)), after);
    /* the clock goes on at 01:00Z, back in October at 01:00Z */
    ck_assert(time_parse("2026-03-29T01:00:00Z", &after));
    before = after - 1;
    ck_assert_int_eq(tz_offset_ms(berlin, before), HOUR_MS);
    ck_assert_int_eq(tz_offset_ms(berlin, after), 2 * HOUR_MS);
    day = tz_day(berlin, after);
    ck_assert_int_eq(tz_day_start(berlin, day + 1) - tz_day_start(berlin, day),
                     23 * HOUR_MS);
    ck_assert(date_parse("2026-10-25", &day));
    ck_assert_int_eq(tz_day_start(berlin, day + 1) - tz_day_start(berlin, day),
                     25 * HOUR_MS);
    tz_free(hcm);
    tz_free(berlin);
}
END_TEST

START_TEST(numbers_and_text)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t v;
    } CASES[] = {{"0", true, 0},
                 {"-12", true, -12},
                 {"+7", true, 7},
                 {"9223372036854775807", true, INT64_MAX},
                 {"-9223372036854775808", true, INT64_MIN},
                 {"9223372036854775808", false, 0},
                 {"-9223372036854775809", false, 0},
                 {"", false, 0},
                 {"-", false, 0},
                 {" 1", false, 0},
                 {"1 ", false, 0},
                 {"0x1", false, 0}};
    char line[] = " \t ab c\r\n";

    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        int64_t v = 0;

        ck_assert_msg(str_to_i64(CASES[i].text, &v) == CASES[i].ok, "%s",
                      CASES[i].text);
        ck_assert_int_eq(CASES[i].ok ? v : 0, CASES[i].v);
    }
    ck_assert_str_eq(str_trim(line), "ab c");
    ck_assert(str_eq(NULL, NULL) && !str_eq("a", NULL) && !str_eq("a", "A"));
    ck_assert(str_eq_nocase("aZ", "Az") && str_starts("abc", "ab") &&
              !str_starts("a", "ab"));
}
END_TEST

START_TEST(utf8)
{
    static const char *const BAD[] = {"\x80",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xe0\x80\x80",
                                      "\xed\xa0\x80",
                                      "\xf0\x80\x80\x80",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xe2\x82",
                                      "\xff"};
    static const uint32_t CODES[] = {1,      0x7f,   0x80,   0x7ff,   0x800,
                                     0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff};

    for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
        ck_assert_msg(!utf8_valid(BAD[i], strlen(BAD[i])), "case %zu", i);
    ck_assert(!utf8_valid("a\0b", 3) && utf8_valid("", 0));
    for (size_t i = 0; i < ARRAY_LEN(CODES); i++) {
        char out[4];
        size_t n = utf8_encode(CODES[i], out);

        ck_assert_uint_eq(utf8_len(out, n), n);
        ck_assert_uint_eq(utf8_decode(out, n), CODES[i]);
        ck_assert_uint_eq(utf8_len(out, n - 1), 0);
    }
}
END_TEST

START_TEST(json_strings)
{
    static const char IN[] = "a\"\\\n\t\x01\x1f\xc3\xa9\xff/\0z";
    AUTO(buf_release) struct buf b = BUF_INIT;

    ck_assert_int_eq(buf_json_str(&b, IN, sizeof(IN) - 1), ERR_OK);
    ck_assert_str_eq(b.ptr, "\"a\\\"\\\\\\n\\t\\u0001\\u001f\xc3\xa9"
                            "\xef\xbf\xbd/\\u0000z\"");
    buf_clear(&b);
    b.max = 8;
    ck_assert_int_eq(buf_puts(&b, "1234567"), ERR_OK);
    ck_assert_int_eq(buf_puts(&b, "89"), ERR_FULL);
    ck_assert(b.failed && b.len <= 8);
}
END_TEST

START_TEST(ids_ascend)
{
    struct uuid last = uuid_new(1781514000000), u;
    char text[UUID_TEXT_BYTES];

    for (int i = 0; i < 100000; i++) { /* a big batch has one time */
        u = uuid_new(1781514000000);
        ck_assert_msg(uuid_cmp(&last, &u) < 0, "after %d", i);
        last = u;
    }
    u = uuid_new(1781514000001);
    ck_assert_int_lt(uuid_cmp(&last, &u), 0);
    ck_assert_int_eq(uuid_ms(&u), 1781514000001);
    ck_assert_str_eq(uuid_format(&u, text) + 14, text + 14);
    ck_assert(text[14] == '7' && strchr("89ab", text[19]));
    last = uuid_floor(1781514000001);
    ck_assert_int_lt(uuid_cmp(&last, &u), 0);
    last = uuid_floor(1781514000002);
    ck_assert_int_gt(uuid_cmp(&last, &u), 0);
    last = uuid_derived(5, "seed", 4);
    u = uuid_derived(5, "seed", 4);
    ck_assert_int_eq(uuid_cmp(&last, &u), 0);
}
END_TEST

START_TEST(ids_read_and_written)
{
    static const char *const BAD[] = {"",
                                      "0190b000-0000-7000-8000-00000000000",
                                      "0190b000-0000-7000-8000-0000000000000",
                                      "0190b0000000-7000-8000-0000000000000",
                                      "0190b000-0000-7000-8000-00000000000g",
                                      "{190b000-0000-7000-8000-000000000001}"};
    char text[UUID_TEXT_BYTES];
    struct uuid u;

    for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
        ck_assert_msg(!uuid_parse(BAD[i], &u), "%s", BAD[i]);
    ck_assert(uuid_parse("0190B000-0000-7000-8000-00000000000F", &u));
    ck_assert_str_eq(uuid_format(&u, text),
                     "0190b000-0000-7000-8000-00000000000f");
    ck_assert(!uuid_is_nil(&u) && uuid_is_nil(&(struct uuid){{0}}));
}
END_TEST

START_TEST(encodings_go_round)
{
    uint8_t bytes[64], back[96];
    char text[160];
    size_t n;

    crypto_random(bytes, sizeof(bytes));
    for (size_t len = 0; len <= sizeof(bytes); len++) {
        base64url_encode(bytes, len, text);
        ck_assert_ptr_null(strpbrk(text, "+/="));
        ck_assert(base64url_decode(text, back, &n));
        ck_assert(n == len && memcmp(bytes, back, len) == 0);
        ck_assert(hex_decode(hex_encode(bytes, len, text), len, back));
        ck_assert(memcmp(bytes, back, len) == 0);
    }
    ck_assert_str_eq(base64url_encode("\xfb\xff", 2, text), "-_8");
    ck_assert(!base64url_decode("a", back, &n) &&
              !base64url_decode("ab=", back, &n) &&
              !base64url_decode("a+bc", back, &n) &&
              !base64url_decode("ab cd", back, &n));
    ck_assert(!hex_decode("0g", 1, back) && !hex_decode("0", 1, back) &&
              !hex_decode("000", 1, back));
    ck_assert(crypto_equal("ab", "ab", 2) && !crypto_equal("ab", "aB", 2));
}
END_TEST

START_TEST(an_arena_stops_at_its_ceiling)
{
    struct arena *a = arena_new(1 << 16);
    volatile size_t got = 0;
    jmp_buf env;

    if (!setjmp(env)) {
        arena_guard(a, &env);
        for (;;) {
            char *p = arena_alloc(a, 1000);

            ck_assert_int_eq(p[999], 0);
            p[999] = 'x';
            got = got + 1000;
        }
    }
    ck_assert_uint_gt(got, 1 << 14);
    ck_assert_uint_le(arena_bytes(a), 1 << 16);
    if (!setjmp(env)) { /* n * size must not wrap */
        arena_guard(a, &env);
        (void)arena_array(a, SIZE_MAX / 2, 4);
        ck_abort_msg("an impossible array was given");
    }
    arena_reset(a);
    arena_guard(a, NULL);
    ck_assert_str_eq(arena_printf(a, "%d-%s", 7, "x"), "7-x");
    ck_assert_ptr_null(arena_strdup(a, NULL));
    arena_free(a);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("base");

    tcase_add_test(tc, rfc_3339_in);
    tcase_add_test(tc, rfc_3339_out_and_in_again);
    tcase_add_test(tc, zones);
    tcase_add_test(tc, numbers_and_text);
    tcase_add_test(tc, utf8);
    tcase_add_test(tc, json_strings);
    tcase_add_test(tc, ids_ascend);
    tcase_add_test(tc, ids_read_and_written);
    tcase_add_test(tc, encodings_go_round);
    tcase_add_test(tc, an_arena_stops_at_its_ceiling);
    return unit_run(tc, "base");
}
