/* Everything from nothing: an empty workspace, rebuilt from its receipts. */
#include "api/real_server.h"
#include "base/base.h"
#include "lib/hook_sender.h"

static const char *const TABLES[] = {
    "lead", "identifier", "account", "account_key", "event", "touch",
    "hop",  "fact",       "consent", "ready",       "visit"};

#define LEADS                                                                  \
    "lead, identifier, account, account_key, event, touch, hop, fact, "        \
    "consent, ready,"                                                          \
    " rollup_stage, rollup_stay, rollup_delta, review, visit,"                 \
    " account_activity"

#define LIST_ROWS 20000

static char *picture(const char *table)
{
    return sql_text(text("SELECT coalesce(string_agg(t::text, E'\\n'"
                         " ORDER BY t::text), '') FROM %s t",
                         table));
}

/* Fails with the first rows that differ. */
static void same_picture(const char *table, const char *before)
{
    char *after = picture(table);
    const char *a = before, *b = after, *line_a = a, *line_b = b;

    for (; *a && *a == *b; a++, b++) {
        if (*a != '\n')
            continue;
        line_a = a + 1;
        line_b = b + 1;
    }
    ck_assert_msg(*a == *b, "%s\nwas %.1200s\nis  %.1200s", table, line_a,
                  line_b);
    free(after);
}

static bool nothing_is_due(void)
{
    return sql_int("SELECT count(*) FROM lead WHERE due_at <= now()") == 0;
}

static void viewed(const char *visitor)
{
    EXPECT(call(srv.port, "POST", text("/v1/forms/%s/visits", srv.form_key),
                NULL, "Content-Type: text/plain;charset=UTF-8\r\n",
                text("{\"visitor_id\": \"%s\", \"consent\": true, \"session\":"
                     " \"s1\", \"views\": [{\"url\": \"https://x.example/a\"},"
                     " {\"url\": \"https://x.example/b\"}]}",
                     visitor)),
           204);
}

/* Repeats, joined identifiers, events, consent, facts that win and lose, a
   company with two people and one known by its name, a patch, page views before
   and after. */
static void many_lives(void)
{
    viewed(fresh("nobody"));
    for (int i = 0; i < 12; i++) {
        const char *a = fresh("life"), *phone = fresh_phone(), *lead;

        if (i % 3 == 0)
            viewed(a);
        EXPECT(call(srv.port, "POST", text("/v1/forms/%s", srv.form_key), NULL,
                    NULL,
                    text("{\"name\": \"Minh %d\", \"visitor_id\": "
                         "\"%s\", \"email\": \"%s@firm%d.example\","
                         " \"utm_campaign\": \"c%d\","
                         " \"consent_behaviour_tracking\": \"on\"}",
                         i, a, a, i % 3, i % 2)),
               201);
        viewed(a);
        EXPECT(post(srv.intake, "/v1/leads",
                    text("{\"contact\": {\"email\": \"%s@firm%d.example\","
                         " \"phone\": \"%s\", \"company\": \"Firm %d\"},"
                         " \"source\": \"crm\", \"external_id\": \"%s\","
                         " \"facts\": {\"authority_role\": \"decision_maker\","
                         " \"need\": \"explicit\", \"budget\": 50000000,"
                         " \"price\": 50000000}, \"events\": [{\"type\":"
                         " \"page_view\", \"person\": \"ke toan\"},"
                         " {\"type\": \"demo_request\"}]}",
                         a, i % 3, phone, i % 3, a)),
               200);
        EXPECT(post(srv.intake, "/v1/leads",
                    text("{\"contact\": {\"phone\": \"%s\", \"company\":"
                         " \"Firm %d\"}}",
                         fresh_phone(), i % 4)),
               201);
        lead = the_lead(text("%s@firm%d.example", a, i % 3));
        if (i % 2)
            EXPECT(patch(srv.sales, text("/v1/leads/%s", lead),
                         "{\"facts\": {\"budget\": 10000000}}"),
                   200);
        EXPECT(post(srv.intake, "/v1/events",
                    text("{\"events\": [{\"phone\": \"%s\", \"type\":"
                         " \"demo_request\"}]}",
                         phone)),
               201);
    }
}

/* Two in one delivery, of whom one cannot be reached and waits. */
static void half_held(void)
{
    struct hook_source h = hook_source_make(&srv, "tiktok", "s", "", 0);
    const char *body =
        keep("{\"object\": 1, \"entry\": [{\"id\": 1, \"changes\": [{\"field\":"
             " \"name\", \"value\": \"%s\"}]}, {\"id\": 2, \"changes\":"
             " [{\"field\": \"email\", \"value\": \"%s@mail.example\"}]}]}",
             fresh("half"), fresh("half"));

    EXPECT(
        call(srv.port, "POST", hook_path(&h), NULL,
             text("X-Open-Signature: %s\r\n", hook_hmac("s", 1, body, false)),
             body),
        200);
    ck_assert_int_eq(
        sql_int("SELECT count(*) FROM receipt JOIN lead USING (workspace_id,"
                " lead_id) WHERE receipt.status = 'quarantined'"),
        1);
}

/* A platform tries its delivery with somebody who then comes. */
static void tried_first(void)
{
    struct hook_source h = hook_source_make(&srv, "google-ads", "k", "", 0);
    const char *mail = fresh("tried"), *phone = fresh_phone();
    static const char *const TEST[] = {"true", "true", "false", "true"};

    for (size_t i = 0; i < ARRAY_LEN(TEST); i++)
        EXPECT(
            call(
                srv.port, "POST", hook_path(&h), NULL, NULL,
                text("{\"lead_id\": \"%s\", \"google_key\": \"k\", \"is_test\":"
                     " %s, \"user_column_data\": [{\"column_id\": \"EMAIL\","
                     " \"string_value\": \"%s@firm1.example\"},"
                     " {\"column_id\": \"PHONE_NUMBER\","
                     " \"string_value\": \"%s\"}]}",
                     fresh("l"), TEST[i], mail, i ? phone : "")),
            200);
}

/* Held, and let in when somebody had come who had nothing to do with it, and
   when the same person had. */
static void held_first(void)
{
    const char *ids[2], *mail = fresh("held");

    for (int i = 0; i < 2; i++) {
        const struct reply *r = call(
            srv.port, "POST", text("/v1/forms/%s", srv.form_key), NULL, NULL,
            text("{\"email\": \"%s@firm2.example\", \"name\": \"Held\","
                 " \"utm_campaign\": \"held%d\", \"website\": \"spam\"}",
                 i ? mail : fresh("alone"), i));

        EXPECT(r, 201);
        ids[i] = keep("%s", reply_text(r, "/receipt_id"));
    }
    poll(NULL, 0, 3);
    for (int i = 0; i < 2; i++) {
        EXPECT(call(srv.port, "POST", text("/v1/forms/%s", srv.form_key), NULL,
                    NULL,
                    text("{\"email\": \"%s@firm2.example\", \"utm_campaign\":"
                         " \"since%d\"}",
                         mail, i)),
               201);
        EXPECT(post(srv.admin, "/v1/quarantine/release",
                    text("{\"ids\": [\"%s\"]}", ids[i])),
               200);
        poll(NULL, 0, 3);
    }
}

/* Chunks of a list, written by two at once; colleagues in many of them. */
static void long_list(void)
{
    AUTO(buf_release) struct buf list = BUF_INIT;

    (void)buf_puts(&list, "name,phone,email,company\n");
    for (int i = 0; i < LIST_ROWS; i++)
        (void)buf_printf(&list, "Row %d,09%08d,row%d@firm%d.example,List %d\n",
                         i, i, i, i % 97, i % 97);
    ck_assert(!list.failed);
    EXPECT(call(srv.port, "POST", "/v1/imports?source=long", srv.marketing,
                "Content-Type: text/csv\r\n", list.ptr),
           201);
    ck_assert_int_ge(sql_int("SELECT count(*) FROM lead"), LIST_ROWS);
}

static char *rebuild_output(void)
{
    static char out[4096];
    const char *const args[] = {"replay", NULL};

    ck_assert_int_eq(server_command(&srv, args, out, sizeof(out)), 0);
    return out;
}

START_TEST(an_empty_workspace_is_rebuilt_column_by_column)
{
    char *before[ARRAY_LEN(TABLES)];

    /* what other tests changed since it came in is no part of this */
    sql_run("TRUNCATE " LEADS ", receipt, quarantine");
    many_lives();
    half_held();
    tried_first();
    held_first();
    long_list();
    ck_assert(UNTIL(nothing_is_due(), 10000));
    ck_assert_int_eq(server_stop(&srv), 0);
    for (size_t i = 0; i < ARRAY_LEN(TABLES); i++)
        before[i] = picture(TABLES[i]);
    ck_assert_uint_gt(strlen(before[0]), 1000);
    (void)rebuild_output(); /* beside what is there: nothing changes */
    for (size_t i = 0; i < ARRAY_LEN(TABLES); i++)
        same_picture(TABLES[i], before[i]);
    sql_run("TRUNCATE " LEADS);
    (void)rebuild_output();
    server_again(&srv); /* time goes on where it was */
    ck_assert(UNTIL(nothing_is_due(), 10000));
    for (size_t i = 0; i < ARRAY_LEN(TABLES); i++) {
        same_picture(TABLES[i], before[i]);
        free(before[i]);
    }
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("rebuild");

    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, an_empty_workspace_is_rebuilt_column_by_column);
    return real_server_main(tc, "rebuild", NULL);
}
