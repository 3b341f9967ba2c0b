#include "api_fixture.h"

static const char ROWS[] =
    "SELECT mk_lead(1, n, timestamptz '2026-06-01T00:00Z' + n * interval"
    " '1 minute', jsonb_build_object('stage', CASE WHEN n % 3 = 0 THEN 'sql'"
    " ELSE 'iql' END, 'name', 'Nguyễn Thị Đào ' || n, 'name_search',"
    " '''1.nguyen'' ''1.thi'' ''1.dao'' ''1.' || n || '''', 'campaign',"
    " 'c' || n % 2)) FROM generate_series(1, 30) n;"
    "INSERT INTO hop (workspace_id, lead_id, hop_no, from_stage, to_stage,"
    " actor, hopped_at, grade, model_version) SELECT 1, lead_id, 1, 'new',"
    " 'iql', 'system', created_at, 'B3', 'default-v1' FROM lead;"
    "INSERT INTO identifier SELECT 1, 1, '+84395678945', lead_id FROM lead"
    " WHERE name LIKE '% 7';"
    "INSERT INTO event (workspace_id, lead_id, event_id, type, occurred_at)"
    " SELECT 1, lead_id, lead_id, 'demo_request', created_at FROM lead;"
    "INSERT INTO ready (workspace_id, lead_id, rank, score, created_at,"
    " stage, grade, facts_version) SELECT 1, lead_id, rank, score, created_at,"
    " stage, grade, 0 FROM lead WHERE stage = 'sql';"
    "INSERT INTO review (workspace_id, review_id, kind, lead_id,"
    " other_lead_id, receipt_id, detail, created_at) SELECT 1, lead_id,"
    " 'identifier', lead_id, lead_id, lead_id, '{}', now() FROM lead LIMIT 1;"
    "INSERT INTO claim (workspace_id, claim_id, lead_id, rep_id, state, live,"
    " claimed_at, score, grade, snapshot) SELECT 1, lead_id, lead_id,"
    " '" REP_ID "', 'accepted', true, created_at, 0, 'B3', '{}' FROM lead"
    " WHERE stage = 'sql' LIMIT 2";

static void setup(void)
{
    srv_start(ROWS);
}

static size_t items(const struct answer *a)
{
    ck_assert_msg(a->status == 200, "%d %s", a->status, a->body);
    return json_array_size(json_object_get(a->json, "items"));
}

static const char *text_at(const struct answer *a, const char *name)
{
    return json_string_value(json_object_get(a->json, name));
}

static const char *first_id(const struct answer *a)
{
    return json_string_value(json_object_get(
        json_array_get(json_object_get(a->json, "items"), 0), "id"));
}

START_TEST(lists_page_and_refuse_foreign_cursors)
{
    struct answer a = srv_get(srv.sales, "/v1/leads?limit=20", NULL);
    const char *next;

    ck_assert_uint_eq(items(&a), 20);
    next = text_at(&a, "next_cursor");
    ck_assert_ptr_nonnull(next);
    a = srv_get(srv.sales,
                arena_printf(srv.mem, "/v1/leads?limit=20&cursor=%s", next),
                NULL);
    ck_assert_uint_eq(items(&a), 10);
    ck_assert_ptr_null(text_at(&a, "next_cursor"));
    a = srv_get(srv.sales,
                arena_printf(srv.mem, "/v1/leads?stage=sql&cursor=%s", next),
                NULL);
    ck_assert_int_eq(a.status, 400);
    ck_assert_int_eq(json_integer_value(json_object_get(a.json, "code")), 1005);
    a = srv_get(srv.sales, "/v1/leads?stage=nope&limit=0&wat=1", NULL);
    ck_assert_int_eq(a.status, 400);
    ck_assert_uint_eq(json_array_size(json_object_get(a.json, "errors")), 3);
    a = srv_get(srv.foreign, "/v1/leads", NULL);
    ck_assert_uint_eq(items(&a), 0);
}
END_TEST

START_TEST(leads_are_found_by_name_and_phone)
{
    static const struct {
        const char *q;
        size_t n;
    } CASES[] = {
        {"nguyen%20thi%20dao", 30}, {"Nguy%E1%BB%85n%20%C4%90%C3%A0o%2029", 1},
        {"dao%20ng", 30},           {"0169%205678945", 1},
        {"%2B84395678945", 1},      {"nobody", 0},
        {"'%20%7C%20%5C", 0},       {"x@example.com", 0}};
    struct answer a;

    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        a = srv_get(srv.sales,
                    arena_printf(srv.mem, "/v1/leads?q=%s", CASES[i].q), NULL);
        ck_assert_msg(items(&a) == CASES[i].n, "%s: %zu", CASES[i].q,
                      items(&a));
    }
    a = srv_get(srv.sales, "/v1/leads?owner=me", NULL);
    ck_assert_uint_eq(items(&a), 2);
    a = srv_get(srv.marketing, "/v1/leads?owner=me", NULL);
    ck_assert_int_eq(a.status, 400);
    a = srv_get(srv.sales, "/v1/leads?created_from=2026-06-02", NULL);
    ck_assert_uint_eq(items(&a), 0);
}
END_TEST

START_TEST(a_time_is_read_with_its_plus_encoded_or_not)
{
    static const struct {
        const char *from;
        int status;
    } TIMES[] = {
        {"2026-06-02T00:00:00%2B07:00", 200},
        {"2026-06-02T00:00:00+07:00", 200},
        {"2026-06-02T00:00:00.123456789+07:00", 200},
        {"2026-06-01T17:00:00Z", 200},
        {"2026-06-02T00:00:00+0700", 400},
        {"2026-06-02+07:00", 400},
        {"+07:00", 400},
        {"", 400},
    };

    for (size_t i = 0; i < ARRAY_LEN(TIMES); i++) {
        struct answer a = srv_get(
            srv.sales,
            arena_printf(srv.mem, "/v1/funnel?from=%s", TIMES[i].from), NULL);

        ck_assert_msg(a.status == TIMES[i].status, "%s: %s", TIMES[i].from,
                      a.body);
        if (a.status == 200)
            ck_assert_ptr_nonnull(strstr(text_at(&a, "from"), "T17:00:00."));
    }
}
END_TEST

START_TEST(one_lead_has_etag_score_and_timeline)
{
    struct answer a = srv_get(srv.sales, "/v1/leads?limit=1", NULL);
    const char *path = arena_printf(srv.mem, "/v1/leads/%s", first_id(&a));
    const char *etag;

    a = srv_get(srv.sales, path, NULL);
    ck_assert_int_eq(a.status, 200);
    etag = srv_header(&a, "ETag");
    ck_assert_ptr_nonnull(etag);
    a = srv_get(srv.sales, path,
                arena_printf(srv.mem, "If-None-Match: %s\r\n", etag));
    ck_assert_int_eq(a.status, 304);
    a = srv_get(srv.foreign, path, NULL);
    ck_assert_int_eq(a.status, 404);
    a = srv_get(srv.sales,
                arena_printf(srv.mem, "%s/score?as_of=2026-06-02", path), NULL);
    ck_assert_msg(a.status == 200, "%s", a.body);
    ck_assert_int_eq(json_integer_value(json_object_get(a.json, "score")), 8);
    ck_assert_ptr_nonnull(json_object_get(a.json, "gaps"));
    a = srv_get(srv.sales, arena_printf(srv.mem, "%s/score?model=no", path),
                NULL);
    ck_assert_int_eq(a.status, 404);
    a = srv_get(srv.sales, arena_printf(srv.mem, "%s/timeline?limit=1", path),
                NULL);
    ck_assert_uint_eq(items(&a), 1);
    a = srv_get(srv.sales,
                arena_printf(srv.mem, "%s/timeline?limit=1&cursor=%s", path,
                             text_at(&a, "next_cursor")),
                NULL);
    ck_assert_uint_eq(items(&a), 1);
    ck_assert_ptr_nonnull(strstr(a.body, "\"kind\":\"hop\""));
}
END_TEST

static int64_t waited(int64_t start_ms)
{
    return clock_mono_ms() - start_ms;
}

START_TEST(hot_list_is_cached_and_waits_for_change)
{
    struct answer a = srv_get(srv.sales, "/v1/leads/hot", NULL);
    const char *etag = srv_header(&a, "ETag"), *seen;
    int64_t start = clock_mono_ms();
    int fd;

    ck_assert_uint_eq(items(&a), 10);
    ck_assert_ptr_nonnull(etag);
    seen = arena_printf(srv.mem, "If-None-Match: %s\r\n", etag);
    a = srv_get(srv.sales, "/v1/leads/hot", seen);
    ck_assert_int_eq(a.status, 304);
    a = srv_get(srv.sales, "/v1/leads/hot?wait=1", seen);
    ck_assert_int_eq(a.status, 304);
    ck_assert_str_eq(srv_header(&a, "ETag"), etag);
    ck_assert_int_ge(waited(start), 900);
    a = srv_get(srv.sales, "/v1/leads/hot?wait=20", NULL);
    ck_assert_int_eq(a.status, 200);
    /* another instance changes the list and says so */
    fd = srv_send(srv.sales, "GET", "/v1/leads/hot?wait=20", seen, NULL);
    pg_fixture_sql(srv.pg, "DELETE FROM ready WHERE lead_id = (SELECT lead_id"
                           " FROM ready LIMIT 1); INSERT INTO pulse VALUES"
                           " (1, 'ready', 77) ON CONFLICT (workspace_id,"
                           " topic) DO UPDATE SET version = 77");
    start = clock_mono_ms();
    a = srv_take(fd);
    ck_assert_uint_eq(items(&a), 9);
    ck_assert_int_lt(waited(start), 1000);
    a = srv_get(srv.sales, "/v1/leads/hot?limit=3", NULL);
    ck_assert_uint_eq(items(&a), 3);
    a = srv_get(srv.marketing, "/v1/leads/hot", NULL);
    ck_assert_int_eq(a.status, 403);
}
END_TEST

START_TEST(stream_sends_one_event_with_an_id)
{
    struct answer a = srv_get(srv.sales, "/v1/leads/stream?limit=2", NULL);

    ck_assert_int_eq(a.status, 200);
    ck_assert_str_eq(srv_header(&a, "Content-Type"), "text/event-stream");
    ck_assert(str_starts(a.body, "retry: 1000\nid: "));
    ck_assert_ptr_nonnull(strstr(a.body, "\nevent: leads\ndata: {\"items\":["));
    a = srv_get(srv.sales, "/v1/leads/stream?limit=2",
                "Last-Event-ID: other\r\n");
    ck_assert_ptr_nonnull(strstr(a.body, "event: leads"));
}
END_TEST

START_TEST(reports_answer_every_stage_and_figure)
{
    struct answer a = srv_get(srv.marketing, "/v1/funnel", NULL);
    json_t *group;

    ck_assert_int_eq(a.status, 200);
    group = json_array_get(json_object_get(a.json, "groups"), 0);
    ck_assert(json_is_null(json_object_get(group, "key")));
    ck_assert_uint_eq(json_array_size(json_object_get(group, "stages")), 7);
    a = srv_get(srv.marketing,
                "/v1/funnel?from=2026-06-01&to=2026-06-01T05:00:00Z"
                "&view=cohort&group_by=campaign",
                NULL);
    ck_assert_msg(a.status == 200, "%s", a.body);
    a = srv_get(srv.marketing, "/v1/funnel?from=2026-06-02&to=2026-06-01",
                NULL);
    ck_assert_int_eq(a.status, 400);
    a = srv_post(srv.marketing, "/v1/spend",
                 "{\"day\": \"2026-06-01\", \"source\": \"web\","
                 " \"amount\": 500, \"currency\": \"VND\"}");
    ck_assert_msg(a.status == 201, "%s", a.body);
    a = srv_post(srv.marketing, "/v1/spend",
                 "{\"day\": \"soon\", \"amount\": -1, \"currency\": \"Q\"}");
    ck_assert_int_eq(a.status, 422);
    a = srv_get(srv.marketing, "/v1/kpis?from=2026-06-01&group_by=source",
                NULL);
    ck_assert_msg(a.status == 200 && a.json, "%s", a.body);
    ck_assert_ptr_nonnull(strstr(a.body, "\"spend\":[{\"currency\":\"VND\""
                                         ",\"amount\":500}]"));
    ck_assert_ptr_nonnull(json_object_get(a.json, "definitions"));
    a = srv_get(srv.marketing, "/v1/kpis", NULL);
    ck_assert_ptr_nonnull(a.json);
}
END_TEST

/* A model made twice is a conflict, but for the same key the first answer. */
START_TEST(a_post_with_a_key_is_answered_once)
{
    static const char KEY[] = "Idempotency-Key: \"spend-1\"\r\n";
    static const char BODY[] = "{\"day\": \"2026-06-02\", \"source\": \"k\","
                               " \"amount\": 7, \"currency\": \"VND\"}";
    struct answer first, again, other;

    first = srv_take(srv_send(srv.marketing, "POST", "/v1/spend", KEY, BODY));
    again = srv_take(srv_send(srv.marketing, "POST", "/v1/spend", KEY, BODY));
    other = srv_take(srv_send(srv.marketing, "POST", "/v1/spend", KEY,
                              "{\"day\": \"2026-06-03\"}"));
    ck_assert_int_eq(first.status, 201);
    ck_assert_int_eq(again.status, 201);
    ck_assert_str_eq(first.body, again.body);
    ck_assert_ptr_null(strstr(first.head, "Idempotency-Replayed"));
    ck_assert_ptr_nonnull(strstr(again.head, "Idempotency-Replayed: true"));
    ck_assert_int_eq(other.status, 422);
}
END_TEST

START_TEST(reviews_are_dismissed_once)
{
    struct answer a = srv_get(srv.marketing, "/v1/reviews?state=open", NULL);
    const char *path, *body = "{\"decision\":\"dismiss\",\"reason\":\"same\"}";

    ck_assert_uint_eq(items(&a), 1);
    path = arena_printf(srv.mem, "/v1/reviews/%s", first_id(&a));
    a = srv_post(srv.foreign, path, body);
    ck_assert_int_eq(a.status, 404);
    a = srv_post(srv.marketing, path, "{\"decision\":\"merge\"}");
    ck_assert_int_eq(a.status, 422);
    a = srv_post(srv.marketing, path, body);
    ck_assert_msg(a.status == 200, "%s", a.body);
    ck_assert_str_eq(text_at(&a, "state"), "dismissed");
    a = srv_post(srv.marketing, path, body);
    ck_assert_int_eq(a.status, 409);
}
END_TEST

START_TEST(models_are_checked_compared_and_activated)
{
    json_t *doc = json_load_file("config/default-v1.json", 0, NULL);
    struct answer a = srv_get(srv.marketing, "/v1/models", NULL);
    char *text;

    ck_assert_uint_eq(items(&a), 1);
    json_object_set_new(doc, "version", json_string("next"));
    text = json_dumps(doc, 0);
    a = srv_post(srv.marketing, "/v1/models/simulate",
                 arena_printf(srv.mem, "{\"model\": %s, \"leads\": 25}", text));
    ck_assert_msg(a.status == 200, "%s", a.body);
    ck_assert_int_eq(json_integer_value(json_object_get(a.json, "leads")), 25);
    a = srv_post(srv.marketing, "/v1/models/next/activate", "{}");
    ck_assert_int_eq(a.status, 404);
    a = srv_post(srv.marketing, "/v1/models", text);
    ck_assert_msg(a.status == 201, "%s", a.body);
    a = srv_post(srv.marketing, "/v1/models", text);
    ck_assert_int_eq(a.status, 200);
    a = srv_get(srv.marketing, "/v1/models?limit=1", NULL);
    ck_assert_uint_eq(items(&a), 1);
    ck_assert_msg(strstr(a.body, "\"next\"") != NULL, "%s", a.body);
    a = srv_get(srv.marketing,
                arena_printf(srv.mem, "/v1/models?limit=1&cursor=%s",
                             text_at(&a, "next_cursor")),
                NULL);
    ck_assert_msg(strstr(a.body, "\"default-v1\"") != NULL, "%s", a.body);
    ck_assert(json_is_null(json_object_get(a.json, "next_cursor")));
    a = srv_get(srv.marketing, "/v1/models?limit=501", NULL);
    ck_assert_int_eq(a.status, 400);
    json_object_set_new(doc, "comment", json_string("changed"));
    free(text);
    text = json_dumps(doc, 0);
    a = srv_post(srv.marketing, "/v1/models", text);
    ck_assert_msg(a.status == 409 || a.status == 422, "%d", a.status);
    a = srv_post(srv.marketing, "/v1/models", "{\"version\": 5}");
    ck_assert_int_eq(a.status, 422);
    a = srv_post(srv.marketing, "/v1/models/next/activate", "{}");
    ck_assert_msg(a.status == 200, "%s", a.body);
    a = srv_get(srv.marketing, "/v1/models/next", NULL);
    ck_assert(json_is_true(json_object_get(a.json, "active")));
    a = srv_get(srv.sales, "/v1/leads?limit=1", NULL);
    a = srv_get(srv.sales,
                arena_printf(srv.mem, "/v1/leads/%s/score", first_id(&a)),
                NULL);
    ck_assert_str_eq(text_at(&a, "model_version"), "next");
    free(text);
    json_decref(doc);
}
END_TEST

START_TEST(a_rep_sees_its_own_claims)
{
    struct answer a = srv_get(srv.sales, "/v1/claims?mine=1&limit=1", NULL);

    ck_assert_uint_eq(items(&a), 1);
    a = srv_get(srv.sales,
                arena_printf(srv.mem, "/v1/claims?mine=1&limit=1&cursor=%s",
                             text_at(&a, "next_cursor")),
                NULL);
    ck_assert_uint_eq(items(&a), 1);
    a = srv_get(srv.sales, arena_printf(srv.mem, "/v1/claims/%s", first_id(&a)),
                NULL);
    ck_assert_int_eq(a.status, 200);
    a = srv_get(srv.marketing, "/v1/claims?state=won", NULL);
    ck_assert_uint_eq(items(&a), 0);
    a = srv_get(srv.foreign, "/v1/claims", NULL);
    ck_assert_uint_eq(items(&a), 0);
}
END_TEST

START_TEST(a_list_too_big_for_memory_is_refused_and_the_next_one_read)
{
    char *lead = sql_text("SELECT lead_id FROM lead LIMIT 1");
    const char *path = arena_printf(srv.mem, "/v1/leads/%s/timeline", lead);
    struct answer a;

    sql_run(arena_printf(srv.mem,
                         "INSERT INTO event (workspace_id, lead_id, event_id,"
                         " type, occurred_at, detail) SELECT 1, '%s',"
                         " gen_random_uuid(), 'page_view', now(),"
                         " jsonb_build_object('x', repeat('x', 1000000))"
                         " FROM generate_series(1, 80)",
                         lead));
    free(lead);
    for (int i = 0; i < 2; i++) {
        a = srv_get(srv.marketing, arena_printf(srv.mem, "%s?limit=100", path),
                    NULL);
        ck_assert_int_eq(a.status, 500);
        ck_assert_str_eq(text_at(&a, "type"), "/docs#no_memory");
        a = srv_get(srv.marketing, arena_printf(srv.mem, "%s?limit=5", path),
                    NULL);
        ck_assert_uint_eq(items(&a), 5);
    }
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("read_api");

    pg_fixture();
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, srv_stop);
    tcase_add_test(tc, lists_page_and_refuse_foreign_cursors);
    tcase_add_test(tc, leads_are_found_by_name_and_phone);
    tcase_add_test(tc, a_time_is_read_with_its_plus_encoded_or_not);
    tcase_add_test(tc, one_lead_has_etag_score_and_timeline);
    tcase_add_test(tc, hot_list_is_cached_and_waits_for_change);
    tcase_add_test(tc, stream_sends_one_event_with_an_id);
    tcase_add_test(tc, reports_answer_every_stage_and_figure);
    tcase_add_test(tc, reviews_are_dismissed_once);
    tcase_add_test(tc, a_post_with_a_key_is_answered_once);
    tcase_add_test(tc, models_are_checked_compared_and_activated);
    tcase_add_test(tc, a_rep_sees_its_own_claims);
    tcase_add_test(tc,
                   a_list_too_big_for_memory_is_refused_and_the_next_one_read);
    return unit_run(tc, "read_api");
}
