/* openapi.yaml against the code: routes with their roles, errors; and the
 * metrics table of the README. */
#include "../unit/unit.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "api/app.h"
#include "base/str.h"
#include "../lib/openapi_check.h"

/* ---- roles ---- */

static const struct role_bit {
    const char *name;
    unsigned bit;
} ROLES[] = {
    {"intake", ROLE_INTAKE},       {"sales", ROLE_SALES},
    {"marketing", ROLE_MARKETING}, {"admin", ROLE_ADMIN},
    {"public", ROUTE_PUBLIC},      {"operations", ROUTE_OPS},
};
#define ROLE_BITS (KEY_ROLE_ANY | ROUTE_PUBLIC | ROUTE_OPS)

static unsigned documented_roles(const json_t *op)
{
    const json_t *list = json_object_get(op, "x-leadd-roles"), *one;
    unsigned bits = 0;
    size_t i;

    json_array_foreach (list, i, one)
        for (size_t r = 0; r < ARRAY_LEN(ROLES); r++)
            if (str_eq(json_string_value(one), ROLES[r].name))
                bits |= ROLES[r].bit;
    return bits;
}

static const char *roles_text(unsigned bits, char *out, size_t n)
{
    out[0] = '\0';
    for (size_t r = 0; r < ARRAY_LEN(ROLES); r++)
        if (bits & ROLES[r].bit)
            strncat(strncat(out, ROLES[r].name, n - strlen(out) - 1), " ",
                    n - strlen(out) - 1);
    return out;
}

/* ---- routes ---- */

static const struct http_route *route_of(const char *method, const char *path)
{
    for (size_t i = 0; i < API_ROUTES_N; i++)
        if (str_eq(API_ROUTES[i].path, path) &&
            !strcasecmp(http_method_name(API_ROUTES[i].method), method))
            return &API_ROUTES[i];
    return NULL;
}

static const json_t *operation_of(const struct http_route *r)
{
    const json_t *item =
        json_object_get(json_object_get(openapi_doc(), "paths"), r->path);
    char name[16];
    size_t i = 0;

    for (const char *m = http_method_name(r->method); m[i] && i < 15; i++)
        name[i] = ascii_lower(m[i]);
    name[i] = '\0';
    return json_object_get(item, name);
}

static bool is_method(const char *name)
{
    static const char *const M[] = {"get",    "head",  "post",   "put",
                                    "delete", "patch", "options"};

    for (size_t i = 0; i < ARRAY_LEN(M); i++)
        if (str_eq(M[i], name))
            return true;
    return false;
}

START_TEST(every_route_is_documented_with_its_roles)
{
    int bad = 0;

    for (size_t i = 0; i < API_ROUTES_N; i++) {
        const struct http_route *r = &API_ROUTES[i];
        const json_t *op = operation_of(r);
        unsigned want = documented_roles(op), have = r->flags & ROLE_BITS;
        char a[128], b[128];

        if (op && want == have)
            continue;
        bad++;
        fprintf(stderr, "%s %s: %s; code: %s, openapi.yaml: %s\n",
                http_method_name(r->method), r->path,
                op ? "other roles" : "not in openapi.yaml",
                roles_text(have, a, sizeof(a)), roles_text(want, b, sizeof(b)));
    }
    ck_assert_int_eq(bad, 0);
}
END_TEST

START_TEST(every_documented_operation_has_a_route)
{
    const json_t *paths = json_object_get(openapi_doc(), "paths");
    const char *path, *method;
    json_t *item, *op;
    int bad = 0;

    json_object_foreach ((json_t *)(uintptr_t)paths, path, item)
        json_object_foreach (item, method, op) {
            if (!is_method(method) || route_of(method, path))
                continue;
            bad++;
            fprintf(stderr, "%s %s is documented, but there is no route\n",
                    method, path);
        }
    ck_assert_int_eq(bad, 0);
}
END_TEST

static bool answers(const json_t *op, const char *status)
{
    return json_object_get(json_object_get(op, "responses"), status);
}

/* What pre() and the router answer on their own must be documented. */
START_TEST(every_operation_documents_what_comes_before_its_handler)
{
    int bad = 0;

    for (size_t i = 0; i < API_ROUTES_N; i++) {
        const struct http_route *r = &API_ROUTES[i];
        const json_t *op = operation_of(r);
        bool ops = r->flags & ROUTE_OPS;
        bool key = r->flags & KEY_ROLE_ANY;
        bool ok = !op || ((ops || answers(op, "429")) &&
                          (!key || answers(op, "401")) &&
                          (!key || answers(op, "403")) &&
                          (!r->max_body_bytes || answers(op, "415")));

        bad += !ok;
        if (!ok)
            fprintf(stderr, "%s %s lacks one of 401 403 415 429\n",
                    http_method_name(r->method), r->path);
    }
    ck_assert_int_eq(bad, 0);
}
END_TEST

/* ---- errors ---- */

static const json_t *documented_error(int number)
{
    const json_t *list = json_object_get(openapi_doc(), "x-leadd-errors");
    const json_t *one;
    size_t i;

    json_array_foreach (list, i, one)
        if (json_integer_value(json_object_get(one, "number")) == number)
            return one;
    return NULL;
}

static const char *text_of(const json_t *j, const char *name)
{
    const char *s = json_string_value(json_object_get(j, name));

    return s ? s : "";
}

START_TEST(every_error_is_documented)
{
    const struct err_info *rows;
    size_t n = err_all(&rows), outside = 0;

    for (size_t i = 0; i < n; i++) {
        const json_t *j = documented_error((int)rows[i].err);

        if (rows[i].err >= ERR_INSIDE || !rows[i].err) {
            ck_assert_msg(!j, "%s must not be documented", rows[i].name);
            continue;
        }
        outside++;
        ck_assert_msg(j, "%s is not in x-leadd-errors", rows[i].name);
        ck_assert_int_eq(json_integer_value(json_object_get(j, "status")),
                         rows[i].status);
        ck_assert_str_eq(text_of(j, "code"), rows[i].code);
        ck_assert_str_eq(text_of(j, "title"), rows[i].title);
        ck_assert_msg(*text_of(j, "help"), "%s has no help", rows[i].name);
    }
    ck_assert_uint_eq(outside, json_array_size(json_object_get(
                                   openapi_doc(), "x-leadd-errors")));
}
END_TEST

/* A problem may have any status of the registry, so each is documented. */
START_TEST(every_status_of_the_registry_has_a_response)
{
    const json_t *all = json_object_get(
        json_object_get(openapi_doc(), "components"), "responses");
    const struct err_info *rows;
    size_t n = err_all(&rows);

    for (size_t i = 0; i < n; i++) {
        char name[16];

        snprintf(name, sizeof(name), "P%d", rows[i].status);
        ck_assert_msg(!rows[i].err || rows[i].err >= ERR_INSIDE ||
                          json_object_get(all, name),
                      "no response %s for %s", name, rows[i].name);
    }
}
END_TEST

/* ---- metrics ---- */

static const char *const METRICS[] = {
#define X(NAME, kind, name, label, help) name,
#include "metrics/metrics.def"
#undef X
};

static char *read_file(const char *path)
{
    FILE *f = fopen(path, "r");
    char *text = calloc(1, (size_t)1 << 20);
    size_t n = f && text ? fread(text, 1, ((size_t)1 << 20) - 1, f) : 0;

    ck_assert_msg(n > 0, "%s cannot be read", path);
    fclose(f);
    return text;
}

START_TEST(every_metric_is_in_the_readme)
{
    char *text = read_file("README.md");

    for (size_t i = 0; i < ARRAY_LEN(METRICS); i++)
        ck_assert_msg(strstr(text, METRICS[i]), "%s is not in README.md",
                      METRICS[i]);
    free(text);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("contract");

    tcase_add_test(tc, every_route_is_documented_with_its_roles);
    tcase_add_test(tc, every_documented_operation_has_a_route);
    tcase_add_test(tc, every_operation_documents_what_comes_before_its_handler);
    tcase_add_test(tc, every_error_is_documented);
    tcase_add_test(tc, every_status_of_the_registry_has_a_response);
    tcase_add_test(tc, every_metric_is_in_the_readme);
    return unit_run(tc, "contract");
}
