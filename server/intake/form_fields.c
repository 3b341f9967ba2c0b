#include "intake/form_fields.h"

#include "base/str.h"

#define FIRST_CAP 16

enum err form_fields_add(struct form_fields *f, const char *name,
                         const char *value, size_t value_len)
{
    if (f->n == FORM_FIELDS_MAX)
        return ERR_TOO_MANY;
    if (strlen(name) > FORM_NAME_MAX || value_len > FORM_VALUE_MAX)
        return ERR_TOO_LONG;
    if (f->n == f->cap) {
        size_t cap = f->cap ? f->cap * 2 : FIRST_CAP;
        struct form_field *more = arena_array(f->mem, cap, sizeof(*f->items));

        if (f->n)
            memcpy(more, f->items, f->n * sizeof(*more));
        f->items = more;
        f->cap = cap;
    }
    f->items[f->n++] = (struct form_field){
        .name = name, .value = value, .value_len = value_len};
    return ERR_OK;
}

const struct form_field *form_fields_get(const struct form_fields *f,
                                         const char *name)
{
    for (size_t i = 0; i < f->n; i++)
        if (str_eq(f->items[i].name, name))
            return &f->items[i];
    return NULL;
}
