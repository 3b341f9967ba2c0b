#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "http/router.h"

static enum http_next nothing(struct http_req *rq)
{
    (void)rq;
    return HTTP_DONE;
}

static const struct http_route routes[] = {
    {.method = HTTP_GET, .path = "/", .handler = nothing},
    {.method = HTTP_GET, .path = "/v1/leads/{id}", .handler = nothing},
    {.method = HTTP_POST, .path = "/v1/leads", .handler = nothing},
    {.method = HTTP_GET, .path = "/v1/leads", .handler = nothing},
    {.method = HTTP_POST, .path = "/v1/leads/{id}/claim", .handler = nothing},
    {.method = HTTP_GET, .path = "/v1/leads/top", .handler = nothing},
    {.method = HTTP_GET, .path = "/v1/{kind}/all", .handler = nothing},
    {.method = HTTP_POST, .path = "/v1/{a}/x/{b}/y", .handler = nothing},
};

static const struct {
    enum http_method method;
    const char *path;
    int route; /* -1 none */
    const char *allow, *param;
} cases[] = {
    {HTTP_GET, "/", 0, "GET, HEAD, OPTIONS", NULL},
    {HTTP_GET, "/v1/leads/42", 1, "GET, HEAD, OPTIONS", "42"},
    {HTTP_HEAD, "/v1/leads/42", 1, "GET, HEAD, OPTIONS", "42"},
    {HTTP_GET, "/v1/leads/top", 5, "GET, HEAD, OPTIONS", NULL},
    {HTTP_GET, "/v1/leads/all", 1, "GET, HEAD, OPTIONS", "all"},
    {HTTP_GET, "/v1/reps/all", 6, "GET, HEAD, OPTIONS", "reps"},
    {HTTP_POST, "/v1/leads", 2, "GET, HEAD, POST, OPTIONS", NULL},
    {HTTP_DELETE, "/v1/leads", -1, "GET, HEAD, POST, OPTIONS", NULL},
    {HTTP_POST, "/v1/leads/42/claim", 4, "POST, OPTIONS", "42"},
    {HTTP_POST, "/v1/leads/x/9/y", 7, "POST, OPTIONS", NULL},
    {HTTP_GET, "/v1/leads/", -1, NULL, NULL},
    {HTTP_GET, "/v1/leads//claim", -1, NULL, NULL},
    {HTTP_GET, "/v1", -1, NULL, NULL},
    {HTTP_GET, "/v1/leads/42/", -1, NULL, NULL},
    {HTTP_GET, "//v1/leads", -1, NULL, NULL},
    {HTTP_GET, "", -1, NULL, NULL},
};

START_TEST(each_path_finds_its_route)
{
    struct router *r = router_new(routes, ARRAY_LEN(routes));
    struct http_match m;
    bool is_x = strcmp(cases[_i].path, "/v1/leads/x/9/y") == 0;

    ck_assert_ptr_nonnull(r);
    router_match(r, cases[_i].method, cases[_i].path, strlen(cases[_i].path),
                 &m);
    if (is_x) { /* the literal "leads" leads nowhere: back to {a} */
        ck_assert_ptr_eq(m.route, &routes[7]);
        ck_assert_uint_eq(m.n_params, 2);
        ck_assert(strncmp(m.param[1].p, "9", m.param[1].n) == 0);
    } else if (cases[_i].route < 0) {
        ck_assert_ptr_null(m.route);
    } else {
        ck_assert_ptr_eq(m.route, &routes[cases[_i].route]);
    }
    ck_assert_pstr_eq(m.allow, cases[_i].allow);
    if (cases[_i].param) {
        ck_assert_uint_eq(m.n_params, 1);
        ck_assert(strncmp(m.param[0].p, cases[_i].param, m.param[0].n) == 0);
    }
    router_free(r);
}
END_TEST

START_TEST(bad_tables_are_refused)
{
    const struct http_route twice[] = {routes[1], routes[1]};
    const struct http_route bare = {.path = "x", .handler = nothing};
    const struct http_route many = {.path = "/{a}/{b}/{c}/{d}/{e}",
                                    .handler = nothing};

    ck_assert_ptr_null(router_new(twice, 2));
    ck_assert_ptr_null(router_new(&bare, 1));
    ck_assert_ptr_null(router_new(&many, 1));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("router");
    TCase *t = tcase_create("match");
    SRunner *r;
    int failed;

    tcase_add_loop_test(t, each_path_finds_its_route, 0, (int)ARRAY_LEN(cases));
    tcase_add_test(t, bad_tables_are_refused);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? 1 : 0;
}
