/**
 * @file leads_fixture.h
 * Leads that tests make by POST /v1/leads.
 */
#ifndef LEADD_TESTS_LEADS_FIXTURE_H
#define LEADD_TESTS_LEADS_FIXTURE_H

#include "api/real_server.h"

__attribute__((unused)) static const char *lead_path(const char *id)
{
    return text("/v1/leads/%s", id);
}

/** A new lead of an address. @param more members, each after a comma */
__attribute__((unused)) static const char *new_lead(const char *email,
                                                    const char *more)
{
    const struct reply *r =
        post(srv.intake, "/v1/leads",
             text("{\"contact\": {\"email\": \"%s\"}%s}", email, more));

    EXPECT(r, 201);
    ck_assert(json_is_true(reply_at(r, "/created")));
    return keep("%s", reply_text(r, "/lead/id"));
}

__attribute__((unused)) static const char *address(void)
{
    return keep("%s@gmail.com", fresh("p"));
}

#endif
