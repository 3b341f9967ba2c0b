#include "openapi_check.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static json_t *the_doc;

static void load(void)
{
    const char *path = getenv("LEADD_OPENAPI");
    char why[256];

    the_doc = openapi_load(path ? path : "openapi.yaml", why, sizeof(why));
    if (!the_doc) {
        fprintf(stderr, "openapi_check: %s\n", why);
        abort();
    }
}

const json_t *openapi_doc(void)
{
    pthread_once(&once, load);
    return the_doc;
}

/* ---- which answer is meant ---- */

/* @return literal parts that fit, or -1 when the pattern does not */
static int path_fits(const char *pattern, const char *path, size_t n)
{
    const char *end = path + n;
    int literal = 0;

    while (*pattern == '/' && path < end && *path == '/') {
        const char *slash;
        size_t want, have;

        pattern++;
        path++;
        slash = memchr(path, '/', (size_t)(end - path));
        want = strcspn(pattern, "/");
        have = (size_t)((slash ? slash : end) - path);
        if (*pattern == '{') {
            if (!have)
                return -1;
        } else if (want != have || memcmp(pattern, path, want) != 0) {
            return -1;
        } else {
            literal++;
        }
        pattern += want;
        path += have;
    }
    return *pattern || path < end ? -1 : literal;
}

const char *openapi_path(const json_t *doc, const char *path)
{
    const json_t *paths = json_object_get(doc, "paths");
    const char *pattern, *best = NULL;
    size_t n = strcspn(path, "?");
    int most = -1;
    json_t *item;

    json_object_foreach ((json_t *)(uintptr_t)paths, pattern, item) {
        int literal = path_fits(pattern, path, n);

        if (literal > most) {
            most = literal;
            best = pattern;
        }
    }
    return best;
}

static const json_t *follow(const json_t *doc, const json_t *j)
{
    const char *ref = json_string_value(json_object_get(j, "$ref"));
    const char *name = ref ? strrchr(ref, '/') : NULL;
    const json_t *all = json_object_get(doc, "components");
    const char *kind = ref ? ref + strlen("#/components/") : NULL;
    char group[64];

    if (!ref)
        return j;
    snprintf(group, sizeof(group), "%.*s", (int)strcspn(kind, "/"), kind);
    return json_object_get(json_object_get(all, group), name + 1);
}

static const json_t *operation(const json_t *doc, const char *method,
                               const char *path)
{
    const char *pattern = openapi_path(doc, path);
    const json_t *item =
        pattern ? json_object_get(json_object_get(doc, "paths"), pattern)
                : NULL;
    char name[16] = "";

    if (!strcasecmp(method, "HEAD"))
        method = "get";
    for (size_t i = 0; method[i] && i + 1 < sizeof(name); i++) {
        name[i] = (char)tolower((unsigned char)method[i]);
        name[i + 1] = '\0';
    }
    return json_object_get(item, name);
}

/* 404 and 405 stand for "no such operation" only where there is none. */
static const json_t *response(const json_t *doc, const json_t *op, int status)
{
    const json_t *always = json_object_get(doc, "x-leadd-always");
    const json_t *r;
    char number[16];

    snprintf(number, sizeof(number), "%d", status);
    r = json_object_get(json_object_get(op, "responses"), number);
    if (!r && (!op || (status != 404 && status != 405)))
        r = json_object_get(always, number);
    return follow(doc, r);
}

/* ---- does it fit ---- */

static bool same_type(const char *documented, const char *given)
{
    size_t n = strcspn(given, "; \t");

    return strlen(documented) == n && !strncasecmp(documented, given, n);
}

static const json_t *media(const json_t *content, const char *type)
{
    const char *name;
    json_t *m;

    json_object_foreach ((json_t *)(uintptr_t)content, name, m)
        if (same_type(name, type))
            return m;
    return NULL;
}

static bool is_json(const char *type)
{
    return same_type("application/json", type) ||
           same_type("application/problem+json", type);
}

static bool check_json(const json_t *doc, const json_t *schema,
                       const char *body, char *why, size_t why_size)
{
    json_error_t err;
    json_t *v =
        json_loads(body, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &err);
    bool ok;

    if (!v) {
        snprintf(why, why_size, "the body is not JSON: %s", err.text);
        return false;
    }
    ok = openapi_fits(doc, schema, v, why, why_size);
    json_decref(v);
    return ok;
}

static bool check_body(const json_t *doc, const json_t *content,
                       const char *type, const char *body, bool head, char *why,
                       size_t why_size)
{
    const json_t *m;

    if (!content) {
        if (!*body)
            return true;
        snprintf(why, why_size, "a body where none is documented");
        return false;
    }
    m = type ? media(content, type) : NULL;
    if (!m) {
        snprintf(why, why_size, "content type %s is not documented",
                 type ? type : "(none)");
        return false;
    }
    if (head || !is_json(type))
        return true;
    return check_json(doc, json_object_get(m, "schema"), body, why, why_size);
}

static bool plain_options(const json_t *op, const char *method, int status,
                          const char *body)
{
    return !op && !strcasecmp(method, "OPTIONS") && status == 204 && !*body;
}

/* Put before a reason which answer it is about. */
static bool prefix(const char *method, const char *path, int status, char *why,
                   size_t why_size)
{
    char reason[768];

    snprintf(reason, sizeof(reason), "%s", why);
    snprintf(why, why_size, "%s %.*s -> %d: %s", method,
             (int)strcspn(path, "?"), path, status, reason);
    return false;
}

bool openapi_check(const char *method, const char *path, int status,
                   const char *content_type, const char *body, char *why,
                   size_t why_size)
{
    const json_t *doc = openapi_doc();
    const json_t *op = operation(doc, method, path);
    const json_t *r = response(doc, op, status);

    if (plain_options(op, method, status, body))
        return true;
    if (!r) {
        snprintf(why, why_size, "this status is not documented");
        return prefix(method, path, status, why, why_size);
    }
    if (check_body(doc, json_object_get(r, "content"), content_type, body,
                   !strcasecmp(method, "HEAD"), why, why_size))
        return true;
    return prefix(method, path, status, why, why_size);
}

bool openapi_check_headers(const char *method, const char *path, int status,
                           const char *(*header)(void *ctx, const char *name),
                           void *ctx, char *why, size_t why_size)
{
    const json_t *doc = openapi_doc();
    const json_t *op = operation(doc, method, path);
    const json_t *r = response(doc, op, status);
    const json_t *headers = json_object_get(r, "headers");
    const char *name;
    json_t *h;

    json_object_foreach ((json_t *)(uintptr_t)headers, name, h) {
        if (!json_is_true(json_object_get(follow(doc, h), "required")) ||
            header(ctx, name))
            continue;
        snprintf(why, why_size, "header %s is missing", name);
        return prefix(method, path, status, why, why_size);
    }
    return true;
}
