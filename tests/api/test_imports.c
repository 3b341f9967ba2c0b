/* POST /v1/imports: lists as people have them. */
#include "api/imports_fixture.h"

#define NDJSON "Content-Type: application/x-ndjson\r\n"

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
    r = post(srv.marketing, "/v1/quarantine/release",
             text("{\"source\": \"%s\"}", a));
    EXPECT(r, 200);
    ck_assert_int_eq(reply_int(r, "/matched"), 2);
    ck_assert_int_eq(reply_int(r, "/decided"), 0);
    ck_assert_str_eq(reply_text(r, "/items/0/error"), "terms_missing");
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
    ck_assert_int_eq(reply_int(r, "/items/0/line"), 3);
    ck_assert_int_eq(reply_int(r, "/items/0/column"), 7);
    ck_assert_str_eq(reply_text(r, "/items/0/detail"), "not valid JSON");
    ck_assert_str_eq(reply_text(r, "/items/1/field"), "/contact/age");
    ck_assert_str_eq(reply_text(lead(text("%s-1@gmail.com", a)), "/facts/need"),
                     "explicit");
}
END_TEST

START_TEST(pointers_of_a_mapping_point_into_ndjson_lines)
{
    const char *a = fresh("nd");
    const struct reply *r = import(
        text("source=%s&mapping=%%7B%%22fields%%22:%%7B%%22/a/mail%%22:"
             "%%22contact.email%%22,%%22/b/0%%22:%%22contact.name%%22%%7D%%7D",
             a),
        NDJSON,
        text("{\"a\": {\"mail\": \"%s@gmail.com\"}, \"b\": [\"Lan\"]}\n", a));

    counts(r, 1, 0, 0, 0, 0);
    ck_assert_str_eq(reply_text(lead(text("%s@gmail.com", a)), "/contact/name"),
                     "Lan");
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
    ck_assert_str_eq(reply_text(r, "/first_touch/channel"), "meta");
    ck_assert_str_eq(reply_text(r, "/first_touch/medium"), "fb");
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

START_TEST(googles_own_download_imports_as_it_is)
{
    const char *a = fresh("google"), *phone = fresh_phone();
    const struct reply *r =
        import(text("source=%s", a), CSV,
               text("Lead ID,GCLID,Full Name,User Phone,Phone Number Verified,"
                    "User Email,Lead Submit Time\n"
                    "x1,g1,Lan,%s,TRUE,%s@gmail.com,2026-03-01T10:00:00Z\n",
                    phone, a));

    counts(r, 1, 0, 0, 0, 0);
    ck_assert_int_eq(reply_int(r, "/faults"), 0);
    r = lead(text("%s@gmail.com", a));
    ck_assert_str_eq(reply_text(r, "/contact/phone"), text("+84%s", phone + 1));
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

START_TEST(any_mark_may_stand_between_the_cells)
{
    static const char *const MARKS[][2] = {
        {"^", "%5E"}, {":", "%3A"}, {"~", "~"}, {"|", "%7C"}, {"\t", "tab"}};

    for (size_t i = 0; i < ARRAY_LEN(MARKS); i++) {
        const char *m = MARKS[i][0];

        counts(import(text("delimiter=%s", MARKS[i][1]), CSV,
                      text("name%semail\n\"A%sB\"%s%s@gmail.com\n", m, m, m,
                           fresh("mark"))),
               1, 0, 0, 0, 0);
    }
}
END_TEST

START_TEST(what_cannot_be_read_is_refused_before_the_list)
{
    EXPECT(import("delimiter=x", CSV, "email\n"), 400);
    EXPECT(import("delimiter=%22", CSV, "email\n"), 400);
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
    tcase_add_test(tc, pointers_of_a_mapping_point_into_ndjson_lines);
    tcase_add_test(tc, metas_own_download_imports_as_it_is);
    tcase_add_test(tc, googles_own_download_imports_as_it_is);
    tcase_add_test(tc, a_mapping_names_columns_nobody_knows);
    tcase_add_test(tc, any_mark_may_stand_between_the_cells);
    tcase_add_test(tc, what_cannot_be_read_is_refused_before_the_list);
    tcase_add_test(tc, an_id_is_one_lists);
    tcase_add_test(tc, the_same_idempotency_key_goes_on);
    tcase_add_test(tc, the_command_sends_a_file_and_shows_the_report);
    tcase_add_test(tc, a_row_the_database_refuses_is_reported_alone);
    return real_server_main(tc, "imports", NULL);
}
