#include "identity/name.h"

#include <unictype.h>

#include "base/fold.h"
#include "base/str.h"
#include "base/text.h"

const char *name_clean(const char *s, struct arena *mem)
{
    const char *out = s ? text_clean(s, strlen(s), TEXT_LINE, mem) : NULL;

    return out && *out ? out : NULL;
}

static bool has_letter(const char *s)
{
    size_t n = strlen(s), len;

    for (size_t i = 0; i < n; i += MAX(len, (size_t)1)) {
        len = utf8_len(s + i, n - i);
        if (len && uc_is_alpha(utf8_decode(s + i, len)))
            return true;
    }
    return false;
}

const char *name_of_person(const char *s, struct arena *mem)
{
    const char *name = name_clean(s, mem);

    return name && has_letter(name) && !str_eq(name_fold(name, mem), "n/a")
               ? name
               : NULL;
}

const char *name_fold(const char *s, struct arena *mem)
{
    return s ? fold_text(text_clean(s, strlen(s), TEXT_LINE, mem), mem) : NULL;
}

static bool in_word(const char *s, size_t len)
{
    if (len == 1)
        return is_digit(*s) || (*s >= 'a' && *s <= 'z');
    return len && uc_is_alnum(utf8_decode(s, len));
}

static bool seen(const char *const *words, size_t n, const char *word)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(words[i], word))
            return true;
    return false;
}

size_t name_words(const char *s, struct arena *mem,
                  const char *out_words[NAME_WORDS_MAX])
{
    const char *p = s ? name_fold(s, mem) : "", *end = p + strlen(p);
    size_t n = 0;

    while (p < end && n < NAME_WORDS_MAX) {
        const char *start = p;
        size_t len;

        while (p < end && in_word(p, len = utf8_len(p, (size_t)(end - p))))
            p += len;
        if (p == start) {
            p += MAX(utf8_len(p, (size_t)(end - p)), (size_t)1);
            continue;
        }
        out_words[n] = arena_strndup(mem, start, (size_t)(p - start));
        if (!seen(out_words, n, out_words[n]))
            n++;
    }
    return n;
}
