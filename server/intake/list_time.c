#include "intake/list_time.h"

#include <strings.h>

#include "base/str.h"

static bool number(const char **s, int most, int *out)
{
    int n = 0;

    for (*out = 0; n < most && is_digit(**s); n++)
        *out = *out * 10 + *(*s)++ - '0';
    return n > 0;
}

static bool skip(const char **s, char c)
{
    if (**s != c)
        return false;
    (*s)++;
    return true;
}

static void skip_blanks(const char **s)
{
    while (is_blank(**s))
        (*s)++;
}

static bool is_date(int y, int m, int d, int64_t *out_day)
{
    unsigned month, day;
    int64_t year;

    if (y < 1970 || m < 1 || m > 12 || d < 1)
        return false;
    *out_day = days_from_civil(y, (unsigned)m, (unsigned)d);
    civil_from_days(*out_day, &year, &month, &day);
    return (int)month == m && (int)day == d;
}

/* Year first, or last: then the day is what cannot be a month. */
static bool take_date(const char **s, int64_t *out_day)
{
    int a, b, c;
    char sep;

    if (!number(s, 4, &a))
        return false;
    sep = **s;
    if ((sep != '-' && sep != '/' && sep != '.') || !skip(s, sep) ||
        !number(s, 2, &b) || !skip(s, sep) || !number(s, 4, &c))
        return false;
    if (a > 31)
        return is_date(a, b, c, out_day);
    if (a > 12)
        return is_date(c, b, a, out_day);
    return (b > 12 || a == b) && is_date(c, a, b, out_day);
}

static bool take_word(const char **s, const char *word)
{
    size_t n = strlen(word);

    if (strncasecmp(*s, word, n) != 0)
        return false;
    *s += n;
    return true;
}

static bool half_of_day(const char **s, int *hour)
{
    bool am, pm;

    skip_blanks(s);
    am = take_word(s, "am");
    pm = !am && take_word(s, "pm");
    if (!am && !pm)
        return true;
    if (*hour < 1 || *hour > 12)
        return false;
    *hour = *hour % 12 + (pm ? 12 : 0);
    return true;
}

static bool take_clock(const char **s, int64_t *out_ms)
{
    int h, mi, sec = 0, fraction;

    if (!number(s, 2, &h) || !skip(s, ':') || !number(s, 2, &mi))
        return false;
    if (skip(s, ':') && !number(s, 2, &sec))
        return false;
    if (skip(s, '.') && !number(s, 9, &fraction))
        return false;
    if (!half_of_day(s, &h) || h > 23 || mi > 59 || sec > 60)
        return false;
    *out_ms = h * HOUR_MS + mi * MINUTE_MS + sec * SECOND_MS;
    return true;
}

/* @return false for what begins as one and is none */
static bool take_offset(const char **s, bool *out_given, int64_t *out_ms)
{
    bool west = **s == '-';
    int h, m = 0;

    *out_ms = 0;
    *out_given = take_word(s, "Z") || take_word(s, "UTC");
    if (*out_given || (!west && **s != '+'))
        return true;
    (*s)++;
    if (!is_digit(**s) || !is_digit((*s)[1]) || !number(s, 2, &h))
        return false;
    (void)skip(s, ':');
    if (**s && !number(s, 2, &m))
        return false;
    *out_given = true;
    *out_ms = (west ? -1 : 1) * (h * HOUR_MS + m * MINUTE_MS);
    return h <= 23 && m <= 59;
}

static int64_t from_local(const struct tz *tz, int64_t local_ms)
{
    int64_t near = local_ms - tz_offset_ms(tz, local_ms);

    return local_ms - tz_offset_ms(tz, near);
}

bool list_time_parse(const char *s, const struct tz *tz, int64_t *out_ms)
{
    int64_t day, clock = 0, offset = 0, ms;
    bool given = false;

    if (!s)
        return false;
    skip_blanks(&s);
    if (!take_date(&s, &day))
        return false;
    if (*s && *s != 'T' && *s != 't' && *s != ',' && !is_blank(*s))
        return false;
    s += *s != '\0';
    skip_blanks(&s);
    if (*s && (!take_clock(&s, &clock) || !take_offset(&s, &given, &offset)))
        return false;
    skip_blanks(&s);
    ms = day * DAY_MS + clock;
    ms = given ? ms - offset : from_local(tz, ms);
    if (*s || ms < 0 || ms > TIME_MAX_MS)
        return false;
    *out_ms = ms;
    return true;
}
