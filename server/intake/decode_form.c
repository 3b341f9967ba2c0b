/* application/x-www-form-urlencoded: name=value&name=value, '+' a blank,
 * %XX a byte. */
#include "base/str.h"
#include "base/text.h"
#include "intake/form_fields.h"

static int hex(char c)
{
    if (is_digit(c))
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* @return bytes written; never more than n */
static size_t unescape(const char *s, size_t n, char *out)
{
    size_t w = 0;

    for (size_t i = 0; i < n; i++) {
        if (s[i] == '%' && i + 2 < n && hex(s[i + 1]) >= 0 &&
            hex(s[i + 2]) >= 0) {
            out[w++] = (char)(hex(s[i + 1]) * 16 + hex(s[i + 2]));
            i += 2;
        } else
            out[w++] = s[i] == '+' ? ' ' : s[i];
    }
    return w;
}

/* @return the text in UTF-8, NUL-terminated; @a n is its length */
static const char *to_text(const char *s, size_t *n, enum text_charset charset,
                           struct arena *mem)
{
    char *raw = arena_alloc(mem, *n + 1);

    *n = unescape(s, *n, raw);
    return text_to_utf8(raw, n, charset, mem);
}

/* What the page says it is written in; browsers fill _charset_ in. */
static enum text_charset charset_of(const char *s, size_t n)
{
    static const char NAME[] = "_charset_=";
    const char *at = memmem(s, n, NAME, sizeof(NAME) - 1);
    char word[16] = "";
    size_t len;

    if (!at || (at > s && at[-1] != '&'))
        return CHARSET_GUESS;
    at += sizeof(NAME) - 1;
    len = MIN((size_t)(s + n - at), sizeof(word) - 1);
    memcpy(word, at, len);
    word[strcspn(word, "&")] = '\0';
    if (str_eq_nocase(word, "utf-8"))
        return CHARSET_UTF8;
    if (str_eq_nocase(word, "windows-1252") ||
        str_eq_nocase(word, "iso-8859-1"))
        return CHARSET_1252;
    return CHARSET_GUESS;
}

static enum err add_pair(const char *s, size_t n, enum text_charset charset,
                         struct form_fields *out)
{
    const char *eq = memchr(s, '=', n);
    size_t name_len = eq ? (size_t)(eq - s) : n;
    size_t value_len = eq ? n - name_len - 1 : 0;
    const char *name, *value;

    if (!name_len)
        return ERR_OK;
    if (name_len > 3 * FORM_NAME_MAX || value_len > 3 * FORM_VALUE_MAX)
        return ERR_TOO_LONG;
    name = to_text(s, &name_len, charset, out->mem);
    value = eq ? to_text(eq + 1, &value_len, charset, out->mem) : "";
    return form_fields_add(out, name, value, value_len);
}

enum err form_urlencoded(const void *body, size_t n, struct form_fields *out)
{
    const char *p = body, *end = p + n;
    enum text_charset charset = n ? charset_of(p, n) : CHARSET_GUESS;
    enum err e = ERR_OK;

    while (e == ERR_OK && p < end) {
        const char *amp = memchr(p, '&', (size_t)(end - p));
        const char *stop = amp ? amp : end;

        if (stop > p)
            e = add_pair(p, (size_t)(stop - p), charset, out);
        p = stop + 1;
    }
    return e;
}
