/* What the body of each platform becomes. */
#include "hook_reading.h"

/* ---- whole leads ---- */

static const struct {
    const char *kind, *file, *name, *phone, *email, *id, *campaign, *content;
    bool test;
} LEADS[] = {
    {"google-ads", "lead_full.json", "Nguyễn Thị Hồng Đào", "+84900000222",
     "hongdao@example.com",
     "CjwKCAiA7Y2tBhB9EiwAleadd-0001-a1B2c3D4e5a1B2c3D4e5a1B2c3D4e5a1B2c3D4e5a"
     "1B2c3D4e5a1B2c3D4e5",
     "21000000055", "680000000044", false},
    {"google-ads", "lead_no_gclid.json", "Trần Quốc Bảo", "+84900000333", NULL,
     "CjwKCAiA7Y2tBhB9EiwAleadd-0002", "21000000055", NULL, false},
    {"google-ads", "lead_string_ids.json", NULL, "+842800000001",
     "a.b@example.com", "CjwKCAiA7Y2tBhB9EiwAleadd-0004", "21000000055", NULL,
     false},
    {"google-ads", "test_data.json", "FirstName LastName", "+16505550123",
     "test@example.com",
     "TeSter-123-ABCDEFGHIJKLMNOPQRSTUVWXYZ-abcdefghijklmnopqrstuvwxyz-"
     "0123456789-AaBbCcDdEeFfGgHhIiJjKkLl",
     "10000000000", "30000000000", true},
    {"tiktok", "lead_single.json", "Nguyen Van An", "0900000555",
     "an@example.com", "7420001112223334445", "Tet 2026", "UGC 3", false},
    {"tiktok", "lead_string_ids.json", NULL, NULL, "only@example.com",
     "7420001112223334453", NULL, NULL, false},
    {"zalo", "user_submit_info.json", "Trương Mỹ Linh", "84900000777", NULL,
     "2938475610293847561:7712345678901234567:1767687600123", NULL, NULL,
     false},
    {"zalo", "user_submit_info_minimal.json", "Hà", "84900000778", NULL,
     "2938475610293847561:7712345678901234567:1767687601123", NULL, NULL,
     false},
    {"snapchat", "lead_full.json", "Phạm Thảo", "+84900000888",
     "thao@example.com", "5f9a2c1e-0001", "Tet", "Ad 1", false},
    {"snapchat", "test_lead.json", "John Doe", NULL, "johndoe@snapchat.com",
     "test-lead-1", "Tet", "Ad 1", true},
    {"typeform", "form_response.json", "Bùi Thị Xuân", "+84900000901",
     "xuan@example.com", "a3a12ec67a1365927098a606107fac15", NULL, NULL, false},
    {"webflow", "form_submission.json", "Vũ Thị Mai", "0900 000 902",
     "mai@example.com", "65a5d3c8f7e2b40012345678", NULL, NULL, false},
    {"tally", "form_response.json", "Lý Thường", "+84900000903", NULL, "2wgx4n",
     NULL, NULL, false},
    {"calendly", "invitee_created.json", "Ngô Bảo Châu", "+84900000904",
     "chau@example.com",
     "https://api.calendly.com/scheduled_events/GBGBDCAADAEDCRZ2/invitees/"
     "BBBBBBBBBBBBBBBB",
     "tet", NULL, false},
};

START_TEST(a_body_becomes_its_lead)
{
    struct reading x;
    const struct draft *d;

    read_file(&x, LEADS[_i].kind, LEADS[_i].file);
    ck_assert_uint_eq(x.r.n, 1);
    d = &x.r.items[0].draft;
    ck_assert_int_eq(x.r.items[0].kind, HOOK_LEAD);
    ck_assert_pstr_eq(d->contact.name, LEADS[_i].name);
    ck_assert_pstr_eq(d->contact.phone, LEADS[_i].phone);
    ck_assert_pstr_eq(d->contact.email, LEADS[_i].email);
    ck_assert_pstr_eq(d->external_id, LEADS[_i].id);
    ck_assert_pstr_eq(d->touch.campaign, LEADS[_i].campaign);
    ck_assert_pstr_eq(d->touch.content, LEADS[_i].content);
    ck_assert_int_eq(d->test, LEADS[_i].test);
    ck_assert_uint_eq(d->n_events, 1);
    ck_assert_pstr_eq(d->events[0].ext_id, LEADS[_i].id);
    done(&x);
}
END_TEST

START_TEST(a_click_id_and_hidden_fields_reach_the_touch)
{
    struct reading x;

    read_file(&x, "typeform", "form_response.json");
    ck_assert_pstr_eq(x.r.items[0].draft.touch.channel, "facebook");
    ck_assert_pstr_eq(
        x.r.items[0].draft.touch.gclid,
        "EAIaIQobChMI7Zq0t8XkigMVzKZmAh2xJQabEAAYASAAEgLb1fD_BwE");
    done(&x);
    read_file(&x, "tally", "form_response.json");
    ck_assert_pstr_eq(x.r.items[0].draft.touch.channel, "zalo");
    done(&x);
}
END_TEST

START_TEST(the_zalo_user_is_an_identifier)
{
    struct reading x;

    read_file(&x, "zalo", "user_submit_info.json");
    ck_assert_uint_eq(x.r.items[0].draft.n_ids, 1);
    ck_assert_int_eq(x.r.items[0].draft.ids[0].kind, ID_ZALO);
    ck_assert_str_eq(x.r.items[0].draft.ids[0].value, "7712345678901234567");
    done(&x);
    read_file(&x, "zalo", "user_send_text.json");
    ck_assert_int_eq(x.r.items[0].kind, HOOK_NEWS);
    ck_assert_int_eq(x.r.items[0].draft.events[0].type, EVENT_CHAT_MESSAGE);
    ck_assert_pstr_eq(x.r.items[0].draft.events[0].ext_id,
                      "96d3cdf3af150460909");
    done(&x);
    ck_assert_int_eq(
        read_text(&x, "zalo", NULL,
                  "{\"event_name\": \"user_send_sticker\", \"timestamp\":"
                  " \"17\", \"sender\": {\"id\": \"u\"}, \"recipient\":"
                  " {\"id\": \"o\"}, \"message\": {}}"),
        ERR_OK);
    ck_assert_pstr_eq(x.r.items[0].draft.events[0].ext_id,
                      "user_send_sticker:o:u:17");
    done(&x);
}
END_TEST

/* A message keeps its id over retries, an account may stand outside. */
START_TEST(a_zalo_event_is_known_by_its_message_or_its_moment)
{
    static const char *const BODIES[][2] = {
        {"{\"event_name\": \"user_submit_info\", \"timestamp\": 17,"
         " \"sender\": {\"id\": 5}, \"recipient\": {\"id\": \"o\"},"
         " \"message\": {\"msg_id\": 77}, \"info\": {\"phone\": 84901}}",
         "77"},
        {"{\"event_name\": \"user_submit_info\", \"timestamp\": 17,"
         " \"sender\": {\"id\": 5}, \"oa_id\": 9, \"info\": null}",
         "9:5:17"},
        {"{\"event_name\": \"user_submit_info\", \"timestamp\": \"17\","
         " \"sender\": {\"id\": \"5\"}, \"message\": {\"msg_id\": \"\"}}",
         ":5:17"},
    };

    for (size_t i = 0; i < ARRAY_LEN(BODIES); i++) {
        struct reading x;

        ck_assert_int_eq(read_text(&x, "zalo", NULL, BODIES[i][0]), ERR_OK);
        ck_assert_uint_eq(x.r.n, 1);
        ck_assert_pstr_eq(x.r.items[0].draft.external_id, BODIES[i][1]);
        done(&x);
    }
}
END_TEST

START_TEST(a_lead_whose_id_is_blank_has_none)
{
    static const char *const KINDS[] = {"google-ads", "snapchat"};

    for (size_t i = 0; i < ARRAY_LEN(KINDS); i++) {
        struct reading x;

        ck_assert_int_eq(read_text(&x, KINDS[i], NULL,
                                   "{\"lead_id\": \" \\t \","
                                   " \"email\": \"a@b.vn\"}"),
                         ERR_BAD_REQUEST);
        done(&x);
    }
}
END_TEST

START_TEST(a_batch_gives_each_its_own)
{
    struct reading x;

    read_file(&x, "tiktok", "lead_batch.json");
    ck_assert_uint_eq(x.r.n, 3);
    ck_assert_pstr_eq(x.r.items[0].draft.contact.phone, "0900000559");
    ck_assert_pstr_eq(x.r.items[2].draft.external_id, "7420001112223334451");
    done(&x);
}
END_TEST

/* Senders leave members out, or write them as another scalar. */
/* What the changes of one entry say, and whether it is the mock lead. */
static const struct {
    const char *changes;
    bool test;
} MOCKS[] = {
    {"{\"field\": \"name\", \"value\": \"Jane Doe\"}", true},
    {"{\"field\": \"first_name\", \"value\": \"jane\"},"
     " {\"field\": \"last_name\", \"value\": \"doe\"}",
     true},
    {"{\"field\": \"name\", \"value\": \"John Doe\"}", true},
    {"{\"field\": \"name\", \"value\": \"Jane Doerr\"}", false},
    {"{\"field\": \"message\", \"value\": \"Jane Doe\"}", false},
};

START_TEST(a_tiktok_mock_lead_is_known_by_its_name)
{
    struct reading x;
    char body[400];

    snprintf(body, sizeof(body),
             "{\"object\": 1, \"entry\": [{\"id\": 7, \"changes\": [%s, "
             "{\"field\": \"phone_number\", \"value\": \"0900000123\"}]}]}",
             MOCKS[_i].changes);
    ck_assert_int_eq(read_text(&x, "tiktok", NULL, body), ERR_OK);
    ck_assert_uint_eq(x.r.n, 1);
    ck_assert_int_eq(x.r.items[0].draft.test, MOCKS[_i].test);
    done(&x);
}
END_TEST

START_TEST(a_tiktok_lead_is_one_unless_it_says_otherwise)
{
    static const struct {
        const char *object;
        size_t leads;
    } CASES_[] = {{"\"object\": 1,", 1},
                  {"\"object\": \"1\",", 1},
                  {"\"object\": null,", 1},
                  {"", 1},
                  {"\"object\": 2,", 0}};

    for (size_t i = 0; i < ARRAY_LEN(CASES_); i++) {
        struct reading x;
        char body[200];

        snprintf(body, sizeof(body),
                 "{%s \"entry\": [{\"id\": 7420001112223334445}]}",
                 CASES_[i].object);
        ck_assert_int_eq(read_text(&x, "tiktok", NULL, body), ERR_OK);
        ck_assert_uint_eq(x.r.n, CASES_[i].leads);
        done(&x);
    }
}
END_TEST

START_TEST(a_test_mark_is_known_in_any_scalar)
{
    static const char *const MARKS[] = {"true", "\"true\"", "\"TRUE\"", "1",
                                        "\"1\""};
    struct reading x;

    for (size_t i = 0; i < ARRAY_LEN(MARKS); i++) {
        char body[80];

        snprintf(body, sizeof(body), "{\"lead_id\": \"1\", \"is_test\": %s}",
                 MARKS[i]);
        ck_assert_int_eq(read_text(&x, "google-ads", NULL, body), ERR_OK);
        ck_assert(x.r.items[0].draft.test);
        done(&x);
    }
    ck_assert_int_eq(read_text(&x, "google-ads", NULL,
                               "{\"lead_id\": \"1\", \"is_test\": \"false\"}"),
                     ERR_OK);
    ck_assert(!x.r.items[0].draft.test);
    done(&x);
}
END_TEST

START_TEST(a_body_with_an_id_beyond_64_bits_is_redacted_and_read)
{
    char body[] = "{\"lead_id\": 18446744073709551616,"
                  " \"google_key\": \"secret\"}";
    struct reading x;

    ck_assert_int_eq(read_text(&x, "google-ads", NULL, body), ERR_OK);
    ck_assert_pstr_eq(x.r.items[0].draft.external_id, "18446744073709551616");
    ck_assert_int_eq(
        hook_find("google-ads")->redact(body, strlen(body), x.a.mem), ERR_OK);
    ck_assert_ptr_null(strstr(body, "secret"));
    done(&x);
}
END_TEST

/* ---- pointers of the mapping ---- */

static const struct {
    const char *kind, *body;
} POINTED[] = {
    {"generic", "{\"a\": {\"tel\": 84900000123, \"n/m\": [\"An\"]},"
                " \"name\": \"X\", \"first_name\": \"no\"}"},
    {"standard-webhooks", "{\"data\": {}, \"a\": {\"tel\": \"84900000123\","
                          " \"n/m\": [\"An\"]}, \"name\": \"X\"}"},
    {"typeform", "{\"form_response\": {}, \"a\": {\"tel\": \"84900000123\","
                 " \"n/m\": [\"An\"]}, \"name\": \"X\"}"},
    {"tiktok", "{\"entry\": [{\"id\": 1, \"a\": {\"tel\": \"84900000123\","
               " \"n/m\": [\"An\"]}, \"name\": \"X\"}]}"},
    {"google-ads", "{\"lead_id\": 1, \"a\": {\"tel\": \"84900000123\","
                   " \"n/m\": [\"An\"]}, \"name\": \"X\"}"},
};

/* The same mapping holds for a form and for a platform. */
START_TEST(pointers_of_the_mapping_point_into_the_body)
{
    struct form_spec spec;
    struct reading x;
    json_t *mapping = json_loads(
        "{\"fields\": {\"/a/tel\": \"contact.phone\","
        " \"/name\": \"contact.company\", \"/first_name\": \"ignore\"},"
        " \"join\": {\"contact.name\": [\"/a/n~1m/0\", \"/a/none\"]}}",
        0, NULL);

    memset(&x, 0, sizeof(x));
    ask(&x.a, "{}", NULL, POINTED[_i].body, strlen(POINTED[_i].body));
    x.errs.mem = x.a.mem;
    ck_assert_int_eq(form_spec_compile(mapping, x.a.mem, &spec, &x.errs),
                     ERR_OK);
    x.r = (struct hook_reader){
        .rq = &x.a.rq, .spec = &spec, .mem = x.a.mem, .errs = &x.errs};
    ck_assert_int_eq(hook_find(POINTED[_i].kind)->read(&x.r), ERR_OK);
    ck_assert_uint_eq(x.r.n, 1);
    ck_assert_pstr_eq(x.r.items[0].draft.contact.phone, "84900000123");
    ck_assert_pstr_eq(x.r.items[0].draft.contact.name, "An");
    ck_assert_pstr_eq(x.r.items[0].draft.contact.company, "X");
    json_decref(mapping);
    done(&x);
}
END_TEST

/* ---- CloudEvents ---- */

START_TEST(cloudevents_structured_and_binary)
{
    static const char *const HEADERS =
        "ce-id: 7 | ce-source: /x | ce-time: 2026-01-06T04:40:00Z";
    const struct hook *hook = hook_find("cloudevents");
    struct reading x;
    size_t n;

    memset(&x, 0, sizeof(x));
    x.body = fixture_body("cloudevents", "cloudevents_structured.json", &n);
    ask(&x.a, "{}", NULL, x.body, n);
    x.a.rq.content_type = "application/cloudevents+json; charset=utf-8";
    x.errs.mem = x.a.mem;
    x.r = (struct hook_reader){.rq = &x.a.rq,
                               .spec = form_spec_default(),
                               .mem = x.a.mem,
                               .errs = &x.errs};
    ck_assert_int_eq(hook->read(&x.r), ERR_OK);
    ck_assert_pstr_eq(x.r.items[0].draft.external_id,
                      "/landing/tet:0194b2c0-1111");
    ck_assert_pstr_eq(x.r.items[0].draft.contact.name, "Mạc Đĩnh Chi");
    x.r.n = 0;
    x.a.headers = HEADERS;
    x.a.rq.content_type = "application/json";
    x.a.rq.body = "{\"name\": \"B\"}";
    x.a.rq.body_bytes = strlen(x.a.rq.body);
    ck_assert_int_eq(hook->read(&x.r), ERR_OK);
    ck_assert_pstr_eq(x.r.items[0].draft.external_id, "/x:7");
    done(&x);
}
END_TEST

/* Header values are percent-encoded: one event has one id in every mode. */
START_TEST(a_cloudevent_is_named_alike_in_every_mode)
{
    struct reading x;

    ck_assert_int_eq(read_text(&x, "cloudevents",
                               "ce-id: 7%25 | ce-source: /x%20%c3%a9%zz",
                               "{\"name\": \"B\"}"),
                     ERR_OK);
    ck_assert_pstr_eq(x.r.items[0].draft.external_id, "/x é%zz:7%");
    done(&x);
    ck_assert_int_eq(read_text(&x, "cloudevents", "ce-id: 7 | ce-source: %ff%0",
                               "{\"name\": \"B\"}"),
                     ERR_OK);
    ck_assert_pstr_eq(x.r.items[0].draft.external_id, "%ff%0:7");
    done(&x);
}
END_TEST

/* A sender that forgets what the standard asks for loses no lead. */
START_TEST(a_cloudevent_without_id_or_source_is_a_lead_without_a_name)
{
    static const char *const HEADERS[] = {"", "ce-id: 7", "ce-source: /x"};
    struct reading x;

    for (size_t i = 0; i < ARRAY_LEN(HEADERS); i++) {
        ck_assert_int_eq(
            read_text(&x, "cloudevents", HEADERS[i], "{\"name\": \"B\"}"),
            ERR_OK);
        ck_assert_pstr_eq(x.r.items[0].draft.contact.name, "B");
        ck_assert_ptr_null(x.r.items[0].draft.external_id);
        done(&x);
    }
}
END_TEST

START_TEST(a_box_snapchat_says_is_empty_takes_nothing_back)
{
    struct reading x;

    ck_assert_int_eq(
        read_text(&x, "snapchat", NULL,
                  "{\"lead_id\": \"1\", \"email\": \"a@b.vn\", \"consent_1\":"
                  " \"false\", \"consent_2\": \"true\"}"),
        ERR_OK);
    ck_assert_uint_eq(x.r.items[0].draft.n_consent, 1);
    ck_assert_pstr_eq(x.r.items[0].draft.consent[0].purpose, "consent_2");
    ck_assert_pstr_eq(x.r.items[0].draft.consent[0].status, "granted");
    done(&x);
}
END_TEST

#define ASKED(ref, id, title)                                                  \
    "{\"event_type\": \"form_response\", \"form_response\": {\"token\": "      \
    "\"t\","                                                                   \
    " \"definition\": {\"fields\": [{\"id\": \"" id "\", \"title\": \"" title  \
    "\"}]}, \"answers\": [{\"type\": \"text\", \"text\": \"15tr\", \"field\":" \
    " {\"id\": \"" id "\", \"ref\": \"" ref "\"}}]}}"
#define TALLIED                                                                \
    "{\"eventType\": \"FORM_RESPONSE\", \"data\": {\"responseId\": \"r\","     \
    " \"fields\": [{\"key\": \"question_a1\", \"label\": \"Ngân sách?\","    \
    " \"type\": \"INPUT_TEXT\", \"value\": \"15tr\"}]}}"
#define FLOWN                                                                  \
    "{\"triggerType\": \"form_submission\", \"payload\": {\"id\": \"i\","      \
    " \"schema\": [{\"fieldName\": \"Ngân sách\", \"fieldElementId\":"       \
    " \"e-7\"}], \"data\": {\"Ngân sách\": \"15tr\"}}}"
#define BOUGHT                                                                 \
    "{\"lead_id\": \"1\", \"user_column_data\": [{\"column_id\": \"Q9\","      \
    " \"column_name\": \"Ngân sách?\", \"string_value\": \"15tr\"}]}"

/* Whatever a question is called by its platform may be named. */
static const struct {
    const char *kind, *name, *body;
} CALLED[] = {
    {"typeform", "r-1", ASKED("r-1", "Jw7", "Ngân sách?")},
    {"typeform", "Jw7", ASKED("r-1", "Jw7", "Ngân sách?")},
    {"typeform", "Ngân sách?", ASKED("r-1", "Jw7", "Ngân sách?")},
    {"tally", "question_a1", TALLIED},
    {"tally", "Ngân sách?", TALLIED},
    {"webflow", "e-7", FLOWN},
    {"webflow", "Ngân sách", FLOWN},
    {"google-ads", "Q9", BOUGHT},
    {"google-ads", "Ngân sách?", BOUGHT},
};

START_TEST(an_answer_is_mapped_by_any_name_it_has)
{
    struct reading x;
    struct form_spec spec;
    json_t *mapping =
        json_pack("{s:{s:s}}", "fields", CALLED[_i].name, "fact.budget");

    memset(&x, 0, sizeof(x));
    ask(&x.a, "{}", NULL, CALLED[_i].body, strlen(CALLED[_i].body));
    x.errs.mem = x.a.mem;
    ck_assert_int_eq(form_spec_compile(mapping, x.a.mem, &spec, &x.errs),
                     ERR_OK);
    x.r = (struct hook_reader){
        .rq = &x.a.rq, .spec = &spec, .mem = x.a.mem, .errs = &x.errs};
    ck_assert_int_eq(hook_find(CALLED[_i].kind)->read(&x.r), ERR_OK);
    ck_assert(x.r.items[0].draft.facts.given & FACT_BUDGET);
    ck_assert_int_eq(x.r.items[0].draft.facts.budget, 15000000);
    json_decref(mapping);
    done(&x);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("hook_read");

    tcase_add_loop_test(tc, a_body_becomes_its_lead, 0, ARRAY_LEN(LEADS));
    tcase_add_test(tc, a_click_id_and_hidden_fields_reach_the_touch);
    tcase_add_test(tc, the_zalo_user_is_an_identifier);
    tcase_add_test(tc, a_zalo_event_is_known_by_its_message_or_its_moment);
    tcase_add_test(tc, a_lead_whose_id_is_blank_has_none);
    tcase_add_test(tc, a_batch_gives_each_its_own);
    tcase_add_loop_test(tc, a_tiktok_mock_lead_is_known_by_its_name, 0,
                        (int)ARRAY_LEN(MOCKS));
    tcase_add_test(tc, a_tiktok_lead_is_one_unless_it_says_otherwise);
    tcase_add_test(tc, a_test_mark_is_known_in_any_scalar);
    tcase_add_test(tc, a_body_with_an_id_beyond_64_bits_is_redacted_and_read);
    tcase_add_loop_test(tc, pointers_of_the_mapping_point_into_the_body, 0,
                        ARRAY_LEN(POINTED));
    tcase_add_test(tc, a_cloudevent_is_named_alike_in_every_mode);
    tcase_add_test(tc,
                   a_cloudevent_without_id_or_source_is_a_lead_without_a_name);
    tcase_add_test(tc, cloudevents_structured_and_binary);
    tcase_add_test(tc, a_box_snapchat_says_is_empty_takes_nothing_back);
    tcase_add_loop_test(tc, an_answer_is_mapped_by_any_name_it_has, 0,
                        ARRAY_LEN(CALLED));
    return unit_run(tc, "hook_read");
}
