#include "intake/hook_json.h"

#include <stdio.h>
#include <strings.h>

#include "base/clock.h"
#include "base/str.h"

/* Unix seconds of the year 5138; what is larger is milliseconds. */
#define SECONDS_MAX INT64_C(100000000000)

enum err hook_json(const void *body, size_t n, struct field_errs *errs,
                   json_t **out_json)
{
    return json_guard(body, n, JSON_LIMITS_HOOK, errs, out_json);
}

enum err hook_json_object(const void *body, size_t n, struct field_errs *errs,
                          json_t **out_json)
{
    json_t *j;
    enum err e = hook_json(body, n, errs, &j);

    return e == ERR_OK ? json_guard_is_object(j, errs, out_json) : e;
}

static enum err read_one(struct hook_reader *r, const json_t *one,
                         enum err (*read)(struct hook_reader *r,
                                          const json_t *one))
{
    size_t seen = hook_seen(r);
    enum err e = read(r, one);

    r->unread |= hook_seen(r) == seen;
    return e;
}

enum err hook_each(struct hook_reader *r, const json_t *j,
                   enum err (*read)(struct hook_reader *r, const json_t *one))
{
    enum err e = ERR_OK;

    if (!json_is_array(j))
        return read_one(r, j, read);
    r->passed_over += !json_array_size(j); /* nothing is in it */
    for (size_t i = 0; e == ERR_OK && i < json_array_size(j); i++)
        e = read_one(r, json_array_get(j, i), read);
    return e;
}

size_t hook_seen(const struct hook_reader *r)
{
    return r->n + r->passed_over;
}

bool hook_passes(struct hook_reader *r, const json_t *kind, const char *ours)
{
    bool other =
        json_string_length(kind) && !str_eq(json_string_value(kind), ours);

    r->passed_over += other;
    return other;
}

const char *hook_scalar(const json_t *v, struct arena *mem)
{
    if (json_is_string(v))
        return json_string_length(v) ? arena_strdup(mem, json_string_value(v))
                                     : NULL;
    if (json_is_integer(v))
        return arena_printf(mem, "%" JSON_INTEGER_FORMAT,
                            json_integer_value(v));
    if (json_is_real(v))
        return arena_printf(mem, "%.15g", json_real_value(v));
    if (json_is_boolean(v))
        return json_is_true(v) ? "true" : "false";
    return NULL;
}

const char *hook_text(const json_t *object, const char *name, struct arena *mem)
{
    return hook_scalar(json_object_get(object, name), mem);
}

bool hook_says_yes(const json_t *object, const char *name, struct arena *mem)
{
    const char *text = hook_text(object, name, mem);

    return text && (strcasecmp(text, "true") == 0 || str_eq(text, "1"));
}

const json_t *hook_inside(const json_t *object, const char *outer,
                          const char *name)
{
    return json_object_get(json_object_get(object, outer), name);
}

/* "2026-01-05T08:00:38+0000": the colon that RFC 3339 asks for put in. */
static bool time_of_text(const char *s, int64_t *out_ms)
{
    size_t n = strlen(s);
    char with_colon[64];

    if (time_parse(s, out_ms))
        return true;
    if (n < 6 || n + 2 > sizeof(with_colon) ||
        (s[n - 5] != '+' && s[n - 5] != '-'))
        return false;
    snprintf(with_colon, sizeof(with_colon), "%.*s:%s", (int)n - 2, s,
             s + n - 2);
    return time_parse(with_colon, out_ms);
}

bool hook_time(const json_t *v, int64_t *out_ms)
{
    const char *s = json_string_value(v);
    int64_t t;

    if (json_is_integer(v))
        t = json_integer_value(v);
    else if (!s || !str_to_i64(s, &t))
        return s && time_of_text(s, out_ms);
    if (t <= 0 || t > TIME_MAX_MS)
        return false;
    *out_ms = t < SECONDS_MAX ? t * 1000 : t;
    return true;
}
