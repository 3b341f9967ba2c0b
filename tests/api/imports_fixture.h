/**
 * @file imports_fixture.h
 * Sending lists to POST /v1/imports, and what the report counts.
 */
#ifndef LEADD_TESTS_IMPORTS_FIXTURE_H
#define LEADD_TESTS_IMPORTS_FIXTURE_H

#include "api/real_server.h"

#define CSV "Content-Type: text/csv\r\n"

__attribute__((unused)) static const struct reply *
import_bytes(const char *query, const char *type, const void *body, size_t n)
{
    static struct reply r;

    reply_free(&r);
    r = http_call_bytes(srv.port, "POST", text("/v1/imports?%s", query),
                        srv.marketing, type, body, n);
    return &r;
}

__attribute__((unused)) static const struct reply *
import(const char *query, const char *type, const char *body)
{
    return call(srv.port, "POST", text("/v1/imports?%s", query), srv.marketing,
                type, body);
}

/** The report of the bad rows. */
__attribute__((unused)) static const struct reply *
errors_of(const struct reply *r)
{
    return get(srv.marketing,
               text("/v1/imports/%s/errors", reply_text(r, "/id")));
}

/** The one lead that @a q finds. */
__attribute__((unused)) static const struct reply *lead(const char *q)
{
    return get(srv.marketing, text("/v1/leads/%s", the_lead(q)));
}

/** new, known, repeated, quarantined, bad */
__attribute__((unused)) static void counts(const struct reply *r, int new,
                                           int known, int repeated, int held,
                                           int bad)
{
    const char *got = text("%lld %lld %lld %lld %lld", reply_int(r, "/new"),
                           reply_int(r, "/known"), reply_int(r, "/repeated"),
                           reply_int(r, "/quarantined"), reply_int(r, "/bad"));

    ck_assert_str_eq(got,
                     text("%d %d %d %d %d", new, known, repeated, held, bad));
    ck_assert_int_eq(reply_int(r, "/rows"),
                     new + known + repeated + held + bad);
    ck_assert_str_eq(reply_text(r, "/state"), "done");
}

#endif
