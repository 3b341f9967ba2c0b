#include "http/args.h"

#include <string.h>

#include "base/clock.h"
#include "base/str.h"

#define ARGS_MAX 64

static int hex(char c)
{
    if (is_digit(c))
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum err args_decode(struct arena *mem, const char *s, size_t n, bool plus,
                     const char **out)
{
    char *text = arena_alloc(mem, n + 1);
    size_t len = 0;

    for (size_t i = 0; i < n; i++) {
        int high, low;

        if (s[i] != '%') {
            text[len++] = plus && s[i] == '+' ? ' ' : s[i];
            continue;
        }
        if (n - i < 3)
            return ERR_BAD_ARGUMENT;
        high = hex(s[i + 1]);
        low = hex(s[i + 2]);
        if (high < 0 || low < 0)
            return ERR_BAD_ARGUMENT;
        text[len++] = (char)(high * 16 + low);
        i += 2;
    }
    text[len] = '\0';
    if (!utf8_valid(text, len))
        return ERR_BAD_UTF8;
    *out = text;
    return ERR_OK;
}

static enum err decode_pair(struct arena *mem, const char *p, size_t n,
                            struct http_arg *arg)
{
    const char *is = memchr(p, '=', n);
    size_t name_len = is ? (size_t)(is - p) : n;
    enum err e = args_decode(mem, p, name_len, true, &arg->name);

    arg->value = "";
    if (e != ERR_OK || !is)
        return e;
    return args_decode(mem, is + 1, n - name_len - 1, true, &arg->value);
}

enum err args_parse(struct arena *mem, const char *query,
                    const struct http_arg **out, size_t *out_n)
{
    struct http_arg *args;
    size_t n = 0, most = 1;

    *out = NULL;
    *out_n = 0;
    for (const char *p = query; *p; p++)
        most += *p == '&';
    if (!*query)
        return ERR_OK;
    if (most > ARGS_MAX)
        return ERR_BAD_ARGUMENT;
    args = arena_array(mem, most, sizeof(*args));
    for (const char *p = query; *p;) {
        size_t len = strcspn(p, "&");
        enum err e = ERR_OK;

        if (len)
            e = decode_pair(mem, p, len, &args[n++]);
        if (e != ERR_OK)
            return e;
        p += len + (p[len] == '&');
    }
    *out = args;
    *out_n = n;
    return ERR_OK;
}

const char *arg_text(const struct http_req *rq, const char *name)
{
    for (size_t i = 0; i < rq->n_args; i++)
        if (str_eq(rq->args[i].name, name))
            return rq->args[i].value;
    return NULL;
}

bool arg_int(const struct http_req *rq, struct field_errs *errs,
             const char *name, int64_t min, int64_t max, int64_t *out)
{
    const char *s = arg_text(rq, name);
    int64_t n;

    if (!s)
        return false;
    if (!str_to_i64(s, &n) || n < min || n > max) {
        field_errs_add(errs, name, ERR_BAD_ARGUMENT,
                       "a whole number from %lld to %lld", (long long)min,
                       (long long)max);
        return false;
    }
    *out = n;
    return true;
}

bool arg_uuid(const struct http_req *rq, struct field_errs *errs,
              const char *name, struct uuid *out)
{
    const char *s = arg_text(rq, name);

    if (!s)
        return false;
    if (uuid_parse(s, out))
        return true;
    field_errs_add(errs, name, ERR_BAD_ARGUMENT, "a UUID");
    return false;
}

bool arg_time_parse(const char *s, int64_t *out_ms)
{
    static const char OFFSET[] = " 07:00";
    char text[TIME_TEXT_BYTES + sizeof(OFFSET)];
    size_t n = strlen(s), at = sizeof(OFFSET) - 1;

    if (n < at || n >= sizeof(text) || s[n - at] != ' ')
        return time_parse(s, out_ms);
    memcpy(text, s, n + 1);
    text[n - at] = '+';
    return time_parse(text, out_ms);
}

bool arg_time(const struct http_req *rq, struct field_errs *errs,
              const char *name, int64_t *out_ms)
{
    const char *s = arg_text(rq, name);

    if (!s)
        return false;
    if (arg_time_parse(s, out_ms))
        return true;
    field_errs_add(errs, name, ERR_BAD_ARGUMENT,
                   "an RFC 3339 time with an offset");
    return false;
}

bool arg_bool(const struct http_req *rq, struct field_errs *errs,
              const char *name, bool *out)
{
    static const char *const words[] = {"false", "true", NULL};
    size_t i;

    if (!arg_word(rq, errs, name, words, &i))
        return false;
    *out = i == 1;
    return true;
}

bool arg_word(const struct http_req *rq, struct field_errs *errs,
              const char *name, const char *const *words, size_t *out_index)
{
    const char *s = arg_text(rq, name);

    if (!s)
        return false;
    for (size_t i = 0; words[i]; i++)
        if (str_eq(words[i], s)) {
            *out_index = i;
            return true;
        }
    field_errs_add(errs, name, ERR_BAD_ARGUMENT, "not one of the words known");
    return false;
}

static bool is_known(const char *name, const char *const *known)
{
    for (; *known; known++)
        if (str_eq(name, *known))
            return true;
    return false;
}

/* Is it the second of its name? */
static bool is_second(const struct http_req *rq, size_t at)
{
    size_t before = 0;

    for (size_t i = 0; i < at; i++)
        before += str_eq(rq->args[i].name, rq->args[at].name);
    return before == 1;
}

void arg_unknown(const struct http_req *rq, struct field_errs *errs,
                 const char *const *known)
{
    for (size_t i = 0; i < rq->n_args; i++) {
        if (!is_known(rq->args[i].name, known))
            field_errs_add(errs, rq->args[i].name, ERR_BAD_ARGUMENT,
                           "no such argument");
        else if (is_second(rq, i))
            field_errs_add(errs, rq->args[i].name, ERR_DUPLICATE_FIELD,
                           "given more than once");
    }
}
