#include "lead/money.h"

#include "base/fold.h"
#include "base/str.h"

#define TEXT_MAX   96
#define DIGITS_MAX 15

static const struct {
    char code[4];
    int decimals;
} CURRENCIES[] = {
    {"VND", 0}, {"USD", 2}, {"EUR", 2}, {"GBP", 2}, {"JPY", 0}, {"KRW", 0},
    {"CNY", 2}, {"SGD", 2}, {"THB", 2}, {"AUD", 2}, {"CAD", 2}, {"HKD", 2},
    {"TWD", 2}, {"MYR", 2}, {"IDR", 2}, {"PHP", 2}, {"INR", 2}, {"LAK", 2},
    {"KHR", 2}, {"CHF", 2}, {"NZD", 2}, {"KWD", 3},
};

/* Signs and words for currencies, folded; longer ones first. */
static const struct {
    const char *text, *code;
} SIGNS[] = {
    {"us$", "USD"},    {"s$", "SGD"},     {"dong", "VND"},   {"vnd", "VND"},
    {"do la", "USD"},  {"dola", "USD"},   {"\u20ab", "VND"}, {"$", "USD"},
    {"\u20ac", "EUR"}, {"\u00a3", "GBP"}, {"\u00a5", "JPY"}, {"d", "VND"},
};

/* Words of scale, folded; longer ones first. */
static const struct {
    const char *text;
    int64_t times;
} SCALES[] = {
    {"nghin", 1000}, {"ngan", 1000},     {"trieu", 1000000},
    {"tr", 1000000}, {"ty", 1000000000}, {"ti", 1000000000},
    {"k", 1000},     {"m", 1000000},     {"b", 1000000000},
};

struct reader {
    const char *at;
    char currency[4]; /* "" until named */
    int64_t scale;    /* of the last term; 1: it had no word of scale */
};

/* A number as digits: value = digits / 10^decimals. */
struct number {
    int64_t digits;
    int decimals;
};

int currency_decimals(const char *code)
{
    for (size_t i = 0; code && i < ARRAY_LEN(CURRENCIES); i++)
        if (str_eq(CURRENCIES[i].code, code))
            return CURRENCIES[i].decimals;
    return -1;
}

static void skip_blanks(struct reader *r)
{
    while (is_blank(*r->at) || str_starts(r->at, "\u00a0"))
        r->at += is_blank(*r->at) ? 1 : 2;
}

static bool is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

/* A word only counts when no letter follows it. */
static bool take_word(struct reader *r, const char *word)
{
    size_t n = strlen(word);

    if (strncmp(r->at, word, n) != 0)
        return false;
    if (is_letter(word[n - 1]) && is_letter(r->at[n]))
        return false;
    r->at += n;
    return true;
}

static bool take_code(struct reader *r, char out[4])
{
    char code[4] = "";

    for (size_t i = 0; i < 3; i++) {
        if (!is_letter(r->at[i]))
            return false;
        code[i] = (char)(r->at[i] - 'a' + 'A');
    }
    if (is_letter(r->at[3]) || currency_decimals(code) < 0)
        return false;
    memcpy(out, code, sizeof(code));
    r->at += 3;
    return true;
}

/* @return false when a second, different currency is named */
static bool take_currency(struct reader *r)
{
    char code[4] = "";

    skip_blanks(r);
    if (!take_code(r, code))
        for (size_t i = 0; !code[0] && i < ARRAY_LEN(SIGNS); i++)
            if (take_word(r, SIGNS[i].text))
                memcpy(code, SIGNS[i].code, sizeof(code));
    if (!code[0])
        return true;
    if (r->currency[0] && !str_eq(r->currency, code))
        return false;
    memcpy(r->currency, code, sizeof(code));
    return true;
}

static int64_t take_scale(struct reader *r)
{
    skip_blanks(r);
    for (size_t i = 0; i < ARRAY_LEN(SCALES); i++)
        if (take_word(r, SCALES[i].text))
            return SCALES[i].times;
    return 1;
}

/* One run of digits with what stands between them. */
struct run {
    char digits[DIGITS_MAX + 1];
    size_t n, since_sep, before_sep;
    size_t dots, commas, blanks;
    char last_sep;
    bool groups_ok; /* all groups between separators have three digits */
};

static bool is_sep(const struct reader *r)
{
    return (*r->at == '.' || *r->at == ',' || *r->at == '\'' ||
            *r->at == ' ') &&
           is_digit(r->at[1]);
}

/* A blank inside a number stands before exactly three digits. */
static bool blank_groups(const char *s)
{
    return is_digit(s[1]) && is_digit(s[2]) && is_digit(s[3]) &&
           !is_digit(s[4]);
}

static void take_sep(struct reader *r, struct run *run)
{
    if (run->last_sep && run->since_sep != 3)
        run->groups_ok = false;
    if (!run->last_sep)
        run->before_sep = run->n;
    run->dots += *r->at == '.';
    run->commas += *r->at == ',';
    run->blanks += *r->at == ' ' || *r->at == '\'';
    run->last_sep = *r->at++;
    run->since_sep = 0;
}

static bool take_run(struct reader *r, struct run *run)
{
    run->groups_ok = true;
    for (;;) {
        if (is_digit(*r->at)) {
            if (run->n == DIGITS_MAX)
                return false;
            run->digits[run->n++] = *r->at++;
            run->since_sep++;
        } else if (run->n && is_sep(r) &&
                   (*r->at != ' ' || blank_groups(r->at)))
            take_sep(r, run);
        else
            break;
    }
    return run->n > 0;
}

/* Is the last separator the decimal one?  @return -1 for nonsense */
static int decimal_sep(const struct run *run, bool scaled)
{
    int kinds = (run->dots > 0) + (run->commas > 0) + (run->blanks > 0);
    size_t same = run->last_sep == '.'   ? run->dots
                  : run->last_sep == ',' ? run->commas
                                         : run->blanks;

    if (!run->last_sep)
        return 0;
    if (run->before_sep > 3 && (same > 1 || kinds > 1))
        return -1;
    if (kinds > 1) /* one groups, the other is last and stands once */
        return run->groups_ok && kinds == 2 && same == 1 ? 1 : -1;
    if (same > 1)
        return run->groups_ok && run->since_sep == 3 ? 0 : -1;
    if (run->since_sep != 3 || run->before_sep > 3 || run->digits[0] == '0')
        return 1;
    return run->last_sep == ',' && scaled;
}

static bool take_number(struct reader *r, struct number *out, int64_t *scale)
{
    struct run run = {.n = 0};
    int decimal;

    if (take_word(r, "nua")) { /* half of what follows */
        *out = (struct number){5, 1};
        *scale = take_scale(r);
        return *scale > 1;
    }
    if (!take_run(r, &run) || !str_to_i64(run.digits, &out->digits))
        return false;
    *scale = take_scale(r);
    decimal = decimal_sep(&run, *scale > 1);
    out->decimals = decimal > 0 ? (int)run.since_sep : 0;
    return decimal >= 0;
}

/* "2tr5": digits right behind a scale are its decimals; "2tr rưỡi" too.
 * Not when a scale of their own follows them: "1ty200tr". */
static bool take_tail(struct reader *r, struct number *tail)
{
    struct reader ahead = *r;
    struct run run = {.n = 0};
    int64_t scale;

    tail->decimals = 1;
    tail->digits = 5;
    skip_blanks(&ahead);
    if (take_word(&ahead, "ruoi")) {
        *r = ahead;
        return true;
    }
    ahead = *r;
    if (!is_digit(*ahead.at) || !take_run(&ahead, &run) || run.last_sep ||
        run.n > 3)
        return false;
    *r = ahead;
    scale = take_scale(&ahead);
    if (scale > 1) {
        r->at -= run.n;
        return false;
    }
    tail->decimals = (int)run.n;
    return str_to_i64(run.digits, &tail->digits);
}

/* digits * unit / 10^decimals. @return false when not whole or too big */
static bool add_scaled(int64_t *sum, const struct number *n, int64_t unit,
                       int64_t most)
{
    unsigned __int128 v = (unsigned __int128)n->digits * (uint64_t)unit;

    for (int i = 0; i < n->decimals; i++) {
        if (v % 10)
            return false;
        v /= 10;
    }
    if (v > (uint64_t)(most - *sum))
        return false;
    *sum += (int64_t)v;
    return true;
}

/* "2 tỷ 500" is 500 millions more, "2 tỷ 5" five hundred.
 * @return the unit that goes without saying; 0: none does */
static int64_t silent_unit(const char *text, const struct number *n,
                           int64_t scale, int64_t last)
{
    size_t digits = strspn(text, "0123456789");

    if (scale > 1 || last == INT64_MAX || n->decimals || n->digits >= 1000 ||
        digits > 3)
        return 0;
    return digits == 1 ? last / 10 : last / 1000;
}

/* Terms of falling scale: "1 tỷ 200 triệu".  The decimals of the currency
 * are not known yet, so the sum is in thousandths. */
static bool take_terms(struct reader *r, struct number *out)
{
    int64_t last = INT64_MAX, scale, silent;

    out->digits = 0;
    out->decimals = 3;
    do {
        const char *text = r->at;
        struct number n, tail;

        if (!take_number(r, &n, &scale) || scale >= last)
            return false;
        silent = silent_unit(text, &n, scale, last);
        if (!add_scaled(&out->digits, &n, (silent ? silent : scale) * 1000,
                        MONEY_MAX * 1000))
            return false;
        if (silent) {
            scale = last;
            break;
        }
        if (scale > 1 && take_tail(r, &tail) &&
            !add_scaled(&out->digits, &tail, scale * 1000, MONEY_MAX * 1000))
            return false;
        last = scale;
        skip_blanks(r);
    } while (is_digit(*r->at) && scale > 1);
    r->scale = scale;
    return true;
}

static bool take_amount(struct reader *r, struct number *out)
{
    if (!take_currency(r))
        return false;
    skip_blanks(r);
    return take_terms(r, out) && take_currency(r);
}

static bool take_word_of(struct reader *r, const char *const *words, size_t n)
{
    skip_blanks(r);
    for (size_t i = 0; i < n; i++)
        if (take_word(r, words[i]))
            return true;
    return false;
}

/* "10-15 tr": the scale stands once, for both. */
static bool share_scale(struct number *low, int64_t low_scale, int64_t scale)
{
    struct number n = {low->digits, 0};

    if (low_scale > 1 || scale == 1)
        return true;
    low->digits = 0;
    return add_scaled(&low->digits, &n, scale, MONEY_MAX * 1000);
}

/* "about", "more than", "below": the number beside it is as good as any. */
static bool take_qualifiers(struct reader *r)
{
    static const char *const WORDS[] = {"khoang", "tam",    "tu",     "tren",
                                        "duoi",   "hon",    "gan",    "about",
                                        "from",   "around", "over",   "under",
                                        "~",      ">=",     "<=",     ">",
                                        "<",      "\u2248", "\u2265", "\u2264"};
    bool any = false;

    while (take_word_of(r, WORDS, ARRAY_LEN(WORDS)))
        any = true;
    return any;
}

/* "about 5": of what? */
static bool is_bare(const struct reader *r, const struct number *n)
{
    return r->scale == 1 && !r->currency[0] && n->digits < 1000 * 1000;
}

/* One amount, or two of a range: then the lower one, which is sure. */
static bool take_range(struct reader *r, struct number *out)
{
    static const char *const TO[] = {"-",   "\u2013", "\u2014", "~",
                                     "den", "toi",    "to"};
    bool about = take_qualifiers(r);
    struct number high;
    int64_t scale;

    if (!take_amount(r, out))
        return false;
    scale = r->scale;
    if (!take_word_of(r, TO, ARRAY_LEN(TO)))
        return !about || !is_bare(r, out);
    return take_amount(r, &high) && share_scale(out, scale, r->scale) &&
           out->digits <= high.digits;
}

enum err money_parse(const char *text, const char *fallback,
                     struct money *out_money)
{
    char folded[TEXT_MAX];
    struct reader r = {.at = folded};
    struct number sum;
    int64_t minor = 0, unit = 1;
    int decimals;

    if (!text || strlen(text) >= TEXT_MAX / 2)
        return ERR_MONEY_INVALID;
    fold_into(text, strlen(text), folded, sizeof(folded));
    for (char *p = folded; *p; p++)
        if (*p == '_') /* keys of options are written so */
            *p = ' ';
    if (!take_range(&r, &sum))
        return ERR_MONEY_INVALID;
    skip_blanks(&r);
    out_money->named = r.currency[0] != '\0';
    if (!r.currency[0] && fallback && strlen(fallback) == 3)
        memcpy(r.currency, fallback, sizeof(r.currency));
    decimals = currency_decimals(r.currency);
    if (*r.at || decimals < 0)
        return ERR_MONEY_INVALID;
    while (decimals-- > 0)
        unit *= 10;
    if (!add_scaled(&minor, &sum, unit, MONEY_MAX))
        return ERR_MONEY_INVALID;
    out_money->minor = minor;
    memcpy(out_money->currency, r.currency, sizeof(r.currency));
    return ERR_OK;
}
