#include "intake/json_guard.h"

#include <string.h>

#include "base/buf.h"
#include "intake/json_wide.h"

void json_cleanup(json_t **j)
{
    json_decref(*j);
}

/* @return false past a limit; @a keys is what is left of the allowance */
static bool within(const json_t *j, unsigned depth, unsigned *keys)
{
    json_t *list = (json_t *)(uintptr_t)j; /* iterators want it writable */
    const char *name;
    json_t *v;
    size_t i;

    if (!json_is_object(j) && !json_is_array(j))
        return true;
    if (!depth)
        return false;
    json_object_foreach (list, name, v) {
        if (!(*keys)-- || !within(v, depth - 1, keys))
            return false;
    }
    json_array_foreach (list, i, v) {
        if (!(*keys)-- || !within(v, depth - 1, keys))
            return false;
    }
    return true;
}

static enum err refused(const json_error_t *error, struct field_errs *errs)
{
    enum err e = json_error_code(error) == json_error_duplicate_key
                     ? ERR_DUPLICATE_FIELD
                     : ERR_BAD_JSON;

    field_errs_add(errs, "", e, "line %d, column %d%s", error->line,
                   error->column,
                   json_error_code(error) == json_error_numeric_overflow
                       ? ": a number beyond 64 bits"
                       : "");
    return e;
}

/* As jansson reads it, with numbers too wide for it as texts. */
static json_t *parse(const void *body, size_t n, size_t flags,
                     struct arena *mem, json_error_t *error)
{
    AUTO(buf_release) struct buf quoted = BUF_INIT;
    json_t *j = json_loadb(body, n, flags, error);

    if (j || json_error_code(error) != json_error_numeric_overflow ||
        json_quote_wide(body, n, mem, &quoted) != ERR_OK)
        return j;
    return json_loadb(quoted.ptr, quoted.len, flags, error);
}

int json_fault_column(const void *line, size_t n, struct arena *mem)
{
    json_error_t error;
    json_t *j = parse(line, n, JSON_REJECT_DUPLICATES, mem, &error);
    int column = j || error.column < 0 ? 0 : error.column;

    json_decref(j);
    return column;
}

static enum err guard(const void *body, size_t n, size_t flags,
                      struct json_limits limits, struct field_errs *errs,
                      json_t **out_json)
{
    json_error_t error;
    json_t *j;

    if (n >= 3 && memcmp(body, "\xef\xbb\xbf", 3) == 0) {
        body = (const char *)body + 3; /* some files are saved with a mark */
        n -= 3;
    }
    if (!limits.last_wins)
        flags |= JSON_REJECT_DUPLICATES;
    j = parse(body, n, flags, errs->mem, &error);
    if (!j)
        return refused(&error, errs);
    if (!within(j, limits.depth, &limits.keys)) {
        json_decref(j);
        field_errs_add(errs, "", ERR_TOO_MANY,
                       "nested too deeply or too many members");
        return ERR_TOO_MANY;
    }
    *out_json = j;
    return ERR_OK;
}

enum err json_guard(const void *body, size_t n, struct json_limits limits,
                    struct field_errs *errs, json_t **out_json)
{
    return guard(body, n, 0, limits, errs, out_json);
}

enum err json_guard_is_object(json_t *j, struct field_errs *errs,
                              json_t **out_json)
{
    if (!json_is_object(j)) {
        json_decref(j);
        field_errs_add(errs, "", ERR_NOT_OBJECT, "an object is expected");
        return ERR_NOT_OBJECT;
    }
    *out_json = j;
    return ERR_OK;
}

enum err json_guard_object(const void *body, size_t n,
                           struct json_limits limits, struct field_errs *errs,
                           json_t **out_json)
{
    json_t *j;
    enum err e = guard(body, n, JSON_DECODE_ANY, limits, errs, &j);

    return e == ERR_OK ? json_guard_is_object(j, errs, out_json) : e;
}
