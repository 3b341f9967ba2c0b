/* POST /v1/forms/{form_key}, as pages, scripts and builders post it. */
#include "api/real_server.h"

static const char *form_path(void)
{
    return text("/v1/forms/%s", srv.form_key);
}

static const struct reply *form(const char *headers, const char *body)
{
    return call(srv.port, "POST", form_path(), NULL, headers, body);
}

static const struct reply *form_json(const char *body)
{
    return form("Content-Type: application/json\r\n", body);
}

/* The body is exactly this: nothing of score, stage or whether known. */
static void check_receipt(const struct reply *r)
{
    EXPECT(r, 201);
    ck_assert_uint_eq(json_object_size(r->json), 2);
    ck_assert_uint_eq(strlen(reply_text(r, "/receipt_id")), 36);
    ck_assert_str_eq(reply_text(r, "/status"), "accepted");
    ck_assert_int_eq(
        sql_int(text("SELECT count(*) FROM receipt WHERE receipt_id = '%s'",
                     reply_text(r, "/receipt_id"))),
        1);
}

/* A source of the test's own, known to the server. @return its key */
static const char *make_source(const char *members)
{
    const struct reply *r =
        post(srv.admin, "/v1/sources",
             text("{\"kind\": \"form\", \"name\": \"%s\"%s}", fresh("source"),
                  members));
    const char *key = keep("%s", reply_text(r, "/source_key"));

    EXPECT(r, 201);
    ck_assert(UNTIL(
        call(srv.port, "POST", text("/v1/forms/%s", key), NULL, NULL, "{}")
                ->status == 422,
        5000));
    return key;
}

START_TEST(urlencoded_is_taken)
{
    const char *name = fresh("url");

    check_receipt(form(FORM_TYPE, text("name=Minh+An&email=%s%%40mail.example"
                                       "&utm_source=fb&unknown=kept",
                                       name)));
    ck_assert_str_eq(
        reply_text(
            get(srv.marketing,
                text("/v1/leads/%s", the_lead(text("%s@mail.example", name)))),
            "/contact/name"),
        "Minh An");
}
END_TEST

START_TEST(multipart_is_taken)
{
    const char *name = fresh("multi");
    const char *body = keep(
        "--b1\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n"
        "L\xc3\xaa V\xc4\x83n\r\n--b1\r\n"
        "Content-Disposition: form-data; name=\"email\"\r\n\r\n"
        "%s@mail.example\r\n--b1\r\nContent-Disposition: form-data; "
        "name=\"cv\"; filename=\"cv.txt\"\r\nContent-Type: text/plain\r\n\r\n"
        "file\r\n--b1--\r\n",
        name);

    check_receipt(
        form("Content-Type: multipart/form-data; boundary=b1\r\n", body));
    ck_assert_uint_eq(found(text("%s@mail.example", name)), 1);
}
END_TEST

START_TEST(json_and_json_called_text_are_taken)
{
    const char *name = fresh("json");
    const char *body = keep("{\"email\": \"%s@mail.example\"}", name);

    check_receipt(form_json(body));
    ck_assert_uint_eq(found(text("%s@mail.example", name)), 1);
    name = fresh("plain");
    check_receipt(form("Content-Type: text/plain;charset=UTF-8\r\n",
                       text("{\"email\": \"%s@mail.example\"}", name)));
    ck_assert_uint_eq(found(text("%s@mail.example", name)), 1);
}
END_TEST

START_TEST(a_plain_page_is_sent_to_the_success_page)
{
    const char *key =
        make_source(", \"success_url\": \"https://x.example/ok\"");
    const char *headers = FORM_TYPE "Accept: text/html,*/*;q=0.8\r\n";
    const struct reply *r =
        call(srv.port, "POST", text("/v1/forms/%s", key), NULL, headers,
             text("email=%s@mail.example", fresh("page")));
    char where[128];

    EXPECT(r, 303);
    ck_assert_str_eq(reply_field(r, "Location", where, sizeof(where)),
                     "https://x.example/ok");
    r = form(headers, text("email=%s@mail.example", fresh("page")));
    EXPECT(r, 201); /* no success page: a short one of ours */
    ck_assert_ptr_nonnull(strstr(r->body, "Thank you"));
}
END_TEST

START_TEST(cors_follows_the_origins_of_the_source)
{
    const char *key =
        make_source(", \"allowed_origins\": [\"https://good.example\"]");
    const char *path = keep("/v1/forms/%s", key);
    const char *body = text("{\"email\": \"%s@mail.example\"}", fresh("cors"));
    const struct reply *r;
    char v[256];

    r = call(srv.port, "POST", path, NULL, "Origin: https://good.example\r\n",
             body);
    EXPECT(r, 201);
    ck_assert_str_eq(
        reply_field(r, "Access-Control-Allow-Origin", v, sizeof(v)),
        "https://good.example");
    r = call(srv.port, "POST", path, NULL, "Origin: https://evil.example\r\n",
             body);
    EXPECT(r, 403);
    ck_assert_ptr_null(
        reply_field(r, "Access-Control-Allow-Origin", v, sizeof(v)));
    r = call(srv.port, "OPTIONS", path, NULL,
             "Origin: https://good.example\r\n"
             "Access-Control-Request-Method: POST\r\n"
             "Access-Control-Request-Headers: content-type\r\n",
             NULL);
    EXPECT(r, 204);
    ck_assert_str_eq(
        reply_field(r, "Access-Control-Allow-Methods", v, sizeof(v)), "POST");
    ck_assert_ptr_nonnull(
        strstr(reply_field(r, "Access-Control-Allow-Headers", v, sizeof(v)),
               "content-type"));
    EXPECT(call(srv.port, "OPTIONS", path, NULL,
                "Origin: https://evil.example\r\n"
                "Access-Control-Request-Method: POST\r\n",
                NULL),
           403);
}
END_TEST

START_TEST(a_filled_honeypot_looks_accepted_and_makes_no_lead)
{
    const char *name = fresh("bot");
    const struct reply *r =
        form(FORM_TYPE, text("email=%s%%40mail.example&website=spam", name));

    check_receipt(r);
    ck_assert_uint_eq(found(text("%s@mail.example", name)), 0);
    ck_assert_int_eq(
        sql_int(text("SELECT count(*) FROM quarantine WHERE receipt_id = '%s'",
                     reply_text(r, "/receipt_id"))),
        1);
}
END_TEST

START_TEST(what_cannot_be_taken_is_refused_by_its_kind)
{
    static char big[300 * 1024];
    const struct reply *r = form_json("{\"name\": \"Nobody\"}");

    EXPECT(r, 422);
    ck_assert_str_eq(reply_text(r, "/errors/0/code"), "no_identifier");
    EXPECT(form_json("{\"email\": \"no address\"}"), 422);
    EXPECT(call(srv.port, "POST", "/v1/forms/1-nosuchkey", NULL, NULL,
                "{\"email\": \"a@b.example\"}"),
           404);
    EXPECT(form("Content-Type: application/xml\r\n", "<a/>"), 415);
    EXPECT(form("Content-Type: text/plain\r\n", "hello"), 415);
    EXPECT(call(srv.port, "POST", "/v1/leads", srv.intake,
                "Content-Type: application/json; charset=latin1\r\n",
                "{\"contact\":{\"phone\":\"0900000001\"}}"),
           415);
    EXPECT(call(srv.port, "POST", "/v1/leads", srv.intake,
                "Content-Type: application/json; charset=\"UTF-8\"\r\n", "{}"),
           422);
    EXPECT(form_json("{\"email\": "), 400);
    EXPECT(form_json("[{\"email\": \"a@b.example\"}]"), 400);
    EXPECT(form("Content-Type: multipart/form-data\r\n", "--x--"), 400);
    memset(big, 'a', sizeof(big) - 1);
    EXPECT(form(FORM_TYPE, big), 413);
}
END_TEST

START_TEST(a_bad_phone_beside_a_good_address_loses_nobody)
{
    const char *name = fresh("half");

    check_receipt(form_json(text(
        "{\"email\": \"%s@mail.example\", \"phone\": \"call me\"}", name)));
    ck_assert_uint_eq(found(text("%s@mail.example", name)), 1);
}
END_TEST

START_TEST(a_repeat_is_one_lead_with_a_second_touch)
{
    const char *name = fresh("repeat"), *lead;

    for (int i = 0; i < 2; i++)
        check_receipt(form_json(text("{\"email\": \"%s@Mail.example\","
                                     " \"utm_source\": \"fb\","
                                     " \"utm_campaign\": \"c%d\"}",
                                     name, i)));
    lead = the_lead(text("%s@mail.example", name));
    ck_assert_int_eq(entries(lead, "receipt"), 2);
    ck_assert_int_eq(entries(lead, "touch"), 2);
    ck_assert_str_eq(reply_text(get(srv.marketing, text("/v1/leads/%s", lead)),
                                "/last_touch/campaign"),
                     "c1");
    ck_assert_str_eq(reply_text(get(srv.marketing, text("/v1/leads/%s", lead)),
                                "/first_touch/campaign"),
                     "c0");
}
END_TEST

static void double_click(void *ctx, int i)
{
    struct reply r = http_call(
        srv.port, "POST", text("/v1/forms/%s", srv.form_key), NULL, NULL, ctx);

    (void)i;
    EXPECT(&r, 201);
    reply_free(&r);
}

START_TEST(fifty_equal_posts_at_once_are_one_lead)
{
    const char *name = fresh("click"), *lead;

    together(50, double_click,
             (void *)(uintptr_t)text("{\"email\": \"%s@mail.example\","
                                     " \"phone\": \"%s\"}",
                                     name, fresh_phone()));
    lead = the_lead(text("%s@mail.example", name));
    ck_assert_int_eq(sql_int(text("SELECT count(*) FROM identifier"
                                  " WHERE lead_id = '%s'",
                                  lead)),
                     2);
    ck_assert_int_eq(entries(lead, "receipt"), 50);
}
END_TEST

START_TEST(facts_and_events_come_only_by_the_mapping)
{
    const char *key = make_source(
        ", \"mapping\": {\"fields\": {\"ngan_sach\": \"fact.budget\","
        " \"demo\": \"event:demo_request\"}},"
        " \"defaults\": {\"price\": 15000000, \"currency\": \"VND\"}");
    const char *name = fresh("facts"), *lead;
    const char *body =
        text("{\"email\": \"%s@mail.example\", \"ngan_sach\": \"15tr\","
             " \"demo\": \"yes\", \"need\": \"explicit_matched\","
             " \"authority_role\": \"decision_maker\","
             " \"fact.need\": \"explicit\"}",
             name);
    const struct reply *r;

    check_receipt(
        call(srv.port, "POST", text("/v1/forms/%s", key), NULL, NULL, body));
    lead = the_lead(text("%s@mail.example", name));
    r = get(srv.marketing, text("/v1/leads/%s", lead));
    ck_assert_int_eq(reply_int(r, "/facts/budget"), 15000000);
    ck_assert_int_eq(reply_int(r, "/facts/price"), 15000000);
    ck_assert_ptr_null(reply_at(r, "/facts/need"));
    ck_assert_ptr_null(reply_at(r, "/facts/authority_role"));
    ck_assert_int_eq(reply_int(r, "/criteria/ability_to_pay"), 20);
    ck_assert_int_eq(reply_int(r, "/criteria/engagement"), 11);
    ck_assert_int_eq(entries(lead, "event"), 2);
    name = fresh("nofacts"); /* the demo form maps nothing */
    check_receipt(
        form_json(text("{\"email\": \"%s@mail.example\", \"budget\": \"15tr\","
                       " \"need\": \"explicit\", \"events\": \"demo_request\"}",
                       name)));
    r = get(srv.marketing,
            text("/v1/leads/%s", the_lead(text("%s@mail.example", name))));
    ck_assert_uint_eq(json_object_size(reply_at(r, "/facts")), 0);
    ck_assert_int_eq(reply_int(r, "/criteria/engagement"), 3);
}
END_TEST

/* Trần Thị Ngọc Ánh; composed, and with combining marks. */
#define COMPOSED                                                               \
    "Tr\xe1\xba\xa7n Th\xe1\xbb\x8b Ng\xe1\xbb\x8d"                            \
    "c \xc3\x81nh"
#define DECOMPOSED                                                             \
    "Tra\xcc\x82\xcc\x80n Thi\xcc\xa3 Ngo\xcc\xa3"                             \
    "c A\xcc\x81nh"

START_TEST(a_vietnamese_name_is_found_without_its_marks)
{
    const char *a = fresh("dau"), *b = fresh("dau");
    const char *tag = keep("Q%dx", (int)getpid());

    check_receipt(form_json(text("{\"name\": \"%s %s\", \"email\":"
                                 " \"%s@mail.example\"}",
                                 COMPOSED, tag, a)));
    check_receipt(form(FORM_TYPE, text("name=%s+%s&email=%s@mail.example",
                                       DECOMPOSED, tag, b)));
    ck_assert_uint_eq(found(text("tran%%20thi%%20ngoc%%20anh%%20%s", tag)), 2);
    ck_assert_uint_eq(found(text("ngoc%%20%s", tag)), 2);
    ck_assert_str_eq(reply_text(get(srv.marketing,
                                    text("/v1/leads/%s",
                                         the_lead(text("%s@mail.example", b)))),
                                "/contact/name"),
                     text("%s %s", COMPOSED, tag));
}
END_TEST

START_TEST(an_old_eleven_digit_phone_is_the_new_one)
{
    const char *lead;
    const struct reply *r;

    check_receipt(form_json("{\"phone\": \"0169 5678945\"}"));
    check_receipt(form_json("{\"phone\": \"+84 39 567 8945\"}"));
    lead = the_lead("0395678945");
    ck_assert_str_eq(the_lead("01695678945"), lead);
    ck_assert_str_eq(the_lead("%2B84395678945"), lead);
    r = get(srv.marketing, text("/v1/leads/%s", lead));
    ck_assert_str_eq(reply_text(r, "/contact/phone"), "+84395678945");
    ck_assert_int_eq(entries(lead, "receipt"), 2);
}
END_TEST

START_TEST(the_post_itself_is_an_event_that_counts)
{
    const char *name = fresh("event");
    const struct reply *r;

    check_receipt(form_json(text("{\"email\": \"%s@mail.example\"}", name)));
    r = get(srv.marketing,
            text("/v1/leads/%s", the_lead(text("%s@mail.example", name))));
    ck_assert_int_eq(reply_int(r, "/criteria/engagement"), 3);
    ck_assert_int_eq(reply_int(r, "/score"), 3);
    ck_assert_str_eq(reply_text(r, "/stage"), "iql");
}
END_TEST

START_TEST(the_same_idempotency_key_gives_the_first_receipt_again)
{
    const char *body = text("{\"email\": \"%s@mail.example\"}", fresh("idem"));
    const char *header = keep("Idempotency-Key: %s\r\n", fresh("key"));
    const char *first =
        keep("%s", reply_text(form(header, body), "/receipt_id"));
    const struct reply *r = form(header, body);
    char v[16];

    EXPECT(r, 201);
    ck_assert_str_eq(reply_text(r, "/receipt_id"), first);
    ck_assert_str_eq(reply_field(r, "Idempotency-Replayed", v, sizeof(v)),
                     "true");
    EXPECT(form(header, "{\"email\": \"other@mail.example\"}"), 422);
}
END_TEST

static long long receipts(void)
{
    return sql_int("SELECT count(*) FROM receipt");
}

static void check_key_gone(const struct reply *r)
{
    check_receipt(r);
    ck_assert_int_eq(
        sql_int(text("SELECT count(*) FROM receipt WHERE receipt_id = '%s'"
                     " AND position('hush' IN convert_from(body, 'UTF8')) = 0"
                     " AND position('hush' IN coalesce(headers::text, '')) = 0",
                     reply_text(r, "/receipt_id"))),
        1);
}

START_TEST(a_source_with_a_key_takes_only_who_knows_it)
{
    const struct reply *r = post(srv.admin, "/v1/sources",
                                 text("{\"kind\": \"form\", \"name\": \"%s\","
                                      " \"secrets\": {\"key\": \"hush-1\"}}",
                                      fresh("keyed")));
    const char *path = keep("/v1/forms/%s", reply_text(r, "/source_key"));
    const char *id = keep("%s", reply_text(r, "/id"));
    const char *body = keep("email=%s%%40mail.example", fresh("keyed"));
    long long before;

    EXPECT(r, 201);
    ck_assert(UNTIL(
        call(srv.port, "POST", path, NULL, NULL, "{}")->status == 401, 5000));
    before = receipts();
    r = call(srv.port, "POST", path, NULL, FORM_TYPE, body);
    EXPECT(r, 401);
    ck_assert_int_eq(reply_int(r, "/code"), 1011);
    EXPECT(call(srv.port, "POST", path, NULL, FORM_TYPE "X-Api-Key: hush\r\n",
                body),
           401);
    EXPECT(call(srv.port, "POST", path, NULL, FORM_TYPE,
                text("%s&key=hush", body)),
           401);
    EXPECT(call(srv.port, "POST", text("%s/visits", path), NULL, NULL, "{}"),
           401);
    ck_assert_int_eq(receipts(), before);
    check_key_gone(call(srv.port, "POST", path, NULL,
                        FORM_TYPE "X-Api-Key: hush-1\r\n", body));
    check_key_gone(call(srv.port, "POST", path, NULL, FORM_TYPE,
                        text("%s&api_key=hush-1", body)));
    EXPECT(patch(srv.admin, text("/v1/sources/%s", id),
                 "{\"secrets\": {\"key\": \"hush-2\"}}"),
           200);
    check_key_gone(call(srv.port, "POST", path, NULL, FORM_TYPE,
                        text("%s&key=hush-2", body)));
    check_key_gone(call(srv.port, "POST", path, NULL, FORM_TYPE,
                        text("%s&key=hush-1", body)));
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("forms");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, urlencoded_is_taken);
    tcase_add_test(tc, multipart_is_taken);
    tcase_add_test(tc, json_and_json_called_text_are_taken);
    tcase_add_test(tc, a_plain_page_is_sent_to_the_success_page);
    tcase_add_test(tc, cors_follows_the_origins_of_the_source);
    tcase_add_test(tc, a_filled_honeypot_looks_accepted_and_makes_no_lead);
    tcase_add_test(tc, what_cannot_be_taken_is_refused_by_its_kind);
    tcase_add_test(tc, a_bad_phone_beside_a_good_address_loses_nobody);
    tcase_add_test(tc, a_repeat_is_one_lead_with_a_second_touch);
    tcase_add_test(tc, fifty_equal_posts_at_once_are_one_lead);
    tcase_add_test(tc, facts_and_events_come_only_by_the_mapping);
    tcase_add_test(tc, a_vietnamese_name_is_found_without_its_marks);
    tcase_add_test(tc, an_old_eleven_digit_phone_is_the_new_one);
    tcase_add_test(tc, the_post_itself_is_an_event_that_counts);
    tcase_add_test(tc, the_same_idempotency_key_gives_the_first_receipt_again);
    tcase_add_test(tc, a_source_with_a_key_takes_only_who_knows_it);
    return real_server_main(tc, "forms", NULL);
}
