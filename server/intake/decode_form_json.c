/* A form as a JSON object.  Builders wrap the answers in all sorts of ways;
 * see form_json in form_fields.h for those that are opened. */
#include <jansson.h>
#include <stdio.h>

#include "base/str.h"
#include "intake/form_fields.h"
#include "intake/form_hubspot.h"
#include "intake/json_guard.h"
#include "intake/spec.h"

/* One value and where it stood, as a JSON Pointer when that is asked for. */
struct spot {
    const char *name, *pointer;
};

static struct spot below(const struct form_fields *out, const struct spot *at,
                         const char *name, const char *member)
{
    const char *pointer =
        out->pointers ? spec_pointer_whole(at->pointer, member, out->mem)
                      : NULL;

    return (struct spot){name, pointer};
}

static struct spot item_at(const struct form_fields *out, const struct spot *at,
                           size_t i)
{
    const char *pointer =
        out->pointers ? spec_pointer_at(at->pointer, i, out->mem) : NULL;

    return (struct spot){at->name, pointer};
}

static enum err add_text(struct form_fields *out, const struct spot *at,
                         const char *value, size_t n)
{
    enum err e = form_fields_add(out, arena_strdup(out->mem, at->name),
                                 arena_strndup(out->mem, value, n), n);

    if (e == ERR_OK)
        out->items[out->n - 1].pointer = at->pointer;
    return e;
}

/* Anything but null, a list and an object. */
static enum err add_scalar(struct form_fields *out, const struct spot *at,
                           const json_t *v)
{
    char text[40];

    switch (json_typeof(v)) {
    case JSON_STRING:
        return add_text(out, at, json_string_value(v), json_string_length(v));
    case JSON_INTEGER:
        snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT,
                 json_integer_value(v));
        break;
    case JSON_REAL:
        snprintf(text, sizeof(text), "%.15g", json_real_value(v));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        snprintf(text, sizeof(text), "%s", json_is_true(v) ? "true" : "false");
        break;
    default:
        return ERR_OK;
    }
    return add_text(out, at, text, strlen(text));
}

static bool is_wrapper(const char *name)
{
    static const char *const NAMES[] = {"data",          "answers",
                                        "fields",        "form_data",
                                        "custom_fields", "namedValues"};

    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
        if (str_eq(NAMES[i], name))
            return true;
    return false;
}

static enum err add_object(struct form_fields *out, const struct spot *at,
                           const json_t *j);
static enum err add_member(struct form_fields *out, const struct spot *at,
                           const json_t *v);

static enum err add_item(struct form_fields *out, const struct spot *at,
                         const json_t *v)
{
    const char *own = json_string_value(json_object_get(v, "name"));
    const json_t *value = json_object_get(v, "value");

    if (own && *own && value) { /* a list: a box ticked more than once */
        struct spot named = below(out, at, own, "value");

        return add_member(out, &named, value);
    }
    if (json_is_object(v))
        return add_object(out, at, v);
    return add_scalar(out, at, v);
}

static enum err add_member(struct form_fields *out, const struct spot *at,
                           const json_t *v)
{
    enum err e = ERR_OK;

    if (!json_is_array(v))
        return json_is_object(v) ? add_object(out, at, v)
                                 : add_scalar(out, at, v);
    for (size_t i = 0; e == ERR_OK && i < json_array_size(v); i++) {
        struct spot item = item_at(out, at, i);

        e = add_item(out, &item, json_array_get(v, i));
    }
    return e;
}

/* Depth is bounded by json_guard. */
static enum err add_object(struct form_fields *out, const struct spot *at,
                           const json_t *j)
{
    json_t *object = (json_t *)(uintptr_t)j; /* iterators want it writable */
    bool open = !at->name || is_wrapper(at->name);
    const char *name;
    enum err e = ERR_OK;
    json_t *v;

    json_object_foreach (object, name, v) {
        struct spot member;

        if (!*name)
            continue;
        member =
            below(out, at,
                  open ? name : arena_printf(out->mem, "%s.%s", at->name, name),
                  name);
        e = add_member(out, &member, v);
        if (e != ERR_OK)
            break;
    }
    return e;
}

enum err form_json(const void *body, size_t n, struct form_fields *out,
                   struct field_errs *errs)
{
    static const struct spot ROOT = {NULL, ""};
    AUTO(json_cleanup) json_t *j = NULL;
    enum err e = json_guard_object(body, n, JSON_LIMITS_FORM, errs, &j);

    if (e == ERR_OK)
        e = add_object(out, &ROOT, j);
    return e == ERR_OK ? form_hubspot_consent(j, out) : e;
}
