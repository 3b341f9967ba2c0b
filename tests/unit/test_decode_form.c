/* Forms as they are captured, and what of them needs no mapping. */
#include "form_fixture.h"

#include <stdio.h>

#include "base/text.h"

#define BOUNDARY                                                               \
    "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW"

static char *slurp(const char *name, size_t *n)
{
    char path[256], *text = malloc(1 << 16);
    FILE *f;

    snprintf(path, sizeof(path), "tests/fixtures/forms/%s", name);
    f = fopen(path, "rb");
    ck_assert_msg(f != NULL, "%s", path);
    *n = fread(text, 1, 1 << 16, f);
    fclose(f);
    return text;
}

/* Every captured form of the fixtures gives the lead it is about. */
static const struct {
    const char *file, *type;
    enum err err;
    const char *name, *phone, *email, *message;
} CASES[] = {
    {"html_urlencoded.txt", FORM, ERR_OK, "Nguyễn Văn An", "0900 000 906",
     "an+tet@example.com", "Dòng 1\nDòng 2 & 50%"},
    {"html_urlencoded_honeypot.txt", FORM, ERR_OK, "SEO expert", NULL,
     "spam@example.net", NULL},
    {"html_urlencoded_latin.txt", FORM, ERR_OK, "Nguyên", "0900000907", NULL,
     NULL},
    {"html_multipart.txt", BOUNDARY, ERR_OK, "Trần Thị Bích", "+84 900 000 909",
     NULL, NULL},
    {"cf7_feedback_multipart.txt", BOUNDARY, ERR_OK, "Phan Bội", NULL,
     "boi@example.com", "Xin báo giá"},
    {"cf7_webhook_plugin.json", JSON, ERR_OK, "Phan Bội", NULL,
     "boi@example.com", "Xin báo giá"},
    {"elementor_simple.txt", FORM, ERR_OK, "Đặng Trần Côn", "0900000910",
     "con@example.com", NULL},
    {"elementor_advanced.txt", FORM, ERR_OK, "Đặng Trần Côn", "0900000910",
     "con@example.com", NULL},
    {"wpforms.json", JSON, ERR_OK, "Hồ Xuân Hương", "0900000911",
     "huong@example.com", NULL},
    {"unbounce.txt", FORM, ERR_OK, "Nguyễn Du", "0900000912", "du@example.com",
     NULL},
    {"instapage.txt", FORM, ERR_OK, "Nguyễn Trãi", NULL, "trai@example.com",
     NULL},
    {"ladipage_flat.json", JSON, ERR_OK, "Phạm Ngũ Lão", "0900000913", NULL,
     "Tư vấn giúp em"},
    {"ladipage_form_data.json", JSON, ERR_OK, "Phạm Ngũ Lão", "0900000913",
     NULL, NULL},
    {"google_forms_script.json", JSON, ERR_OK, "Trần Hưng", "0900000914", NULL,
     NULL},
    {"manychat_full_contact.json", JSON, ERR_OK, "Linh Trương", "0900000915",
     NULL, "Căn hộ"},
    {"hubspot_forms_submission.json", JSON, ERR_OK, "Hân", "0900000916",
     "han@example.com", NULL},
    {"cloudevents_structured.json",
     "application/cloudevents+json; charset=utf-8", ERR_OK, "Mạc Đĩnh Chi",
     "0900000917", NULL, NULL},
    {"cf7_webhook_plugin.json", "text/plain;charset=UTF-8", ERR_OK, "Phan Bội",
     NULL, "boi@example.com", "Xin báo giá"},
    {"json_not_object.txt", JSON, ERR_NOT_OBJECT, NULL, NULL, NULL, NULL},
    {"json_nul_and_lone_surrogate.json", JSON, ERR_BAD_JSON, NULL, NULL, NULL,
     NULL},
    {"json_duplicate_keys.json", JSON, ERR_OK, NULL, "0900000919", NULL, NULL},
    {"html_urlencoded.txt", "image/png", ERR_MEDIA_TYPE, NULL, NULL, NULL,
     NULL},
    {"html_urlencoded.txt", "text/plain", ERR_MEDIA_TYPE, NULL, NULL, NULL,
     NULL},
    {"html_multipart.txt", "multipart/form-data", ERR_BAD_FORM, NULL, NULL,
     NULL, NULL},
};

START_TEST(captured_form_gives_its_lead)
{
    struct arena *mem = UNIT_ARENA();
    struct field_errs errs = {.mem = mem};
    struct draft d;
    size_t n;
    char *body = slurp(CASES[_i].file, &n);
    enum err e =
        intake_form(CASES[_i].type, body, n, NULL, NOW, mem, &d, &errs);

    ck_assert_int_eq(e, CASES[_i].err);
    if (e == ERR_OK) {
        ck_assert_pstr_eq(d.contact.name, CASES[_i].name);
        ck_assert_pstr_eq(d.contact.phone, CASES[_i].phone);
        ck_assert_pstr_eq(d.contact.email, CASES[_i].email);
        ck_assert_pstr_eq(d.contact.message, CASES[_i].message);
        ck_assert_uint_eq(d.n_consent,
                          str_starts(CASES[_i].file, "hubspot") ? 2 : 0);
        ck_assert_uint_eq(d.n_events, 1);
        ck_assert_int_eq(d.events[0].type, EVENT_FORM_SUBMIT);
        ck_assert_int_eq(d.events[0].occurred_ms, NOW);
        ck_assert_int_eq(d.facts.given, 0);
    }
    free(body);
    arena_free(mem);
}
END_TEST

START_TEST(honeypot_is_quarantined_even_without_identifier)
{
    struct arena *mem = UNIT_ARENA();
    struct draft d;

    ck_assert_int_eq(post("name=x&website=http", NULL, mem, &d), ERR_OK);
    ck_assert_str_eq(d.quarantine, "honeypot");
    ck_assert_int_eq(post("name=x&website=", NULL, mem, &d), ERR_NO_IDENTIFIER);
    ck_assert_ptr_null(d.quarantine);
    ck_assert_int_eq(post("", NULL, mem, &d), ERR_NO_IDENTIFIER);
    arena_free(mem);
}
END_TEST

/* HubSpot's Forms API; what is not ticked is no refusal. */
START_TEST(consent_of_the_forms_api_is_kept_with_its_words)
{
    struct arena *mem = UNIT_ARENA();
    struct draft d;
    struct field_errs errs = {.mem = mem};
    static const char BODY[] =
        "{\"fields\": [{\"name\": \"email\", \"value\": \"a@b.vn\"}],"
        " \"legalConsentOptions\": {\"consent\": {\"consentToProcess\": true,"
        " \"text\": \"Tôi đồng ý\", \"communications\": [{\"value\": true,"
        " \"subscriptionTypeId\": 999, \"text\": \"Nhận tin\"}, {\"value\":"
        " false, \"subscriptionTypeId\": 998, \"text\": \"SMS\"}, {\"value\":"
        " true, \"subscriptionTypeId\": \"7\"}, 5]}}}";
    json_t *mapping = json_pack("{s:{s:s}}", "fields", "consent_subscription_7",
                                "consent.marketing.email");
    struct form_spec spec;

    ck_assert_int_eq(form_spec_compile(mapping, mem, &spec, &errs), ERR_OK);
    ck_assert_int_eq(intake_form("application/json", BODY, strlen(BODY), &spec,
                                 0, mem, &d, &errs),
                     ERR_OK);
    ck_assert_uint_eq(d.n_consent, 3);
    ck_assert_str_eq(d.consent[0].purpose, "processing");
    ck_assert_str_eq(d.consent[0].status, "granted");
    ck_assert_str_eq(d.consent[0].wording, "Tôi đồng ý");
    ck_assert_str_eq(d.consent[1].purpose, "subscription_999");
    ck_assert_str_eq(d.consent[1].wording, "Nhận tin");
    ck_assert_str_eq(d.consent[2].purpose, "marketing");
    ck_assert_str_eq(d.consent[2].channel, "email");
    json_decref(mapping);
    arena_free(mem);
}
END_TEST

START_TEST(consent_is_given_only_by_a_yes)
{
    struct arena *mem = UNIT_ARENA();
    struct draft d;

    ck_assert_int_eq(post("sdt=0900000906&consent_marketing_email=on"
                          "&consent-behaviour_tracking=1&consent_profiling=no"
                          "&consent_sms=&consent_maybe=perhaps"
                          "&consent_blank=%20&consent_wording=v3"
                          "&consent_marketing_email=yes",
                          NULL, mem, &d),
                     ERR_OK);
    ck_assert_uint_eq(d.n_consent, 3);
    ck_assert_str_eq(d.consent[0].purpose, "marketing");
    ck_assert_str_eq(d.consent[0].channel, "email");
    ck_assert_str_eq(d.consent[0].status, "granted");
    ck_assert_str_eq(d.consent[0].method, "form");
    ck_assert_str_eq(d.consent[0].wording, "v3");
    ck_assert_str_eq(d.consent[1].purpose, "behaviour_tracking");
    ck_assert_ptr_null(d.consent[1].channel);
    ck_assert_str_eq(d.consent[2].purpose, "profiling");
    ck_assert_str_eq(d.consent[2].status, "denied");
    ck_assert_str_eq(d.consent[2].wording, "v3");
    arena_free(mem);
}
END_TEST

/* What one field, or two of one name, say of a consent; NULL: nothing. */
static const struct {
    const char *first, *second, *status;
} CONSENTS[] = {
    {"no", NULL, "denied"},
    {"False", NULL, NULL}, /* a box that is not ticked */
    {"0", NULL, NULL},
    {"OFF", NULL, NULL},
    {"khong", NULL, "denied"},
    {"Kh%C3%B4ng", NULL, "denied"},
    {"kh%C3%B4ng+%C4%91%E1%BB%93ng+%C3%BD", NULL, "denied"},
    {"declined", NULL, "denied"},
    {"denied", NULL, "denied"},
    {"c%C3%B3", NULL, "granted"},
    {"%C4%91%E1%BB%93ng+%C3%BD", NULL, "granted"},
    /* a box and the hidden field that stands for it while it is not ticked */
    {"0", "1", "granted"},
    {"true", "false", "granted"},
    {"0", "0", NULL},
    {"0", "no", "denied"},
    {"", "no", "denied"},
    {"later", NULL, NULL},
    {"later", "no", "denied"},
    {"%3F", NULL, NULL},
    {"", NULL, NULL},
};

START_TEST(a_no_is_a_refusal_and_no_word_is_none)
{
    struct arena *mem = UNIT_ARENA();
    struct draft d;
    char body[256];

    snprintf(body, sizeof(body), "sdt=0900000906&consent_marketing=%s%s%s",
             CONSENTS[_i].first,
             CONSENTS[_i].second ? "&consent_marketing=" : "",
             CONSENTS[_i].second ? CONSENTS[_i].second : "");
    ck_assert_int_eq(post(body, NULL, mem, &d), ERR_OK);
    ck_assert_uint_eq(d.n_consent, CONSENTS[_i].status != NULL);
    if (CONSENTS[_i].status)
        ck_assert_str_eq(d.consent[0].status, CONSENTS[_i].status);
    arena_free(mem);
}
END_TEST

START_TEST(touch_and_visitor_are_taken)
{
    struct arena *mem = UNIT_ARENA();
    struct draft d;

    ck_assert_int_eq(
        post("email=a@b.vn&utm_source=facebook&utm_campaign=t%E1%BA%BFt"
             "&li_fat_id=L&page_url=https://x.vn/&visitor_id=v1&gbraid=g"
             "&wbraid=w&_fbc=fb.1.2.c&_fbp=fb.1.2.p&ScCid=S",
             NULL, mem, &d),
        ERR_OK);
    ck_assert(d.has_touch);
    ck_assert_str_eq(d.touch.channel, "facebook");
    ck_assert_str_eq(d.touch.campaign, "tết");
    ck_assert_str_eq(d.touch.li_fat_id, "L");
    ck_assert_str_eq(d.touch.gbraid, "g");
    ck_assert_str_eq(d.touch.wbraid, "w");
    ck_assert_str_eq(d.touch.fbc, "fb.1.2.c");
    ck_assert_str_eq(d.touch.fbp, "fb.1.2.p");
    ck_assert_str_eq(d.touch.sccid, "S");
    ck_assert_uint_eq(d.n_ids, 1);
    ck_assert_int_eq(d.ids[0].kind, ID_VISITOR);
    ck_assert_str_eq(d.events[0].visitor, "v1");
    ck_assert_str_eq(d.events[0].detail, "https://x.vn/");
    arena_free(mem);
}
END_TEST

START_TEST(long_text_is_cut_on_a_character)
{
    struct arena *mem = UNIT_ARENA();
    char body[2048] = "sdt=0900000906&name=a";
    struct draft d;

    for (int i = 0; i < 300; i++)
        strcat(body, "ê");
    ck_assert_int_eq(post(body, NULL, mem, &d), ERR_OK);
    ck_assert_uint_eq(strlen(d.contact.name), 399);
    ck_assert(utf8_valid(d.contact.name, 399));
    arena_free(mem);
}
END_TEST

/* The table of names is bisected, so each must be found by itself. */
START_TEST(every_known_name_is_found)
{
    static const char *const NAMES[] = {
#define NAME(folded, target) folded,
#include "intake/form_names.def"
#undef NAME
    };
    struct form_target t;

    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
        ck_assert_msg(form_target_known(NAMES[i], &t), "%s", NAMES[i]);
    ck_assert(!form_target_known("", &t));
    ck_assert(!form_target_known("score", &t));
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("decode_form");

    tcase_add_loop_test(tc, captured_form_gives_its_lead, 0,
                        (int)ARRAY_LEN(CASES));
    tcase_add_test(tc, honeypot_is_quarantined_even_without_identifier);
    tcase_add_test(tc, consent_of_the_forms_api_is_kept_with_its_words);
    tcase_add_test(tc, consent_is_given_only_by_a_yes);
    tcase_add_loop_test(tc, a_no_is_a_refusal_and_no_word_is_none, 0,
                        (int)ARRAY_LEN(CONSENTS));
    tcase_add_test(tc, touch_and_visitor_are_taken);
    tcase_add_test(tc, long_text_is_cut_on_a_character);
    tcase_add_test(tc, every_known_name_is_found);
    return unit_run(tc, "decode_form");
}
