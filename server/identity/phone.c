#include "identity/phone.h"

#include <unictype.h>

#include "base/str.h"
#include "identity/phone_shim.h"
#include "identity/phone_typed.h"

/* a text with a number in it; one run of digits and fillers in such a text */
#define WORDS_MAX 200
#define RUN_BYTES 64

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

    if (n < 1 + PHONE_DIGITS_MIN || n > 1 + PHONE_DIGITS_MAX)
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
    if (n < 7 || n > PHONE_DIGITS_MAX - 2)
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
    char text[PHONE_TYPED_MAX + 2] = "+";

    if (strlen(digits) < PHONE_DIGITS_MIN || strlen(digits) > PHONE_DIGITS_MAX)
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

/* All of the text is the number. */
static enum err bare(const char *raw, const char *region, struct phone *out)
{
    struct phone_typed t = {.n = 0};

    if (!phone_read_typed(raw, &t))
        return ERR_PHONE_INVALID;
    if (t.plus)
        return with_country(t.digits, out);
    if (strncmp(t.digits, "00", 2) == 0)
        return with_country(t.digits + 2, out);
    if (!region || str_eq(region, "VN"))
        return within_vn(t.digits, out);
    out->rule = "national";
    return ask_library(t.digits, region, out);
}

/* ---- a number among words ---- */

/* Of all numbers that a text may hold only one with its 0 or its country. */
static bool sure(const char *s, size_t n, const char *region, struct phone *out)
{
    char text[RUN_BYTES];

    if (n >= sizeof(text))
        return false;
    memcpy(text, s, n);
    text[n] = '\0';
    return bare(text, region, out) == ERR_OK && !out->doubtful &&
           !str_eq(out->rule, "vn_no_zero");
}

/* One number, or the first of two with nothing but fillers between. */
static bool sure_first(const char *s, size_t n, const char *region,
                       struct phone *out)
{
    struct phone second;

    if (sure(s, n, region, out))
        return true;
    for (size_t i = PHONE_DIGITS_MIN; i < n; i++)
        if (is_digit(s[i - 1]) && !is_digit(s[i]) && sure(s, i, region, out) &&
            sure(s + i, n - i, region, &second))
            return true;
    return false;
}

/* @return bytes of digits and what may stand between them, at s; a slash
 * may be a date's */
static size_t run_of(const char *s, size_t n)
{
    size_t i = 0;

    for (size_t len; i < n; i += len) {
        uint32_t cp;

        len = utf8_len(s + i, n - i);
        cp = len ? utf8_decode(s + i, len) : 0;
        if (!len || !phone_part(cp) || cp == '/')
            break;
    }
    return i;
}

/* A letter that touches digits makes something else of them. */
static bool is_letter(const char *s, size_t n)
{
    size_t len = n ? utf8_len(s, n) : 0;

    return len && uc_is_alpha(utf8_decode(s, len));
}

/* "Zalo: 0900 000 906 (Lan)": the first number that the plan is sure of. */
static enum err among_words(const char *s, const char *region,
                            struct phone *out)
{
    size_t n = strlen(s);
    bool touched = false; /* a letter stands right before s */

    if (n > WORDS_MAX)
        return ERR_PHONE_INVALID;
    while (n) {
        size_t run = run_of(s, n), len;
        bool glued =
            run && ((touched && is_digit(s[0])) ||
                    (is_letter(s + run, n - run) && is_digit(s[run - 1])));

        if (run >= PHONE_DIGITS_MIN && !glued &&
            sure_first(s, run, region, out))
            return ERR_OK;
        s += run;
        n -= run;
        touched = is_letter(s, n);
        len = n ? utf8_len(s, n) : 0;
        if (!len)
            break;
        s += len;
        n -= len;
    }
    return ERR_PHONE_INVALID;
}

enum err phone_canonical(const char *raw, const char *region,
                         struct phone *out_phone)
{
    if (!raw)
        return ERR_PHONE_INVALID;
    if (bare(raw, region, out_phone) == ERR_OK)
        return ERR_OK;
    return among_words(raw, region, out_phone);
}
