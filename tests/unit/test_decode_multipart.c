#include "intake/form_fields.h"

#include <string.h>

#include "unit.h"

#define TYPE "multipart/form-data; boundary=B"
#define HEAD(name)                                                             \
    "--B\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n"

static const struct {
    const char *type, *body;
    enum err err;
    const char *name, *value;
} CASES[] = {
    {TYPE, HEAD("a") "1\r\n--B--\r\n", ERR_OK, "a", "1"},
    {TYPE, HEAD("a") "1\r\n--B--", ERR_OK, "a", "1"},
    {TYPE, HEAD("a") "\r\n--B--", ERR_OK, "a", ""},
    {TYPE, "pre\r\namble\r\n" HEAD("a") "1\r\n--B--\r\nepilogue\r\n--B\r\n",
     ERR_OK, "a", "1"},
    {TYPE, HEAD("a") "x\r\n--BB\r\n--not\r\n--B--", ERR_OK, "a",
     "x\r\n--BB\r\n--not"},
    {TYPE, HEAD("a") "x--B--\r\n--B--", ERR_OK, "a", "x--B--"},
    {TYPE, "--B  \r\ncontent-disposition:form-data;name=a\r\n\r\n1\r\n--B--",
     ERR_OK, "a", "1"},
    {"Multipart/Form-Data; charset=x; Boundary=\"B\"", HEAD("a") "1\r\n--B--",
     ERR_OK, "a", "1"},
    {TYPE, HEAD("a%22b%0D%0A%41") "1\r\n--B--", ERR_OK, "a\"b\r\n%41", "1"},
    {TYPE, HEAD("a\\\"b") "1\r\n--B--", ERR_OK, "a\"b", "1"},
    {TYPE, HEAD("tên") "Nguy\xean\r\n--B--", ERR_OK, "tên", "Nguyên"},
    {TYPE, HEAD("a") "1\r\n--B\r\n", ERR_BAD_FORM, NULL, NULL},
    {TYPE, HEAD("a") "1", ERR_BAD_FORM, NULL, NULL},
    {TYPE, "", ERR_BAD_FORM, NULL, NULL},
    {TYPE, "--B\r\nX: y\r\n\r\n1\r\n--B--", ERR_BAD_FORM, NULL, NULL},
    {TYPE, "--B\r\n\r\n1\r\n--B--", ERR_BAD_FORM, NULL, NULL},
    {TYPE, "--B\r\n--B--", ERR_BAD_FORM, NULL, NULL},
    {"multipart/form-data", HEAD("a") "1\r\n--B--", ERR_BAD_FORM, NULL, NULL},
    {"multipart/form-data; boundary=", "--\r\n", ERR_BAD_FORM, NULL, NULL},
    {"multipart/form-data; boundary=\"a\x01\"", "--a", ERR_BAD_FORM, NULL,
     NULL},
};

START_TEST(part_is_read)
{
    struct arena *mem = UNIT_ARENA();
    struct form_fields f = {.mem = mem};
    const char *body = CASES[_i].body;

    ck_assert_int_eq(form_multipart(CASES[_i].type, body, strlen(body), &f),
                     CASES[_i].err);
    if (CASES[_i].err == ERR_OK) {
        ck_assert_uint_eq(f.n, 1);
        ck_assert_str_eq(f.items[0].name, CASES[_i].name);
        ck_assert_str_eq(f.items[0].value, CASES[_i].value);
    }
    arena_free(mem);
}
END_TEST

START_TEST(file_is_noted_not_kept)
{
    struct arena *mem = UNIT_ARENA();
    struct form_fields f = {.mem = mem};
    static const char BODY[] =
        "--B\r\nContent-Type: text/plain\r\nContent-Disposition: form-data; "
        "name=\"f\"; filename=\"mặt bằng.txt\"\r\n\r\n\0\1\r\n--B-x\r\n--B--";

    ck_assert_int_eq(form_multipart(TYPE, BODY, sizeof(BODY) - 1, &f), ERR_OK);
    ck_assert_uint_eq(f.n, 1);
    ck_assert(f.items[0].is_file);
    ck_assert_str_eq(f.items[0].value, "mặt bằng.txt");
    ck_assert_uint_eq(f.items[0].file_bytes, 9);
    arena_free(mem);
}
END_TEST

static enum err with_parts(size_t parts, size_t name_n, size_t value_n)
{
    struct arena *mem = UNIT_ARENA();
    struct form_fields f = {.mem = mem};
    static char body[FORM_VALUE_MAX + 16384];
    char *p = body;
    enum err e;

    for (size_t i = 0; i < parts; i++) {
        p = stpcpy(p, "--B\r\nContent-Disposition: form-data; name=\"");
        memset(p, 'n', name_n);
        p = stpcpy(p + name_n, "\"\r\n\r\n");
        memset(p, 'v', value_n);
        p = stpcpy(p + value_n, "\r\n");
    }
    p = stpcpy(p, "--B--");
    e = form_multipart(TYPE, body, (size_t)(p - body), &f);
    arena_free(mem);
    return e;
}

START_TEST(ceilings_hold)
{
    ck_assert_int_eq(with_parts(FORM_PARTS_MAX, 1, 1), ERR_OK);
    ck_assert_int_eq(with_parts(FORM_PARTS_MAX + 1, 1, 1), ERR_TOO_MANY);
    ck_assert_int_eq(with_parts(1, FORM_NAME_MAX, 1), ERR_OK);
    ck_assert_int_eq(with_parts(1, FORM_NAME_MAX + 1, 1), ERR_TOO_LONG);
    ck_assert_int_eq(with_parts(1, 1, FORM_VALUE_MAX), ERR_OK);
    ck_assert_int_eq(with_parts(1, 1, FORM_VALUE_MAX + 1), ERR_TOO_LONG);
}
END_TEST

/* Cut anywhere, a body is refused or read, never overrun. */
START_TEST(every_prefix_is_survived)
{
    static const char BODY[] =
        "pre\r\n" HEAD("a") "1\r\n" HEAD("b") "2\r\n--B--\r\n";

    for (size_t n = 0; n < sizeof(BODY); n++) {
        struct arena *mem = UNIT_ARENA();
        struct form_fields f = {.mem = mem};
        char *cut = malloc(n + 1);
        bool whole = n >= sizeof(BODY) - 3;

        memcpy(cut, BODY, n);
        ck_assert_int_eq(form_multipart(TYPE, cut, n, &f),
                         whole ? ERR_OK : ERR_BAD_FORM);
        free(cut);
        arena_free(mem);
    }
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("decode_multipart");

    tcase_add_loop_test(tc, part_is_read, 0, (int)ARRAY_LEN(CASES));
    tcase_add_test(tc, file_is_noted_not_kept);
    tcase_add_test(tc, ceilings_hold);
    tcase_add_test(tc, every_prefix_is_survived);
    return unit_run(tc, "decode_multipart");
}
