#include "identity/company.h"

#include "base/base.h"
#include "base/str.h"
#include "identity/name.h"

static const char *const FILLERS[] = {
#define X(words) words,
#include "identity/company_fillers.def"
#undef X
};

static bool is_filler(const char *name, struct arena *mem)
{
    const char *word[NAME_WORDS_MAX], *words = "";
    size_t n = name_words(name, mem, word), letters = 0;

    for (size_t i = 0; i < n; i++) {
        words = arena_printf(mem, "%s%s%s", words, i ? " " : "", word[i]);
        letters += strlen(word[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(FILLERS); i++)
        if (str_eq(words, FILLERS[i]))
            return true;
    return letters < 2;
}

const char *company_fold(const char *name, struct arena *mem)
{
    return !name || is_filler(name, mem) ? NULL : name_fold(name, mem);
}
