#include "intake/form_builder.h"

#include "base/str.h"
#include "intake/limits.h"

static bool has_bytes(const char *body, size_t n, const char *text)
{
    return memmem(body, n, text, strlen(text)) != NULL;
}

/* A pair whose name begins so, with one of @a next behind?  Names are as the
 * builders encode them. */
static bool has_name(const char *body, size_t n, const char *start,
                     const char *next)
{
    size_t len = strlen(start);
    const char *end = body + n;

    for (const char *p = body; p < end;) {
        const char *amp = memchr(p, '&', (size_t)(end - p));

        if ((size_t)(end - p) > len && memcmp(p, start, len) == 0 && p[len] &&
            strchr(next, p[len]))
            return true;
        p = amp ? amp + 1 : end;
    }
    return false;
}

static bool has_pair(const char *body, size_t n, const char *name)
{
    return has_name(body, n, name, "=");
}

static bool is_elementor(const char *body, size_t n)
{
    return (has_pair(body, n, "form_id") && has_pair(body, n, "form_name")) ||
           (has_pair(body, n, "form%5Bid%5D") &&
            has_pair(body, n, "form%5Bname%5D")) ||
           (has_pair(body, n, "form[id]") && has_pair(body, n, "form[name]"));
}

static bool is_ladipage(const char *body, size_t n)
{
    return has_pair(body, n, "url_page") ||
           has_name(body, n, "form_data", "=[%"); /* %5B is a [ */
}

int form_success_status(const char *content_type, const void *body, size_t n,
                        const struct form_spec *spec)
{
    bool pairs = content_type &&
                 str_starts(content_type, "application/x-www-form-urlencoded");

    if (spec && spec->success_status)
        return spec->success_status;
    if (pairs)
        return is_elementor(body, n) || is_ladipage(body, n) ? 200 : 201;
    return has_bytes(body, n, "\"form_data\"") ||
                   has_bytes(body, n, "\"form_data[") ||
                   has_bytes(body, n, "\"url_page\"")
               ? 200
               : 201;
}

static const char *value_of(const struct form_fields *fields, const char *name)
{
    const struct form_field *f = form_fields_get(fields, name);

    return f && f->value_len && f->value_len < LIMIT_WORD / 2 ? f->value : NULL;
}

const char *form_entry_id(const struct form_fields *fields, struct arena *mem)
{
    static const struct {
        const char *form, *entry, *mark;
    } IDS[] = {
        {"form_id", "entry_id", "entry_id"},    /* WPForms */
        {"formId", "responseId", "responseId"}, /* Google Forms */
        {"page_id", "id", "live_chat_url"},     /* ManyChat */
        {"source", "id", "specversion"},        /* CloudEvents */
    };

    for (size_t i = 0; i < ARRAY_LEN(IDS); i++) {
        const char *form = value_of(fields, IDS[i].form);
        const char *entry = value_of(fields, IDS[i].entry);

        if (form && entry && form_fields_get(fields, IDS[i].mark))
            return arena_printf(mem, "%s:%s", form, entry);
    }
    return NULL;
}
