/**
 * @file unit.h
 * The main of a libcheck program with one case, and an arena per test.
 */
#ifndef LEADD_TESTS_UNIT_H
#define LEADD_TESTS_UNIT_H

#include <check.h>
#include <stdlib.h>

#include "base/arena.h"

static inline int unit_run(TCase *tc, const char *name)
{
    Suite *s = suite_create(name);
    SRunner *r = srunner_create(s);
    int failed;

    suite_add_tcase(s, tc);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define UNIT_ARENA() arena_new((size_t)16 << 20)

#endif
