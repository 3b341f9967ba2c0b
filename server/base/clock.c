#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/str.h"

static int64_t read_clock_us(clockid_t id)
{
    struct timespec ts;

    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* Tests that need another "now" set it once, before the process starts. */
static int64_t offset_ms(void)
{
    static int64_t offset;
    static bool known;
    int64_t ms = 0;
    const char *env;

    if (!__atomic_load_n(&known, __ATOMIC_ACQUIRE)) {
        env = getenv("LEADD_CLOCK_OFFSET_MS");
        if (!env || !str_to_i64(env, &ms))
            ms = 0;
        __atomic_store_n(&offset, ms, __ATOMIC_RELAXED);
        __atomic_store_n(&known, true, __ATOMIC_RELEASE);
    }
    return __atomic_load_n(&offset, __ATOMIC_RELAXED);
}

int64_t clock_now_ms(void)
{
    return read_clock_us(CLOCK_REALTIME) / 1000 + offset_ms();
}

int64_t clock_mono_ms(void)
{
    return read_clock_us(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_mono_us(void)
{
    return read_clock_us(CLOCK_MONOTONIC);
}

/* Howard Hinnant's days_from_civil, public domain arithmetic. */
int64_t days_from_civil(int64_t y, unsigned m, unsigned d)
{
    int64_t era;
    unsigned yoe, doy, doe;

    y -= m <= 2;
    era = (y >= 0 ? y : y - 399) / 400;
    yoe = (unsigned)(y - era * 400);
    doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
    doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + (int64_t)doe - 719468;
}

void civil_from_days(int64_t day, int64_t *y, unsigned *m, unsigned *d)
{
    int64_t z = day + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    unsigned doe = (unsigned)(z - era * 146097);
    unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    unsigned mp = (5 * doy + 2) / 153;

    *d = doy - (153 * mp + 2) / 5 + 1;
    *m = mp < 10 ? mp + 3 : mp - 9;
    *y = (int64_t)yoe + era * 400 + (*m <= 2);
}

/* Exactly n digits at *s; moves *s on. */
static bool digits(const char **s, int n, int *out)
{
    *out = 0;
    for (int i = 0; i < n; i++, (*s)++) {
        if (!is_digit(**s))
            return false;
        *out = *out * 10 + (**s - '0');
    }
    return true;
}

static bool skip(const char **s, char c)
{
    if (**s != c)
        return false;
    (*s)++;
    return true;
}

static int days_in_month(int y, int m)
{
    static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

    return m == 2 && leap ? 29 : DAYS[m - 1];
}

static bool parse_date(const char **s, int64_t *out_day)
{
    int y, m, d;

    if (!digits(s, 4, &y) || !skip(s, '-') || !digits(s, 2, &m) ||
        !skip(s, '-') || !digits(s, 2, &d))
        return false;
    if (y < 1970 || m < 1 || m > 12 || d < 1 || d > days_in_month(y, m))
        return false;
    *out_day = days_from_civil(y, (unsigned)m, (unsigned)d);
    return true;
}

static bool parse_offset(const char **s, int *out_minutes)
{
    int sign, h, m;

    *out_minutes = 0;
    if (**s == 'Z' || **s == 'z') {
        (*s)++;
        return true;
    }
    if (**s != '+' && **s != '-')
        return false;
    sign = **s == '-' ? -1 : 1;
    (*s)++;
    if (!digits(s, 2, &h) || !skip(s, ':') || !digits(s, 2, &m) || h > 23 ||
        m > 59)
        return false;
    *out_minutes = sign * (h * 60 + m);
    return true;
}

static int parse_fraction_ms(const char **s)
{
    int ms = 0, scale = 100;

    if (**s != '.')
        return 0;
    for ((*s)++; is_digit(**s); (*s)++) {
        ms += (**s - '0') * scale;
        scale /= 10;
    }
    return ms;
}

bool time_parse(const char *s, int64_t *out_ms)
{
    int64_t day, ms;
    int h, mi, sec, off, frac;

    if (!s || !parse_date(&s, &day) || (*s != 'T' && *s != 't' && *s != ' '))
        return false;
    s++;
    if (!digits(&s, 2, &h) || !skip(&s, ':') || !digits(&s, 2, &mi) ||
        !skip(&s, ':') || !digits(&s, 2, &sec))
        return false;
    if (*s == '.' && !is_digit(s[1]))
        return false;
    frac = parse_fraction_ms(&s);
    if (!parse_offset(&s, &off) || *s || h > 23 || mi > 59 || sec > 60)
        return false;
    ms = day * DAY_MS + h * HOUR_MS + mi * MINUTE_MS + sec * SECOND_MS + frac -
         off * MINUTE_MS;
    if (ms < 0 || ms > TIME_MAX_MS)
        return false;
    *out_ms = ms;
    return true;
}

bool date_parse(const char *s, int64_t *out_day)
{
    return s && parse_date(&s, out_day) && !*s;
}

char *date_format(int64_t day, char out[TIME_TEXT_BYTES])
{
    int64_t y;
    unsigned m, d;

    civil_from_days(day, &y, &m, &d);
    snprintf(out, TIME_TEXT_BYTES, "%04d-%02u-%02u", (int)y, m, d);
    return out;
}

static void two(char *p, int64_t v)
{
    p[0] = (char)('0' + v / 10 % 10);
    p[1] = (char)('0' + v % 10);
}

char *time_format(int64_t ms, char out[TIME_TEXT_BYTES])
{
    int64_t day = ms >= 0 ? ms / DAY_MS : -((-ms + DAY_MS - 1) / DAY_MS);
    int64_t rest = ms - day * DAY_MS;
    int64_t y;
    unsigned m, d;

    civil_from_days(day, &y, &m, &d);
    memcpy(out, "0000-00-00T00:00:00.000Z", 25);
    two(out, y / 100);
    two(out + 2, y % 100);
    two(out + 5, m);
    two(out + 8, d);
    two(out + 11, rest / HOUR_MS);
    two(out + 14, rest / MINUTE_MS % 60);
    two(out + 17, rest / SECOND_MS % 60);
    two(out + 20, rest % 1000 / 10);
    out[22] = (char)('0' + rest % 10);
    return out;
}
