/**
 * @file form_fixture.h
 * Posts of forms without a server.
 */
#ifndef LEADD_TESTS_FORM_FIXTURE_H
#define LEADD_TESTS_FORM_FIXTURE_H

#include <string.h>

#include "base/str.h"
#include "intake/form_map.h"
#include "unit.h"

#define NOW  INT64_C(1767673800000)
#define FORM "application/x-www-form-urlencoded"
#define JSON "application/json"

/** A urlencoded post, through the whole decoder. */
__attribute__((unused)) static enum err post(const char *body,
                                             const struct form_spec *spec,
                                             struct arena *mem, struct draft *d)
{
    struct field_errs errs = {.mem = mem};

    return intake_form(FORM, body, strlen(body), spec, NOW, mem, d, &errs);
}

#endif
