#include "identity/identity.h"

#include "base/str.h"
#include "unit.h"

START_TEST(contact_becomes_identifiers)
{
    struct arena *mem = UNIT_ARENA();
    struct field_errs errs = {.mem = mem};
    struct draft d = {
        .contact = {.name = " Nguye\u0302\u0303n\n An ",
                    .email = " An@Mail.AnPhu.com.vn",
                    .phone = "0169 5678945",
                    .message = "a\r\nb "},
        .source_name = "crm-sync",
        .external_id = "42",
        .ids = {{.kind = ID_VISITOR, .value = "v1"}},
        .n_ids = 1,
    };

    for (int twice = 0; twice < 2; twice++) {
        identity_resolve(&d, NULL, mem, &errs);
        ck_assert_uint_eq(errs.n, 0);
        ck_assert_uint_eq(d.n_ids, 4);
        ck_assert_str_eq(d.ids[1].value, "+84395678945");
        ck_assert_str_eq(d.ids[1].raw, "0169 5678945");
        ck_assert_str_eq(d.ids[1].rule, "vn_prefix_2018");
        ck_assert_str_eq(d.ids[2].value, "an@mail.anphu.com.vn");
        ck_assert_str_eq(d.ids[3].value, "crm-sync:42");
        ck_assert_str_eq(d.work_domain, "anphu.com.vn");
        ck_assert_str_eq(d.contact.name, "Nguyễn An");
        ck_assert_str_eq(d.contact.message, "a\nb");
        ck_assert(identity_is_reachable(&d));
    }
    arena_free(mem);
}
END_TEST

START_TEST(bad_ones_are_named_and_the_good_one_stays)
{
    struct arena *mem = UNIT_ARENA();
    struct field_errs errs = {.mem = mem};
    struct draft d = {.contact = {.email = "an@gmail.com", .phone = "abc"}};

    identity_resolve(&d, "VN", mem, &errs);
    ck_assert_uint_eq(errs.n, 1);
    ck_assert_str_eq(errs.first->pointer, "/contact/phone");
    ck_assert_int_eq(errs.first->err, ERR_PHONE_INVALID);
    ck_assert(identity_is_reachable(&d));
    ck_assert_ptr_null(d.work_domain);
    arena_free(mem);
}
END_TEST

START_TEST(nobody_to_reach)
{
    struct arena *mem = UNIT_ARENA();
    struct field_errs errs = {.mem = mem};
    struct draft d = {.contact = {.email = "an@", .phone = " "},
                      .external_id = "7"};

    identity_resolve(&d, "VN", mem, &errs);
    ck_assert_uint_eq(errs.n, 1);
    ck_assert_str_eq(errs.first->pointer, "/contact/email");
    ck_assert_str_eq(d.ids[0].value, ":7");
    ck_assert(!identity_is_reachable(&d));
    arena_free(mem);
}
END_TEST

static const struct {
    const char *q;
    enum query_kind kind;
    const char *value;
    size_t n_words;
} QUERIES[] = {
    {"Nguyễn Thị Đào", QUERY_NAME, "nguyen thi dao", 3},
    {"nguyen thi dao", QUERY_NAME, "nguyen thi dao", 3},
    {" An@AnPhu.vn ", QUERY_EMAIL, "an@anphu.vn", 0},
    {"an@", QUERY_NAME, "an@", 1},
    {"0169 5678945", QUERY_PHONE, "+84395678945", 0},
    {"+84 900.000.906", QUERY_PHONE, "+84900000906", 0},
    {"906", QUERY_NAME, "906", 1},
    {"  ", QUERY_NOTHING, NULL, 0},
    {NULL, QUERY_NOTHING, NULL, 0},
};

START_TEST(search_box_is_understood)
{
    struct arena *mem = UNIT_ARENA();
    struct query q;

    identity_canonical_query(QUERIES[_i].q, "VN", mem, &q);
    ck_assert_int_eq(q.kind, QUERIES[_i].kind);
    ck_assert_pstr_eq(q.value, QUERIES[_i].value);
    ck_assert_uint_eq(q.n_words, QUERIES[_i].n_words);
    arena_free(mem);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("identity");

    tcase_add_test(tc, contact_becomes_identifiers);
    tcase_add_test(tc, bad_ones_are_named_and_the_good_one_stays);
    tcase_add_test(tc, nobody_to_reach);
    tcase_add_loop_test(tc, search_box_is_understood, 0,
                        (int)ARRAY_LEN(QUERIES));
    return unit_run(tc, "identity");
}
