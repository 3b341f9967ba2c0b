/* /v1/hooks: too often, too much, too long, refused by the database; and
 * PostgreSQL away, with a journal that has room and with a full one. */
#include "api/real_server.h"

#include <ftw.h>

#include "base/err.h"
#include "lib/hook_sender.h"

#define BURST      60
#define BODY_BYTES ((size_t)2 << 20)

static const struct reply *generic(const struct hook_source *s,
                                   const char *body)
{
    return call(srv.port, "POST", hook_path(s), NULL, NULL, body);
}

/** A source anybody may post to who knows its address. */
static struct hook_source open_source(void)
{
    const char *name = fresh("open");
    const struct reply *r =
        post(srv.admin, "/v1/sources",
             text("{\"kind\": \"generic\", \"name\": \"%s\"}", name));

    EXPECT(r, 201);
    return (struct hook_source){"generic",
                                keep("%s", reply_text(r, "/source_key")), name,
                                keep("%s", reply_text(r, "/id"))};
}

static void check_wait(const struct reply *r)
{
    char seconds[16];

    ck_assert_ptr_nonnull(
        reply_field(r, "Retry-After", seconds, sizeof(seconds)));
    ck_assert_int_ge(atoi(seconds), 1);
}

/* ---- 429 ---- */

START_TEST(a_source_that_calls_too_often_waits_and_no_other)
{
    struct hook_source s = open_source(), other = open_source();
    const struct reply *r = NULL;
    int i = 0;

    for (; i < 3 * BURST; i++) {
        r = generic(&s, text("{\"email\": \"%s@mail.example\"}", fresh("r")));
        if (r->status == 429)
            break;
        EXPECT(r, 200);
    }
    ck_assert_int_ge(i, BURST);
    EXPECT(r, 429);
    check_wait(r);
    EXPECT(generic(&other, "{\"email\": \"other@mail.example\"}"), 200);
}
END_TEST

START_TEST(google_is_told_to_wait_in_its_own_words)
{
    struct hook_source s = hook_source_make(&srv, "google-ads", "k", "", 0);
    const struct reply *r = NULL;

    for (int i = 0; i < 3 * BURST && (!r || r->status == 200); i++)
        r = call(srv.port, "POST", hook_path(&s), NULL, NULL,
                 text("{\"lead_id\": \"%d\", \"google_key\": \"k\"}", i));
    EXPECT(r, 429);
    check_wait(r);
    ck_assert_uint_eq(json_object_size(r->json), 1);
    ck_assert_ptr_nonnull(reply_at(r, "/message"));
}
END_TEST

/* ---- 413, 422 ---- */

START_TEST(a_body_beyond_the_limit_is_refused)
{
    struct hook_source s = open_source();
    char *body = malloc(BODY_BYTES + 2);

    ck_assert_ptr_nonnull(body);
    memset(body, ' ', BODY_BYTES + 1);
    body[0] = '{';
    body[BODY_BYTES] = '}';
    body[BODY_BYTES + 1] = '\0';
    EXPECT(generic(&s, body), 413);
    free(body);
}
END_TEST

/* The platforms' own ceiling is a thousand leads. */
START_TEST(more_leads_than_a_request_may_hold_are_refused_whole)
{
    struct hook_source s = open_source();
    char *body = calloc(1, 1002 * 32), *at = body;

    ck_assert_ptr_nonnull(body);
    for (int i = 0; i < 1001; i++)
        at += sprintf(at, "%c{\"name\": \"n%d\"}", i ? ',' : '[', i);
    strcpy(at, "]");
    EXPECT(generic(&s, body), 422);
    free(body);
    ck_assert_int_eq(sql_int(text("SELECT count(*) FROM receipt WHERE"
                                  " source_id = '%s'",
                                  s.id)),
                     0);
}
END_TEST

/* Held bodies may have megabytes: pages and decisions then take fewer. */
START_TEST(large_bodies_are_listed_and_decided_in_pieces)
{
    enum { BODIES = 45, EACH = 1500000 };
    struct hook_source s = open_source();
    char *body = malloc(EACH + 1);
    const char *path = text("/v1/quarantine?limit=500&source=%s", s.name);
    const struct reply *r = NULL;
    size_t n = 0;
    json_int_t gone = 0;

    ck_assert_ptr_nonnull(body);
    memset(body, 'x', EACH);
    memcpy(body, "{\"name\": \"", 10);
    strcpy(body + EACH - 2, "\"}");
    for (int i = 0; i < BODIES; i++)
        EXPECT(generic(&s, body), 200);
    free(body);
    path = keep("%s", path);
    for (const char *at = path; at;) {
        const char *next;

        r = get(srv.marketing, at);
        EXPECT(r, 200);
        ck_assert_uint_gt(json_array_size(reply_at(r, "/items")), 0);
        n += json_array_size(reply_at(r, "/items"));
        next = json_string_value(reply_at(r, "/next_cursor"));
        at = next ? keep("%s&cursor=%s", path, next) : NULL;
    }
    ck_assert_uint_eq(n, BODIES);
    for (int i = 0; !i || json_is_true(reply_at(r, "/more")); i++) {
        ck_assert_int_lt(i, BODIES);
        r = post(srv.marketing, "/v1/quarantine/purge",
                 text("{\"source\": \"%s\"}", s.name));
        EXPECT(r, 200);
        gone += reply_int(r, "/decided");
    }
    ck_assert_int_eq(gone, BODIES);
}
END_TEST

/* ---- what the database refuses ---- */

/* No platform can mend it, so it is not asked to come again. */
START_TEST(what_the_database_refuses_is_held)
{
    struct hook_source s = open_source();

    sql_run(
        "ALTER TABLE lead ADD CONSTRAINT refused CHECK (name <> 'Refused')");
    EXPECT(generic(&s, "{\"name\": \"Refused\", \"email\":"
                       " \"refused@mail.example\"}"),
           200);
    sql_run("ALTER TABLE lead DROP CONSTRAINT refused");
    ck_assert_int_eq(
        sql_int(text("SELECT count(*) FROM quarantine q JOIN receipt USING"
                     " (workspace_id, receipt_id) WHERE source_id = '%s' AND"
                     " q.reason = 'database_refused'",
                     s.id)),
        1);
}
END_TEST

START_TEST(what_cannot_even_be_held_is_our_fault)
{
    struct hook_source s = open_source();

    sql_run("ALTER TABLE receipt ADD CONSTRAINT refused"
            " CHECK (content_type <> 'application/x-refused')");
    EXPECT(call(srv.port, "POST", hook_path(&s), NULL,
                "Content-Type: application/x-refused\r\n",
                "{\"email\": \"refused2@mail.example\"}"),
           500);
    sql_run("ALTER TABLE receipt DROP CONSTRAINT refused");
    ck_assert_int_eq(sql_int("SELECT count(*) FROM lead WHERE email ="
                             " 'refused2@mail.example'"),
                     0);
}
END_TEST

/* ---- PostgreSQL is away ---- */

#define N_PLATFORMS (sizeof(PLATFORMS) / sizeof(*PLATFORMS))

struct sender {
    struct hook_source source;
    struct table signatures;
};

/* The first request of each platform's table. */
static void send_all(const struct sender *senders)
{
    for (size_t i = 0; i < N_PLATFORMS; i++) {
        struct reply r =
            hook_send_file(&srv, &senders[i].source, &senders[i].signatures, 1);

        ck_assert_msg(r.status == 200, "%s: %d", PLATFORMS[i], r.status);
        ck_assert_str_eq(r.body, "{}"); /* no 202, no receipt */
        reply_free(&r);
    }
}

static void check_once(const struct sender *x)
{
    const struct hook_source *s = &x->source;
    const char *id = hook_keys(s->kind, cell(&x->signatures, 1, "file"));
    long long told = sql_int(hook_told(s, id));

    ck_assert_msg(told == 1, "%s: %lld", s->kind, told);
    ck_assert_int_le(
        sql_int(
            text("SELECT count(*) FROM touch WHERE source_id = '%s'", s->id)),
        1);
}

START_TEST(what_comes_while_the_database_is_away_is_taken_in_later_once)
{
    struct sender *all = calloc(N_PLATFORMS, sizeof(*all));

    ck_assert_ptr_nonnull(all);
    for (size_t i = 0; i < N_PLATFORMS; i++) {
        struct table *t = &all[i].signatures;

        table_read(t, PLATFORMS[i], SIGNATURES);
        all[i].source = hook_source_make(
            &srv, PLATFORMS[i], cell(t, 1, "secret"), cell(t, 1, "params"), 0);
    }
    pg_fixture_down();
    send_all(all);
    send_all(all); /* the sender did not hear us */
    ck_assert_str_ne(spool_state(), "empty");
    pg_fixture_up();
    ck_assert(drained());
    send_all(all);
    for (size_t i = 0; i < N_PLATFORMS; i++) {
        check_once(&all[i]);
        free(all[i].signatures.text);
    }
    free(all);
}
END_TEST

/* @return whether it was acknowledged; else it was told to come again */
static bool posts_long(const struct hook_source *s, int i)
{
    static char filler[32 << 10];
    const char *body;
    struct reply r;
    bool kept;

    memset(filler, 'x', sizeof(filler) - 1);
    body = keep("{\"id\": \"long-%d\", \"email\": \"long%dx%d@mail.example\","
                " \"note\": \"%s\"}",
                i, i, (int)getpid(), filler);
    r = http_call(srv.port, "POST", hook_path(s), NULL, NULL, body);
    kept = r.status == 200;
    if (!kept) {
        EXPECT(&r, 503);
        check_wait(&r);
        ck_assert_int_eq(reply_int(&r, "/code"), ERR_SPOOL_FULL);
    }
    reply_free(&r);
    return kept;
}

START_TEST(a_full_journal_says_so_and_holds_what_it_took)
{
    struct hook_source s = open_source();
    int kept = 0;

    pg_fixture_down();
    while (kept < BURST && posts_long(&s, kept))
        kept++;
    ck_assert_int_gt(kept, 5);
    ck_assert_int_lt(kept, BURST);
    pg_fixture_up();
    ck_assert(drained());
    ck_assert_int_eq(sql_int(text("SELECT count(*) FROM lead WHERE source_id ="
                                  " '%s'",
                                  s.id)),
                     kept);
    ck_assert(posts_long(&s, kept)); /* what was refused comes again */
}
END_TEST

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

int main(void)
{
    TCase *tc = tcase_create("hooks_limits");
    char dir[] = "/tmp/leadd-hooks-XXXXXX", spool[64], burst[64];
    const char *env[] = {spool,
                         "LEADD_SPOOL_MAX=1048576",
                         "LEADD_SPOOL_SEGMENT=65536",
                         "LEADD_HOOK_RATE=1",
                         burst,
                         NULL};
    int code;

    if (!mkdtemp(dir))
        return EXIT_FAILURE;
    snprintf(spool, sizeof(spool), "LEADD_SPOOL_DIR=%s/spool", dir);
    snprintf(burst, sizeof(burst), "LEADD_HOOK_BURST=%d", BURST);
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, a_source_that_calls_too_often_waits_and_no_other);
    tcase_add_test(tc, google_is_told_to_wait_in_its_own_words);
    tcase_add_test(tc, a_body_beyond_the_limit_is_refused);
    tcase_add_test(tc, more_leads_than_a_request_may_hold_are_refused_whole);
    tcase_add_test(tc, large_bodies_are_listed_and_decided_in_pieces);
    tcase_add_test(tc, what_the_database_refuses_is_held);
    tcase_add_test(tc, what_cannot_even_be_held_is_our_fault);
    tcase_add_test(
        tc, what_comes_while_the_database_is_away_is_taken_in_later_once);
    tcase_add_test(tc, a_full_journal_says_so_and_holds_what_it_took);
    code = real_server_main(tc, "hooks_limits", env);
    (void)!nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    return code;
}
