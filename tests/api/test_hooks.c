/* /v1/hooks/{platform}/{source_key}: every captured body and every signature
 * of the platform notes, over HTTP, as the platforms send them. */
#include "api/real_server.h"

#include "lib/hook_sender.h"

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
    struct hook_source s = hook_source_make(
        &srv, platform, cell(t, row, "secret"), cell(t, row, "params"), 0);
    long long before = receipts();
    struct reply r = hook_send_file(&srv, &s, t, row);
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

static long long held(const struct hook_source *s)
{
    return sql_int(text("SELECT count(*) FROM receipt WHERE source_id = '%s'"
                        " AND status = 'quarantined'",
                        s->id));
}

static long long traces(const struct hook_source *s)
{
    return sql_int(text("SELECT (SELECT count(*) FROM touch t WHERE"
                        " t.source_id = '%s') + (SELECT count(*) FROM event)"
                        " + (SELECT count(*) FROM consent) + (SELECT count(*)"
                        " FROM fetch_queue)",
                        s->id));
}

static void check_ids(const struct hook_source *s, const char *file,
                      const char *keys, int leads)
{
    char copy[1024], *rest = copy, *id;
    int n = 0;

    snprintf(copy, sizeof(copy), "%s", keys);
    while ((id = strsep(&rest, ","))) {
        if (!*id)
            continue;
        n += (int)sql_int(hook_told(s, id));
    }
    ck_assert_msg(n + held(s) >= leads, "%s: %d of %d", file, n, leads);
    if (!leads)
        ck_assert_int_eq(held(s) + sql_int(text("SELECT count(*) FROM lead"
                                                " WHERE source_id = '%s'",
                                                s->id)),
                         0);
}

static void check_test_mark(const struct hook_source *s, const char *mark)
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
    struct hook_source s = hook_source_make(
        &srv, platform, cell(t, how, "secret"), cell(t, how, "params"), 0);
    const char *file = cell(c, row, "file");
    struct reply r = hook_send_file(&srv, &s, t, how);
    long long after;

    ck_assert_msg(r.status == 200, "%s %s: %d %s", platform, file, r.status,
                  r.body);
    ck_assert_str_eq(r.body, "{}");
    reply_free(&r);
    check_ids(&s, file, cell(c, row, "dedupe_keys"),
              atoi(cell(c, row, "leads")));
    check_test_mark(&s, cell(c, row, "test"));
    ck_assert_int_eq(
        sql_int(text("SELECT count(*) FROM event JOIN receipt USING"
                     " (receipt_id) WHERE source_id = '%s' AND channel IS NULL",
                     s.id)),
        0);
    after = traces(&s);
    r = hook_send_file(&srv, &s, t,
                       how); /* every sender delivers at least once */
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

int main(void)
{
    TCase *tc = tcase_create("hooks");

    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, every_signature_is_judged_as_the_notes_say, 0,
                        sizeof(PLATFORMS) / sizeof(*PLATFORMS));
    tcase_add_loop_test(tc, every_case_gives_the_leads_the_notes_say, 0,
                        sizeof(PLATFORMS) / sizeof(*PLATFORMS));
    return real_server_main(tc, "hooks", NULL);
}
