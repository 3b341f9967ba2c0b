/* Somebody withdrew: no table holds anything any more that tells who it was,
 * whichever way it was told; and nobody else lost anything. */
#include "api/merges_fixture.h"

#include "base/clock.h"
#include "base/str.h"
#include "lib/hook_sender.h"
#include "store/read_due.h"

/* Words nothing else contains. */
#define NAME    "Zqwname"
#define MAIL    "zqwmail@gmail.com"
#define PHONE   "987650123"
#define DETAIL  "zqwdetail"
#define VISITOR "zqwvisitor-00000001"
#define PERSON  "zqwperson"

static const char *const PLANTED[] = {NAME,   "zqwname", "zqwmail",    PHONE,
                                      DETAIL, PERSON,    "zqwvisitor", "zqwid"};

/* ---- looking into every table ---- */

/* Bodies are bytes, which show as hex. */
static long long holding(PGconn *c, const char *table, const char *what)
{
    PGresult *res =
        PQexec(c, text("SELECT count(*) FROM %s t WHERE position('%s' IN"
                       " t::text) > 0 OR position(encode('%s', 'hex') IN"
                       " t::text) > 0",
                       table, what, what));
    long long n;

    ck_assert_msg(PQresultStatus(res) == PGRES_TUPLES_OK, "%s",
                  PQerrorMessage(c));
    n = atoll(PQgetvalue(res, 0, 0));
    PQclear(res);
    return n;
}

/** Rows of all tables that hold something planted; tells where. */
static long long traces(bool tell)
{
    PGconn *c = PQconnectdb(pg_fixture());
    PGresult *res = PQexec(c, "SELECT relname FROM pg_class WHERE relkind IN"
                              " ('r', 'p') AND NOT relispartition AND"
                              " relnamespace = 'public'::regnamespace");
    long long n = 0;

    ck_assert_int_gt(PQntuples(res), 30);
    for (int i = 0; i < PQntuples(res); i++)
        for (size_t k = 0; k < sizeof(PLANTED) / sizeof(*PLANTED); k++) {
            long long rows = holding(c, PQgetvalue(res, i, 0), PLANTED[k]);

            if (rows && tell)
                fprintf(stderr, "%s: %s in %lld rows\n", PQgetvalue(res, i, 0),
                        PLANTED[k], rows);
            n += rows;
        }
    PQclear(res);
    PQfinish(c);
    return n;
}

/* ---- every way of telling who somebody is ---- */

static void by_api(const char *source)
{
    EXPECT(call(srv.port, "POST", "/v1/leads", srv.intake,
                "Idempotency-Key: erasure-1\r\n",
                text("{\"contact\": {\"name\": \"" NAME "\", \"email\":"
                     " \"" MAIL "\"}, \"source\": \"%s\", \"external_id\":"
                     " \"" HOOK_WITHDRAWN "\", \"consent\": [{\"purpose\":"
                     " \"behaviour_tracking\", \"status\": \"granted\"}]}",
                     source)),
           201);
}

static void by_change(const char *lead)
{
    EXPECT(patch(srv.sales, text("/v1/leads/%s", lead),
                 "{\"contact\": {\"phone\": \"0" PHONE "\", \"job_title\":"
                 " \"" DETAIL "\"}}"),
           200);
    EXPECT(call(srv.port, "PATCH", text("/v1/leads/%s", lead), srv.sales,
                "Idempotency-Key: erasure-2\r\n",
                "{\"contact\": {\"name\": \"" NAME "\"}}"),
           200);
}

static void by_events(const char *lead)
{
    EXPECT(post(srv.intake, text("/v1/leads/%s/events", lead),
                "{\"events\": [{\"type\": \"download\", \"detail\":"
                " \"" DETAIL "\", \"person\": \"" PERSON "\"}]}"),
           201);
    EXPECT(post(srv.intake, "/v1/events",
                "{\"events\": [{\"type\": \"download\", \"email\":"
                " \"somebody-else@gmail.com\"}, {\"type\": \"download\","
                " \"detail\": \"" DETAIL "\", \"email\": \"" MAIL "\"}]}"),
           201);
}

/* The second is a repeated delivery. */
static void by_webhook(void)
{
    struct hook_source s =
        hook_source_make(&srv, "google-ads", "key-of-google", "", 0);

    for (int i = 0; i < 2; i++)
        EXPECT(call(srv.port, "POST", hook_path(&s), NULL, NULL,
                    "{\"lead_id\": \"zqwid-google\", \"google_key\":"
                    " \"key-of-google\", \"user_column_data\": [{\"column_id\":"
                    " \"EMAIL\", \"string_value\": \"" MAIL "\"}]}"),
               200);
}

static void by_visit(void)
{
    EXPECT(call(srv.port, "POST", text("/v1/forms/%s/visits", srv.form_key),
                NULL, "Content-Type: text/plain\r\n",
                "{\"visitor_id\": \"" VISITOR "\", \"consent\": true,"
                " \"session\": \"s\", \"views\": [{\"url\":"
                " \"https://x.example/" DETAIL "\"}]}"),
           204);
}

/* Views of the page before and after the visitor is known. */
static void by_form(void)
{
    by_visit();
    EXPECT(call(srv.port, "POST", text("/v1/forms/%s", srv.form_key), NULL,
                FORM_TYPE,
                "email=" MAIL "&name=" NAME "&visitor_id=" VISITOR
                "&page_url=https://x.example/" DETAIL
                "&consent_behaviour_tracking=1"),
           201);
    by_visit();
}

/* A row with a bad cell is a lead without it, and is kept as it came. */
static void by_list(void)
{
    const struct reply *r =
        call(srv.port, "POST",
             "/v1/imports?source=erasure-list&provenance=event"
             "&note=fair",
             srv.marketing, "Content-Type: text/csv\r\n",
             "name,email,phone\n" NAME "," MAIL ",12\n"
             "Somebody,zqother@gmail.com,0987650124\n");

    ck_assert_msg(r->status == 200 || r->status == 201, "%d %s", r->status,
                  r->body);
    ck_assert_int_eq(reply_int(r, "/rows"), 2);
}

START_TEST(nothing_of_who_withdrew_is_left_in_any_table)
{
    struct hook_source s = hook_linkedin_make(&srv);
    struct pg *pg = pg_fixture_connect(false);
    const char *lead;

    ck_assert_int_eq(traces(true), 0);
    EXPECT(post(srv.intake, "/v1/leads",
                "{\"contact\": {\"email\": \"somebody-else@gmail.com\"}}"),
           201);
    by_api(s.name);
    lead = the_lead(MAIL);
    by_change(lead);
    by_events(lead);
    by_webhook();
    by_form();
    by_list();
    ck_assert_str_eq(the_lead(MAIL), lead);
    ck_assert_int_gt(traces(false), 20);
    hook_withdraw(&srv, &s);
    /* the sweep of every minute */
    ck_assert_int_eq(forget_answers(pg, clock_now_ms() - DAY_MS), ERR_OK);
    pg_free(pg);
    ck_assert_int_eq(traces(true), 0);
    ck_assert_uint_eq(found("somebody-else%40gmail.com"), 1);
    ck_assert_uint_eq(found("zqother%40gmail.com"), 1);
}
END_TEST

/* Their row that gave way, and the rows as they were, go with the person. */
START_TEST(who_was_merged_is_forgotten_with_what_was_before)
{
    struct hook_source s = hook_linkedin_make(&srv);
    struct pg *pg = pg_fixture_connect(false);
    struct pair p = {.phone = "0" PHONE, .email = MAIL};
    const struct reply *r;
    const char *id;

    ck_assert_int_eq(traces(true), 0);
    p.kept = phone_lead(p.phone, "");
    EXPECT(post(srv.intake, "/v1/leads",
                text("{\"contact\": {\"email\": \"" MAIL "\", \"name\":"
                     " \"" NAME "\", \"job_title\": \"" DETAIL "\"},"
                     " \"source\": \"%s\", \"external_id\":"
                     " \"" HOOK_WITHDRAWN "\", \"touch\": {\"page_url\":"
                     " \"https://x.example/" DETAIL "\"}}",
                     s.name)),
           201);
    p.gone = the_lead(MAIL);
    by_events(p.gone);
    p.review = conflict(p.phone, p.email, p.kept, p.gone);
    r = post(srv.marketing, text("/v1/reviews/%s/merge", p.review),
             text("{\"keep\": \"%s\", \"note\": \"" NAME "\"}", p.kept));
    EXPECT(r, 201);
    id = keep("%s", reply_text(r, "/id"));
    by_events(p.gone);
    ck_assert_int_gt(traces(false), 10);
    hook_withdraw(&srv, &s);
    ck_assert_int_eq(forget_answers(pg, clock_now_ms() - DAY_MS), ERR_OK);
    pg_free(pg);
    ck_assert_int_eq(traces(true), 0);
    EXPECT(undo(id), 409);
    rollups_hold();
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("erasure");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, nothing_of_who_withdrew_is_left_in_any_table);
    tcase_add_test(tc, who_was_merged_is_forgotten_with_what_was_before);
    return real_server_main(tc, "erasure", NULL);
}
