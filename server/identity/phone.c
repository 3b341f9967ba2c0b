#include "identity/phone.h"

#include <unictype.h>

#include "base/fold.h"
#include "base/str.h"
#include "base/text.h"
#include "identity/phone_shim.h"

#define DIGITS_MIN 7
#define DIGITS_MAX 15
/* 00 and a trunk 0 may stand before the 15 */
#define TYPED_MAX 18
#define EXT_MAX   8

/* The digits of a number, however they were set. */
struct typed {
    char digits[TYPED_MAX + 1];
    size_t n;
    bool plus;
};

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

static bool read_typed(const char *s, struct typed *t)
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
            if (t->n == TYPED_MAX)
                return false;
            t->digits[t->n++] = (char)('0' + digit);
        } else if ((cp == '+' || cp == 0xff0b) && !t->n && !t->plus)
            t->plus = true;
        else if (t->n >= DIGITS_MIN && is_extension(s + i))
            break;
        else if (!is_filler(cp))
            return false;
    }
    t->digits[t->n] = '\0';
    return t->n >= DIGITS_MIN;
}

bool phone_vn_mobile(const char *nat)
{
    if (strlen(nat) != 9)
        return false;
    switch (nat[0]) {
#define LIVE(first, seconds)                                                   \
    case first:                                                                \
        return strchr(seconds, nat[1]) != NULL;
#include "identity/phone_plan.def"
#undef LIVE
    default:
        return false;
    }
}

/* Give an eleven-digit mobile (ten without its 0) its prefix of today. */
static bool move_prefix(char *nat)
{
    static const struct {
        char old[4], now[3];
    } MOVES[] = {
#define MOVED(old, now) {old, now},
#include "identity/phone_plan.def"
#undef MOVED
    };

    if (strlen(nat) != 10)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(MOVES); i++)
        if (memcmp(nat, MOVES[i].old, 3) == 0) {
            memcpy(nat, MOVES[i].now, 2);
            memmove(nat + 2, nat + 3, 8);
            return true;
        }
    return false;
}

static enum err ask_library(const char *text, const char *region,
                            struct phone *out)
{
    enum phone_shim got =
        phone_shim_parse(text, region, out->e164, sizeof(out->e164));
    size_t n = got == PHONE_SHIM_BAD ? 0 : strlen(out->e164);

    if (n < 1 + DIGITS_MIN || n > 1 + DIGITS_MAX)
        return ERR_PHONE_INVALID;
    out->doubtful = got == PHONE_SHIM_DOUBTFUL;
    return ERR_OK;
}

/* nat: digits behind +84, without a trunk 0 */
static enum err vietnamese(char *nat, const char *rule, struct phone *out)
{
    size_t n;

    out->rule = move_prefix(nat) ? "vn_prefix_2018" : rule;
    n = strlen(nat);
    if (n < 7 || n > DIGITS_MAX - 2)
        return ERR_PHONE_INVALID;
    memcpy(out->e164, "+84", 3);
    memcpy(out->e164 + 3, nat, n + 1);
    if (phone_vn_mobile(nat)) {
        out->doubtful = false;
        return ERR_OK;
    }
    {
        char text[PHONE_TEXT_BYTES];

        memcpy(text, out->e164, n + 4);
        return ask_library(text, "VN", out);
    }
}

static enum err foreign(const char *digits, struct phone *out)
{
    char text[TYPED_MAX + 2] = "+";

    if (strlen(digits) < DIGITS_MIN || strlen(digits) > DIGITS_MAX)
        return ERR_PHONE_INVALID;
    memcpy(text + 1, digits, strlen(digits) + 1);
    out->rule = "intl";
    return ask_library(text, "ZZ", out);
}

/* With a country code, whose '+' or '00' is already off. */
static enum err with_country(char *digits, struct phone *out)
{
    if (strncmp(digits, "84", 2) != 0)
        return foreign(digits, out);
    if (digits[2] == '0')
        return vietnamese(digits + 3, "vn_slip_plus840", out);
    return vietnamese(digits + 2, "vn", out);
}

/* Without one, in Viet Nam: 0.., 84.., or the 0 was lost on the way (a
 * spreadsheet takes it for a number). */
static enum err within_vn(char *digits, struct phone *out)
{
    size_t n = strlen(digits);

    if (digits[0] == '0')
        return vietnamese(digits + 1, "vn", out);
    if (strncmp(digits, "84", 2) == 0 && n >= 11)
        return with_country(digits, out);
    if (phone_vn_mobile(digits))
        return vietnamese(digits, "vn_no_zero", out);
    out->rule = "vn_no_zero";
    return ask_library(digits, "VN", out);
}

enum err phone_canonical(const char *raw, const char *region,
                         struct phone *out_phone)
{
    struct typed t = {.n = 0};

    if (!raw || !read_typed(raw, &t))
        return ERR_PHONE_INVALID;
    if (t.plus)
        return with_country(t.digits, out_phone);
    if (strncmp(t.digits, "00", 2) == 0)
        return with_country(t.digits + 2, out_phone);
    if (!region || str_eq(region, "VN"))
        return within_vn(t.digits, out_phone);
    out_phone->rule = "national";
    return ask_library(t.digits, region, out_phone);
}
