/* Who may call what, generated from the route table: every route with every
 * role and with keys that are none, every id under a foreign key, and the
 * methods that no route has. */
#include "matrix_fixture.h"

/* ---- role x route ---- */

START_TEST(each_role_reaches_what_its_routes_say)
{
    size_t closed = 0;

    for (size_t i = 0; i < API_ROUTES_N; i++) {
        const struct http_route *r = &API_ROUTES[i];
        const char *method = http_method_name(r->method);

        if (is_open(r))
            continue;
        closed++;
        for (unsigned k = 0; k < 4; k++) {
            int status = ask(own[k], method, path_of(r), body_of(r));
            bool may = (r->flags & 1u << k) != 0;

            ck_assert_msg(
                status != 401 && (status == 403) == !may && status < 500,
                "%s %s as %s: %d", method, r->path, role_name(k), status);
        }
    }
    ck_assert_uint_gt(closed, 30);
}
END_TEST

START_TEST(no_route_takes_a_key_that_is_none)
{
    for (size_t i = 0; i < API_ROUTES_N; i++) {
        const struct http_route *r = &API_ROUTES[i];
        const char *method = http_method_name(r->method);

        if (is_open(r))
            continue;
        ck_assert_msg(ask_without_key(method, path_of(r)) == 401, "%s %s",
                      method, r->path);
        for (size_t k = 0; k < GONE_KEYS; k++) {
            int status = ask(bad[k], method, path_of(r), body_of(r));

            ck_assert_msg(status == 401, "%s %s with bad key %zu: %d", method,
                          r->path, k, status);
        }
    }
}
END_TEST

START_TEST(open_routes_ask_for_no_key)
{
    for (size_t i = 0; i < API_ROUTES_N; i++) {
        const struct http_route *r = &API_ROUTES[i];
        int status;

        if (!is_open(r))
            continue;
        status = ask_without_key(http_method_name(r->method), path_of(r));
        ck_assert_msg(status != 401 && status != 403 && status < 500, "%s: %d",
                      r->path, status);
    }
}
END_TEST

/* ---- another workspace ---- */

static bool has_planted(const struct answer *a)
{
    return strstr(a->body, "PLANTED") || strstr(a->body, "planted-v1") ||
           strstr(a->body, "+84395678945") ||
           (strstr(a->body, lead_id) && a->status < 400);
}

/* A body that would do something if the row were one's own. */
static const char *real_body(const struct http_route *r)
{
    static const struct {
        const char *end, *body;
    } BODIES[] = {
        {"/events", "{\"events\": [{\"type\": \"demo_request\","
                    " \"occurred_at\": \"2026-06-02T00:00:00Z\"}]}"},
        {"/stage", "{\"to\": \"disqualified\", \"reason\": \"spam\"}"},
        {"/release", "{\"reason\": \"busy\"}"},
        {"/reject", "{\"reason\": \"other\"}"},
        {"/activities", "{\"kind\": \"call\"}"},
        {"/outcome", "{\"result\": \"lost\", \"reason\": \"price\"}"},
        {"/merge", "{\"keep\": \"00000000-0000-7000-8000-000000000009\"}"},
        {"/reviews/{id}", "{\"decision\": \"dismiss\"}"},
        {"/leads/{id}", "{\"contact\": {\"name\": \"x\"}}"},
        {"/reconcile", "{\"ids\": [\"1\"]}"},
        {"/sources/{id}", "{\"name\": \"x\"}"}};
    size_t n = strlen(r->path);

    if (!body_of(r))
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(BODIES); i++)
        if (n > strlen(BODIES[i].end) &&
            str_eq(r->path + n - strlen(BODIES[i].end), BODIES[i].end))
            return BODIES[i].body;
    return "{}";
}

START_TEST(an_id_of_another_workspace_is_not_there)
{
    size_t tried = 0;

    for (size_t i = 0; i < API_ROUTES_N; i++) {
        const struct http_route *r = &API_ROUTES[i];
        const char *method = http_method_name(r->method);

        if (is_open(r) || !has_id(r))
            continue;
        for (unsigned k = 0; k < 4; k++) {
            struct answer a;

            if (!(r->flags & 1u << k))
                continue;
            tried++;
            a = srv_take(
                srv_send(other[k], method, path_of(r), NULL, real_body(r)));
            ck_assert_msg(a.status == 404, "%s %s as %s: %d %s", method,
                          r->path, role_name(k), a.status, a.body);
            ck_assert_msg(!has_planted(&a), "%s %s: %s", method, r->path,
                          a.body);
        }
    }
    ck_assert_uint_gt(tried, 25);
}
END_TEST

START_TEST(lists_show_nothing_of_another_workspace)
{
    size_t seen = 0;

    for (size_t i = 0; i < API_ROUTES_N; i++) {
        const struct http_route *r = &API_ROUTES[i];
        struct answer a;

        if (is_open(r) || has_id(r) || r->method != HTTP_GET ||
            strstr(r->path, "/stream"))
            continue;
        a = srv_get(role_key(own, r), r->path, NULL);
        seen += a.status == 200 && has_planted(&a);
        a = srv_get(role_key(other, r), r->path, NULL);
        ck_assert_msg(a.status == 200 && !has_planted(&a), "GET %s: %d %s",
                      r->path, a.status, a.body);
    }
    ck_assert_uint_ge(seen, 4); /* its owner does see it */
}
END_TEST

/* What the owner finds afterwards: nothing was changed from outside. */
START_TEST(nothing_was_changed_from_outside)
{
    struct answer a;

    for (size_t i = 0; i < API_ROUTES_N; i++) {
        const struct http_route *r = &API_ROUTES[i];

        if (!is_open(r) && has_id(r) && r->method != HTTP_GET)
            (void)ask(role_key(other, r), http_method_name(r->method),
                      path_of(r), real_body(r));
    }
    a = srv_get(srv.sales, arena_printf(srv.mem, "/v1/leads/%s", lead_id),
                NULL);
    ck_assert_int_eq(a.status, 200);
    ck_assert_ptr_nonnull(strstr(a.body, "PLANTED"));
    ck_assert_int_eq(json_integer_value(json_object_get(a.json, "version")), 1);
    a = srv_get(own[3], arena_printf(srv.mem, "/v1/sources/%s", lead_id), NULL);
    ck_assert_int_eq(a.status, 200);
    ck_assert_ptr_nonnull(strstr(a.body, "PLANTED"));
}
END_TEST

/* ---- methods ---- */

static bool path_has(const char *path, enum http_method m)
{
    for (size_t i = 0; i < API_ROUTES_N; i++)
        if (API_ROUTES[i].method == m && str_eq(API_ROUTES[i].path, path))
            return true;
    return false;
}

START_TEST(head_is_get_without_a_body)
{
    for (size_t i = 0; i < API_ROUTES_N; i++) {
        const struct http_route *r = &API_ROUTES[i];
        struct answer get, head;

        if (r->method != HTTP_GET || strstr(r->path, "/stream"))
            continue;
        get = srv_get(role_key(own, r), path_of(r), NULL);
        head = srv_take(
            srv_send(role_key(own, r), "HEAD", path_of(r), NULL, NULL));
        ck_assert_msg(head.status == get.status, "HEAD %s: %d, not %d", r->path,
                      head.status, get.status);
        ck_assert_msg(!*head.body, "HEAD %s has a body", r->path);
    }
}
END_TEST

START_TEST(other_methods_are_405_with_allow)
{
    for (size_t i = 0; i < API_ROUTES_N; i++) {
        const struct http_route *r = &API_ROUTES[i];

        for (int m = 0; m < HTTP_METHODS; m++) {
            const char *method = http_method_name((enum http_method)m);
            const char *allow;
            struct answer a;

            if (path_has(r->path, (enum http_method)m) || m == HTTP_OPTIONS ||
                (m == HTTP_HEAD && path_has(r->path, HTTP_GET)))
                continue;
            /* "hot" is no id, but fits the pattern of one */
            if (str_eq(r->path, "/v1/leads/hot") ||
                str_eq(r->path, "/v1/leads/stream") ||
                str_eq(r->path, "/v1/models/simulate"))
                continue;
            a = srv_take(srv_send(own[3], method, path_of(r), NULL, NULL));
            allow = srv_header(&a, "Allow");
            ck_assert_msg(a.status == 405, "%s %s: %d", method, r->path,
                          a.status);
            ck_assert_msg(allow && strstr(allow, http_method_name(r->method)),
                          "%s %s: Allow: %s", method, r->path, allow);
        }
    }
}
END_TEST

START_TEST(options_tells_the_methods)
{
    for (size_t i = 0; i < API_ROUTES_N; i++) {
        const struct http_route *r = &API_ROUTES[i];
        struct answer a =
            srv_take(srv_send(own[3], "OPTIONS", path_of(r), NULL, NULL));
        const char *allow = srv_header(&a, "Allow");

        if (path_has(r->path, HTTP_OPTIONS)) {
            ck_assert_msg(a.status < 300 || a.status == 404, "OPTIONS %s: %d",
                          r->path, a.status);
            continue;
        }
        ck_assert_msg(a.status == 405 || a.status == 204, "OPTIONS %s: %d",
                      r->path, a.status);
        ck_assert_msg(allow && strstr(allow, http_method_name(r->method)),
                      "OPTIONS %s: Allow: %s", r->path, allow);
    }
}
END_TEST

START_TEST(what_no_route_names_is_404)
{
    ck_assert_int_eq(ask(own[3], "GET", "/v1/nothing", NULL), 404);
    ck_assert_int_eq(ask(own[3], "GET", "/v1/leads/", NULL), 404);
    ck_assert_int_eq(ask(own[3], "GET", "/v1/leads/not-an-id", NULL), 404);
    ck_assert_int_eq(ask(own[3], "GET", "/v2/leads", NULL), 404);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("matrix");

    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, srv_stop);
    tcase_add_test(tc, each_role_reaches_what_its_routes_say);
    tcase_add_test(tc, no_route_takes_a_key_that_is_none);
    tcase_add_test(tc, open_routes_ask_for_no_key);
    tcase_add_test(tc, an_id_of_another_workspace_is_not_there);
    tcase_add_test(tc, lists_show_nothing_of_another_workspace);
    tcase_add_test(tc, nothing_was_changed_from_outside);
    tcase_add_test(tc, head_is_get_without_a_body);
    tcase_add_test(tc, other_methods_are_405_with_allow);
    tcase_add_test(tc, options_tells_the_methods);
    tcase_add_test(tc, what_no_route_names_is_404);
    pg_fixture();
    return unit_run(tc, "matrix");
}
