/* 8 bytes of milliseconds, big end first; 8 of nonce; 16 of HMAC-SHA-256 over
 * both.  As URL-safe base64, 43 characters. */
#include "intake/form_token.h"

#include "base/str.h"

#define NONCE_BYTES  8
#define SIGNED_BYTES (8 + NONCE_BYTES)
#define MAC_BYTES    16
#define TOKEN_BYTES  (SIGNED_BYTES + MAC_BYTES)
#define SKEW_MS      60000 /* clocks of two instances */

static void sign(const uint8_t key[SHA256_BYTES], const uint8_t *p,
                 uint8_t out[SHA256_BYTES])
{
    crypto_hmac_sha256(key, SHA256_BYTES, p, SIGNED_BYTES, out);
}

char *form_token_make(const struct form_keys *keys, int64_t now_ms,
                      char out[FORM_TOKEN_TEXT_BYTES])
{
    uint8_t raw[TOKEN_BYTES], mac[SHA256_BYTES];

    for (int i = 0; i < 8; i++)
        raw[i] = (uint8_t)((uint64_t)now_ms >> (56 - 8 * i));
    crypto_random(raw + 8, NONCE_BYTES);
    sign(keys->key[0], raw, mac);
    memcpy(raw + SIGNED_BYTES, mac, MAC_BYTES);
    return base64url_encode(raw, sizeof(raw), out);
}

/* @return false: not one of ours */
static bool read_token(const struct form_keys *keys, const char *token,
                       int64_t *out_ms)
{
    uint8_t raw[FORM_TOKEN_TEXT_BYTES], mac[SHA256_BYTES];
    uint64_t ms = 0;
    size_t n = sizeof(raw);

    if (strlen(token) != FORM_TOKEN_TEXT_BYTES - 1 ||
        !base64url_decode(token, raw, &n) || n != TOKEN_BYTES)
        return false;
    for (int i = 0; i < 8; i++)
        ms = ms << 8 | raw[i];
    *out_ms = (int64_t)ms;
    for (size_t i = 0; i < keys->n; i++) {
        sign(keys->key[i], raw, mac);
        if (crypto_equal(mac, raw + SIGNED_BYTES, MAC_BYTES))
            return true;
    }
    return false;
}

const char *form_token_fault(const struct form_keys *keys, const char *token,
                             int64_t min_fill_ms, int64_t now_ms)
{
    int64_t made_ms = 0;

    if (!read_token(keys, token, &made_ms) || made_ms > now_ms + SKEW_MS)
        return "token_forged";
    if (now_ms - made_ms > FORM_TOKEN_LIFE_MS)
        return "token_expired";
    return now_ms - made_ms < min_fill_ms ? "too_fast" : NULL;
}
