#include "identity/phone_typed.h"

#include <unictype.h>

#include "base/fold.h"
#include "base/str.h"
#include "base/text.h"

#define EXT_MAX 8

static bool is_filler(uint32_t cp)
{
    switch (cp) {
    case '.':
    case '-':
    case '(':
    case ')':
    case '[':
    case ']':
    case '/':
    case 0xb7:   /* middle dot */
    case 0x2212: /* minus */
    case 0xff08: /* full-width brackets, dash, dot */
    case 0xff09:
    case 0xff0d:
    case 0xff0e:
        return true;
    default:
        return text_is_space(cp) || (cp >= 0x2010 && cp <= 0x2015) ||
               (cp > 0x7f && text_is_unwanted(cp));
    }
}

static bool is_plus(uint32_t cp)
{
    return cp == '+' || cp == 0xff0b;
}

/* "ext. 12", "x12", "#12" or ";ext=12" up to the end of the text? */
static bool is_extension(const char *s)
{
    static const char *const MARKS[] = {";ext=", "ext", "x", "#"};
    size_t n = 0;
    bool marked = false;

    for (size_t i = 0; i < ARRAY_LEN(MARKS); i++) {
        size_t len = strlen(MARKS[i]);
        char low[8];

        fold_into(s, strlen(s), low, len + 1);
        if (str_eq(low, MARKS[i])) {
            marked = true;
            s += len;
            break;
        }
    }
    for (; marked && *s; s++) {
        if (is_digit(*s))
            n++;
        else if (*s != '.' && *s != ':' && !is_blank(*s))
            return false;
    }
    return n > 0 && n <= EXT_MAX;
}

static int digit_of(uint32_t cp)
{
    if (cp < 0x80)
        return cp >= '0' && cp <= '9' ? (int)(cp - '0') : -1;
    return uc_decimal_value(cp);
}

bool phone_part(uint32_t cp)
{
    return digit_of(cp) >= 0 || is_plus(cp) || is_filler(cp);
}

bool phone_read_typed(const char *s, struct phone_typed *t)
{
    size_t n = strlen(s);

    for (size_t i = 0, len; i < n; i += len) {
        uint32_t cp;
        int digit;

        len = utf8_len(s + i, n - i);
        if (!len)
            return false;
        cp = utf8_decode(s + i, len);
        digit = digit_of(cp);
        if (digit >= 0) {
            if (t->n == PHONE_TYPED_MAX)
                return false;
            t->digits[t->n++] = (char)('0' + digit);
        } else if (is_plus(cp) && !t->n && !t->plus)
            t->plus = true;
        else if (t->n >= PHONE_DIGITS_MIN && is_extension(s + i))
            break;
        else if (!is_filler(cp))
            return false;
    }
    t->digits[t->n] = '\0';
    return t->n >= PHONE_DIGITS_MIN;
}
