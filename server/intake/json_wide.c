#include "intake/json_wide.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/str.h"

/* No integer of fewer digits can be too large. */
#define WIDE_DIGITS 19

/* Past the string that begins at s[i]. */
static size_t string_end(const char *s, size_t n, size_t i)
{
    for (i++; i < n && s[i] != '"'; i++)
        i += s[i] == '\\';
    return MIN(i + 1, n);
}

/* Past the number that begins at s[i]. */
static size_t number_end(const char *s, size_t n, size_t i, bool *out_whole)
{
    *out_whole = true;
    for (; i < n && (is_digit(s[i]) || strchr("+-.eE", s[i])); i++)
        if (!s[i] || (!is_digit(s[i]) && s[i] != '-'))
            *out_whole = false;
    return i;
}

static bool is_wide(const char *s, size_t n, bool whole, struct arena *mem)
{
    const char *text;
    bool wide;

    if (whole && n < WIDE_DIGITS)
        return false;
    text = arena_strndup(mem, s, n);
    errno = 0;
    wide = whole ? (strtoll(text, NULL, 10), errno == ERANGE)
                 : isinf(strtod(text, NULL));
    return wide;
}

enum err json_quote_wide(const char *s, size_t n, struct arena *mem,
                         struct buf *out)
{
    for (size_t i = 0, end; i < n && !out->failed; i = end) {
        bool whole, wide = false;

        end = i + 1;
        if (s[i] == '"')
            end = string_end(s, n, i);
        else if (is_digit(s[i]) || s[i] == '-') {
            end = MAX(number_end(s, n, i, &whole), i + 1);
            wide = is_wide(s + i, end - i, whole, mem);
        }
        (void)buf_add(out, "\"", wide);
        (void)buf_add(out, s + i, end - i);
        (void)buf_add(out, "\"", wide);
    }
    return out->failed ? ERR_NO_MEMORY : ERR_OK;
}
