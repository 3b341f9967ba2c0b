#include "auth/keys.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"

static const struct {
    enum key_role role;
    const char *text;
} ROLES[] = {
    {ROLE_INTAKE, "intake"},
    {ROLE_SALES, "sales"},
    {ROLE_MARKETING, "marketing"},
    {ROLE_ADMIN, "admin"},
};

const char *key_role_text(enum key_role role)
{
    for (size_t i = 0; i < ARRAY_LEN(ROLES); i++)
        if (ROLES[i].role == role)
            return ROLES[i].text;
    return "none";
}

bool key_role_parse(const char *s, enum key_role *out)
{
    for (size_t i = 0; i < ARRAY_LEN(ROLES); i++) {
        if (str_eq(s, ROLES[i].text)) {
            *out = ROLES[i].role;
            return true;
        }
    }
    return false;
}

/* Cut the next dot-separated piece off. */
static char *piece(char **rest)
{
    char *start = *rest;
    char *dot = start ? strchr(start, '.') : NULL;

    if (dot)
        *dot = '\0';
    *rest = dot ? dot + 1 : NULL;
    return start;
}

bool key_parse(const char *text, struct key_parts *out)
{
    char copy[KEY_TEXT_BYTES];
    uint8_t bytes[64];
    char *rest = copy, *word;
    enum key_role role;
    size_t n;

    if (!text || strlen(text) >= sizeof(copy))
        return false;
    memcpy(copy, text, strlen(text) + 1);
    if (!str_eq(piece(&rest), "lk"))
        return false;
    word = piece(&rest);
    if (!word || !key_role_parse(word, &role))
        return false;
    word = piece(&rest);
    if (!word || !str_to_i64(word, &out->workspace_id))
        return false;
    word = piece(&rest);
    if (!word || strlen(word) != 22 || !base64url_decode(word, bytes, &n) ||
        n != sizeof(out->key_id.b))
        return false;
    memcpy(out->key_id.b, bytes, n);
    word = piece(&rest);
    if (!word || rest || strlen(word) != 43 ||
        !base64url_decode(word, bytes, &n) || n != sizeof(out->secret))
        return false;
    memcpy(out->secret, bytes, n);
    return true;
}

void key_hash(const uint8_t secret[32], const char *pepper,
              uint8_t out[SHA256_BYTES])
{
    crypto_hmac_sha256(pepper, strlen(pepper), secret, 32, out);
}

void key_make(int64_t workspace_id, enum key_role role, const char *pepper,
              int64_t now_ms, char text[KEY_TEXT_BYTES], struct auth_key *out)
{
    uint8_t secret[32];
    char id[32], sec[64];

    memset(out, 0, sizeof(*out));
    out->workspace_id = workspace_id;
    out->role = role;
    out->key_id = uuid_new(now_ms);
    crypto_random(secret, sizeof(secret));
    key_hash(secret, pepper, out->hash);
    snprintf(text, KEY_TEXT_BYTES, "lk.%s.%lld.%s.%s", key_role_text(role),
             (long long)workspace_id,
             base64url_encode(out->key_id.b, sizeof(out->key_id.b), id),
             base64url_encode(secret, sizeof(secret), sec));
}

static int by_id(const void *id, const void *key)
{
    return uuid_cmp(id, &((const struct auth_key *)key)->key_id);
}

const struct auth_key *key_check(const struct auth_key *keys, size_t n,
                                 const char *text, const char *pepper,
                                 int64_t now_ms)
{
    const struct auth_key *key;
    struct key_parts parts;
    uint8_t hash[SHA256_BYTES];

    if (!key_parse(text, &parts))
        return NULL;
    key = n ? bsearch(&parts.key_id, keys, n, sizeof(*keys), by_id) : NULL;
    key_hash(parts.secret, pepper, hash);
    if (!key || key->workspace_id != parts.workspace_id ||
        !crypto_equal(key->hash, hash, sizeof(hash)) ||
        (key->expires_ms && key->expires_ms <= now_ms))
        return NULL;
    return key;
}
