#include "intake/charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <strings.h>

#include "base/str.h"

#define HEAD_BYTES 4 /* enough to know a byte order mark */
#define REST_BYTES 8 /* longest sequence that may be cut in two */

static const iconv_t NO_ICONV = (iconv_t)-1;

struct charset {
    bool begun, named;
    iconv_t cd; /* NO_ICONV: the bytes are UTF-8, or looked at row by row */
    char rest[REST_BYTES]; /* of the last feed */
    size_t n_rest;
};

static const char *const NAMES[] = {
    "utf-8",        "utf-16",       "utf-16le",   "utf-16be",
    "windows-1258", "windows-1252", "iso-8859-1", "latin1"};

bool charset_known(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
        if (str_eq_nocase(NAMES[i], name))
            return true;
    return false;
}

struct charset *charset_new(const char *name)
{
    struct charset *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    c->cd = NO_ICONV;
    c->named =
        name && !str_eq_nocase(name, "utf-8") && !str_eq_nocase(name, "utf-16");
    if (!c->named)
        return c;
    c->cd = iconv_open("UTF-8", name);
    if (c->cd == NO_ICONV) {
        free(c);
        return NULL;
    }
    return c;
}

void charset_free(struct charset *c)
{
    if (!c)
        return;
    if (c->cd != NO_ICONV)
        iconv_close(c->cd);
    free(c);
}

/* A mark decides; so do two NUL bytes, since text has none. */
static const char *guess(const unsigned char *p, size_t n, size_t *mark)
{
    *mark = 0;
    if (n >= 3 && p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf) {
        *mark = 3;
        return NULL;
    }
    if (n >= 2 && p[0] == 0xff && p[1] == 0xfe) {
        *mark = 2;
        return "UTF-16LE";
    }
    if (n >= 2 && p[0] == 0xfe && p[1] == 0xff) {
        *mark = 2;
        return "UTF-16BE";
    }
    if (n >= 4 && !p[1] && !p[3] && p[0] && p[2])
        return "UTF-16LE";
    return n >= 4 && !p[0] && !p[2] && p[1] && p[3] ? "UTF-16BE" : NULL;
}

static enum err convert(struct charset *c, const char *p, size_t n, bool last,
                        struct buf *out)
{
    char *in = (char *)(uintptr_t)p; /* iconv only reads */
    enum err e = ERR_OK;

    while (n && e == ERR_OK) {
        char piece[4096], *at = piece;
        size_t room = sizeof(piece);
        size_t got = iconv(c->cd, &in, &n, &at, &room);
        int why = errno;

        e = buf_add(out, piece, (size_t)(at - piece));
        if (got != (size_t)-1 || why == E2BIG || e != ERR_OK)
            continue;
        if (why == EINVAL && !last && n < REST_BYTES)
            break;
        e = buf_puts(out, "\xef\xbf\xbd");
        in++;
        n--;
    }
    if (last && e == ERR_OK) { /* what the decoder held back */
        char piece[64], *at = piece;
        size_t room = sizeof(piece);

        (void)iconv(c->cd, NULL, NULL, &at, &room);
        e = buf_add(out, piece, (size_t)(at - piece));
    }
    c->n_rest = MIN(n, sizeof(c->rest));
    memcpy(c->rest, in, c->n_rest);
    return e;
}

enum err charset_feed(struct charset *c, const char *p, size_t n, bool last,
                      struct buf *out)
{
    AUTO(buf_release) struct buf joined = BUF_INIT;
    const char *name;
    size_t mark;

    if (c->n_rest) {
        enum err e = buf_add(&joined, c->rest, c->n_rest);

        if (e == ERR_OK)
            e = buf_add(&joined, p, n);
        if (e != ERR_OK)
            return e;
        c->n_rest = 0;
        p = joined.ptr;
        n = joined.len;
    }
    if (!c->begun && n < HEAD_BYTES && !last) {
        memcpy(c->rest, p, n);
        c->n_rest = n;
        return ERR_OK;
    }
    if (!c->begun) {
        c->begun = true;
        name = guess((const unsigned char *)p, n, &mark);
        p += mark;
        n -= mark;
        if (name && !c->named) {
            c->cd = iconv_open("UTF-8", name);
            if (c->cd == NO_ICONV)
                return ERR_NO_MEMORY;
        }
    }
    return c->cd == NO_ICONV ? buf_add(out, p, n) : convert(c, p, n, last, out);
}

enum text_charset charset_of_form(const char *name)
{
    static const struct {
        const char *name;
        enum text_charset charset;
    } FORM[] = {{"utf-8", CHARSET_UTF8},
                {"windows-1252", CHARSET_1252},
                {"iso-8859-1", CHARSET_1252}, /* as browsers mean it */
                {"latin1", CHARSET_1252},
                {"windows-1258", CHARSET_1258}};

    for (size_t i = 0; name && i < ARRAY_LEN(FORM); i++)
        if (str_eq_nocase(FORM[i].name, name))
            return FORM[i].charset;
    return CHARSET_GUESS;
}

enum text_charset charset_of_form_type(const char *content_type,
                                       struct arena *mem)
{
    enum text_charset c = charset_of_form(charset_of_type(content_type, mem));

    return c == CHARSET_UTF8 ? CHARSET_GUESS : c;
}

const char *charset_of_type(const char *content_type, struct arena *mem)
{
    const char *at = content_type ? strcasestr(content_type, "charset=") : NULL;

    if (!at)
        return NULL;
    at += strlen("charset=");
    at += *at == '"';
    return arena_strndup(mem, at, strcspn(at, "\"; \t"));
}

const char *charset_body(const char *content_type, const char *s, size_t *n,
                         struct arena *mem)
{
    AUTO(buf_release) struct buf out = BUF_INIT;
    const char *name = charset_of_type(content_type, mem);
    struct charset *c;

    if (!name || !charset_known(name) ||
        (utf8_valid(s, *n) && !memchr(s, 0, *n)))
        return s;
    c = charset_new(name);
    if (c && charset_feed(c, s, *n, true, &out) == ERR_OK) {
        *n = out.len;
        s = arena_strndup(mem, out.ptr ? out.ptr : "", out.len);
    }
    charset_free(c);
    return s;
}

const char *charset_row(const char *s, size_t *n, struct arena *mem)
{
    AUTO(buf_release) struct buf out = BUF_INIT;
    struct charset c = {.begun = true, .named = true};

    if (utf8_valid(s, *n) || memchr(s, 0, *n))
        return s;
    c.cd = iconv_open("UTF-8", "WINDOWS-1258");
    if (c.cd == NO_ICONV)
        return s;
    if (convert(&c, s, *n, true, &out) == ERR_OK) {
        *n = out.len;
        s = arena_strndup(mem, out.ptr ? out.ptr : "", out.len);
    }
    iconv_close(c.cd);
    return s;
}
