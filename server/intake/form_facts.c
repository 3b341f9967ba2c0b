#include "intake/form_facts.h"

#include "base/fold.h"
#include "base/str.h"
#include "intake/form_target.h"
#include "lead/money.h"

#define TIMEFRAME_MAX_DAYS 36500
#define WORD_MAX           64

static const struct {
    const char *name;
    uint32_t bit;
} FACTS[] = {
    {"authority_role", FACT_AUTHORITY_ROLE},
    {"need", FACT_NEED},
    {"budget", FACT_BUDGET},
    {"price", FACT_PRICE},
    {"currency", FACT_CURRENCY},
    {"pay_proxy", FACT_PAY_PROXY},
    {"challenges", FACT_CHALLENGES},
    {"timeframe_days", FACT_TIMEFRAME_DAYS},
    {"outside_area", FACT_OUTSIDE_AREA},
    {"buyer_type_not_served", FACT_BUYER_TYPE_NOT_SERVED},
};

uint32_t form_fact_bit(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(FACTS); i++)
        if (str_eq(FACTS[i].name, name))
            return FACTS[i].bit;
    return 0;
}

const char *form_fact_name(uint32_t bit)
{
    for (size_t i = 0; i < ARRAY_LEN(FACTS); i++)
        if (FACTS[i].bit == bit)
            return FACTS[i].name;
    return "";
}

static bool read_amount(uint32_t bit, const char *text, const char *currency,
                        struct money *out)
{
    return text && money_parse(text, currency, out) == ERR_OK &&
           out->minor >= (bit == FACT_PRICE);
}

static bool put_money(struct facts *f, uint32_t bit, const char *text,
                      const char *currency)
{
    struct money m;

    if (!read_amount(bit, text, currency, &m))
        return false;
    *(bit == FACT_PRICE ? &f->price : &f->budget) = m.minor;
    memcpy(f->currency, m.currency, sizeof(f->currency));
    f->given |= FACT_CURRENCY | bit;
    return true;
}

void form_fact_amounts(struct facts *f, const char *budget, const char *price,
                       const char *currency)
{
    bool fixed = f->given & FACT_PRICE; /* by the mapping */
    struct money b, p = {.named = false};

    if (f->given & FACT_CURRENCY)
        currency = f->currency;
    if (f->given & FACT_BUDGET ||
        !read_amount(FACT_BUDGET, budget, currency, &b))
        budget = NULL;
    if (fixed || !read_amount(FACT_PRICE, price, currency, &p))
        price = NULL;
    if (fixed)
        memcpy(p.currency, f->currency, sizeof(p.currency));
    if (budget && (price || fixed) && !str_eq(b.currency, p.currency)) {
        if (p.named && !b.named)
            budget = NULL;
        else
            price = NULL;
        if (budget)
            f->given &= ~(uint32_t)FACT_PRICE;
    }
    if (budget)
        (void)put_money(f, FACT_BUDGET, budget, currency);
    if (price)
        (void)put_money(f, FACT_PRICE, price, currency);
}

static bool put_currency(struct facts *f, const char *text)
{
    if (currency_decimals(text) < 0)
        return false;
    memcpy(f->currency, text, sizeof(f->currency));
    return true;
}

/* One or more words, behind each other with commas. */
static bool put_challenges(struct facts *f, const char *text)
{
    bool any = false;

    while (*text) {
        size_t n = strcspn(text, ",;");
        char word[WORD_MAX];
        enum challenge c;

        fold_into(text, n, word, sizeof(word));
        if (challenge_parse(str_trim(word), &c)) {
            f->challenges |= UINT32_C(1) << c;
            any = true;
        }
        text += n + (text[n] != '\0');
    }
    return any;
}

static bool put_timeframe(struct facts *f, const char *text, int64_t now_ms)
{
    int64_t days;

    if (!str_to_i64(text, &days) || days < 0 || days > TIMEFRAME_MAX_DAYS)
        return false;
    f->timeframe_days = (int32_t)days;
    f->timeframe_stated_ms = now_ms;
    f->given |= FACT_TIMEFRAME_STATED_AT;
    return true;
}

static bool put(struct facts *f, uint32_t bit, const char *text,
                const char *currency, int64_t now_ms)
{
    switch (bit) {
    case FACT_AUTHORITY_ROLE:
        return role_parse(text, &f->authority_role);
    case FACT_NEED:
        return need_parse(text, &f->need);
    case FACT_BUDGET:
    case FACT_PRICE:
        return put_money(f, bit, text, currency);
    case FACT_CURRENCY:
        return put_currency(f, text);
    case FACT_CHALLENGES:
        return put_challenges(f, text);
    case FACT_TIMEFRAME_DAYS:
        return put_timeframe(f, text, now_ms);
    case FACT_PAY_PROXY:
        f->pay_proxy = form_says_yes(text);
        return true;
    case FACT_OUTSIDE_AREA:
        f->outside_area = form_says_yes(text);
        return true;
    case FACT_BUYER_TYPE_NOT_SERVED:
        f->buyer_type_not_served = form_says_yes(text);
        return true;
    default:
        return false;
    }
}

bool form_fact_put(struct facts *f, uint32_t bit, const char *text,
                   const char *currency, int64_t now_ms)
{
    if ((f->given & bit) && bit != FACT_CHALLENGES)
        return true;
    if (!put(f, bit, text, currency, now_ms))
        return false;
    f->given |= bit;
    return true;
}
