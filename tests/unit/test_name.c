#include "identity/name.h"

#include "base/fold.h"
#include "base/text.h"
#include "unit.h"

static const struct {
    const char *in, *clean, *fold;
} NAMES[] = {
    {"Nguyễn Thị Đào", "Nguyễn Thị Đào", "nguyen thi dao"},
    /* the same, decomposed */
    {"Nguye\u0302\u0303n Thi\u0323 \u0110a\u0300o", "Nguyễn Thị Đào",
     "nguyen thi dao"},
    {"  Trần \t\r\n Văn  An ", "Trần Văn An", "tran van an"},
    {"ĐẶNG TRẦN CÔN", "ĐẶNG TRẦN CÔN", "dang tran con"},
    {"a\u202eb\u200fc\001d\ufeff", "abcd", "abcd"},
    {"x\u00a0\u3000y\ufffe", "x y", "x y"},
    {"Straße Ærø Łódź İ", "Straße Ærø Łódź İ", "strasse aero lodz i"},
    {"Ελλάδα", "Ελλάδα", "ελλαδα"},
    {"Ｗｉｄｅ", "Ｗｉｄｅ", "wide"},
    {"bad\xffutf\xc3", "badutf", "badutf"},
    {"Trương Ưng Ửng Ợ", "Trương Ưng Ửng Ợ", "truong ung ung o"},
};

START_TEST(name_is_cleaned_and_folded)
{
    struct arena *mem = UNIT_ARENA();

    ck_assert_str_eq(name_clean(NAMES[_i].in, mem), NAMES[_i].clean);
    ck_assert_str_eq(name_fold(NAMES[_i].in, mem), NAMES[_i].fold);
    arena_free(mem);
}
END_TEST

START_TEST(nothing_left_is_no_name)
{
    struct arena *mem = UNIT_ARENA();

    ck_assert_ptr_null(name_clean(" \u200b ", mem));
    ck_assert_ptr_null(name_clean(NULL, mem));
    ck_assert_ptr_null(name_fold(NULL, mem));
    arena_free(mem);
}
END_TEST

START_TEST(words_are_folded_and_given_once)
{
    struct arena *mem = UNIT_ARENA();
    const char *w[NAME_WORDS_MAX];

    ck_assert_uint_eq(name_words("Lê, Lê-Thị (Đào) 2", mem, w), 4);
    ck_assert_str_eq(w[0], "le");
    ck_assert_str_eq(w[1], "thi");
    ck_assert_str_eq(w[2], "dao");
    ck_assert_str_eq(w[3], "2");
    ck_assert_uint_eq(name_words("a b c d e f g h i j k l m n o p q r", mem, w),
                      NAME_WORDS_MAX);
    ck_assert_uint_eq(name_words(" -- ", mem, w), 0);
    arena_free(mem);
}
END_TEST

START_TEST(message_keeps_its_lines)
{
    struct arena *mem = UNIT_ARENA();
    const char in[] = "\r\n Dòng 1\r\nDòng\t2\u2028x\x01 \n";

    ck_assert_str_eq(text_clean(in, sizeof(in) - 1, TEXT_LINES, mem),
                     "Dòng 1\nDòng\t2\nx");
    arena_free(mem);
}
END_TEST

START_TEST(foreign_bytes_become_utf8)
{
    struct arena *mem = UNIT_ARENA();
    size_t n = 7;

    ck_assert_str_eq(text_to_utf8("Nguy\xean\x80", &n, CHARSET_GUESS, mem),
                     "Nguyên€");
    ck_assert_uint_eq(n, 10);
    n = 2;
    ck_assert_str_eq(text_to_utf8("a\xea", &n, CHARSET_UTF8, mem), "a\ufffd");
    n = 2;
    ck_assert_str_eq(text_to_utf8("ê", &n, CHARSET_GUESS, mem), "ê");
    n = 2;
    ck_assert_str_eq(text_to_utf8("ê", &n, CHARSET_1252, mem), "Ãª");
    arena_free(mem);
}
END_TEST

START_TEST(cut_ends_on_a_character)
{
    char out[4];

    ck_assert_uint_eq(text_cut("aêb", 4, 2), 1);
    ck_assert_uint_eq(text_cut("aêb", 4, 3), 3);
    ck_assert_uint_eq(text_cut("aêb", 4, 9), 4);
    ck_assert_uint_eq(fold_into("αβγ", 6, out, sizeof(out)), 2);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("name");

    tcase_add_loop_test(tc, name_is_cleaned_and_folded, 0,
                        (int)ARRAY_LEN(NAMES));
    tcase_add_test(tc, nothing_left_is_no_name);
    tcase_add_test(tc, words_are_folded_and_given_once);
    tcase_add_test(tc, message_keeps_its_lines);
    tcase_add_test(tc, foreign_bytes_become_utf8);
    tcase_add_test(tc, cut_ends_on_a_character);
    return unit_run(tc, "name");
}
