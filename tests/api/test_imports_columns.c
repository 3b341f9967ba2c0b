/* POST /v1/imports: what the columns of a list are taken for. */
#include "api/imports_fixture.h"

#include "lib/hook_sender.h"

START_TEST(columns_are_joined_as_the_mapping_says)
{
    const char *a = fresh("join");
    const char *source = keep(
        "%s", reply_text(post(srv.admin, "/v1/sources",
                              text("{\"name\": \"%s\", \"kind\": \"server\","
                                   " \"mapping\": {\"join\": {\"contact.name\":"
                                   " [\"c1\", \"c2\"]}}}",
                                   a)),
                         "/id"));

    counts(import(text("source=%s&mapping=%%7B%%22join%%22:%%7B%%22contact."
                       "name%%22:%%5B%%22c1%%22,%%22c2%%22%%5D%%7D%%7D",
                       a),
                  CSV, text("c1,c2,email\nLê,Châu,%s-1@gmail.com\n", a)),
           1, 0, 0, 0, 0);
    ck_assert_str_eq(
        reply_text(lead(text("%s-1@gmail.com", a)), "/contact/name"),
        "Lê Châu");
    counts(import(text("source_id=%s", source), CSV,
                  text("c1,c2,email\nĐỗ,An,%s-2@gmail.com\n", a)),
           1, 0, 0, 0, 0);
    ck_assert_str_eq(
        reply_text(lead(text("%s-2@gmail.com", a)), "/contact/name"), "Đỗ An");
}
END_TEST

/* On a form they may be a date and the page's own number. */
START_TEST(headings_only_lists_have_are_understood)
{
    static const char *const NAMES[] = {"ĐT", "Hotline", "Số ĐT của bạn"};

    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        const char *phone = fresh_phone();

        counts(import(text("source=%s", fresh("label")), CSV,
                      text("Họ tên,%s\nLê An,%s\n", NAMES[i], phone)),
               1, 0, 0, 0, 0);
        ck_assert_str_eq(reply_text(lead(phone), "/contact/name"), "Lê An");
    }
}
END_TEST

/* The delimiter is the one under which the heading names a way to reach
 * somebody, however often others stand in it. */
START_TEST(a_mark_inside_a_heading_is_no_delimiter)
{
    static const char *const LISTS[][2] = {
        {"Họ tên;Số điện thoại;Ghi chú (a, b, c, d)\nLê An;", ";x, y\n"},
        {"Họ tên\tĐT\tGhi chú | a | b | c\nLê An\t", "\tx|y\n"},
        {"Họ tên,Số điện thoại,Giờ (8; 9; 10; 11)\nLê An,", ",9;10\n"},
        {"\"Họ tên\";\"SĐT\";\"Giờ\"\n\"Lê An\";", ";\"9, 10\"\n"},
    };
    const char *phone = fresh_phone();

    counts(import(text("source=%s", fresh("mark")), CSV,
                  text("%s%s%s", LISTS[_i][0], phone, LISTS[_i][1])),
           1, 0, 0, 0, 0);
    ck_assert_str_eq(reply_text(lead(phone), "/contact/name"), "Lê An");
}
END_TEST

/* ---- what platforms let people download ---- */

static int submits(const char *mail, const char *and)
{
    return (int)sql_int(
        text("SELECT count(*) FROM event JOIN lead USING (lead_id) WHERE email"
             " = '%s@gmail.com' AND type = 'form_submit' AND %s",
             mail, and));
}

START_TEST(times_without_a_colon_or_an_offset_are_read)
{
    static const char *const TIMES[] = {
        "2026-03-01T10:00:38+0700", "2026-03-01 10:00:38",
        "2026-03-01T10:00:38", "3/25/2026 10:00am"};

    for (size_t i = 0; i < ARRAY_LEN(TIMES); i++) {
        const char *a = fresh("time");
        const struct reply *r =
            import(text("source=%s", a), CSV,
                   text("id,created_time,form_id,email\nl:%zu,%s,f:4,"
                        "%s@gmail.com\n",
                        i + 1, TIMES[i], a));

        counts(r, 1, 0, 0, 0, 0);
        ck_assert_int_eq(reply_int(r, "/faults"), 0);
        ck_assert_int_eq(
            submits(a, i < 3 ? "occurred_at = '2026-03-01T03:00:38Z'"
                             : "occurred_at = '2026-03-25T03:00:00Z'"),
            1);
    }
}
END_TEST

START_TEST(a_time_nobody_can_read_is_reported_and_is_not_now)
{
    const char *a = fresh("notime");
    const struct reply *r =
        import(text("source=%s", a), CSV,
               text("id,created_time,form_id,email\nl:1,11/12/2026 8:00,f:4,"
                    "%s@gmail.com\n",
                    a));

    counts(r, 1, 0, 0, 0, 0);
    ck_assert_int_eq(reply_int(r, "/faults"), 1);
    r = errors_of(r);
    ck_assert_str_eq(reply_text(r, "/items/0/code"), "time_invalid");
    ck_assert_int_eq(reply_int(r, "/items/0/line"), 2);
    ck_assert_int_eq(reply_int(r, "/items/0/column"), 2);
    ck_assert_str_eq(reply_text(r, "/items/0/field"), "created_time");
    ck_assert(json_is_true(reply_at(r, "/items/0/stored")));
    ck_assert_int_eq(submits(a, "true"), 0);
    (void)the_lead(text("%s@gmail.com", a));
}
END_TEST

START_TEST(all_bad_cells_of_a_row_are_reported)
{
    const char *a = fresh("two");
    const struct reply *r =
        import(text("source=%s", a), CSV, "name,phone,email\nAn,12,nothing\n");

    counts(r, 0, 0, 0, 0, 1);
    r = errors_of(r);
    ck_assert_str_eq(reply_text(r, "/items/0/code"), "phone_invalid");
    ck_assert_ptr_nonnull(strstr(reply_text(r, "/items/0/detail"), "email: "));
    ck_assert_ptr_nonnull(
        strstr(reply_text(r, "/items/0/detail"), "(email_invalid)"));
}
END_TEST

static const char *google_body(const char *id, const char *mail)
{
    return keep("{\"lead_id\": \"%s\", \"google_key\": \"k\","
                " \"lead_submit_time\": \"2026-03-01T10:00:00Z\","
                " \"campaign_id\": 22, \"adgroup_id\": 33,"
                " \"creative_id\": 44, \"gcl_id\": \"g1\","
                " \"user_column_data\": [{\"column_id\": \"EMAIL\","
                " \"string_value\": \"%s@gmail.com\"}]}",
                id, mail);
}

static const char *google_list(const char *id, const char *mail)
{
    return keep("Lead ID,Form ID,Campaign ID,Ad Group ID,Creative ID,Google"
                " Click ID,Lead Submit Time,Is Test,User Email\n"
                "%s,1,22,33,44,g1,2026-03-01T10:00:00Z,false,%s@gmail.com\n",
                id, mail);
}

/* Either way in, and the other after it: one form, one touch. */
START_TEST(a_lead_that_comes_both_ways_is_told_once)
{
    struct hook_source s = hook_source_make(&srv, "google-ads", "k", "", 0);
    const char *id = fresh("lead"), *mail = fresh("both");

    for (int first = 0; first < 2; first++) {
        const char *lead_id;

        id = keep("%s%d", id, first);
        mail = keep("%s%d", mail, first);
        if (first == 0)
            EXPECT(post(NULL, hook_path(&s), google_body(id, mail)), 200);
        counts(import(text("source_id=%s", s.id), CSV, google_list(id, mail)),
               first, !first, 0, 0, 0);
        if (first == 1)
            EXPECT(post(NULL, hook_path(&s), google_body(id, mail)), 200);
        lead_id = the_lead(text("%s@gmail.com", mail));
        ck_assert_int_eq(entries(lead_id, "touch"), 1);
        ck_assert_int_eq(submits(mail, "true"), 1);
        ck_assert_str_eq(
            reply_text(get(srv.marketing, text("/v1/leads/%s", lead_id)),
                       "/last_touch/medium"),
            "lead_form");
    }
}
END_TEST

START_TEST(a_changed_row_of_ones_own_list_still_updates)
{
    const char *a = fresh("own");

    counts(import(text("source=%s", a), CSV,
                  text("external_id,name,email\n%s,A,%s@gmail.com\n", a, a)),
           1, 0, 0, 0, 0);
    counts(
        import(text("source=%s", a), CSV,
               text("external_id,company,email\n%s,BB,%s@gmail.com\n", a, a)),
        0, 1, 0, 0, 0);
    ck_assert_str_eq(
        reply_text(lead(text("%s@gmail.com", a)), "/contact/company"), "BB");
}
END_TEST

START_TEST(metas_download_keeps_the_channel_of_the_source)
{
    const char *a = fresh("deflt");
    const char *source =
        keep("%s", reply_text(post(srv.admin, "/v1/sources",
                                   text("{\"name\": \"%s\", \"kind\": \"meta\","
                                        " \"defaults\": {\"channel\":"
                                        " \"paid\"}, \"secrets\":"
                                        " {\"app_secret\": \"s\"}}",
                                        a)),
                              "/id"));

    counts(import(text("source_id=%s", source), CSV,
                  text("id,created_time,form_id,platform,email\nl:1,2026-03-01"
                       "T10:00:00Z,f:1,ig,%s@gmail.com\n",
                       a)),
           1, 0, 0, 0, 0);
    ck_assert_str_eq(
        reply_text(lead(text("%s@gmail.com", a)), "/last_touch/channel"),
        "paid");
    ck_assert_str_eq(
        reply_text(lead(text("%s@gmail.com", a)), "/last_touch/medium"), "ig");
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("imports columns");

    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, columns_are_joined_as_the_mapping_says);
    tcase_add_test(tc, headings_only_lists_have_are_understood);
    tcase_add_loop_test(tc, a_mark_inside_a_heading_is_no_delimiter, 0, 4);
    tcase_add_test(tc, times_without_a_colon_or_an_offset_are_read);
    tcase_add_test(tc, a_time_nobody_can_read_is_reported_and_is_not_now);
    tcase_add_test(tc, all_bad_cells_of_a_row_are_reported);
    tcase_add_test(tc, a_lead_that_comes_both_ways_is_told_once);
    tcase_add_test(tc, a_changed_row_of_ones_own_list_still_updates);
    tcase_add_test(tc, metas_download_keeps_the_channel_of_the_source);
    return real_server_main(tc, "imports_columns", NULL);
}
