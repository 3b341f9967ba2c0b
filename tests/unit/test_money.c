#include "lead/money.h"

#include "unit.h"

static const struct {
    const char *text;
    int64_t minor;
    const char *currency;
} GOOD[] = {
    {"15tr", 15000000, "VND"},
    {"1,5 tỷ", 1500000000, "VND"},
    {"1.5 ty", 1500000000, "VND"},
    {"1,5 tỉ", 1500000000, "VND"},
    {"500k", 500000, "VND"},
    {"15 triệu", 15000000, "VND"},
    {"15 Triệu đồng", 15000000, "VND"},
    {"15.000.000", 15000000, "VND"},
    {"15,000,000", 15000000, "VND"},
    {"15 000 000", 15000000, "VND"},
    {"15000000đ", 15000000, "VND"},
    {"15000000 VND", 15000000, "VND"},
    {"15.000.000 ₫", 15000000, "VND"},
    {"VND 15.000.000", 15000000, "VND"},
    {"500.000", 500000, "VND"},
    {"500,000", 500000, "VND"},
    {"2tr5", 2500000, "VND"},
    {"2tr050", 2050000, "VND"},
    {"2 triệu rưỡi", 2500000, "VND"},
    {"1ty2", 1200000000, "VND"},
    {"1tỷ200tr", 1200000000, "VND"},
    {"1 tỷ 200 triệu", 1200000000, "VND"},
    {"1 tỷ 200 triệu 500k", 1200500000, "VND"},
    {"1,250 tỷ", 1250000000, "VND"},
    {"1.250 tỷ", 1250000000000, "VND"},
    {"300 nghìn", 300000, "VND"},
    {"0", 0, "VND"},
    {"$1,200.50", 120050, "USD"},
    {"US$1200", 120000, "USD"},
    {"1.200,50 €", 120050, "EUR"},
    {"1200 usd", 120000, "USD"},
    {"1,5k USD", 150000, "USD"},
    {"$2.5m", 250000000, "USD"},
    {"1'200 CHF", 120000, "CHF"},
    {"¥1200", 1200, "JPY"},
    {"0.500 KWD", 500, "KWD"},
    {"10-15 triệu", 10000000, "VND"},
    {"10-15tr", 10000000, "VND"},
    {"10tr – 15tr", 10000000, "VND"},
    {"từ 10 đến 15 triệu", 10000000, "VND"},
    {"1,5-2 tỷ", 1500000000, "VND"},
    {"500k ~ 1tr", 500000, "VND"},
    {"10.000.000 - 15.000.000 đ", 10000000, "VND"},
    {"$10-$15", 1000, "USD"},
    {"$10 to 15k", 1000000, "USD"},
    {"10tr", 10000000, "VND"},
    {"nửa tỷ", 500000000, "VND"},
    {"Nửa triệu đồng", 500000, "VND"},
    {"2 tỉ 500", 2500000000, "VND"},
    {"2 tỷ 50", 2050000000, "VND"},
    {"2 tỷ 5", 2500000000, "VND"},
    {"1 triệu 200", 1200000, "VND"},
    {"1 triệu 200 đ", 1200000, "VND"},
    {"1 tỷ 200 triệu 500", 1200500000, "VND"},
    {"2 tỷ 500 - 3 tỷ", 2500000000, "VND"},
    {"2 tỷ 500.000", 2000500000, "VND"},
    {"1 nghìn 200", 1200, "VND"},
    {"1,2_tỷ", 1200000000, "VND"},
    {"500_triệu", 500000000, "VND"},
    {"500_triệu_-_1_tỷ", 500000000, "VND"},
    {"khoảng 2 tỷ", 2000000000, "VND"},
    {"Khoảng hơn 2 tỷ", 2000000000, "VND"},
    {"tầm 500tr", 500000000, "VND"},
    {"từ 10tr", 10000000, "VND"},
    {"trên 1 tỷ", 1000000000, "VND"},
    {"dưới 500 triệu", 500000000, "VND"},
    {"hơn 3tr", 3000000, "VND"},
    {"gần 5 tỷ", 5000000000, "VND"},
    {"~ 500k", 500000, "VND"},
    {"≈500k", 500000, "VND"},
    {">1 tỷ", 1000000000, "VND"},
    {"<= 1 tỷ", 1000000000, "VND"},
    {"about $1,200.50", 120050, "USD"},
    {"khoảng 15.000.000", 15000000, "VND"},
    {"khoảng 10 - 15 triệu", 10000000, "VND"},
};

static const char *const BAD[] = {
    "",
    " ",
    "đ",
    "-5tr",
    "15-10tr",
    "10-15-20tr",
    "5tr-",
    "khoảng",
    "2 tỷ 500 60",
    "500-1tr",
    "nửa",
    "nửa 5 tỷ",
    "$10-15 VND",
    "abc",
    "15tr 20tr",
    "1.5",
    "1,23",
    "1.2.3",
    "1.000.00",
    "1,2,3.4",
    "15trx",
    "15 xyz",
    "$15 VND",
    "tr15",
    "1e9",
    "0x10",
    "9999999999 tỷ",
    "$1.2345",
    "khoảng 5",
    "5tr trở lên",
    "1.000,000.5",
    "1..5",
    "12345678901234567890123456789012345678901234567890",
};

START_TEST(amount_is_read)
{
    struct money m;

    ck_assert_msg(money_parse(GOOD[_i].text, "VND", &m) == ERR_OK, "%s",
                  GOOD[_i].text);
    ck_assert_int_eq(m.minor, GOOD[_i].minor);
    ck_assert_str_eq(m.currency, GOOD[_i].currency);
}
END_TEST

START_TEST(nonsense_is_refused)
{
    struct money m;

    ck_assert_msg(money_parse(BAD[_i], "VND", &m) == ERR_MONEY_INVALID, "%s",
                  BAD[_i]);
}
END_TEST

START_TEST(fallback_currency_has_its_decimals)
{
    struct money m;

    ck_assert_int_eq(money_parse("12,5", "USD", &m), ERR_OK);
    ck_assert_int_eq(m.minor, 1250);
    ck_assert_int_eq(money_parse("12", "XXX", &m), ERR_MONEY_INVALID);
    ck_assert_int_eq(money_parse("12", NULL, &m), ERR_MONEY_INVALID);
    ck_assert_int_eq(money_parse(NULL, "VND", &m), ERR_MONEY_INVALID);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("money");

    tcase_add_loop_test(tc, amount_is_read, 0, (int)ARRAY_LEN(GOOD));
    tcase_add_loop_test(tc, nonsense_is_refused, 0, (int)ARRAY_LEN(BAD));
    tcase_add_test(tc, fallback_currency_has_its_decimals);
    return unit_run(tc, "money");
}
