#include "lead/facts.h"

#include <string.h>

#include "base/clock.h"

void facts_merge(struct facts *into, const struct facts *from)
{
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
    if (from->given & FACT_CURRENCY)
        memcpy(into->currency, from->currency, sizeof(into->currency));
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
