/**
 * @file hook_sign.h
 * Checking signatures: digests over raw bytes, compared in constant time,
 * against every active secret.  Pure; any thread.
 */
#ifndef LEADD_HOOK_SIGN_H
#define LEADD_HOOK_SIGN_H

#include "intake/hook.h"

/** One stretch of a message that is signed. */
struct hook_piece {
    const void *p;
    size_t n;
};

/** A piece that is a text. */
struct hook_piece hook_text_piece(const char *s);
/** The raw body. */
struct hook_piece hook_body_piece(const struct hook_request *rq);

enum hook_digest { HOOK_HEX, HOOK_BASE64 };

/**
 * Is @a given the HMAC-SHA256 of the pieces, one behind the other, under any
 * of the values of "secret"?
 *
 * @param given the digest as text, in lower case when HOOK_HEX; NULL is false
 * @param key makes the key's bytes of a secret's text; NULL: as it stands
 */
bool hook_hmac_fits(const struct hook_request *rq,
                    const struct hook_piece *pieces, size_t n_pieces,
                    enum hook_digest form, const char *given,
                    const void *(*key)(const char *secret, size_t *out_n,
                                       struct arena *mem));

/** The pieces as one stretch of memory. */
const void *hook_message(const struct hook_request *rq,
                         const struct hook_piece *pieces, size_t n_pieces,
                         size_t *out_n);

/** HMAC-SHA256 of a text under one secret, in hex. */
const char *hook_hmac_hex(const char *secret, const char *message,
                          struct arena *mem);

/** Equal texts, in a time that tells only their lengths.  NULL is false. */
bool hook_text_fits(const char *given, const char *wanted);
/** Is @a given one of the values of that secret? */
bool hook_secret_fits(const struct hook_request *rq, const char *name,
                      const char *given);

/** @return what follows @a prefix in @a s; NULL when it does not begin so */
const char *hook_after(const char *s, const char *prefix);

/** Is a signed time inside the source's replay window?
 *  @param text decimal digits only, else false
 *  @param unit_ms milliseconds of one of its units */
bool hook_fresh(const struct hook_request *rq, const char *text,
                int64_t unit_ms);

#endif
