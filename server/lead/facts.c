#include "lead/facts.h"

#include <string.h>

#include "base/clock.h"

/* Both amounts are in one currency.  When another one comes, what stood in
 * the old one and is not said anew is not known any more. */
static void change_currency(struct facts *into, const struct facts *from)
{
    const uint32_t amounts = FACT_BUDGET | FACT_PRICE;

    if (into->currency[0] && (from->given & amounts) &&
        strcmp(into->currency, from->currency) != 0)
        into->given &= ~amounts;
    memcpy(into->currency, from->currency, sizeof(into->currency));
}

void facts_merge(struct facts *into, const struct facts *from)
{
    if (from->given & FACT_CURRENCY)
        change_currency(into, from);
#define TAKE(bit, member)                                                      \
    do {                                                                       \
        if (from->given & (bit))                                               \
            into->member = from->member;                                       \
    } while (0)
    TAKE(FACT_AUTHORITY_ROLE, authority_role);
    TAKE(FACT_NEED, need);
    TAKE(FACT_BUDGET, budget);
    TAKE(FACT_PRICE, price);
    TAKE(FACT_PAY_PROXY, pay_proxy);
    TAKE(FACT_CHALLENGES, challenges);
    TAKE(FACT_TIMEFRAME_DAYS, timeframe_days);
    TAKE(FACT_TIMEFRAME_STATED_AT, timeframe_stated_ms);
    TAKE(FACT_LAST_CLOSED_AT, last_closed_ms);
    TAKE(FACT_OUTSIDE_AREA, outside_area);
    TAKE(FACT_BUYER_TYPE_NOT_SERVED, buyer_type_not_served);
    TAKE(FACT_SUPPRESSED, suppressed);
#undef TAKE
    into->given |= from->given;
}

bool facts_stated_date_ms(const struct facts *f, int64_t *out_ms)
{
    const uint32_t both = FACT_TIMEFRAME_DAYS | FACT_TIMEFRAME_STATED_AT;

    if ((f->given & both) != both)
        return false;
    *out_ms = f->timeframe_stated_ms + f->timeframe_days * DAY_MS;
    return true;
}
