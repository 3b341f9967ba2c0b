#include "http/guard.h"

#include <string.h>

#include "base/str.h"

enum field { FIELD_OTHER, FIELD_LENGTH, FIELD_ENCODING, FIELD_HOST };

void guard_reset(struct guard *g)
{
    memset(g, 0, sizeof(*g));
}

static enum err bad(struct guard *g, const char *why)
{
    g->state = GUARD_BAD;
    g->why = why;
    return ERR_BAD_REQUEST;
}

static bool is_token(char c)
{
    static const char marks[] = "!#$%&'*+-.^_`|~";
    char l = ascii_lower(c);

    return (l >= 'a' && l <= 'z') || is_digit(c) ||
           (c && memchr(marks, c, sizeof(marks) - 1));
}

/* Words longer than the store are cut; no word we compare is that long. */
static void word_add(struct guard *g, char c)
{
    if (g->word_len < sizeof(g->word) - 1)
        g->word[g->word_len++] = c;
    g->word[g->word_len] = '\0';
}

static void word_clear(struct guard *g)
{
    g->word_len = 0;
    g->word[0] = '\0';
}

static enum err in_method(struct guard *g, char c)
{
    static const char *const known[] = {"GET",   "HEAD",   "POST",   "PUT",
                                        "PATCH", "DELETE", "OPTIONS"};

    if (c != ' ') {
        if (c < 'A' || c > 'Z' || g->word_len > 7)
            return bad(g, "method");
        word_add(g, c);
        return ERR_OK;
    }
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (str_eq(g->word, known[i])) {
            g->state = GUARD_TARGET;
            word_clear(g);
            return ERR_OK;
        }
    return bad(g, "method");
}

static enum err in_target(struct guard *g, char c)
{
    if (c == ' ' && g->part_bytes) {
        g->state = GUARD_VERSION;
        return ERR_OK;
    }
    if (c <= ' ' || c > '~' || c == '\\' || c == '#')
        return bad(g, "target");
    if (!g->part_bytes && c != '/')
        return bad(g, "target");
    if (++g->part_bytes > GUARD_TARGET_MAX_BYTES) {
        bad(g, "target_length");
        return ERR_URI_TOO_LONG;
    }
    if (c == '%')
        g->pct = 1;
    else if (c == '0' && g->pct)
        g->pct++;
    else
        g->pct = 0;
    return g->pct == 3 ? bad(g, "target_nul") : ERR_OK;
}

static enum err in_version(struct guard *g, char c)
{
    if (c != '\r') {
        word_add(g, c);
        return g->word_len > 8 ? bad(g, "version") : ERR_OK;
    }
    g->old_version = str_eq(g->word, "HTTP/1.0");
    if (!g->old_version && !str_eq(g->word, "HTTP/1.1"))
        return bad(g, "version");
    g->state = GUARD_LF;
    return ERR_OK;
}

static enum err name_over(struct guard *g)
{
    g->field = FIELD_OTHER;
    if (str_eq(g->word, "content-length")) {
        g->field = FIELD_LENGTH;
        if (g->n_length++)
            return bad(g, "content_length");
    } else if (str_eq(g->word, "transfer-encoding")) {
        g->field = FIELD_ENCODING;
        if (g->n_encoding++)
            return bad(g, "transfer_encoding");
    } else if (str_eq(g->word, "host")) {
        g->field = FIELD_HOST;
        if (g->n_host++)
            return bad(g, "host");
    }
    g->state = GUARD_VALUE;
    word_clear(g);
    return ERR_OK;
}

static enum err in_name(struct guard *g, char c)
{
    if (c == ':' && g->word_len)
        return name_over(g);
    if (!is_token(c))
        return bad(g, "field_name");
    word_add(g, ascii_lower(c));
    return ERR_OK;
}

static enum err in_line(struct guard *g, char c)
{
    if (c == '\r') {
        g->state = GUARD_END_LF;
        return ERR_OK;
    }
    if (++g->n_fields > GUARD_FIELDS_MAX) {
        bad(g, "field_count");
        return ERR_HEADERS_TOO_LARGE;
    }
    g->state = GUARD_NAME;
    word_clear(g);
    return in_name(g, c); /* a blank here is obs-fold, and no token */
}

static enum err length_over(struct guard *g)
{
    if (!g->word_len || g->word_len > 18)
        return bad(g, "content_length");
    for (unsigned i = 0; i < g->word_len; i++) {
        if (!is_digit(g->word[i]))
            return bad(g, "content_length");
        g->length = g->length * 10 + (g->word[i] - '0');
    }
    return ERR_OK;
}

static enum err value_over(struct guard *g)
{
    g->state = GUARD_LF;
    g->gap = false;
    if (g->field == FIELD_LENGTH)
        return length_over(g);
    if (g->field == FIELD_HOST && !g->word_len)
        return bad(g, "host");
    if (g->field == FIELD_ENCODING) {
        g->chunked = str_eq(g->word, "chunked");
        if (!g->chunked)
            return bad(g, "transfer_encoding");
    }
    return ERR_OK;
}

/* MHD takes a blank behind the value for a part of it; what stands behind a
 * blank might be past the end of the word that we keep. */
static enum err in_gap(struct guard *g, char c)
{
    static const char *const why[] = {[FIELD_LENGTH] = "content_length",
                                      [FIELD_ENCODING] = "transfer_encoding",
                                      [FIELD_HOST] = "host"};

    return g->field == FIELD_HOST && is_blank(c) ? ERR_OK
                                                 : bad(g, why[g->field]);
}

static bool host_byte(char c)
{
    char l = ascii_lower(c);

    return (l >= 'a' && l <= 'z') || is_digit(c) || is_blank(c) ||
           (c && strchr(".-_:[]", c));
}

static enum err in_value(struct guard *g, char c)
{
    if (c == '\r')
        return value_over(g);
    if (((unsigned char)c < ' ' && c != '\t') || c == 0x7f)
        return bad(g, "field_value");
    if (g->field == FIELD_OTHER)
        return ERR_OK;
    if (g->field == FIELD_HOST && !host_byte(c))
        return bad(g, "host");
    g->gap |= g->word_len && is_blank(c);
    if (g->gap)
        return in_gap(g, c);
    if (!is_blank(c))
        word_add(g, ascii_lower(c));
    return ERR_OK;
}

static enum err header_over(struct guard *g)
{
    g->state = g->chunked ? GUARD_CHUNKS : GUARD_DONE;
    if (g->bytes > GUARD_HEADER_MAX_BYTES) {
        bad(g, "header_length");
        return ERR_HEADERS_TOO_LARGE;
    }
    if (!g->n_host && !g->old_version)
        return bad(g, "host");
    if (g->n_encoding && (g->n_length || g->old_version))
        return bad(g, "transfer_encoding");
    return ERR_OK;
}

static enum err step(struct guard *g, char c)
{
    switch (g->state) {
    case GUARD_METHOD:
        return in_method(g, c);
    case GUARD_TARGET:
        return in_target(g, c);
    case GUARD_VERSION:
        return in_version(g, c);
    case GUARD_LF:
        g->state = GUARD_LINE;
        return c == '\n' ? ERR_OK : bad(g, "bare_cr");
    case GUARD_LINE:
        return in_line(g, c);
    case GUARD_NAME:
        return in_name(g, c);
    case GUARD_VALUE:
        return in_value(g, c);
    case GUARD_END_LF:
        return c == '\n' ? header_over(g) : bad(g, "bare_cr");
    default:
        return ERR_BAD_REQUEST;
    }
}

/* The many bytes of ordinary values, without a call each. */
static size_t skip_value(const struct guard *g, const char *p, size_t n)
{
    size_t i = 0;

    if (g->state != GUARD_VALUE || g->field != FIELD_OTHER)
        return 0;
    while (i < n && p[i] >= ' ' && p[i] <= '~')
        i++;
    return i;
}

/* Past the header: no byte of the next request is looked at. */
static enum err past_header(struct guard *g, const char *p, size_t n)
{
    g->extra_bytes += n;
    if (g->state == GUARD_CHUNKS && !chunks_scan(&g->body, p, n))
        return bad(g, "chunks");
    return ERR_OK;
}

enum err guard_scan(struct guard *g, const char *p, size_t n)
{
    enum err e = ERR_OK;

    for (size_t i = 0; i < n && e == ERR_OK; i++) {
        size_t plain = skip_value(g, p + i, n - i);

        i += plain;
        g->bytes += (uint32_t)plain;
        if (i == n)
            break;
        if (guard_has_header(g))
            return past_header(g, p + i, n - i);
        e = step(g, p[i]);
        g->bytes++;
    }
    if (e == ERR_OK && g->bytes > GUARD_HEADER_MAX_BYTES) {
        bad(g, "header_length");
        e = ERR_HEADERS_TOO_LARGE;
    }
    return e;
}

bool guard_has_header(const struct guard *g)
{
    return g->state == GUARD_DONE || g->state == GUARD_CHUNKS;
}

bool guard_has_body(const struct guard *g)
{
    return g->chunked || g->length > 0;
}

bool guard_may_keep(const struct guard *g)
{
    return !g->chunked && g->extra_bytes <= (uint64_t)g->length;
}
