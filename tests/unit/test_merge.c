/* server/lead/merge: two leads' rows become one, and two again. */
#include "lead/merge.h"

#include "base/str.h"
#include "unit.h"

static struct arena *mem;
static struct bundle k, g, was;
static struct identifier *back;
static size_t n_back;

static struct identifier phone_id = {.kind = ID_PHONE, .value = "+84900000001"};
static struct identifier mail_id = {.kind = ID_EMAIL, .value = "a@x.example"};

static void setup(void)
{
    mem = UNIT_ARENA();
    k = (struct bundle){.ids = &phone_id, .n_ids = 1};
    g = (struct bundle){.ids = &mail_id, .n_ids = 1};
    k.lead.created_ms = 1000;
    g.lead.created_ms = 2000;
    k.lead.phone = phone_id.value;
    g.lead.email = mail_id.value;
}

static void teardown(void)
{
    arena_free(mem);
}

static void merge(bool gone_touched_last)
{
    was = k;
    bundle_merge(&k, &g, gone_touched_last, mem);
}

static void part(void)
{
    bundle_unmerge(&k, &was, &g, mem, &back, &n_back);
}

static void states(struct bundle *b, enum need need, enum fact_source source,
                   int64_t at_ms)
{
    b->facts.given |= FACT_NEED;
    b->facts.need = need;
    b->fact_origin[1] = (struct fact_origin){(uint8_t)source, at_ms};
}

START_TEST(texts_and_identifiers_fill_what_is_missing_and_go_back)
{
    k.lead.name = "Kept";
    g.lead.name = "Gone";
    g.lead.company = "Co";
    merge(false);
    ck_assert_str_eq(k.lead.name, "Kept");
    ck_assert_str_eq(k.lead.company, "Co");
    ck_assert_str_eq(k.lead.email, "a@x.example");
    ck_assert_uint_eq(k.n_ids, 2);
    part();
    ck_assert_str_eq(k.lead.name, "Kept");
    ck_assert_ptr_null(k.lead.company);
    ck_assert_ptr_null(k.lead.email);
    ck_assert_uint_eq(k.n_ids, 1);
    ck_assert_uint_eq(n_back, 1);
    ck_assert_int_eq(back[0].kind, ID_EMAIL);
}
END_TEST

/* who had it, gone's source and time, kept's, and whose stands */
static const struct {
    enum fact_source gone, kept;
    int64_t gone_ms, kept_ms;
    bool gone_wins;
} FACT_CASES[] = {
    {FACT_PLATFORM, 0, 5, 0, true},
    {FACT_PLATFORM, FACT_PLATFORM, 5, 4, true},
    {FACT_PLATFORM, FACT_PLATFORM, 4, 5, false},
    {FACT_PLATFORM, FACT_PLATFORM, 5, 5, false},
    {FACT_SALES, FACT_SYSTEM, 1, 9, true},
    {FACT_SELF_DECLARED, FACT_SALES, 9, 1, false},
};

START_TEST(a_fact_yields_to_a_stronger_source_or_a_newer_word)
{
    const bool wins = FACT_CASES[_i].gone_wins;
    struct fact_origin kept = {(uint8_t)FACT_CASES[_i].kept,
                               FACT_CASES[_i].kept_ms};

    if (FACT_CASES[_i].kept)
        states(&k, NEED_LATENT, FACT_CASES[_i].kept, FACT_CASES[_i].kept_ms);
    states(&g, NEED_EXPLICIT, FACT_CASES[_i].gone, FACT_CASES[_i].gone_ms);
    merge(false);
    ck_assert_int_eq(k.facts.need, wins ? NEED_EXPLICIT : NEED_LATENT);
    ck_assert_int_eq(k.facts_changed, wins);
    part();
    ck_assert_uint_eq(k.facts.given, was.facts.given);
    ck_assert(!k.facts.given || k.facts.need == NEED_LATENT);
    ck_assert_int_eq(k.fact_origin[1].source, kept.source);
    ck_assert_int_eq(k.fact_origin[1].at_ms, kept.at_ms);
}
END_TEST

START_TEST(what_was_said_since_stays)
{
    states(&g, NEED_EXPLICIT, FACT_PLATFORM, 5);
    g.lead.name = "Gone";
    merge(false);
    states(&k, NEED_LATENT, FACT_PLATFORM, 9);
    k.lead.name = "Later";
    part();
    ck_assert_uint_eq(k.facts.given, FACT_NEED);
    ck_assert_int_eq(k.facts.need, NEED_LATENT);
    ck_assert_str_eq(k.lead.name, "Later");
}
END_TEST

/* first and last of kept and gone, who is older, whose touch is newer */
static const struct {
    const char *k_first, *k_last, *g_first, *g_last;
    bool gone_older, gone_newer;
    const char *first, *last;
} TOUCH_CASES[] = {
    {"a", NULL, "b", NULL, false, false, "a", NULL},
    {"a", NULL, "b", NULL, false, true, "a", "b"},
    {"a", NULL, "b", NULL, true, false, "b", "a"},
    {"a", "c", "b", "d", true, true, "b", "d"},
    {"a", "c", "b", "d", true, false, "b", "c"},
    {NULL, NULL, "b", "d", false, true, "b", "d"},
    {"a", "c", NULL, NULL, true, true, "a", "c"},
};

START_TEST(the_oldest_touch_is_first_and_the_newest_last)
{
    k.lead.first_touch_json = TOUCH_CASES[_i].k_first;
    k.lead.last_touch_json = TOUCH_CASES[_i].k_last;
    g.lead.first_touch_json = TOUCH_CASES[_i].g_first;
    g.lead.last_touch_json = TOUCH_CASES[_i].g_last;
    if (TOUCH_CASES[_i].gone_older)
        g.lead.created_ms = 10;
    merge(TOUCH_CASES[_i].gone_newer);
    ck_assert(str_eq(k.lead.first_touch_json, TOUCH_CASES[_i].first));
    ck_assert(str_eq(k.lead.last_touch_json, TOUCH_CASES[_i].last));
    part();
    ck_assert(str_eq(k.lead.first_touch_json, TOUCH_CASES[_i].k_first));
    ck_assert(str_eq(k.lead.last_touch_json, TOUCH_CASES[_i].k_last));
}
END_TEST

START_TEST(the_last_word_on_being_watched_stands)
{
    k.lead.consented = true;
    k.lead.consented_ms = 5;
    g.lead.consented_ms = 4;
    merge(false);
    ck_assert(k.lead.consented);
    g.lead.consented_ms = 6;
    merge(false);
    ck_assert(!k.lead.consented);
    part();
    ck_assert(k.lead.consented);
    ck_assert_int_eq(k.lead.consented_ms, 5);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("merge");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, texts_and_identifiers_fill_what_is_missing_and_go_back);
    tcase_add_loop_test(tc, a_fact_yields_to_a_stronger_source_or_a_newer_word,
                        0, (int)ARRAY_LEN(FACT_CASES));
    tcase_add_test(tc, what_was_said_since_stays);
    tcase_add_loop_test(tc, the_oldest_touch_is_first_and_the_newest_last, 0,
                        (int)ARRAY_LEN(TOUCH_CASES));
    tcase_add_test(tc, the_last_word_on_being_watched_stands);
    return unit_run(tc, "merge");
}
