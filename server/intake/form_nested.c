/* data.json={"ho_ten": ["An"]}
 * form_data=[{"name": "ho_ten", "value": "An"}]
 * form_data[0][name]=ho_ten&form_data[0][value]=An */
#include "intake/form_nested.h"

#include "base/str.h"

#define LIST "form_data["

static bool is_nested(const struct form_field *f)
{
    return !f->is_file &&
           (str_eq(f->name, "data.json") || str_eq(f->name, "form_data") ||
            str_starts(f->name, LIST));
}

/* What stands behind the index: "[name]" of "form_data[0][name]".
 * @return NULL when the name is no such thing; @a n is what stands before */
static const char *member_of(const char *name, size_t *n)
{
    const char *close = str_starts(name, LIST) ? strstr(name, "][") : NULL;

    if (!close)
        return NULL;
    *n = (size_t)(close + 1 - name);
    return close + 1;
}

/* @return the item's name; NULL when nothing names it */
static const char *name_of_item(const struct form_fields *all, const char *item,
                                size_t item_n)
{
    for (size_t i = 0; i < all->n; i++) {
        const struct form_field *f = &all->items[i];

        if (!f->is_file && f->value_len &&
            strncmp(f->name, item, item_n) == 0 &&
            str_eq(f->name + item_n, "[name]"))
            return f->value;
    }
    return NULL;
}

static enum err keep(struct form_fields *out, const struct form_field *f,
                     const char *name)
{
    enum err e = form_fields_add(out, name, f->value, f->value_len);

    if (e != ERR_OK)
        return e;
    out->items[out->n - 1] = *f;
    out->items[out->n - 1].name = name;
    return ERR_OK;
}

/* A name tells about its value only, which may come before or after it. */
static enum err open_member(const struct form_fields *all,
                            const struct form_field *f, struct form_fields *out)
{
    size_t item_n = 0;
    const char *member = member_of(f->name, &item_n);
    const char *name = member ? name_of_item(all, f->name, item_n) : NULL;

    if (!name)
        return keep(out, f, f->name);
    if (str_eq(member, "[name]"))
        return ERR_OK;
    return keep(out, f, str_starts(member, "[value]") ? name : f->name);
}

static enum err open_json(const struct form_field *f, struct form_fields *out)
{
    struct field_errs unheard = {.mem = out->mem};
    size_t before = out->n;
    const char *text = f->value;
    enum err e;

    if (str_eq(f->name, "form_data"))
        text = arena_printf(out->mem, "{\"form_data\": %s}", text);
    e = form_json(text, strlen(text), out, &unheard);
    if (e == ERR_OK || e == ERR_TOO_MANY)
        return e;
    out->n = before;
    return keep(out, f, f->name);
}

enum err form_nested_open(struct form_fields *fields)
{
    struct form_fields out = {.mem = fields->mem, .pointers = fields->pointers};
    enum err e = ERR_OK;
    size_t any = 0;

    while (any < fields->n && !is_nested(&fields->items[any]))
        any++;
    if (any == fields->n)
        return ERR_OK;
    for (size_t i = 0; e == ERR_OK && i < fields->n; i++) {
        const struct form_field *f = &fields->items[i];

        if (!is_nested(f))
            e = keep(&out, f, f->name);
        else if (str_starts(f->name, LIST))
            e = open_member(fields, f, &out);
        else
            e = open_json(f, &out);
    }
    if (e == ERR_OK)
        *fields = out;
    return e;
}
