/* Idempotency-Key where leads become one: what is decided once is answered
 * once, however often it is asked. */
#include "api/merges_fixture.h"

static const struct reply *with_key(const char *path, const char *name,
                                    const char *body)
{
    return call(srv.port, "POST", path, srv.marketing,
                text("Idempotency-Key: \"%s\"\r\nContent-Type:"
                     " application/json\r\n",
                     name),
                body);
}

static bool is_replayed(const struct reply *r)
{
    char v[16];

    return reply_field(r, "Idempotency-Replayed", v, sizeof(v)) &&
           !strcmp(v, "true");
}

/* Twice with one key, then with another body. @return the first answer */
static const struct reply *kept(const char *path, const char *body,
                                const char *other, int status)
{
    const char *name = fresh("key"), *first;
    const struct reply *r = with_key(path, name, body), *answer = r;

    EXPECT(r, status);
    ck_assert(!is_replayed(r));
    first = keep("%s", r->body);
    r = with_key(path, name, body);
    EXPECT(r, status);
    ck_assert(is_replayed(r));
    ck_assert_str_eq(r->body, first);
    r = with_key(path, name, other);
    EXPECT(r, 422);
    ck_assert_str_eq(reply_text(r, "/type"), "/docs#key_reused");
    return answer;
}

static long long merges_of(const struct pair *p)
{
    return sql_int(text("SELECT count(*) FROM merge WHERE kept_id IN"
                        " ('%s', '%s')",
                        p->kept, p->gone));
}

START_TEST(a_merge_asked_for_twice_is_one)
{
    struct pair p = pair("", "");
    const char *path = keep("/v1/reviews/%s/merge", p.review);
    const char *body = keep("{\"keep\": \"%s\"}", p.kept), *id;

    id = keep("%s", reply_text(kept(path, body,
                                    text("{\"keep\": \"%s\"}", p.gone), 201),
                               "/id"));
    ck_assert_int_eq(merges_of(&p), 1);
    /* the key is of this path: an undo may bear it, too */
    path = keep("/v1/merges/%s/undo", id);
    (void)kept(path, "{}", "{ }", 200);
    ck_assert_int_eq(merges_of(&p), 1);
    ck_assert_str_eq(the_lead(p.email), p.gone);
    ck_assert_str_eq(the_lead(p.phone), p.kept);
}
END_TEST

START_TEST(a_dismissal_asked_for_twice_is_one)
{
    struct pair p = pair("", "");
    const char *path = keep("/v1/reviews/%s/dismiss", p.review);
    const struct reply *r =
        kept(path, "{\"note\": \"twins\"}", "{\"note\": \"others\"}", 200);

    ck_assert_str_eq(reply_text(r, "/state"), "dismissed");
    r = get(srv.marketing, "/v1/reviews?state=dismissed&limit=500");
    EXPECT(r, 200);
    ck_assert_ptr_nonnull(strstr(r->body, "twins"));
    ck_assert_ptr_null(strstr(r->body, "others"));
}
END_TEST

/* The answer of then, even where the same would be another one today. */
START_TEST(a_merge_asked_for_again_after_its_undo_stays_undone)
{
    struct pair p = pair("", "");
    const char *path = keep("/v1/reviews/%s/merge", p.review);
    const char *body = keep("{\"keep\": \"%s\"}", p.kept), *name = fresh("key");
    const struct reply *r = with_key(path, name, body);
    const char *first = keep("%s", r->body);

    EXPECT(r, 201);
    EXPECT(undo(keep("%s", reply_text(r, "/id"))), 200);
    r = with_key(path, name, body);
    EXPECT(r, 201);
    ck_assert_str_eq(r->body, first);
    ck_assert_str_eq(the_lead(p.email), p.gone);
    ck_assert_str_eq(the_lead(p.phone), p.kept);
}
END_TEST

START_TEST(what_was_refused_is_not_kept)
{
    struct pair p = pair("", "");
    const char *path = keep("/v1/reviews/%s/merge", p.review);
    const char *name = fresh("key");

    EXPECT(with_key(path, name, "{}"), 422);
    EXPECT(with_key(path, name, text("{\"keep\": \"%s\"}", p.kept)), 201);
    EXPECT(with_key(path, "", "{}"), 422);
    EXPECT(with_key(path, "", text("{\"keep\": \"%s\"}", p.kept)), 400);
}
END_TEST

/* ---- all at once ---- */

#define CALLERS 16

struct storm {
    const char *key, *path, *body, *header;
    int status[CALLERS];
    char answer[CALLERS][64];
};

static void one_of_storm(void *ctx, int i)
{
    struct storm *s = ctx;
    struct reply r =
        http_call(srv.port, "POST", s->path, s->key, s->header, s->body);
    const char *id = json_string_value(json_object_get(r.json, "id"));

    s->status[i] = r.status;
    snprintf(s->answer[i], sizeof(s->answer[i]), "%s", id ? id : "");
    reply_free(&r);
}

/* @return how many were told @a status; the others were told to wait */
static int storm(const char *key, const char *path, const char *body,
                 int status)
{
    struct storm s = {.key = key,
                      .path = path,
                      .body = body,
                      .header = keep("Idempotency-Key: %s\r\n", fresh("k"))};
    const char *one = NULL;
    int n = 0;

    together(CALLERS, one_of_storm, &s);
    for (int i = 0; i < CALLERS; i++) {
        ck_assert_msg(s.status[i] == status || s.status[i] == 409, "%s: %d",
                      path, s.status[i]);
        if (s.status[i] != status)
            continue;
        one = one ? one : s.answer[i];
        ck_assert_str_eq(s.answer[i], one);
        n++;
    }
    return n;
}

START_TEST(one_key_from_many_callers_decides_once)
{
    for (int i = 0; i < 5; i++) {
        struct pair p = pair("", "");
        const char *id;

        ck_assert_int_ge(storm(srv.marketing,
                               keep("/v1/reviews/%s/merge", p.review),
                               keep("{\"keep\": \"%s\"}", p.kept), 201),
                         1);
        ck_assert_int_eq(merges_of(&p), 1);
        id = keep("%s", reply_text(merge(p.review, p.kept), "/id"));
        ck_assert_int_ge(
            storm(srv.marketing, keep("/v1/merges/%s/undo", id), "{}", 200), 1);
        ck_assert_str_eq(the_lead(p.email), p.gone);
    }
}
END_TEST

static long long sources_of(const char *name)
{
    return sql_int(text("SELECT count(*) FROM source WHERE name = '%s'", name));
}

START_TEST(one_key_from_many_callers_makes_one_source)
{
    const char *name = fresh("storm");

    ck_assert_int_ge(storm(srv.admin, "/v1/sources",
                           keep("{\"kind\": \"form\", \"name\": \"%s\"}", name),
                           201),
                     1);
    ck_assert_int_eq(sources_of(name), 1);
}
END_TEST

/* What the database does on a change of a table, and no more after off(). */
static void on(const char *when, const char *body)
{
    sql_run(text("CREATE SEQUENCE hits; CREATE FUNCTION trouble() RETURNS"
                 " trigger LANGUAGE plpgsql AS $$ BEGIN %s RETURN NEW; END $$;"
                 " CREATE TRIGGER trouble BEFORE %s FOR EACH ROW"
                 " EXECUTE FUNCTION trouble()",
                 body, when));
}

static void off(void)
{
    sql_run("DROP FUNCTION trouble CASCADE; DROP SEQUENCE hits");
}

#define FIRST_FAILS                                                            \
    "IF nextval('hits') = 1 THEN RAISE EXCEPTION USING ERRCODE = '40001';"     \
    " END IF;"

START_TEST(a_second_try_works_under_the_claim_of_the_first)
{
    const char *name = fresh("again");
    int told;

    on("INSERT ON source", FIRST_FAILS);
    told = storm(srv.admin, "/v1/sources",
                 keep("{\"kind\": \"form\", \"name\": \"%s\"}", name), 201);
    off();
    ck_assert_int_ge(told, 1);
    ck_assert_int_eq(sources_of(name), 1);
}
END_TEST

static const struct reply *new_source(const char *key, const char *name)
{
    return call(srv.port, "POST", "/v1/sources", srv.admin,
                text("Idempotency-Key: %s\r\nContent-Type:"
                     " application/json\r\n",
                     key),
                text("{\"kind\": \"form\", \"name\": \"%s\"}", name));
}

START_TEST(work_that_is_done_is_not_done_again_to_keep_its_answer)
{
    const char *name = fresh("kept"), *key = fresh("key"), *id;
    const struct reply *r;

    on("UPDATE ON idempotency", FIRST_FAILS);
    r = new_source(key, name);
    off();
    EXPECT(r, 201);
    id = keep("%s", reply_text(r, "/id"));
    r = new_source(key, name);
    EXPECT(r, 201);
    ck_assert(is_replayed(r));
    ck_assert_str_eq(reply_text(r, "/id"), id);
    ck_assert_int_eq(sources_of(name), 1);
}
END_TEST

/* It took so long that another has the key now. */
START_TEST(who_comes_back_late_leaves_the_claim_of_another_alone)
{
    const char *name = fresh("late"), *key = fresh("key");
    const struct reply *r;

    on("INSERT ON source",
       "UPDATE idempotency SET body = 'another' WHERE status = 0;");
    r = new_source(key, name);
    off();
    EXPECT(r, 201);
    ck_assert_int_eq(
        sql_int(text("SELECT count(*) FROM idempotency WHERE key = '%s' AND"
                     " status = 0 AND body = 'another'",
                     key)),
        1);
    EXPECT(new_source(key, name), 409);
}
END_TEST

/* Its process died in the work: a minute later the key is free. */
START_TEST(a_key_whose_work_never_ended_is_free_again)
{
    struct pair p = pair("", "");
    const char *path = keep("/v1/reviews/%s/merge", p.review);
    const char *body = keep("{\"keep\": \"%s\"}", p.kept), *name = fresh("key");

    EXPECT(with_key(path, name, "{\"keep\": \"x\"}"), 422);
    EXPECT(with_key(path, name, body), 201);
    sql_run(text("UPDATE idempotency SET status = 0, body = '' WHERE key ="
                 " '%s'",
                 name));
    EXPECT(with_key(path, name, body), 409);
    sql_run(text("UPDATE idempotency SET created_at = now() - interval '61 s'"
                 " WHERE key = '%s'",
                 name));
    EXPECT(with_key(path, name, body), 200); /* merged already */
}
END_TEST

/* Each route that claims its key says so the same way. */
START_TEST(a_purge_waits_for_the_one_under_its_key)
{
    const char *path = "/v1/quarantine/purge", *key = fresh("key");
    const char *body = "{\"reason\": \"nobody_says_so\"}";

    EXPECT(with_key(path, key, body), 200);
    sql_run(text("UPDATE idempotency SET status = 0, body = 'another',"
                 " created_at = now() WHERE key = '%s'",
                 key));
    EXPECT(with_key(path, key, body), 409);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("merges_keys");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, a_merge_asked_for_twice_is_one);
    tcase_add_test(tc, a_dismissal_asked_for_twice_is_one);
    tcase_add_test(tc, a_merge_asked_for_again_after_its_undo_stays_undone);
    tcase_add_test(tc, what_was_refused_is_not_kept);
    tcase_add_test(tc, one_key_from_many_callers_decides_once);
    tcase_add_test(tc, one_key_from_many_callers_makes_one_source);
    tcase_add_test(tc, a_key_whose_work_never_ended_is_free_again);
    tcase_add_test(tc, a_second_try_works_under_the_claim_of_the_first);
    tcase_add_test(tc, work_that_is_done_is_not_done_again_to_keep_its_answer);
    tcase_add_test(tc, who_comes_back_late_leaves_the_claim_of_another_alone);
    tcase_add_test(tc, a_purge_waits_for_the_one_under_its_key);
    return real_server_main(tc, "merges_keys", NULL);
}
