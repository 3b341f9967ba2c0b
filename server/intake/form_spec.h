/**
 * @file form_spec.h
 * A source's mapping, read once when settings are loaded and used for every
 * post after that.  Immutable then; any thread.
 *
 *   {"fields": {"dich_vu": "fact.need", "demo": "event:demo_request",
 *               "/form/answers/0/text": "contact.phone",
 *               "quan_tam": {"to": "fact.need",
 *                            "values": {"Có": "explicit"},
 *                            "else": "latent"}},
 *    "join": {"contact.name": ["ho", "ten"],
 *             "fact.budget": {"fields": ["so", "don_vi"], "with": " "}},
 *    "constants": {"fact.price": 50000000, "touch.channel": "landing"},
 *    "honeypot": "website",       null: none
 *    "form_event": "form_submit", null: none
 *    "currency": "VND",           of amounts that name none
 *    "success_status": 200,       200 or 201; without: what the sender takes
 *    "allow_get": true}           a GET with a query is a post, too
 *
 * A field is a name, compared folded (form_key), or a JSON Pointer into the
 * body, which begins with a '/'.  Constants come before joins, joins before
 * fields; the first value of a text or fact stays.  A value that a table
 * lacks is left out unless there is an "else".
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
#include "intake/form_rule.h"

/** Most fields, and most constants, of one mapping. */
#define FORM_RULES_MAX 200

struct form_constant {
    struct form_target target;
    const char *text;
    int64_t minor; /**< of an amount given as a number; else -1 */
};

struct form_spec {
    struct form_rule *rules; /**< sorted by key */
    size_t n_rules;
    bool has_pointers; /**< some rule or join names a JSON Pointer */
    struct form_join *joins;
    size_t n_joins;
    struct form_constant *constants;
    size_t n_constants;
    const char *honeypot; /**< folded name; NULL: none */
    bool has_form_event;
    enum event_type form_event;
    char currency[4];
    int success_status; /**< 200 or 201; 0: what the sender takes */
    bool allow_get;
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

/** Members of a mapping that mean nothing, as ERR_UNKNOWN_FIELD: for new
 *  mappings; stored ones may have them. */
void form_spec_members(const json_t *mapping, struct arena *mem,
                       struct field_errs *errs);

/** @return the rule for a folded name or a pointer, NULL when there is none */
const struct form_rule *form_spec_rule(const struct form_spec *spec,
                                       const char *key);

/** Does a rule or a join name the field so?  @param name as it came */
bool form_spec_names(const struct form_spec *spec, const char *name);

#endif
