/* Tokens of forms, agents that are machines, answers of captcha services. */
#include "intake/agent.h"
#include "intake/form_token.h"
#include "outbound/verifier.h"
#include "unit.h"

#define NOW INT64_C(1760000000000)

static const struct form_keys KEYS = {{{1, 2, 3}, {4}}, 2};
static const struct form_keys OTHER = {{{1, 2, 4}}, 1};

static const char *made(int64_t ms)
{
    static char text[FORM_TOKEN_TEXT_BYTES];

    return form_token_make(&KEYS, ms, text);
}

START_TEST(a_token_of_ours_is_good_for_a_day)
{
    const char *t = made(NOW);

    ck_assert_uint_eq(strlen(t), FORM_TOKEN_TEXT_BYTES - 1);
    ck_assert_ptr_null(form_token_fault(&KEYS, t, 0, NOW));
    ck_assert_ptr_null(form_token_fault(&KEYS, t, 0, NOW + FORM_TOKEN_LIFE_MS));
    ck_assert_str_eq(
        form_token_fault(&KEYS, t, 0, NOW + FORM_TOKEN_LIFE_MS + 1),
        "token_expired");
}
END_TEST

START_TEST(nobody_fills_a_form_in_at_once)
{
    const char *t = made(NOW);

    ck_assert_str_eq(form_token_fault(&KEYS, t, 3000, NOW + 2999), "too_fast");
    ck_assert_ptr_null(form_token_fault(&KEYS, t, 3000, NOW + 3000));
}
END_TEST

START_TEST(any_changed_byte_is_a_forgery)
{
    char t[FORM_TOKEN_TEXT_BYTES];

    for (size_t i = 0; i < sizeof(t) - 1; i++) {
        memcpy(t, made(NOW), sizeof(t));
        t[i] = t[i] == 'A' ? 'B' : 'A';
        ck_assert_str_eq(form_token_fault(&KEYS, t, 0, NOW), "token_forged");
    }
}
END_TEST

START_TEST(other_keys_texts_and_the_future_are_forgeries)
{
    static const char *const NONE[] = {
        "", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};

    for (size_t i = 0; i < ARRAY_LEN(NONE); i++)
        ck_assert_str_eq(form_token_fault(&KEYS, NONE[i], 0, NOW),
                         "token_forged");
    ck_assert_str_eq(form_token_fault(&OTHER, made(NOW), 0, NOW),
                     "token_forged");
    ck_assert_str_eq(form_token_fault(&KEYS, made(NOW + 120000), 0, NOW),
                     "token_forged");
}
END_TEST

START_TEST(the_key_before_a_rotation_still_holds)
{
    struct form_keys before = {.n = 1};
    char t[FORM_TOKEN_TEXT_BYTES];

    memcpy(before.key[0], KEYS.key[1], SHA256_BYTES);
    form_token_make(&before, NOW, t);
    ck_assert_ptr_null(form_token_fault(&KEYS, t, 0, NOW));
}
END_TEST

START_TEST(machines_that_say_so_are_bots)
{
    static const char *const BOTS[] = {
        "Mozilla/5.0 (compatible; Googlebot/2.1)",
        "facebookexternalhit/1.1",
        "Mozilla/5.0 (compatible; AhrefsBot/7.0)",
        "SEMrushBot",
        "Mozilla/5.0 zgrab/0.x",
        "Mozilla/5.0 (compatible; GPTBot/1.2)"};

    for (size_t i = 0; i < ARRAY_LEN(BOTS); i++)
        ck_assert_msg(agent_is_bot(BOTS[i]), "%s", BOTS[i]);
}
END_TEST

START_TEST(people_and_carriers_of_forms_are_no_bots)
{
    static const char *const GOOD[] = {
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML,"
        " like Gecko) Chrome/126.0.0.0 Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X)"
        " AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
        " Zalo iOS/24.04 ZaloTheme/light ZaloLanguage/vn",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)"
        " AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
        " [FBAN/FBIOS;FBAV/466.0.0;FBDV/iPhone14,5]",
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101"
        " Firefox/128.0",
        "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 coc_coc_browser/125"
        " Chrome/119 Safari/537.36",
        "WordPress/6.5.2; https://shop.example",
        "Mozilla/5.0 (compatible; Google-Apps-Script; beanserver;"
        " +https://script.google.com; id: x)",
        "Zapier",
        "Make/production",
        "curl/8.0.1",
        "python-requests/2.31.0",
        "",
        "x"};

    ck_assert(!agent_is_bot(NULL));
    for (size_t i = 0; i < ARRAY_LEN(GOOD); i++)
        ck_assert_msg(!agent_is_bot(GOOD[i]), "%s", GOOD[i]);
}
END_TEST

START_TEST(answers_of_captcha_services_are_read)
{
    static const struct {
        int status;
        const char *body;
        enum err want;
    } ROWS[] = {{200, "{\"success\":true}", ERR_OK},
                {200,
                 "{\"success\":false,\"error-codes\":"
                 "[\"invalid-input-response\"]}",
                 ERR_FORBIDDEN},
                {200,
                 "{\"success\":false,\"error-codes\":"
                 "[\"timeout-or-duplicate\"]}",
                 ERR_FORBIDDEN},
                {200,
                 "{\"success\":false,\"error-codes\":"
                 "[\"invalid-input-secret\"]}",
                 ERR_IO},
                {200,
                 "{\"success\":false,\"error-codes\":[\"internal-error\"]}",
                 ERR_IO},
                {500, "{\"success\":false}", ERR_IO},
                {500, "{\"success\":true}", ERR_IO},
                {200, "{\"success\":\"true\"}", ERR_IO},
                {200, "not json", ERR_IO},
                {200, "", ERR_IO}};

    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
        ck_assert_msg(verifier_read(ROWS[i].status, ROWS[i].body,
                                    strlen(ROWS[i].body)) == ROWS[i].want,
                      "%d %s", ROWS[i].status, ROWS[i].body);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("form_token");

    tcase_add_test(tc, a_token_of_ours_is_good_for_a_day);
    tcase_add_test(tc, nobody_fills_a_form_in_at_once);
    tcase_add_test(tc, any_changed_byte_is_a_forgery);
    tcase_add_test(tc, other_keys_texts_and_the_future_are_forgeries);
    tcase_add_test(tc, the_key_before_a_rotation_still_holds);
    tcase_add_test(tc, machines_that_say_so_are_bots);
    tcase_add_test(tc, people_and_carriers_of_forms_are_no_bots);
    tcase_add_test(tc, answers_of_captcha_services_are_read);
    return unit_run(tc, "form_token");
}
