/**
 * @file fetch_fixture.h
 * A server that reads leads back from a fake Graph and LinkedIn server, and
 * looks at its queue.
 */
#ifndef LEADD_TESTS_FETCH_FIXTURE_H
#define LEADD_TESTS_FETCH_FIXTURE_H

#include "api/real_server.h"
#include "lib/fake_http.h"

#define META     "tests/fixtures/platforms/meta/"
#define LINKEDIN "tests/fixtures/platforms/linkedin/"
#define WAIT_MS  15000

/** A source with its tokens. @return its id */
__attribute__((unused)) static const char *source(const char *kind,
                                                  const char *secrets)
{
    const struct reply *r =
        post(srv.admin, "/v1/sources",
             text("{\"kind\":\"%s\",\"name\":\"%s\",\"secrets\":%s}", kind,
                  fresh(kind), secrets));

    EXPECT(r, 201);
    return keep("%s", reply_text(r, "/id"));
}

/** An id no other test has: digits. */
__attribute__((unused)) static const char *lead_id(void)
{
    static long long n;

    return keep("88%05d%08lld", (int)getpid(), ++n);
}

/** Queue a lead as a notification does. */
__attribute__((unused)) static void name_lead(const char *platform,
                                              const char *source_id,
                                              const char *id, const char *page,
                                              const char *form)
{
    sql_run(text("INSERT INTO fetch_queue (workspace_id, fetch_id, platform,"
                 " source_id, external_id, page_id, form_id, state, next_at,"
                 " created_at, updated_at) VALUES (1, gen_random_uuid(), '%s',"
                 " '%s', '%s', '%s', '%s', 'pending', now(), now(), now())",
                 platform, source_id, id, page, form));
}

/** The row of a lead, by GET /v1/fetches. */
__attribute__((unused)) static const json_t *row_of(const char *id)
{
    const struct reply *r = get(srv.admin, "/v1/fetches?limit=500");
    const json_t *items = reply_at(r, "/items"), *item;
    size_t i;

    EXPECT(r, 200);
    json_array_foreach (items, i, item)
        if (!strcmp(json_string_value(json_object_get(item, "external_id")),
                    id))
            return item;
    return NULL;
}

__attribute__((unused)) static bool row_is(const char *id, const char *member,
                                           const char *value)
{
    const char *v = json_string_value(json_object_get(row_of(id), member));

    return v && !strcmp(v, value);
}

__attribute__((unused)) static int attempts_of(const char *id)
{
    return (int)json_integer_value(json_object_get(row_of(id), "attempts"));
}

__attribute__((unused)) static void wait_for(const char *id, const char *state,
                                             const char *error)
{
    bool ok = UNTIL(row_is(id, "state", state), WAIT_MS);
    char *row = json_dumps(row_of(id), 0);

    ck_assert_msg(ok, "%s is not %s: %s", id, state, row ? row : "no row");
    if (error)
        ck_assert_msg(row_is(id, "last_error", error), "%s", row);
    free(row);
}

__attribute__((unused)) static void retry(const char *id, int status)
{
    EXPECT(post(srv.admin,
                text("/v1/fetches/%s/retry",
                     json_string_value(json_object_get(row_of(id), "id"))),
                NULL),
           status);
}

/** Let the fake give a lead of this id and name. */
__attribute__((unused)) static void lead_at_meta(const char *id,
                                                 const char *name)
{
    fake_answer(text("%s?fields", id), 200,
                text("{\"created_time\":\"2026-01-05T08:00:38+0000\","
                     "\"id\":\"%s\",\"form_id\":\"1\",\"field_data\":["
                     "{\"name\":\"full_name\",\"values\":[\"%s\"]},"
                     "{\"name\":\"email\",\"values\":[\"%s@example.com\"]}]}",
                     id, name, id));
}

/** The health of a page. @return "" when it has none yet */
__attribute__((unused)) static const char *page_state(const char *source_id,
                                                      const char *page)
{
    const struct reply *r = get(srv.admin, "/v1/fetches/pages?limit=500");
    const json_t *items = reply_at(r, "/items"), *item;
    size_t i;

    EXPECT(r, 200);
    json_array_foreach (items, i, item) {
        const char *p = json_string_value(json_object_get(item, "page_id"));

        if (!strcmp(p ? p : "", page) &&
            !strcmp(json_string_value(json_object_get(item, "source_id")),
                    source_id))
            return json_string_value(json_object_get(item, "state"));
    }
    return "";
}

/** That leads were parked is in the log; nothing that is secret may be.
 *  @param secrets ended by NULL */
__attribute__((unused)) static void check_log(const char *const secrets[])
{
    char *log = server_log(&srv);

    ck_assert_ptr_nonnull(strstr(log, "fetch_parked"));
    ck_assert_ptr_null(strstr(log, "Nguyen"));
    for (; *secrets; secrets++)
        ck_assert_msg(!strstr(log, *secrets), "%s is in the log", *secrets);
    free(log);
}

/** The main of a program. */
__attribute__((unused)) static int fetch_main(TCase *tc, const char *name)
{
    static char meta_url[64], linkedin_url[64];
    const char *env[] = {meta_url,
                         linkedin_url,
                         "LEADD_OUTBOUND_ALLOW=127.0.0.0/8",
                         "LEADD_OUTBOUND_MS=500",
                         "LEADD_FETCH_POLL_MS=20",
                         "LEADD_FETCH_RETRY_MS=5",
                         "LEADD_FETCH_LEASE_MS=3000",
                         "LEADD_FETCH_SWEEP_S=3600",
                         NULL};
    int port = fake_start();

    snprintf(meta_url, sizeof(meta_url), "LEADD_META_URL=http://127.0.0.1:%d",
             port);
    snprintf(linkedin_url, sizeof(linkedin_url),
             "LEADD_LINKEDIN_URL=http://127.0.0.1:%d", port);
    tcase_set_timeout(tc, 60);
    return real_server_main(tc, name, env);
}

#endif
