/* The pages we serve, and the road of a form post and its claim, each answer
 * held to openapi.yaml by the client. */
#include "api_fixture.h"

#include "../lib/http_client.h"

static void field_is(const struct reply *r, const char *name, const char *part)
{
    char value[1024];

    ck_assert_msg(reply_field(r, name, value, sizeof(value)), "no %s", name);
    ck_assert_msg(strstr(value, part), "%s: %s lacks %s", name, value, part);
}

#define DEMO                                                                   \
    "INSERT INTO source (workspace_id, source_id, kind, name, source_key,"     \
    " allowed_origins, success_url, created_at, updated_at) VALUES (1, "       \
    "'" REP_ID "', 'form', 'demo', '1-demo',"                                  \
    " '{https://landing.example}', 'https://thanks.example/page', now(),"      \
    " now());"

START_TEST(pages_are_whole_and_load_nothing)
{
    static const char *const PATHS[] = {"/docs", "/demo/", "/demo/snippet",
                                        "/openapi.yaml"};

    srv_start(DEMO);
    for (size_t i = 0; i < ARRAY_LEN(PATHS); i++) {
        struct reply r =
            http_call(api_port(srv.api), "GET", PATHS[i], NULL, NULL, NULL);
        char tag[128], header[256];

        ck_assert_int_eq(r.status, 200);
        ck_assert_uint_gt(r.body_bytes, 2000);
        ck_assert_int_eq(strstr(r.body, "<script") != NULL, i == 2);
        field_is(&r, "Content-Security-Policy", "default-src 'none'");
        if (i < 3)
            field_is(&r, "Content-Security-Policy", "style-src 'sha256-");
        ck_assert_ptr_nonnull(reply_field(&r, "ETag", tag, sizeof(tag)));
        snprintf(header, sizeof(header), "If-None-Match: %s\r\n", tag);
        reply_free(&r);
        r = http_call(api_port(srv.api), "GET", PATHS[i], NULL, header, NULL);
        ck_assert_int_eq(r.status, 304);
        reply_free(&r);
        r = http_call(api_port(srv.api), "HEAD", PATHS[i], NULL, NULL, NULL);
        ck_assert_int_eq(r.status, 200);
        reply_free(&r);
    }
    srv_stop();
}
END_TEST

START_TEST(served_contract_is_the_file)
{
    struct reply r;
    FILE *f = fopen("openapi.yaml", "r");
    char *text = calloc(1, (size_t)1 << 20);

    ck_assert(f && text);
    srv_start(NULL);
    ck_assert_uint_gt(fread(text, 1, ((size_t)1 << 20) - 1, f), 0);
    fclose(f);
    r = http_call(api_port(srv.api), "GET", "/openapi.yaml", NULL, NULL, NULL);
    ck_assert_str_eq(r.body, text);
    free(text);
    reply_free(&r);
    srv_stop();
}
END_TEST

START_TEST(demo_page_posts_to_the_demo_source)
{
    struct reply r;

    srv_start(DEMO);
    r = http_call(api_port(srv.api), "GET", "/demo", NULL, NULL, NULL);
    ck_assert_int_eq(r.status, 303);
    field_is(&r, "Location", "/demo/");
    reply_free(&r);
    r = http_call(api_port(srv.api), "GET", "/demo/", NULL, NULL, NULL);
    ck_assert_ptr_nonnull(strstr(r.body, "action=\"/v1/forms/1-demo\""));
    ck_assert_ptr_null(strstr(r.body, "{{"));
    field_is(&r, "Content-Security-Policy",
             "form-action 'self' https://thanks.example;");
    reply_free(&r);
    srv_stop();
}
END_TEST

START_TEST(without_a_demo_source_the_page_says_so)
{
    struct reply r;

    srv_start(NULL);
    r = http_call(api_port(srv.api), "GET", "/demo/", NULL, NULL, NULL);
    ck_assert_int_eq(r.status, 404);
    ck_assert_ptr_nonnull(strstr(r.body, "No demo here"));
    reply_free(&r);
    srv_stop();
}
END_TEST

#define FORM_TYPE "Content-Type: application/x-www-form-urlencoded\r\n"

/* What a browser sends for the plain form, and what it gets. */
START_TEST(plain_form_is_led_to_its_success_page)
{
    int port;
    struct reply r;

    srv_start(DEMO);
    port = api_port(srv.api);
    r = http_call(port, "POST", "/v1/forms/1-demo", NULL,
                  FORM_TYPE "Accept: text/html,*/*\r\n"
                            "Origin: https://landing.example\r\n",
                  "name=Nguy%E1%BB%85n+Th%E1%BB%8B+%C4%90%C3%A0o"
                  "&phone=0169+5678945&website=&utm_source=demo"
                  "&consent_marketing_email=granted");
    ck_assert_int_eq(r.status, 303);
    field_is(&r, "Location", "https://thanks.example/page");
    reply_free(&r);
    r = http_call(port, "GET", "/v1/leads?q=nguyen+thi+dao", srv.sales, NULL,
                  NULL);
    ck_assert_str_eq(reply_text(&r, "/items/0/contact/phone"), "+84395678945");
    reply_free(&r);
    r = http_call(port, "POST", "/v1/forms/1-demo", NULL, NULL,
                  "{\"name\":\"A\"}");
    ck_assert_int_eq(r.status, 422);
    reply_free(&r);
    r = http_call(port, "POST", "/v1/forms/none", NULL, NULL, "{}");
    ck_assert_int_eq(r.status, 404);
    reply_free(&r);
    r = http_call(port, "POST", "/v1/forms/1-demo", NULL, FORM_TYPE, "a=%GG");
    ck_assert_int_eq(r.status / 100, 4);
    reply_free(&r);
    srv_stop();
}
END_TEST

static int posted_from(const char *key, const char *origin, bool json)
{
    const char *host =
        arena_printf(srv.mem, "http://127.0.0.1:%d", api_port(srv.api));
    const char *headers =
        arena_printf(srv.mem, "%sOrigin: %s\r\n", json ? "" : FORM_TYPE,
                     origin ? origin : host);
    struct reply r =
        http_call(api_port(srv.api), "POST",
                  arena_printf(srv.mem, "/v1/forms/%s", key), NULL, headers,
                  json ? "{\"phone\":\"0912345678\"}" : "phone=0912345678");
    int status = r.status;

    reply_free(&r);
    return status;
}

#define OPEN                                                                   \
    "INSERT INTO source (workspace_id, source_id, kind, name, source_key,"     \
    " created_at, updated_at) VALUES (1,"                                      \
    " '00000000-0000-7000-8000-000000000009', 'form', 'open', '1-open',"       \
    " now(), now());"

/* A browser names the origin even of a plain form. */
START_TEST(plain_forms_pass_where_scripts_need_leave)
{
    srv_start(DEMO OPEN);
    ck_assert_int_eq(posted_from("1-open", "https://any.example", false), 201);
    ck_assert_int_eq(posted_from("1-open", "null", false), 201);
    ck_assert_int_eq(posted_from("1-open", "https://any.example", true), 403);
    ck_assert_int_eq(posted_from("1-demo", NULL, false), 201);
    ck_assert_int_eq(posted_from("1-demo", "https://any.example", false), 403);
    ck_assert_int_eq(posted_from("1-demo", "null", false), 403);
    ck_assert_int_eq(posted_from("1-demo", "https://landing.example", true),
                     201);
    srv_stop();
}
END_TEST

#define READY_LEAD                                                             \
    "{\"contact\":{\"name\":\"Trần Văn "                                    \
    "Bình\",\"email\":\"binh@congty.example\","                               \
    "\"phone\":\"0912 345 678\",\"company\":\"Minh Hoạ\"},\"facts\":{"       \
    "\"authority_role\":\"decision_maker\",\"need\":\"explicit_matched\","     \
    "\"budget\":50000000,\"price\":50000000,\"timeframe_days\":30},"           \
    "\"events\":[{\"type\":\"demo_request\"},{\"type\":\"quote_request\"}],"   \
    "\"referrer\":{\"kind\":\"customer\",\"ref\":\"c1\"},\"touch\":{"          \
    "\"channel\":\"web\",\"gclid\":\"g\"},\"consent\":[{\"purpose\":"          \
    "\"marketing\",\"channel\":\"email\",\"status\":\"granted\"}]}"

static struct reply post(const char *key, const char *path, const char *body,
                         int status)
{
    struct reply r =
        http_call(api_port(srv.api), "POST", path, key, NULL, body);

    ck_assert_msg(r.status == status, "POST %s: %d instead of %d: %s", path,
                  r.status, status, r.body);
    return r;
}

static void post_only(const char *key, const char *path, const char *body,
                      int status)
{
    struct reply r = post(key, path, body, status);

    reply_free(&r);
}

static struct reply get(const char *key, const char *path, int status)
{
    struct reply r = http_call(api_port(srv.api), "GET", path, key, NULL, NULL);

    ck_assert_msg(r.status == status, "GET %s: %d instead of %d: %s", path,
                  r.status, status, r.body);
    return r;
}

static void get_only(const char *key, const char *path, int status)
{
    struct reply r = get(key, path, status);

    reply_free(&r);
}

static const char *path_of(const char *format, const char *id)
{
    char *mark = strchr(format, '#');

    return arena_printf(srv.mem, "%.*s%s%s", (int)(mark - format), format, id,
                        mark + 1);
}

/* A lead from its first post to won, by every call on the way. */
START_TEST(every_answer_on_the_road_to_won_is_documented)
{
    struct reply r;
    const char *lead, *claim;

    srv_start(DEMO);
    r = post(srv.sales, "/v1/leads", READY_LEAD, 201);
    ck_assert_str_eq(reply_text(&r, "/lead/stage"), "sql");
    lead = arena_strdup(srv.mem, reply_text(&r, "/lead/id"));
    reply_free(&r);
    post_only(srv.sales, "/v1/leads", READY_LEAD, 200);
    post_only(srv.sales, "/v1/leads",
              "{\"contact\":{\"phone\":\"12\"},"
              "\"score\":99,\"origin\":\"moon\"}",
              422);
    post_only(srv.sales, "/v1/leads", "{", 400);
    post_only("nonsense", "/v1/leads", "{}", 401);
    post_only(srv.marketing, path_of("/v1/leads/#/claim", lead), "{}", 403);
    post_only(srv.sales, path_of("/v1/leads/#/events", lead),
              "{\"type\":\"call\",\"duration_s\":130,\"detail\":\"x\"}", 201);
    post_only(srv.sales, "/v1/events",
              "{\"events\":[{\"email\":\"binh@congty.example\",\"type\":"
              "\"download\"},{\"email\":\"nobody@congty.example\",\"type\":"
              "\"download\"}]}",
              201);
    get_only(srv.sales, path_of("/v1/leads/#", lead), 200);
    get_only(srv.sales, path_of("/v1/leads/#/score", lead), 200);
    get_only(srv.sales, path_of("/v1/leads/#/score?as_of=2030-01-01", lead),
             200);
    get_only(srv.sales, "/v1/leads/hot", 200);
    get_only(srv.sales, "/v1/leads/stream", 200);
    post_only(srv.sales, path_of("/v1/leads/#/stage", lead),
              "{\"to\":\"iql\",\"reason\":\"x\"}", 409);
    r = post(srv.sales, "/v1/claims", "{\"count\":1}", 201);
    claim = arena_strdup(srv.mem, reply_text(&r, "/claims/0/id"));
    reply_free(&r);
    post_only(srv.sales, "/v1/claims", NULL, 204);
    post_only(srv.sales, path_of("/v1/leads/#/claim", lead), NULL, 200);
    post_only(srv.sales, path_of("/v1/claims/#/extend", claim), NULL, 200);
    post_only(srv.sales, path_of("/v1/claims/#/release", claim), "{}", 422);
    post_only(srv.sales, path_of("/v1/claims/#/accept", claim), NULL, 200);
    post_only(srv.sales, path_of("/v1/claims/#/activities", claim),
              "{\"kind\":\"call\",\"duration_s\":180,\"result\":\"quote\"}",
              201);
    get_only(srv.sales, path_of("/v1/claims/#", claim), 200);
    post_only(srv.sales, path_of("/v1/claims/#/outcome", claim),
              "{\"result\":\"won\",\"amount\":50000000,\"currency\":\"VND\"}",
              200);
    post_only(srv.sales, path_of("/v1/claims/#/accept", claim), NULL, 409);
    get_only(srv.sales, path_of("/v1/leads/#/timeline", lead), 200);
    get_only(srv.sales, "/v1/claims?mine=1", 200);
    post_only(srv.marketing, "/v1/spend",
              "{\"day\":\"2026-06-15\",\"source\":\"api\",\"amount\":1000,"
              "\"currency\":\"VND\"}",
              201);
    get_only(srv.marketing, "/v1/kpis?group_by=source", 200);
    get_only(srv.marketing, "/v1/funnel?group_by=grade", 200);
    srv_stop();
}
END_TEST

START_TEST(requests_that_reach_no_operation_are_documented)
{
    int port;
    struct reply r;

    srv_start(NULL);
    port = api_port(srv.api);
    get_only(srv.sales, "/v1/nothing", 404);
    get_only(NULL, "/v1/leads", 401);
    get_only(srv.sales, "/v1/score", 405);
    get_only(srv.sales, "/v1/leads?limit=0&colour=red", 400);
    get_only(srv.sales, "/v1/leads?cursor=abc", 400);
    get_only(srv.sales, "/v1/leads/%00", 400);
    get_only(NULL, "/healthz", 200);
    get_only(NULL, "/readyz", 200);
    get_only(NULL, "/metrics", 200);
    r = http_call(port, "POST", "/v1/leads", srv.sales,
                  "Content-Type: text/csv\r\n", "a,b");
    ck_assert_int_eq(r.status, 415);
    reply_free(&r);
    r = http_call(port, "OPTIONS", "/v1/leads", NULL, NULL, NULL);
    ck_assert_int_eq(r.status, 204);
    reply_free(&r);
    srv_stop();
}
END_TEST

/* The same answer under the same key; another body is refused. */
START_TEST(idempotency_is_documented)
{
    static const char KEY[] = "Idempotency-Key: \"k1\"\r\n";
    struct reply a, b, c;
    int port;

    srv_start(NULL);
    port = api_port(srv.api);
    a = http_call(port, "POST", "/v1/leads", srv.sales, KEY, READY_LEAD);
    b = http_call(port, "POST", "/v1/leads", srv.sales, KEY, READY_LEAD);
    c = http_call(port, "POST", "/v1/leads", srv.sales, KEY,
                  "{\"contact\":{"
                  "\"email\":\"a@congty.example\"}}");
    ck_assert_int_eq(a.status, 201);
    ck_assert_int_eq(b.status, 201);
    ck_assert_str_eq(a.body, b.body);
    field_is(&b, "Idempotency-Replayed", "true");
    ck_assert_int_eq(c.status, 422);
    reply_free(&a);
    reply_free(&b);
    reply_free(&c);
    srv_stop();
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("www");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, pages_are_whole_and_load_nothing);
    tcase_add_test(tc, served_contract_is_the_file);
    tcase_add_test(tc, demo_page_posts_to_the_demo_source);
    tcase_add_test(tc, without_a_demo_source_the_page_says_so);
    tcase_add_test(tc, plain_form_is_led_to_its_success_page);
    tcase_add_test(tc, plain_forms_pass_where_scripts_need_leave);
    tcase_add_test(tc, every_answer_on_the_road_to_won_is_documented);
    tcase_add_test(tc, requests_that_reach_no_operation_are_documented);
    tcase_add_test(tc, idempotency_is_documented);
    return unit_run(tc, "www");
}
