#include "intake/hook.h"

#include "base/str.h"

#define HOOK(id) extern const struct hook hook_##id;
#include "intake/hooks.def"
#undef HOOK

static const struct hook *const HOOKS[] = {
#define HOOK(id) &hook_##id,
#include "intake/hooks.def"
#undef HOOK
};

const struct hook *hook_at(size_t i)
{
    return i < ARRAY_LEN(HOOKS) ? HOOKS[i] : NULL;
}

const struct hook *hook_find(const char *kind)
{
    for (size_t i = 0; kind && i < ARRAY_LEN(HOOKS); i++)
        if (str_eq(HOOKS[i]->kind, kind))
            return HOOKS[i];
    return NULL;
}

/* ---- secrets ---- */

/* Values of one member: lists may hold lists, after two rotations. */
static size_t count_values(const json_t *v)
{
    size_t n = 0;

    if (!json_is_array(v))
        return json_is_string(v) || json_is_integer(v);
    for (size_t i = 0; i < json_array_size(v); i++)
        n += count_values(json_array_get(v, i));
    return n;
}

static void add_values(struct hook_secret **at, const char *name,
                       const json_t *v, struct arena *mem)
{
    for (size_t i = 0; json_is_array(v) && i < json_array_size(v); i++)
        add_values(at, name, json_array_get(v, i), mem);
    if (!count_values(v) || json_is_array(v))
        return;
    (*at)->name = name;
    (*at)->value =
        json_is_string(v)
            ? arena_strdup(mem, json_string_value(v))
            : arena_printf(mem, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
    (*at)++;
}

void hook_secrets_read(const json_t *json, int64_t window_s, struct arena *mem,
                       struct hook_secrets *out)
{
    json_t *all = (json_t *)(uintptr_t)json; /* iterators want it writable */
    struct hook_secret *list, *at;
    const char *name;
    size_t n = 0;
    json_t *v;

    json_object_foreach (all, name, v)
        n += count_values(v);
    list = at = arena_array(mem, n + 1, sizeof(*list));
    json_object_foreach (all, name, v)
        add_values(&at, arena_strdup(mem, name), v, mem);
    out->items = list;
    out->n = n;
    out->open = json_is_null(json_object_get(json, "secret"));
    out->window_s = window_s < 0 ? HOOK_WINDOW_S : window_s;
}

const char *hook_secret(const struct hook_secrets *s, const char *name,
                        size_t i)
{
    for (size_t k = 0; s && k < s->n; k++)
        if (str_eq(s->items[k].name, name) && i-- == 0)
            return s->items[k].value;
    return NULL;
}

/* ---- items ---- */

enum err hook_add(struct hook_reader *r, enum hook_item_kind kind,
                  struct hook_item **out)
{
    if (r->n == HOOK_ITEMS_MAX)
        return ERR_TOO_MANY;
    if (r->n == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : 1;
        struct hook_item *more = arena_array(r->mem, cap, sizeof(*more));

        if (r->n)
            memcpy(more, r->items, r->n * sizeof(*more));
        r->items = more;
        r->cap = cap;
    }
    *out = &r->items[r->n++];
    (*out)->kind = kind;
    return ERR_OK;
}
