#include "intake/form_map.h"

#include <stdio.h>

#include "base/str.h"
#include "base/text.h"
#include "unit.h"

#define NOW  INT64_C(1767673800000)
#define FORM "application/x-www-form-urlencoded"
#define JSON "application/json"
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
        ck_assert_uint_eq(d.n_consent, 0);
        ck_assert_uint_eq(d.n_events, 1);
        ck_assert_int_eq(d.events[0].type, EVENT_FORM_SUBMIT);
        ck_assert_int_eq(d.events[0].occurred_ms, NOW);
        ck_assert_int_eq(d.facts.given, 0);
    }
    free(body);
    arena_free(mem);
}
END_TEST

static enum err post(const char *body, const struct form_spec *spec,
                     struct arena *mem, struct draft *d)
{
    struct field_errs errs = {.mem = mem};

    return intake_form(FORM, body, strlen(body), spec, NOW, mem, d, &errs);
}

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

START_TEST(consent_is_given_only_by_a_yes)
{
    struct arena *mem = UNIT_ARENA();
    struct draft d;

    ck_assert_int_eq(post("sdt=0900000906&consent_marketing_email=on"
                          "&consent-behaviour_tracking=1&consent_profiling=no"
                          "&consent_sms=&consent_wording=v3"
                          "&consent_marketing_email=yes",
                          NULL, mem, &d),
                     ERR_OK);
    ck_assert_uint_eq(d.n_consent, 2);
    ck_assert_str_eq(d.consent[0].purpose, "marketing");
    ck_assert_str_eq(d.consent[0].channel, "email");
    ck_assert_str_eq(d.consent[0].status, "granted");
    ck_assert_str_eq(d.consent[0].method, "form");
    ck_assert_str_eq(d.consent[0].wording, "v3");
    ck_assert_str_eq(d.consent[1].purpose, "behaviour_tracking");
    ck_assert_ptr_null(d.consent[1].channel);
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

static const char MAPPING[] =
    "{\"fields\": {\"Nhu cầu\": \"fact.need\", \"ngan_sach\": \"fact.budget\","
    " \"demo\": \"event:demo_request\", \"vai_tro\": \"fact.authority_role\","
    " \"van de\": \"fact.challenges\", \"name\": \"ignore\","
    " \"bao_lau\": \"fact.timeframe_days\", \"dongy\": "
    "\"consent.marketing.sms\","
    " \"ma\": \"external_id\"},"
    " \"constants\": {\"fact.price\": 50000000, \"touch.channel\": \"lp\"},"
    " \"honeypot\": null, \"form_event\": \"download\"}";

static void compile(const char *text, struct arena *mem, struct form_spec *spec,
                    struct field_errs *errs, enum err want)
{
    json_t *j = json_loads(text, 0, NULL);

    ck_assert_ptr_nonnull(j);
    ck_assert_int_eq(form_spec_compile(j, mem, spec, errs), want);
    json_decref(j);
}

START_TEST(mapping_decides_what_a_form_may_state)
{
    struct arena *mem = UNIT_ARENA();
    struct field_errs errs = {.mem = mem};
    struct form_spec spec;
    struct draft d;

    compile(MAPPING, mem, &spec, &errs, ERR_OK);
    ck_assert_int_eq(
        post("name=x&phone=0900000906&nhu-cau=explicit&ngan_sach=60tr&demo=1"
             "&vai_tro=king&van+de=hesitation,%20approval_done&score=100"
             "&utm_source=evil&website=ok&bao_lau=30&dongy=on&ma=7"
             "&fact.price=1&facts=1",
             &spec, mem, &d),
        ERR_OK);
    ck_assert_ptr_null(d.contact.name);
    ck_assert_ptr_null(d.quarantine);
    ck_assert_str_eq(d.touch.channel, "lp");
    ck_assert_str_eq(d.external_id, "7");
    ck_assert_int_eq(d.fact_source, FACT_SELF_DECLARED);
    ck_assert_int_eq(d.facts.given, FACT_NEED | FACT_BUDGET | FACT_PRICE |
                                        FACT_CURRENCY | FACT_CHALLENGES |
                                        FACT_TIMEFRAME_DAYS |
                                        FACT_TIMEFRAME_STATED_AT);
    ck_assert_int_eq(d.facts.need, NEED_EXPLICIT);
    ck_assert_int_eq(d.facts.budget, 60000000);
    ck_assert_int_eq(d.facts.price, 50000000);
    ck_assert_str_eq(d.facts.currency, "VND");
    ck_assert_uint_eq(d.facts.challenges, 1u << CHALLENGE_HESITATION |
                                              1u << CHALLENGE_APPROVAL_DONE);
    ck_assert_int_eq(d.facts.timeframe_stated_ms, NOW);
    ck_assert_uint_eq(d.n_events, 2);
    ck_assert_int_eq(d.events[0].type, EVENT_DOWNLOAD);
    ck_assert_int_eq(d.events[1].type, EVENT_DEMO_REQUEST);
    ck_assert_uint_eq(d.n_consent, 1);
    arena_free(mem);
}
END_TEST

/* Of two amounts in one form: which are read, and in what. */
static const struct {
    const char *body, *currency;
    int64_t budget, price; /* 0: left out */
} AMOUNTS[] = {
    {"b=%24100&p=5.000.000", "USD", 10000, 0},
    {"p=5.000.000&b=%24100", "USD", 10000, 0},
    {"b=100&p=5.000.000%C4%91", "VND", 100, 5000000},
    {"b=1000000&p=%2450", "USD", 0, 5000},
    {"b=%24100&p=50%E2%82%AC", "USD", 10000, 0},
    {"b=%24100&p=%2450", "USD", 10000, 5000},
    {"b=12.50&p=10&c=USD", "USD", 1250, 1000},
    {"c=USD&b=12.50", "USD", 1250, 0},
    {"b=10-15tr&p=12tr", "VND", 10000000, 12000000},
    {"b=abc&b=15tr", "VND", 15000000, 0},
};

START_TEST(the_currency_in_the_text_wins)
{
    static const char MAP[] =
        "{\"fields\": {\"b\": \"fact.budget\", \"p\": \"fact.price\","
        " \"c\": \"fact.currency\"}}";
    struct arena *mem = UNIT_ARENA();
    struct field_errs errs = {.mem = mem};
    struct form_spec spec;
    struct draft d;

    compile(MAP, mem, &spec, &errs, ERR_OK);
    ck_assert_int_eq(
        post(arena_printf(mem, "email=a@b.vn&%s", AMOUNTS[_i].body), &spec, mem,
             &d),
        ERR_OK);
    ck_assert_str_eq(d.facts.currency, AMOUNTS[_i].currency);
    ck_assert_int_eq(d.facts.given & FACT_BUDGET ? d.facts.budget : 0,
                     AMOUNTS[_i].budget);
    ck_assert_int_eq(d.facts.given & FACT_PRICE ? d.facts.price : 0,
                     AMOUNTS[_i].price);
    arena_free(mem);
}
END_TEST

START_TEST(an_amount_in_another_currency_outlives_a_fixed_price)
{
    static const char MAP[] = "{\"fields\": {\"b\": \"fact.budget\"},"
                              " \"constants\": {\"fact.price\": 5000000}}";
    struct arena *mem = UNIT_ARENA();
    struct field_errs errs = {.mem = mem};
    struct form_spec spec;
    struct draft d;

    compile(MAP, mem, &spec, &errs, ERR_OK);
    ck_assert_int_eq(post("email=a@b.vn&b=%24100", &spec, mem, &d), ERR_OK);
    ck_assert_str_eq(d.facts.currency, "USD");
    ck_assert_int_eq(d.facts.budget, 10000);
    ck_assert(!(d.facts.given & FACT_PRICE));
    arena_free(mem);
}
END_TEST

START_TEST(bad_mapping_is_named)
{
    struct arena *mem = UNIT_ARENA();
    struct field_errs errs = {.mem = mem};
    struct form_spec spec;

    compile("{\"fields\": {\"a/b\": \"lead.score\", \"c\": 1},"
            " \"constants\": {\"fact.suppressed\": true,"
            " \"consent.marketing\": true, \"fact.price\": -1},"
            " \"form_event\": \"party\", \"currency\": \"XXX\","
            " \"honeypot\": 3}",
            mem, &spec, &errs, ERR_INVALID);
    ck_assert_uint_eq(errs.n, 8);
    ck_assert_str_eq(errs.first->pointer, "/mapping/currency");
    ck_assert_str_eq(errs.first->next->pointer, "/mapping/fields/a~1b");
    compile("[]", mem, &spec, &errs, ERR_INVALID);
    ck_assert_int_eq(form_spec_compile(NULL, mem, &spec, &errs), ERR_OK);
    compile("{\"form_event\": null}", mem, &spec, &errs, ERR_OK);
    ck_assert(!spec.has_form_event);
    arena_free(mem);
}
END_TEST

START_TEST(urlencoded_keeps_what_is_malformed)
{
    struct arena *mem = UNIT_ARENA();
    struct form_fields f = {.mem = mem};
    static const char BODY[] = "a=%ZZ&b=%4&c=%&flag&=x&&d=1%3D2&e=%00x";

    ck_assert_int_eq(form_urlencoded(BODY, sizeof(BODY) - 1, &f), ERR_OK);
    ck_assert_uint_eq(f.n, 6);
    ck_assert_str_eq(form_fields_get(&f, "a")->value, "%ZZ");
    ck_assert_str_eq(form_fields_get(&f, "b")->value, "%4");
    ck_assert_str_eq(form_fields_get(&f, "c")->value, "%");
    ck_assert_str_eq(form_fields_get(&f, "flag")->value, "");
    ck_assert_str_eq(form_fields_get(&f, "d")->value, "1=2");
    ck_assert(utf8_valid(form_fields_get(&f, "e")->value,
                         form_fields_get(&f, "e")->value_len));
    ck_assert_ptr_null(form_fields_get(&f, ""));
    arena_free(mem);
}
END_TEST

/* What Content-Type says of JSON, against what the bytes are. */
static const struct {
    const char *type, *body;
    enum err err;
    const char *name;
} CHARSETS[] = {
    {"application/json; charset=iso-8859-1",
     "{\"name\": \"Ren\xe9\", \"phone\": \"0900000906\"}", ERR_OK, "René"},
    {"application/json; charset=latin1",
     "{\"name\": \"Ren\xe9\", \"phone\": \"0900000906\"}", ERR_OK, "René"},
    {"application/json; charset=\"Windows-1252\"", /* and is not */
     "{\"name\": \"Nguyễn\", \"phone\": \"0900000906\"}", ERR_OK, "Nguyễn"},
    {"application/json", "{\"name\": \"Ren\xe9\", \"phone\": \"0900000906\"}",
     ERR_BAD_JSON, NULL},
};

START_TEST(a_named_charset_of_json_counts_where_it_is_no_utf8)
{
    struct arena *mem = UNIT_ARENA();
    struct field_errs errs = {.mem = mem};
    struct draft d;
    const char *body = CHARSETS[_i].body;

    ck_assert_int_eq(intake_form(CHARSETS[_i].type, body, strlen(body), NULL,
                                 NOW, mem, &d, &errs),
                     CHARSETS[_i].err);
    if (CHARSETS[_i].name)
        ck_assert_str_eq(d.contact.name, CHARSETS[_i].name);
    arena_free(mem);
}
END_TEST

START_TEST(a_byte_order_mark_is_passed_over)
{
    static const char BODY[] = "\xef\xbb\xbf {\"sdt\": \"0900000906\"}";
    static const char *const TYPES[] = {JSON, "text/plain"};
    struct arena *mem = UNIT_ARENA();

    for (size_t i = 0; i < ARRAY_LEN(TYPES); i++) {
        struct field_errs errs = {.mem = mem};
        struct draft d;

        ck_assert_int_eq(intake_form(TYPES[i], BODY, sizeof(BODY) - 1, NULL,
                                     NOW, mem, &d, &errs),
                         ERR_OK);
        ck_assert_str_eq(d.contact.phone, "0900000906");
    }
    arena_free(mem);
}
END_TEST

START_TEST(an_answer_may_be_a_list)
{
    static const char BODY[] =
        "{\"form_data\": [{\"name\": \"so_thich\", \"value\": [\"a\", \"b\"]},"
        " {\"name\": \"khac\", \"value\": {\"x\": 1}},"
        " {\"name\": \"trong\", \"value\": null},"
        " {\"name\": \"ho_ten\", \"value\": [\"An\"]},"
        " {\"name\": \"sdt\", \"value\": 900000906}]}";
    struct arena *mem = UNIT_ARENA();
    struct field_errs errs = {.mem = mem};
    struct draft d;

    ck_assert_int_eq(
        intake_form(JSON, BODY, strlen(BODY), NULL, NOW, mem, &d, &errs),
        ERR_OK);
    ck_assert_str_eq(d.contact.name, "An");
    ck_assert_str_eq(d.contact.phone, "900000906");
    arena_free(mem);
}
END_TEST

START_TEST(charset_field_is_honoured)
{
    struct arena *mem = UNIT_ARENA();
    struct draft d;

    ck_assert_int_eq(
        post("ten=%EA&sdt=0900000906&_charset_=UTF-8", NULL, mem, &d), ERR_OK);
    ck_assert_str_eq(d.contact.name, "\ufffd");
    ck_assert_int_eq(
        post("ten=%C3%AA&sdt=0900000906&_charset_=iso-8859-1", NULL, mem, &d),
        ERR_OK);
    ck_assert_str_eq(d.contact.name, "Ãª");
    arena_free(mem);
}
END_TEST

START_TEST(too_many_fields_are_refused)
{
    struct arena *mem = UNIT_ARENA();
    char body[FORM_FIELDS_MAX * 4 + 8] = "";
    struct draft d;

    for (int i = 0; i <= FORM_FIELDS_MAX; i++)
        memcpy(body + i * 4, "a=1&", 5);
    ck_assert_int_eq(post(body, NULL, mem, &d), ERR_TOO_MANY);
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
    tcase_add_test(tc, consent_is_given_only_by_a_yes);
    tcase_add_test(tc, touch_and_visitor_are_taken);
    tcase_add_test(tc, mapping_decides_what_a_form_may_state);
    tcase_add_loop_test(tc, the_currency_in_the_text_wins, 0,
                        (int)ARRAY_LEN(AMOUNTS));
    tcase_add_test(tc, an_amount_in_another_currency_outlives_a_fixed_price);
    tcase_add_test(tc, bad_mapping_is_named);
    tcase_add_test(tc, urlencoded_keeps_what_is_malformed);
    tcase_add_loop_test(tc, a_named_charset_of_json_counts_where_it_is_no_utf8,
                        0, (int)ARRAY_LEN(CHARSETS));
    tcase_add_test(tc, a_byte_order_mark_is_passed_over);
    tcase_add_test(tc, an_answer_may_be_a_list);
    tcase_add_test(tc, charset_field_is_honoured);
    tcase_add_test(tc, too_many_fields_are_refused);
    tcase_add_test(tc, long_text_is_cut_on_a_character);
    tcase_add_test(tc, every_known_name_is_found);
    return unit_run(tc, "decode_form");
}
