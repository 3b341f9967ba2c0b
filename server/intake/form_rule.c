#include "intake/form_rule.h"

#include "base/fold.h"
#include "base/str.h"
#include "base/text.h"
#include "intake/limits.h"
#include "intake/spec.h"

static bool fault(const struct form_faults *f, const char *pointer, enum err e,
                  const char *detail)
{
    field_errs_add(f->errs, pointer, e, "%s", detail);
    return false;
}

/* A JSON Pointer stays as it is, a name is folded. @return NULL: no name */
static const char *key_of(const struct form_faults *f, const char *name)
{
    char key[FORM_KEY_BYTES];

    if (!name || strlen(name) > 2 * LIMIT_WORD)
        return NULL;
    if (*name == '/')
        return arena_strdup(f->mem, name);
    form_key(name, key);
    return *key ? arena_strdup(f->mem, key) : NULL;
}

/* What values are compared by: no case, no marks, no ends. */
static const char *value_key(const char *value, size_t n, struct arena *mem)
{
    return fold_text(text_clean(value, n, TEXT_LINE, mem), mem);
}

static bool known_members(const struct form_faults *f, const char *pointer,
                          const json_t *object, const char *const *names)
{
    json_t *writable = (json_t *)(uintptr_t)object;
    const char *name;
    bool good = true;
    json_t *v;

    json_object_foreach (writable, name, v) {
        const char *const *k = names;

        while (*k && !str_eq(*k, name))
            k++;
        if (!*k)
            good = fault(f, spec_pointer(pointer, name, f->mem),
                         ERR_UNKNOWN_FIELD, "there is no such member");
    }
    return good;
}

static bool one_value(const struct form_faults *f, const char *pointer,
                      const json_t *v, const struct form_target *t,
                      const char **out)
{
    const char *text = json_string_value(v);

    if (!text || strlen(text) > LIMIT_WORD)
        return fault(f, pointer, ERR_WRONG_TYPE, "must be a short text");
    if (!form_target_takes(t, text, f->currency))
        return fault(f, pointer, ERR_UNKNOWN_VALUE,
                     "the target does not know this value");
    *out = arena_strdup(f->mem, text);
    return true;
}

static bool compile_values(const struct form_faults *f, const char *pointer,
                           json_t *table, struct form_rule *out)
{
    struct form_value *values;
    const char *name;
    bool good = true;
    json_t *v;

    if (!json_is_object(table) || !json_object_size(table) ||
        json_object_size(table) > FORM_VALUES_MAX)
        return fault(f, pointer, ERR_WRONG_TYPE,
                     "must be an object of 1 to 100 members");
    values = arena_array(f->mem, json_object_size(table), sizeof(*values));
    json_object_foreach (table, name, v) {
        struct form_value *one = &values[out->n_values];

        one->key = value_key(name, strlen(name), f->mem);
        if (one_value(f, spec_pointer(pointer, name, f->mem), v, &out->target,
                      &one->text))
            out->n_values++;
        else
            good = false;
    }
    out->values = values;
    return good;
}

bool form_rule_compile(const struct form_faults *f, const char *pointer,
                       const char *name, const json_t *v, struct form_rule *out)
{
    static const char *const MEMBERS[] = {"to", "values", "else", NULL};
    const bool plain = json_is_string(v);
    const json_t *to = plain ? v : json_object_get(v, "to");
    json_t *values = json_object_get(v, "values");
    const json_t *otherwise = json_object_get(v, "else");
    bool good;

    memset(out, 0, sizeof(*out));
    if (!(out->key = key_of(f, name)))
        return fault(f, pointer, ERR_UNKNOWN_FIELD, "no field is named so");
    out->name = arena_strdup(f->mem, name);
    if (!plain && !json_is_object(v))
        return fault(f, pointer, ERR_WRONG_TYPE,
                     "must be a target or an object with \"to\"");
    if (!json_is_string(to) ||
        !form_target_parse(json_string_value(to), f->mem, &out->target))
        return fault(f, plain ? pointer : spec_pointer(pointer, "to", f->mem),
                     ERR_UNKNOWN_VALUE, "there is no such target");
    good = plain || known_members(f, pointer, v, MEMBERS);
    if (values)
        good &= compile_values(f, spec_pointer(pointer, "values", f->mem),
                               values, out);
    if (otherwise)
        good &= one_value(f, spec_pointer(pointer, "else", f->mem), otherwise,
                          &out->target, &out->otherwise);
    if (otherwise && !values)
        good = fault(f, spec_pointer(pointer, "values", f->mem), ERR_REQUIRED,
                     "\"else\" goes with a table of values");
    return good;
}

static bool joinable(const struct form_target *t)
{
    return t->kind == TARGET_TEXT || t->kind == TARGET_FACT;
}

bool form_join_compile(const struct form_faults *f, const char *pointer,
                       const char *target, const json_t *v,
                       struct form_join *out)
{
    static const char *const MEMBERS[] = {"fields", "with", NULL};
    const json_t *list = json_is_array(v) ? v : json_object_get(v, "fields");
    const json_t *with = json_object_get(v, "with");
    const char *at =
        json_is_array(v) ? pointer : spec_pointer(pointer, "fields", f->mem);
    bool good = true;

    *out = (struct form_join){.with = " ", .is_object = json_is_object(v)};
    if (!form_target_parse(target, f->mem, &out->target) ||
        !joinable(&out->target))
        return fault(f, pointer, ERR_UNKNOWN_FIELD,
                     "several fields cannot be joined into that");
    if (!json_array_size(list) || json_array_size(list) > FORM_JOIN_MAX)
        return fault(f, at, ERR_WRONG_TYPE, "must be a list of 1 to 8 fields");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));

        out->name[out->n] = arena_strdup(f->mem, name);
        if (!(out->key[out->n++] = key_of(f, name)))
            good = fault(f, spec_pointer_at(at, i, f->mem), ERR_WRONG_TYPE,
                         "must be the name of a field or a JSON Pointer");
    }
    if (json_is_object(v))
        good &= known_members(f, pointer, v, MEMBERS);
    if (with && (!json_is_string(with) || json_string_length(with) > 16))
        good = fault(f, spec_pointer(pointer, "with", f->mem), ERR_WRONG_TYPE,
                     "must be a text of at most 16 bytes");
    else if (with)
        out->with = arena_strdup(f->mem, json_string_value(with));
    return good;
}

const char *form_rule_value(const struct form_rule *rule, const char *value,
                            size_t *n, struct arena *mem)
{
    const char *text = rule->otherwise, *key;

    if (!rule->n_values)
        return value;
    key = value_key(value, *n, mem);
    for (size_t i = 0; i < rule->n_values; i++)
        if (str_eq(rule->values[i].key, key))
            text = rule->values[i].text;
    *n = text ? strlen(text) : 0;
    return text;
}
