/**
 * @file form_spec.h
 * A source's mapping, read once when settings are loaded and used for every
 * post after that.  Immutable then; any thread.
 *
 *   {"fields": {"dich_vu": "fact.need", "demo": "event:demo_request"},
 *    "constants": {"fact.price": 50000000, "touch.channel": "landing"},
 *    "honeypot": "website",       null: none
 *    "form_event": "form_submit", null: none
 *    "currency": "VND"}           of amounts that name none
 *
 * Targets: see form_target_parse.  Facts and events come from a form only as
 * far as a mapping lists them.  A constant amount is in minor units when it
 * is a number, as typed when it is a text.
 */
#ifndef LEADD_FORM_SPEC_H
#define LEADD_FORM_SPEC_H

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"
#include "intake/form_target.h"

/** Most fields, and most constants, of one mapping. */
#define FORM_RULES_MAX 200

struct form_rule {
    const char *key; /**< folded field name (form_key) */
    struct form_target target;
};

struct form_constant {
    struct form_target target;
    const char *text;
    int64_t minor; /**< of an amount given as a number; else -1 */
};

struct form_spec {
    struct form_rule *rules; /**< sorted by key */
    size_t n_rules;
    struct form_constant *constants;
    size_t n_constants;
    const char *honeypot; /**< folded name; NULL: none */
    bool has_form_event;
    enum event_type form_event;
    char currency[4];
};

/** The spec of a source without a mapping; static. */
const struct form_spec *form_spec_default(void);

/**
 * Read a mapping.
 *
 * @param mapping borrowed for this call; NULL or null gives the default
 * @param mem owns what @a out_spec points to
 * @param errs every fault, at "/mapping/..."
 * @return ERR_OK or ERR_INVALID
 */
enum err form_spec_compile(const json_t *mapping, struct arena *mem,
                           struct form_spec *out_spec,
                           struct field_errs *errs) MUST_CHECK;

/** @return the rule for a folded name, NULL when there is none */
const struct form_rule *form_spec_rule(const struct form_spec *spec,
                                       const char *key);

#endif
