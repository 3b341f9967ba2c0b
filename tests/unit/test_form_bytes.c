/* The bytes of a form: encodings, charsets, and what is malformed. */
#include "form_fixture.h"

#include "base/text.h"
#include "intake/form_builder.h"

START_TEST(urlencoded_keeps_what_is_malformed)
{
    struct arena *mem = UNIT_ARENA();
    struct form_fields f = {.mem = mem};
    static const char BODY[] = "a=%ZZ&b=%4&c=%&flag&=x&&d=1%3D2&e=%00x";

    ck_assert_int_eq(form_urlencoded(FORM, BODY, sizeof(BODY) - 1, &f), ERR_OK);
    ck_assert_uint_eq(f.n, 6);
    ck_assert_str_eq(form_fields_get(&f, "a")->value, "%ZZ");
    ck_assert_str_eq(form_fields_get(&f, "b")->value, "%4");
    ck_assert_str_eq(form_fields_get(&f, "c")->value, "%");
    ck_assert_str_eq(form_fields_get(&f, "flag")->value, "");
    ck_assert_str_eq(form_fields_get(&f, "d")->value, "1=2");
    ck_assert(utf8_valid(form_fields_get(&f, "e")->value,
                         form_fields_get(&f, "e")->value_len));
    ck_assert_ptr_null(form_fields_get(&f, ""));
    arena_free(mem);
}
END_TEST

/* What Content-Type says of JSON, against what the bytes are. */
static const struct {
    const char *type, *body;
    enum err err;
    const char *name;
} CHARSETS[] = {
    {"application/json; charset=iso-8859-1",
     "{\"name\": \"Ren\xe9\", \"phone\": \"0900000906\"}", ERR_OK, "René"},
    {"application/json; charset=latin1",
     "{\"name\": \"Ren\xe9\", \"phone\": \"0900000906\"}", ERR_OK, "René"},
    {"application/json; charset=\"Windows-1252\"", /* and is not */
     "{\"name\": \"Nguyễn\", \"phone\": \"0900000906\"}", ERR_OK, "Nguyễn"},
    {"application/json", "{\"name\": \"Ren\xe9\", \"phone\": \"0900000906\"}",
     ERR_BAD_JSON, NULL},
};

START_TEST(a_named_charset_of_json_counts_where_it_is_no_utf8)
{
    struct arena *mem = UNIT_ARENA();
    struct field_errs errs = {.mem = mem};
    struct draft d;
    const char *body = CHARSETS[_i].body;

    ck_assert_int_eq(intake_form(CHARSETS[_i].type, body, strlen(body), NULL,
                                 NOW, mem, &d, &errs),
                     CHARSETS[_i].err);
    if (CHARSETS[_i].name)
        ck_assert_str_eq(d.contact.name, CHARSETS[_i].name);
    arena_free(mem);
}
END_TEST

START_TEST(a_byte_order_mark_is_passed_over)
{
    static const char BODY[] = "\xef\xbb\xbf {\"sdt\": \"0900000906\"}";
    static const char *const TYPES[] = {JSON, "text/plain"};
    struct arena *mem = UNIT_ARENA();

    for (size_t i = 0; i < ARRAY_LEN(TYPES); i++) {
        struct field_errs errs = {.mem = mem};
        struct draft d;

        ck_assert_int_eq(intake_form(TYPES[i], BODY, sizeof(BODY) - 1, NULL,
                                     NOW, mem, &d, &errs),
                         ERR_OK);
        ck_assert_str_eq(d.contact.phone, "0900000906");
    }
    arena_free(mem);
}
END_TEST

START_TEST(an_answer_may_be_a_list)
{
    static const char BODY[] =
        "{\"form_data\": [{\"name\": \"so_thich\", \"value\": [\"a\", \"b\"]},"
        " {\"name\": \"khac\", \"value\": {\"x\": 1}},"
        " {\"name\": \"trong\", \"value\": null},"
        " {\"name\": \"ho_ten\", \"value\": [\"An\"]},"
        " {\"name\": \"sdt\", \"value\": 900000906}]}";
    struct arena *mem = UNIT_ARENA();
    struct field_errs errs = {.mem = mem};
    struct draft d;

    ck_assert_int_eq(
        intake_form(JSON, BODY, strlen(BODY), NULL, NOW, mem, &d, &errs),
        ERR_OK);
    ck_assert_str_eq(d.contact.name, "An");
    ck_assert_str_eq(d.contact.phone, "900000906");
    arena_free(mem);
}
END_TEST

#define ITEM(i, n, v)                                                          \
    "form_data[" i "][name]=" n "&form_data[" i "][value]=" v "&"
#define PART(n, v)                                                             \
    "--B\r\nContent-Disposition: form-data; name=\"" n "\"\r\n\r\n" v "\r\n"
#define PARTS "multipart/form-data; boundary=B"

/* The same answers as {"form_data": [...], "utm_source": "facebook"}. */
static const struct {
    const char *type, *body;
} NESTED[] = {
    {JSON, "{\"form_data\":[{\"name\":\"ho_ten\",\"value\":\"An\"},{\"name\":"
           "\"sdt\",\"value\":\"0912600009\"}],\"utm_source\":\"facebook\"}"},
    {FORM,
     "form_data=[{\"name\":\"ho_ten\",\"value\":\"An\"},{\"name\":\"sdt\","
     "\"value\":\"0912600009\"}]&utm_source=facebook"},
    {FORM, "utm_source=facebook&ladi_id=7&form_data=%5B%7B%22name%22%3A%22"
           "ho_ten%22%2C%22value%22%3A%22An%22%7D%2C%7B%22name%22%3A%22sdt%22"
           "%2C%22value%22%3A%220912600009%22%7D%5D"},
    {FORM, "form_data={\"ho_ten\":\"An\",\"sdt\":\"0912600009\"}"
           "&utm_source=facebook"},
    {FORM, ITEM("0", "ho_ten", "An") ITEM("1", "sdt", "0912600009") //
     "utm_source=facebook"},
    {FORM, ITEM("3", "sdt", "0912600009") "utm_source=facebook&" //
     ITEM("x", "ho_ten", "An")},
    {FORM, "form_data%5B0%5D%5Bvalue%5D=0912600009&form_data%5B1%5D%5Bname%5D="
           "ho_ten&form_data%5B1%5D%5Bvalue%5D=An&form_data%5B0%5D%5Bname%5D="
           "sdt&utm_source=facebook&form_data%5B2%5D%5Bvalue%5D=nameless"},
    {FORM, "form_data[0][name]=sdt&form_data[0][value][]=0912600009&"
           "form_data[10][name]=ho_ten&form_data[10][value]=An&"
           "utm_source=facebook"},
    {PARTS,
     PART("form_data[0][name]", "sdt") PART("form_data[0][value]", "0912600009")
         PART("utm_source", "facebook") PART("form_data[1][name]", "ho_ten")
             PART("form_data[1][value]", "An") "--B--\r\n"},
    {PARTS, PART("utm_source", "facebook")
                PART("form_data",
                     "[{\"name\":\"sdt\",\"value\":\"0912600009\"},"
                     "{\"name\":\"ho_ten\",\"value\":\"An\"}]") "--B--\r\n"},
};

START_TEST(nested_answers_count_however_they_are_spelt)
{
    struct arena *mem = UNIT_ARENA();
    struct field_errs errs = {.mem = mem};
    const char *body = NESTED[_i].body;
    struct draft d;

    ck_assert_int_eq(intake_form(NESTED[_i].type, body, strlen(body), NULL, NOW,
                                 mem, &d, &errs),
                     ERR_OK);
    ck_assert_str_eq(d.contact.name, "An");
    ck_assert_str_eq(d.contact.phone, "0912600009");
    ck_assert_str_eq(d.touch.channel, "facebook");
    ck_assert_int_eq(
        form_success_status(NESTED[_i].type, body, strlen(body), NULL), 200);
    arena_free(mem);
}
END_TEST

START_TEST(what_only_looks_nested_stays_a_text)
{
    static const char *const VALUES[] = {"[{", "An", "[]%7D", "", "[1]x"};
    struct arena *mem = UNIT_ARENA();

    for (size_t i = 0; i < ARRAY_LEN(VALUES); i++) {
        struct draft d;

        ck_assert_int_eq(
            post(arena_printf(mem,
                              "form_data=%s&sdt=0912600009&form_data[]=x"
                              "&form_data[0][name]=&form_data[0][value]=y",
                              VALUES[i]),
                 NULL, mem, &d),
            ERR_OK);
        ck_assert_str_eq(d.contact.phone, "0912600009");
        ck_assert_ptr_null(d.contact.name);
    }
    arena_free(mem);
}
END_TEST

START_TEST(charset_field_is_honoured)
{
    struct arena *mem = UNIT_ARENA();
    struct draft d;

    ck_assert_int_eq(
        post("ten=%EA&sdt=0900000906&_charset_=UTF-8", NULL, mem, &d), ERR_OK);
    ck_assert_str_eq(d.contact.name, "\ufffd");
    ck_assert_int_eq(
        post("ten=%C3%AA&sdt=0900000906&_charset_=iso-8859-1", NULL, mem, &d),
        ERR_OK);
    ck_assert_str_eq(d.contact.name, "Ãª");
    arena_free(mem);
}
END_TEST

/* Who is Nguyễn in another charset, and who says so. */
static const struct {
    const char *type, *body, *name;
} NAMED[] = {
    {FORM, "_charset_=windows-1258&name=Nguy%EA%DEn&email=c@x.vn", "Nguyễn"},
    {FORM,
     "name=Nguy%EA%DEn&email=c@x.vn&x_charset_=utf-8&"
     "_charset_=Windows-1258",
     "Nguyễn"},
    {FORM "; charset=windows-1258", "name=%D0%F5n+V\xe3n&email=c@x.vn",
     "Đơn Văn"},
    {FORM ";charset=\"WINDOWS-1258\"", "ten=T%F4+%81%FE&email=c@x.vn",
     "Tô \ufffd₫"},
    {FORM "; charset=iso-8859-1", "name=Ren%E9+%80&email=c@x.vn", "René €"},
    {FORM "; charset=windows-1252", "name=%C3%AA&email=c@x.vn", "Ãª"},
    {FORM "; charset=windows-1258",
     "_charset_=utf-8&name=Nguy%E1%BB%85n&email=c@x.vn", "Nguyễn"},
    {FORM "; charset=windows-1258",
     "_charset_=klingon&name=Nguy%EA%DEn&email=c@x.vn", "Nguyễn"},
    {FORM "; charset=UTF-8", "name=Nguy%E1%BB%85n&email=c@x.vn", "Nguyễn"},
    {FORM "; charset=UTF-8", "name=Ren%E9&email=c@x.vn", "René"},
    {FORM "; charset=koi8-r", "name=Ren%E9&email=c@x.vn", "René"},
    {FORM, "name=Nguy%E1%BB%85n&email=c@x.vn", "Nguyễn"},
    {PARTS,
     PART("_charset_", "windows-1258") PART("name", "Nguy\xea\xden")
         PART("email", "c@x.vn") "--B--\r\n",
     "Nguyễn"},
    {PARTS "; charset=windows-1258",
     PART("name", "Nguy\xea\xden") PART("email", "c@x.vn") "--B--\r\n",
     "Nguyễn"},
    {PARTS, PART("name", "Ren\xe9") PART("email", "c@x.vn") "--B--\r\n",
     "René"},
};

START_TEST(a_form_is_read_in_the_charset_it_names)
{
    struct arena *mem = UNIT_ARENA();
    struct field_errs errs = {.mem = mem};
    const char *body = NAMED[_i].body;
    struct draft d;

    ck_assert_int_eq(intake_form(NAMED[_i].type, body, strlen(body), NULL, NOW,
                                 mem, &d, &errs),
                     ERR_OK);
    ck_assert_str_eq(d.contact.name, NAMED[_i].name);
    ck_assert_str_eq(d.contact.email, "c@x.vn");
    arena_free(mem);
}
END_TEST

START_TEST(too_many_fields_are_refused)
{
    struct arena *mem = UNIT_ARENA();
    char body[FORM_FIELDS_MAX * 4 + 8] = "";
    struct draft d;

    for (int i = 0; i <= FORM_FIELDS_MAX; i++)
        memcpy(body + i * 4, "a=1&", 5);
    ck_assert_int_eq(post(body, NULL, mem, &d), ERR_TOO_MANY);
    arena_free(mem);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("form_bytes");

    tcase_add_test(tc, urlencoded_keeps_what_is_malformed);
    tcase_add_loop_test(tc, a_named_charset_of_json_counts_where_it_is_no_utf8,
                        0, (int)ARRAY_LEN(CHARSETS));
    tcase_add_test(tc, a_byte_order_mark_is_passed_over);
    tcase_add_test(tc, an_answer_may_be_a_list);
    tcase_add_loop_test(tc, nested_answers_count_however_they_are_spelt, 0,
                        (int)ARRAY_LEN(NESTED));
    tcase_add_test(tc, what_only_looks_nested_stays_a_text);
    tcase_add_test(tc, charset_field_is_honoured);
    tcase_add_loop_test(tc, a_form_is_read_in_the_charset_it_names, 0,
                        (int)ARRAY_LEN(NAMED));
    tcase_add_test(tc, too_many_fields_are_refused);
    return unit_run(tc, "form_bytes");
}
