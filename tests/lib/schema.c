/* The part of JSON Schema 2020-12 that openapi.yaml uses. */
#include <math.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openapi_check.h"

#define DEPTH_MAX 200

struct check {
    const json_t *doc;
    char *why; /* NULL: only the answer matters */
    size_t why_size;
    int depth;
};

/* Where in the instance we are: a list back to the root. */
struct at {
    const struct at *up;
    const char *name; /* NULL: index */
    size_t index;
};

static bool fits(struct check *c, const json_t *schema, const json_t *v,
                 const struct at *at);

static size_t write_at(const struct at *at, char *out, size_t n)
{
    size_t len;

    if (!at || !at->up)
        return 0;
    len = write_at(at->up, out, n);
    if (len >= n)
        return len;
    if (at->name)
        return len + (size_t)snprintf(out + len, n - len, "/%s", at->name);
    return len + (size_t)snprintf(out + len, n - len, "/%zu", at->index);
}

__attribute__((format(printf, 3, 4))) static bool
no(struct check *c, const struct at *at, const char *fmt, ...)
{
    char pointer[256] = "";
    char text[512];
    va_list ap;

    if (!c->why || !c->why_size)
        return false;
    (void)write_at(at, pointer, sizeof(pointer));
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    snprintf(c->why, c->why_size, "at \"%s\": %s", pointer, text);
    return false;
}

static const char *type_name(const json_t *v)
{
    static const char *const NAMES[] = {"object",  "array",  "string",
                                        "integer", "number", "boolean",
                                        "boolean", "null"};

    return NAMES[json_typeof(v)];
}

static bool is_type(const json_t *v, const char *type)
{
    double whole;

    if (!strcmp(type, "number"))
        return json_is_number(v);
    if (!strcmp(type, "integer") && json_is_real(v))
        return modf(json_real_value(v), &whole) == 0.0;
    return !strcmp(type, type_name(v));
}

static bool check_type(struct check *c, const json_t *type, const json_t *v,
                       const struct at *at)
{
    size_t i;
    const json_t *one;

    if (json_is_string(type) && is_type(v, json_string_value(type)))
        return true;
    json_array_foreach (type, i, one)
        if (is_type(v, json_string_value(one)))
            return true;
    return no(c, at, "is a %s", type_name(v));
}

static bool in_range(struct check *c, const json_t *schema, const json_t *v,
                     const struct at *at)
{
    const json_t *min = json_object_get(schema, "minimum");
    const json_t *max = json_object_get(schema, "maximum");
    double d = json_number_value(v);

    if (min && d < json_number_value(min))
        return no(c, at, "%g is below %g", d, json_number_value(min));
    if (max && d > json_number_value(max))
        return no(c, at, "%g is above %g", d, json_number_value(max));
    return true;
}

static bool matches(const char *s, const char *pattern)
{
    regex_t re;
    bool ok;

    if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    ok = regexec(&re, s, 0, NULL, 0) == 0;
    regfree(&re);
    return ok;
}

static const char *pattern_of(const char *format)
{
    if (!strcmp(format, "date-time"))
        return "^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:"
               "[0-5][0-9](\\.[0-9]+)?(Z|[+-][0-2][0-9]:[0-5][0-9])$";
    if (!strcmp(format, "date"))
        return "^[0-9]{4}-[01][0-9]-[0-3][0-9]$";
    if (!strcmp(format, "uuid"))
        return "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$";
    return NULL;
}

/* Characters, not bytes. */
static size_t text_length(const char *s)
{
    size_t n = 0;

    for (; *s; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

static bool check_string(struct check *c, const json_t *schema, const json_t *v,
                         const struct at *at)
{
    const char *s = json_string_value(v);
    const json_t *max = json_object_get(schema, "maxLength");
    const json_t *min = json_object_get(schema, "minLength");
    const json_t *pattern = json_object_get(schema, "pattern");
    const json_t *format = json_object_get(schema, "format");
    json_int_t n = (json_int_t)text_length(s);
    const char *re = format ? pattern_of(json_string_value(format)) : NULL;

    if (format && !re)
        return no(c, at, "format %s is not known to this checker",
                  json_string_value(format));
    if (re && !matches(s, re))
        return no(c, at, "\"%s\" is not a %s", s, json_string_value(format));
    if (pattern && !matches(s, json_string_value(pattern)))
        return no(c, at, "\"%s\" does not fit %s", s,
                  json_string_value(pattern));
    if (max && n > json_integer_value(max))
        return no(c, at, "is longer than allowed");
    if (min && n < json_integer_value(min))
        return no(c, at, "is shorter than allowed");
    return true;
}

static bool check_count(struct check *c, const json_t *schema,
                        const char *min_name, const char *max_name, size_t n,
                        const struct at *at)
{
    const json_t *min = json_object_get(schema, min_name);
    const json_t *max = json_object_get(schema, max_name);

    if ((min && (json_int_t)n < json_integer_value(min)) ||
        (max && (json_int_t)n > json_integer_value(max)))
        return no(c, at, "has %zu entries", n);
    return true;
}

static bool check_array(struct check *c, const json_t *schema, const json_t *v,
                        const struct at *at)
{
    const json_t *items = json_object_get(schema, "items");
    const json_t *one;
    size_t i;

    if (!check_count(c, schema, "minItems", "maxItems", json_array_size(v), at))
        return false;
    json_array_foreach (v, i, one) {
        struct at here = {at, NULL, i};

        if (items && !fits(c, items, one, &here))
            return false;
    }
    return true;
}

static bool check_members(struct check *c, const json_t *schema,
                          const json_t *v, const struct at *at)
{
    const json_t *known = json_object_get(schema, "properties");
    const json_t *more = json_object_get(schema, "additionalProperties");
    const char *name;
    json_t *one;

    json_object_foreach ((json_t *)(uintptr_t)v, name, one) {
        const json_t *sub = json_object_get(known, name);
        struct at here = {at, name, 0};

        if (!sub && json_is_false(more))
            return no(c, &here, "is not documented");
        if (!sub && json_is_object(more))
            sub = more;
        if (sub && !fits(c, sub, one, &here))
            return false;
    }
    return true;
}

static bool check_object(struct check *c, const json_t *schema, const json_t *v,
                         const struct at *at)
{
    const json_t *required = json_object_get(schema, "required");
    const json_t *name;
    size_t i;

    json_array_foreach (required, i, name)
        if (!json_object_get(v, json_string_value(name)))
            return no(c, at, "member %s is missing", json_string_value(name));
    return check_count(c, schema, "minProperties", "maxProperties",
                       json_object_size(v), at) &&
           check_members(c, schema, v, at);
}

static bool one_of_values(const json_t *list, const json_t *v)
{
    const json_t *one;
    size_t i;

    json_array_foreach (list, i, one)
        if (json_equal(one, v))
            return true;
    return false;
}

/* @return how many of the list fit; the first fault of the last that does
 * not goes to why */
static size_t count_fits(struct check *c, const json_t *list, const json_t *v,
                         const struct at *at)
{
    const json_t *one;
    size_t i, n = 0;

    json_array_foreach (list, i, one)
        n += fits(c, one, v, at);
    return n;
}

static bool check_choice(struct check *c, const json_t *schema, const json_t *v,
                         const struct at *at)
{
    const json_t *any = json_object_get(schema, "anyOf");
    const json_t *one = json_object_get(schema, "oneOf");
    const json_t *all = json_object_get(schema, "allOf");
    size_t n;

    if (all && count_fits(c, all, v, at) != json_array_size(all))
        return false;
    if (any && !count_fits(c, any, v, at))
        return false;
    if (!one)
        return true;
    n = count_fits(c, one, v, at);
    return n > 1 ? no(c, at, "fits %zu of oneOf", n) : n == 1;
}

/* What this checker understands, and what says nothing about validity. */
static bool keywords_known(struct check *c, const json_t *schema,
                           const struct at *at)
{
    static const char *const KNOWN[] = {
        "$ref",        "type",          "enum",      "const",
        "minimum",     "maximum",       "minLength", "maxLength",
        "pattern",     "format",        "items",     "minItems",
        "maxItems",    "properties",    "required",  "additionalProperties",
        "anyOf",       "oneOf",         "allOf",     "minProperties",
        "description", "example",       "examples",  "default",
        "title",       "maxProperties", NULL};
    const char *name;
    json_t *value;

    json_object_foreach ((json_t *)(uintptr_t)schema, name, value) {
        size_t i = 0;

        while (KNOWN[i] && strcmp(KNOWN[i], name) != 0)
            i++;
        if (!KNOWN[i])
            return no(c, at, "keyword %s is not known to this checker", name);
    }
    return true;
}

static const json_t *resolve(const json_t *doc, const char *ref)
{
    char path[256];
    char *save = NULL;
    const json_t *j = doc;

    if (strncmp(ref, "#/", 2) != 0 || strlen(ref) >= sizeof(path))
        return NULL;
    strcpy(path, ref + 2);
    for (char *p = strtok_r(path, "/", &save); p && j;
         p = strtok_r(NULL, "/", &save))
        j = json_object_get(j, p);
    return j;
}

static bool check_ref(struct check *c, const json_t *ref, const json_t *v,
                      const struct at *at)
{
    const json_t *target = resolve(c->doc, json_string_value(ref));

    if (!target)
        return no(c, at, "%s leads nowhere", json_string_value(ref));
    return fits(c, target, v, at);
}

static bool check_all(struct check *c, const json_t *schema, const json_t *v,
                      const struct at *at)
{
    const json_t *ref = json_object_get(schema, "$ref");
    const json_t *type = json_object_get(schema, "type");
    const json_t *list = json_object_get(schema, "enum");
    const json_t *fixed = json_object_get(schema, "const");

    if (!keywords_known(c, schema, at) || (ref && !check_ref(c, ref, v, at)) ||
        (type && !check_type(c, type, v, at)))
        return false;
    if (list && !one_of_values(list, v))
        return no(c, at, "is not one of the documented values: %s",
                  json_is_string(v) ? json_string_value(v) : type_name(v));
    if (fixed && !json_equal(fixed, v))
        return no(c, at, "is not the documented value");
    if (json_is_number(v) && !in_range(c, schema, v, at))
        return false;
    if (json_is_string(v) && !check_string(c, schema, v, at))
        return false;
    if (json_is_array(v) && !check_array(c, schema, v, at))
        return false;
    if (json_is_object(v) && !check_object(c, schema, v, at))
        return false;
    return check_choice(c, schema, v, at);
}

static bool fits(struct check *c, const json_t *schema, const json_t *v,
                 const struct at *at)
{
    bool ok;

    if (json_is_boolean(schema))
        return json_is_true(schema) || no(c, at, "is not allowed");
    if (++c->depth > DEPTH_MAX)
        ok = no(c, at, "too deep");
    else
        ok = check_all(c, schema, v, at);
    c->depth--;
    return ok;
}

bool openapi_fits(const json_t *doc, const json_t *schema, const json_t *v,
                  char *why, size_t why_size)
{
    struct check c = {doc, why, why_size, 0};
    struct at root = {NULL, NULL, 0};

    return fits(&c, schema, v, &root);
}
