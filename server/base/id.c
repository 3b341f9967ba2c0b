#include "base/id.h"

#include <string.h>

#include "base/crypto.h"

/* Random bytes are fetched by the page: one system call for many ids. */
static void cheap_random(void *out, size_t n)
{
    static _Thread_local uint8_t pool[1024];
    static _Thread_local size_t left;

    if (left < n) {
        crypto_random(pool, sizeof(pool));
        left = sizeof(pool);
    }
    memcpy(out, pool + left - n, n);
    left -= n;
}

static void put_ms(struct uuid *u, int64_t ms)
{
    for (int i = 0; i < 6; i++)
        u->b[i] = (uint8_t)(ms >> (40 - 8 * i));
}

static void put_version(struct uuid *u)
{
    u->b[6] = (uint8_t)(0x70 | (u->b[6] & 0x0f));
    u->b[8] = (uint8_t)(0x80 | (u->b[8] & 0x3f));
}

/* The 26 bits behind the time count up inside one millisecond: a big batch
   gives all its ids one time. */
struct uuid uuid_new(int64_t now_ms)
{
    static _Thread_local int64_t last_ms;
    static _Thread_local uint32_t seq;
    struct uuid u = {{0}};

    cheap_random(u.b, sizeof(u.b));
    if (now_ms == last_ms)
        seq++;
    else
        seq = (uint32_t)u.b[6] << 16 | (uint32_t)u.b[7] << 8 | u.b[8];
    last_ms = now_ms;
    put_ms(&u, now_ms);
    u.b[6] = (uint8_t)(seq >> 22 & 0x0f);
    u.b[7] = (uint8_t)(seq >> 14);
    u.b[8] = (uint8_t)(seq >> 8 & 0x3f);
    u.b[9] = (uint8_t)seq;
    put_version(&u);
    return u;
}

struct uuid uuid_derived(int64_t ms, const void *seed, size_t seed_bytes)
{
    uint8_t digest[SHA256_BYTES];
    struct uuid u = {{0}};

    crypto_sha256(seed, seed_bytes, digest);
    memcpy(u.b, digest, sizeof(u.b));
    put_ms(&u, ms);
    put_version(&u);
    return u;
}

/* splitmix64 */
static uint64_t mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

struct uuid uuid_child(const struct uuid *parent, uint32_t n)
{
    uint64_t half[2];
    struct uuid u;

    memcpy(half, parent->b, sizeof(half));
    half[1] = mix(half[1] ^ mix(half[0] + n));
    half[0] = mix(half[1] + half[0]);
    memcpy(u.b, half, sizeof(half));
    put_ms(&u, uuid_ms(parent));
    put_version(&u);
    return u;
}

struct uuid uuid_floor(int64_t ms)
{
    struct uuid u = {{0}};

    memset(&u, 0, sizeof(u));
    put_ms(&u, ms);
    return u;
}

int64_t uuid_ms(const struct uuid *u)
{
    int64_t ms = 0;

    for (int i = 0; i < 6; i++)
        ms = ms << 8 | u->b[i];
    return ms;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool uuid_parse(const char *s, struct uuid *out)
{
    struct uuid u = {{0}};

    for (int i = 0; i < 16; i++) {
        int hi, lo;

        if ((i == 4 || i == 6 || i == 8 || i == 10) && *s++ != '-')
            return false;
        hi = hex_value(s[0]);
        lo = hi < 0 ? -1 : hex_value(s[1]);
        if (lo < 0)
            return false;
        u.b[i] = (uint8_t)(hi << 4 | lo);
        s += 2;
    }
    if (*s)
        return false;
    *out = u;
    return true;
}

char *uuid_format(const struct uuid *u, char out[UUID_TEXT_BYTES])
{
    static const char HEX[] = "0123456789abcdef";
    char *p = out;

    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *p++ = '-';
        *p++ = HEX[u->b[i] >> 4];
        *p++ = HEX[u->b[i] & 15];
    }
    *p = '\0';
    return out;
}

int uuid_cmp(const struct uuid *a, const struct uuid *b)
{
    return memcmp(a->b, b->b, sizeof(a->b));
}

bool uuid_is_nil(const struct uuid *u)
{
    static const struct uuid NIL;

    return memcmp(u, &NIL, sizeof(NIL)) == 0;
}
