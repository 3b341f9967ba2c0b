#include "intake/json_blot.h"

#include <jansson.h>
#include <strings.h>

#include "base/str.h"
#include "intake/json_guard.h"

/* Past the string whose opening quote is s[i]. */
static size_t past_string(const char *s, size_t n, size_t i)
{
    for (i++; i < n && s[i] != '"'; i++)
        i += s[i] == '\\';
    return MIN(i + 1, n);
}

static size_t past_blank(const char *s, size_t n, size_t i)
{
    while (i < n && (is_blank(s[i]) || s[i] == ':'))
        i++;
    return i;
}

/* Does this string with its quotes read so, escapes or not? */
static bool reads(const char *s, size_t n, const char *text,
                  int (*order)(const char *, const char *))
{
    AUTO(json_cleanup) json_t *j = NULL;
    size_t len = strlen(text);

    if (n < len + 2 || n > 6 * len + 2) /* each character as \uXXXX */
        return false;
    j = json_loadb(s, n, JSON_DECODE_ANY, NULL);
    return j && order(json_string_value(j), text) == 0;
}

void json_blot(char *s, size_t n, const char *name, const char *value)
{
    for (size_t i = 0; i < n;) {
        size_t end = s[i] == '"' ? past_string(s, n, i) : i + 1;
        bool key = s[i] == '"' && reads(s + i, end - i, name, strcasecmp);

        i = end;
        if (!key)
            continue;
        i = past_blank(s, n, i);
        if (i >= n || s[i] != '"')
            continue;
        end = past_string(s, n, i);
        if (end > i + 2 && (!value || reads(s + i, end - i, value, strcmp)))
            memset(s + i + 1, '*', end - i - 2);
        i = end;
    }
}
