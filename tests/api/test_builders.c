/* What form builders, page services and chatbots post: every file of
 * tests/fixtures/forms through HTTP, and the answers their senders expect. */
#include "api/forms_fixture.h"
#include "lead/words.h"

static const char *slurp(const char *file)
{
    static char body[1 << 16];
    FILE *f = fopen(text("tests/fixtures/forms/%s", file), "rb");
    size_t n;

    ck_assert_msg(f != NULL, "%s", file);
    n = fread(body, 1, sizeof(body) - 1, f);
    fclose(f);
    body[n] = '\0';
    ck_assert_uint_eq(strlen(body), n);
    return body;
}

/* What each row must become beyond its number of leads: the sender's status,
 * and how the lead is found and named. */
static const struct {
    const char *file;
    int status;
    const char *phone, *email, *name, *page;
} WANT[] = {
    {"html_urlencoded.txt", 201, "0900000906", "an+tet@example.com",
     "Nguyễn Văn An", NULL},
    {"html_urlencoded_honeypot.txt", 201, NULL, "spam@example.net", NULL, NULL},
    {"html_urlencoded_latin.txt", 201, "0900000907", NULL, "Nguyên", NULL},
    {"html_multipart.txt", 201, "0900000909", NULL, "Trần Thị Bích", NULL},
    {"cf7_feedback_multipart.txt", 201, NULL, "boi@example.com", "Phan Bội",
     NULL},
    {"cf7_webhook_plugin.json", 201, NULL, "boi@example.com", "Phan Bội", NULL},
    {"elementor_simple.txt", 200, "0900000910", "con@example.com",
     "Đặng Trần Côn", "https://anphu.example/lp"},
    {"elementor_advanced.txt", 200, "0900000910", "con@example.com",
     "Đặng Trần Côn", "https://anphu.example/lp"},
    {"wpforms.json", 201, "0900000911", "huong@example.com", "Hồ Xuân Hương",
     NULL},
    {"unbounce.txt", 201, "0900000912", "du@example.com", "Nguyễn Du",
     "https://lp.anphu.example/tet"},
    {"instapage.txt", 201, NULL, "trai@example.com", "Nguyễn Trãi",
     "https://lp.anphu.example"},
    {"ladipage_flat.json", 200, "0900000913", NULL, "Phạm Ngũ Lão",
     "https://lp.example.vn/tet?utm_source=facebook"},
    {"ladipage_form_data.json", 200, "0900000913", NULL, "Phạm Ngũ Lão", NULL},
    {"google_forms_script.json", 201, "0900000914", NULL, "Trần Hưng", NULL},
    {"manychat_full_contact.json", 201, "0900000915", NULL, "Linh Trương",
     NULL},
    {"hubspot_forms_submission.json", 201, "0900000916", "han@example.com",
     "Hân", "https://anphu.example/lp"},
    {"cloudevents_structured.json", 201, "0900000917", NULL, "Mạc Đĩnh Chi",
     NULL},
    {"json_not_object.txt", 400, NULL, NULL, NULL, NULL},
    {"json_nul_and_lone_surrogate.json", 400, NULL, NULL, NULL, NULL},
    {"json_duplicate_keys.json", 201, "0900000919", NULL, NULL, NULL},
};

/* Rows of cases.tsv with their columns; the header is left out. */
struct row {
    char file[64], type[128], leads[8], key[128];
};

static size_t read_cases(struct row *rows, size_t max)
{
    FILE *f = fopen("tests/fixtures/forms/cases.tsv", "r");
    char line[1024];
    size_t n = 0;

    ck_assert_ptr_nonnull(f);
    ck_assert_ptr_nonnull(fgets(line, sizeof(line), f));
    while (n < max && fgets(line, sizeof(line), f)) {
        struct row *r = &rows[n++];

        ck_assert_int_eq(sscanf(line,
                                "%63[^\t]\trequest\t%127[^\t]\t%7[^\t]\t"
                                "%127[^\t]\t",
                                r->file, r->type, r->leads, r->key),
                         4);
    }
    fclose(f);
    return n;
}

static long long leads(void)
{
    return sql_int("SELECT count(*) FROM lead");
}

static void check_lead(size_t i, const char *receipt)
{
    const char *lead =
        keep("(SELECT lead_id FROM receipt WHERE receipt_id = '%s')", receipt);

    if (WANT[i].name)
        ck_assert_msg(sql_int(text("SELECT count(*) FROM lead WHERE lead_id"
                                   " = %s AND name = '%s'",
                                   lead, WANT[i].name)) == 1,
                      "%s: name", WANT[i].file);
    if (WANT[i].phone)
        ck_assert_msg(
            sql_int(text("SELECT count(*) FROM lead WHERE lead_id = %s"
                         " AND phone = '+84%s'",
                         lead, WANT[i].phone + 1)) == 1,
            "%s: phone", WANT[i].file);
    if (WANT[i].email)
        ck_assert_msg(
            sql_int(text("SELECT count(*) FROM lead WHERE lead_id = %s"
                         " AND email = '%s'",
                         lead, WANT[i].email)) == 1,
            "%s: email", WANT[i].file);
    if (WANT[i].page)
        ck_assert_msg(
            sql_int(text("SELECT count(*) FROM lead WHERE lead_id = %s AND"
                         " coalesce(last_touch, first_touch)->>'page_url'"
                         " = '%s'",
                         lead, WANT[i].page)) == 1,
            "%s: page", WANT[i].file);
}

static void check_row(size_t i, const struct row *row, const char *path)
{
    const char *body = slurp(row->file);
    const struct reply *r;
    const char *receipt;
    long long before;

    ck_assert_str_eq(row->file, WANT[i].file);
    (void)sql_int("WITH gone AS (DELETE FROM identifier RETURNING 1)"
                  " SELECT count(*) FROM gone");
    before = leads();
    r = call(srv.port, "POST", path, NULL,
             text("Content-Type: %s\r\n", row->type), body);
    EXPECT(r, WANT[i].status);
    if (WANT[i].status == 400) {
        ck_assert_int_eq(leads(), before);
        return;
    }
    receipt = keep("%s", reply_text(r, "/receipt_id"));
    ck_assert_str_eq(reply_text(r, "/status"), "accepted");
    ck_assert_int_eq(leads() - before, atoi(row->leads));
    if (*row->leads == '1')
        check_lead(i, receipt);
    if (strcmp(row->key, "-") != 0)
        ck_assert_int_eq(
            sql_int(text("SELECT count(*) FROM event WHERE ext_id = '%s'",
                         row->key)),
            1);
}

START_TEST(every_row_of_the_cases_becomes_what_it_says)
{
    struct row rows[64];
    size_t n = read_cases(rows, 64);
    const char *path = make_source("");

    ck_assert_uint_eq(n, ARRAY_LEN(WANT));
    for (size_t i = 0; i < n; i++)
        check_row(i, &rows[i], path);
}
END_TEST

START_TEST(an_entry_sent_again_is_the_same_event)
{
    const char *path = make_source(""), *lead;
    const char *body =
        keep("{\"form_id\": \"12\", \"entry_id\": \"%s\", \"email\":"
             " \"%s@mail.example\"}",
             fresh("entry"), fresh("again"));

    for (int i = 0; i < 2; i++)
        EXPECT(call(srv.port, "POST", path, NULL, HTTP_JSON, body), 201);
    lead = the_lead(strstr(body, "again-")
                        ? text("%.*s@mail.example",
                               (int)strcspn(strstr(body, "again-"), "@"),
                               strstr(body, "again-"))
                        : "");
    ck_assert_int_eq(entries(lead, "receipt"), 2);
    ck_assert_int_eq(entries(lead, "event"), 1);
}
END_TEST

/* What is kept is what came, type and all: it can be read again. */
START_TEST(a_charset_is_named_by_a_field_or_by_the_type)
{
    static const char *const CASES[][2] = {
        {FORM_TYPE, "_charset_=windows-1258&name=Nguy%EA%DEn&email="},
        {"Content-Type: application/x-www-form-urlencoded;"
         " charset=windows-1258\r\n",
         "name=Nguy%EA%DEn&email="},
    };
    const char *path = make_source("");

    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        const char *body = keep("%s%s%%40x.vn", CASES[i][1], fresh("charset"));
        const struct reply *r =
            call(srv.port, "POST", path, NULL, CASES[i][0], body);

        EXPECT(r, 201);
        ck_assert_int_eq(
            sql_int(text("SELECT count(*) FROM receipt JOIN lead USING"
                         " (lead_id) WHERE receipt_id = '%s' AND name ="
                         " 'Nguyễn' AND convert_from(body, 'UTF8') = '%s'"
                         " AND 'Content-Type: ' || content_type = '%.*s'",
                         reply_text(r, "/receipt_id"), body,
                         (int)strlen(CASES[i][0]) - 2, CASES[i][0])),
            1);
    }
}
END_TEST

START_TEST(a_mapping_says_which_status_means_success)
{
    const char *ok = make_source(", \"mapping\": {\"success_status\": 200}");
    const char *made = make_source(", \"mapping\": {\"success_status\": 201}");
    const char *elementor =
        keep("form_id=1&form_name=x&Email=%s@mail.example", fresh("el"));

    EXPECT(call(srv.port, "POST", ok, NULL, HTTP_JSON,
                text("{\"email\": \"%s@mail.example\"}", fresh("ok"))),
           200);
    EXPECT(call(srv.port, "POST", made, NULL, FORM_TYPE, elementor), 201);
    EXPECT(call(srv.port, "POST", make_source(""), NULL, FORM_TYPE, elementor),
           200);
}
END_TEST

START_TEST(a_get_is_a_post_only_where_the_source_says_so)
{
    const char *name = fresh("get");
    const char *yes = make_source(", \"mapping\": {\"allow_get\": true}");
    const char *no = make_source("");
    const char *query = keep("name=Minh+An&email=%s%%40mail.example", name);
    const struct reply *r =
        call(srv.port, "GET", text("%s?%s", yes, query), NULL, NULL, NULL);
    char allow[64];

    EXPECT(r, 201);
    ck_assert_uint_eq(found(text("%s@mail.example", name)), 1);
    ck_assert_int_eq(
        sql_int(text("SELECT count(*) FROM receipt WHERE receipt_id = '%s'"
                     " AND convert_from(body, 'UTF8') = '%s'",
                     reply_text(r, "/receipt_id"), query)),
        1);
    r = call(srv.port, "GET", text("%s?%s", no, query), NULL, NULL, NULL);
    EXPECT(r, 405);
    ck_assert_str_eq(reply_field(r, "Allow", allow, sizeof(allow)),
                     "POST, OPTIONS");
    EXPECT(call(srv.port, "GET", text("%s?name=x", yes), NULL, NULL, NULL),
           422);
    EXPECT(call(srv.port, "GET", text("%s?email=a%%40b.example", yes), NULL,
                "Origin: https://evil.example\r\n", NULL),
           201); /* no origins are listed: as a plain form */
    EXPECT(call(srv.port, "GET", "/v1/forms/1-nosuchkey?a=b", NULL, NULL, NULL),
           404);
}
END_TEST

/* ---- the mapping ---- */

START_TEST(pointers_joins_tables_and_amounts_are_data)
{
    const char *path = make_source(
        ", \"mapping\": {"
        "\"fields\": {\"/form/answers/0/text\": \"contact.email\","
        " \"/form/answers/1\": \"fact.budget\","
        " \"quan_tam\": {\"to\": \"fact.need\", \"values\":"
        " {\"Có\": \"explicit\", \"Chưa\": \"none\"}, \"else\": \"latent\"},"
        " \"chuc\": {\"to\": \"fact.authority_role\", \"values\":"
        " {\"Giám đốc\": \"decision_maker\"}}},"
        " \"join\": {\"contact.name\": [\"ho\", \"ten\"],"
        " \"contact.company\": {\"fields\": [\"a\", \"/b/c\"],"
        " \"with\": \" - \"}},"
        " \"constants\": {\"fact.price\": \"1,5 tỷ\"}}");
    const char *name = fresh("map");
    const struct reply *r = call(
        srv.port, "POST", path, NULL, HTTP_JSON,
        text("{\"form\": {\"answers\": [{\"text\": \"%s@mail.example\"},"
             " \"2.000.000đ\"]}, \"quan_tam\": \" CÓ \", \"chuc\": \"Khác\","
             " \"ho\": \"Nguyễn\", \"ten\": \"An\", \"a\": \"X\","
             " \"b\": {\"c\": \"Y\"}}",
             name));

    EXPECT(r, 201);
    r = get(srv.marketing,
            text("/v1/leads/%s", the_lead(text("%s@mail.example", name))));
    ck_assert_str_eq(reply_text(r, "/contact/name"), "Nguyễn An");
    ck_assert_str_eq(reply_text(r, "/contact/company"), "X - Y");
    ck_assert_str_eq(reply_text(r, "/facts/need"), "explicit");
    ck_assert_int_eq(reply_int(r, "/facts/budget"), 2000000);
    ck_assert_int_eq(reply_int(r, "/facts/price"), 1500000000);
    ck_assert_ptr_null(reply_at(r, "/facts/authority_role"));
}
END_TEST

/* A question is a name, and a long one. */
START_TEST(a_pointer_holds_names_of_any_length)
{
    static const char QUESTION[] =
        "Anh chị vui lòng để lại e-mail để chúng tôi liên hệ tư vấn miễn phí";
    const char *path = make_source(text(", \"mapping\": {\"fields\": {\"/%s\":"
                                        " \"contact.email\"}}",
                                        QUESTION));
    const char *name = fresh("long");

    EXPECT(call(srv.port, "POST", path, NULL, HTTP_JSON,
                text("{\"%s\": \"%s@mail.example\"}", QUESTION, name)),
           201);
    (void)the_lead(text("%s@mail.example", name));
}
END_TEST

static const struct {
    const char *mapping, *pointer, *code;
} BAD[] = {
    {"{\"fields\": {\"a/b\": \"lead.score\"}}", "/mapping/fields/a~1b",
     "unknown_value"},
    {"{\"fields\": {\"a\": {\"to\": \"nobody\"}}}", "/mapping/fields/a/to",
     "unknown_value"},
    {"{\"fields\": {\"a\": {\"values\": {\"x\": \"y\"}}}}",
     "/mapping/fields/a/to", "unknown_value"},
    {"{\"fields\": {\"a\": 3}}", "/mapping/fields/a", "wrong_type"},
    {"{\"fields\": {\"***\": \"contact.name\"}}", "/mapping/fields/***",
     "unknown_field"},
    {"{\"fields\": {\"a\": {\"to\": \"fact.need\", \"values\": {\"Có\":"
     " \"explicit\", \"Không\": \"never\"}}}}",
     "/mapping/fields/a/values/Không", "unknown_value"},
    {"{\"fields\": {\"a\": {\"to\": \"fact.need\", \"values\": {}}}}",
     "/mapping/fields/a/values", "wrong_type"},
    {"{\"fields\": {\"a\": {\"to\": \"fact.need\", \"else\": \"latent\"}}}",
     "/mapping/fields/a/values", "required"},
    {"{\"fields\": {\"a\": {\"to\": \"fact.need\", \"value\": 1}}}",
     "/mapping/fields/a/value", "unknown_field"},
    {"{\"join\": {\"contact.name\": []}}", "/mapping/join/contact.name",
     "wrong_type"},
    {"{\"join\": {\"contact.name\": [\"a\", 7]}}",
     "/mapping/join/contact.name/1", "wrong_type"},
    {"{\"join\": {\"event:demo_request\": [\"a\"]}}",
     "/mapping/join/event:demo_request", "unknown_field"},
    {"{\"join\": {\"contact.name\": {\"fields\": [\"a\"], \"with\": 1}}}",
     "/mapping/join/contact.name/with", "wrong_type"},
    {"{\"constants\": {\"fact.suppressed\": true}}",
     "/mapping/constants/fact.suppressed", "unknown_field"},
    {"{\"fields\": {\"/x~2\": \"contact.name\"}}", "/mapping/fields/~1x~02",
     "unknown_value"},
    {"{\"fields\": {\"/x~\": {\"to\": \"contact.name\"}}}",
     "/mapping/fields/~1x~0", "unknown_value"},
    {"{\"join\": {\"contact.name\": [\"/a~1b\", \"/x~2\"]}}",
     "/mapping/join/contact.name/1", "unknown_value"},
    {"{\"join\": {\"contact.name\": {\"fields\": [\"/~\"]}}}",
     "/mapping/join/contact.name/fields/0", "unknown_value"},
    {"{\"success_status\": 204}", "/mapping/success_status", "unknown_value"},
    {"{\"allow_get\": 1}", "/mapping/allow_get", "wrong_type"},
    {"{\"currency\": \"XXX\"}", "/mapping/currency", "unknown_value"},
    {"{\"field\": {}}", "/mapping/field", "unknown_field"},
    {"[]", "/mapping", "wrong_type"},
};

START_TEST(a_wrong_mapping_is_refused_where_it_is_wrong)
{
    const char *id = NULL;

    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        const struct reply *r = post(
            srv.admin, "/v1/sources",
            text("{\"kind\": \"form\", \"name\": \"bad\", \"mapping\": %s}",
                 BAD[i].mapping));

        EXPECT(r, 422);
        ck_assert_msg(
            strcmp(reply_text(r, "/errors/0/pointer"), BAD[i].pointer) == 0 &&
                strcmp(reply_text(r, "/errors/0/code"), BAD[i].code) == 0,
            "%s: %s", BAD[i].mapping, r->body);
    }
    id = keep("%s", reply_text(post(srv.admin, "/v1/sources",
                                    "{\"kind\": \"form\", \"name\": \"good\"}"),
                               "/id"));
    EXPECT(patch(srv.admin, text("/v1/sources/%s", id),
                 "{\"mapping\": {\"fields\": {\"a\": \"b\"}}}"),
           422);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("builders");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, every_row_of_the_cases_becomes_what_it_says);
    tcase_add_test(tc, an_entry_sent_again_is_the_same_event);
    tcase_add_test(tc, a_charset_is_named_by_a_field_or_by_the_type);
    tcase_add_test(tc, a_mapping_says_which_status_means_success);
    tcase_add_test(tc, a_get_is_a_post_only_where_the_source_says_so);
    tcase_add_test(tc, pointers_joins_tables_and_amounts_are_data);
    tcase_add_test(tc, a_pointer_holds_names_of_any_length);
    tcase_add_test(tc, a_wrong_mapping_is_refused_where_it_is_wrong);
    return real_server_main(tc, "builders", NULL);
}
