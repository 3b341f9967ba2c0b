#include "api/body.h"

#include "base/str.h"

void body_errs_at(struct field_errs *errs, const char *pointer,
                  const struct field_errs *inner)
{
    for (const struct field_err *f = inner->first; f; f = f->next)
        field_errs_add(errs,
                       arena_printf(errs->mem, "%s%s", pointer, f->pointer),
                       f->err, "%s", f->detail);
}

static const char *pointer_of(struct field_errs *errs, const char *name)
{
    return arena_printf(errs->mem, "/%s", name);
}

const char *body_text(const json_t *doc, const char *name, size_t max,
                      bool required, struct arena *mem, struct field_errs *errs)
{
    const json_t *v = json_object_get(doc, name);
    const char *s = json_string_value(v);

    if (!v || json_is_null(v) || (s && !*s)) {
        if (required)
            field_errs_add(errs, pointer_of(errs, name), ERR_REQUIRED,
                           "this field is required");
        return NULL;
    }
    if (!s)
        field_errs_add(errs, pointer_of(errs, name), ERR_WRONG_TYPE,
                       "a text is expected");
    else if (strlen(s) > max)
        field_errs_add(errs, pointer_of(errs, name), ERR_TOO_LONG,
                       "at most %zu bytes", max);
    else
        return arena_strdup(mem, s);
    return NULL;
}

bool body_int(const json_t *doc, const char *name, int64_t min, int64_t max,
              bool required, int64_t *out, struct field_errs *errs)
{
    const json_t *v = json_object_get(doc, name);

    if (!v || json_is_null(v)) {
        if (required)
            field_errs_add(errs, pointer_of(errs, name), ERR_REQUIRED,
                           "this field is required");
        return false;
    }
    if (!json_is_integer(v)) {
        field_errs_add(errs, pointer_of(errs, name), ERR_WRONG_TYPE,
                       "an integer is expected");
        return false;
    }
    if (json_integer_value(v) < min || json_integer_value(v) > max) {
        field_errs_add(errs, pointer_of(errs, name), ERR_OUT_OF_RANGE,
                       "between %lld and %lld", (long long)min, (long long)max);
        return false;
    }
    *out = json_integer_value(v);
    return true;
}

void body_known(const json_t *doc, const char *const *known,
                struct field_errs *errs)
{
    const char *name;
    json_t *v;

    json_object_foreach ((json_t *)(uintptr_t)doc, name, v) {
        bool found = false;

        for (size_t i = 0; known[i]; i++)
            found |= str_eq(known[i], name);
        if (!found)
            field_errs_add(errs, pointer_of(errs, name), ERR_UNKNOWN_FIELD,
                           "there is no such field here");
    }
}

void body_activity(const json_t *doc, const char *pointer, struct arena *mem,
                   struct activity *out, struct field_errs *errs)
{
    static const char *const KINDS[] = {"call", "meeting", "quote", "email",
                                        "chat", "sms",     "visit", "demo",
                                        "note", NULL};
    const char *kind = json_string_value(json_object_get(doc, "kind"));
    struct field_errs inner = {.mem = errs->mem};
    bool known = false;
    int64_t n = 0;

    for (size_t i = 0; KINDS[i]; i++)
        known |= str_eq(kind, KINDS[i]);
    if (!kind)
        field_errs_add(&inner, "/kind", ERR_REQUIRED, "which activity?");
    else if (!known)
        field_errs_add(&inner, "/kind", ERR_UNKNOWN_VALUE,
                       "call, meeting, quote, email, chat, sms, visit, demo "
                       "or note");
    out->kind = arena_strdup(mem, kind);
    out->result = body_text(doc, "result", 1000, false, mem, &inner);
    if (body_int(doc, "duration_s", 0, 86400, false, &n, &inner))
        out->duration_s = (int32_t)n;
    body_errs_at(errs, pointer, &inner);
}
