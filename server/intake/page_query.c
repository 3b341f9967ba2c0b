#include "intake/page_query.h"

#include <strings.h>

#include "base/str.h"
#include "base/text.h"
#include "intake/form_fields.h"
#include "intake/limits.h"

static const struct {
    const char *name;
    size_t offset, max;
} SLOTS[] = {
    {"utm_source", offsetof(struct touch, channel), LIMIT_WORD},
    {"utm_campaign", offsetof(struct touch, campaign), LIMIT_WORD},
    {"utm_medium", offsetof(struct touch, medium), LIMIT_WORD},
    {"utm_term", offsetof(struct touch, term), LIMIT_WORD},
    {"utm_content", offsetof(struct touch, content), LIMIT_WORD},
#define CLICK(id, name) {#name, offsetof(struct touch, name), LIMIT_CLICK},
#include "lead/clicks.def"
#undef CLICK
};

static void fill(struct touch *t, const struct form_field *f, struct arena *mem)
{
    for (size_t i = 0; i < ARRAY_LEN(SLOTS); i++) {
        const char **slot = (const char **)((char *)t + SLOTS[i].offset);
        char *text;

        if (*slot || strcasecmp(SLOTS[i].name, f->name) != 0)
            continue;
        text = text_clean(f->value, f->value_len, TEXT_LINE, mem);
        text[text_cut(text, strlen(text), SLOTS[i].max)] = '\0';
        if (*text)
            *slot = text;
    }
}

void page_query_fill(struct touch *t, struct arena *mem)
{
    const char *query = t->page_url ? strpbrk(t->page_url, "?#") : NULL;
    struct form_fields fields = {.mem = mem};

    if (!query || *query++ == '#')
        return;
    /* past the most fields of a form: left out */
    (void)!form_urlencoded(NULL, query, strcspn(query, "#"), &fields);
    for (size_t i = 0; i < fields.n; i++)
        fill(t, &fields.items[i], mem);
}
