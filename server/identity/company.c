#include "identity/company.h"

#include "base/base.h"
#include "base/str.h"
#include "identity/name.h"

static const struct filler {
    const char *words;
    bool none;
} FILLERS[] = {
#define X(words, none) {words, none},
#include "identity/company_fillers.def"
#undef X
};

/* @return which one; NULL when it is a company */
static const struct filler *filler(const char *name, struct arena *mem)
{
    static const struct filler NOTHING = {"", true};
    const char *word[NAME_WORDS_MAX], *words = "";
    size_t n = name_words(name, mem, word);

    for (size_t i = 0; i < n; i++)
        words = arena_printf(mem, "%s%s%s", words, i ? " " : "", word[i]);
    for (size_t i = 0; i < ARRAY_LEN(FILLERS); i++)
        if (str_eq(words, FILLERS[i].words))
            return &FILLERS[i];
    return n ? NULL : &NOTHING;
}

bool company_is_none(const char *name, struct arena *mem)
{
    const struct filler *f = name ? filler(name, mem) : NULL;

    return f && f->none;
}

const char *company_fold(const char *name, struct arena *mem)
{
    return !name || filler(name, mem) ? NULL : name_fold(name, mem);
}
