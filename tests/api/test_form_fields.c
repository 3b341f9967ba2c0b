/* POST /v1/forms/{form_key}: what becomes of single fields. */
#include "api/forms_fixture.h"

/* Builders send the address of their page, and often nothing else of the
 * campaign. */
START_TEST(the_address_of_the_page_names_the_campaign)
{
    static const char *const NAMES[] = {"Page URL", "url_page", "pageUrl",
                                        "page_url"};
    const char *path =
        make_source(", \"defaults\": {\"channel\": \"landing\"}");

    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        const char *a = fresh("page");
        const struct reply *r;

        r = call(srv.port, "POST", path, NULL, HTTP_JSON,
                 text("{\"email\": \"%s@gmail.com\", \"utm_medium\":"
                      " \"own\", \"%s\": \"https://a.vn/?utm_source=fb"
                      "&utm_campaign=T%%E1%%BA%%BFt&utm_medium=cpc"
                      "&fbclid=f1\"}",
                      a, NAMES[i]));
        ck_assert_int_eq(r->status / 100, 2); /* a builder's own answer */
        r = get(srv.marketing,
                text("/v1/leads/%s", the_lead(text("%s@gmail.com", a))));
        ck_assert_str_eq(reply_text(r, "/last_touch/channel"), "fb");
        ck_assert_str_eq(reply_text(r, "/last_touch/campaign"), "Tết");
        ck_assert_str_eq(reply_text(r, "/last_touch/medium"), "own");
        ck_assert_str_eq(reply_text(r, "/last_touch/fbclid"), "f1");
    }
}
END_TEST

static const struct {
    const char *fields; /* and a number that nobody else has */
    const char *label, *name;
} LABELS[] = {
    {"\"ho\": \"Nguyễn Thị\", \"ten\": \"Đào\"", "Số ĐT", "Nguyễn Thị Đào"},
    {"\"ten\": \"Đào\", \"ho\": \"Nguyễn\", \"ten_dem\": \"Thị\"", "SĐT Zalo",
     "Nguyễn Thị Đào"},
    {"\"Tên\": \"Đào\", \"Họ và tên đệm\": \"Nguyễn Thị\"", "SDT/Zalo",
     "Nguyễn Thị Đào"},
    {"\"ten\": \"Nguyễn Thị Đào\"", "Số điện thoại (Zalo)", "Nguyễn Thị Đào"},
    {"\"ho\": \"Lê\", \"ho_ten\": \"Lê An\"", "Số di động", "Lê An"},
};

START_TEST(names_in_pieces_and_labels_of_phones_are_understood)
{
    const char *path = make_source(""), *phone = fresh_phone();
    const struct reply *r = call(srv.port, "POST", path, NULL, HTTP_JSON,
                                 text("{%s, \"%s\": \"%s\"}", LABELS[_i].fields,
                                      LABELS[_i].label, phone));

    ck_assert_int_eq(r->status / 100, 2);
    r = get(srv.marketing, text("/v1/leads/%s", the_lead(phone)));
    ck_assert_str_eq(reply_text(r, "/contact/name"), LABELS[_i].name);
}
END_TEST

static const char *const PHONES[] = {
    "Số điện thoại của bạn", "SĐT của bạn",    "Số liên hệ", "số phone",
    "your_phone_number",     "Business Phone", "Cell",       "Cell phone",
    "contact number",        "Contact phone",
};

static const char *const MAILS[] = {
    "Email của bạn", "Email công ty", "Business Email",
    "Thư điện tử",   "company email",
};

static const char *const WHOLE_NAMES[] = {"Họ tên của bạn", "Họ và tên của bạn",
                                          "Tên của bạn"};

START_TEST(labels_of_ways_to_reach_somebody_are_understood)
{
    bool is_mail = (size_t)_i >= ARRAY_LEN(PHONES);
    const char *label =
        is_mail ? MAILS[(size_t)_i - ARRAY_LEN(PHONES)] : PHONES[_i];
    const char *name = WHOLE_NAMES[(size_t)_i % ARRAY_LEN(WHOLE_NAMES)];
    const char *value =
        is_mail ? keep("%s@gmail.com", fresh("label")) : fresh_phone();
    const struct reply *r =
        call(srv.port, "POST", make_source(""), NULL, HTTP_JSON,
             text("{\"%s\": \"Lê An\", \"%s\": \"%s\"}", name, label, value));

    ck_assert_int_eq(r->status / 100, 2);
    r = get(srv.marketing, text("/v1/leads/%s", the_lead(value)));
    ck_assert_str_eq(reply_text(r, "/contact/name"), "Lê An");
}
END_TEST

static const struct {
    const char *typed;
    long long budget;
} AMOUNTS[] = {
    {"2 tỷ 500", 2500000000},
    {"khoảng 1 triệu 200", 1200000},
    {"500_triệu", 500000000},
    {">1 tỷ", 1000000000},
};

START_TEST(amounts_are_read_as_they_are_spoken)
{
    const char *path = make_source(", \"mapping\": {\"fields\":"
                                   " {\"ngan_sach\": \"fact.budget\"}}");
    const char *a = fresh("budget");
    const struct reply *r =
        call(srv.port, "POST", path, NULL, HTTP_JSON,
             text("{\"email\": \"%s@gmail.com\", \"ngan_sach\": \"%s\"}", a,
                  AMOUNTS[_i].typed));

    ck_assert_int_eq(r->status / 100, 2);
    r = get(srv.marketing,
            text("/v1/leads/%s", the_lead(text("%s@gmail.com", a))));
    ck_assert_int_eq(reply_int(r, "/facts/budget"), AMOUNTS[_i].budget);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("form fields");

    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, the_address_of_the_page_names_the_campaign);
    tcase_add_loop_test(tc, names_in_pieces_and_labels_of_phones_are_understood,
                        0, (int)ARRAY_LEN(LABELS));
    tcase_add_loop_test(tc, labels_of_ways_to_reach_somebody_are_understood, 0,
                        (int)(ARRAY_LEN(PHONES) + ARRAY_LEN(MAILS)));
    tcase_add_loop_test(tc, amounts_are_read_as_they_are_spoken, 0,
                        (int)ARRAY_LEN(AMOUNTS));
    return real_server_main(tc, "form_fields", NULL);
}
