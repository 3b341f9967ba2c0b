/**
 * @file facts.h
 * What is known about a lead that fits the scoring model, and what a person
 * did.  Plain values; text is borrowed from the arena they were parsed into.
 */
#ifndef LEADD_FACTS_H
#define LEADD_FACTS_H

#include "base/id.h"
#include "lead/words.h"

/** Which members of struct facts were given. */
enum fact_bit {
    FACT_AUTHORITY_ROLE = 1 << 0,
    FACT_NEED = 1 << 1,
    FACT_BUDGET = 1 << 2,
    FACT_PRICE = 1 << 3,
    FACT_PAY_PROXY = 1 << 4,
    FACT_CHALLENGES = 1 << 5,
    FACT_TIMEFRAME_DAYS = 1 << 6,
    FACT_TIMEFRAME_STATED_AT = 1 << 7,
    FACT_LAST_CLOSED_AT = 1 << 8,
    FACT_OUTSIDE_AREA = 1 << 9,
    FACT_BUYER_TYPE_NOT_SERVED = 1 << 10,
    FACT_SUPPRESSED = 1 << 11,
    FACT_CURRENCY = 1 << 12,
};

struct facts {
    uint32_t given; /**< bits of enum fact_bit */
    enum role authority_role;
    enum need need;
    int64_t budget, price; /**< minor units of `currency`; price > 0 */
    char currency[4];      /**< ISO 4217; "" when not given */
    bool pay_proxy, outside_area, buyer_type_not_served, suppressed;
    uint32_t challenges; /**< bit 1 << enum challenge */
    int32_t timeframe_days;
    int64_t timeframe_stated_ms;
    int64_t last_closed_ms;
};

/**
 * Take over every fact that @a from gives; the others stay.  A given list of
 * challenges replaces the list, it does not add to it.  An amount in another
 * currency replaces both amounts: they are only compared within one.
 */
void facts_merge(struct facts *into, const struct facts *from);

/** The date the lead stated: timeframe_stated_at + timeframe_days.
 *  @return false when either is not known */
bool facts_stated_date_ms(const struct facts *f, int64_t *out_ms);

/** One thing a person did.  NULL texts mean "not given". */
struct event {
    struct uuid lead_id;  /**< whose row it is; nil when it is not stored */
    struct uuid event_id; /**< ours; nil when it is not stored */
    const char *ext_id;   /**< the sender's id; same id = same event */
    enum event_type type;
    int64_t occurred_ms;
    int32_t value;       /**< satisfaction 1..5; else 0 */
    int32_t duration_s;  /**< of a call, seconds */
    bool machine;        /**< made by a mail scanner, bot or monitor */
    const char *session; /**< visit id, distinct per visitor */
    const char *channel;
    const char *visitor; /**< visitor id (cookie) */
    const char *person;  /**< another person of the account, by any text
                             that is the same for the same one; NULL: the lead */
    const char *detail;  /**< page or document, for the timeline; not judged */
};

#endif
