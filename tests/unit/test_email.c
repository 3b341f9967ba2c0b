#include "identity/email.h"

#include <string.h>

#include "identity/mail_data.h"
#include "unit.h"

static const struct {
    const char *raw, *value, *display, *work;
    bool is_free, is_disposable, is_role;
} GOOD[] = {
    {" An+Tet@Example.COM ", "an+tet@example.com", "An+Tet@example.com",
     "example.com", false, false, false},
    {"an@mail.anphu.com.vn", "an@mail.anphu.com.vn", "an@mail.anphu.com.vn",
     "anphu.com.vn", false, false, false},
    {"Info@anphu.vn", "info@anphu.vn", "Info@anphu.vn", "anphu.vn", false,
     false, true},
    {"info+tet@anphu.vn", "info+tet@anphu.vn", "info+tet@anphu.vn", "anphu.vn",
     false, false, true},
    {"an@gmail.com", "an@gmail.com", "an@gmail.com", NULL, true, false, false},
    {"an@yahoo.com.vn", "an@yahoo.com.vn", "an@yahoo.com.vn", NULL, true, false,
     false},
    {"an@mailinator.com", "an@mailinator.com", "an@mailinator.com", NULL, false,
     true, false},
    {"an@x.33mail.com", "an@x.33mail.com", "an@x.33mail.com", NULL, false, true,
     false},
    {"an@com.vn", "an@com.vn", "an@com.vn", NULL, false, false, false},
    {"an@Bücher.example", "an@xn--bcher-kva.example",
     "an@xn--bcher-kva.example", "xn--bcher-kva.example", false, false, false},
    {"Đào@anphu.vn", "đào@anphu.vn", "Đào@anphu.vn", "anphu.vn", false, false,
     false},
    {"a.b_c-d'e@x-y.vn", "a.b_c-d'e@x-y.vn", "a.b_c-d'e@x-y.vn", "x-y.vn",
     false, false, false},
    {"an@xn--bcher-kva.example", "an@xn--bcher-kva.example",
     "an@xn--bcher-kva.example", "xn--bcher-kva.example", false, false, false},
};

static const char *const BAD[] = {
    "",
    " ",
    "@",
    "an",
    "an@",
    "@anphu.vn",
    "an@anphu",
    "an@@anphu.vn",
    "a n@anphu.vn",
    ".an@anphu.vn",
    "an.@anphu.vn",
    "a..n@anphu.vn",
    "an@anphu..vn",
    "an@.anphu.vn",
    "an@anphu.vn.",
    "an@-anphu.vn",
    "an@anphu-.vn",
    "an@an_phu.vn",
    "an@127.0.0.1",
    "an@[127.0.0.1]",
    "\"an\"@anphu.vn",
    "An <an@anphu.vn>",
    "an@anphu.vn, bo@anphu.vn",
    "an\r\nBcc: x@anphu.vn",
    "a\u202en@anphu.vn",
    "\xff@anphu.vn",
    "an@\xff.vn",
    "an@anphu.v",
    "1234567890123456789012345678901234567890123456789012345678901234x@a.vn",
    "an@1234567890123456789012345678901234567890123456789012345678901234.vn",
};

START_TEST(address_is_made_comparable)
{
    struct arena *mem = UNIT_ARENA();
    struct email e;

    ck_assert_int_eq(email_canonical(GOOD[_i].raw, mem, &e), ERR_OK);
    ck_assert_str_eq(e.value, GOOD[_i].value);
    ck_assert_str_eq(e.display, GOOD[_i].display);
    ck_assert_str_eq(e.domain, strchr(e.value, '@') + 1);
    ck_assert_int_eq(e.is_free, GOOD[_i].is_free);
    ck_assert_int_eq(e.is_disposable, GOOD[_i].is_disposable);
    ck_assert_int_eq(e.is_role, GOOD[_i].is_role);
    ck_assert_pstr_eq(email_work_domain(&e), GOOD[_i].work);
    arena_free(mem);
}
END_TEST

START_TEST(what_is_no_address_is_refused)
{
    struct arena *mem = UNIT_ARENA();
    struct email e;

    ck_assert_int_eq(email_canonical(BAD[_i], mem, &e), ERR_EMAIL_INVALID);
    arena_free(mem);
}
END_TEST

START_TEST(longest_address_is_254_bytes)
{
    struct arena *mem = UNIT_ARENA();
    char text[300] = "a@";
    struct email e;

    for (int i = 0; i < 5; i++)
        strcat(text, "123456789012345678901234567890123456789012345678.");
    strcat(text, "abcdefg");
    ck_assert_uint_eq(strlen(text), 254);
    ck_assert_int_eq(email_canonical(text, mem, &e), ERR_OK);
    memmove(text + 1, text, 255);
    ck_assert_int_eq(email_canonical(text, mem, &e), ERR_EMAIL_INVALID);
    arena_free(mem);
}
END_TEST

START_TEST(lists_hold_their_first_and_last)
{
    ck_assert(mail_domain_is_disposable("0-180.com"));
    ck_assert(mail_domain_is_disposable("0x01.gq"));
    ck_assert(mail_local_is_role("zentrale"));
    ck_assert(!mail_domain_is_disposable(""));
    ck_assert(!mail_domain_is_disposable("zzzzzzzz.zz"));
    ck_assert(!mail_domain_is_free("aaa"));
    ck_assert(!mail_domain_is_disposable("gmail.com"));
    ck_assert(!mail_domain_is_free("jetable.fr.nf"));
    ck_assert_ptr_nonnull(strstr(data_versions(), "licence MIT"));
}
END_TEST

static const char *const ANYBODYS[] = {"ymail.com",
                                       "rocketmail.com",
                                       "googlemail.com",
                                       "outlook.com.vn",
                                       "hotmail.fr",
                                       "live.vn",
                                       "pm.me",
                                       "tutanota.com",
                                       "fastmail.com",
                                       "zohomail.com",
                                       "rediffmail.com",
                                       "hanmail.net",
                                       "189.cn",
                                       "duck.com",
                                       "email.com",
                                       "yahoo.co.th",
                                       "outlook.com.au",
                                       "hotmail.co.jp",
                                       "gmx.ch",
                                       "proton.me",
                                       "vip.163.com",
                                       "mozmail.com",
                                       "hcm.vnn.vn",
                                       "icloud.com",
                                       "privaterelay.appleid.com"};

static const char *const FIRMS[] = {
    "fpt.com.vn",    "vinamilk.com.vn",  "viettel.com.vn", "microsoft.com",
    "google.com",    "appleid.com",      "zohocorp.com",   "nus.edu.sg",
    "nanoskin.vn",   "dulichdatlanh.vn", "siemens.com",    "samsung.com",
    "live.anphu.vn", "mail.anphu.vn",    "yahooinc.com",   "hust.edu.vn"};

START_TEST(providers_make_no_account_and_firms_do)
{
    struct arena *mem = UNIT_ARENA();
    struct email e;

    for (size_t i = 0; i < ARRAY_LEN(ANYBODYS); i++) {
        ck_assert_int_eq(
            email_canonical(arena_printf(mem, "an@%s", ANYBODYS[i]), mem, &e),
            ERR_OK);
        ck_assert_msg(!email_work_domain(&e), "%s", ANYBODYS[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(FIRMS); i++) {
        ck_assert_int_eq(
            email_canonical(arena_printf(mem, "an@%s", FIRMS[i]), mem, &e),
            ERR_OK);
        ck_assert_msg(email_work_domain(&e), "%s", FIRMS[i]);
    }
    arena_free(mem);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("email");

    tcase_add_loop_test(tc, address_is_made_comparable, 0,
                        (int)ARRAY_LEN(GOOD));
    tcase_add_loop_test(tc, what_is_no_address_is_refused, 0,
                        (int)ARRAY_LEN(BAD));
    tcase_add_test(tc, longest_address_is_254_bytes);
    tcase_add_test(tc, providers_make_no_account_and_firms_do);
    tcase_add_test(tc, lists_hold_their_first_and_last);
    return unit_run(tc, "email");
}
