/* Who may call what, generated from the route table: every route with every
 * role and with keys that are none, every id under a foreign key, and the
 * methods that no route has. */
#include "api_fixture.h"

#include "api/app.h"

#define GONE_KEYS 4

/* One row of everything that a path can name, all in workspace 1. */
static const char ROWS[] =
    "SELECT mk_lead(1, 1, '2026-06-01T00:00Z', '{\"stage\": \"sql\","
    " \"sql_at\": \"2026-06-01T00:00Z\", \"name\": \"PLANTED\"}');"
    "SELECT mk_hop(1, lead_id, 1, 'new', 'iql', 'system', created_at)"
    " FROM lead;"
    "INSERT INTO identifier SELECT 1, 1, '+84395678945', lead_id FROM lead;"
    "INSERT INTO event (workspace_id, lead_id, event_id, type, occurred_at)"
    " SELECT 1, lead_id, lead_id, 'demo_request', created_at FROM lead;"
    "INSERT INTO ready (workspace_id, lead_id, rank, score, created_at,"
    " stage, facts_version, grade) SELECT 1, lead_id, rank, score,"
    " created_at, stage, 0, grade FROM lead;"
    "INSERT INTO review (workspace_id, review_id, kind, lead_id,"
    " other_lead_id, receipt_id, detail, created_at) SELECT 1, lead_id,"
    " 'identifier', lead_id, lead_id, lead_id, '{}', now() FROM lead;"
    "INSERT INTO claim (workspace_id, claim_id, lead_id, rep_id, state, live,"
    " claimed_at, expires_at, score, grade, snapshot) SELECT 1, lead_id,"
    " lead_id, '" REP_ID "', 'claimed', true, now(), now() + interval '1 day',"
    " 0, 'B3', '{}' FROM lead;"
    "INSERT INTO source (workspace_id, source_id, kind, name, source_key,"
    " created_at, updated_at) SELECT 1, lead_id, 'form', 'PLANTED', "
    "'1.planted',"
    " now(), now() FROM lead;"
    "INSERT INTO model SELECT 1, 'planted-v1', doc, now() FROM model WHERE"
    " workspace_id = 1;"
    "INSERT INTO rep (workspace_id, rep_id, name, created_at) VALUES (2,"
    " '" REP_ID "', 'r2', now())";

static char own[4][KEY_TEXT_BYTES], other[4][KEY_TEXT_BYTES];
static const char *bad[GONE_KEYS];
static const char *lead_id;

static const char *role_name(unsigned i)
{
    return key_role_text((enum key_role)(1u << i));
}

/* A key that was one: made, then ended by SQL before the server reads. */
static const char *ended(const char *column)
{
    char *text = arena_alloc(srv.mem, KEY_TEXT_BYTES);
    struct key_parts parts;
    char id[UUID_TEXT_BYTES];

    srv_key(1, ROLE_ADMIN, NULL, text);
    ck_assert(key_parse(text, &parts));
    pg_fixture_sql(srv.pg,
                   arena_printf(srv.mem,
                                "UPDATE api_key SET %s = now() - interval"
                                " '1 minute' WHERE workspace_id = 1 AND"
                                " key_id = '%s'",
                                column, uuid_format(&parts.key_id, id)));
    return text;
}

static const char *tampered(const char *key)
{
    char *text = arena_strdup(srv.mem, key);
    size_t n = strlen(text);

    text[n - 10] = text[n - 10] == 'A' ? 'B' : 'A';
    return text;
}

static void more_keys(void)
{
    for (unsigned i = 0; i < 4; i++) {
        enum key_role role = (enum key_role)(1u << i);
        const char *rep = role == ROLE_SALES ? REP_ID : NULL;

        srv_key(1, role, rep, own[i]);
        srv_key(2, role, rep, other[i]);
    }
    bad[0] = "garbage";
    bad[1] = tampered(own[3]);
    bad[2] = ended("expires_at");
    bad[3] = ended("revoked_at");
}

static void setup(void)
{
    char *id;

    srv_start(ROWS);
    more_keys();
    ck_assert_int_eq(flow_reload(srv.flow), ERR_OK);
    id = sql_text("SELECT lead_id FROM lead");
    ck_assert_ptr_nonnull(id);
    lead_id = arena_strdup(srv.mem, id);
    free(id);
}

static bool has_id(const struct http_route *r)
{
    return strstr(r->path, "{id}") || strstr(r->path, "{version}");
}

/* The route's path with something in each parameter. */
static const char *path_of(const struct http_route *r)
{
    const char *out = "", *p = r->path, *open;

    while ((open = strchr(p, '{'))) {
        const char *close = strchr(open, '}') + 1;
        const char *value = str_starts(open, "{id}")        ? lead_id
                            : str_starts(open, "{version}") ? "planted-v1"
                                                            : "1.nobody";

        out = arena_printf(srv.mem, "%s%.*s%s", out, (int)(open - p), p, value);
        p = close;
    }
    return arena_printf(srv.mem, "%s%s", out, p);
}

static const char *body_of(const struct http_route *r)
{
    return r->max_body_bytes || r->method == HTTP_POST ? "{}" : NULL;
}

/* Only the head counts, so a stream may go on. @param key NULL: none at all */
static int ask(const char *key, const char *method, const char *path,
               const char *body)
{
    char head[16] = "";
    int fd = srv_send(key ? key : "", method, path, NULL, body);
    size_t n = 0;
    ssize_t got;

    while (n < 12 && (got = read(fd, head + n, 12 - n)) > 0)
        n += (size_t)got;
    close(fd);
    ck_assert_msg(n == 12, "%s %s: no answer", method, path);
    return atoi(head + 9);
}

static int ask_without_key(const char *method, const char *path)
{
    const char *text = arena_printf(
        srv.mem, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n",
        method, path, str_eq(method, "POST") ? "Content-Length: 0\r\n" : "");
    int fd = srv_dial();

    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    return srv_take(fd).status;
}

static bool is_open(const struct http_route *r)
{
    return (r->flags & (ROUTE_PUBLIC | ROUTE_OPS)) != 0;
}

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

static const char *role_key(char keys[4][KEY_TEXT_BYTES],
                            const struct http_route *r)
{
    for (unsigned k = 0; k < 4; k++)
        if (r->flags & 1u << k && 1u << k != ROLE_INTAKE)
            return keys[k];
    return keys[0];
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

/* ---- arguments and encodings ---- */

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
        a = ask_with(r, "", "Content-Encoding: Identity\r\n");
        ck_assert_msg(!strstr(a.body, "Content-Encoding"), "%s %s: %d %s",
                      http_method_name(r->method), r->path, a.status, a.body);
    }
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
    tcase_add_test(tc, an_argument_that_a_route_does_not_know_is_named);
    tcase_add_test(tc, an_argument_given_twice_is_named);
    tcase_add_test(tc, a_cursor_that_is_none_is_named_with_the_rest);
    tcase_add_test(tc, an_encoded_body_is_415_everywhere);
    tcase_add_test(tc, head_is_get_without_a_body);
    tcase_add_test(tc, other_methods_are_405_with_allow);
    tcase_add_test(tc, options_tells_the_methods);
    tcase_add_test(tc, what_no_route_names_is_404);
    pg_fixture();
    return unit_run(tc, "matrix");
}
