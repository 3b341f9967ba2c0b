/**
 * @file judge_fixture.h
 * What the tests of scoring and stages share: the shipped model, the zone,
 * an arena, and running one suite.  Tests run from the top of the tree.
 */
#ifndef LEADD_JUDGE_FIXTURE_H
#define LEADD_JUDGE_FIXTURE_H

#include <check.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/clock.h"
#include "scoring/model.h"
#include "scoring/score.h"

struct judge_fixture {
    struct arena *mem;
    struct field_errs errs;
    json_t *doc;
    struct model *model;
    struct tz *tz;
};

static struct judge_fixture fx;

__attribute__((unused)) static void fixture_setup(void)
{
    json_error_t error;

    fx = (struct judge_fixture){.mem = arena_new(64 << 20)};
    fx.errs.mem = fx.mem;
    fx.doc = json_load_file("config/default-v1.json", JSON_REJECT_DUPLICATES,
                            &error);
    ck_assert_msg(fx.doc != NULL, "config/default-v1.json: %s", error.text);
    fx.model = model_compile(fx.doc, &fx.errs);
    ck_assert_ptr_nonnull(fx.model);
    fx.tz = tz_load("Asia/Ho_Chi_Minh");
    ck_assert_ptr_nonnull(fx.tz);
}

__attribute__((unused)) static void fixture_teardown(void)
{
    tz_free(fx.tz);
    model_free(fx.model);
    json_decref(fx.doc);
    arena_free(fx.mem);
}

/** Milliseconds of a time that the test wrote. */
__attribute__((unused)) static int64_t at(const char *text)
{
    int64_t ms = 0;

    ck_assert_msg(time_parse(text, &ms), "%s", text);
    return ms;
}

/** A JSON value in the test's own hand, with ' for ". */
__attribute__((unused)) static json_t *json_of(const char *text)
{
    char *copy = arena_strdup(fx.mem, text);
    json_t *j;

    for (char *p = copy; *p; p++)
        if (*p == '\'')
            *p = '"';
    j = json_loads(copy, JSON_DECODE_ANY, NULL);
    ck_assert_msg(j != NULL, "%s", text);
    return j;
}

static int run_suite(Suite *s)
{
    SRunner *r = srunner_create(s);
    int failed;

    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
