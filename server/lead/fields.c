#include "lead/fields.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"

const char *pointer_add(struct arena *mem, const char *pointer,
                        const char *name)
{
    size_t head = strlen(pointer);
    char *out = arena_alloc(mem, head + 2 * strlen(name) + 2);
    char *p = out + head;

    memcpy(out, pointer, head);
    *p++ = '/';
    for (; *name; name++) {
        if (*name != '~' && *name != '/') {
            *p++ = *name;
            continue;
        }
        *p++ = '~';
        *p++ = *name == '~' ? '0' : '1';
    }
    *p = '\0';
    return out;
}

const char *pointer_add_index(struct arena *mem, const char *pointer, size_t i)
{
    return arena_printf(mem, "%s/%zu", pointer, i);
}

const json_t *fields_get(const struct fields *f, const char *name)
{
    const json_t *v = json_object_get(f->object, name);

    return json_is_null(v) ? NULL : v;
}

void fields_fault(const struct fields *f, const char *name, enum err e,
                  const char *detail)
{
    field_errs_add(f->errs, pointer_add(f->errs->mem, f->pointer, name), e,
                   "%s", detail);
}

bool fields_int(const struct fields *f, const char *name, int64_t min,
                int64_t max, int64_t *out)
{
    const json_t *v = fields_get(f, name);
    int64_t n;

    if (!v)
        return false;
    if (!json_is_integer(v)) {
        fields_fault(f, name, ERR_WRONG_TYPE, "must be an integer");
        return false;
    }
    n = json_integer_value(v);
    if (n < min || n > max) {
        field_errs_add(f->errs, pointer_add(f->errs->mem, f->pointer, name),
                       ERR_OUT_OF_RANGE, "must be from %" PRId64 " to %" PRId64,
                       min, max);
        return false;
    }
    *out = n;
    return true;
}

bool fields_bool(const struct fields *f, const char *name, bool *out)
{
    const json_t *v = fields_get(f, name);

    if (!v)
        return false;
    if (!json_is_boolean(v)) {
        fields_fault(f, name, ERR_WRONG_TYPE, "must be true or false");
        return false;
    }
    *out = json_is_true(v);
    return true;
}

bool fields_time(const struct fields *f, const char *name, int64_t *out_ms)
{
    const json_t *v = fields_get(f, name);

    if (!v)
        return false;
    if (!json_is_string(v)) {
        fields_fault(f, name, ERR_WRONG_TYPE, "must be an RFC 3339 time");
        return false;
    }
    if (strlen(json_string_value(v)) != json_string_length(v) ||
        !time_parse(json_string_value(v), out_ms)) {
        fields_fault(f, name, ERR_TIME_INVALID,
                     "must be an RFC 3339 time with an offset");
        return false;
    }
    return true;
}

const char *fields_text(const struct fields *f, const char *name,
                        size_t max_bytes)
{
    const json_t *v = fields_get(f, name);
    size_t n;

    if (!v)
        return NULL;
    n = json_string_length(v);
    if (!json_is_string(v))
        fields_fault(f, name, ERR_WRONG_TYPE, "must be a text");
    else if (n > max_bytes)
        fields_fault(f, name, ERR_TOO_LONG, "is too long");
    else if (memchr(json_string_value(v), '\0', n))
        fields_fault(f, name, ERR_BAD_UTF8, "must not contain NUL");
    else if (n > 0)
        return arena_strndup(f->mem, json_string_value(v), n);
    return NULL;
}
