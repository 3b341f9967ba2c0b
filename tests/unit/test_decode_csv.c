/* Records, cells, charsets, headings and rows of lists. */
#include "unit.h"

#include "base/str.h"
#include "intake/charset.h"
#include "intake/decode_csv.h"

/* ---- records ---- */

static const struct {
    const char *in;
    bool last;
    enum csv_found found;
    size_t bytes, used;
    int64_t lines;
} RECORDS[] = {
    {"a,b\nc", false, CSV_RECORD, 3, 4, 1},
    {"a,b\r\nc", false, CSV_RECORD, 3, 5, 1},
    {"a,b\rc", false, CSV_RECORD, 3, 4, 1},
    {"a,b\r", false, CSV_MORE, 0, 0, 0}, /* an LF may follow */
    {"a,b\r", true, CSV_RECORD, 3, 4, 1},
    {"a,b", false, CSV_MORE, 0, 0, 0},
    {"a,b", true, CSV_RECORD, 3, 3, 0},
    {"\"a\nb\",c\nd", false, CSV_RECORD, 7, 8, 2},
    {"\"a\"\"\nb\",c\nd", false, CSV_RECORD, 9, 10, 2},
    {"\"a\"", false, CSV_MORE, 0, 0, 0}, /* a second quote may follow */
    {"\"a\"", true, CSV_RECORD, 3, 3, 0},
    {"\"open\nx\ny", false, CSV_MORE, 0, 0, 0},
    {"\"open\nx\ny", true, CSV_OPEN_QUOTE, 5, 6, 1},
    {"5\" nail,x\ny", false, CSV_RECORD, 9, 10, 1},
    {"\ny", false, CSV_RECORD, 0, 1, 1},
};

START_TEST(a_record_ends_where_its_quotes_let_it)
{
    struct csv_span s = {0};

    ck_assert_int_eq(csv_record(',', RECORDS[_i].in, strlen(RECORDS[_i].in),
                                RECORDS[_i].last, &s),
                     RECORDS[_i].found);
    ck_assert_uint_eq(s.bytes, RECORDS[_i].bytes);
    ck_assert_uint_eq(s.used, RECORDS[_i].used);
    ck_assert_int_eq(s.lines, RECORDS[_i].lines);
}
END_TEST

START_TEST(an_endless_record_is_one_line_refused)
{
    size_t n = CSV_RECORD_MAX + 10;
    char *p = malloc(n);
    struct csv_span s;

    memset(p, 'x', n);
    ck_assert_int_eq(csv_record(',', p, n, false, &s), CSV_TOO_LONG);
    p[0] = '"';
    p[9] = '\n';
    ck_assert_int_eq(csv_record(',', p, n, false, &s), CSV_OPEN_QUOTE);
    ck_assert_uint_eq(s.used, 10);
    free(p);
}
END_TEST

/* ---- cells ---- */

static const struct {
    char delimiter;
    const char *in, *cells; /* joined by '/'; NULL: refused */
    size_t bad;
} SPLITS[] = {
    {',', "a,b,c", "a/b/c", 0},
    {';', "a,b;c", "a,b/c", 0},
    {'\t', "a\tb\t", "a/b/", 0},
    {'|', "a||c", "a//c", 0},
    {',', "", "", 0},
    {',', "\"a,b\",c", "a,b/c", 0},
    {',', "\"say \"\"hi\"\"\",x", "say \"hi\"/x", 0},
    {',', "\"\",\"\"", "/", 0},
    {',', "5\" nail,x", "5\" nail/x", 0},
    {',', "a,\"b\"c,d", NULL, 2},
    {',', "a,\"b", NULL, 2},
    {',', "1234567890123456789,x", "1234567890123456789/x", 0},
};

START_TEST(cells_come_apart_at_the_delimiter)
{
    struct arena *mem = UNIT_ARENA();
    struct csv_cell cells[CSV_CELLS_MAX];
    size_t bad, len = strlen(SPLITS[_i].in);
    size_t n = csv_split(SPLITS[_i].delimiter, arena_strdup(mem, SPLITS[_i].in),
                         len, cells, &bad);
    const char *all = "";

    if (!SPLITS[_i].cells) {
        ck_assert_uint_eq(n, 0);
        ck_assert_uint_eq(bad, SPLITS[_i].bad);
        arena_free(mem);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        ck_assert_uint_eq(strlen(cells[i].text), cells[i].n);
        all = arena_printf(mem, "%s%s%s", all, i ? "/" : "", cells[i].text);
    }
    ck_assert_str_eq(all, SPLITS[_i].cells);
    arena_free(mem);
}
END_TEST

static const struct {
    const char *heading;
    char delimiter;
} DELIMITERS[] = {
    {"name,phone", ','}, {"name;phone;a,b", ';'}, {"name\tphone", '\t'},
    {"name|phone", '|'}, {"email", ','},          {"\"a,b,c\";d;e", ';'},
};

START_TEST(the_heading_shows_the_delimiter)
{
    ck_assert_int_eq(
        csv_delimiter(DELIMITERS[_i].heading, strlen(DELIMITERS[_i].heading)),
        DELIMITERS[_i].delimiter);
}
END_TEST

static const struct {
    const char *heading;
    char delimiter;
} UNDERSTOOD[] = {
    {"Họ tên;Số điện thoại;Ghi chú (a, b, c, d)", ';'},
    {"Ghi chú (sđt, email, zalo);Họ tên;Số ĐT", ';'},
    {"name,email,hours (8; 9; 10; 11)", ','},
    {"name|email", '|'},
    {"email", ','},
    {"a;b, c, d", ','}, /* nobody: as counted */
};

START_TEST(a_mark_inside_a_label_is_no_delimiter)
{
    struct arena *mem = UNIT_ARENA();
    const char *heading = UNDERSTOOD[_i].heading;

    ck_assert_int_eq(csv_map_delimiter(heading, strlen(heading), NULL, mem),
                     UNDERSTOOD[_i].delimiter);
    arena_free(mem);
}
END_TEST

/* ---- charsets ---- */

static const struct {
    const char *name;
    const char *in;
    size_t n;
    const char *out;
} CHARSETS[] = {
    {NULL,
     "\xef\xbb\xbf"
     "ab",
     5, "ab"},
    {NULL,
     "\xff\xfe"
     "a\0\xea\x1e",
     6, "aỪ"},
    {NULL, "\xfe\xff\0a\0b", 6, "ab"},
    {NULL, "a\0b\0c\0", 6, "abc"},
    {NULL, "a", 1, "a"},
    {"windows-1258", "\xd0\xe0", 2, "Đà"},
    {"windows-1252", "\xe9", 1, "é"},
    {"utf-16le", "a\0b\0", 4, "ab"},
};

START_TEST(bytes_of_any_charset_come_out_as_utf_8)
{
    /* whole, and byte by byte */
    for (size_t step = 1; step <= CHARSETS[_i].n; step += CHARSETS[_i].n - 1) {
        struct charset *c = charset_new(CHARSETS[_i].name);
        struct buf out = BUF_INIT;

        for (size_t i = 0; i < CHARSETS[_i].n; i += step)
            ck_assert_int_eq(charset_feed(c, CHARSETS[_i].in + i,
                                          MIN(step, CHARSETS[_i].n - i), false,
                                          &out),
                             ERR_OK);
        ck_assert_int_eq(charset_feed(c, "", 0, true, &out), ERR_OK);
        ck_assert_str_eq(out.ptr, CHARSETS[_i].out);
        buf_release(&out);
        charset_free(c);
        if (CHARSETS[_i].n == 1)
            break;
    }
}
END_TEST

/* ---- rows ---- */

static struct draft draft_of(const char *heading, const char *row, size_t n,
                             enum err want, struct csv_fault *fault,
                             struct arena *mem)
{
    struct field_errs errs = {.mem = mem};
    struct csv_map map;
    struct draft d;

    ck_assert_int_eq(csv_map_read(',', arena_strdup(mem, heading),
                                  strlen(heading), NULL, NULL, mem, &map,
                                  &errs),
                     ERR_OK);
    ck_assert_int_eq(csv_draft(&map, ',', arena_strndup(mem, row, n), n, 1000,
                               mem, &d, fault),
                     want);
    return d;
}

static const struct {
    const char *heading, *row, *name, *phone, *email, *external;
} ROWS[] = {
    {"Họ tên,SĐT,Email", "Đào,0912,a@b.vn", "Đào", "0912", "a@b.vn", NULL},
    {"Họ,Tên,Điện thoại", "Nguyễn Thị,Đào,0912", "Nguyễn Thị Đào", "0912", NULL,
     NULL},
    {"Họ và tên đệm,Tên,SĐT/Zalo", "Nguyễn Thị,Đào,0912", "Nguyễn Thị Đào",
     "0912", NULL, NULL},
    {"Tên,Họ đệm,SĐT Zalo", "Đào,Nguyễn Thị,0912", "Nguyễn Thị Đào", "0912",
     NULL, NULL},
    {"Họ,Tên lót,Tên,Số điện thoại (Zalo)", "Nguyễn,Thị,Đào,0912",
     "Nguyễn Thị Đào", "0912", NULL, NULL},
    {"First name,Middle name,Last name,SDT/Zalo", "Ann,B,Smith,0912",
     "Ann B Smith", "0912", NULL, NULL},
    {"Họ,Họ và tên,Tên,Số ĐT", "Nguyễn,Nguyễn Thị Đào,Đào,0912",
     "Nguyễn Thị Đào", "0912", NULL, NULL},
    {"First name,Last name,E-mail", "Ann,Lee,a@b.vn", "Ann Lee", NULL, "a@b.vn",
     NULL},
    {"Full Name,Work email,Lead ID", "Ann,a@b.vn,1234567890123456789", "Ann",
     NULL, "a@b.vn", "1234567890123456789"},
    {"email,phone", "a@b.vn,'+84912", NULL, "+84912", "a@b.vn", NULL},
    {"email,phone,x", "a@b.vn", NULL, NULL, "a@b.vn", NULL},
    {"email,phone", "a@b.vn,1,,,", NULL, "1", "a@b.vn", NULL},
    {"id,created_time,form_id,full_name,phone_number",
     "l:123,2026-01-02T03:04:05+07:00,f:9,Ann,p:+84912", "Ann", "+84912", NULL,
     "123"},
};

START_TEST(headings_tell_what_cells_are)
{
    struct arena *mem = UNIT_ARENA();
    struct csv_fault fault;
    struct draft d = draft_of(ROWS[_i].heading, ROWS[_i].row,
                              strlen(ROWS[_i].row), ERR_OK, &fault, mem);

    ck_assert_pstr_eq(d.contact.name, ROWS[_i].name);
    ck_assert_pstr_eq(d.contact.phone, ROWS[_i].phone);
    ck_assert_pstr_eq(d.contact.email, ROWS[_i].email);
    ck_assert_pstr_eq(d.external_id, ROWS[_i].external);
    arena_free(mem);
}
END_TEST

static const struct {
    const char *row;
    size_t n, cell;
    enum err err;
} BAD[] = {
    {"a,b,c,d", 7, 3, ERR_BAD_CSV},
    {"a,\"b\"x", 6, 2, ERR_BAD_CSV},
    {"a\0b,c", 5, 0, ERR_BAD_UTF8},
};

START_TEST(a_bad_row_says_which_cell)
{
    struct arena *mem = UNIT_ARENA();
    struct csv_fault fault = {0};

    (void)draft_of("email,phone", BAD[_i].row, BAD[_i].n, BAD[_i].err, &fault,
                   mem);
    ck_assert_uint_eq(fault.cell, BAD[_i].cell);
    ck_assert_ptr_nonnull(fault.detail);
    arena_free(mem);
}
END_TEST

START_TEST(a_download_of_metas_is_a_form_that_was_sent)
{
    struct arena *mem = UNIT_ARENA();
    struct csv_fault fault;
    const char *row = "l:7,1970-01-01T00:00:00Z,f:1,ig,"
                      "<test lead: dummy data for full_name>,p:+84912";
    struct draft d =
        draft_of("id,created_time,form_id,platform,full_name,phone", row,
                 strlen(row), ERR_OK, &fault, mem);

    ck_assert(d.test);
    ck_assert_str_eq(d.touch.medium, "ig");
    ck_assert_ptr_null(d.touch.channel); /* the source's, or "meta" */
    ck_assert_uint_eq(d.n_events, 1);
    ck_assert_int_eq(d.events[0].type, EVENT_FORM_SUBMIT);
    ck_assert_str_eq(d.events[0].ext_id, "7");
    arena_free(mem);
}
END_TEST

static const struct {
    const char *heading, *row;
    const char *campaign, *medium, *term, *content, *gclid;
    bool test;
} PLATFORM_TOUCHES[] = {
    {"id,created_time,ad_id,ad_name,adset_id,adset_name,campaign_id,"
     "campaign_name,form_id,platform",
     "l:1,,ag:2,Ad,as:3,Set,c:4,Tet,f:5,fb", "Tet", "fb", "Set", "Ad", NULL,
     false},
    {"id,created_time,ad_id,adset_id,campaign_id,form_id,platform,utm_medium",
     "l:1,,ag:2,as:3,c:4,f:5,fb,story", "4", "story", "3", "2", NULL, false},
    {"Lead ID,Form ID,Campaign ID,Campaign name,Ad Group ID,Asset Group ID,"
     "Creative ID,Google Click ID,Is Test,User Email",
     "x,1,2,Tet,3,4,5,g,TRUE,a@b.vn", "2", "lead_form", "3", "5", "g", true},
    {"Lead ID,GCLID,Campaign Name,Asset Group ID,Is test", "x,g,Tet,4,false",
     "Tet", "lead_form", "4", NULL, "g", false},
};

START_TEST(a_download_tells_the_campaign_as_the_webhook_does)
{
    struct arena *mem = UNIT_ARENA();
    const char *row = PLATFORM_TOUCHES[_i].row;
    struct csv_fault fault;
    struct draft d = draft_of(PLATFORM_TOUCHES[_i].heading, row, strlen(row),
                              ERR_OK, &fault, mem);

    ck_assert_ptr_null(d.touch.channel);
    ck_assert_pstr_eq(d.touch.campaign, PLATFORM_TOUCHES[_i].campaign);
    ck_assert_pstr_eq(d.touch.medium, PLATFORM_TOUCHES[_i].medium);
    ck_assert_pstr_eq(d.touch.term, PLATFORM_TOUCHES[_i].term);
    ck_assert_pstr_eq(d.touch.content, PLATFORM_TOUCHES[_i].content);
    ck_assert_pstr_eq(d.touch.gclid, PLATFORM_TOUCHES[_i].gclid);
    ck_assert_int_eq(d.test, PLATFORM_TOUCHES[_i].test);
    arena_free(mem);
}
END_TEST

START_TEST(a_time_nobody_can_read_is_reported_and_makes_no_event)
{
    struct arena *mem = UNIT_ARENA();
    struct csv_fault fault;
    const char *row = "l:7,last week,f:1,+84912";
    struct draft d = draft_of("id,created_time,form_id,phone", row, strlen(row),
                              ERR_OK, &fault, mem);

    ck_assert_int_eq(fault.err, ERR_TIME_INVALID);
    ck_assert_uint_eq(fault.cell, 2);
    ck_assert_uint_eq(d.n_events, 0);
    ck_assert_str_eq(d.external_id, "7");
    arena_free(mem);
}
END_TEST

static const struct {
    const char *mapping, *heading, *row, *name, *phone;
} JOINS[] = {
    {"{\"join\":{\"contact.name\":[\"c1\",\"c2\"]}}", "c1,c2,tel",
     "Lê,Châu,0912", "Lê Châu", "0912"},
    {"{\"join\":{\"contact.name\":[\"c1\",\"c2\"]}}", "C2,tel,C1", "Châu,0912,",
     "Châu", "0912"},
    {"{\"join\":{\"contact.phone\":{\"fields\":[\"a\",\"b\"],"
     "\"with\":\"\"}}}",
     "a,b,Name", "'+84,912,An", "An", "+84912"},
};

START_TEST(columns_are_joined_as_the_mapping_says)
{
    struct arena *mem = UNIT_ARENA();
    struct field_errs errs = {.mem = mem};
    json_t *mapping = json_loads(JOINS[_i].mapping, 0, NULL);
    size_t n = strlen(JOINS[_i].row);
    struct csv_fault fault;
    struct form_spec spec;
    struct csv_map map;
    struct draft d;

    ck_assert_int_eq(form_spec_compile(mapping, mem, &spec, &errs), ERR_OK);
    json_decref(mapping);
    ck_assert_int_eq(csv_map_read(',', arena_strdup(mem, JOINS[_i].heading),
                                  strlen(JOINS[_i].heading), &spec, NULL, mem,
                                  &map, &errs),
                     ERR_OK);
    ck_assert_int_eq(csv_draft(&map, ',', arena_strdup(mem, JOINS[_i].row), n,
                               1000, mem, &d, &fault),
                     ERR_OK);
    ck_assert_pstr_eq(d.contact.name, JOINS[_i].name);
    ck_assert_pstr_eq(d.contact.phone, JOINS[_i].phone);
    arena_free(mem);
}
END_TEST

START_TEST(a_list_without_any_identifier_is_refused)
{
    struct arena *mem = UNIT_ARENA();
    struct field_errs errs = {.mem = mem};
    char heading[] = "name,city";
    struct csv_map map;

    ck_assert_int_eq(csv_map_read(',', heading, strlen(heading), NULL, NULL,
                                  mem, &map, &errs),
                     ERR_NO_IDENTIFIER);
    ck_assert_uint_eq(errs.n, 1);
    arena_free(mem);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("csv");

    tcase_add_loop_test(tc, a_record_ends_where_its_quotes_let_it, 0,
                        (int)ARRAY_LEN(RECORDS));
    tcase_add_test(tc, an_endless_record_is_one_line_refused);
    tcase_add_loop_test(tc, cells_come_apart_at_the_delimiter, 0,
                        (int)ARRAY_LEN(SPLITS));
    tcase_add_loop_test(tc, a_mark_inside_a_label_is_no_delimiter, 0,
                        (int)ARRAY_LEN(UNDERSTOOD));
    tcase_add_loop_test(tc, the_heading_shows_the_delimiter, 0,
                        (int)ARRAY_LEN(DELIMITERS));
    tcase_add_loop_test(tc, bytes_of_any_charset_come_out_as_utf_8, 0,
                        (int)ARRAY_LEN(CHARSETS));
    tcase_add_loop_test(tc, headings_tell_what_cells_are, 0,
                        (int)ARRAY_LEN(ROWS));
    tcase_add_loop_test(tc, a_bad_row_says_which_cell, 0, (int)ARRAY_LEN(BAD));
    tcase_add_test(tc, a_download_of_metas_is_a_form_that_was_sent);
    tcase_add_loop_test(tc, a_download_tells_the_campaign_as_the_webhook_does,
                        0, (int)ARRAY_LEN(PLATFORM_TOUCHES));
    tcase_add_test(tc, a_time_nobody_can_read_is_reported_and_makes_no_event);
    tcase_add_loop_test(tc, columns_are_joined_as_the_mapping_says, 0,
                        (int)ARRAY_LEN(JOINS));
    tcase_add_test(tc, a_list_without_any_identifier_is_refused);
    return unit_run(tc, "decode_csv");
}
