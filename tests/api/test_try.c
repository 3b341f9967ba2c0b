/* POST /v1/sources/{id}/try: what a body would become, and nothing written. */
#include "api/real_server.h"

static const char *source_key;

/* @return "/v1/sources/{id}/try" of a new source that is known by now */
static const char *make_source(const char *members)
{
    const struct reply *r =
        post(srv.admin, "/v1/sources",
             text("{\"kind\": \"form\", \"name\": \"%s\"%s}", fresh("try"),
                  members));

    EXPECT(r, 201);
    source_key = keep("%s", reply_text(r, "/source_key"));
    ck_assert(UNTIL(call(srv.port, "POST", text("/v1/forms/%s", source_key),
                         NULL, NULL, "{}")
                            ->status == 422,
                    5000));
    return keep("/v1/sources/%s/try", reply_text(r, "/id"));
}

static const struct reply *try_json(const char *path, const char *body)
{
    return post(srv.marketing, path, body);
}

/* @return what became of the field of that name, "use target" */
static const char *use_of(const struct reply *r, const char *name)
{
    const json_t *one, *target;
    size_t i;

    json_array_foreach (reply_at(r, "/fields"), i, one) {
        if (strcmp(json_string_value(json_object_get(one, "name")), name) != 0)
            continue;
        target = json_object_get(one, "target");
        return text("%s %s", json_string_value(json_object_get(one, "use")),
                    target ? json_string_value(target) : "-");
    }
    return "missing";
}

#define MAPPING                                                                \
    ", \"mapping\": {\"fields\": {\"quan_tam\": {\"to\": \"fact.need\","       \
    " \"values\": {\"Có\": \"explicit_matched\"}}, \"rac\": \"ignore\","      \
    " \"/x/y\": \"contact.company\"}, \"join\": {\"contact.name\":"            \
    " [\"ho\", \"dem\"]}}"

START_TEST(a_body_is_shown_as_the_lead_it_would_be)
{
    const char *path = make_source(MAPPING);
    const char *name = fresh("shown");
    const struct reply *r = try_json(
        path, text("{\"sdt\": \"0169 5678945\", \"email\": \"%s@X.example\","
                   " \"quan_tam\": \"có\", \"rac\": \"1\", \"ho\": \"Lê\","
                   " \"dem\": \"An\", \"x\": {\"y\": \"ACME\"},"
                   " \"la\": \"?\", \"trong\": \"\","
                   " \"consent_marketing\": \"yes\","
                   " \"utm_source\": \"fb\"}",
                   name));

    EXPECT(r, 200);
    ck_assert(json_is_true(reply_at(r, "/accepted")));
    ck_assert_str_eq(reply_text(r, "/drafts/0/contact/name"), "Lê An");
    ck_assert_str_eq(reply_text(r, "/drafts/0/contact/company"), "ACME");
    ck_assert_str_eq(reply_text(r, "/drafts/0/identifiers/0/kind"), "phone");
    ck_assert_str_eq(reply_text(r, "/drafts/0/identifiers/0/value"),
                     "+84395678945");
    ck_assert_str_eq(reply_text(r, "/drafts/0/identifiers/0/raw"),
                     "0169 5678945");
    ck_assert_uint_gt(strlen(reply_text(r, "/drafts/0/identifiers/0/rule")), 0);
    ck_assert_str_eq(reply_text(r, "/drafts/0/facts/need"), "explicit_matched");
    ck_assert_str_eq(reply_text(r, "/drafts/0/touch/channel"), "fb");
    ck_assert_str_eq(reply_text(r, "/drafts/0/consent/0/purpose"), "marketing");
    ck_assert_str_eq(reply_text(r, "/drafts/0/origin"), "marketing");
    ck_assert_str_eq(reply_text(r, "/drafts/0/events/0/type"), "form_submit");
    ck_assert_int_eq(reply_int(r, "/drafts/0/score/criteria/need"), 25);
    ck_assert_int_eq(reply_int(r, "/drafts/0/score/score"), 28);
    ck_assert_str_eq(use_of(r, "quan_tam"), "used fact.need");
    ck_assert_str_eq(use_of(r, "x.y"), "used contact.company");
    ck_assert_str_eq(use_of(r, "ho"), "used contact.name");
    ck_assert_str_eq(use_of(r, "rac"), "ignored -");
    ck_assert_str_eq(use_of(r, "la"), "unknown -");
    ck_assert_str_eq(use_of(r, "trong"), "empty -");
    ck_assert_str_eq(use_of(r, "consent_marketing"), "used consent.marketing");
    ck_assert_uint_eq(found(text("%s@x.example", name)), 0);
}
END_TEST

/* As the lead would have it: the first number is none. */
START_TEST(the_number_that_is_used_is_shown)
{
    const struct reply *r =
        try_json(make_source(""), "{\"phone\": \"123\","
                                  " \"zalo\": \"0912 345 678\"}");

    EXPECT(r, 200);
    ck_assert(json_is_true(reply_at(r, "/accepted")));
    ck_assert_str_eq(reply_text(r, "/drafts/0/contact/phone"), "0912 345 678");
    ck_assert_str_eq(reply_text(r, "/drafts/0/identifiers/0/value"),
                     "+84912345678");
    r = try_json(make_source(""), "{\"phone\": \"0912 345 679\","
                                  " \"zalo\": \"0912 345 678\"}");
    ck_assert_str_eq(reply_text(r, "/drafts/0/contact/phone"), "0912 345 679");
}
END_TEST

START_TEST(it_never_differs_from_the_real_thing)
{
    const char *path = make_source(MAPPING);
    const char *name = fresh("same");
    const char *body =
        keep("email=%s%%40mail.example&quan_tam=C%%C3%%B3&ho=L&dem=A"
             "&phone=090x",
             name);
    const struct reply *r =
        call(srv.port, "POST", path, srv.admin, FORM_TYPE, body);
    int score;

    EXPECT(r, 200);
    score = (int)reply_int(r, "/drafts/0/score/score");
    EXPECT(call(srv.port, "POST", text("/v1/forms/%s", source_key), NULL,
                FORM_TYPE, body),
           201);
    r = get(srv.marketing,
            text("/v1/leads/%s", the_lead(text("%s@mail.example", name))));
    ck_assert_int_eq(reply_int(r, "/score"), score);
    ck_assert_str_eq(reply_text(r, "/contact/name"), "L A");
}
END_TEST

START_TEST(a_stored_receipt_is_tried_with_todays_mapping)
{
    const char *path = make_source("");
    const char *id = keep("%.36s", path + strlen("/v1/sources/"));
    const struct reply *r =
        call(srv.port, "POST", text("/v1/forms/%s", source_key), NULL,
             FORM_TYPE, text("email=%s@mail.example&ai=An", fresh("old")));
    const char *body =
        keep("{\"receipt_id\": \"%s\"}", reply_text(r, "/receipt_id"));

    EXPECT(r, 201);
    r = try_json(path, body);
    EXPECT(r, 200);
    ck_assert_str_eq(use_of(r, "ai"), "unknown -");
    EXPECT(patch(srv.admin, text("/v1/sources/%s", id),
                 "{\"mapping\": {\"fields\": {\"ai\": \"contact.name\"}}}"),
           200);
    r = try_json(path, body);
    ck_assert_str_eq(reply_text(r, "/drafts/0/contact/name"), "An");
    EXPECT(try_json(path, "{\"receipt_id\":"
                          " \"01980a7c-1f2e-7b3a-9c4d-5e6f70819203\"}"),
           404);
    EXPECT(try_json(path, "{\"receipt_id\": \"x\"}"), 422);
}
END_TEST

START_TEST(what_would_be_refused_says_why)
{
    const char *path = make_source("");
    const struct reply *r = try_json(path, "{\"name\": \"Nobody\"}");

    EXPECT(r, 200);
    ck_assert(json_is_false(reply_at(r, "/accepted")));
    ck_assert_str_eq(reply_text(r, "/code"), "no_identifier");
    ck_assert_str_eq(reply_text(r, "/errors/0/code"), "no_identifier");
    ck_assert_str_eq(use_of(r, "name"), "used contact.name");
    r = try_json(path, "{\"content_type\": \"application/xml\","
                       " \"body\": \"<a/>\"}");
    ck_assert_str_eq(reply_text(r, "/code"), "media_type");
    r = try_json(path, "{\"content_type\": "
                       "\"application/x-www-form-urlencoded\","
                       " \"body\": \"email=a@b.example&website=x\"}");
    ck_assert_str_eq(reply_text(r, "/drafts/0/quarantine"), "honeypot");
    ck_assert(json_is_null(reply_at(r, "/drafts/0/score")));
    ck_assert_str_eq(use_of(r, "website"), "honeypot -");
    r = try_json(path, "{\"email\": ");
    ck_assert_str_eq(reply_text(r, "/code"), "bad_json");
}
END_TEST

START_TEST(only_marketing_and_admin_may_try)
{
    const char *path = make_source("");

    EXPECT(post(srv.sales, path, "{}"), 403);
    EXPECT(post(srv.intake, path, "{}"), 403);
    EXPECT(post(srv.admin, path, "{}"), 200);
    EXPECT(post(srv.admin,
                "/v1/sources/01980a7c-1f2e-7b3a-9c4d-5e6f70819203/try", "{}"),
           404);
}
END_TEST

START_TEST(what_is_read_without_a_mapping_is_shown_as_used)
{
    const char *path = make_source("");
    const struct reply *r =
        try_json(path, "{\"sdt\": \"0169 5678945\", \"consent_marketing\":"
                       " \"kh\u00f4ng\", \"consent_wording\": \"v7\","
                       " \"_leadd_token\": \"t\", \"cf-turnstile-response\":"
                       " \"c\", \"wording\": \"w\"}");

    EXPECT(r, 200);
    ck_assert_str_eq(use_of(r, "consent_wording"), "used -");
    ck_assert_str_eq(use_of(r, "_leadd_token"), "used -");
    ck_assert_str_eq(use_of(r, "cf-turnstile-response"), "used -");
    ck_assert_str_eq(use_of(r, "wording"), "unknown -");
    ck_assert_str_eq(use_of(r, "consent_marketing"), "used consent.marketing");
    ck_assert_str_eq(reply_text(r, "/drafts/0/consent/0/status"), "denied");
    ck_assert_str_eq(reply_text(r, "/drafts/0/consent/0/wording"), "v7");
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("try");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, a_body_is_shown_as_the_lead_it_would_be);
    tcase_add_test(tc, the_number_that_is_used_is_shown);
    tcase_add_test(tc, it_never_differs_from_the_real_thing);
    tcase_add_test(tc, a_stored_receipt_is_tried_with_todays_mapping);
    tcase_add_test(tc, what_would_be_refused_says_why);
    tcase_add_test(tc, only_marketing_and_admin_may_try);
    tcase_add_test(tc, what_is_read_without_a_mapping_is_shown_as_used);
    return real_server_main(tc, "try", NULL);
}
