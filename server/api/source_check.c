#include "api/source_check.h"

#include <math.h>

#include "base/str.h"
#include "flow/defence.h"
#include "intake/form_spec.h"
#include "intake/hook.h"
#include "intake/limits.h"
#include "intake/spec.h"
#include "lead/money.h"

/* 2^63: the first whole number that is no 64-bit integer. */
#define WHOLE_END 9223372036854775808.0

static void check_origins(const json_t *doc, struct field_errs *errs)
{
    const json_t *list = json_object_get(doc, "allowed_origins");

    if (!list || json_is_null(list))
        return;
    if (!json_is_array(list) || json_array_size(list) > 100) {
        field_errs_add(errs, "/allowed_origins", ERR_WRONG_TYPE,
                       "a list of at most 100 origins");
        return;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *s = json_string_value(json_array_get(list, i));

        if (!s || (!str_starts(s, "https://") && !str_starts(s, "http://")) ||
            strchr(strstr(s, "//") + 2, '/'))
            field_errs_add(
                errs, arena_printf(errs->mem, "/allowed_origins/%zu", i),
                ERR_UNKNOWN_VALUE, "an origin such as https://example.com");
    }
}

static void check_object(const json_t *doc, const char *name,
                         struct field_errs *errs)
{
    const json_t *v = json_object_get(doc, name);

    if (v && !json_is_null(v) && !json_is_object(v))
        field_errs_add(errs, arena_printf(errs->mem, "/%s", name),
                       ERR_WRONG_TYPE, "an object is expected");
}

static void check_pointer(const char *name, const char *at,
                          struct field_errs *errs)
{
    if (*name == '/' && !spec_pointer_valid(name))
        field_errs_add(errs, at, ERR_UNKNOWN_VALUE,
                       "no JSON Pointer: \"~\" stands as ~0, \"/\" as ~1");
}

/* Of new mappings: a stored one that has a bad one stays in force. */
static void check_pointers(const struct form_spec *spec,
                           struct field_errs *errs)
{
    static const char FIELDS[] = "/mapping/fields", JOIN[] = "/mapping/join";
    struct arena *mem = errs->mem;

    for (size_t i = 0; i < spec->n_rules; i++)
        check_pointer(spec->rules[i].name,
                      spec_pointer(FIELDS, spec->rules[i].name, mem), errs);
    for (size_t i = 0; i < spec->n_joins; i++) {
        const struct form_join *j = &spec->joins[i];
        const char *at =
            spec_pointer(JOIN, form_target_name(&j->target, mem), mem);

        if (j->is_object)
            at = spec_pointer(at, "fields", mem);
        for (size_t k = 0; k < j->n; k++)
            check_pointer(j->name[k], spec_pointer_at(at, k, mem), errs);
    }
}

static void check_mapping(const json_t *mapping, struct arena *mem,
                          struct field_errs *errs)
{
    struct form_spec spec;

    if (!json_is_object(mapping))
        return;
    form_spec_members(mapping, mem, errs);
    (void)!form_spec_compile(mapping, mem, &spec, errs);
    check_pointers(&spec, errs);
}

static void check_window(const json_t *doc, struct field_errs *errs)
{
    const json_t *v =
        json_object_get(json_object_get(doc, "defaults"), "replay_window_s");

    if (v && (!json_is_integer(v) || json_integer_value(v) < 0 ||
              json_integer_value(v) > HOOK_WINDOW_MAX_S))
        field_errs_add(errs, "/defaults/replay_window_s", ERR_OUT_OF_RANGE,
                       "seconds from 0 to %d", HOOK_WINDOW_MAX_S);
}

/* ---- defaults ---- */

static void check_text(const json_t *defaults, const char *name,
                       struct field_errs *errs)
{
    const json_t *v = json_object_get(defaults, name);

    if (!v || json_is_null(v))
        return;
    if (!json_is_string(v))
        field_errs_add(errs, spec_pointer("/defaults", name, errs->mem),
                       ERR_WRONG_TYPE, "a text is expected");
    else if (json_string_length(v) > LIMIT_WORD)
        field_errs_add(errs, spec_pointer("/defaults", name, errs->mem),
                       ERR_TOO_LONG, "at most %d bytes", LIMIT_WORD);
}

static void check_price(const json_t *defaults, struct field_errs *errs)
{
    const json_t *price = json_object_get(defaults, "price");
    const json_t *currency = json_object_get(defaults, "currency");

    if (price && !json_is_null(price) && !json_is_integer(price))
        field_errs_add(errs, "/defaults/price", ERR_WRONG_TYPE,
                       "an integer in the minor unit is expected");
    else if (json_is_integer(price) && json_integer_value(price) < 1)
        field_errs_add(errs, "/defaults/price", ERR_OUT_OF_RANGE, "1 or more");
    if (currency && !json_is_null(currency) &&
        (!json_is_string(currency) ||
         currency_decimals(json_string_value(currency)) < 0))
        field_errs_add(errs, "/defaults/currency", ERR_UNKNOWN_VALUE,
                       "an ISO 4217 code");
}

/* ---- secrets ---- */

/* An empty one would fit nobody, or everybody. */
static bool is_secret(const json_t *v)
{
    if (!json_is_array(v))
        return json_string_length(v) || json_is_integer(v);
    for (size_t i = 0; i < json_array_size(v); i++)
        if (!is_secret(json_array_get(v, i)))
            return false;
    return json_array_size(v) > 0;
}

static bool is_empty(const json_t *v)
{
    return (json_is_array(v) && !json_array_size(v)) ||
           (json_is_object(v) && !json_object_size(v));
}

/* Nobody is verified by these, so there may be none. */
static bool may_be_empty(const char *name)
{
    return str_eq(name, "page_tokens") || str_eq(name, "form_ids") ||
           str_eq(name, "owner");
}

/* A page each has its own token: an object of secrets. */
static bool are_secrets(const char *name, const json_t *v)
{
    json_t *all = (json_t *)(uintptr_t)v; /* iterators want it writable */
    const char *page;
    json_t *one;

    if (!json_is_object(v) || !str_eq(name, "page_tokens"))
        return is_secret(v);
    json_object_foreach (all, page, one)
        if (!is_secret(one))
            return false;
    return true;
}

/* Some platforms also send unsigned: a new source may say so. */
static bool is_open(const json_t *doc, const char *name, const json_t *v)
{
    const struct hook *hook =
        hook_find(json_string_value(json_object_get(doc, "kind")));

    return json_is_null(v) && str_eq(name, "secret") && hook &&
           hook->may_be_open;
}

static void check_secrets(const json_t *doc, struct field_errs *errs)
{
    const json_t *secrets = json_object_get(doc, "secrets");
    json_t *all = (json_t *)(uintptr_t)secrets;
    const char *name;
    json_t *v;

    json_object_foreach (all, name, v)
        if (is_empty(v) ? !may_be_empty(name)
                        : !are_secrets(name, v) && !is_open(doc, name, v))
            field_errs_add(errs, spec_pointer("/secrets", name, errs->mem),
                           ERR_WRONG_TYPE,
                           "a text, or a list of texts, none of them empty");
}

/* ---- numbers ---- */

/* The database writes 1e20 with all its digits, and as an integer nobody can
   read it again. */
static void check_number(const json_t *v, const char *pointer,
                         struct field_errs *errs)
{
    if (json_is_real(v) && fabs(json_real_value(v)) >= WHOLE_END)
        field_errs_add(errs, pointer, ERR_OUT_OF_RANGE,
                       "a number beyond 64 bits cannot be kept");
}

/* Depth is bounded by json_guard. */
static void check_numbers(const json_t *v, const char *pointer,
                          struct field_errs *errs)
{
    json_t *all = (json_t *)(uintptr_t)v;
    const char *name;
    json_t *one;
    size_t i;

    check_number(v, pointer, errs);
    json_object_foreach (all, name, one)
        check_numbers(one, spec_pointer(pointer, name, errs->mem), errs);
    json_array_foreach (all, i, one)
        check_numbers(one, spec_pointer_at(pointer, i, errs->mem), errs);
}

void source_check(const json_t *doc, struct arena *mem, struct field_errs *errs)
{
    const json_t *defaults = json_object_get(doc, "defaults");

    check_origins(doc, errs);
    check_object(doc, "defaults", errs);
    check_text(defaults, "channel", errs);
    check_text(defaults, "campaign", errs);
    check_price(defaults, errs);
    defence_check(defaults, errs);
    check_window(doc, errs);
    check_object(doc, "secrets", errs);
    check_secrets(doc, errs);
    check_object(doc, "mapping", errs);
    check_mapping(json_object_get(doc, "mapping"), mem, errs);
    check_numbers(defaults, "/defaults", errs);
}

/* ---- who names the records ---- */

static bool is_id(const struct form_target *t)
{
    return t->kind == TARGET_TEXT && t->text == TARGET_TEXT_EXTERNAL_ID;
}

static void refuse(const char *part, const char *name, const char *why,
                   struct field_errs *errs)
{
    field_errs_add(errs, spec_pointer(part, name, errs->mem), ERR_UNKNOWN_VALUE,
                   "%s", why);
}

void source_check_id(const char *kind, const json_t *mapping, struct arena *mem,
                     struct field_errs *errs)
{
    static const char THEIRS[] = "the platform gives ids of its own";
    const bool theirs = hook_find(kind) && !str_eq(kind, "generic");
    struct field_errs unheard = {.mem = mem};
    struct form_spec spec;

    if (!json_is_object(mapping) ||
        form_spec_compile(mapping, mem, &spec, &unheard) != ERR_OK)
        return;
    for (size_t i = 0; i < spec.n_rules; i++)
        if (theirs && is_id(&spec.rules[i].target))
            refuse("/mapping/fields", spec.rules[i].name, THEIRS, errs);
    for (size_t i = 0; i < spec.n_joins; i++)
        if (theirs && is_id(&spec.joins[i].target))
            refuse("/mapping/join", "external_id", THEIRS, errs);
    for (size_t i = 0; i < spec.n_constants; i++)
        if (is_id(&spec.constants[i].target))
            refuse("/mapping/constants", "external_id",
                   "one id for all would make everybody one person", errs);
}
