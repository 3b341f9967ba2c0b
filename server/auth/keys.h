/**
 * @file keys.h
 * Bearer keys: "lk.<role>.<workspace>.<key id>.<secret>".  The role and the
 * workspace stand in the key so that a leaked one can be told and a look-up
 * knows its workspace; what counts is the stored row, found by the key id,
 * and the keyed hash of the 256-bit secret, compared in constant time.
 * Pure but for key_make; any thread.
 */
#ifndef LEADD_KEYS_H
#define LEADD_KEYS_H

#include "base/crypto.h"
#include "base/id.h"

#define KEY_TEXT_BYTES 128

enum key_role {
    ROLE_INTAKE = 1,
    ROLE_SALES = 2,
    ROLE_MARKETING = 4,
    ROLE_ADMIN = 8
};
#define KEY_ROLE_ANY 15

const char *key_role_text(enum key_role role);
bool key_role_parse(const char *s, enum key_role *out);

/** One live key as kept in memory. */
struct auth_key {
    int64_t workspace_id;
    struct uuid key_id, rep_id;
    enum key_role role;
    uint8_t hash[SHA256_BYTES];
    int64_t expires_ms; /**< 0: never */
};

/** What a key text says of itself. */
struct key_parts {
    int64_t workspace_id;
    struct uuid key_id;
    uint8_t secret[32];
};

/** @return false unless @a text has exactly the form of a key */
bool key_parse(const char *text, struct key_parts *out);
/** The hash that is stored. @param pepper server secret, may be "" */
void key_hash(const uint8_t secret[32], const char *pepper,
              uint8_t out[SHA256_BYTES]);
/** A new key: its text, shown once, and the row to store. */
void key_make(int64_t workspace_id, enum key_role role, const char *pepper,
              int64_t now_ms, char text[KEY_TEXT_BYTES], struct auth_key *out);
/**
 * @param keys sorted by key id
 * @return the key that @a text proves; NULL when there is none
 */
const struct auth_key *key_check(const struct auth_key *keys, size_t n,
                                 const char *text, const char *pepper,
                                 int64_t now_ms);

#endif
