#include "http/chunks.h"

#include "base/str.h"

#define DIGITS_MAX 12 /* 2^48 bytes are more than any limit lets through */

enum {
    CHUNKS_SIZE, /* zero: where it begins */
    CHUNKS_EXTENSION,
    CHUNKS_SIZE_LF,
    CHUNKS_DATA,
    CHUNKS_DATA_CR,
    CHUNKS_DATA_LF,
    CHUNKS_TRAILER,
    CHUNKS_TRAILER_LF,
    CHUNKS_END_LF,
    CHUNKS_OVER
};

static bool go(struct chunks *c, unsigned state)
{
    c->state = (uint8_t)state;
    return true;
}

static bool is_text(char c)
{
    return ((unsigned char)c >= ' ' || c == '\t') && c != 0x7f;
}

static int hex_value(char c)
{
    char l = ascii_lower(c);

    if (is_digit(c))
        return c - '0';
    return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

static bool in_size(struct chunks *c, char ch)
{
    int digit = hex_value(ch);

    if (digit >= 0) {
        c->left = c->left << 4 | (unsigned)digit;
        return ++c->n_digits <= DIGITS_MAX;
    }
    if (!c->n_digits)
        return false;
    if (ch == ';')
        return go(c, CHUNKS_EXTENSION);
    return ch == '\r' && go(c, CHUNKS_SIZE_LF);
}

static bool in_extension(struct chunks *c, char ch)
{
    if (ch == '\r')
        return go(c, CHUNKS_SIZE_LF);
    return is_text(ch) && ++c->line <= CHUNKS_LINE_MAX_BYTES;
}

static bool size_over(struct chunks *c)
{
    c->line = 0;
    c->n_digits = 0;
    return go(c, c->left ? CHUNKS_DATA : CHUNKS_TRAILER);
}

/* "Name: value"; what it says is not ours to know. */
static bool in_trailer(struct chunks *c, char ch)
{
    if (ch == '\r')
        return !c->line   ? go(c, CHUNKS_END_LF)
               : c->named ? go(c, CHUNKS_TRAILER_LF)
                          : false;
    if (!c->named && (ch == ' ' || ch == '\t' || (ch == ':' && !c->line)))
        return false;
    c->named |= ch == ':';
    return is_text(ch) && ++c->line <= CHUNKS_LINE_MAX_BYTES &&
           ++c->trailer_bytes <= CHUNKS_TRAILER_MAX_BYTES;
}

static bool trailer_over(struct chunks *c)
{
    c->line = 0;
    c->named = false;
    return go(c, CHUNKS_TRAILER);
}

static bool step(struct chunks *c, char ch)
{
    switch (c->state) {
    case CHUNKS_SIZE:
        return in_size(c, ch);
    case CHUNKS_EXTENSION:
        return in_extension(c, ch);
    case CHUNKS_SIZE_LF:
        return ch == '\n' && size_over(c);
    case CHUNKS_DATA_CR:
        return ch == '\r' && go(c, CHUNKS_DATA_LF);
    case CHUNKS_DATA_LF:
        return ch == '\n' && go(c, CHUNKS_SIZE);
    case CHUNKS_TRAILER:
        return in_trailer(c, ch);
    case CHUNKS_TRAILER_LF:
        return ch == '\n' && trailer_over(c);
    default:
        return ch == '\n' && go(c, CHUNKS_OVER);
    }
}

static size_t skip_data(struct chunks *c, size_t n)
{
    size_t len = (size_t)MIN((uint64_t)n, c->left);

    c->left -= len;
    if (!c->left)
        c->state = CHUNKS_DATA_CR;
    return len;
}

bool chunks_scan(struct chunks *c, const char *p, size_t n)
{
    for (size_t i = 0; i < n && c->state != CHUNKS_OVER;)
        if (c->state == CHUNKS_DATA)
            i += skip_data(c, n - i);
        else if (!step(c, p[i++]))
            return false;
    return true;
}
