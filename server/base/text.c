#include "base/text.h"

#include <stdlib.h>
#include <uninorm.h>

#include "base/str.h"

bool text_is_ascii(const char *s, size_t n)
{
    unsigned char any = 0;

    for (size_t i = 0; i < n; i++)
        any |= (unsigned char)s[i];
    return any < 0x80;
}

bool text_is_space(uint32_t cp)
{
    return cp == ' ' || (cp >= '\t' && cp <= '\r') || cp == 0x85 ||
           cp == 0xa0 || cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200a) ||
           cp == 0x2028 || cp == 0x2029 || cp == 0x202f || cp == 0x205f ||
           cp == 0x3000;
}

bool text_is_unwanted(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7f && cp <= 0x9f) || cp == 0xad ||
           cp == 0x61c || cp == 0x200b || cp == 0x200e || cp == 0x200f ||
           (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2060 && cp <= 0x206f) ||
           cp == 0xfeff || (cp >= 0xfdd0 && cp <= 0xfdef) ||
           (cp >= 0xfff9 && cp <= 0xfffb) || (cp & 0xfffe) == 0xfffe;
}

size_t text_cut(const char *s, size_t n, size_t max)
{
    if (n <= max)
        return n;
    while (max && ((unsigned char)s[max] & 0xc0) == 0x80)
        max--;
    return max;
}

/* Characters that are in NFC whatever stands beside them, as long as only
 * such characters do: everything below the first combining mark, and the
 * precomposed Latin letters Vietnamese uses. */
static bool nfc_settled(uint32_t cp)
{
    return cp < 0x300 || (cp >= 0x1e00 && cp <= 0x1eff) ||
           (cp >= 0x2010 && cp <= 0x2027) || cp == 0x20ab;
}

/* The end of the text written so far, and what is owed to it. */
struct out {
    char *text;
    size_t len;
    bool blank; /* white space was seen since the last character */
};

/* Mostly one byte, and that must not cost a call. */
static inline void put(struct out *o, const char *s, size_t n,
                       enum text_shape shape)
{
    if (o->blank && o->len && shape == TEXT_LINE)
        o->text[o->len++] = ' ';
    o->blank = false;
    for (size_t i = 0; i < n; i++)
        o->text[o->len++] = s[i];
}

static void put_space(struct out *o, uint32_t cp, enum text_shape shape)
{
    bool line_end = cp == '\n' || cp == 0x85 || cp == 0x2028 || cp == 0x2029;

    if (shape == TEXT_LINE)
        o->blank = true;
    else if (o->len)
        put(o, line_end ? "\n" : cp == '\t' ? "\t" : " ", 1, shape);
}

/* Never writes past what was read: every step shortens or keeps. */
static bool clean_in_place(struct out *o, size_t n, enum text_shape shape)
{
    bool settled = true;

    for (size_t i = 0, len; i < n; i += len) {
        const char *at = o->text + i;
        uint32_t cp;

        if ((unsigned char)*at > ' ' && (unsigned char)*at < 0x7f) {
            len = 1;
            put(o, at, 1, shape);
            continue;
        }
        len = utf8_len(at, n - i);
        if (!len) {
            len = 1;
            continue;
        }
        cp = utf8_decode(at, len);
        if (cp == '\r' && i + 1 < n && at[1] == '\n')
            continue;
        if (text_is_space(cp))
            put_space(o, cp == '\r' ? '\n' : cp, shape);
        else if (!text_is_unwanted(cp)) {
            settled = settled && nfc_settled(cp);
            put(o, at, len, shape);
        }
    }
    while (o->len && is_blank(o->text[o->len - 1]))
        o->len--;
    o->text[o->len] = '\0';
    return settled;
}

/* NFC grows UTF-8 at most threefold (UAX 15), so the buffer always holds. */
static char *to_nfc(const struct out *o, struct arena *mem)
{
    size_t room = o->len * 3 + 1, len = room - 1;
    char *buf = arena_alloc(mem, room);
    uint8_t *got = u8_normalize(UNINORM_NFC, (const uint8_t *)o->text, o->len,
                                (uint8_t *)buf, &len);

    if (!got)
        return o->text; /* out of memory inside: as typed is still valid */
    if ((char *)got != buf) {
        buf = arena_strndup(mem, (const char *)got, len);
        free(got);
    }
    buf[len] = '\0';
    return buf;
}

char *text_clean(const char *s, size_t n, enum text_shape shape,
                 struct arena *mem)
{
    struct out o = {.text = arena_strndup(mem, s, n)};

    if (clean_in_place(&o, n, shape))
        return o.text;
    return to_nfc(&o, mem);
}

/* Windows-1252 from 0x80 to 0x9f; 0 where nothing is assigned. */
static const uint16_t CP1252[32] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
    0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017d, 0,
    0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
    0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

static uint32_t from_1252(unsigned char c)
{
    uint32_t cp = c;

    if (c >= 0x80 && c <= 0x9f)
        cp = CP1252[c - 0x80];
    return cp ? cp : 0xfffd;
}

/* Where Windows-1258 is not Windows-1252: letters of Vietnamese, and tones
 * that follow theirs; 0 where nothing is assigned. */
static uint32_t from_1258(unsigned char c)
{
    static const struct {
        unsigned char byte;
        uint16_t cp;
    } OWN[] = {{0x8a, 0},      {0x8e, 0},      {0x9a, 0},      {0x9e, 0},
               {0xc3, 0x0102}, {0xcc, 0x0300}, {0xd0, 0x0110}, {0xd2, 0x0309},
               {0xd5, 0x01a0}, {0xdd, 0x01af}, {0xde, 0x0303}, {0xe3, 0x0103},
               {0xec, 0x0301}, {0xf0, 0x0111}, {0xf2, 0x0323}, {0xf5, 0x01a1},
               {0xfd, 0x01b0}, {0xfe, 0x20ab}};

    for (size_t i = 0; i < ARRAY_LEN(OWN); i++)
        if (OWN[i].byte == c)
            return OWN[i].cp ? OWN[i].cp : 0xfffd;
    return from_1252(c);
}

static uint32_t from_byte(char c, enum text_charset charset)
{
    if (charset == CHARSET_UTF8)
        return 0xfffd;
    return charset == CHARSET_1258 ? from_1258((unsigned char)c)
                                   : from_1252((unsigned char)c);
}

const char *text_to_utf8(const char *s, size_t *n, enum text_charset charset,
                         struct arena *mem)
{
    char *out;
    size_t w = 0;

    if (text_is_ascii(s, *n) ? !memchr(s, 0, *n)
                             : charset != CHARSET_1252 &&
                                   charset != CHARSET_1258 && utf8_valid(s, *n))
        return s;
    out = arena_array(mem, *n + 1, 3);
    for (size_t i = 0, len; i < *n; i += len) {
        len = charset == CHARSET_UTF8 ? utf8_len(s + i, *n - i) : 0;
        if (len && s[i]) {
            memcpy(out + w, s + i, len);
            w += len;
            continue;
        }
        len = 1;
        w += utf8_encode(from_byte(s[i], charset), out + w);
    }
    *n = w;
    if (charset == CHARSET_1258) { /* its tones stand apart */
        out[w] = '\0';
        out = to_nfc(&(struct out){.text = out, .len = w}, mem);
        *n = strlen(out);
    }
    return out;
}
