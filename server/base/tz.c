/*
 * Time zones from the system's TZif files (RFC 8536), read once into an
 * immutable table, because libc's own conversion is global to the process
 * and the scoring has to be pure.
 *
 * File: 44-byte header "TZif", version, 15 reserved, then six big-endian
 * counts (isut, isstd, leap, time, type, char); the version 2+ block repeats
 * all of it with 8-byte times.  Only the 8-byte block is used.  After the
 * last transition its offset goes on; the footer's rule is not followed,
 * which is exact for zones without daylight saving and for zones whose file
 * is "fat" until 2037.
 */
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEADER_BYTES  44
#define TZ_FILE_MAX   (64 * 1024)
#define TZ_FIRST_TYPE 0

struct tz {
    size_t n;
    int64_t first_offset_ms; /* before the first transition */
    int64_t *at_ms;          /* n transitions, ascending */
    int64_t *offset_ms;      /* n offsets */
};

struct counts {
    uint32_t isut, isstd, leap, time, type, chars;
};

static uint32_t be32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
           p[3];
}

static int64_t be64(const unsigned char *p)
{
    return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

static bool read_counts(const unsigned char *p, size_t n, struct counts *c)
{
    if (n < HEADER_BYTES || memcmp(p, "TZif", 4) != 0)
        return false;
    c->isut = be32(p + 20);
    c->isstd = be32(p + 24);
    c->leap = be32(p + 28);
    c->time = be32(p + 32);
    c->type = be32(p + 36);
    c->chars = be32(p + 40);
    return c->type > 0 && c->time < 10000 && c->type < 256 && c->leap < 1000 &&
           c->chars < 1000 && c->isut < 256 && c->isstd < 256;
}

static size_t block_bytes(const struct counts *c, size_t time_bytes)
{
    return c->time * time_bytes + c->time + (size_t)c->type * 6 + c->chars +
           c->leap * (time_bytes + 4) + c->isstd + c->isut;
}

static struct tz *tz_parse(const unsigned char *p, size_t n)
{
    struct counts c;
    const unsigned char *times, *index, *types;
    struct tz *tz;
    size_t v1;

    if (!read_counts(p, n, &c) || p[4] < '2')
        return NULL;
    v1 = HEADER_BYTES + block_bytes(&c, 4);
    if (n < v1 || !read_counts(p + v1, n - v1, &c) ||
        n - v1 < HEADER_BYTES + block_bytes(&c, 8))
        return NULL;
    times = p + v1 + HEADER_BYTES;
    index = times + (size_t)c.time * 8;
    types = index + c.time;
    tz = calloc(1, sizeof(*tz) + 2 * sizeof(int64_t) * ((size_t)c.time + 1));
    if (!tz)
        return NULL;
    tz->at_ms = (int64_t *)(tz + 1);
    tz->offset_ms = tz->at_ms + c.time + 1;
    tz->first_offset_ms = (int32_t)be32(types + TZ_FIRST_TYPE) * SECOND_MS;
    for (uint32_t i = 0; i < c.time; i++) {
        if (index[i] >= c.type)
            continue;
        tz->at_ms[tz->n] = be64(times + (size_t)i * 8) * SECOND_MS;
        tz->offset_ms[tz->n] =
            (int32_t)be32(types + (size_t)index[i] * 6) * SECOND_MS;
        tz->n++;
    }
    return tz;
}

static bool name_is_safe(const char *name)
{
    if (!*name || *name == '/' || strstr(name, ".."))
        return false;
    return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                        "0123456789_+-/") == strlen(name);
}

struct tz *tz_load(const char *name)
{
    unsigned char bytes[TZ_FILE_MAX];
    char path[256];
    ssize_t n;
    int fd;

    errno = ENOENT;
    if (!name || !name_is_safe(name) ||
        snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name) >=
            (int)sizeof(path))
        return NULL;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    n = read(fd, bytes, sizeof(bytes)); /* a plain file comes whole */
    close(fd);
    errno = ENOENT; /* a folder, or not the rules of a zone */
    return n > 0 ? tz_parse(bytes, (size_t)n) : NULL;
}

void tz_free(struct tz *tz)
{
    free(tz);
}

int64_t tz_offset_ms(const struct tz *tz, int64_t ms)
{
    size_t lo = 0, hi;

    if (!tz)
        return 0;
    hi = tz->n;
    if (hi && ms >= tz->at_ms[hi - 1])
        return tz->offset_ms[hi - 1];
    while (lo < hi) { /* first transition after ms */
        size_t mid = (lo + hi) / 2;

        if (tz->at_ms[mid] <= ms)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo ? tz->offset_ms[lo - 1] : tz->first_offset_ms;
}

int64_t tz_day(const struct tz *tz, int64_t ms)
{
    int64_t local = ms + tz_offset_ms(tz, ms);

    return local >= 0 ? local / DAY_MS : -((-local + DAY_MS - 1) / DAY_MS);
}

int64_t tz_day_start(const struct tz *tz, int64_t day)
{
    int64_t ms = day * DAY_MS;
    int64_t start = ms - tz_offset_ms(tz, ms);

    /* the offset at the result may differ from the one guessed with */
    return ms - tz_offset_ms(tz, start);
}
