/**
 * @file forms_fixture.h
 * Sources of forms, for the tests of what becomes of posts.
 */
#ifndef LEADD_TESTS_FORMS_FIXTURE_H
#define LEADD_TESTS_FORMS_FIXTURE_H

#include "api/real_server.h"

#define HTTP_JSON "Content-Type: application/json\r\n"

/* A source of its own, so that each case has people of its own. */
__attribute__((unused)) static const char *make_source(const char *members)
{
    const struct reply *r =
        post(srv.admin, "/v1/sources",
             text("{\"kind\": \"form\", \"name\": \"%s\"%s}", fresh("builder"),
                  members));
    const char *path = keep("/v1/forms/%s", reply_text(r, "/source_key"));

    EXPECT(r, 201);
    ck_assert(UNTIL(
        call(srv.port, "POST", path, NULL, NULL, "{}")->status == 422, 5000));
    return path;
}

#endif
