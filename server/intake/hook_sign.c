#include "intake/hook_sign.h"

#include <stdlib.h>

#include "base/crypto.h"
#include "base/str.h"

#define DIGEST_TEXT_BYTES (2 * SHA256_BYTES + 1)

struct hook_piece hook_text_piece(const char *s)
{
    return (struct hook_piece){s, strlen(s)};
}

struct hook_piece hook_body_piece(const struct hook_request *rq)
{
    return (struct hook_piece){rq->body, rq->body_bytes};
}

const void *hook_message(const struct hook_request *rq,
                         const struct hook_piece *pieces, size_t n_pieces,
                         size_t *out_n)
{
    size_t n = 0, at = 0;
    char *all;

    if (n_pieces == 1) {
        *out_n = pieces[0].n;
        return pieces[0].p;
    }
    for (size_t i = 0; i < n_pieces; i++)
        n += pieces[i].n;
    all = arena_alloc(rq->mem, n + 1);
    for (size_t i = 0; i < n_pieces; i++) {
        if (pieces[i].n)
            memcpy(all + at, pieces[i].p, pieces[i].n);
        at += pieces[i].n;
    }
    *out_n = n;
    return all;
}

bool hook_text_fits(const char *given, const char *wanted)
{
    size_t n = wanted ? strlen(wanted) : 0;

    return given && wanted && strlen(given) == n &&
           crypto_equal(given, wanted, n);
}

static void digest_text(const uint8_t digest[SHA256_BYTES],
                        enum hook_digest form, char out[DIGEST_TEXT_BYTES])
{
    if (form == HOOK_HEX)
        hex_encode(digest, SHA256_BYTES, out);
    else
        base64_encode(digest, SHA256_BYTES, out);
}

bool hook_hmac_fits(const struct hook_request *rq,
                    const struct hook_piece *pieces, size_t n_pieces,
                    enum hook_digest form, const char *given,
                    const void *(*key)(const char *secret, size_t *out_n,
                                       struct arena *mem))
{
    size_t n, key_n;
    const void *message;
    const char *secret;
    bool fits = false;

    if (!given)
        return false;
    message = hook_message(rq, pieces, n_pieces, &n);
    for (size_t i = 0; (secret = hook_secret(rq->secrets, "secret", i)); i++) {
        const void *k = secret;
        uint8_t digest[SHA256_BYTES];
        char text[DIGEST_TEXT_BYTES];

        key_n = strlen(secret);
        if (key)
            k = key(secret, &key_n, rq->mem);
        if (!k || !key_n) /* an empty key would be anybody's */
            continue;
        crypto_hmac_sha256(k, key_n, message, n, digest);
        digest_text(digest, form, text);
        fits |= hook_text_fits(given, text);
    }
    return fits;
}

const char *hook_hmac_hex(const char *secret, const char *message,
                          struct arena *mem)
{
    uint8_t digest[SHA256_BYTES];

    crypto_hmac_sha256(secret, strlen(secret), message, strlen(message),
                       digest);
    return hex_encode(digest, sizeof(digest),
                      arena_alloc(mem, DIGEST_TEXT_BYTES));
}

bool hook_secret_fits(const struct hook_request *rq, const char *name,
                      const char *given)
{
    const char *secret;
    bool fits = false;

    for (size_t i = 0; (secret = hook_secret(rq->secrets, name, i)); i++)
        fits |= *secret && hook_text_fits(given, secret);
    return fits;
}

const char *hook_after(const char *s, const char *prefix)
{
    return s && str_starts(s, prefix) ? s + strlen(prefix) : NULL;
}

bool hook_fresh(const struct hook_request *rq, const char *text,
                int64_t unit_ms)
{
    int64_t window_ms = rq->secrets ? rq->secrets->window_s * 1000 : 0;
    int64_t at;

    if (!text || !*text || strspn(text, "0123456789") != strlen(text) ||
        !str_to_i64(text, &at) || at > INT64_MAX / 1000)
        return false;
    if (rq->signed_ms)
        *rq->signed_ms = at * unit_ms;
    return !window_ms || llabs(rq->now_ms - at * unit_ms) <= window_ms;
}
