#include "flow/source_make.h"

#include <stdlib.h>

#include "base/crypto.h"
#include "base/reserve.h"
#include "base/str.h"
#include "intake/hook.h"

#define STANDARD_BYTES 24
#define SECRET_BYTES   16 /* as hex: Google takes keys up to 50 characters */

/* Secrets that are made up for a kind when none are given: the platform's
   own table says. @return NULL for an unknown kind */
static const char *const *secrets_of(const char *kind)
{
    static const char *const FORM[] = {"token_secret", NULL}, *const NONE[] = {
                                                                  NULL};
    const struct hook *hook = hook_find(kind);

    if (str_eq(kind, "form"))
        return FORM;
    if (str_eq(kind, "server"))
        return NONE;
    return hook ? hook->made : NULL;
}

bool source_kind_known(const char *kind)
{
    return secrets_of(kind) != NULL;
}

/* Written as the standard has it: "whsec_" and base64 of the key. */
static json_t *standard_secret(void)
{
    uint8_t random[STANDARD_BYTES];
    char text[STANDARD_BYTES * 4 / 3 + 4];

    crypto_random(random, sizeof(random));
    return json_sprintf("whsec_%s",
                        base64_encode(random, sizeof(random), text));
}

static json_t *hex_secret(void)
{
    uint8_t random[SECRET_BYTES];
    char text[2 * SECRET_BYTES + 1];

    crypto_random(random, sizeof(random));
    return json_string(hex_encode(random, sizeof(random), text));
}

static int add_secret(const char *kind, json_t *all, const char *name)
{
    if (json_object_get(all, name))
        return 0;
    return json_object_set_new(
        all, name,
        str_eq(kind, "standard-webhooks") ? standard_secret() : hex_secret());
}

json_t *source_make(struct source_row *s, const json_t *given, int64_t now_ms,
                    struct arena *mem)
{
    const char *const *names = secrets_of(s->kind);
    json_t *all = given ? json_deep_copy(given) : json_object();
    char key[SOURCE_KEY_BYTES];
    char *text;
    int bad = all == NULL;

    for (; !bad && names && *names; names++)
        bad = add_secret(s->kind, all, *names);
    text = bad ? NULL : json_dumps(all, JSON_COMPACT);
    if (!text) {
        json_decref(all);
        return NULL;
    }
    s->secrets_json = arena_strdup(mem, text);
    reserve_free(text);
    s->source_id = uuid_new(now_ms);
    s->source_key = arena_strdup(mem, source_key_make(s->workspace_id, key));
    return all;
}
