#include "store/body_pattern.h"

#include <string.h>
#include <unistr.h>

#include "base/buf.h"
#include "base/str.h"

#define NOTHING "(?!)"

static const char HEX[] = "0123456789ABCDEF";

/* One digit, in both cases. */
static void put_digit(struct buf *out, unsigned digit)
{
    char c = HEX[digit & 15];

    if (c > '9')
        (void)buf_printf(out, "[%c%c]", c, c | 0x20);
    else
        (void)buf_putc(out, c);
}

static void put_percent(struct buf *out, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned byte = (unsigned char)p[i];

        (void)buf_putc(out, '%');
        put_digit(out, byte >> 4);
        put_digit(out, byte);
    }
}

/* As encode() shows a byte: a backslash doubled, what is no ASCII in octal;
   and with what means something in an expression made harmless. */
static void put_raw(struct buf *out, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned byte = (unsigned char)p[i];

        if (byte == '\\')
            (void)buf_puts(out, "\\\\\\\\");
        else if (byte >= 0x80 || !byte)
            (void)buf_printf(out, "\\\\%03o", byte);
        else if (strchr("^$.[]()|*+?{}", (int)byte))
            (void)buf_printf(out, "\\%c", byte);
        else
            (void)buf_putc(out, (char)byte);
    }
}

static void put_unit(struct buf *out, unsigned unit)
{
    (void)buf_puts(out, "\\\\\\\\u");
    for (int shift = 12; shift >= 0; shift -= 4)
        put_digit(out, unit >> shift);
}

static void put_escape(struct buf *out, uint32_t c)
{
    if (c >= 0x10000) {
        put_unit(out, 0xd800 + ((c - 0x10000) >> 10));
        put_unit(out, 0xdc00 + ((c - 0x10000) & 0x3ff));
    } else {
        put_unit(out, c);
    }
}

/* Letters and digits nobody encodes. */
static bool is_plain(const char *p)
{
    return (*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') ||
           (*p >= 'a' && *p <= 'z');
}

static void put_character(struct buf *out, const char *p, size_t n, uint32_t c)
{
    (void)buf_puts(out, c == ' ' ? "(?:\\+|" : "(?:");
    put_raw(out, p, n);
    (void)buf_putc(out, '|');
    put_percent(out, p, n);
    (void)buf_putc(out, '|');
    put_escape(out, c);
    (void)buf_putc(out, ')');
}

const char *body_pattern(const char *text, struct arena *mem)
{
    AUTO(buf_release) struct buf out = BUF_INIT;
    size_t left = text ? strlen(text) : 0;

    if (!text)
        return NULL;
    for (const char *p = text; left;) {
        ucs4_t c;
        int n = u8_mbtouc(&c, (const uint8_t *)p, left);

        if (is_plain(p))
            (void)buf_putc(&out, *p);
        else
            put_character(&out, p, (size_t)n, c);
        p += n;
        left -= (size_t)n;
    }
    /* without memory rather nothing than more than was meant: it may purge */
    return out.failed ? NOTHING : arena_strdup(mem, out.ptr ? out.ptr : "");
}
