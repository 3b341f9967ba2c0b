/**
 * @file form_rule.h
 * One line of a mapping: which field, what it fills, and a table of values
 * where the form's words are not ours; and joins of several fields into one.
 * Pure; any thread.  What is documented of mappings stands in form_spec.h.
 */
#ifndef LEADD_FORM_RULE_H
#define LEADD_FORM_RULE_H

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"
#include "intake/form_target.h"

/** Most values of one table, fields of one join. */
#define FORM_VALUES_MAX 100
#define FORM_JOIN_MAX   8

struct form_value {
    const char *key, *text; /**< folded; what it stands for */
};

struct form_rule {
    /** folded field name (form_key), or a JSON Pointer as written */
    const char *key;
    const char *name; /**< the same as written */
    struct form_target target;
    const struct form_value *values;
    size_t n_values;       /**< 0: the value is taken as it is */
    const char *otherwise; /**< for values not in the table; NULL: left out */
};

struct form_join {
    struct form_target target;
    const char *key[FORM_JOIN_MAX]; /**< as in struct form_rule */
    const char *name[FORM_JOIN_MAX];
    bool is_object; /**< written with "fields" */
    size_t n;
    const char *with; /**< between those that are given */
};

/** Where faults go: the mapping's own pointers. */
struct form_faults {
    struct arena *mem; /**< owns what is compiled, too */
    struct field_errs *errs;
    const char *currency; /**< of amounts in tables */
};

/**
 * "target" or {"to": "target", "values": {...}, "else": "..."}.
 * @param pointer of the rule, "/mapping/fields/demo"
 * @return false: at least one fault was noted
 */
bool form_rule_compile(const struct form_faults *f, const char *pointer,
                       const char *name, const json_t *v,
                       struct form_rule *out);

/**
 * ["first", "last"] or {"fields": [...], "with": " "}; the member's name is
 * the target.
 */
bool form_join_compile(const struct form_faults *f, const char *pointer,
                       const char *target, const json_t *v,
                       struct form_join *out);

/** What a value stands for; NULL: leave it out. @a n is updated */
const char *form_rule_value(const struct form_rule *rule, const char *value,
                            size_t *n, struct arena *mem);

#endif
