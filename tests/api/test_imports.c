/* POST /v1/imports: lists as people have them, and what breaks on the way. */
#include <arpa/inet.h>
#include <sys/socket.h>

#include "base/base.h"
#include "api/real_server.h"

#define CSV    "Content-Type: text/csv\r\n"
#define NDJSON "Content-Type: application/x-ndjson\r\n"

static const struct reply *import(const char *query, const char *type,
                                  const char *body)
{
    return call(srv.port, "POST", text("/v1/imports?%s", query), srv.marketing,
                type, body);
}

static const struct reply *import_bytes(const char *query, const char *type,
                                        const void *body, size_t n)
{
    static struct reply r;

    reply_free(&r);
    r = http_call_bytes(srv.port, "POST", text("/v1/imports?%s", query),
                        srv.marketing, type, body, n);
    return &r;
}

/* new, known, repeated, quarantined, bad */
static void counts(const struct reply *r, int new, int known, int repeated,
                   int held, int bad)
{
    const char *got = text("%lld %lld %lld %lld %lld", reply_int(r, "/new"),
                           reply_int(r, "/known"), reply_int(r, "/repeated"),
                           reply_int(r, "/quarantined"), reply_int(r, "/bad"));

    ck_assert_str_eq(got,
                     text("%d %d %d %d %d", new, known, repeated, held, bad));
    ck_assert_int_eq(reply_int(r, "/rows"),
                     new + known + repeated + held + bad);
    ck_assert_str_eq(reply_text(r, "/state"), "done");
}

static const struct reply *errors_of(const struct reply *r)
{
    return get(srv.marketing,
               text("/v1/imports/%s/errors", reply_text(r, "/id")));
}

static const struct reply *lead(const char *q)
{
    return get(srv.marketing, text("/v1/leads/%s", the_lead(q)));
}

START_TEST(a_vietnamese_list_becomes_leads)
{
    const char *phone = fresh_phone(), *mail = fresh("dao");
    const char *body =
        keep("\xef\xbb\xbfHọ tên;Số điện thoại;Email;Ghi chú\r\n"
             "Nguyễn Thị Đào;%s;%s@gmail.com;\"dòng một\r\ndòng hai\"\r\n",
             phone, mail);
    const struct reply *r = import(
        text("source=%s&provenance=event&note=Vietbuild", mail), CSV, body);

    EXPECT(r, 201);
    counts(r, 1, 0, 0, 0, 0);
    r = lead(text("%s@gmail.com", mail));
    ck_assert_str_eq(reply_text(r, "/contact/name"), "Nguyễn Thị Đào");
    ck_assert_str_eq(reply_text(r, "/contact/phone"), text("+84%s", phone + 1));
    ck_assert_str_eq(reply_text(r, "/source"), mail);
    ck_assert_str_eq(reply_text(r, "/stage"), "iql");
}
END_TEST

START_TEST(the_same_file_again_adds_nothing)
{
    const char *a = fresh("again"), *query = text("source=%s", a);
    const char *body = keep("email,utm_campaign\n%s-1@gmail.com,tet\n"
                            "%s-2@gmail.com,tet\n",
                            a, a);
    const char *id;

    counts(import(query, CSV, body), 2, 0, 0, 0, 0);
    id = the_lead(text("%s-1@gmail.com", a));
    counts(import(query, CSV, body), 0, 0, 2, 0, 0);
    /* nor do its rows in another order beside new ones */
    counts(import(query, CSV,
                  text("email,utm_campaign\n%s-3@gmail.com,tet\n"
                       "%s-2@gmail.com,tet\n%s-1@gmail.com,tet\n",
                       a, a, a)),
           1, 0, 2, 0, 0);
    ck_assert_int_eq(entries(id, "touch"), 1);
    ck_assert_int_eq(
        reply_int(get(srv.marketing, text("/v1/leads/%s", id)), "/version"), 1);
}
END_TEST

START_TEST(another_list_about_a_known_person_is_a_touch)
{
    const char *a = fresh("touch");
    const char *body = keep("email\n%s@gmail.com\n", a);

    counts(import(text("source=%s-one", a), CSV, body), 1, 0, 0, 0, 0);
    counts(import(text("source=%s-two", a), CSV, body), 0, 1, 0, 0, 0);
    ck_assert_int_eq(entries(the_lead(text("%s@gmail.com", a)), "touch"), 2);
}
END_TEST

START_TEST(each_bad_row_is_reported_and_the_others_go_on)
{
    const char *a = fresh("bad");
    const struct reply *r = import(text("source=%s", a), CSV,
                                   text("name,phone,email\n"
                                        "good,,%s-1@gmail.com\n"
                                        "nobody,,\n"
                                        "half,12,%s-2@gmail.com\n"
                                        "\"two\nlines\",,%s-3@gmail.com\n"
                                        "x,\"broken\"quote,\n"
                                        "a,b,c,d,e\n"
                                        "last,,%s-4@gmail.com",
                                        a, a, a, a));

    EXPECT(r, 201);
    counts(r, 4, 0, 0, 0, 3);
    ck_assert_int_eq(reply_int(r, "/faults"), 4);
    r = errors_of(r);
    EXPECT(r, 200);
    ck_assert_uint_eq(json_array_size(reply_at(r, "/items")), 4);
    ck_assert_int_eq(reply_int(r, "/items/0/row"), 2);
    ck_assert_int_eq(reply_int(r, "/items/0/line"), 3);
    ck_assert_str_eq(reply_text(r, "/items/0/code"), "no_identifier");
    ck_assert_str_eq(reply_text(r, "/items/0/content"), "nobody,,");
    ck_assert_int_eq(reply_int(r, "/items/1/column"), 2);
    ck_assert_str_eq(reply_text(r, "/items/1/field"), "phone");
    ck_assert_str_eq(reply_text(r, "/items/1/code"), "phone_invalid");
    ck_assert(json_is_true(reply_at(r, "/items/1/stored")));
    ck_assert_int_eq(reply_int(r, "/items/2/line"), 7);
    ck_assert_int_eq(reply_int(r, "/items/2/column"), 2);
    ck_assert_str_eq(reply_text(r, "/items/2/code"), "bad_csv");
    ck_assert_int_eq(reply_int(r, "/items/3/column"), 4);
}
END_TEST

START_TEST(errors_come_in_pages)
{
    const struct reply *r = import(text("source=%s", fresh("pages")), CSV,
                                   "email\nno1\nno2\nno3\nno4\nno5\n");
    const char *id = keep("%s", reply_text(r, "/id")), *cursor;

    counts(r, 0, 0, 0, 0, 5);
    r = get(srv.marketing, text("/v1/imports/%s/errors?limit=3", id));
    ck_assert_uint_eq(json_array_size(reply_at(r, "/items")), 3);
    cursor = keep("%s", reply_text(r, "/next_cursor"));
    r = get(srv.marketing,
            text("/v1/imports/%s/errors?limit=3&cursor=%s", id, cursor));
    ck_assert_uint_eq(json_array_size(reply_at(r, "/items")), 2);
    ck_assert_int_eq(reply_int(r, "/items/1/row"), 5);
    ck_assert(json_is_null(reply_at(r, "/next_cursor")));
    EXPECT(get(srv.marketing, text("/v1/imports/%s/errors?cursor=x", id)), 400);
}
END_TEST

START_TEST(a_purchased_list_waits_for_provenance_and_consent)
{
    const char *a = fresh("bought");
    const char *body = keep("email\n%s@gmail.com\n", a);
    const struct reply *r =
        import(text("source=%s&provenance=purchased", a), CSV, body);

    counts(r, 0, 0, 0, 1, 0);
    ck_assert_str_eq(reply_text(r, "/held"), "provenance_missing");
    ck_assert_uint_eq(found(text("%s@gmail.com", a)), 0);
    r = import(text("source=%s&provenance=purchased&note=Cty+B", a), CSV, body);
    counts(r, 0, 0, 0, 1, 0);
    ck_assert_str_eq(reply_text(r, "/held"), "consent_missing");
    r = import(
        text("source=%s&provenance=purchased&note=Cty+B&consent=opt-in", a),
        CSV, body);
    counts(r, 1, 0, 0, 0, 0);
    ck_assert(json_is_null(reply_at(r, "/held")));
    ck_assert_int_eq(
        sql_int(text("SELECT count(*) FROM consent JOIN lead USING (lead_id)"
                     " WHERE email = '%s@gmail.com' AND purpose = 'marketing'"
                     " AND method = 'import' AND consent.wording = 'opt-in'",
                     a)),
        1);
}
END_TEST

START_TEST(windows_1258_and_utf_16_are_read)
{
    /* "Nguyễn" in Windows-1258: e circumflex, then a combining tilde */
    static const char VIET[] = "name,email\nNguy\xea\xden,%s@gmail.com\n";
    const char *a = fresh("cp"), *b = fresh("wide");
    const char *wide = text("name\temail\nAn\t%s@gmail.com\n", b);
    char utf16[512] = "\xff\xfe";
    size_t n = 2;

    counts(import(text("source=%s", a), CSV, text(VIET, a)), 1, 0, 0, 0, 0);
    ck_assert_str_eq(reply_text(lead(text("%s@gmail.com", a)), "/contact/name"),
                     "Nguyễn");
    for (; *wide; wide++, n += 2)
        utf16[n] = *wide;
    counts(import_bytes(text("source=%s", b), CSV, utf16, n), 1, 0, 0, 0, 0);
    ck_assert_str_eq(reply_text(lead(text("%s@gmail.com", b)), "/contact/name"),
                     "An");
}
END_TEST

START_TEST(ndjson_takes_leads_and_flat_objects)
{
    const char *a = fresh("nd");
    const struct reply *r = import(
        text("source=%s", a), NDJSON,
        text("{\"contact\": {\"email\": \"%s-1@gmail.com\"}, \"facts\":"
             " {\"need\": \"explicit\"}}\n"
             "{\"ho_ten\": \"Lan\", \"email\": \"%s-2@gmail.com\"}\n"
             "{broken\n"
             "{\"contact\": {\"email\": \"%s-3@gmail.com\", \"age\": 3}}\n",
             a, a, a));

    EXPECT(r, 201);
    counts(r, 2, 0, 0, 0, 2);
    r = errors_of(r);
    ck_assert_str_eq(reply_text(r, "/items/0/code"), "bad_json");
    ck_assert_str_eq(reply_text(r, "/items/1/field"), "/contact/age");
    ck_assert_str_eq(reply_text(lead(text("%s-1@gmail.com", a)), "/facts/need"),
                     "explicit");
}
END_TEST

START_TEST(metas_own_download_imports_as_it_is)
{
    const char *a = fresh("meta"), *phone = fresh_phone();
    const struct reply *r = import(
        text("source=%s", a), CSV,
        text("id\tcreated_time\tad_id\tad_name\tadset_id\tadset_name\t"
             "campaign_id\tcampaign_name\tform_id\tform_name\tis_organic\t"
             "platform\tfull_name\tphone_number\temail\n"
             "l:1234567890123456789\t2026-03-01T10:00:00+07:00\tag:1\tX\tas:2\t"
             "Y\tc:3\tTet\tf:4\tForm\tfalse\tfb\tLan\tp:+84%s\t%s@gmail.com\n",
             phone + 1, a));

    counts(r, 1, 0, 0, 0, 0);
    r = lead(text("%s@gmail.com", a));
    ck_assert_str_eq(reply_text(r, "/contact/phone"), text("+84%s", phone + 1));
    ck_assert_str_eq(reply_text(r, "/first_touch/channel"), "facebook");
    ck_assert_str_eq(reply_text(r, "/first_touch/campaign"), "Tet");
    ck_assert_int_eq(
        sql_int(text("SELECT count(*) FROM identifier WHERE kind = 3 AND value"
                     " = '%s:1234567890123456789'",
                     a)),
        1);
    ck_assert_int_eq(
        sql_int(text("SELECT count(*) FROM event JOIN lead USING (lead_id)"
                     " WHERE email = '%s@gmail.com' AND type = 'form_submit'"
                     " AND occurred_at = '2026-03-01T03:00:00Z'",
                     a)),
        1);
}
END_TEST

START_TEST(a_mapping_names_columns_nobody_knows)
{
    const char *a = fresh("map");
    const char *query = text("source=%s&mapping=%%7B%%22fields%%22%%3A%%7B"
                             "%%22kontakt%%22%%3A%%22contact.email%%22%%7D%%7D",
                             a);
    const char *body = keep("Kontakt\n%s@gmail.com\n", a);

    EXPECT(import(text("source=%s", a), CSV, body), 422);
    counts(import(query, CSV, body), 1, 0, 0, 0, 0);
    EXPECT(import("mapping=%7B%22fields%22%3A%7B%22a%22%3A%22nope%22%7D%7D",
                  CSV, body),
           422);
}
END_TEST

START_TEST(what_cannot_be_read_is_refused_before_the_list)
{
    EXPECT(import("delimiter=x", CSV, "email\n"), 400);
    EXPECT(import("nonsense=1", CSV, "email\n"), 400);
    EXPECT(import("provenance=stolen", CSV, "email\n"), 400);
    EXPECT(import("id=7", CSV, "email\n"), 400);
    EXPECT(import("", "Content-Type: application/json\r\n", "{}"), 415);
    EXPECT(import("", "Content-Type: text/csv; charset=koi8-r\r\n", "a\n"),
           415);
    EXPECT(call(srv.port, "POST", "/v1/imports", srv.sales, CSV, "email\n"),
           403);
    EXPECT(
        get(srv.marketing, "/v1/imports/01a00000-0000-7000-8000-000000000000"),
        404);
}
END_TEST

START_TEST(an_id_is_one_lists)
{
    const char *a = fresh("own");
    const char *id = keep("%08x-1111-7000-8000-%012x", (unsigned)time(NULL),
                          (unsigned)getpid());
    const char *body = keep("email\n%s@gmail.com\n", a);
    const struct reply *r;

    EXPECT(import(text("id=%s&source=%s", id, a), CSV, body), 201);
    r = import(text("id=%s&source=%s", id, a), CSV, body);
    EXPECT(r, 200);
    counts(r, 1, 0, 0, 0, 0);
    EXPECT(import(text("id=%s&source=other", id), CSV, body), 409);
    r = get(srv.marketing, text("/v1/imports/%s", id));
    EXPECT(r, 200);
    counts(r, 1, 0, 0, 0, 0);
    r = get(srv.marketing, "/v1/imports?limit=500");
    EXPECT(r, 200);
    ck_assert_ptr_nonnull(strstr(r->body, id));
}
END_TEST

START_TEST(the_same_idempotency_key_goes_on)
{
    const char *a = fresh("idem");
    const char *fields = keep(CSV "Idempotency-Key: %s\r\n", a);
    const char *body = keep("email\n%s@gmail.com\n", a);
    const char *id = keep(
        "%s", reply_text(import(text("source=%s", a), fields, body), "/id"));
    const struct reply *r = import(text("source=%s", a), fields, body);

    EXPECT(r, 200);
    counts(r, 1, 0, 0, 0, 0);
    ck_assert_str_eq(reply_text(r, "/id"), id);
}
END_TEST

START_TEST(the_command_sends_a_file_and_shows_the_report)
{
    const char *a = fresh("cli"), *url = text("http://127.0.0.1:%d", srv.port);
    const char *path = keep("%s/list.csv", srv.dir);
    const char *const args[] = {"import", "--url",       url,
                                "--key",  srv.marketing, "--source",
                                a,        path,          NULL};
    FILE *f = fopen(path, "w");
    char out[4096];
    json_t *j;

    ck_assert_ptr_nonnull(f);
    fprintf(f, "email\n%s@gmail.com\nnobody\n", a);
    fclose(f);
    ck_assert_int_eq(server_command(&srv, args, out, sizeof(out)), 0);
    unlink(path);
    j = json_loads(out, 0, NULL);
    ck_assert_int_eq(json_integer_value(json_object_get(j, "new")), 1);
    ck_assert_int_eq(json_integer_value(json_object_get(j, "bad")), 1);
    json_decref(j);
    ck_assert_uint_eq(found(text("%s@gmail.com", a)), 1);
}
END_TEST

/* ---- long lists ---- */

static char *long_list(const char *a, int n, size_t *out_bytes)
{
    char *list = malloc((size_t)n * 64 + 64);
    size_t w = (size_t)sprintf(list, "name,email\n");

    ck_assert_ptr_nonnull(list);
    for (int i = 0; i < n; i++)
        w += (size_t)sprintf(list + w, "Minh %d,%s-%d@gmail.com\n", i, a, i);
    *out_bytes = w;
    return list;
}

static int begin_upload(const char *query, size_t bytes)
{
    const char *head = text(
        "POST /v1/imports?%s HTTP/1.1\r\nHost: x\r\nAuthorization:"
        " Bearer %s\r\nConnection: close\r\nContent-Length: %zu\r\n" CSV "\r\n",
        query, srv.marketing, bytes);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)srv.port),
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
    ck_assert_int_eq(send(fd, head, strlen(head), MSG_NOSIGNAL),
                     (ssize_t)strlen(head));
    return fd;
}

static bool upload(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t sent = send(fd, p, MIN(n, (size_t)65536), MSG_NOSIGNAL);

        if (sent <= 0)
            return false;
        p += sent;
        n -= (size_t)sent;
    }
    return true;
}

static int status_of(int fd)
{
    char head[16] = "";
    size_t n = 0;
    ssize_t got;

    while (n < 12 && (got = recv(fd, head + n, 12 - n, 0)) > 0)
        n += (size_t)got;
    close(fd);
    return n == 12 ? atoi(head + 9) : 0;
}

static long long rows_of(const char *id)
{
    const struct reply *r = get(srv.marketing, text("/v1/imports/%s", id));

    return r->status == 200 ? reply_int(r, "/rows") : -1;
}

static const char *new_id(void)
{
    static unsigned n;

    return keep("%08x-2222-7000-8000-%06x%06x", (unsigned)time(NULL),
                (unsigned)getpid(), ++n);
}

static long memory_kb(void)
{
    FILE *f = fopen(text("/proc/%d/status", (int)srv.pid), "r");
    char line[128];
    long kb = -1;

    while (f && fgets(line, sizeof(line), f))
        (void)sscanf(line, "VmHWM: %ld", &kb);
    if (f)
        fclose(f);
    return kb;
}

START_TEST(a_hundred_thousand_rows_stay_in_bounded_memory)
{
    const char *a = fresh("long"), *id = new_id();
    size_t bytes;
    char *list = long_list(a, 100000, &bytes);
    int fd = begin_upload(text("id=%s&source=%s", id, a), bytes);
    long long seen = 0;

    ck_assert(upload(fd, list, bytes / 2));
    ck_assert(UNTIL((seen = rows_of(id)) > 0, 10000));
    ck_assert_int_lt(seen, 100000); /* while it runs */
    ck_assert_str_eq(
        reply_text(get(srv.marketing, text("/v1/imports/%s", id)), "/state"),
        "running");
    ck_assert(upload(fd, list + bytes / 2, bytes - bytes / 2));
    ck_assert_int_eq(status_of(fd), 201);
    counts(get(srv.marketing, text("/v1/imports/%s", id)), 100000, 0, 0, 0, 0);
#ifndef __SANITIZE_ADDRESS__
    ck_assert_int_lt(memory_kb(), 64 * 1024);
#endif
    free(list);
}
END_TEST

START_TEST(a_cut_connection_is_resumed)
{
    const char *a = fresh("cut"), *id = new_id();
    const char *query = keep("id=%s&source=%s", id, a);
    size_t bytes;
    char *list = long_list(a, 5000, &bytes);
    int fd = begin_upload(query, bytes);
    const struct reply *r;

    ck_assert(upload(fd, list, bytes / 2));
    ck_assert(UNTIL(rows_of(id) > 0, 10000));
    close(fd); /* in the midst of a row */
    ck_assert(
        UNTIL(!strcmp(reply_text(get(srv.marketing, text("/v1/imports/%s", id)),
                                 "/state"),
                      "interrupted"),
              10000));
    r = import_bytes(query, CSV, list, bytes);
    EXPECT(r, 200);
    counts(r, 5000, 0, 0, 0, 0);
    counts(import_bytes(text("source=%s", a), CSV, list, bytes), 0, 0, 5000, 0,
           0);
    free(list);
}
END_TEST

START_TEST(a_killed_server_is_resumed)
{
    const char *a = fresh("kill"), *id = new_id();
    const char *query = keep("id=%s&source=%s", id, a);
    size_t bytes;
    char *list = long_list(a, 20000, &bytes);
    const struct reply *r;
    int fd;

    server_start(&srv, pg_fixture(), NULL); /* one to be killed */
    fd = begin_upload(query, bytes);
    ck_assert(upload(fd, list, bytes / 2));
    ck_assert(UNTIL(rows_of(id) > 0, 10000));
    server_kill(&srv);
    close(fd);
    server_again(&srv);
    fd = begin_upload(query, bytes);
    ck_assert(upload(fd, list, bytes));
    ck_assert_int_eq(status_of(fd), 200);
    r = get(srv.marketing, text("/v1/imports/%s", id));
    counts(r, 20000, 0, 0, 0, 0);
    ck_assert_int_eq(sql_int(text("SELECT count(*) FROM lead WHERE source ="
                                  " '%s'",
                                  a)),
                     20000);
    ck_assert_int_eq(sql_int(text("SELECT count(*) FROM touch WHERE source ="
                                  " '%s'",
                                  a)),
                     20000);
    ck_assert_int_eq(server_stop(&srv), 0);
    server_free(&srv);
    free(list);
}
END_TEST

START_TEST(a_row_the_database_refuses_is_reported_alone)
{
    const char *a = fresh("refused");
    const struct reply *r;

    sql_run(text("ALTER TABLE touch ADD CONSTRAINT test_refuses CHECK"
                 " (touch->>'campaign' IS DISTINCT FROM '%s')",
                 a));
    r = import(text("source=%s", a), CSV,
               text("email,campaign\n%s-1@gmail.com,a\n%s-2@gmail.com,%s\n"
                    "%s-3@gmail.com,b\n%s-4@gmail.com,c\n",
                    a, a, a, a, a));
    sql_run("ALTER TABLE touch DROP CONSTRAINT test_refuses");
    EXPECT(r, 201);
    counts(r, 3, 0, 0, 0, 1);
    r = errors_of(r);
    ck_assert_int_eq(reply_int(r, "/items/0/row"), 2);
    ck_assert_str_eq(reply_text(r, "/items/0/code"), "data");
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("imports");

    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, a_vietnamese_list_becomes_leads);
    tcase_add_test(tc, the_same_file_again_adds_nothing);
    tcase_add_test(tc, another_list_about_a_known_person_is_a_touch);
    tcase_add_test(tc, each_bad_row_is_reported_and_the_others_go_on);
    tcase_add_test(tc, errors_come_in_pages);
    tcase_add_test(tc, a_purchased_list_waits_for_provenance_and_consent);
    tcase_add_test(tc, windows_1258_and_utf_16_are_read);
    tcase_add_test(tc, ndjson_takes_leads_and_flat_objects);
    tcase_add_test(tc, metas_own_download_imports_as_it_is);
    tcase_add_test(tc, a_mapping_names_columns_nobody_knows);
    tcase_add_test(tc, what_cannot_be_read_is_refused_before_the_list);
    tcase_add_test(tc, an_id_is_one_lists);
    tcase_add_test(tc, the_same_idempotency_key_goes_on);
    tcase_add_test(tc, the_command_sends_a_file_and_shows_the_report);
    tcase_add_test(tc, a_row_the_database_refuses_is_reported_alone);
    tcase_add_test(tc, a_cut_connection_is_resumed);
    tcase_add_test(tc, a_killed_server_is_resumed);
    tcase_add_test(tc, a_hundred_thousand_rows_stay_in_bounded_memory);
    return real_server_main(tc, "imports", NULL);
}
