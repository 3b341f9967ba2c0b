/* /v1/hooks/{platform}/{source_key}: every captured body and every signature
 * of the platform notes, over HTTP, as the platforms send them. */
#include "api/real_server.h"

#include "lib/hook_fixtures.h"

#define GOOGLE "{\"lead_id\": \"%s\", \"google_key\": \"%s\"}"

/* ---- sources ---- */

/* "app_id=1;timestamp=2": members of secrets, as the notes name them. */
static const char *params_json(const char *params)
{
    char out[2048] = "", copy[1024], *rest = copy, *one;

    snprintf(copy, sizeof(copy), "%s", params);
    while ((one = strsep(&rest, ";"))) {
        char *eq = strchr(one, '=');
        size_t n = strlen(out);

        if (eq)
            snprintf(out + n, sizeof(out) - n, ", \"%.*s\": \"%s\"",
                     (int)(eq - one), one, eq + 1);
    }
    return keep("%s", out);
}

struct source {
    const char *kind, *key, *name, *id;
};

static struct source make_source(const char *kind, const char *secret,
                                 const char *params, const char *members)
{
    const char *name = fresh(kind);
    const struct reply *r = post(
        srv.admin, "/v1/sources",
        text("{\"kind\": \"%s\", \"name\": \"%s\", \"secrets\": {\"secret\":"
             " \"%s\", \"verify_token\": \"leadd-verify-01\"%s},"
             " \"defaults\": {\"replay_window_s\": 0}%s}",
             kind, name, secret, params_json(params), members));

    EXPECT(r, 201);
    return (struct source){kind, keep("%s", reply_text(r, "/source_key")), name,
                           keep("%s", reply_text(r, "/id"))};
}

static const char *hook_path(const struct source *s)
{
    return keep("/v1/hooks/%s/%s", s->kind, s->key);
}

/* ---- requests ---- */

/* "Name: value | Name: value" as header lines. */
static const char *header_lines(const char *cells)
{
    const char *out = "", *bar;

    for (; *cells; cells = bar ? bar + 3 : cells + strlen(cells)) {
        bar = strstr(cells, " | ");
        out = keep("%s%.*s\r\n", out,
                   bar ? (int)(bar - cells) : (int)strlen(cells), cells);
    }
    return out;
}

static const char *signed_headers(const struct table *t, size_t row)
{
    const char *name = cell(t, row, "header");
    const char *more = header_lines(cell(t, row, "headers"));

    if (strchr(name, ' ')) /* a member of the body, not a header */
        return keep("Content-Type: application/json\r\n%s", more);
    return keep("Content-Type: application/json\r\n%s: %s\r\n%s", name,
                cell(t, row, "value"), more);
}

static struct reply send_file(const struct source *s, const struct table *t,
                              size_t row)
{
    size_t n;
    const char *file = cell(t, row, "file");
    char *body = fixture_body(s->kind, file, &n);
    const char *query =
        strstr(cell(t, row, "params"), "?src=") ? "?src=a%3Ab%2Fc" : "";
    struct reply r =
        http_call_bytes(srv.port, "POST", text("%s%s", hook_path(s), query),
                        NULL, signed_headers(t, row), body, n);

    free(body);
    return r;
}

static long long receipts(void)
{
    return sql_int("SELECT count(*) FROM receipt");
}

/* ---- every row of signatures.tsv ---- */

static bool is_hello(const char *scheme)
{
    return !strcmp(scheme, "linkedin-challenge");
}

/* SHA-1 alone is not relied on, though its rows are right. */
static bool taken(const struct table *t, size_t row)
{
    return !strcmp(cell(t, row, "expect"), "accept") &&
           strcmp(cell(t, row, "scheme"), "meta-sha1") != 0;
}

static void check_signature(const char *platform, const struct table *t,
                            size_t row)
{
    struct source s = make_source(platform, cell(t, row, "secret"),
                                  cell(t, row, "params"), "");
    long long before = receipts();
    struct reply r = send_file(&s, t, row);
    bool vector = strstr(cell(t, row, "file"), "sdk_vector") != NULL;
    int want = !taken(t, row) ? 401 : vector ? 400 : 200;

    ck_assert_msg(r.status == want, "%s %s (%s): %d, not %d: %s", platform,
                  cell(t, row, "file"), cell(t, row, "note"), r.status, want,
                  r.body);
    ck_assert_int_eq(receipts(), before + (want == 200));
    reply_free(&r);
}

START_TEST(every_signature_is_judged_as_the_notes_say)
{
    struct table t;

    table_read(&t, PLATFORMS[_i], SIGNATURES);
    ck_assert_uint_gt(t.n, 1);
    for (size_t i = 1; i < t.n; i++)
        if (!is_hello(cell(&t, i, "scheme")))
            check_signature(PLATFORMS[_i], &t, i);
    free(t.text);
}
END_TEST

/* ---- every row of cases.tsv ---- */

/* What became of one id: a lead's identifier, an order to read it, or a
 * receipt held because nobody can be reached. */
static long long told(const struct source *s, const char *id)
{
    return sql_int(text("SELECT (SELECT count(*) FROM identifier WHERE"
                        " kind = 3 AND value = '%s:%s') + (SELECT count(*)"
                        " FROM fetch_queue WHERE source_id = '%s' AND"
                        " external_id = '%s')",
                        s->name, id, s->id,
                        strstr(id, "urn:") == id ? strrchr(id, ':') + 1 : id));
}

static long long held(const struct source *s)
{
    return sql_int(text("SELECT count(*) FROM receipt WHERE source_id = '%s'"
                        " AND status = 'quarantined'",
                        s->id));
}

static long long traces(const struct source *s)
{
    return sql_int(text("SELECT (SELECT count(*) FROM touch t WHERE"
                        " t.source_id = '%s') + (SELECT count(*) FROM event)"
                        " + (SELECT count(*) FROM consent) + (SELECT count(*)"
                        " FROM fetch_queue)",
                        s->id));
}

static void check_ids(const struct source *s, const char *file,
                      const char *keys, int leads)
{
    char copy[1024], *rest = copy, *id;
    int n = 0;

    snprintf(copy, sizeof(copy), "%s", keys);
    while ((id = strsep(&rest, ","))) {
        if (!*id)
            continue;
        n += (int)told(s, id);
    }
    ck_assert_msg(n + held(s) >= leads, "%s: %d of %d", file, n, leads);
    if (!leads)
        ck_assert_int_eq(held(s) + sql_int(text("SELECT count(*) FROM lead"
                                                " WHERE source_id = '%s'",
                                                s->id)),
                         0);
}

static void check_test_mark(const struct source *s, const char *mark)
{
    long long marked = sql_int(text(
        "SELECT count(*) FROM lead WHERE source_id = '%s' AND test", s->id));
    long long all = sql_int(
        text("SELECT count(*) FROM lead WHERE source_id = '%s'", s->id));

    ck_assert_int_eq(marked, !strcmp(mark, "yes") ? all : 0);
}

static void check_case(const char *platform, const struct table *c, size_t row,
                       const struct table *t, size_t how)
{
    struct source s = make_source(platform, cell(t, how, "secret"),
                                  cell(t, how, "params"), "");
    const char *file = cell(c, row, "file");
    struct reply r = send_file(&s, t, how);
    long long after;

    ck_assert_msg(r.status == 200, "%s %s: %d %s", platform, file, r.status,
                  r.body);
    ck_assert_str_eq(r.body, "{}");
    reply_free(&r);
    check_ids(&s, file, cell(c, row, "dedupe_keys"),
              atoi(cell(c, row, "leads")));
    check_test_mark(&s, cell(c, row, "test"));
    after = traces(&s);
    r = send_file(&s, t, how); /* every sender delivers at least once */
    ck_assert_int_eq(r.status, 200);
    reply_free(&r);
    ck_assert_int_eq(traces(&s), after);
}

START_TEST(every_case_gives_the_leads_the_notes_say)
{
    struct table c, t;

    table_read(&c, PLATFORMS[_i], CASES);
    table_read(&t, PLATFORMS[_i], SIGNATURES);
    for (size_t i = 1; i < c.n; i++) {
        size_t how = signing_row(&t, cell(&c, i, "file"));

        if (!strcmp(cell(&c, i, "kind"), "request") && how)
            check_case(PLATFORMS[_i], &c, i, &t, how);
    }
    free(c.text);
    free(t.text);
}
END_TEST

/* ---- handshakes ---- */

static const struct reply *hello(const struct source *s, const char *query)
{
    return call(srv.port, "GET", text("%s?%s", hook_path(s), query), NULL, NULL,
                NULL);
}

/* The query of a captured GET. */
static const char *captured_query(const char *platform, const char *file)
{
    size_t n;
    char *head = fixture_body(platform, file, &n);
    const char *at = strchr(head, '?');
    const char *query;

    ck_assert_ptr_nonnull(at);
    query = keep("%.*s", (int)strcspn(at + 1, " "), at + 1);
    free(head);
    return query;
}

START_TEST(meta_is_answered_its_digits_and_nothing_else)
{
    struct source s = make_source("meta", "x", "", "");
    const struct reply *r = hello(&s, captured_query("meta", "verify_get.txt"));
    char type[64];

    EXPECT(r, 200);
    ck_assert_str_eq(r->body, "1158201444");
    ck_assert_int_eq(strncmp(reply_field(r, "Content-Type", type, sizeof(type)),
                             "text/plain", 10),
                     0);
    r = hello(&s, captured_query("meta", "verify_get_wrong_token.txt"));
    EXPECT(r, 403);
    ck_assert_ptr_null(strstr(r->body, "77"));
    r = hello(&s, captured_query("meta", "verify_get_encoded.txt"));
    EXPECT(r, 403);
    ck_assert_ptr_null(strstr(r->body, "script"));
}
END_TEST

START_TEST(linkedin_signs_a_uuid_and_never_an_event)
{
    struct source s = make_source("linkedin", "LiClientSecret-9xQ2", "", "");
    const struct reply *r =
        hello(&s, captured_query("linkedin", "challenge_get.txt"));

    EXPECT(r, 200);
    ck_assert_str_eq(reply_text(r, "/challengeCode"),
                     "890e4665-4dfe-4ab1-b689-ed553bceeed0");
    ck_assert_str_eq(
        reply_text(r, "/challengeResponse"),
        "b1dbfc8be919ab5d5bf3fc95e22a8739269b04fe24c895b1ad3ac02436a1ece2");
    EXPECT(hello(&s, captured_query("linkedin", "challenge_get_forged.txt")),
           400);
    EXPECT(hello(&s, "challengeCode=890e4665-4dfe-1ab1-b689-ed553bceeed0"),
           400);
    EXPECT(hello(&s, "challengeCode=890e4665-4dfe-4ab1-b689-ed553bceeed00"),
           400);
}
END_TEST

START_TEST(zalo_may_probe_with_exactly_an_empty_object)
{
    struct source s = make_source("zalo", "x", "app_id=1", "");
    long long before = receipts();

    EXPECT(call(srv.port, "POST", hook_path(&s), NULL, NULL, "{}"), 200);
    ck_assert_int_eq(receipts(), before);
    EXPECT(call(srv.port, "POST", hook_path(&s), NULL, NULL, "{} "), 401);
}
END_TEST

START_TEST(others_are_answered_a_get)
{
    struct source s = make_source("tiktok", "x", "", "");

    EXPECT(call(srv.port, "GET", hook_path(&s), NULL, NULL, NULL), 200);
}
END_TEST

/* ---- who is not there ---- */

START_TEST(unknown_platforms_and_keys_are_not_there)
{
    struct source s = make_source("tiktok", "x", "", "");
    static const char *const PATHS[] = {"/v1/hooks/nobody/1-x",
                                        "/v1/hooks/meta/1-nobody"};
    const struct reply *r;

    for (size_t i = 0; i < 2; i++) {
        EXPECT(call(srv.port, "POST", PATHS[i], NULL, NULL, "{}"), 404);
        EXPECT(call(srv.port, "GET", PATHS[i], NULL, NULL, NULL), 404);
    }
    /* a key of one platform opens no other */
    EXPECT(call(srv.port, "POST", text("/v1/hooks/meta/%s", s.key), NULL, NULL,
                "{}"),
           404);
    EXPECT(call(srv.port, "POST", text("/v1/hooks/meta/%s", srv.form_key), NULL,
                NULL, "{}"),
           404);
    r = call(srv.port, "POST", "/v1/hooks/google-ads/1-nobody", NULL, NULL,
             "{}");
    EXPECT(r, 404);
    ck_assert_ptr_nonnull(reply_at(r, "/message"));
}
END_TEST

/* ---- Google ---- */

static const struct reply *google(const struct source *s, const char *body)
{
    return call(srv.port, "POST", hook_path(s), NULL, NULL, body);
}

START_TEST(google_learns_what_is_wrong)
{
    struct source s =
        make_source("google-ads", "kd93-Leadd_Webhook-Key", "", "");
    static const struct {
        const char *file;
        int status;
    } CASES_[] = {{"lead_wrong_key.json", 401},
                  {"lead_missing_key.json", 401},
                  {"doc_sample_capital_key.json", 401},
                  {"doc_sample_trailing_comma.txt", 400}};
    const struct reply *r;
    size_t n;

    for (size_t i = 0; i < sizeof(CASES_) / sizeof(*CASES_); i++) {
        char *body = fixture_body("google-ads", CASES_[i].file, &n);

        r = google(&s, body);
        free(body);
        EXPECT(r, CASES_[i].status);
        ck_assert_uint_eq(json_object_size(r->json), 1);
        ck_assert_ptr_nonnull(reply_at(r, "/message"));
    }
    r = google(&s, "{\"google_key\": \"kd93-Leadd_Webhook-Key\"}");
    EXPECT(r, 400); /* no lead_id */
    ck_assert_ptr_nonnull(reply_at(r, "/message"));
}
END_TEST

START_TEST(the_key_in_the_body_is_never_kept)
{
    struct source s = make_source("google-ads", "very-secret-key", "", "");
    const char *body =
        keep("{\"lead_id\": \"%s\", \"google_key\" : \"very-secret-key\","
             " \"user_column_data\": [{\"column_id\": \"EMAIL\","
             " \"string_value\": \"%s@mail.example\"}]}",
             fresh("lead"), fresh("google"));

    EXPECT(google(&s, body), 200);
    ck_assert_int_eq(
        sql_int(text("SELECT count(*) FROM receipt WHERE source_id = '%s'"
                     " AND position('very-secret-key'::bytea IN body) = 0"
                     " AND position('***************'::bytea IN body) > 0",
                     s.id)),
        1);
    /* a name written with escapes cannot be blotted out: refused */
    EXPECT(google(&s, "{\"lead_id\": \"1\","
                      " \"google\\u005fkey\": \"very-secret-key\"}"),
           400);
}
END_TEST

START_TEST(test_leads_are_shown_but_neither_counted_nor_handed_out)
{
    struct source s = make_source("google-ads", "k", "", "");
    const char *mail = keep("%s@mail.example", fresh("test"));
    const struct reply *r;
    long long leads;

    EXPECT(google(&s, keep("{\"lead_id\": \"t1\", \"google_key\": \"k\","
                           " \"is_test\": true, \"user_column_data\":"
                           " [{\"column_id\": \"EMAIL\", \"string_value\":"
                           " \"%s\"}]}",
                           mail)),
           200);
    r = get(srv.marketing, text("/v1/leads/%s", the_lead(mail)));
    EXPECT(r, 200);
    ck_assert(json_is_true(reply_at(r, "/test")));
    r = get(srv.marketing, text("/v1/funnel?group_by=source"));
    EXPECT(r, 200);
    ck_assert_ptr_null(strstr(r->body, s.name));
    leads = sql_int(text("SELECT count(*) FROM ready WHERE lead_id = '%s'",
                         the_lead(mail)));
    ck_assert_int_eq(leads, 0);
}
END_TEST

#define GONE "4f0d1c2b-7a6e-4c3d-9b1a-0c9d8e7f6a5b-5"

static void withdraw(const struct source *s)
{
    struct table t;
    struct reply r;

    table_read(&t, "linkedin", SIGNATURES);
    r = send_file(s, &t, signing_row(&t, "lead_deleted.json"));
    ck_assert_int_eq(r.status, 200);
    reply_free(&r);
}

START_TEST(who_withdrew_is_forgotten_and_was_counted)
{
    struct source s = make_source("linkedin", "LiClientSecret-9xQ2", "", "");
    const char *mail = keep("%s@mail.example", fresh("gone")), *lead;
    const struct reply *r;

    EXPECT(post(srv.intake, "/v1/leads",
                text("{\"contact\": {\"name\": \"Gone Away\", \"email\":"
                     " \"%s\"}, \"source\": \"%s\", \"external_id\":"
                     " \"" GONE "\", \"consent\": [{\"purpose\":"
                     " \"marketing\", \"status\": \"granted\"}]}",
                     mail, s.name)),
           201);
    lead = the_lead(mail);
    withdraw(&s);
    withdraw(&s); /* twice is once */
    ck_assert_uint_eq(found(mail), 0);
    ck_assert_uint_eq(found("gone+away"), 0);
    r = get(srv.marketing, text("/v1/leads/%s", lead));
    EXPECT(r, 200);
    ck_assert_str_eq(reply_text(r, "/stage"), "disqualified");
    ck_assert_ptr_null(strstr(r->body, "gone"));
    ck_assert_ptr_null(strstr(r->body, "Gone"));
    ck_assert_int_eq(sql_int(text("SELECT count(*) FROM receipt WHERE"
                                  " position('%s'::bytea IN body) > 0",
                                  mail)),
                     0);
    ck_assert_int_eq(sql_int(text("SELECT count(*) FROM hop WHERE lead_id ="
                                  " '%s'",
                                  lead)),
                     2);
    EXPECT(post(srv.admin, text("/v1/leads/%s/stage", lead),
                "{\"to\": \"iql\", \"reason\": \"again\"}"),
           409);
}
END_TEST

/* ---- rotation, replay, limits ---- */

START_TEST(old_and_new_secret_are_both_good)
{
    struct source s = make_source("google-ads", "first", "", "");

    EXPECT(call(srv.port, "PATCH", text("/v1/sources/%s", s.id), srv.admin,
                NULL, "{\"secrets\": {\"secret\": \"second\"}}"),
           200);
    EXPECT(google(&s, keep(GOOGLE, "1", "second")), 200);
    EXPECT(google(&s, keep(GOOGLE, "2", "first")), 200);
    EXPECT(google(&s, keep(GOOGLE, "3", "third")), 401);
}
END_TEST

/* Its last member has no window: the captured time is months old. */
START_TEST(an_old_signature_is_refused_unless_the_source_allows_it)
{
    static const char *const KINDS[] = {"webflow", "hubspot", "calendly",
                                        "standard-webhooks"};

    for (size_t k = 0; k < sizeof(KINDS) / sizeof(*KINDS); k++) {
        struct table t;
        struct source s;
        struct reply r;

        table_read(&t, KINDS[k], SIGNATURES);
        s = make_source(KINDS[k], cell(&t, 1, "secret"), cell(&t, 1, "params"),
                        "");
        EXPECT(call(srv.port, "PATCH", text("/v1/sources/%s", s.id), srv.admin,
                    NULL, "{\"defaults\": {\"replay_window_s\": 300}}"),
               200);
        r = send_file(&s, &t, 1);
        ck_assert_msg(r.status == 401, "%s: %d", KINDS[k], r.status);
        reply_free(&r);
        free(t.text);
    }
    EXPECT(post(srv.admin, "/v1/sources",
                "{\"kind\": \"webflow\", \"name\": \"w\", \"defaults\":"
                " {\"replay_window_s\": -1}}"),
           422);
}
END_TEST

/* ---- anybody else ---- */

static struct source open_source(const char *secrets)
{
    const char *name = fresh("generic");
    const struct reply *r =
        post(srv.admin, "/v1/sources",
             text("{\"kind\": \"generic\", \"name\": \"%s\","
                  " \"secrets\": {%s}}",
                  name, secrets));

    EXPECT(r, 201);
    return (struct source){"generic", keep("%s", reply_text(r, "/source_key")),
                           name, keep("%s", reply_text(r, "/id"))};
}

START_TEST(a_generic_sender_posts_json_or_a_form)
{
    struct source s = open_source("");
    const char *mail = keep("%s@mail.example", fresh("generic"));

    EXPECT(call(srv.port, "POST", hook_path(&s), NULL, NULL,
                text("{\"id\": 7420001112223334445, \"contact\": {\"name\":"
                     " \"A\", \"email\": \"%s\"}}",
                     mail)),
           200);
    ck_assert_int_eq(told(&s, "7420001112223334445"), 1);
    ck_assert_uint_eq(found(mail), 1);
    mail = keep("%s@mail.example", fresh("generic"));
    EXPECT(call(srv.port, "POST", hook_path(&s), NULL, FORM_TYPE,
                text("email=%s", mail)),
           200);
    ck_assert_uint_eq(found(mail), 1);
    EXPECT(call(srv.port, "POST", hook_path(&s), NULL,
                "Content-Type: multipart/form-data; boundary=b\r\n", "--b--"),
           415);
}
END_TEST

START_TEST(a_generic_sender_may_have_a_key)
{
    struct source s = open_source("\"key\": \"k1\"");
    const char *body = text("{\"email\": \"%s@mail.example\"}", fresh("k"));

    EXPECT(call(srv.port, "POST", hook_path(&s), NULL, NULL, body), 401);
    EXPECT(
        call(srv.port, "POST", hook_path(&s), NULL, "X-Api-Key: k2\r\n", body),
        401);
    EXPECT(
        call(srv.port, "POST", hook_path(&s), NULL, "X-Api-Key: k1\r\n", body),
        200);
    EXPECT(call(srv.port, "POST", text("%s?key=k1", hook_path(&s)), NULL, NULL,
                body),
           200);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("hooks");

    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, every_signature_is_judged_as_the_notes_say, 0,
                        sizeof(PLATFORMS) / sizeof(*PLATFORMS));
    tcase_add_loop_test(tc, every_case_gives_the_leads_the_notes_say, 0,
                        sizeof(PLATFORMS) / sizeof(*PLATFORMS));
    tcase_add_test(tc, meta_is_answered_its_digits_and_nothing_else);
    tcase_add_test(tc, linkedin_signs_a_uuid_and_never_an_event);
    tcase_add_test(tc, zalo_may_probe_with_exactly_an_empty_object);
    tcase_add_test(tc, others_are_answered_a_get);
    tcase_add_test(tc, unknown_platforms_and_keys_are_not_there);
    tcase_add_test(tc, google_learns_what_is_wrong);
    tcase_add_test(tc, the_key_in_the_body_is_never_kept);
    tcase_add_test(tc, test_leads_are_shown_but_neither_counted_nor_handed_out);
    tcase_add_test(tc, who_withdrew_is_forgotten_and_was_counted);
    tcase_add_test(tc, old_and_new_secret_are_both_good);
    tcase_add_test(tc, an_old_signature_is_refused_unless_the_source_allows_it);
    tcase_add_test(tc, a_generic_sender_posts_json_or_a_form);
    tcase_add_test(tc, a_generic_sender_may_have_a_key);
    return real_server_main(tc, "hooks", NULL);
}
