/* Reading leads back, through the real server, from a fake Graph and LinkedIn
 * server: the fixtures of the platforms, their errors, slowness and limits. */
#include "api/fetch_fixture.h"
#include "base/base.h"

#define LI_LEAD "4f0d1c2b-7a6e-4c3d-9b1a-0c9d8e7f6a5b-5"

/* ---- reading ---- */

START_TEST(a_named_lead_is_read_and_becomes_a_lead)
{
    const char *s = source("meta", "{\"page_token\":\"tok-read\"}");
    const char *id = lead_id();

    lead_at_meta(id, "Nguyen Read");
    name_lead("meta", s, id, "104482718655321", "");
    wait_for(id, "done", NULL);
    ck_assert_int_eq(fake_asked(text("GET /v25.0/%s?fields=id,created_time,"
                                     "ad_id,ad_name,adset_id,adset_name,"
                                     "campaign_id,campaign_name,form_id,"
                                     "is_organic,platform,field_data,"
                                     "custom_disclaimer_responses HTTP",
                                     id)),
                     1);
    ck_assert_int_ge(fake_asked("Authorization: Bearer tok-read\r\n"), 1);
    ck_assert_int_eq(fake_asked("access_token"), 0);
    ck_assert_uint_eq(found(text("%s%%40example.com", id)), 1);
    ck_assert_str_eq(json_string_value(json_object_get(row_of(id), "lead_id")),
                     the_lead(text("%s%%40example.com", id)));
    ck_assert_str_eq(page_state(s, "104482718655321"), "working");
    retry(id, 409); /* nothing left to try */
}
END_TEST

START_TEST(reading_a_lead_twice_changes_nothing)
{
    const char *s = source("meta", "{\"page_token\":\"t\"}");
    const char *id = lead_id();

    lead_at_meta(id, "Nguyen Twice");
    name_lead("meta", s, id, "1", "");
    wait_for(id, "done", NULL);
    /* as if the instance had died before it could say so */
    sql_run(text("UPDATE fetch_queue SET state = 'leased', next_at = now() +"
                 " interval '500 ms' WHERE external_id = '%s'",
                 id));
    wait_for(id, "done", NULL);
    ck_assert_int_eq(fake_asked(text("/%s?", id)), 2);
    ck_assert_uint_eq(found(text("%s%%40example.com", id)), 1);
    ck_assert_int_eq(
        sql_int(text("SELECT count(*) FROM receipt WHERE door = 'meta_lead'"
                     " AND convert_from(body, 'UTF8') LIKE '%%%s%%'",
                     id)),
        1);
}
END_TEST

START_TEST(a_page_may_have_a_token_of_its_own)
{
    const char *s = source("meta", "{\"page_token\":\"tok-all\","
                                   "\"page_tokens\":{\"77\":\"tok-77\"}}");
    const char *id = lead_id();

    lead_at_meta(id, "Nguyen Own");
    name_lead("meta", s, id, "77", "");
    wait_for(id, "done", NULL);
    ck_assert_int_eq(fake_asked("Bearer tok-77\r\n"), 1);
    ck_assert_int_eq(fake_asked("Bearer tok-all\r\n"), 0);
}
END_TEST

START_TEST(what_cannot_be_understood_is_kept)
{
    const char *s = source("meta", "{\"page_token\":\"t\"}");
    const char *id = lead_id();

    fake_answer(text("/%s?", id), 200, "{\"nothing\":\"known\"}");
    name_lead("meta", s, id, "1", "");
    wait_for(id, "done", NULL);
    ck_assert_int_eq(sql_int(text("SELECT count(*) FROM receipt JOIN quarantine"
                                  " USING (workspace_id, receipt_id) WHERE"
                                  " source_id = '%s'",
                                  s)),
                     1);
}
END_TEST

/* ---- errors ---- */

START_TEST(passing_faults_are_tried_again)
{
    const char *s = source("meta", "{\"page_token\":\"t\"}");
    const char *id = lead_id();

    lead_at_meta(id, "Nguyen Again");
    fake_answer_times(text("/%s?", id), 500,
                      "@" META "graph_error_transient.json", 2);
    fake_answer_times(text("/%s?", id), 503, "<html>", 1);
    name_lead("meta", s, id, "1", "");
    wait_for(id, "done", NULL);
    ck_assert_int_eq(attempts_of(id), 4);
}
END_TEST

START_TEST(a_slow_platform_is_left_and_asked_again)
{
    const char *s = source("meta", "{\"page_token\":\"t\"}");
    const char *id = lead_id();
    struct fake_rule slow = {.status = 200, .delay_ms = 3000, .times = 1};

    lead_at_meta(id, "Nguyen Slow");
    snprintf(slow.part, sizeof(slow.part), "/%s?", id);
    fake_rule(&slow);
    name_lead("meta", s, id, "1", "");
    wait_for(id, "done", NULL);
    ck_assert_int_eq(attempts_of(id), 2);
}
END_TEST

START_TEST(a_lead_that_is_not_there_is_parked_and_can_be_retried)
{
    const char *s = source("meta", "{\"page_token\":\"t\"}");
    const char *id = lead_id();

    fake_answer_times(text("/%s?", id), 400, "@" META "graph_error_100_33.json",
                      6);
    name_lead("meta", s, id, "1", "");
    wait_for(id, "parked", "meta_100_33");
    ck_assert_int_eq(attempts_of(id), 6);
    EXPECT(get(srv.admin, "/v1/fetches?state=parked"), 200);
    lead_at_meta(id, "Nguyen Late");
    retry(id, 200);
    wait_for(id, "done", NULL);
}
END_TEST

static const struct {
    int status;
    const char *body, *fields, *cause;
    size_t huge_bytes;
} PARKED[] = {
    {403, "{\"error\":{\"code\":10}}", "", "meta_10", 0},
    {403, "{\"error\":{\"code\":200}}", "", "meta_200", 0},
    {400, "{\"error\":{\"code\":100}}", "", "meta_100", 0},
    {302, "{}", "Location: http://127.0.0.1/elsewhere\r\n", "http_302", 0},
    {200, "", "", "reply_too_large", 70000},
};

START_TEST(what_somebody_must_mend_is_parked_at_once)
{
    const char *s = source("meta", "{\"page_token\":\"t\"}");
    const char *id = lead_id();
    struct fake_rule rule = {.status = PARKED[_i].status,
                             .huge_bytes = PARKED[_i].huge_bytes,
                             .times = -1};

    snprintf(rule.part, sizeof(rule.part), "/%s?", id);
    snprintf(rule.body, sizeof(rule.body), "%s", PARKED[_i].body);
    snprintf(rule.fields, sizeof(rule.fields), "%s", PARKED[_i].fields);
    fake_rule(&rule);
    name_lead("meta", s, id, "1", "");
    wait_for(id, "parked", PARKED[_i].cause);
    ck_assert_int_eq(attempts_of(id), 1);
    ck_assert_int_eq(fake_asked("elsewhere"), 0);
}
END_TEST

START_TEST(an_id_that_is_none_is_never_asked)
{
    const char *s = source("meta", "{\"page_token\":\"t\"}");

    name_lead("meta", s, "../me?x=", "1", "");
    wait_for("../me?x=", "parked", "bad_id");
    ck_assert_int_eq(fake_asked("/me"), 0);
}
END_TEST

/* ---- pages ---- */

START_TEST(a_refused_token_stops_its_page_and_another_starts_it)
{
    const char *s = source("meta", "{\"page_tokens\":{\"501\":\"old-501\","
                                   "\"502\":\"tok-502\"}}");
    const char *bad = lead_id(), *later = lead_id(), *other = lead_id();

    lead_at_meta(bad, "Nguyen Bad");
    lead_at_meta(later, "Nguyen Later");
    lead_at_meta(other, "Nguyen Other");
    fake_answer_times(text("/%s?", bad), 400, "@" META "graph_error_190.json",
                      1);
    name_lead("meta", s, bad, "501", "");
    ck_assert(UNTIL(!strcmp(page_state(s, "501"), "stopped"), WAIT_MS));
    name_lead("meta", s, later, "501", "");
    name_lead("meta", s, other, "502", "");
    wait_for(other, "done", NULL); /* not its fault */
    ck_assert(UNTIL(row_is(later, "last_error", "page_stopped"), WAIT_MS));
    ck_assert(row_is(bad, "state", "pending"));
    ck_assert(row_is(later, "state", "pending"));
    ck_assert_int_eq(fake_asked(text("/%s?", later)), 0);
    EXPECT(patch(srv.admin, text("/v1/sources/%s", s),
                 "{\"secrets\":{\"page_tokens\":{\"501\":\"new-501\"}}}"),
           200);
    wait_for(bad, "done", NULL);
    wait_for(later, "done", NULL);
    ck_assert_str_eq(page_state(s, "501"), "working");
    ck_assert_int_eq(fake_asked("Bearer old-501\r\n"), 1);
    ck_assert_int_eq(fake_asked("Bearer new-501\r\n"), 2);
}
END_TEST

START_TEST(a_page_without_a_token_waits_for_one)
{
    const char *s = source("meta", "{}"), *id = lead_id();

    lead_at_meta(id, "Nguyen None");
    name_lead("meta", s, id, "9", "");
    ck_assert(UNTIL(row_is(id, "last_error", "no_token"), WAIT_MS));
    ck_assert_str_eq(page_state(s, "9"), "stopped");
    EXPECT(patch(srv.admin, text("/v1/sources/%s", s),
                 "{\"secrets\":{\"page_token\":\"now\"}}"),
           200);
    wait_for(id, "done", NULL);
}
END_TEST

START_TEST(a_limited_page_is_left_alone_as_long_as_the_platform_says)
{
    const char *s = source("meta", "{\"page_token\":\"t\"}");
    const char *id = lead_id(), *next = lead_id();
    struct fake_rule rule = {
        .status = 400,
        .fields = "X-Business-Use-Case-Usage: {\"1\":[{\"type\":\"leadgen\","
                  "\"estimated_time_to_regain_access\":5}]}\r\n",
        .body = "{\"error\":{\"code\":80005,\"error_subcode\":2446079}}",
        .times = -1};

    snprintf(rule.part, sizeof(rule.part), "/%s?", id);
    fake_rule(&rule);
    lead_at_meta(next, "Nguyen Next");
    name_lead("meta", s, id, "601", "");
    ck_assert(UNTIL(!strcmp(page_state(s, "601"), "limited"), WAIT_MS));
    name_lead("meta", s, next, "601", "");
    ck_assert(UNTIL(row_is(next, "last_error", "page_limited"), WAIT_MS));
    ck_assert_int_eq(fake_asked(text("/%s?", next)), 0);
    ck_assert_int_eq(attempts_of(next), 0);
    ck_assert_int_eq(sql_int(text("SELECT count(*) FROM fetch_page WHERE"
                                  " source_id = '%s' AND blocked_until"
                                  " BETWEEN now() + interval '270 s' AND"
                                  " now() + interval '301 s'",
                                  s)),
                     1);
    /* five minutes later */
    lead_at_meta(id, "Nguyen Limited");
    sql_run(text("UPDATE fetch_page SET blocked_until = now() WHERE source_id ="
                 " '%s'",
                 s));
    sql_run(text(
        "UPDATE fetch_queue SET next_at = now() WHERE source_id = '%s'", s));
    wait_for(id, "done", NULL);
    wait_for(next, "done", NULL);
    ck_assert_str_eq(page_state(s, "601"), "working");
}
END_TEST

/* ---- LinkedIn ---- */

START_TEST(linkedin_answers_get_their_names_from_the_form)
{
    const char *s = source("linkedin", "{\"access_token\":\"li-tok\"}");

    fake_answer("/rest/leadFormResponses/" LI_LEAD, 200,
                "@" LINKEDIN "lead_form_response.json");
    fake_answer("/rest/leadForms/8181", 200, "@" LINKEDIN "lead_form.json");
    name_lead("linkedin", s, LI_LEAD, "", "");
    wait_for(LI_LEAD, "done", NULL);
    ck_assert_int_ge(fake_asked("LinkedIn-Version: 202606\r\n"), 2);
    ck_assert_int_ge(fake_asked("X-Restli-Protocol-Version: 2.0.0\r\n"), 2);
    ck_assert_int_ge(fake_asked("Bearer li-tok\r\n"), 2);
    ck_assert_uint_eq(found("an.nguyen%40example.com"), 1);
}
END_TEST

static const struct {
    int status;
    const char *state, *cause;
} LINKEDIN_ERRORS[] = {
    {404, "dead", "http_404"},
    {403, "parked", "http_403"},
};

START_TEST(linkedin_errors_go_by_status)
{
    const char *s = source("linkedin", "{\"access_token\":\"x\"}");
    const char *id = lead_id();

    fake_answer(text("/rest/leadFormResponses/%s", id),
                LINKEDIN_ERRORS[_i].status, "{}");
    name_lead("linkedin", s, id, "", "");
    wait_for(id, LINKEDIN_ERRORS[_i].state, LINKEDIN_ERRORS[_i].cause);
}
END_TEST

START_TEST(linkedin_tells_of_a_bad_token_and_of_limits)
{
    const char *s = source("linkedin", "{\"access_token\":\"x\"}");
    const char *id = lead_id();

    fake_answer_times(text("/rest/leadFormResponses/%s", id), 401, "{}", 1);
    name_lead("linkedin", s, id, "", "");
    ck_assert(UNTIL(!strcmp(page_state(s, ""), "stopped"), WAIT_MS));
    fake_answer_times(text("/rest/leadFormResponses/%s", id), 429, "{}", 1);
    EXPECT(patch(srv.admin, text("/v1/sources/%s", s),
                 "{\"secrets\":{\"access_token\":\"y\"}}"),
           200);
    ck_assert(UNTIL(!strcmp(page_state(s, ""), "limited"), WAIT_MS));
}
END_TEST

START_TEST(no_token_enters_the_log)
{
    /* after the tests above; tokens of theirs */
    check_log((const char *const[]){"tok-read", "old-501", NULL});
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("fetch");

    tcase_add_test(tc, a_named_lead_is_read_and_becomes_a_lead);
    tcase_add_test(tc, reading_a_lead_twice_changes_nothing);
    tcase_add_test(tc, a_page_may_have_a_token_of_its_own);
    tcase_add_test(tc, what_cannot_be_understood_is_kept);
    tcase_add_test(tc, passing_faults_are_tried_again);
    tcase_add_test(tc, a_slow_platform_is_left_and_asked_again);
    tcase_add_test(tc, a_lead_that_is_not_there_is_parked_and_can_be_retried);
    tcase_add_loop_test(tc, what_somebody_must_mend_is_parked_at_once, 0,
                        ARRAY_LEN(PARKED));
    tcase_add_test(tc, an_id_that_is_none_is_never_asked);
    tcase_add_test(tc, a_refused_token_stops_its_page_and_another_starts_it);
    tcase_add_test(tc, a_page_without_a_token_waits_for_one);
    tcase_add_test(tc,
                   a_limited_page_is_left_alone_as_long_as_the_platform_says);
    tcase_add_test(tc, linkedin_answers_get_their_names_from_the_form);
    tcase_add_loop_test(tc, linkedin_errors_go_by_status, 0,
                        ARRAY_LEN(LINKEDIN_ERRORS));
    tcase_add_test(tc, linkedin_tells_of_a_bad_token_and_of_limits);
    tcase_add_test(tc, no_token_enters_the_log);
    return fetch_main(tc, "fetch");
}
