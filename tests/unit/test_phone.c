#include "identity/phone.h"

#include <stdio.h>

#include "base/str.h"
#include "identity/phone_shim.h"
#include "unit.h"

static const struct {
    const char *raw, *e164, *rule;
    bool doubtful;
} GOOD[] = {
    /* the examples of the domain */
    {"0169 5678945", "+84395678945", "vn_prefix_2018", false},
    {"0128.7878.888", "+84787878888", "vn_prefix_2018", false},
    {"84 169 933 3999", "+84399333999", "vn_prefix_2018", false},
    /* every way to begin */
    {"0900000906", "+84900000906", "vn", false},
    {"84900000906", "+84900000906", "vn", false},
    {"+84900000906", "+84900000906", "vn", false},
    {"0084900000906", "+84900000906", "vn", false},
    {"+840900000906", "+84900000906", "vn_slip_plus840", false},
    {"840900000906", "+84900000906", "vn_slip_plus840", false},
    {"00840900000906", "+84900000906", "vn_slip_plus840", false},
    {"+84 (0) 900-000-906", "+84900000906", "vn_slip_plus840", false},
    {"+8401695678945", "+84395678945", "vn_prefix_2018", false},
    {"900000906", "+84900000906", "vn_no_zero", false},
    /* every way to set */
    {" 090 000.09-06 ", "+84900000906", "vn", false},
    {"(090) 0000/906", "+84900000906", "vn", false},
    {"0900\u00a0000\u2013906", "+84900000906", "vn", false},
    {"０９００００００９０６", "+849000000906", "vn", true},
    {"０９００ ０００ ９０６", "+84900000906", "vn", false},
    {"\u202a+84 900 000 906\u202c", "+84900000906", "vn", false},
    {"0900000906 ext. 12", "+84900000906", "vn", false},
    {"0900000906x12", "+84900000906", "vn", false},
    {"0900000906 #3", "+84900000906", "vn", false},
    /* each old prefix */
    {"01620000001", "+84320000001", "vn_prefix_2018", false},
    {"01630000001", "+84330000001", "vn_prefix_2018", false},
    {"01640000001", "+84340000001", "vn_prefix_2018", false},
    {"01650000001", "+84350000001", "vn_prefix_2018", false},
    {"01660000001", "+84360000001", "vn_prefix_2018", false},
    {"01670000001", "+84370000001", "vn_prefix_2018", false},
    {"01680000001", "+84380000001", "vn_prefix_2018", false},
    {"01200000001", "+84700000001", "vn_prefix_2018", false},
    {"01210000001", "+84790000001", "vn_prefix_2018", false},
    {"01220000001", "+84770000001", "vn_prefix_2018", false},
    {"01260000001", "+84760000001", "vn_prefix_2018", false},
    {"01230000001", "+84830000001", "vn_prefix_2018", false},
    {"01240000001", "+84840000001", "vn_prefix_2018", false},
    {"01250000001", "+84850000001", "vn_prefix_2018", false},
    {"01270000001", "+84810000001", "vn_prefix_2018", false},
    {"01290000001", "+84820000001", "vn_prefix_2018", false},
    {"01860000001", "+84560000001", "vn_prefix_2018", false},
    {"01880000001", "+84580000001", "vn_prefix_2018", false},
    {"01990000001", "+84590000001", "vn_prefix_2018", false},
    /* landlines and the world */
    {"024 3826 1234", "+842438261234", "vn", false},
    {"(028) 38.22.33.44", "+842838223344", "vn", false},
    {"+1 650-253-0000", "+16502530000", "intl", false},
    {"0049 30 123456", "+4930123456", "intl", false},
    {"+65 6521 8000", "+6565218000", "intl", false},
    /* among words, and the first of two */
    {"0900 000 906 (Zalo)", "+84900000906", "vn", false},
    {"Zalo: 0169 5678945", "+84395678945", "vn_prefix_2018", false},
    {"tel:+84-900-000-906", "+84900000906", "vn", false},
    {"SĐT 0900000906 - chị Lan", "+84900000906", "vn", false},
    {"gọi sau 18h: 0900.000.906 nhé", "+84900000906", "vn", false},
    {"p:+16502530000", "+16502530000", "intl", false},
    {"12 Lê Lợi, 0900000906", "+84900000906", "vn", false},
    {"0900000906 / 0900000907", "+84900000906", "vn", false},
    {"0900000906 0900000907", "+84900000906", "vn", false},
    {"0900 000 906, 024 3826 1234", "+84900000906", "vn", false},
    {"0900000906 hoặc +84900000907", "+84900000906", "vn", false},
    {"0900000906;DROP TABLE", "+84900000906", "vn", false},
    {"0900000906 ext 123456789", "+84900000906", "vn", false},
    /* parseable, but no plan knows it */
    {"0100000000", "+84100000000", "vn", true},
    {"016956789", "+8416956789", "vn", true},
};

static const char *const BAD[] = {
    "",
    " ",
    "+",
    "123456",
    "0900 ABC 906",
    "1-800-FLOWERS",
    "gọi cho tôi",
    "090000090612345678",
    "+84 12",
    "++84900000906",
    "\xff\xfe",
    "Lan0900000906",
    "CMND 351234567",
    "gọi lại 09/02/2025 10:30",
    "0900000906Lan",
    "order 0100000000 please", /* no plan knows it */
    "1234567 or 7654321",
};

START_TEST(number_becomes_e164)
{
    struct phone p;

    ck_assert_int_eq(phone_canonical(GOOD[_i].raw, "VN", &p), ERR_OK);
    ck_assert_str_eq(p.e164, GOOD[_i].e164);
    ck_assert_str_eq(p.rule, GOOD[_i].rule);
    ck_assert_int_eq(p.doubtful, GOOD[_i].doubtful);
}
END_TEST

START_TEST(what_is_no_number_is_refused)
{
    struct phone p;

    ck_assert_int_eq(phone_canonical(BAD[_i], NULL, &p), ERR_PHONE_INVALID);
}
END_TEST

START_TEST(other_region_reads_its_own_numbers)
{
    struct phone p;

    ck_assert_int_eq(phone_canonical("650 253 0000", "US", &p), ERR_OK);
    ck_assert_str_eq(p.e164, "+16502530000");
    ck_assert_str_eq(p.rule, "national");
}
END_TEST

/* The blocks where our table is newer than the library's metadata. */
static bool newer_block(const char *nat)
{
    return !strncmp(nat, "52", 2) || !strncmp(nat, "55", 2) ||
           !strncmp(nat, "89", 2) || !strncmp(nat, "99", 2);
}

/* All four-digit beginnings of ten-digit numbers: the table gives what the
 * library gives, and is as sure of it as the library is. */
START_TEST(table_equals_the_library)
{
    for (int i = 0; i < 1000; i++) {
        char raw[16], lib[PHONE_TEXT_BYTES];
        struct phone p;
        enum phone_shim got;

        snprintf(raw, sizeof(raw), "0%03d123456", i);
        if (!phone_vn_mobile(raw + 1))
            continue;
        got = phone_shim_parse(raw, "VN", lib, sizeof(lib));
        ck_assert_int_eq(phone_canonical(raw, "VN", &p), ERR_OK);
        ck_assert_str_eq(p.e164, lib);
        ck_assert(got == PHONE_SHIM_VALID || newer_block(raw + 1));
        ck_assert(!p.doubtful);
    }
}
END_TEST

/* And the other way: what the library calls a valid mobile is in the table,
 * but for 030 and 031, which nobody was ever given, and landlines of old. */
START_TEST(table_misses_no_live_mobile)
{
    for (int i = 300; i < 1000; i++) {
        char raw[16], lib[PHONE_TEXT_BYTES];

        snprintf(raw, sizeof(raw), "0%03d123456", i);
        if (phone_shim_parse(raw, "VN", lib, sizeof(lib)) == PHONE_SHIM_VALID &&
            i / 10 != 30 && i / 10 != 31 && i / 100 != 4 && i / 100 != 6)
            ck_assert_msg(phone_vn_mobile(raw + 1), "%s", raw);
    }
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("phone");

    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, number_becomes_e164, 0, (int)ARRAY_LEN(GOOD));
    tcase_add_loop_test(tc, what_is_no_number_is_refused, 0,
                        (int)ARRAY_LEN(BAD));
    tcase_add_test(tc, other_region_reads_its_own_numbers);
    tcase_add_test(tc, table_equals_the_library);
    tcase_add_test(tc, table_misses_no_live_mobile);
    return unit_run(tc, "phone");
}
