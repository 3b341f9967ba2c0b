/* What no route understands is refused by name: arguments of the query and
 * encodings of the body, generated from the route table. */
#include "matrix_fixture.h"

/* Does the list of bad fields have one of that pointer and code? */
static bool is_named(const struct answer *a, const char *pointer,
                     const char *code)
{
    const json_t *f;
    size_t i;

    json_array_foreach (json_object_get(a->json, "errors"), i, f)
        if (str_eq(json_string_value(json_object_get(f, "pointer")), pointer) &&
            str_eq(json_string_value(json_object_get(f, "code")), code))
            return true;
    return false;
}

static struct answer ask_with(const struct http_route *r, const char *query,
                              const char *headers)
{
    const char *method = http_method_name(r->method), *path = path_of(r);

    return srv_checked(
        method, path,
        srv_take(srv_send(role_key(own, r), method,
                          arena_printf(srv.mem, "%s%s", path, query), headers,
                          body_of(r))));
}

START_TEST(an_argument_that_a_route_does_not_know_is_named)
{
    for (size_t i = 0; i < API_ROUTES_N; i++) {
        const struct http_route *r = &API_ROUTES[i];
        struct answer a;

        if (is_open(r))
            continue;
        a = ask_with(r, "?wat=1",
                     r->flags & ROUTE_LIST ? "Content-Type: text/csv\r\n"
                                           : NULL);
        ck_assert_msg(a.status == 400 && is_named(&a, "wat", "bad_argument"),
                      "%s %s: %d %s", http_method_name(r->method), r->path,
                      a.status, a.body);
    }
}
END_TEST

/* One that the route knows is among them; the rest is named as unknown. */
START_TEST(an_argument_given_twice_is_named)
{
    static const char *const NAMES[] = {"limit", "group_by", "as_of", "source"};
    const char *query = "?";
    size_t seen = 0;

    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
        query =
            arena_printf(srv.mem, "%s&%s=1&%s=1", query, NAMES[i], NAMES[i]);
    for (size_t i = 0; i < API_ROUTES_N; i++) {
        const struct http_route *r = &API_ROUTES[i];
        bool named = false;
        struct answer a;

        if (is_open(r) || !(r->flags & (ROUTE_ARGS | ROUTE_LIST)))
            continue;
        seen++;
        a = ask_with(r, query,
                     r->flags & ROUTE_LIST ? "Content-Type: text/csv\r\n"
                                           : NULL);
        for (size_t k = 0; k < ARRAY_LEN(NAMES); k++)
            named |= is_named(&a, NAMES[k], "duplicate_field");
        ck_assert_msg(a.status == 400 && named, "%s %s: %d %s",
                      http_method_name(r->method), r->path, a.status, a.body);
    }
    ck_assert_uint_gt(seen, 10);
}
END_TEST

START_TEST(a_cursor_that_is_none_is_named_with_the_rest)
{
    size_t seen = 0;

    for (size_t i = 0; i < API_ROUTES_N; i++) {
        const struct http_route *r = &API_ROUTES[i];
        struct answer a, alone;

        if (is_open(r) || r->method != HTTP_GET || !(r->flags & ROUTE_ARGS))
            continue;
        a = ask_with(r, "?cursor=nonsense&wat=1", NULL);
        if (is_named(&a, "cursor", "bad_argument"))
            continue; /* no list of pages */
        seen++;
        ck_assert_msg(is_named(&a, "cursor", "bad_cursor") &&
                          is_named(&a, "wat", "bad_argument"),
                      "GET %s: %d %s", r->path, a.status, a.body);
        alone = ask_with(r, "?cursor=nonsense", NULL);
        ck_assert_int_eq(
            json_integer_value(json_object_get(alone.json, "code")), 1005);
    }
    ck_assert_uint_ge(seen, 8);
}
END_TEST

START_TEST(an_encoded_body_is_415_everywhere)
{
    for (size_t i = 0; i < API_ROUTES_N; i++) {
        const struct http_route *r = &API_ROUTES[i];
        struct answer a;

        if (!r->max_body_bytes)
            continue;
        a = ask_with(r, "", "Content-Encoding: gzip\r\n");
        ck_assert_msg(a.status == 415 && strstr(a.body, "Content-Encoding"),
                      "%s %s: %d %s", http_method_name(r->method), r->path,
                      a.status, a.body);
        ck_assert_str_eq(srv_header(&a, "Accept-Encoding"), "identity");
        a = ask_with(r, "", "Content-Encoding: Identity \r\n");
        ck_assert_msg(!strstr(a.body, "Content-Encoding"), "%s %s: %d %s",
                      http_method_name(r->method), r->path, a.status, a.body);
    }
}
END_TEST

/* Told from the length that is declared, before any of it is sent. */
START_TEST(a_body_too_large_is_413_everywhere)
{
    for (size_t i = 0; i < API_ROUTES_N; i++) {
        const struct http_route *r = &API_ROUTES[i];
        const char *method = http_method_name(r->method), *path = path_of(r);
        struct answer a;

        if (!r->max_body_bytes || r->flags & ROUTE_LIST)
            continue; /* a list may have any size */
        a = srv_checked(
            method, path,
            srv_take(srv_send(role_key(own, r), method, path,
                              arena_printf(srv.mem, "%sContent-Length: %zu\r\n",
                                           "Content-Type: application/json\r\n",
                                           r->max_body_bytes + 1),
                              NULL)));
        ck_assert_msg(a.status == 413, "%s %s: %d %s", method, r->path,
                      a.status, a.body);
    }
}
END_TEST

/* Some clients name a type with every request; the argument that is wrong
 * shows that it got past it. */
START_TEST(a_type_without_a_body_is_no_fault)
{
    for (size_t i = 0; i < API_ROUTES_N; i++) {
        const struct http_route *r = &API_ROUTES[i];
        struct answer a;

        if (is_open(r) || r->max_body_bytes)
            continue;
        a = ask_with(r, "?wat=1", "Content-Type: text/plain\r\n");
        ck_assert_msg(a.status == 400 && is_named(&a, "wat", "bad_argument"),
                      "%s %s: %d %s", http_method_name(r->method), r->path,
                      a.status, a.body);
    }
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("arguments");

    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, srv_stop);
    tcase_add_test(tc, an_argument_that_a_route_does_not_know_is_named);
    tcase_add_test(tc, an_argument_given_twice_is_named);
    tcase_add_test(tc, a_cursor_that_is_none_is_named_with_the_rest);
    tcase_add_test(tc, an_encoded_body_is_415_everywhere);
    tcase_add_test(tc, a_body_too_large_is_413_everywhere);
    tcase_add_test(tc, a_type_without_a_body_is_no_fault);
    pg_fixture();
    return unit_run(tc, "arguments");
}
