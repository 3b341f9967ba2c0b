#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/reserve.h"
#include "base/str.h"

#define BUF_MAX_DEFAULT ((size_t)64 << 20)

void buf_release(struct buf *b)
{
    reserve_free(b->ptr);
    b->ptr = NULL;
    b->len = b->cap = 0;
    b->failed = false;
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->failed = false;
    if (b->ptr)
        b->ptr[0] = '\0';
}

enum err buf_reserve(struct buf *b, size_t n)
{
    size_t max = b->max ? b->max : BUF_MAX_DEFAULT;
    size_t cap = b->cap ? b->cap : 256;
    char *p;

    if (n > max || b->len > max - n) {
        b->failed = true;
        return ERR_FULL;
    }
    if (b->cap > b->len + n)
        return ERR_OK;
    while (cap <= b->len + n)
        cap *= 2;
    p = reserve_realloc(b->ptr, cap);
    if (!p) {
        b->failed = true;
        return ERR_NO_MEMORY;
    }
    b->ptr = p;
    b->cap = cap;
    return ERR_OK;
}

enum err buf_add(struct buf *b, const void *p, size_t n)
{
    enum err e = buf_reserve(b, n);

    if (e != ERR_OK)
        return e;
    if (n)
        memcpy(b->ptr + b->len, p, n);
    b->len += n;
    b->ptr[b->len] = '\0';
    return ERR_OK;
}

enum err buf_puts(struct buf *b, const char *s)
{
    return buf_add(b, s, strlen(s));
}

enum err buf_putc(struct buf *b, char c)
{
    return buf_add(b, &c, 1);
}

enum err buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    enum err e;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        return ERR_INTERNAL;
    e = buf_reserve(b, (size_t)n + 1);
    if (e != ERR_OK)
        return e;
    va_start(ap, fmt);
    vsnprintf(b->ptr + b->len, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->len += (size_t)n;
    return ERR_OK;
}

static enum err json_escape(struct buf *b, unsigned char c)
{
    static const char SHORT[] = "btn?fr";

    if (c == '"' || c == '\\') {
        char two[2] = {'\\', (char)c};

        return buf_add(b, two, 2);
    }
    if (c >= 8 && c <= 13 && c != 11) {
        char two[2] = {'\\', SHORT[c - 8]};

        return buf_add(b, two, 2);
    }
    return buf_printf(b, "\\u%04x", c);
}

enum err buf_json_str(struct buf *b, const char *s, size_t n)
{
    size_t from = 0;

    (void)buf_putc(b, '"');
    for (size_t i = 0; i < n;) {
        unsigned char c = (unsigned char)s[i];
        size_t len = c < 0x80 ? 1 : utf8_len(s + i, n - i);

        if (len && c >= 0x20 && c != '"' && c != '\\') {
            i += len;
            continue;
        }
        (void)buf_add(b, s + from, i - from);
        if (len)
            (void)json_escape(b, c);
        else
            (void)buf_puts(b, "\xef\xbf\xbd");
        from = ++i;
    }
    (void)buf_add(b, s + from, n - from);
    (void)buf_putc(b, '"');
    return b->failed ? ERR_FULL : ERR_OK;
}
