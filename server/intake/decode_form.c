/* application/x-www-form-urlencoded: name=value&name=value, '+' a blank,
 * %XX a byte. */
#include "base/str.h"
#include "intake/charset.h"
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
static enum text_charset charset_of(const char *s, size_t n, struct arena *mem)
{
    static const char NAME[] = "_charset_=";
    const char *end = s + n;

    for (const char *p = s; p < end;) {
        const char *amp = memchr(p, '&', (size_t)(end - p));
        size_t len = (size_t)((amp ? amp : end) - p);

        if (len >= sizeof(NAME) - 1 && memcmp(p, NAME, sizeof(NAME) - 1) == 0)
            return charset_of_form(arena_strndup(mem, p + sizeof(NAME) - 1,
                                                 len - (sizeof(NAME) - 1)));
        p += len + 1;
    }
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

enum err form_urlencoded(const char *content_type, const void *body, size_t n,
                         struct form_fields *out)
{
    const char *p = body, *end = p + n;
    enum text_charset charset = n ? charset_of(p, n, out->mem) : CHARSET_GUESS;
    enum err e = ERR_OK;

    if (charset == CHARSET_GUESS)
        charset = charset_of_form_type(content_type, out->mem);
    while (e == ERR_OK && p < end) {
        const char *amp = memchr(p, '&', (size_t)(end - p));
        const char *stop = amp ? amp : end;

        if (stop > p)
            e = add_pair(p, (size_t)(stop - p), charset, out);
        p = stop + 1;
    }
    return e;
}
