#include "intake/spec.h"

#include <string.h>

#include "intake/json_guard.h"
#include "unit.h"

struct thing {
    const char *line, *lines;
    const json_t *object, *list;
};

static const struct spec_field FIELDS[] = {
    {"line", SPEC_LINE, 8, true, offsetof(struct thing, line)},
    {"lines", SPEC_LINES, 64, false, offsetof(struct thing, lines)},
    {"object", SPEC_OBJECT, 0, false, offsetof(struct thing, object)},
    {"list", SPEC_ARRAY, 2, false, offsetof(struct thing, list)},
};
static const struct spec SPEC = SPEC_OF(FIELDS);

static const struct {
    const char *json, *pointer;
    enum err err; /* of the only fault; ERR_OK: none */
} CASES[] = {
    {"{\"line\":\" a\\tb \"}", NULL, ERR_OK},
    {"{\"line\":\"a\",\"lines\":null,\"object\":{},\"list\":[1,2]}", NULL,
     ERR_OK},
    {"{}", "/x/line", ERR_REQUIRED},
    {"{\"line\":null}", "/x/line", ERR_REQUIRED},
    {"{\"line\":\"  \"}", "/x/line", ERR_REQUIRED},
    {"{\"line\":\"123456789\"}", "/x/line", ERR_TOO_LONG},
    {"{\"line\":true}", "/x/line", ERR_WRONG_TYPE},
    {"{\"line\":\"a\",\"object\":[]}", "/x/object", ERR_WRONG_TYPE},
    {"{\"line\":\"a\",\"list\":{}}", "/x/list", ERR_WRONG_TYPE},
    {"{\"line\":\"a\",\"list\":[1,2,3]}", "/x/list", ERR_TOO_MANY},
    {"{\"line\":\"a\",\"a~b/c\":1}", "/x/a~0b~1c", ERR_UNKNOWN_FIELD},
    {"[]", "/x", ERR_WRONG_TYPE},
};

START_TEST(object_is_read_by_its_table)
{
    struct arena *mem = UNIT_ARENA();
    struct field_errs errs = {.mem = mem};
    struct thing t = {0};
    json_t *j = json_loads(CASES[_i].json, 0, NULL);

    ck_assert_int_eq(spec_read(&SPEC, j, "/x", mem, &t, &errs),
                     CASES[_i].err == ERR_OK);
    ck_assert_uint_eq(errs.n, CASES[_i].err != ERR_OK);
    if (errs.n) {
        ck_assert_str_eq(errs.first->pointer, CASES[_i].pointer);
        ck_assert_int_eq(errs.first->err, CASES[_i].err);
    }
    if (_i == 0)
        ck_assert_str_eq(t.line, "a b");
    json_decref(j);
    arena_free(mem);
}
END_TEST

static const struct {
    const char *json;
    enum err err;
} GUARD[] = {
    {"{\"a\":[1,2]}", ERR_OK},
    {"{\"a\":[[1]]}", ERR_TOO_MANY},
    {"{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5}", ERR_TOO_MANY},
    {"{\"a\":[1,2,3,4]}", ERR_TOO_MANY},
    {"{\"a\":1,\"a\":2}", ERR_DUPLICATE_FIELD},
    {"{\"a\":\"\\u0000\"}", ERR_BAD_JSON},
    {"{\"a\":\"\\udc00\"}", ERR_BAD_JSON},
    {"{\"a\":\"\xff\"}", ERR_BAD_JSON},
    {"{\"a\":1} x", ERR_BAD_JSON},
    {"", ERR_BAD_JSON},
    {"null", ERR_NOT_OBJECT},
    {"\"x\"", ERR_NOT_OBJECT},
    {"1", ERR_NOT_OBJECT},
    {"[1]", ERR_NOT_OBJECT},
    {"[1", ERR_BAD_JSON},
};

START_TEST(guard_refuses_what_is_strange)
{
    struct arena *mem = UNIT_ARENA();
    struct field_errs errs = {.mem = mem};
    struct json_limits limits = {2, 4, false};
    json_t *j = NULL;
    const char *text = GUARD[_i].json;

    ck_assert_int_eq(json_guard_object(text, strlen(text), limits, &errs, &j),
                     GUARD[_i].err);
    ck_assert_int_eq(j != NULL, GUARD[_i].err == ERR_OK);
    ck_assert_uint_eq(errs.n, GUARD[_i].err != ERR_OK);
    json_decref(j);
    arena_free(mem);
}
END_TEST

START_TEST(a_number_too_wide_is_read_as_its_text)
{
    const char *text = "{\"id\": 12345678901234567890, \"x\": -1e400,"
                       " \"fits\": 9223372036854775807, \"half\": 0.5,"
                       " \"said\": \"1e400 \\\" 1e400\"}";
    struct arena *mem = UNIT_ARENA();
    struct field_errs errs = {.mem = mem};
    struct json_limits limits = {2, 9, false};
    json_t *j = NULL;

    ck_assert_int_eq(json_guard_object(text, strlen(text), limits, &errs, &j),
                     ERR_OK);
    ck_assert_uint_eq(errs.n, 0);
    ck_assert_str_eq(json_string_value(json_object_get(j, "id")),
                     "12345678901234567890");
    ck_assert_str_eq(json_string_value(json_object_get(j, "x")), "-1e400");
    ck_assert_int_eq(json_integer_value(json_object_get(j, "fits")), INT64_MAX);
    ck_assert(json_real_value(json_object_get(j, "half")) == 0.5);
    ck_assert_str_eq(json_string_value(json_object_get(j, "said")),
                     "1e400 \" 1e400");
    json_decref(j);
    arena_free(mem);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("spec");

    tcase_add_loop_test(tc, object_is_read_by_its_table, 0,
                        (int)ARRAY_LEN(CASES));
    tcase_add_loop_test(tc, guard_refuses_what_is_strange, 0,
                        (int)ARRAY_LEN(GUARD));
    tcase_add_test(tc, a_number_too_wide_is_read_as_its_text);
    return unit_run(tc, "spec");
}
