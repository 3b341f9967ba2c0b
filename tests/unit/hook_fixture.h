/**
 * @file hook_fixture.h
 * A platform's request without a server: headers as "Name: value" lines.
 */
#ifndef LEADD_TESTS_HOOK_FIXTURE_H
#define LEADD_TESTS_HOOK_FIXTURE_H

#include <strings.h>

#include "base/str.h"
#include "intake/hook.h"
#include "lib/hook_fixtures.h"
#include "unit.h"

struct asked {
    struct arena *mem;
    const char *headers; /**< "Name: value | Name: value" */
    struct hook_secrets secrets;
    struct hook_request rq;
};

static const char *asked_header(const void *ctx, const char *name)
{
    const struct asked *a = ctx;
    size_t n = strlen(name);

    for (const char *p = a->headers; p && *p; p = strstr(p, " | ")) {
        p += str_starts(p, " | ") ? 3 : 0;
        if (strncasecmp(p, name, n) == 0 && p[n] == ':') {
            const char *value = p + n + 2, *end = strstr(value, " | ");

            return arena_strndup(a->mem, value,
                                 end ? (size_t)(end - value) : strlen(value));
        }
    }
    return NULL;
}

static const char *asked_arg(const void *ctx, const char *name)
{
    (void)ctx;
    (void)name;
    return NULL;
}

/** @param secrets JSON, "{'secret': 'x'}" with either quotes */
static void ask(struct asked *a, const char *secrets, const char *headers,
                const void *body, size_t n)
{
    json_t *json;
    char *text;

    a->mem = UNIT_ARENA();
    text = arena_strdup(a->mem, secrets);
    for (char *p = text; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    json = json_loads(text, 0, NULL);
    ck_assert_ptr_nonnull(json);
    hook_secrets_read(json, 0, a->mem, &a->secrets);
    json_decref(json);
    a->headers = headers;
    a->rq = (struct hook_request){.content_type = "application/json",
                                  .body = body,
                                  .body_bytes = n,
                                  .url = "http://x/v1/hooks/x/y",
                                  .query = "",
                                  .header = asked_header,
                                  .arg = asked_arg,
                                  .ctx = a,
                                  .secrets = &a->secrets,
                                  .now_ms = INT64_C(1790000000000),
                                  .mem = a->mem};
}

#endif
