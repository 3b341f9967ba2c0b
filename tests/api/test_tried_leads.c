/* Leads a platform only tries its delivery with, and the people behind them. */
#include "api/real_server.h"
#include "lib/hook_sender.h"

static const struct reply *lead(const struct hook_source *s, const char *id,
                                bool test, const char *mail, const char *phone)
{
    return call(srv.port, "POST", hook_path(s), NULL, NULL,
                text("{\"lead_id\": \"%s\", \"google_key\": \"k\","
                     " \"is_test\": %s, \"user_column_data\":"
                     " [{\"column_id\": \"EMAIL\", \"string_value\": \"%s\"},"
                     " {\"column_id\": \"PHONE_NUMBER\", \"string_value\":"
                     " \"%s\"}]}",
                     id, test ? "true" : "false", mail, phone));
}

static const struct reply *shown(const char *id)
{
    const struct reply *r = get(srv.marketing, text("/v1/leads/%s", id));

    EXPECT(r, 200);
    return r;
}

static bool counted(const struct hook_source *s)
{
    const struct reply *r = get(srv.marketing, "/v1/funnel?group_by=source");

    EXPECT(r, 200);
    return strstr(r->body, s->name);
}

START_TEST(a_person_after_a_test_is_a_lead_of_its_own)
{
    struct hook_source s = hook_source_make(&srv, "google-ads", "k", "", 0);
    const char *mail = keep("%s@mail.example", fresh("tried"));
    const char *other = keep("%s@mail.example", fresh("other"));
    const char *phone = fresh_phone(), *test, *real;
    const struct reply *r;

    EXPECT(lead(&s, fresh("t"), true, mail, phone), 200);
    test = the_lead(mail);
    EXPECT(lead(&s, fresh("r"), false, other, phone), 200);
    real = the_lead(phone);
    ck_assert_str_ne(real, test);
    ck_assert(json_is_false(reply_at(shown(real), "/test")));
    ck_assert(counted(&s));
    /* the test lead is the person, who has what that person said */
    r = shown(test);
    ck_assert_str_eq(reply_text(r, "/id"), real);
    ck_assert_str_eq(reply_text(r, "/contact/email"), other);
    ck_assert_uint_eq(found(phone), 1);
    ck_assert_uint_eq(found(mail), 0);
    /* another test changes nothing, and somebody else is somebody else */
    EXPECT(lead(&s, fresh("t"), true, mail, phone), 200);
    ck_assert(json_is_false(reply_at(shown(the_lead(phone)), "/test")));
    EXPECT(lead(&s, fresh("r"), false, mail, fresh_phone()), 200);
    ck_assert_str_ne(the_lead(mail), real);
    ck_assert_int_eq(sql_int("SELECT count(*) FROM review"), 0);
}
END_TEST

START_TEST(two_tests_give_way_to_one_known_person)
{
    struct hook_source s = hook_source_make(&srv, "google-ads", "k", "", 0);
    const char *one = keep("%s@mail.example", fresh("one"));
    const char *two = keep("%s@mail.example", fresh("two"));
    const char *phone = fresh_phone(), *real;

    EXPECT(lead(&s, fresh("t"), true, one, fresh_phone()), 200);
    EXPECT(lead(&s, fresh("t"), true, two, fresh_phone()), 200);
    EXPECT(lead(&s, fresh("r"), false, "", phone), 200);
    real = the_lead(phone);
    EXPECT(lead(&s, fresh("r"), false, one, phone), 200);
    EXPECT(lead(&s, fresh("r"), false, two, phone), 200);
    ck_assert_str_eq(the_lead(one), real);
    ck_assert_str_eq(the_lead(two), real);
    ck_assert_str_eq(the_lead(phone), real);
}
END_TEST

START_TEST(what_was_tried_may_come_for_real)
{
    struct hook_source s = hook_source_make(&srv, "google-ads", "k", "", 0);
    const char *id = fresh("same"), *phone = fresh_phone(), *other;
    const char *tried = fresh_phone(), *real;

    EXPECT(lead(&s, id, true, "", tried), 200);
    EXPECT(lead(&s, id, false, "", phone), 200);
    real = the_lead(phone);
    ck_assert(json_is_false(reply_at(shown(real), "/test")));
    EXPECT(lead(&s, id, false, "", phone), 200); /* and then once */
    ck_assert_int_eq(entries(real, "touch"), 1);
    /* a number put right is the person's, whoever tried with it */
    other = fresh_phone();
    EXPECT(lead(&s, fresh("t"), true, "", other), 200);
    EXPECT(patch(srv.sales, text("/v1/leads/%s", real),
                 text("{\"contact\": {\"phone\": \"%s\"}}", other)),
           200);
    ck_assert_str_eq(the_lead(other), real);
}
END_TEST

START_TEST(who_withdraws_is_forgotten_in_the_tests_too)
{
    struct hook_source s = hook_source_make(&srv, "google-ads", "k", "", 0);
    struct hook_source l = hook_linkedin_make(&srv);
    const char *mail = keep("%s@mail.example", fresh("gone"));
    const char *phone = fresh_phone();

    EXPECT(lead(&s, fresh("t"), true, mail, phone), 200);
    EXPECT(post(srv.intake, "/v1/leads",
                text("{\"contact\": {\"email\": \"%s\"}, \"source\": \"%s\","
                     " \"external_id\": \"" HOOK_WITHDRAWN "\"}",
                     mail, l.name)),
           201);
    hook_withdraw(&srv, &l);
    ck_assert_uint_eq(found(mail), 0);
    ck_assert_uint_eq(found(phone), 0);
    ck_assert_int_eq(sql_int(text("SELECT count(*) FROM receipt WHERE"
                                  " position('%s'::bytea IN body) > 0",
                                  mail)),
                     0);
}
END_TEST

START_TEST(a_test_is_neither_worked_nor_exported)
{
    struct hook_source s = hook_source_make(&srv, "google-ads", "k", "", 0);
    const char *mail = keep("%s@mail.example", fresh("unworked")), *id;
    const struct reply *r;

    EXPECT(lead(&s, fresh("t"), true, mail, ""), 200);
    id = the_lead(mail);
    sql_run(text("UPDATE lead SET stage = 'sql' WHERE lead_id = '%s'", id));
    EXPECT(post(srv.sales, text("/v1/leads/%s/claim", id), "{}"), 409);
    r = get(srv.marketing, text("/v1/exports?q=%s", mail));
    EXPECT(r, 200);
    ck_assert_str_eq(r->body, "");
    r = get(srv.marketing, text("/v1/exports?source=%s&format=csv", s.name));
    EXPECT(r, 200);
    ck_assert_ptr_null(strstr(r->body, mail));
}
END_TEST

START_TEST(a_test_is_no_colleague)
{
    struct hook_source s = hook_source_make(&srv, "google-ads", "k", "", 0);
    const char *firm = fresh("firm");

    EXPECT(lead(&s, fresh("t"), true, keep("a@%s.example", firm), ""), 200);
    EXPECT(lead(&s, fresh("r"), false, keep("b@%s.example", firm), ""), 200);
    ck_assert_int_eq(sql_int(text("SELECT count(*) FROM lead l"
                                  " JOIN account a USING (workspace_id,"
                                  " account_id) WHERE a.name = '%s.example'",
                                  firm)),
                     1);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("tried_leads");

    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, a_person_after_a_test_is_a_lead_of_its_own);
    tcase_add_test(tc, two_tests_give_way_to_one_known_person);
    tcase_add_test(tc, what_was_tried_may_come_for_real);
    tcase_add_test(tc, who_withdraws_is_forgotten_in_the_tests_too);
    tcase_add_test(tc, a_test_is_neither_worked_nor_exported);
    tcase_add_test(tc, a_test_is_no_colleague);
    return real_server_main(tc, "tried_leads", NULL);
}
