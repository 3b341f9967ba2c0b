/**
 * @file money.h
 * Amounts as people type them, in minor units.  Pure; any thread.
 *
 * "15tr", "2tr5", "1,5 tỷ", "1 tỷ 200 triệu", "500k", "15.000.000đ",
 * "nửa tỷ", "$1,200.50", "1200 usd", and ranges of them ("10-15 triệu", "từ
 * 10tr đến 15tr"), which are read as their lower end.  "2 tỷ 500" is 2.5
 * thousand million; "khoảng", "trên", "dưới", ">" and the like before an
 * amount are passed over; a '_' is a blank.  A separator before
 * exactly three digits groups thousands, unless a word of scale follows a comma
 * ("1,250 tỷ" is 1.25 thousand million, as it is written in Vietnamese).
 */
#ifndef LEADD_MONEY_H
#define LEADD_MONEY_H

#include "base/err.h"

/** Greatest amount accepted, in minor units. */
#define MONEY_MAX INT64_C(1000000000000000)

struct money {
    int64_t minor;
    char currency[4]; /**< ISO 4217 */
    bool named;       /**< the text itself says which currency */
};

/** @return decimals of a currency, -1 when it is not one we know */
int currency_decimals(const char *code);

/**
 * Read one amount.
 *
 * @param text UTF-8
 * @param fallback currency when the text names none, "VND"
 * @return ERR_OK; ERR_MONEY_INVALID for anything but one amount >= 0 that is
 *         whole in minor units: signs, other words, unknown currencies
 */
enum err money_parse(const char *text, const char *fallback,
                     struct money *out_money) MUST_CHECK;

#endif
