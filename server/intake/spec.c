#include "intake/spec.h"

#include "base/str.h"
#include "base/text.h"

/* Of a member's name in a pointer: it is the caller's own text. */
#define NAME_SHOWN_MAX 64

/* @a pointer + "/" + the first n bytes of a name, escaped. */
static const char *extended(const char *pointer, const char *name, size_t n,
                            struct arena *mem)
{
    size_t w;
    char *out = arena_alloc(mem, strlen(pointer) + 2 + 2 * n);

    w = strlen(pointer);
    memcpy(out, pointer, w);
    out[w++] = '/';
    for (size_t i = 0; i < n; i++) {
        if (name[i] == '~' || name[i] == '/') {
            out[w++] = '~';
            out[w++] = name[i] == '~' ? '0' : '1';
        } else
            out[w++] = name[i];
    }
    return out;
}

const char *spec_pointer(const char *pointer, const char *name,
                         struct arena *mem)
{
    return extended(pointer, name, text_cut(name, strlen(name), NAME_SHOWN_MAX),
                    mem);
}

const char *spec_pointer_whole(const char *pointer, const char *name,
                               struct arena *mem)
{
    return extended(pointer, name, strlen(name), mem);
}

const char *spec_pointer_at(const char *pointer, size_t i, struct arena *mem)
{
    return arena_printf(mem, "%s/%zu", pointer, i);
}

/* One token of a pointer, its escapes undone. */
static const char *token_of(const char *at, size_t n, struct arena *mem)
{
    char *out = arena_strndup(mem, at, n);
    size_t w = 0;

    for (size_t i = 0; i < n; i++) {
        bool escape = at[i] == '~' && i + 1 < n;

        out[w++] = !escape ? at[i] : at[i + 1] == '1' ? '/' : '~';
        i += escape;
    }
    out[w] = '\0';
    return out;
}

const json_t *spec_at(const json_t *doc, const char *pointer, struct arena *mem)
{
    while (doc && *pointer == '/') {
        size_t n = strcspn(++pointer, "/");
        const char *token = token_of(pointer, n, mem);
        int64_t i;

        if (!json_is_array(doc))
            doc = json_object_get(doc, token);
        else
            doc = str_to_i64(token, &i) && i >= 0
                      ? json_array_get(doc, (size_t)i)
                      : NULL;
        pointer += n;
    }
    return doc;
}

bool spec_pointer_valid(const char *pointer)
{
    for (const char *p = pointer; (p = strchr(p, '~')); p++)
        if (p[1] != '0' && p[1] != '1')
            return false;
    return !*pointer || *pointer == '/';
}

/* One walk over one object. */
struct walk {
    const char *pointer;
    struct arena *mem;
    char *out;
    struct field_errs *errs;
};

static void fault(const struct walk *w, const char *name, enum err e,
                  const char *detail)
{
    field_errs_add(w->errs, spec_pointer(w->pointer, name, w->mem), e, "%s",
                   detail);
}

static void set(const struct walk *w, const struct spec_field *f,
                const void *value)
{
    memcpy(w->out + f->offset, &value, sizeof(value));
}

static void read_text(const struct walk *w, const struct spec_field *f,
                      const json_t *v)
{
    size_t n = json_string_length(v);
    const char *text;

    if (!json_is_string(v))
        fault(w, f->name, ERR_WRONG_TYPE, "must be a text");
    else if (n > f->max)
        field_errs_add(w->errs, spec_pointer(w->pointer, f->name, w->mem),
                       ERR_TOO_LONG, "at most %zu bytes", f->max);
    else {
        text =
            text_clean(json_string_value(v), n,
                       f->kind == SPEC_LINE ? TEXT_LINE : TEXT_LINES, w->mem);
        if (*text)
            set(w, f, text);
        else if (f->required)
            fault(w, f->name, ERR_REQUIRED, "is required");
    }
}

static void read_container(const struct walk *w, const struct spec_field *f,
                           const json_t *v)
{
    if (f->kind == SPEC_OBJECT && !json_is_object(v))
        fault(w, f->name, ERR_WRONG_TYPE, "must be an object");
    else if (f->kind == SPEC_ARRAY && !json_is_array(v))
        fault(w, f->name, ERR_WRONG_TYPE, "must be a list");
    else if (f->kind == SPEC_ARRAY && json_array_size(v) > f->max)
        field_errs_add(w->errs, spec_pointer(w->pointer, f->name, w->mem),
                       ERR_TOO_MANY, "at most %zu items", f->max);
    else
        set(w, f, v);
}

static void read_field(const struct walk *w, const struct spec_field *f,
                       const json_t *v)
{
    if (!v || json_is_null(v)) {
        if (f->required)
            fault(w, f->name, ERR_REQUIRED, "is required");
    } else if (f->kind == SPEC_LINE || f->kind == SPEC_LINES)
        read_text(w, f, v);
    else
        read_container(w, f, v);
}

static bool known(const struct spec *spec, const char *name)
{
    for (size_t i = 0; i < spec->n; i++)
        if (str_eq(spec->fields[i].name, name))
            return true;
    return false;
}

bool spec_read(const struct spec *spec, const json_t *j, const char *pointer,
               struct arena *mem, void *out, struct field_errs *errs)
{
    struct walk w = {pointer, mem, out, errs};
    json_t *object = (json_t *)(uintptr_t)j; /* iterators want it writable */
    size_t before = errs->n;
    const char *name;
    json_t *v;

    if (!json_is_object(j)) {
        field_errs_add(errs, pointer, ERR_WRONG_TYPE, "must be an object");
        return false;
    }
    for (size_t i = 0; i < spec->n; i++)
        read_field(&w, &spec->fields[i],
                   json_object_get(j, spec->fields[i].name));
    json_object_foreach (object, name, v) {
        if (!known(spec, name))
            fault(&w, name, ERR_UNKNOWN_FIELD, "there is no such field");
    }
    return errs->n == before;
}
