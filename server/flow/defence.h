/**
 * @file defence.h
 * What a public form has against posts that nobody meant: what its source
 * says of it, and the judgement of one post.  Suspects are kept in quarantine
 * with the reason; they are never told.  Any thread.
 *
 * Members of a source's `defaults`:
 *   min_fill_ms     nobody fills the form in faster; needs a token
 *   token_required  true: a post without one is suspect
 *   disposable      "quarantine" (default) or "accept" throw-away addresses
 *   bot_agents      "quarantine" (default) or "accept" machines that say so
 *   captcha         "turnstile" or "hcaptcha"; secrets.captcha_secret
 * and of its secrets: token_secret, made with the source.
 */
#ifndef LEADD_DEFENCE_H
#define LEADD_DEFENCE_H

#include <jansson.h>

#include "base/arena.h"
#include "intake/form_token.h"
#include "lead/draft.h"
#include "store/work.h"

enum captcha { CAPTCHA_NONE, CAPTCHA_TURNSTILE, CAPTCHA_HCAPTCHA };

struct defence {
    struct form_keys token_keys;
    int64_t min_fill_ms;
    bool token_required, takes_disposable, takes_bots;
    enum captcha captcha;
    const char *captcha_secret; /**< the newest; NULL: none */
};

/** Is it worth fetching a token when the form is shown? */
static inline bool defence_asks_token(const struct defence *d)
{
    return d->token_required || d->min_fill_ms > 0;
}

/** Read what a source says.  What it says wrongly counts as not said. */
void defence_compile(const json_t *defaults, const char *secrets_json,
                     const struct uuid *source_id, struct arena *mem,
                     struct defence *out);

/** Faults of new defaults, at "/defaults/..." */
void defence_check(const json_t *defaults, struct field_errs *errs);

/**
 * Judge one post by what its receipt holds.
 *
 * @param draft identified
 * @return NULL, or the reason it is held for; static, or in @a mem
 */
const char *defence_judge(const struct defence *d, const struct draft *draft,
                          const struct receipt *r, struct arena *mem);

/** Note in a receipt what its bytes do not show again: a reason to hold it
 *  that was found when it came. */
void defence_note(struct receipt *r, const char *reason, struct arena *mem);

#endif
