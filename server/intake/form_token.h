/**
 * @file form_token.h
 * Tokens that a form fetches when it is shown and posts back: when it was,
 * a nonce and a signature that only the form's own key makes.  Pure but for
 * the nonce; any thread.
 */
#ifndef LEADD_FORM_TOKEN_H
#define LEADD_FORM_TOKEN_H

#include "base/crypto.h"

#define FORM_TOKEN_FIELD      "_leadd_token" /**< its name in a post */
#define FORM_TOKEN_TEXT_BYTES 44
#define FORM_TOKEN_KEYS_MAX   2
#define FORM_TOKEN_LIFE_MS    ((int64_t)24 * 3600 * 1000)

/** The newest key of one form, and while it is rotated the one before. */
struct form_keys {
    uint8_t key[FORM_TOKEN_KEYS_MAX][SHA256_BYTES];
    size_t n;
};

/** Sign with the newest. @return @a out */
char *form_token_make(const struct form_keys *keys, int64_t now_ms,
                      char out[FORM_TOKEN_TEXT_BYTES]);

/**
 * What is wrong with it.
 *
 * @param min_fill_ms nobody fills the form in faster; 0: anybody may
 * @return NULL when nothing is; "token_forged", "token_expired", "too_fast"
 */
const char *form_token_fault(const struct form_keys *keys, const char *token,
                             int64_t min_fill_ms, int64_t now_ms);

#endif
