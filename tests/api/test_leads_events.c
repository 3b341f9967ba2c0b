/* The events of leads, their timeline, and lists of leads page by page. */
#include "api/leads_fixture.h"

START_TEST(observed_behaviour_needs_consent)
{
    const char *view = "{\"type\": \"high_intent_view\"}";
    const char *id = new_lead(address(), "");
    const char *path = keep("/v1/leads/%s/events", id);
    const struct reply *r = post(srv.intake, path, view);

    EXPECT(r, 201);
    ck_assert_int_eq(reply_int(r, "/lead/criteria/engagement"), 0);
    ck_assert_int_eq(entries(id, "event"), 0);
    r = post(srv.intake, path, "{\"type\": \"download\"}"); /* on purpose */
    ck_assert_int_eq(reply_int(r, "/lead/criteria/engagement"), 4);
    r = post(srv.intake, "/v1/leads",
             text("{\"contact\": {\"email\": \"%s\"}, \"consent\":"
                  " [{\"purpose\": \"behaviour_tracking\", \"status\":"
                  " \"granted\"}], \"events\": [%s]}",
                  reply_text(get(srv.sales, lead_path(id)), "/contact/email"),
                  view));
    EXPECT(r, 200);
    ck_assert_int_eq(reply_int(r, "/lead/criteria/engagement"), 7);
    r = post(srv.intake, "/v1/leads",
             text("{\"contact\": {\"email\": \"%s\"}, \"consent\":"
                  " [{\"purpose\": \"behaviour_tracking\", \"status\":"
                  " \"withdrawn\"}], \"events\": [%s]}",
                  reply_text(r, "/lead/contact/email"), view));
    EXPECT(r, 200);
    ck_assert_int_eq(entries(id, "consent"), 2);
    ck_assert_int_eq(entries(id, "event"), 2);
}
END_TEST

START_TEST(an_event_of_nobody_fails_alone)
{
    const char *nobody = keep("{\"type\": \"download\", \"email\":"
                              " \"%s@mail.example\"}",
                              fresh("nobody"));

    for (size_t n = 1; n <= 2; n++) {
        const struct reply *r =
            post(srv.intake, "/v1/events",
                 text("{\"events\": [%s%s%s]}", nobody, n > 1 ? "," : "",
                      n > 1 ? nobody : ""));

        EXPECT(r, 201);
        ck_assert_uint_eq(json_array_size(reply_at(r, "/results")), n);
        ck_assert_int_eq(reply_int(r, "/results/0/status"), 404);
    }
}
END_TEST

START_TEST(events_with_one_id_are_one)
{
    const char *id = new_lead(address(), "");
    const char *path = keep("/v1/leads/%s/events", id);
    const char *body =
        keep("{\"id\": \"%s\", \"type\": \"download\"}", fresh("e"));
    const struct reply *r;

    EXPECT(post(srv.intake, path, body), 201);
    r = post(srv.intake, path, text("[%s, %s]", body, body));
    EXPECT(r, 201);
    ck_assert_int_eq(reply_int(r, "/lead/criteria/engagement"), 4);
    ck_assert_int_eq(entries(id, "event"), 1);
    r = post(srv.intake, path,
             text("{\"events\": [{\"type\": \"call\", \"duration_s\": 119},"
                  " {\"type\": \"call\", \"duration_s\": 120},"
                  " {\"type\": \"download\", \"machine\": true},"
                  " {\"type\": \"download\", \"occurred_at\": \"%s\"}]}",
                  now_text(-31 * 86400)));
    EXPECT(r, 201);
    ck_assert_int_eq(reply_int(r, "/lead/criteria/engagement"), 11);
    EXPECT(post(srv.intake, path, "{\"type\": \"bribe\"}"), 422);
    EXPECT(post(srv.intake, path, "[]"), 422);
    EXPECT(post(srv.marketing, path, body), 403);
    EXPECT(post(srv.intake,
                "/v1/leads/01980a7c-2a10-7d4e-8b21-6f0e1d2c3b4a/events", body),
           404);
}
END_TEST

/** Lines of a ledger of a lead's score whose @a member is @a value. */
static int score_lines(const char *id, const char *part, const char *member,
                       const char *value)
{
    const struct reply *r = get(srv.sales, text("/v1/leads/%s/score", id));
    const json_t *ledger = reply_at(r, part), *line;
    size_t i;
    int n = 0;

    EXPECT(r, 200);
    json_array_foreach (ledger, i, line) {
        const char *has = json_string_value(json_object_get(line, member));

        n += has && !strcmp(has, value);
    }
    return n;
}

/** Own engagement and a colleague, wherever the lead is read. */
static void colleague_counts(const char *id, long long engagement,
                             long long consideration)
{
    const struct reply *r = get(srv.sales, text("/v1/leads/%s/score", id));

    EXPECT(r, 200);
    ck_assert_int_eq(reply_int(r, "/criteria/engagement"), engagement);
    ck_assert_int_eq(reply_int(r, "/behaviour"), 2 * engagement + 8);
    ck_assert_int_eq(reply_int(r, "/consideration"), consideration);
    r = get(srv.sales, lead_path(id));
    EXPECT(r, 200);
    ck_assert_int_eq(reply_int(r, "/criteria/engagement"), engagement);
    ck_assert_int_eq(reply_int(r, "/consideration"), consideration);
    ck_assert_int_eq(
        score_lines(id, "/consideration_ledger", "rule", "several_people"), 1);
    ck_assert_int_eq(score_lines(id, "/ledger", "reason", "other_person"), 1);
}

#define BY_COLLEAGUE "{\"type\": \"download\", \"person\": \"ke toan\"}"

/* With a company what they did is also among what its people did. */
START_TEST(what_a_colleague_did_stays_the_colleagues)
{
    const char *const replay[] = {"replay", NULL};
    const char *company = _i ? fresh("Firm") : "";
    char out[4096];
    const char *id;
    long long consideration;
    const struct reply *r =
        post(srv.intake, "/v1/leads",
             text("{\"contact\": {\"phone\": \"%s\", \"company\": \"%s\"}, "
                  "\"events\":"
                  " [{\"type\": \"download\"}, " BY_COLLEAGUE "]}",
                  fresh_phone(), company));

    EXPECT(r, 201);
    ck_assert_int_eq(reply_int(r, "/lead/criteria/engagement"), 4);
    consideration = reply_int(r, "/lead/consideration");
    id = keep("%s", reply_text(r, "/lead/id"));
    colleague_counts(id, 4, consideration);
    r = post(srv.intake, text("/v1/leads/%s/events", id),
             "{\"type\": \"consult_request\"}");
    EXPECT(r, 201);
    ck_assert_int_eq(reply_int(r, "/lead/criteria/engagement"), 12);
    consideration = reply_int(r, "/lead/consideration");
    colleague_counts(id, 12, consideration);
    ck_assert_int_eq(server_command(&srv, replay, out, sizeof(out)), 0);
    colleague_counts(id, 12, consideration);
    r = get(srv.sales, text("/v1/leads/%s/timeline", id));
    ck_assert_ptr_nonnull(strstr(r->body, "\"ke toan\""));
}
END_TEST

START_TEST(two_leads_colleague_of_one_name_is_one_person)
{
    const char *company = fresh("Firm"), *id = NULL;
    const struct reply *r;

    for (int i = 0; i < 2; i++) {
        r = post(srv.intake, "/v1/leads",
                 text("{\"contact\": {\"phone\": \"%s\", \"company\":"
                      " \"%s\"}, \"events\": [" BY_COLLEAGUE "]}",
                      fresh_phone(), company));
        EXPECT(r, 201);
        ck_assert_int_eq(reply_int(r, "/lead/consideration"), 0);
        id = keep("%s", reply_text(r, "/lead/id"));
    }
    ck_assert_int_eq(score_lines(id, "/ledger", "reason", "other_person"), 2);
    ck_assert_int_eq(
        score_lines(id, "/consideration_ledger", "rule", "several_people"), 0);
    r = post(srv.intake, text("/v1/leads/%s/events", id),
             "{\"type\": \"download\", \"person\": \"giam doc\"}");
    EXPECT(r, 201);
    ck_assert_int_eq(reply_int(r, "/lead/criteria/engagement"), 0);
    ck_assert_int_eq(reply_int(r, "/lead/consideration"), 8);
}
END_TEST

/* Nobody does so much: it must not cost the memory of all it did. */
START_TEST(a_lead_is_judged_by_its_newest_events)
{
    const char *id =
        new_lead(address(), ", \"events\": [{\"type\": \"consult_request\"}]");
    const char *path = keep("/v1/leads/%s/events", id);
    const char *taken = "{\"type\": \"download\", \"machine\": true}";
    const struct reply *r;

    sql_run(text("INSERT INTO event (workspace_id, lead_id, event_id, type,"
                 " occurred_at, machine) SELECT 1, '%s', (left(m.id, 13) ||"
                 " '-7fff-bfff-' || lpad(to_hex(n), 12, '0'))::uuid,"
                 " 'email_open', now(), true FROM generate_series(1, 19999) n,"
                 " (SELECT max(event_id::text) AS id FROM event"
                 " WHERE lead_id = '%s') m",
                 id, id));
    r = get(srv.sales, keep("/v1/leads/%s/score", id));
    EXPECT(r, 200);
    ck_assert_int_eq(reply_int(r, "/criteria/engagement"), 8);
    EXPECT(post(srv.intake, path, taken), 201);
    r = get(srv.sales, keep("/v1/leads/%s/score", id));
    EXPECT(r, 200);
    ck_assert_int_eq(reply_int(r, "/criteria/engagement"), 0);
}
END_TEST

START_TEST(a_batch_finds_its_leads_by_any_name)
{
    const char *email = address(), *phone = fresh_phone();
    const char *external = fresh("crm"), *id;
    const struct reply *r = post(
        srv.intake, "/v1/leads",
        text("{\"contact\": {\"email\": \"%s\", \"phone\": \"%s\"}, \"source\":"
             " \"crm\", \"external_id\": \"%s\"}",
             email, phone, external));

    id = keep("%s", reply_text(r, "/lead/id"));
    r = post(srv.intake, "/v1/events",
             text("{\"events\": [{\"type\": \"download\", \"email\": \"%s\"},"
                  " {\"type\": \"download\", \"phone\": \"+84 %s\"},"
                  " {\"type\": \"download\", \"lead_id\": \"%s\"},"
                  " {\"type\": \"download\", \"external_id\": \"%s\","
                  " \"source\": \"crm\"},"
                  " {\"type\": \"download\", \"email\": \"%s\"}]}",
                  email, phone + 1, id, external, address()));
    EXPECT(r, 201);
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(reply_int(r, text("/results/%d/status", i)), 201);
        ck_assert_str_eq(reply_text(r, text("/results/%d/lead_id", i)), id);
    }
    ck_assert_int_eq(reply_int(r, "/results/4/status"), 404);
    r = get(srv.sales, lead_path(id));
    ck_assert_int_eq(reply_int(r, "/criteria/engagement"), 15);
    EXPECT(post(srv.intake, "/v1/events",
                "{\"events\": [{\"type\": \"download\"}]}"),
           422);
}
END_TEST

START_TEST(every_bad_name_of_a_batch_is_told_where_it_stands)
{
    const struct reply *r =
        post(srv.intake, "/v1/events",
             "{\"events\": [{\"type\": \"nap\", \"phone\": \"0912345678\"},"
             " {\"type\": \"download\", \"phone\": \"12\"},"
             " {\"type\": \"download\"},"
             " {\"type\": \"download\", \"email\": \"nobody\"}]}");

    EXPECT(r, 422);
    ck_assert_uint_eq(json_array_size(reply_at(r, "/errors")), 4);
    for (int i = 0; i < 4; i++) {
        static const char *const AT[] = {"/events/0/type", "/events/1/phone",
                                         "/events/2", "/events/3/email"};
        bool found = false;

        for (int k = 0; k < 4; k++)
            found |=
                !strcmp(reply_text(r, text("/errors/%d/pointer", k)), AT[i]);
        ck_assert_msg(found, "%s: %s", AT[i], r->body);
    }
}
END_TEST

START_TEST(the_timeline_tells_all_in_order)
{
    static const char *const KINDS[] = {"receipt", "touch", "event",
                                        "hop",     "facts", "consent"};
    const char *id =
        new_lead(address(), ", \"facts\": {\"need\": \"explicit\"}, \"touch\":"
                            " {\"channel\": \"web\"}, \"events\": [{\"type\":"
                            " \"download\"}], \"consent\": [{\"purpose\":"
                            " \"marketing\", \"status\": \"granted\"}]");
    const struct reply *r =
        get(srv.sales, text("/v1/leads/%s/timeline?limit=2", id));
    const char *last = "", *cursor;
    int seen = 0, pages = 0;

    for (size_t i = 0; i < sizeof(KINDS) / sizeof(*KINDS); i++)
        ck_assert_msg(entries(id, KINDS[i]) >= 1, "no %s", KINDS[i]);
    for (; pages < 50; pages++) {
        size_t n = json_array_size(reply_at(r, "/items"));

        for (size_t i = 0; i < n; i++, seen++) {
            const char *at =
                text("%s", reply_text(r, text("/items/%zu/at", i)));

            ck_assert_str_ge(at, last);
            last = at;
        }
        cursor = reply_text(r, "/next_cursor");
        if (!*cursor)
            break;
        r = get(srv.sales,
                text("/v1/leads/%s/timeline?limit=2&cursor=%s", id, cursor));
        EXPECT(r, 200);
    }
    r = get(srv.sales, text("/v1/leads/%s/timeline?limit=500", id));
    ck_assert_uint_eq(json_array_size(reply_at(r, "/items")), (size_t)seen);
}
END_TEST

START_TEST(a_page_neither_skips_nor_repeats_while_leads_come)
{
    const char *source = fresh("paged");
    const struct reply *r;
    char seen[30][40];
    int n = 0;

    for (int i = 0; i < 20; i++)
        new_lead(address(), text(", \"source\": \"%s\"", source));
    r = get(srv.marketing, text("/v1/leads?source=%s&limit=7", source));
    for (int page = 0; page < 10; page++) {
        size_t here = json_array_size(reply_at(r, "/items"));
        const char *cursor = keep("%s", reply_text(r, "/next_cursor"));

        for (size_t i = 0; i < here; i++, n++) {
            ck_assert_int_lt(n, 30);
            snprintf(seen[n], sizeof(seen[n]), "%s",
                     reply_text(r, text("/items/%zu/id", i)));
            for (int k = 0; k < n; k++)
                ck_assert_str_ne(seen[k], seen[n]);
        }
        if (!*cursor)
            break;
        new_lead(address(), text(", \"source\": \"%s\"", source));
        r = get(srv.marketing,
                text("/v1/leads?source=%s&limit=7&cursor=%s", source, cursor));
        EXPECT(r, 200);
    }
    ck_assert_int_eq(n, 20);
}
END_TEST

/* A domain that many thousand people share: whoever comes next is taken in,
 * and does not wait until all of them were looked at. */
START_TEST(one_of_a_huge_account_costs_a_bounded_look)
{
    const char *domain = keep("%s.example", fresh("huge"));
    long long due;

    EXPECT(post(srv.intake, "/v1/leads",
                text("{\"contact\": {\"email\": \"a@%s\"}}", domain)),
           201);
    ck_assert_int_eq(
        sql_int(text(
            "WITH made AS (INSERT INTO lead (workspace_id, lead_id, version,"
            " stage, stage_at, stage_grade, hop_no, score, raw, authority,"
            " need, ability_to_pay, engagement, challenge, potential,"
            " consideration, quality, temperature, grade, rank, hot_lead,"
            " origin, source, channel, campaign, name, phone, job_title, "
            "identifiers, facts, model_version, account_id,"
            " scored_at, created_at, updated_at)"
            " SELECT 1, gen_random_uuid(), 1, 'iql', now(), 'B2', 1, 40, 40, 0,"
            " 0, 0, 0, 0, 40, 30, 'medium', 'warm', 'B2', 4, false,"
            " 'marketing', 'huge', '', '', '', '', '', '[]', '{}', "
            "'default-v1', account_id,"
            " '2020-01-01', now(), now() FROM generate_series(1, 3000),"
            " account_key WHERE key = 'domain:%s' RETURNING 1)"
            " SELECT count(*) FROM made",
            domain)),
        3000);
    EXPECT(post(srv.intake, "/v1/leads",
                text("{\"contact\": {\"email\": \"b@%s\"}, \"events\":"
                     " [{\"type\": \"demo_request\"}]}",
                     domain)),
           201);
    due = sql_int("SELECT count(*) FROM lead WHERE source = 'huge' AND"
                  " (due_at IS NOT NULL OR scored_at > '2021-01-01')");
    ck_assert_int_ge(due, 999); /* the first of all may be among them */
    ck_assert_int_le(due, 1000);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("leads_events");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, observed_behaviour_needs_consent);
    tcase_add_test(tc, an_event_of_nobody_fails_alone);
    tcase_add_test(tc, events_with_one_id_are_one);
    tcase_add_loop_test(tc, what_a_colleague_did_stays_the_colleagues, 0, 2);
    tcase_add_test(tc, two_leads_colleague_of_one_name_is_one_person);
    tcase_add_test(tc, a_batch_finds_its_leads_by_any_name);
    tcase_add_test(tc, every_bad_name_of_a_batch_is_told_where_it_stands);
    tcase_add_test(tc, the_timeline_tells_all_in_order);
    tcase_add_test(tc, a_page_neither_skips_nor_repeats_while_leads_come);
    tcase_add_test(tc, a_lead_is_judged_by_its_newest_events);
    tcase_add_test(tc, one_of_a_huge_account_costs_a_bounded_look);
    return real_server_main(tc, "leads_events", NULL);
}
