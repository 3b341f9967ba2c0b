/* The campaign in the address of a page. */
#include "unit.h"

#include "intake/page_query.h"

static const struct {
    const char *page_url, *channel, *campaign, *gclid;
} PAGES[] = {
    {"https://a.vn/?utm_source=fb&utm_campaign=tet&gclid=g1", "fb", "tet",
     "g1"},
    {"https://a.vn/x?a=1&UTM_Source=T%E1%BA%BFt+2026#utm_campaign=no",
     "Tết 2026", NULL, NULL},
    {"https://a.vn/?utm_source=&utm_campaign=%20%07x&utm_campaign=b", NULL, "x",
     NULL},
    {"https://a.vn/?utm_source=a%ZZ&gclid", "a%ZZ", NULL, NULL},
    {"https://a.vn/#?utm_source=a", NULL, NULL, NULL},
    {"https://a.vn/?name=An&utm_sources=b", NULL, NULL, NULL},
    {"https://a.vn/?", NULL, NULL, NULL},
    {"https://a.vn/", NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL},
};

START_TEST(the_query_of_a_page_names_the_campaign)
{
    struct arena *mem = UNIT_ARENA();
    struct touch t = {.page_url = PAGES[_i].page_url};

    page_query_fill(&t, mem);
    ck_assert_pstr_eq(t.channel, PAGES[_i].channel);
    ck_assert_pstr_eq(t.campaign, PAGES[_i].campaign);
    ck_assert_pstr_eq(t.gclid, PAGES[_i].gclid);
    ck_assert_ptr_null(t.medium);
    arena_free(mem);
}
END_TEST

START_TEST(what_the_form_says_stays)
{
    struct arena *mem = UNIT_ARENA();
    struct touch t = {.channel = "zalo",
                      .page_url = "https://a.vn/?utm_source=fb&utm_medium=cpc"
                                  "&li_fat_id=l&ScCid=s&utm_term=t"
                                  "&utm_content=c"};

    page_query_fill(&t, mem);
    ck_assert_str_eq(t.channel, "zalo");
    ck_assert_str_eq(t.medium, "cpc");
    ck_assert_str_eq(t.term, "t");
    ck_assert_str_eq(t.content, "c");
    ck_assert_str_eq(t.li_fat_id, "l");
    ck_assert_str_eq(t.sccid, "s");
    arena_free(mem);
}
END_TEST

START_TEST(what_is_too_long_is_cut)
{
    struct arena *mem = UNIT_ARENA();
    struct touch t = {
        .page_url = arena_printf(mem, "https://a.vn/?utm_source=%0300d", 1)};

    page_query_fill(&t, mem);
    ck_assert_uint_eq(strlen(t.channel), 200);
    arena_free(mem);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("page query");

    tcase_add_loop_test(tc, the_query_of_a_page_names_the_campaign, 0,
                        (int)ARRAY_LEN(PAGES));
    tcase_add_test(tc, what_the_form_says_stays);
    tcase_add_test(tc, what_is_too_long_is_cut);
    return unit_run(tc, "page_query");
}
