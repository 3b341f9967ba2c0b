#include "intake/form_secret.h"

#include <strings.h>

#include "base/str.h"
#include "intake/form_fields.h"
#include "intake/hook_plain.h"
#include "intake/hook_sign.h"
#include "intake/json_blot.h"
#include "intake/json_guard.h"

#define SECRET    "key"
#define MULTIPART "multipart/form-data"

static const char *const FIELDS[] = {"api_key", "key"};

static bool is_type(const struct hook_request *rq, const char *type)
{
    return rq->content_type &&
           strncasecmp(rq->content_type, type, strlen(type)) == 0;
}

/* ---- fields ---- */

static const char *key_of(const struct hook_request *rq,
                          const struct form_fields *fields)
{
    for (size_t i = 0; i < fields->n; i++) {
        const struct form_field *f = &fields->items[i];

        for (size_t k = 0; k < ARRAY_LEN(FIELDS); k++)
            if (!f->is_file && str_eq(f->name, FIELDS[k]) &&
                hook_secret_fits(rq, SECRET, f->value))
                return f->value;
    }
    return NULL;
}

static const char *key_of_form(const struct hook_request *rq, const char *body,
                               size_t n)
{
    struct form_fields fields = {.mem = rq->mem};
    enum err e = is_type(rq, MULTIPART)
                     ? form_multipart(rq->content_type, body, n, &fields)
                     : form_urlencoded(rq->content_type, body, n, &fields);

    return e == ERR_OK ? key_of(rq, &fields) : NULL;
}

static const char *key_of_json(const struct hook_request *rq, const char *body,
                               size_t n)
{
    AUTO(json_cleanup) json_t *j = NULL;
    struct field_errs unheard = {.mem = rq->mem};

    if (json_guard_object(body, n, JSON_LIMITS_FORM, &unheard, &j) != ERR_OK)
        return NULL;
    for (size_t k = 0; k < ARRAY_LEN(FIELDS); k++) {
        const char *v = json_string_value(json_object_get(j, FIELDS[k]));

        if (hook_secret_fits(rq, SECRET, v))
            return arena_strdup(rq->mem, v);
    }
    return NULL;
}

/* ---- blotting ---- */

static void blot_pairs(const struct hook_request *rq, char *body, size_t n)
{
    char *end = body + n, *stop;

    for (char *p = body; p < end; p = stop + 1) {
        char *amp = memchr(p, '&', (size_t)(end - p)), *eq;

        stop = amp ? amp : end;
        eq = memchr(p, '=', (size_t)(stop - p));
        if (eq && key_of_form(rq, p, (size_t)(stop - p)))
            memset(eq + 1, '*', (size_t)(stop - eq - 1));
    }
}

static void blot_parts(const struct hook_request *rq, char *body, size_t n,
                       const char *key)
{
    const char *part = arena_printf(rq->mem, "\r\n\r\n%s\r\n", key);
    size_t len = strlen(part);
    char *at = body;

    while ((at = memmem(at, n - (size_t)(at - body), part, len))) {
        memset(at + 4, '*', len - 6);
        at += len - 2;
    }
}

static void blot_json(char *body, size_t n, const char *key)
{
    for (size_t k = 0; k < ARRAY_LEN(FIELDS); k++)
        json_blot(body, n, FIELDS[k], key);
}

enum err form_secret_take(const struct hook_request *rq, char *body, size_t n)
{
    bool pairs = is_type(rq, "application/x-www-form-urlencoded");
    bool parts = is_type(rq, MULTIPART);
    const char *(*find)(const struct hook_request *, const char *, size_t) =
        pairs || parts ? key_of_form : key_of_json;
    const char *key;

    if (!hook_secret(rq->secrets, SECRET, 0))
        return ERR_OK;
    key = find(rq, body, n);
    if (!key)
        return hook_key_fits(rq, SECRET) ? ERR_OK : ERR_BAD_SIGNATURE;
    /* old and new may both stand there */
    for (int i = 0; key && i < 4; i++) {
        if (pairs)
            blot_pairs(rq, body, n);
        else if (parts)
            blot_parts(rq, body, n, key);
        else
            blot_json(body, n, key);
        key = find(rq, body, n);
    }
    return key ? ERR_BAD_FORM : ERR_OK;
}
