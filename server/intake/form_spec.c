#include "intake/form_spec.h"

#include <stdlib.h>

#include "base/str.h"
#include "intake/spec.h"
#include "lead/money.h"

static const struct form_spec DEFAULT = {.honeypot = "website",
                                         .has_form_event = true,
                                         .form_event = EVENT_FORM_SUBMIT,
                                         .currency = "VND"};

const struct form_spec *form_spec_default(void)
{
    return &DEFAULT;
}

struct compiler {
    struct arena *mem;
    struct form_spec *out;
    struct field_errs *errs;
};

static void fault(const struct compiler *c, const char *pointer,
                  const char *name, enum err e, const char *detail)
{
    field_errs_add(c->errs, spec_pointer(pointer, name, c->mem), e, "%s",
                   detail);
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct form_rule *)a)->key,
                  ((const struct form_rule *)b)->key);
}

/* @return the members, NULL when it is not given or not a usable object */
static json_t *part(const struct compiler *c, const json_t *mapping,
                    const char *name)
{
    json_t *j = json_object_get(mapping, name);

    if (!j || json_is_null(j))
        return NULL;
    if (json_is_object(j) && json_object_size(j) <= FORM_RULES_MAX)
        return j;
    fault(c, "/mapping", name, ERR_WRONG_TYPE,
          "must be an object of at most 200 members");
    return NULL;
}

static struct form_faults faults_of(const struct compiler *c)
{
    return (struct form_faults){c->mem, c->errs, c->out->currency};
}

static void compile_fields(const struct compiler *c, json_t *fields)
{
    const struct form_faults f = faults_of(c);
    const char *name;
    json_t *v;

    c->out->rules = arena_array(c->mem, json_object_size(fields) + 1,
                                sizeof(*c->out->rules));
    json_object_foreach (fields, name, v) {
        struct form_rule *r = &c->out->rules[c->out->n_rules];

        if (!form_rule_compile(
                &f, spec_pointer("/mapping/fields", name, c->mem), name, v, r))
            continue;
        c->out->n_rules++;
        c->out->has_pointers |= *r->key == '/';
    }
    qsort(c->out->rules, c->out->n_rules, sizeof(*c->out->rules), by_key);
}

static void compile_joins(const struct compiler *c, json_t *joins)
{
    const struct form_faults f = faults_of(c);
    const char *name;
    json_t *v;

    c->out->joins = arena_array(c->mem, json_object_size(joins) + 1,
                                sizeof(*c->out->joins));
    json_object_foreach (joins, name, v) {
        struct form_join *j = &c->out->joins[c->out->n_joins];

        if (!form_join_compile(&f, spec_pointer("/mapping/join", name, c->mem),
                               name, v, j))
            continue;
        c->out->n_joins++;
        for (size_t i = 0; i < j->n; i++)
            c->out->has_pointers |= *j->key[i] == '/';
    }
}

static bool is_money(const struct form_target *t)
{
    return t->kind == TARGET_FACT && (t->fact & (FACT_BUDGET | FACT_PRICE));
}

static bool constant_value(const struct compiler *c, const json_t *v,
                           struct form_constant *k)
{
    k->minor = -1;
    if (json_is_integer(v) && is_money(&k->target)) {
        k->minor = json_integer_value(v);
        return true;
    }
    if (json_is_integer(v))
        k->text = arena_printf(c->mem, "%" JSON_INTEGER_FORMAT,
                               json_integer_value(v));
    else if (json_is_boolean(v))
        k->text = json_is_true(v) ? "true" : "false";
    else
        k->text = arena_strdup(c->mem, json_string_value(v));
    return k->text != NULL;
}

static void compile_constants(const struct compiler *c, json_t *constants)
{
    const char *name;
    json_t *v;

    c->out->constants = arena_array(c->mem, json_object_size(constants) + 1,
                                    sizeof(*c->out->constants));
    json_object_foreach (constants, name, v) {
        struct form_constant *k = &c->out->constants[c->out->n_constants];

        if (!form_target_parse(name, c->mem, &k->target) ||
            k->target.kind == TARGET_CONSENT)
            fault(c, "/mapping/constants", name, ERR_UNKNOWN_FIELD,
                  "no constant can be given for that");
        else if (!constant_value(c, v, k))
            fault(c, "/mapping/constants", name, ERR_WRONG_TYPE,
                  "must be a text, an integer or a boolean");
        else if (json_is_integer(v) && is_money(&k->target) &&
                 k->minor < (k->target.fact == FACT_PRICE))
            fault(c, "/mapping/constants", name, ERR_OUT_OF_RANGE,
                  k->target.fact == FACT_PRICE ? "1 or more" : "0 or more");
        else
            c->out->n_constants++;
    }
}

static void compile_honeypot(const struct compiler *c, const json_t *v)
{
    char key[FORM_KEY_BYTES];

    if (!v)
        return;
    c->out->honeypot = NULL;
    if (json_is_null(v))
        return;
    if (!json_is_string(v)) {
        fault(c, "/mapping", "honeypot", ERR_WRONG_TYPE, "must be a text");
        return;
    }
    form_key(json_string_value(v), key);
    c->out->honeypot = arena_strdup(c->mem, key);
}

static void compile_event(const struct compiler *c, const json_t *v)
{
    if (!v)
        return;
    c->out->has_form_event = !json_is_null(v);
    if (c->out->has_form_event &&
        !event_type_parse(json_string_value(v), &c->out->form_event))
        fault(c, "/mapping", "form_event", ERR_UNKNOWN_VALUE,
              "there is no such event type");
}

static void compile_currency(const struct compiler *c, const json_t *v)
{
    if (!v || json_is_null(v))
        return;
    if (currency_decimals(json_string_value(v)) < 0)
        fault(c, "/mapping", "currency", ERR_UNKNOWN_VALUE,
              "must be an ISO 4217 code");
    else
        memcpy(c->out->currency, json_string_value(v), 4);
}

static void compile_reply(const struct compiler *c, const json_t *mapping)
{
    const json_t *status = json_object_get(mapping, "success_status");
    const json_t *get = json_object_get(mapping, "allow_get");
    json_int_t n = json_integer_value(status);

    if (status && !json_is_null(status) && n != 200 && n != 201)
        fault(c, "/mapping", "success_status", ERR_UNKNOWN_VALUE,
              "must be 200 or 201");
    else
        c->out->success_status = (int)n;
    if (get && !json_is_boolean(get) && !json_is_null(get))
        fault(c, "/mapping", "allow_get", ERR_WRONG_TYPE, "must be a boolean");
    c->out->allow_get = json_is_true(get);
}

void form_spec_members(const json_t *mapping, struct arena *mem,
                       struct field_errs *errs)
{
    static const char *const NAMES[] = {
        "fields",     "join",     "constants",      "honeypot",
        "form_event", "currency", "success_status", "allow_get"};
    json_t *writable = (json_t *)(uintptr_t)mapping;
    const char *name;
    json_t *v;

    json_object_foreach (writable, name, v) {
        size_t i = 0;

        while (i < ARRAY_LEN(NAMES) && !str_eq(NAMES[i], name))
            i++;
        if (i == ARRAY_LEN(NAMES))
            field_errs_add(errs, spec_pointer("/mapping", name, mem),
                           ERR_UNKNOWN_FIELD, "there is no such member");
    }
}

enum err form_spec_compile(const json_t *mapping, struct arena *mem,
                           struct form_spec *out_spec, struct field_errs *errs)
{
    struct compiler c = {mem, out_spec, errs};
    size_t before = errs->n;
    json_t *j;

    *out_spec = DEFAULT;
    if (!mapping || json_is_null(mapping))
        return ERR_OK;
    if (!json_is_object(mapping)) {
        field_errs_add(errs, "/mapping", ERR_WRONG_TYPE, "must be an object");
        return ERR_INVALID;
    }
    compile_currency(&c, json_object_get(mapping, "currency"));
    if ((j = part(&c, mapping, "fields")))
        compile_fields(&c, j);
    if ((j = part(&c, mapping, "join")))
        compile_joins(&c, j);
    if ((j = part(&c, mapping, "constants")))
        compile_constants(&c, j);
    compile_honeypot(&c, json_object_get(mapping, "honeypot"));
    compile_event(&c, json_object_get(mapping, "form_event"));
    compile_reply(&c, mapping);
    return errs->n == before ? ERR_OK : ERR_INVALID;
}

const struct form_rule *form_spec_rule(const struct form_spec *spec,
                                       const char *key)
{
    const struct form_rule probe = {.key = key};

    return spec->n_rules ? bsearch(&probe, spec->rules, spec->n_rules,
                                   sizeof(probe), by_key)
                         : NULL;
}

bool form_spec_names(const struct form_spec *spec, const char *name)
{
    char key[FORM_KEY_BYTES];

    form_key(name, key);
    if (!*key)
        return false;
    for (size_t i = 0; i < spec->n_joins; i++)
        for (size_t k = 0; k < spec->joins[i].n; k++)
            if (str_eq(spec->joins[i].key[k], key))
                return true;
    return form_spec_rule(spec, key) != NULL;
}
