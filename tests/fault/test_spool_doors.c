/* One request at a time while the database is away: what each door says, and
 * what becomes of it later. */
#include <fcntl.h>
#include <sys/stat.h>

#include "fault/spool_fixture.h"

static const struct reply *post_lead(const char *email, const char *key)
{
    return call(
        srv.port, "POST", "/v1/leads", srv.intake,
        key ? text("Idempotency-Key: %s\r\nContent-Type: application/json\r\n",
                   key)
            : NULL,
        text("{\"contact\": {\"email\": \"%s@gmail.com\"}}", email));
}

START_TEST(while_away_every_door_that_may_wait_says_202)
{
    const struct reply *r;
    const char *form, *lead, *name;

    begin();
    name = fresh("door");
    r = post_lead(name, NULL);
    EXPECT(r, 201);
    lead = keep("%s", reply_text(r, "/lead/id"));
    form = keep("/v1/forms/%s", srv.form_key);
    pg_fixture_down();
    EXPECT(call(srv.port, "POST", form, NULL, FORM_TYPE,
                text("phone=%s", fresh_phone())),
           202);
    r = call(srv.port, "POST", form, NULL, FORM_TYPE "Accept: text/html\r\n",
             text("phone=%s", fresh_phone()));
    ck_assert(r->status == 202 || r->status == 303);
    EXPECT(post_lead(fresh("door"), NULL), 202);
    EXPECT(post(srv.intake, text("/v1/leads/%s/events", lead),
                "{\"type\": \"demo_request\"}"),
           202);
    EXPECT(post(srv.intake, "/v1/events",
                text("{\"events\": [{\"type\": \"download\", \"email\":"
                     " \"%s@gmail.com\"}]}",
                     name)),
           202);
    /* what needs the database says so; what does not goes on */
    EXPECT(patch(srv.sales, text("/v1/leads/%s", lead),
                 "{\"contact\": {\"name\": \"X\"}}"),
           503);
    EXPECT(post(srv.sales, "/v1/claims", "{\"count\": 1}"), 503);
    EXPECT(post(srv.intake, "/v1/leads", "{\"contact\": {}}"), 422);
    EXPECT(post("none", "/v1/leads", "{}"), 401);
    EXPECT(get(NULL, "/healthz"), 200);
    EXPECT(get(NULL, "/demo/"), 200);
    ck_assert_str_eq(spool_state(), "holding");
    ck_assert_int_eq(reply_int(get(NULL, "/readyz"), "/spool/records"), 5);
    pg_fixture_up();
    ck_assert(drained());
    ck_assert_int_eq(entries(lead, "event"), 2);
    ck_assert_int_eq(sql_int("SELECT count(*) FROM receipt"), 6);
    end();
}
END_TEST

START_TEST(started_while_away_it_knows_keys_and_forms)
{
    const char *before, *after;
    struct stat st;
    long long began;

    begin();
    before = keep("%s@gmail.com", fresh("before"));
    after = keep("%s@gmail.com", fresh("after"));
    pg_fixture_down();
    EXPECT(post(srv.intake, "/v1/leads",
                text("{\"contact\": {\"email\": \"%s\"}}", before)),
           202);
    server_kill(&srv);
    began = talk_ms();
    server_again(&srv);
    fprintf(stderr, "ready %lld ms after kill -9\n", talk_ms() - began);
    EXPECT(get(NULL, "/readyz"), 503);
    EXPECT(post("none", "/v1/leads", "{}"), 401);
    EXPECT(post(srv.intake, "/v1/leads",
                text("{\"contact\": {\"email\": \"%s\"}}", after)),
           202);
    EXPECT(call(srv.port, "POST", text("/v1/forms/%s", srv.form_key), NULL,
                FORM_TYPE, text("phone=%s", fresh_phone())),
           202);
    EXPECT(post(srv.sales, "/v1/claims", "{\"count\": 1}"), 503);
    EXPECT(get(srv.sales, "/v1/leads"), 503);
    ck_assert_int_eq(stat(text("%s/spool/settings.json", dir), &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    pg_fixture_up();
    ck_assert(drained());
    ck_assert_uint_eq(found(before) + found(after), 2);
    ck_assert_int_eq(sql_int("SELECT count(*) FROM receipt"), 3);
    end();
}
END_TEST

START_TEST(a_key_repeated_over_an_outage_is_one_lead)
{
    const struct reply *r;
    const char *name, *other, *first;
    char v[16];

    begin();
    name = fresh("twice");
    other = keep("%s", fresh("other"));
    pg_fixture_down();
    r = post_lead(name, "k-1");
    EXPECT(r, 202);
    first = keep("%s", reply_text(r, "/receipt_id"));
    EXPECT(post_lead(name, "k-1"), 202);
    EXPECT(post_lead(other, "k-1"), 202);
    pg_fixture_up();
    ck_assert(drained());
    r = post_lead(name, "k-1");
    EXPECT(r, 202);
    ck_assert_str_eq(reply_text(r, "/receipt_id"), first);
    ck_assert_str_eq(reply_field(r, "Idempotency-Replayed", v, sizeof(v)),
                     "true");
    ck_assert_uint_eq(found(text("%s@gmail.com", name)), 1);
    /* another body under the key: told 202, so it is kept for a person */
    ck_assert_int_eq(kept_aside(""), 2); /* "." and ".." */
    r = get(srv.marketing, "/v1/quarantine?reason=key_reused");
    ck_assert_uint_eq(json_array_size(reply_at(r, "/items")), 1);
    ck_assert_ptr_nonnull(strstr(reply_text(r, "/items/0/body"), other));
    r = post(srv.marketing, "/v1/quarantine/release",
             "{\"reason\": \"key_reused\"}");
    EXPECT(r, 200);
    ck_assert_uint_eq(found(text("%s@gmail.com", other)), 1);
    end();
}
END_TEST

START_TEST(what_nobody_takes_is_kept_aside_and_blocks_nobody)
{
    const char *name;

    begin();
    name = fresh("behind");
    pg_fixture_down();
    EXPECT(post(srv.intake,
                "/v1/leads/00000000-0000-7000-8000-00000000dead/events",
                "{\"type\": \"demo_request\"}"),
           202);
    EXPECT(post_lead(name, NULL), 202);
    pg_fixture_up();
    ck_assert(drained());
    ck_assert_uint_eq(found(text("%s@gmail.com", name)), 1);
    ck_assert_int_eq(kept_aside(".not_found"), 1);
    end();
}
END_TEST

/* Flip a byte in the middle of the second record of the only segment. */
static void damage(void)
{
    char byte = 'X';
    uint32_t n = 0;
    int fd =
        open(text("%s/spool/0000000000000001.seg", dir), O_RDWR | O_CLOEXEC);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(pread(fd, &n, 4, 1024 + 8), 4);
    ck_assert_int_eq(pwrite(fd, &byte, 1, 1024 + 16 + n + 16 + 30), 1);
    close(fd);
}

START_TEST(damage_costs_one_record_and_is_told)
{
    const char *a, *b, *c;
    char out[4096];

    begin();
    a = fresh("whole"), b = fresh("broken"), c = fresh("whole");
    pg_fixture_down();
    EXPECT(post_lead(a, NULL), 202);
    EXPECT(post_lead(b, NULL), 202);
    EXPECT(post_lead(c, NULL), 202);
    ck_assert_int_eq(server_stop(&srv), 0);
    damage();
    ck_assert_int_eq(
        server_command(&srv, (const char *const[]){"spool", "verify", NULL},
                       out, sizeof(out)),
        1);
    pg_fixture_up();
    server_again(&srv);
    ck_assert(drained());
    ck_assert_uint_eq(
        found(text("%s@gmail.com", a)) + found(text("%s@gmail.com", c)), 2);
    ck_assert_uint_eq(found(text("%s@gmail.com", b)), 0);
    ck_assert_int_eq(kept_aside(".damaged"), 1);
    ck_assert_ptr_nonnull(
        strstr(get(NULL, "/metrics")->body,
               "leadd_spool_quarantined_total{cause=\"damaged\"} 1"));
    end();
}
END_TEST

/* A database that is well but for one lead: a damaged page, a row that
   somebody holds. */
static void poison(const char *name)
{
    sql_run("CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$"
            " BEGIN RAISE 'damaged' USING ERRCODE = 'XX001'; END $$");
    sql_run(text("CREATE TRIGGER poison BEFORE INSERT ON identifier FOR EACH"
                 " ROW WHEN (NEW.value LIKE '%s%%')"
                 " EXECUTE FUNCTION poison()",
                 name));
}

START_TEST(a_record_the_database_fails_for_holds_up_nobody)
{
    const char *bad = fresh("poison"), *other;

    setenv("LEADD_WORK_MS", "500", 1); /* how long each try takes */
    begin();
    unsetenv("LEADD_WORK_MS");
    poison(bad);
    pg_fixture_down();
    EXPECT(post_lead(fresh("ahead"), NULL), 202);
    EXPECT(post_lead(text("%s-1", bad), NULL), 202);
    EXPECT(post_lead(text("%s-2", bad), NULL), 202);
    other = keep("%s", fresh("behind"));
    EXPECT(post_lead(other, NULL), 202);
    pg_fixture_up();
    ck_assert(UNTIL(strcmp(spool_state(), "empty") == 0, 100000));
    ck_assert_int_eq(sql_int("SELECT count(*) FROM receipt"), 4);
    ck_assert_int_eq(sql_int("SELECT count(*) FROM quarantine"
                             " WHERE reason = 'database_refused'"),
                     2);
    ck_assert_uint_eq(found(text("%s@gmail.com", other)), 1);
    ck_assert_int_eq(kept_aside(""), 2); /* "." and ".." */
    end();
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("spool_doors");

    tcase_add_test(tc, while_away_every_door_that_may_wait_says_202);
    tcase_add_test(tc, started_while_away_it_knows_keys_and_forms);
    tcase_add_test(tc, a_key_repeated_over_an_outage_is_one_lead);
    tcase_add_test(tc, what_nobody_takes_is_kept_aside_and_blocks_nobody);
    tcase_add_test(tc, damage_costs_one_record_and_is_told);
    tcase_add_test(tc, a_record_the_database_fails_for_holds_up_nobody);
    return spool_main(tc, "spool_doors");
}
