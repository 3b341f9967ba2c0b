/* GET /v1/exports: what the list shows, as one file of any length. */
#include <arpa/inet.h>
#include <sys/socket.h>

#include "base/base.h"
#include "real_server.h"

#define MANY 10000

static const struct reply *export(const char *args)
{
    return get(srv.marketing, text("/v1/exports?%s", args));
}

static size_t lines(const char *s)
{
    size_t n = 0;

    for (; (s = strchr(s, '\n')); s++)
        n++;
    return n;
}

/* @return e-mail address of the lead */
static const char *lead(const char *source, const char *name)
{
    const char *email = keep("%s@mail.example", fresh("x"));

    EXPECT(post(srv.intake, "/v1/leads",
                text("{\"source\": \"%s\", \"contact\": {\"name\": \"%s\","
                     " \"email\": \"%s\", \"phone\": \"%s\"}}",
                     source, name, email, fresh_phone())),
           201);
    return email;
}

START_TEST(it_is_the_list_line_by_line)
{
    const char *source = fresh("lines");
    const struct reply *r;
    char v[64];
    char *line;

    for (int i = 0; i < 3; i++)
        (void)lead(source, "Một Hai");
    r = export(text("format=ndjson&source=%s", source));
    EXPECT(r, 200);
    ck_assert_str_eq(reply_field(r, "Content-Type", v, sizeof(v)),
                     "application/x-ndjson");
    ck_assert_ptr_nonnull(reply_field(r, "Content-Disposition", v, sizeof(v)));
    ck_assert_uint_eq(lines(r->body), 3);
    line = strtok(r->body, "\n");
    for (size_t i = 0; i < 3; i++, line = strtok(NULL, "\n")) {
        const struct reply *list =
            get(srv.marketing, text("/v1/leads?source=%s", source));
        json_t *shown = json_loads(line, 0, NULL);

        ck_assert(
            json_equal(shown, json_array_get(reply_at(list, "/items"), i)));
        json_decref(shown);
    }
    r = export(text("source=%s&stage=won", source));
    EXPECT(r, 200);
    ck_assert_str_eq(r->body, "");
}
END_TEST

START_TEST(a_sheet_runs_nothing_and_loses_nothing)
{
    const char *source = fresh("sheet");
    const char *email = lead(source, "=1+1, \\\"A\\\"");
    const struct reply *r = export(text("format=csv&source=%s", source));
    char v[64];

    EXPECT(r, 200);
    ck_assert_str_eq(reply_field(r, "Content-Type", v, sizeof(v)),
                     "text/csv; charset=utf-8");
    ck_assert_uint_eq(lines(r->body), 2);
    ck_assert_ptr_nonnull(strstr(r->body, "\xef\xbb\xbfid,name,email,"));
    ck_assert_ptr_nonnull(
        strstr(r->body, text(",\"'=1+1, \"\"A\"\"\",%s,'+84", email)));
    r = export("format=csv&source=nobody");
    EXPECT(r, 200);
    ck_assert_uint_eq(lines(r->body), 1);
}
END_TEST

START_TEST(it_is_for_marketing_and_takes_no_page)
{
    static const char *const BAD[] = {"format=xlsx", "limit=5", "cursor=x",
                                      "stage=none", "created_from=then"};

    for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
        EXPECT(export(BAD[i]), 400);
    EXPECT(get(srv.admin, "/v1/exports?source=nobody"), 200);
    EXPECT(get(srv.sales, "/v1/exports"), 403);
    EXPECT(get(srv.intake, "/v1/exports"), 403);
    EXPECT(get(NULL, "/v1/exports"), 401);
    EXPECT(post(srv.admin, "/v1/exports", "{}"), 405);
    EXPECT(call(srv.port, "HEAD", "/v1/exports", srv.admin, NULL, NULL), 200);
}
END_TEST

/* ---- many ---- */

static void many_leads(void)
{
    if (sql_int("SELECT count(*) FROM lead WHERE source = 'many'") == MANY)
        return;
    (void)sql_int(text(
        "WITH made AS (INSERT INTO lead (workspace_id, lead_id, version, stage,"
        " stage_at, stage_grade, hop_no, score, raw, authority, need,"
        " ability_to_pay, engagement, challenge, potential, consideration,"
        " quality, temperature, grade, rank, hot_lead, origin, source,"
        " channel, campaign, name, phone, identifiers, job_title, facts, "
        "model_version,"
        " scored_at, created_at, updated_at)"
        " SELECT 1, ('0190a000-0000-7000-8000-' || lpad(to_hex(i), 12,"
        " '0'))::uuid, 1, 'iql', now(), 'B2', 1, 40, 40, 0, 0, 0, 0, 0, 40,"
        " 30, 'medium', 'warm', 'B2', 4, false, 'marketing', 'many',"
        " 'landing', 'tet', 'Lead ' || i, '+84' || (300000000 + i), '[]', "
        "repeat('x', 2000),"
        " jsonb_build_object('need', 'explicit'), 'default-v1', now(),"
        " now(), now() FROM generate_series(1, %d) i RETURNING 1)"
        " SELECT count(*) FROM made",
        MANY));
}

/* For a piece, copies on its way and the allocator. */
START_TEST(ten_thousand_leads_pass_in_bounded_memory)
{
    const struct reply *r;
    const char *last = "g";
    long before;
    char *line;
    int n = 0;

    many_leads();
    EXPECT(export("source=nobody"), 200);
    before = server_memory_kib(&srv, "VmHWM");
    r = export("source=many");
    EXPECT(r, 200);
    ck_assert_uint_gt(r->body_bytes, (size_t)20 << 20);
    ck_assert_int_lt(server_memory_kib(&srv, "VmHWM") - before,
                     most_kib(12 << 10));
    for (line = strtok(r->body, "\n"); line; line = strtok(NULL, "\n"), n++) {
        ck_assert_int_eq(strncmp(line, "{\"id\":\"", 7), 0);
        ck_assert_int_lt(strncmp(line + 7, last, 36), 0); /* newest first */
        ck_assert_str_eq(line + strlen(line) - 1, "}");
        last = line + 7;
    }
    ck_assert_int_eq(n, MANY);
    ck_assert_int_eq(sql_int("SELECT count(*) FROM audit WHERE detail ->"
                             " 'filter' ->> 'source' = 'many' AND detail ->>"
                             " 'leads' = '10000' AND detail ->> 'complete' ="
                             " 'true'"),
                     1);
}
END_TEST

/* Open the export, hear its begin and no more. */
static int listen_in(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)srv.port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const char *ask = text("GET /v1/exports?source=many HTTP/1.1\r\nHost: x\r\n"
                           "Authorization: Bearer %s\r\n\r\n",
                           srv.marketing);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), small = 4096;
    char head[13] = "";

    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    ck_assert_int_eq(write(fd, ask, strlen(ask)), (ssize_t)strlen(ask));
    ck_assert_int_eq(recv(fd, head, 12, MSG_WAITALL), 12);
    ck_assert_str_eq(head, "HTTP/1.1 200");
    return fd;
}

static bool shows(const char *line)
{
    return strstr(get(NULL, "/metrics")->body, line) != NULL;
}

START_TEST(clients_that_leave_midway_cost_nothing)
{
    int fd[20];

    many_leads();
    for (size_t i = 0; i < ARRAY_LEN(fd); i++)
        fd[i] = listen_in();
    /* those who read slowly keep nobody else waiting */
    EXPECT(get(srv.marketing, "/v1/leads?source=many&limit=1"), 200);
    for (size_t i = 0; i < ARRAY_LEN(fd); i++)
        close(fd[i]);
    ck_assert(UNTIL(shows("\nleadd_http_connections 1\n"), 5000));
    ck_assert(shows("\nleadd_http_parked_requests 0\n"));
    EXPECT(export("source=nobody"), 200);
}
END_TEST

/* What the audit says of the export of @a source. */
static char *audited(const char *source)
{
    return sql_text(
        text("SELECT string_agg(concat_ws(' ', actor ~ '^key:[0-9a-f-]{36}$',"
             " object, detail ->> 'leads', detail ->> 'complete',"
             " detail -> 'filter' ->> 'q'), ';') FROM audit WHERE action ="
             " 'lead.export' AND detail -> 'filter' ->> 'source' = '%s'",
             source));
}

START_TEST(each_export_stands_in_the_audit)
{
    const char *source = fresh("audited");
    char *said;

    (void)lead(source, "Một Hai");
    (void)lead(source, "Hai Ba");
    EXPECT(export(text("format=csv&source=%s", source)), 200);
    said = audited(source);
    ck_assert_str_eq(said, "t csv 2 true");
    free(said);
    source = fresh("audited");
    EXPECT(export(text("source=%s&q=0903456789", source)), 200);
    EXPECT(export(text("source=%s&wat=1", source)), 400);
    said = audited(source);
    ck_assert_str_eq(said, "t ndjson 0 true ***");
    free(said);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("exports");

    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, it_is_the_list_line_by_line);
    tcase_add_test(tc, a_sheet_runs_nothing_and_loses_nothing);
    tcase_add_test(tc, it_is_for_marketing_and_takes_no_page);
    tcase_add_test(tc, each_export_stands_in_the_audit);
    tcase_add_test(tc, ten_thousand_leads_pass_in_bounded_memory);
    tcase_add_test(tc, clients_that_leave_midway_cost_nothing);
    return real_server_main(tc, "exports", NULL);
}
