#include "flow/defence.h"

#include <stdlib.h>

#include "base/reserve.h"
#include "base/str.h"
#include "flow/secrets.h"
#include "identity/mail_data.h"
#include "intake/agent.h"

#define MIN_FILL_MAX_MS 3600000
#define NOTE            ":held" /* no header has such a name */

/* ---- what a source says ---- */

struct keying {
    const struct uuid *source_id;
    struct form_keys *keys;
};

/* Bound to the source: forms that were given one secret stay apart. */
static void add_key(void *ctx, const char *secret)
{
    struct keying *k = ctx;

    if (k->keys->n < FORM_TOKEN_KEYS_MAX)
        crypto_hmac_sha256(secret, strlen(secret), k->source_id->b,
                           sizeof(k->source_id->b), k->keys->key[k->keys->n++]);
}

static void make_keys(const char *secrets_json, const struct uuid *source_id,
                      struct form_keys *keys)
{
    struct keying k = {source_id, keys};

    secret_each(secrets_json, "token_secret", add_key, &k);
    if (!keys->n) /* older than tokens: its id is told to admins only */
        crypto_hmac_sha256(source_id->b, sizeof(source_id->b), "form", 4,
                           keys->key[keys->n++]);
}

static const char *text_of(const json_t *defaults, const char *name)
{
    const char *text = json_string_value(json_object_get(defaults, name));

    return text ? text : "";
}

static enum captcha captcha_parse(const char *text)
{
    if (str_eq(text, "turnstile"))
        return CAPTCHA_TURNSTILE;
    return str_eq(text, "hcaptcha") ? CAPTCHA_HCAPTCHA : CAPTCHA_NONE;
}

void defence_compile(const json_t *defaults, const char *secrets_json,
                     const struct uuid *source_id, struct arena *mem,
                     struct defence *out)
{
    char secret[256];

    memset(out, 0, sizeof(*out));
    make_keys(secrets_json, source_id, &out->token_keys);
    out->min_fill_ms =
        json_integer_value(json_object_get(defaults, "min_fill_ms"));
    out->token_required =
        json_is_true(json_object_get(defaults, "token_required"));
    out->takes_disposable = str_eq(text_of(defaults, "disposable"), "accept");
    out->takes_bots = str_eq(text_of(defaults, "bot_agents"), "accept");
    out->captcha = captcha_parse(text_of(defaults, "captcha"));
    if (secret_newest(secrets_json, "captcha_secret", NULL, secret,
                      sizeof(secret)))
        out->captcha_secret = arena_strdup(mem, secret);
}

static void check_word(const json_t *defaults, const char *name, const char *a,
                       const char *b, struct field_errs *errs)
{
    const json_t *v = json_object_get(defaults, name);
    const char *text = json_string_value(v);

    if (v && !json_is_null(v) && !str_eq(text, a) && !str_eq(text, b))
        field_errs_add(errs, arena_printf(errs->mem, "/defaults/%s", name),
                       ERR_UNKNOWN_VALUE, "%s or %s", a, b);
}

void defence_check(const json_t *defaults, struct field_errs *errs)
{
    const json_t *ms = json_object_get(defaults, "min_fill_ms");
    const json_t *required = json_object_get(defaults, "token_required");

    check_word(defaults, "disposable", "quarantine", "accept", errs);
    check_word(defaults, "bot_agents", "quarantine", "accept", errs);
    check_word(defaults, "captcha", "turnstile", "hcaptcha", errs);
    if (required && !json_is_null(required) && !json_is_boolean(required))
        field_errs_add(errs, "/defaults/token_required", ERR_WRONG_TYPE,
                       "true or false");
    if (ms && !json_is_null(ms) &&
        (!json_is_integer(ms) || json_integer_value(ms) < 0 ||
         json_integer_value(ms) > MIN_FILL_MAX_MS))
        field_errs_add(errs, "/defaults/min_fill_ms", ERR_WRONG_TYPE,
                       "milliseconds, 0 to %d", MIN_FILL_MAX_MS);
}

/* ---- one post ---- */

static const char *judge_token(const struct defence *d, const char *token,
                               int64_t now_ms)
{
    if (token)
        return form_token_fault(&d->token_keys, token, d->min_fill_ms, now_ms);
    return d->token_required ? "token_missing" : NULL;
}

static bool is_disposable(const struct draft *draft)
{
    for (size_t i = 0; i < draft->n_ids; i++) {
        const char *at = draft->ids[i].kind == ID_EMAIL
                             ? strrchr(draft->ids[i].value, '@')
                             : NULL;

        if (at && mail_domain_is_disposable(at + 1) &&
            !mail_domain_is_free(at + 1))
            return true;
    }
    return false;
}

const char *defence_judge(const struct defence *d, const struct draft *draft,
                          const struct receipt *r, struct arena *mem)
{
    json_t *all = r->headers_json ? json_loads(r->headers_json, 0, NULL) : NULL;
    const char *held = json_string_value(json_object_get(all, NOTE));
    const char *agent = json_string_value(json_object_get(all, "User-Agent"));
    const char *reason = judge_token(d, draft->form_token, r->received_ms);

    if (!reason && !d->takes_bots && agent_is_bot(agent))
        reason = "bot_agent";
    if (!reason && !d->takes_disposable && is_disposable(draft))
        reason = "disposable";
    if (!reason && d->captcha && !draft->captcha_token)
        reason = "captcha_missing";
    if (!reason && held)
        reason = arena_strdup(mem, held);
    json_decref(all);
    return reason;
}

void defence_note(struct receipt *r, const char *reason, struct arena *mem)
{
    json_t *all =
        r->headers_json ? json_loads(r->headers_json, 0, NULL) : json_object();
    char *text;

    json_object_set_new(all, NOTE, json_string(reason));
    text = json_dumps(all, JSON_COMPACT);
    if (text)
        r->headers_json = arena_strdup(mem, text);
    reserve_free(text);
    json_decref(all);
}
