/* The queue of leads to be read back: nets for what no notification told,
 * leases, and how it shows. */
#include "api/fetch_fixture.h"

/* ---- nets for what no notification told ---- */

START_TEST(a_bulk_read_finds_what_nobody_told)
{
    const char *s, *one = lead_id(), *two = lead_id(), *form = lead_id();

    fake_answer("&after=Q%2B1%3D", 200,
                text("{\"data\":[{\"id\":\"%s\"}],\"paging\":{\"cursors\":"
                     "{\"after\":\"Z\"}}}",
                     two));
    fake_answer_times(text("/%s/leads?fields=id&limit=100", form), 200,
                      text("{\"data\":[{\"id\":\"%s\"}],\"paging\":{"
                           "\"cursors\":{\"after\":\"Q+1=\"},\"next\":"
                           "\"http:\\/\\/127.0.0.1\\/stolen?access_token="
                           "leak\"}}",
                           one),
                      1);
    lead_at_meta(one, "Nguyen One");
    lead_at_meta(two, "Nguyen Two");
    s = source("meta",
               text("{\"page_token\":\"bulk\",\"form_ids\":[\"%s\"]}", form));
    ck_assert(UNTIL(row_of(two) != NULL, WAIT_MS));
    wait_for(one, "done", NULL);
    wait_for(two, "done", NULL);
    ck_assert_int_eq(fake_asked("stolen"), 0);
    ck_assert(row_of(one) && !strcmp(s, json_string_value(json_object_get(
                                            row_of(one), "source_id"))));
}
END_TEST

START_TEST(reconciling_names_the_missing_and_reads_them)
{
    const char *s = source("meta", "{\"page_token\":\"t\"}");
    const char *known = lead_id(), *parked = lead_id(), *gone = lead_id(),
               *missing = lead_id();
    const struct reply *r;

    lead_at_meta(known, "Nguyen Known");
    lead_at_meta(missing, "Nguyen Missing");
    fake_answer(text("/%s?", parked), 403, "{\"error\":{\"code\":10}}");
    name_lead("meta", s, known, "1", "");
    name_lead("meta", s, parked, "1", "");
    sql_run(
        text("INSERT INTO fetch_queue (workspace_id, fetch_id, platform,"
             " source_id, external_id, state, last_error, created_at,"
             " updated_at) VALUES (1, gen_random_uuid(), 'meta', '%s', '%s',"
             " 'dead', 'withdrawn', now(), now())",
             s, gone));
    wait_for(known, "done", NULL);
    wait_for(parked, "parked", NULL);
    r = post(srv.admin, text("/v1/sources/%s/reconcile", s),
             text("{\"ids\":[\"%s\",%s,\"%s\",\"%s\",\"%s\"]}", known, known,
                  parked, gone, missing));
    EXPECT(r, 200);
    ck_assert_int_eq(reply_int(r, "/asked"), 4);
    ck_assert_int_eq(reply_int(r, "/known"), 2);
    ck_assert_int_eq(reply_int(r, "/parked"), 1);
    ck_assert_int_eq(reply_int(r, "/queued"), 1);
    ck_assert_str_eq(reply_text(r, "/missing/0"), missing);
    wait_for(missing, "done", NULL);
    retry(gone, 409); /* withdrawn stays withdrawn */
    r = post(srv.admin, text("/v1/sources/%s/reconcile", s),
             text("{\"ids\":[\"%s\"]}", missing));
    ck_assert_int_eq(reply_int(r, "/known"), 1);
}
END_TEST

/* Lists of a form, asked with the token of a page that may not read it. */
static void form_of_page(const char *form, const char *id)
{
    lead_at_meta(id, "Nguyen Page");
    fake_answer(text("/%s/leads?", form), 200,
                text("{\"data\":[{\"id\":\"%s\"}]}", id));
}

START_TEST(a_listed_form_is_read_with_the_token_of_its_page)
{
    const char *id = lead_id(), *form = lead_id();

    form_of_page(form, id);
    source("meta", text("{\"page_tokens\":{\"811\":\"tok-811\"},"
                        "\"form_ids\":[\"%s\"]}",
                        form));
    ck_assert(UNTIL(row_of(id) != NULL, WAIT_MS));
    wait_for(id, "done", NULL);
    ck_assert(row_is(id, "page_id", "811"));
    ck_assert_int_eq(fake_asked("Bearer tok-811\r\n"), 2);
}
END_TEST

static const struct {
    int status;
    const char *body, *state;
} OTHER_PAGES[] = {
    {400, "@" META "graph_error_100_33.json", ""},
    {403, "{\"error\":{\"code\":200}}", ""},
    {400, "@" META "graph_error_190.json", "stopped"},
};

START_TEST(a_listed_form_is_asked_for_with_each_page_in_turn)
{
    const char *id = lead_id(), *form = lead_id(), *s;

    form_of_page(form, id);
    fake_answer_times(text("/%s/leads?", form), OTHER_PAGES[_i].status,
                      OTHER_PAGES[_i].body, 1);
    s = source("meta", text("{\"page_tokens\":{\"82%d\":\"no-%d\","
                            "\"83%d\":\"yes-%d\",\"84%d\":\"idle-%d\"},"
                            "\"form_ids\":[\"%s\"]}",
                            _i, _i, _i, _i, _i, _i, form));
    ck_assert(UNTIL(row_of(id) != NULL, WAIT_MS));
    wait_for(id, "done", NULL);
    ck_assert(row_is(id, "page_id", text("83%d", _i)));
    ck_assert_int_eq(fake_asked(text("Bearer no-%d\r\n", _i)), 1);
    ck_assert_int_eq(fake_asked(text("Bearer yes-%d\r\n", _i)), 2);
    ck_assert_int_eq(fake_asked(text("Bearer idle-%d\r\n", _i)), 0);
    ck_assert_str_eq(page_state(s, text("82%d", _i)), OTHER_PAGES[_i].state);
    ck_assert(UNTIL(sql_int(text("SELECT count(*) FROM fetch_form WHERE"
                                 " form_id = '%s' AND swept_at IS NOT NULL"
                                 " AND last_error IS NULL",
                                 form)) == 1,
                    WAIT_MS));
}
END_TEST

static const struct reply *reconcile(const char *source_id, const char *id,
                                     const char *more)
{
    return post(srv.admin, text("/v1/sources/%s/reconcile", source_id),
                text("{\"ids\":[\"%s\"]%s}", id, more));
}

START_TEST(reconciling_reads_with_the_only_page_token)
{
    const char *s = source("meta", "{\"page_tokens\":{\"801\":\"one\"}}");
    const char *id = lead_id();

    lead_at_meta(id, "Nguyen Only");
    EXPECT(reconcile(s, id, ""), 200);
    wait_for(id, "done", NULL);
    ck_assert(row_is(id, "page_id", "801"));
}
END_TEST

START_TEST(reconciling_is_told_the_page_when_there_are_several)
{
    const char *s = source("meta", "{\"page_tokens\":{\"801\":\"A\","
                                   "\"802\":\"tok-802\"}}");
    const char *id = lead_id();
    const struct reply *r = reconcile(s, id, "");

    EXPECT(r, 422);
    ck_assert_str_eq(reply_text(r, "/errors/0/pointer"), "/page_id");
    ck_assert_str_eq(reply_text(r, "/errors/0/code"), "required");
    ck_assert_ptr_null(row_of(id));
    lead_at_meta(id, "Nguyen Told");
    EXPECT(reconcile(s, id, ",\"page_id\":\"802\""), 200);
    wait_for(id, "done", NULL);
    ck_assert(row_is(id, "page_id", "802"));
    ck_assert_int_eq(fake_asked("Bearer tok-802\r\n"), 1);
}
END_TEST

START_TEST(reconciling_prefers_the_token_of_all_pages)
{
    const char *s = source("meta", "{\"page_token\":\"all\",\"page_tokens\":"
                                   "{\"801\":\"A\",\"802\":\"B\"}}");
    const char *id = lead_id();

    lead_at_meta(id, "Nguyen All");
    EXPECT(reconcile(s, id, ""), 200);
    wait_for(id, "done", NULL);
    ck_assert(json_is_null(json_object_get(row_of(id), "page_id")));
}
END_TEST

START_TEST(reconciling_twice_with_one_key_gives_the_first_answer)
{
    const char *path = keep("/v1/sources/%s/reconcile", source("meta", "{}"));
    const char *header = keep("Idempotency-Key: %s\r\nContent-Type:"
                              " application/json\r\n",
                              fresh("reconcile"));
    const char *body = keep("{\"ids\":[\"%s\"]}", lead_id());
    const struct reply *first =
        call(srv.port, "POST", path, srv.admin, header, body);
    const struct reply *again =
        call(srv.port, "POST", path, srv.admin, header, body);
    char v[16];

    EXPECT(first, 200);
    ck_assert_int_eq(reply_int(first, "/queued"), 1);
    EXPECT(again, 200);
    ck_assert_str_eq(again->body, first->body);
    ck_assert_str_eq(reply_field(again, "Idempotency-Replayed", v, sizeof(v)),
                     "true");
}
END_TEST

START_TEST(bad_lists_are_refused)
{
    const char *s = source("meta", "{}");
    const char *path = text("/v1/sources/%s/reconcile", s);

    EXPECT(post(srv.admin, path, "{\"ids\":[\"\"]}"), 422);
    EXPECT(post(srv.admin, path, "{\"ids\":[true]}"), 422);
    EXPECT(post(srv.admin, path, "{\"ids\":\"1\"}"), 422);
    EXPECT(post(srv.admin, path, "{}"), 422);
    EXPECT(post(srv.admin, path, "{\"ids\":[],\"page_id\":801}"), 422);
    EXPECT(post(srv.admin, path, "{\"ids\":[],\"page_id\":\"8x\"}"), 422);
    EXPECT(reconcile(source("linkedin", "{}"), "1", ",\"page_id\":\"8\""), 422);
    EXPECT(post(srv.admin, path, "{\"ids\":[]}"), 200);
    EXPECT(post(srv.admin,
                "/v1/sources/00000000-0000-7000-8000-00000000dead/reconcile",
                "{\"ids\":[]}"),
           404);
    EXPECT(get(srv.admin, "/v1/fetches?state=strange"), 400);
    EXPECT(get(srv.admin, "/v1/fetches?source_id=1"), 400);
}
END_TEST

/* ---- leases, logs, numbers ---- */

START_TEST(a_lease_that_ended_is_taken_over)
{
    const char *s = source("meta", "{\"page_token\":\"t\"}");
    const char *id = lead_id();
    long long began = talk_ms();

    lead_at_meta(id, "Nguyen Left");
    sql_run(
        text("INSERT INTO fetch_queue (workspace_id, fetch_id, platform,"
             " source_id, external_id, state, attempts, next_at, created_at,"
             " updated_at) VALUES (1, gen_random_uuid(), 'meta', '%s', '%s',"
             " 'leased', 1, now() + interval '700 ms', now(), now())",
             s, id));
    wait_for(id, "done", NULL);
    ck_assert_int_ge(talk_ms() - began, 600); /* not before */
    ck_assert_int_eq(attempts_of(id), 2);
}
END_TEST

START_TEST(a_page_of_the_list_continues_where_the_last_one_ended)
{
    const char *s = source("meta", "{\"page_token\":\"t\"}");
    const char *ids[3];
    const struct reply *r;
    const char *cursor;

    for (int i = 0; i < 3; i++) {
        ids[i] = lead_id();
        lead_at_meta(ids[i], "Nguyen Page");
        name_lead("meta", s, ids[i], "1", "");
    }
    for (int i = 0; i < 3; i++)
        wait_for(ids[i], "done", NULL);
    r = get(srv.admin, text("/v1/fetches?source_id=%s&state=done&limit=2", s));
    EXPECT(r, 200);
    ck_assert_uint_eq(json_array_size(reply_at(r, "/items")), 2);
    cursor = keep("%s", reply_text(r, "/next_cursor"));
    r = get(srv.admin,
            text("/v1/fetches?source_id=%s&state=done&limit=2&cursor=%s", s,
                 cursor));
    EXPECT(r, 200);
    ck_assert_uint_eq(json_array_size(reply_at(r, "/items")), 1);
    EXPECT(get(srv.admin, "/v1/fetches?cursor=zzz"), 400);
}
END_TEST

START_TEST(the_queue_shows_in_the_metrics)
{
    const struct reply *r = call(srv.port, "GET", "/metrics", NULL, NULL, NULL);

    EXPECT(r, 200);
    ck_assert_ptr_nonnull(
        strstr(r->body, "leadd_fetch_reads_total{outcome=\"parked\"}"));
    ck_assert_ptr_nonnull(
        strstr(r->body, "leadd_fetch_queue_leads{state=\"parked\"}"));
    ck_assert_ptr_nonnull(strstr(r->body, "leadd_fetch_stopped_pages"));
}
END_TEST

START_TEST(no_secret_enters_the_log)
{
    /* after the tests above; tokens of theirs */
    check_log((const char *const[]){"leak", NULL});
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("fetch_queue");

    tcase_add_test(tc, a_bulk_read_finds_what_nobody_told);
    tcase_add_test(tc, reconciling_names_the_missing_and_reads_them);
    tcase_add_test(tc, a_listed_form_is_read_with_the_token_of_its_page);
    tcase_add_loop_test(tc, a_listed_form_is_asked_for_with_each_page_in_turn,
                        0, ARRAY_LEN(OTHER_PAGES));
    tcase_add_test(tc, reconciling_reads_with_the_only_page_token);
    tcase_add_test(tc, reconciling_is_told_the_page_when_there_are_several);
    tcase_add_test(tc, reconciling_prefers_the_token_of_all_pages);
    tcase_add_test(tc, reconciling_twice_with_one_key_gives_the_first_answer);
    tcase_add_test(tc, bad_lists_are_refused);
    tcase_add_test(tc, a_lease_that_ended_is_taken_over);
    tcase_add_test(tc, a_page_of_the_list_continues_where_the_last_one_ended);
    tcase_add_test(tc, the_queue_shows_in_the_metrics);
    tcase_add_test(tc, no_secret_enters_the_log);
    return fetch_main(tc, "fetch_queue");
}
