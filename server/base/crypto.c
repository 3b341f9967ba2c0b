#include "base/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/reserve.h"

static const char B64URL[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char B64[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void *lib_malloc(size_t n, const char *file, int line)
{
    (void)file, (void)line;
    return reserve_malloc(n);
}

static void *lib_realloc(void *p, size_t n, const char *file, int line)
{
    (void)file, (void)line;
    return reserve_realloc(p, n);
}

static void lib_free(void *p, const char *file, int line)
{
    (void)file, (void)line;
    reserve_free(p);
}

bool crypto_use_reserve(void)
{
    return CRYPTO_set_mem_functions(lib_malloc, lib_realloc, lib_free) == 1;
}

void crypto_random(void *out, size_t n)
{
    char *p = out;

    while (n) {
        ssize_t got = getrandom(p, n, 0);

        if (got <= 0)
            abort();
        p += got;
        n -= (size_t)got;
    }
}

void crypto_sha256(const void *p, size_t n, uint8_t out[SHA256_BYTES])
{
    if (!SHA256(p, n, out))
        abort();
}

void crypto_hmac_sha256(const void *key, size_t key_bytes, const void *p,
                        size_t n, uint8_t out[SHA256_BYTES])
{
    unsigned len = SHA256_BYTES;

    if (!HMAC(EVP_sha256(), key, (int)key_bytes, p, n, out, &len))
        abort();
}

bool crypto_equal(const void *a, const void *b, size_t n)
{
    return CRYPTO_memcmp(a, b, n) == 0;
}

char *hex_encode(const void *p, size_t n, char *out)
{
    static const char HEX[] = "0123456789abcdef";
    const uint8_t *u = p;

    for (size_t i = 0; i < n; i++) {
        out[2 * i] = HEX[u[i] >> 4];
        out[2 * i + 1] = HEX[u[i] & 15];
    }
    out[2 * n] = '\0';
    return out;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hex_decode(const char *s, size_t n, uint8_t *out)
{
    for (size_t i = 0; i < n; i++) {
        int hi = hex_digit(s[2 * i]);
        int lo = hi < 0 ? -1 : hex_digit(s[2 * i + 1]);

        if (lo < 0)
            return false;
        out[i] = (uint8_t)(hi << 4 | lo);
    }
    return s[2 * n] == '\0';
}

static char *encode(const char *alphabet, const void *p, size_t n, char *out)
{
    const uint8_t *u = p;
    uint32_t acc = 0;
    int bits = 0;
    char *o = out;

    for (size_t i = 0; i < n; i++) {
        acc = acc << 8 | u[i];
        for (bits += 8; bits >= 6; bits -= 6)
            *o++ = alphabet[acc >> (bits - 6) & 63];
    }
    if (bits)
        *o++ = alphabet[acc << (6 - bits) & 63];
    *o = '\0';
    return o;
}

static bool decode(const char *alphabet, const char *s, size_t len,
                   uint8_t *out, size_t *out_bytes)
{
    uint32_t acc = 0;
    int bits = 0;
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        const char *at = s[i] ? strchr(alphabet, s[i]) : NULL;

        if (!at)
            return false;
        acc = acc << 6 | (uint32_t)(at - alphabet);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out[n++] = (uint8_t)(acc >> bits);
        }
    }
    *out_bytes = n;
    return bits < 6 && (acc & ((1u << bits) - 1)) == 0;
}

char *base64url_encode(const void *p, size_t n, char *out)
{
    encode(B64URL, p, n, out);
    return out;
}

bool base64url_decode(const char *s, uint8_t *out, size_t *out_bytes)
{
    return decode(B64URL, s, strlen(s), out, out_bytes);
}

char *base64_encode(const void *p, size_t n, char *out)
{
    char *end = encode(B64, p, n, out);

    while ((end - out) % 4)
        *end++ = '=';
    *end = '\0';
    return out;
}

bool base64_decode(const char *s, uint8_t *out, size_t *out_bytes)
{
    size_t len = strlen(s);

    for (int i = 0; i < 2 && len && s[len - 1] == '='; i++)
        len--;
    return decode(B64, s, len, out, out_bytes);
}
