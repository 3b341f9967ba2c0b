#include "intake/form_php.h"

#include "base/str.h"
#include "intake/form_target.h"

static bool is_known(const char *name)
{
    struct form_target t;
    char key[FORM_KEY_BYTES];

    form_key(name, key);
    return form_target_known(key, &t);
}

/* meta[page_url][value] is page_url, its title is nothing. */
static const char *meta_name(const char *name, struct arena *mem)
{
    const char *id = name + strlen("meta[");
    const char *close = strstr(id, "][");

    if (!close)
        return name;
    return str_eq(close, "][value]")
               ? arena_strndup(mem, id, (size_t)(close - id))
               : NULL;
}

const char *form_php_name(struct php_field *p, const struct form_field *f,
                          struct arena *mem)
{
    const char *id, *close;

    if (str_starts(f->name, "meta["))
        return meta_name(f->name, mem);
    if (!str_starts(f->name, "fields["))
        return f->name;
    id = f->name + strlen("fields[");
    close = strstr(id, "][");
    if (!close)
        return f->name;
    if (p->id_n != (size_t)(close - id) || memcmp(p->id, id, p->id_n) != 0)
        *p = (struct php_field){.id = id, .id_n = (size_t)(close - id)};
    if (str_eq(close, "][title]"))
        p->title = f->value;
    else if (str_eq(close, "][type]"))
        p->type = f->value;
    if (!str_eq(close, "][value]"))
        return NULL;
    id = arena_strndup(mem, p->id, p->id_n);
    if (!is_known(id) && p->title && is_known(p->title))
        return p->title;
    if (!is_known(id) && p->type && is_known(p->type))
        return p->type;
    return id;
}
