/**
 * @file crypto.h
 * OpenSSL's libcrypto behind the few calls we need.  Any thread.  A failing
 * random source or digest aborts: going on without them is never safe.
 */
#ifndef LEADD_CRYPTO_H
#define LEADD_CRYPTO_H

#include "base/base.h"

#define SHA256_BYTES 32
#define SHA1_BYTES   20

void crypto_random(void *out, size_t n);
void crypto_sha256(const void *p, size_t n, uint8_t out[SHA256_BYTES]);
void crypto_hmac_sha256(const void *key, size_t key_bytes, const void *p,
                        size_t n, uint8_t out[SHA256_BYTES]);
/** Same time whatever the bytes are. */
bool crypto_equal(const void *a, const void *b, size_t n);

/** Lower-case hex. @param out 2*n+1 bytes. @return @a out */
char *hex_encode(const void *p, size_t n, char *out);
/** @return false unless exactly 2*n hex digits */
bool hex_decode(const char *s, size_t n, uint8_t *out);
/** URL-safe base64 without padding. @param out 4*((n+2)/3)+1 bytes */
char *base64url_encode(const void *p, size_t n, char *out);
/** @param out room for strlen(s)*3/4 bytes. @return false on any stray byte */
bool base64url_decode(const char *s, uint8_t *out, size_t *out_bytes);
/** Ordinary base64 with padding. @param out 4*((n+2)/3)+1 bytes */
char *base64_encode(const void *p, size_t n, char *out);
/** The same back; padding may be missing.
 *  @param out room for strlen(s)*3/4 bytes. @return false on any stray byte */
bool base64_decode(const char *s, uint8_t *out, size_t *out_bytes);

/** Let the library allocate through base/reserve.h.  First thing in main:
 *  once it has allocated it refuses. @return whether it took it */
bool crypto_use_reserve(void);

#endif
