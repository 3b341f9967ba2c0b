/**
 * @file real_server.h
 * One real server for a whole test program, and the calls all of them make.
 * Each test makes people of its own; nothing is emptied between.
 */
#ifndef LEADD_TESTS_REAL_SERVER_H
#define LEADD_TESTS_REAL_SERVER_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/server.h"
#include "lib/talk.h"
#include "store/pg_fixture.h"

#define FORM_TYPE "Content-Type: application/x-www-form-urlencoded\r\n"

static struct server srv;

__attribute__((unused)) static const struct reply *get(const char *key,
                                                       const char *path)
{
    return call(srv.port, "GET", path, key, NULL, NULL);
}

__attribute__((unused)) static const struct reply *
post(const char *key, const char *path, const char *body)
{
    return call(srv.port, "POST", path, key, NULL, body);
}

__attribute__((unused)) static const struct reply *
patch(const char *key, const char *path, const char *body)
{
    return call(srv.port, "PATCH", path, key, NULL, body);
}

/** A name no other test and no run before has used. */
__attribute__((unused)) static const char *fresh(const char *what)
{
    static int n;

    return keep("%s-%d-%d", what, (int)getpid(), n++);
}

/** A mobile number nobody else has, as typed in Viet Nam. */
__attribute__((unused)) static const char *fresh_phone(void)
{
    static unsigned n;

    return keep("090%03u%04u", (unsigned)getpid() % 1000, n++ % 10000);
}

/** The time of day, or some seconds before or after it, as the API says it. */
__attribute__((unused)) static const char *now_text(int shift_s)
{
    time_t t = time(NULL) + shift_s;
    struct tm tm;
    char out[64];

    gmtime_r(&t, &tm);
    strftime(out, sizeof(out), "%Y-%m-%dT%H:%M:%SZ", &tm);
    return keep("%s", out);
}

/** Id of the one lead that @a q finds; fails when it is not exactly one. */
__attribute__((unused)) static const char *the_lead(const char *q)
{
    const struct reply *r = get(srv.marketing, text("/v1/leads?q=%s", q));

    EXPECT(r, 200);
    ck_assert_msg(json_array_size(reply_at(r, "/items")) == 1, "%s: %zu leads",
                  q, json_array_size(reply_at(r, "/items")));
    return keep("%s", reply_text(r, "/items/0/id"));
}

/** How many leads @a q finds. */
__attribute__((unused)) static size_t found(const char *q)
{
    const struct reply *r = get(srv.marketing, text("/v1/leads?q=%s", q));

    EXPECT(r, 200);
    return json_array_size(reply_at(r, "/items"));
}

/** What the server says of its journal. */
__attribute__((unused)) static const char *spool_state(void)
{
    return reply_text(get(NULL, "/readyz"), "/spool/state");
}

/** Wait until the server is ready and its journal empty. */
__attribute__((unused)) static bool drained(void)
{
    return UNTIL(get(NULL, "/readyz")->status == 200 &&
                     strcmp(spool_state(), "empty") == 0,
                 40000);
}

/** How many timeline entries of @a kind a lead has. */
__attribute__((unused)) static int entries(const char *lead, const char *kind)
{
    const struct reply *r =
        get(srv.marketing, text("/v1/leads/%s/timeline?limit=500", lead));
    const json_t *items = reply_at(r, "/items"), *item;
    size_t i;
    int n = 0;

    EXPECT(r, 200);
    json_array_foreach (items, i, item)
        n += !strcmp(json_string_value(json_object_get(item, "kind")), kind);
    return n;
}

__attribute__((unused)) static const char *const *real_server_env;
static int real_server_code;

__attribute__((unused)) static void real_server_begin(void)
{
    server_start(&srv, pg_fixture(), real_server_env);
}

__attribute__((unused)) static void real_server_end(void)
{
    real_server_code = server_stop(&srv);
    if (real_server_code != 0) {
        char *log = server_log(&srv);

        printf("leadd ended with %d:\n%s\n", real_server_code, log);
        free(log);
    }
    server_free(&srv);
}

/** The main of a program: one server, one case, its tests. */
__attribute__((unused)) static int real_server_main(TCase *tc, const char *name,
                                                    const char *const env[])
{
    Suite *s = suite_create(name);
    SRunner *r = srunner_create(s);
    int failed;

    pg_fixture();
    real_server_env = env;
    tcase_add_unchecked_fixture(tc, real_server_begin, real_server_end);
    suite_add_tcase(s, tc);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed || real_server_code ? EXIT_FAILURE : EXIT_SUCCESS;
}

/** What leadd may use of memory; under a sanitizer, with what that keeps. */
__attribute__((unused)) static long most_kib(long kib)
{
#ifdef __SANITIZE_ADDRESS__
    return kib + (512 << 10);
#else
    return getenv("TSAN_OPTIONS") ? 4 * kib : kib;
#endif
}

#endif
