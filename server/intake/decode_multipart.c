/* multipart/form-data (RFC 7578, RFC 2046):
 *
 *   preamble CRLF? --B CRLF headers CRLF CRLF content
 *            CRLF  --B CRLF ... CRLF --B-- epilogue
 *
 * A line that only starts like --B is content. */
#include <strings.h>

#include "base/str.h"
#include "intake/charset.h"
#include "intake/form_fields.h"

#define HEADERS_MAX ((size_t)4096)

struct span {
    const char *at;
    size_t n;
};

struct body {
    const char *at, *end;
    char mark[FORM_BOUNDARY_BYTES + 3]; /* "--B" */
    size_t mark_n;
    enum text_charset charset;
};

/* The value of `key` among ;-separated parameters, quoted or not.  Browsers
 * escape a quote inside as %22, others as \". */
static bool parameter(struct span s, const char *key, struct span *out)
{
    size_t key_n = strlen(key);
    const char *p = s.at, *end = s.at + s.n;

    while ((p = memchr(p, ';', (size_t)(end - p)))) {
        const char *stop;

        for (p++; p < end && is_blank(*p);)
            p++;
        if ((size_t)(end - p) <= key_n || strncasecmp(p, key, key_n) != 0 ||
            p[key_n] != '=')
            continue;
        p += key_n + 1;
        if (p < end && *p == '"') {
            for (stop = ++p; stop < end && *stop != '"'; stop++)
                if (*stop == '\\' && stop + 1 < end && stop[1] == '"')
                    stop++;
        } else
            for (stop = p; stop < end && *stop != ';' && !is_blank(*stop);)
                stop++;
        *out = (struct span){p, (size_t)(MIN(stop, end) - p)};
        return true;
    }
    return false;
}

static bool is_boundary_char(char c)
{
    return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') ||
           (c && strchr("'()+_,-./:=? ", c));
}

static bool read_boundary(const char *content_type, struct body *b)
{
    struct span s = {content_type, strlen(content_type)};
    struct span v;

    if (!parameter(s, "boundary", &v) || !v.n || v.n > FORM_BOUNDARY_BYTES)
        return false;
    for (size_t i = 0; i < v.n; i++)
        if (!is_boundary_char(v.at[i]))
            return false;
    memcpy(b->mark, "--", 2);
    memcpy(b->mark + 2, v.at, v.n);
    b->mark_n = v.n + 2;
    return true;
}

/* Is there a whole boundary line at @a p?  @return what follows it, NULL
 * when not; @a last when it is the closing one */
static const char *boundary_line(const struct body *b, const char *p,
                                 bool *last)
{
    p += b->mark_n;
    *last = b->end - p >= 2 && p[0] == '-' && p[1] == '-';
    if (*last)
        return p + 2;
    while (p < b->end && (*p == ' ' || *p == '\t'))
        p++;
    return b->end - p >= 2 && p[0] == '\r' && p[1] == '\n' ? p + 2 : NULL;
}

/* Find the next boundary; @a out is what stands before it. */
static bool next_boundary(struct body *b, struct span *out, bool *last)
{
    const char *start = b->at, *p = start, *after;

    while ((p = memmem(p, (size_t)(b->end - p), b->mark, b->mark_n))) {
        bool own_line =
            p == start || (p - start >= 2 && p[-1] == '\n' && p[-2] == '\r');

        after = own_line ? boundary_line(b, p, last) : NULL;
        if (!after) {
            p++;
            continue;
        }
        out->at = start;
        out->n = p == start ? 0 : (size_t)(p - start) - 2;
        b->at = after;
        return true;
    }
    return false;
}

/* Find the Content-Disposition line among the headers of a part. */
static bool disposition(struct span headers, struct span *out)
{
    static const char NAME[] = "content-disposition:";
    const char *p = headers.at, *end = headers.at + headers.n;

    while (p < end) {
        const char *eol = memmem(p, (size_t)(end - p), "\r\n", 2);

        eol = eol ? eol : end;
        if ((size_t)(eol - p) >= sizeof(NAME) - 1 &&
            strncasecmp(p, NAME, sizeof(NAME) - 1) == 0) {
            *out = (struct span){p, (size_t)(eol - p)};
            return true;
        }
        p = eol + 2;
    }
    return false;
}

static int hex_pair(const char *s)
{
    static const char *const ESCAPES[] = {"%22", "%0D", "%0A"};
    static const char CHARS[] = "\"\r\n";

    for (size_t i = 0; i < ARRAY_LEN(ESCAPES); i++)
        if (strncasecmp(s, ESCAPES[i], 3) == 0)
            return CHARS[i];
    return -1;
}

/* A name as browsers write it: raw, but for %22 %0D %0A (and \" of others). */
static const char *unescape_name(struct span s, enum text_charset charset,
                                 struct arena *mem)
{
    char *out = arena_strndup(mem, s.at, s.n);
    size_t n = s.n, w = 0;

    for (size_t i = 0; i < n; i++) {
        int c = out[i] == '%' && i + 2 < n ? hex_pair(out + i) : -1;

        if (c >= 0)
            i += 2;
        else if (out[i] == '\\' && i + 1 < n && out[i + 1] == '"')
            c = out[++i];
        else
            c = (unsigned char)out[i];
        out[w++] = (char)c;
    }
    out[w] = '\0';
    return text_to_utf8(out, &w, charset, mem);
}

static enum err add_part(struct span part, enum text_charset charset,
                         struct form_fields *out)
{
    const char *blank = memmem(part.at, part.n, "\r\n\r\n", 4);
    struct span head, line, name, file, text;
    size_t len;
    enum err e;

    if (!blank || (size_t)(blank - part.at) > HEADERS_MAX)
        return ERR_BAD_FORM;
    head = (struct span){part.at, (size_t)(blank - part.at)};
    text = (struct span){blank + 4, part.n - head.n - 4};
    if (!disposition(head, &line) || !parameter(line, "name", &name))
        return ERR_BAD_FORM;
    if (name.n > FORM_NAME_MAX)
        return ERR_TOO_LONG;
    if (parameter(line, "filename", &file)) {
        const char *value = unescape_name(file, charset, out->mem);

        e = form_fields_add(out, unescape_name(name, charset, out->mem), value,
                            strlen(value));
        if (e == ERR_OK) {
            out->items[out->n - 1].is_file = true;
            out->items[out->n - 1].file_bytes = text.n;
        }
        return e;
    }
    if (text.n > FORM_VALUE_MAX)
        return ERR_TOO_LONG;
    len = text.n;
    text.at = text_to_utf8(arena_strndup(out->mem, text.at, text.n), &len,
                           charset, out->mem);
    return form_fields_add(out, unescape_name(name, charset, out->mem), text.at,
                           len);
}

/* What the form says it is written in (RFC 7578, 4.6), or its type. */
static enum text_charset charset_of(const struct body *b,
                                    const char *content_type, struct arena *mem)
{
    static const char NAME[] = "name=\"_charset_\"\r\n\r\n";
    const char *at =
        memmem(b->at, (size_t)(b->end - b->at), NAME, sizeof(NAME) - 1);
    const char *eol;
    enum text_charset c = CHARSET_GUESS;

    if (at) {
        at += sizeof(NAME) - 1;
        eol = memchr(at, '\r', (size_t)(b->end - at));
        if (eol)
            c = charset_of_form(arena_strndup(mem, at, (size_t)(eol - at)));
    }
    return c == CHARSET_GUESS ? charset_of_form_type(content_type, mem) : c;
}

enum err form_multipart(const char *content_type, const void *body, size_t n,
                        struct form_fields *out)
{
    struct body b = {.at = body, .end = (const char *)body + n};
    bool last = false;
    struct span part;
    enum err e = ERR_OK;

    if (!n || !read_boundary(content_type, &b) ||
        !next_boundary(&b, &part, &last))
        return ERR_BAD_FORM;
    b.charset = charset_of(&b, content_type, out->mem);
    for (size_t parts = 0; e == ERR_OK && !last; parts++) {
        if (parts == FORM_PARTS_MAX)
            return ERR_TOO_MANY;
        if (!next_boundary(&b, &part, &last))
            return ERR_BAD_FORM;
        e = add_part(part, b.charset, out);
    }
    return e;
}
