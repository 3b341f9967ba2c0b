/* server/auth: bearer keys and token buckets. */
#include <stdio.h>

#include "auth/keys.h"
#include "auth/limits.h"
#include "base/str.h"
#include "unit.h"

#define NOW INT64_C(1781514000000)

static struct auth_key keys[8];
static char texts[8][KEY_TEXT_BYTES];

static void make_keys(void)
{
    for (int i = 0; i < 8; i++)
        key_make(7, ROLE_SALES, "pepper", NOW + i, texts[i], &keys[i]);
}

START_TEST(a_key_proves_itself_and_only_itself)
{
    make_keys();
    for (int i = 0; i < 8; i++)
        ck_assert_ptr_eq(key_check(keys, 8, texts[i], "pepper", NOW), &keys[i]);
    ck_assert_ptr_null(key_check(keys, 8, texts[0], "other", NOW));
    ck_assert_ptr_null(key_check(keys + 1, 7, texts[0], "pepper", NOW));
    ck_assert_ptr_null(key_check(NULL, 0, texts[0], "pepper", NOW));
}
END_TEST

START_TEST(no_other_text_is_a_key)
{
    static const char *const BAD[] = {
        "",
        "garbage",
        "lk",
        "lk....",
        "lk.sales.7.x.y",
        "lk.root.7.a.b",
        "lk.sales.-1.AAAAAAAAAAAAAAAAAAAAAA."
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "lk.sales.99999999999999999999.AAAAAAAAAAAAAAAAAAAAAA."
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    struct key_parts parts;
    char longer[KEY_TEXT_BYTES + 8];

    make_keys();
    ck_assert(key_parse(texts[0], &parts));
    ck_assert_int_eq(parts.workspace_id, 7);
    ck_assert(!key_parse(NULL, &parts));
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
        ck_assert_msg(!key_check(keys, 8, BAD[i], "pepper", NOW), "%s", BAD[i]);
    snprintf(longer, sizeof(longer), "%sA", texts[0]);
    ck_assert(!key_parse(longer, &parts));
    snprintf(longer, sizeof(longer), "%s.", texts[0]);
    ck_assert(!key_parse(longer, &parts));
    for (size_t n = 0; n < strlen(texts[0]); n++) {
        memcpy(longer, texts[0], n);
        longer[n] = '\0';
        ck_assert(!key_check(keys, 8, longer, "pepper", NOW));
    }
}
END_TEST

START_TEST(a_wrong_secret_or_workspace_is_refused)
{
    struct key_parts parts;
    char text[KEY_TEXT_BYTES];
    char *dot;

    make_keys();
    memcpy(text, texts[2], sizeof(text));
    dot = strrchr(text, '.');
    dot[1] = dot[1] == 'A' ? 'B' : 'A';
    ck_assert(key_parse(text, &parts));
    ck_assert_ptr_null(key_check(keys, 8, text, "pepper", NOW));
    keys[2].workspace_id = 8; /* its text says 7 */
    ck_assert_ptr_null(key_check(keys, 8, texts[2], "pepper", NOW));
}
END_TEST

START_TEST(a_key_ends_at_its_time)
{
    make_keys();
    keys[1].expires_ms = NOW + 1000;
    ck_assert_ptr_nonnull(key_check(keys, 8, texts[1], "pepper", NOW + 999));
    ck_assert_ptr_null(key_check(keys, 8, texts[1], "pepper", NOW + 1000));
}
END_TEST

START_TEST(roles_have_names)
{
    static const enum key_role ROLES[] = {ROLE_INTAKE, ROLE_SALES,
                                          ROLE_MARKETING, ROLE_ADMIN};
    enum key_role role;

    for (size_t i = 0; i < ARRAY_LEN(ROLES); i++) {
        ck_assert(key_role_parse(key_role_text(ROLES[i]), &role));
        ck_assert_int_eq(role, ROLES[i]);
    }
    ck_assert(!key_role_parse("root", &role) && !key_role_parse("", &role));
}
END_TEST

START_TEST(a_bucket_refills)
{
    struct limits *l = limits_new(2, 5); /* two a second, five at once */
    int64_t wait = 0, now = 1000;

    for (int i = 0; i < 5; i++)
        ck_assert(limits_take(l, "a", 1, now, &wait));
    ck_assert(!limits_take(l, "a", 1, now, &wait));
    ck_assert_int_ge(wait, 1);
    ck_assert(!limits_take(l, "a", 1, now + 400, &wait));
    ck_assert(limits_take(l, "a", 1, now + 500, &wait));
    ck_assert(!limits_take(l, "a", 1, now + 500, &wait));
    /* never more than the burst, however long it was left alone */
    now += 3600 * 1000;
    for (int i = 0; i < 5; i++)
        ck_assert(limits_take(l, "a", 1, now, &wait));
    ck_assert(!limits_take(l, "a", 1, now, &wait));
    /* a client that waits as told is served */
    ck_assert(limits_take(l, "a", 1, now + wait * 1000, &wait));
    limits_free(l);
}
END_TEST

START_TEST(no_rate_is_no_limit)
{
    struct limits *l = limits_new(0, 0);
    int64_t wait;

    for (int i = 0; i < 1000; i++)
        ck_assert(limits_take(l, "a", 1, 5, &wait));
    limits_free(l);
    ck_assert(limits_take(NULL, "a", 1, 5, &wait));
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("auth");

    tcase_add_test(tc, a_key_proves_itself_and_only_itself);
    tcase_add_test(tc, no_other_text_is_a_key);
    tcase_add_test(tc, a_wrong_secret_or_workspace_is_refused);
    tcase_add_test(tc, a_key_ends_at_its_time);
    tcase_add_test(tc, roles_have_names);
    tcase_add_test(tc, a_bucket_refills);
    tcase_add_test(tc, no_rate_is_no_limit);
    return unit_run(tc, "auth");
}
