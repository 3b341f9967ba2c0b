#include "../unit/unit.h"
#include "base/clock.h"
#include "lead/draft.h"
#include "seed.h"
#include "store/read_claims.h"
#include "store/read_hot.h"
#include "store/read_leads.h"

static struct arena *mem;
static struct pg *pg;

static void setup(void)
{
    mem = UNIT_ARENA();
    pg = seed_connect();
    pg_fixture_sql(
        pg,
        "SELECT mk_lead(1, n, timestamptz '2026-06-01T00:00Z' + n * interval"
        " '1 minute', jsonb_build_object('stage', CASE WHEN n % 3 = 0 THEN"
        " 'sql' ELSE 'iql' END, 'source', CASE WHEN n % 2 = 0 THEN 'web' ELSE"
        " 'fair' END)) FROM generate_series(1, 30) n;"
        "SELECT mk_lead(2, 99, '2026-06-01T00:05Z');"
        "INSERT INTO rep (workspace_id, rep_id, name, created_at) VALUES"
        " (1, '00000000-0000-7000-8000-000000000001', 'r', now());"
        "INSERT INTO claim (workspace_id, claim_id, lead_id, rep_id, state,"
        " live, claimed_at, expires_at, score, grade, snapshot) SELECT 1,"
        " lead_id, lead_id, '00000000-0000-7000-8000-000000000001',"
        " 'claimed', true, created_at, created_at, 0, 'B3', '{\"a\": 1}'"
        " FROM lead WHERE workspace_id = 1 AND stage = 'sql' LIMIT 4;"
        "INSERT INTO claim (workspace_id, claim_id, lead_id, rep_id, state,"
        " live, claimed_at, score, grade, snapshot) SELECT 1,"
        " gen_random_uuid(), lead_id, '00000000-0000-7000-8000-000000000001',"
        " 'expired', false, created_at, 0, 'B3', '{}'"
        " FROM lead WHERE workspace_id = 1 AND stage = 'iql' LIMIT 3");
}

static void teardown(void)
{
    pg_free(pg);
    arena_free(mem);
}

static int64_t at(const char *s)
{
    int64_t ms = 0;

    ck_assert(time_parse(s, &ms));
    return ms;
}

/* Walk all pages; every lead once, newest first. */
static size_t walk(const struct lead_filter *f, int limit)
{
    struct lead_place place, *after = NULL;
    struct lead_page page = {.more = true};
    struct uuid last = {{0}};
    int32_t tier = 0;
    size_t n = 0;

    while (page.more) {
        ck_assert_int_eq(read_leads(pg, mem, 1, f, after, limit, &page),
                         ERR_OK);
        for (size_t i = 0; i < page.n; i++, n++) {
            if (n && page.end.tier == tier && !f->search)
                ck_assert_int_lt(uuid_cmp(&page.leads[i].lead_id, &last), 0);
            last = page.leads[i].lead_id;
        }
        ck_assert(page.n == (size_t)limit || !page.more);
        place = page.end;
        tier = place.tier;
        after = &place;
    }
    return n;
}

START_TEST(pages_neither_skip_nor_repeat)
{
    struct lead_filter all = {0};

    ck_assert_uint_eq(walk(&all, 7), 30);
    ck_assert_uint_eq(walk(&all, 30), 30);
    ck_assert_uint_eq(walk(&all, 1), 30);
}
END_TEST

START_TEST(filters_narrow_the_page)
{
    struct lead_filter f = {.stage = "sql"};

    ck_assert_uint_eq(walk(&f, 4), 10);
    f.source = "web";
    ck_assert_uint_eq(walk(&f, 4), 5);
    f = (struct lead_filter){.created_from_ms = at("2026-06-01T00:05:00Z"),
                             .created_to_ms = at("2026-06-01T00:10:00Z")};
    ck_assert_uint_eq(walk(&f, 4), 5);
    f = (struct lead_filter){.temperature = "hot"};
    ck_assert_uint_eq(walk(&f, 4), 0);
    f = (struct lead_filter){.campaign = "",
                             .grade = "B3",
                             .quality = "medium",
                             .origin = "marketing"};
    ck_assert_uint_eq(walk(&f, 40), 30);
}
END_TEST

START_TEST(owner_means_a_live_claim)
{
    struct lead_filter f = {0};

    ck_assert(uuid_parse("00000000-0000-7000-8000-000000000001", &f.owner));
    ck_assert_uint_eq(walk(&f, 3), 4);
    f.stage = "iql";
    ck_assert_uint_eq(walk(&f, 3), 0);
}
END_TEST

START_TEST(one_lead_shows_its_claim_and_no_foreign_workspace)
{
    struct lead_filter f = {.stage = "sql"};
    struct lead_page page;
    struct lead l;

    ck_assert(uuid_parse("00000000-0000-7000-8000-000000000001", &f.owner));
    ck_assert_int_eq(read_leads(pg, mem, 1, &f, NULL, 1, &page), ERR_OK);
    ck_assert_uint_eq(page.n, 1);
    ck_assert(page.more);
    ck_assert_int_eq(read_lead(pg, mem, 1, &page.leads[0].lead_id, &l), ERR_OK);
    ck_assert_str_eq(l.claim.state, "claimed");
    ck_assert_int_eq(uuid_cmp(&l.claim.rep_id, &f.owner), 0);
    ck_assert_int_eq(read_lead(pg, mem, 2, &page.leads[0].lead_id, &l),
                     ERR_NOT_FOUND);
}
END_TEST

static void name(int n, const char *text, const char *words)
{
    pg_fixture_sql(
        pg, arena_printf(mem,
                         "UPDATE lead SET name = '%s', name_search = '%s'"
                         " WHERE workspace_id = 1 AND lead_id = lead_id_at("
                         "timestamptz '2026-06-01T00:00Z' + %d * interval"
                         " '1 minute', %d)",
                         text, words, n, n));
}

static int minute(const struct lead *l)
{
    return (int)((l->created_ms - at("2026-06-01T00:00:00Z")) / MINUTE_MS);
}

START_TEST(names_are_found_by_words_best_first)
{
    struct lead_search s = {.words = "'1.nguyen' & '1.thi' & '1.dao':*",
                            .exact = "'1.nguyen' & '1.thi' & '1.dao'",
                            .n_words = 3,
                            .name = {"nguyễn thị đào", "Nguyễn Thị Đào"}};
    struct lead_filter f = {.search = &s};
    struct lead_place place;
    struct lead_page page;

    name(3, "Nguyễn Thị Đào", "''1.nguyen'' ''1.thi'' ''1.dao''");
    name(20, "Nguyen Thi Dao", "''1.nguyen'' ''1.thi'' ''1.dao''");
    name(25, "Nguyễn Thị Đào Hoa",
         "''1.nguyen'' ''1.thi'' ''1.dao'' ''1.hoa''");
    name(26, "Nguyễn Thị Daoh", "''1.nguyen'' ''1.thi'' ''1.daoh''");
    name(27, "Trần Thị Đào", "''1.tran'' ''1.thi'' ''1.dao''");
    name(28, "Nguyễn Thị Đào", "''2.nguyen'' ''2.thi'' ''2.dao''");
    ck_assert_int_eq(read_leads(pg, mem, 1, &f, NULL, 3, &page), ERR_OK);
    ck_assert_uint_eq(page.n, 3);
    ck_assert_int_eq(minute(&page.leads[0]), 3);
    ck_assert_int_eq(minute(&page.leads[1]), 20);
    ck_assert_int_eq(minute(&page.leads[2]), 25);
    ck_assert(page.more);
    place = page.end;
    ck_assert_int_eq(read_leads(pg, mem, 1, &f, &place, 3, &page), ERR_OK);
    ck_assert_uint_eq(page.n, 1);
    ck_assert_int_eq(minute(&page.leads[0]), 26);
    ck_assert_uint_eq(walk(&f, 1), 4);
}
END_TEST

START_TEST(identifiers_are_found_exactly)
{
    const char *outer[] = {"crm:77"};
    struct lead_search s = {.kind = ID_PHONE,
                            .value = "+84912345678",
                            .outer = outer,
                            .n_outer = 1};
    struct lead_filter f = {.search = &s};

    pg_fixture_sql(pg, "INSERT INTO identifier SELECT 1, 1, '+84912345678',"
                       " lead_id FROM lead WHERE workspace_id = 1 LIMIT 1");
    ck_assert_uint_eq(walk(&f, 5), 1);
    s.value = "+84912345679";
    ck_assert_uint_eq(walk(&f, 5), 0);
    pg_fixture_sql(pg, "INSERT INTO identifier SELECT 1, 3, 'crm:77',"
                       " lead_id FROM lead WHERE workspace_id = 1"
                       " ORDER BY lead_id DESC LIMIT 1");
    ck_assert_uint_eq(walk(&f, 5), 1);
    s = (struct lead_search){.words = "'1.crm' & '1.77':*",
                             .exact = "'1.crm' & '1.77'",
                             .n_words = 2,
                             .name = {"crm:77"},
                             .outer = outer,
                             .n_outer = 1};
    ck_assert_uint_eq(walk(&f, 5), 1);
}
END_TEST

START_TEST(hot_list_is_in_order_of_work)
{
    struct lead *leads;
    size_t n;

    pg_fixture_sql(
        pg, "INSERT INTO ready (workspace_id, lead_id, rank,"
            " last_high_intent_at, score, created_at, stage, grade,"
            " facts_version)"
            " SELECT 1, lead_id, CASE extract(minute FROM created_at)"
            " WHEN 9 THEN 0 WHEN 3 THEN 0 ELSE 4 END, CASE"
            " extract(minute FROM created_at) WHEN 3 THEN now() END, 5,"
            " created_at, stage, grade, 0 FROM lead WHERE workspace_id = 1"
            " AND stage = 'sql'");
    ck_assert_int_eq(read_hot(pg, mem, 1, 4, &leads, &n), ERR_OK);
    ck_assert_uint_eq(n, 4);
    ck_assert_int_eq(minute(&leads[0]), 3);
    ck_assert_int_eq(minute(&leads[1]), 9);
    ck_assert_int_eq(minute(&leads[2]), 6);
    ck_assert_int_eq(read_hot(pg, mem, 2, 4, &leads, &n), ERR_OK);
    ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(claims_are_paged_newest_first)
{
    struct claim_filter f = {.state = "claimed"};
    struct uuid other = {{1}}, nil = {{0}};
    struct claim_page page;
    struct claim c;
    struct buf out = BUF_INIT;

    ck_assert_int_eq(read_claims(pg, mem, 1, &f, NULL, 3, &page), ERR_OK);
    ck_assert_uint_eq(page.n, 3);
    ck_assert(page.more);
    ck_assert_int_eq(
        read_claims(pg, mem, 1, &f, &page.claims[2].claim_id, 3, &page),
        ERR_OK);
    ck_assert_uint_eq(page.n, 1);
    ck_assert(!page.more);
    ck_assert_int_eq(read_claim(pg, mem, 1, &page.claims[0].claim_id, &nil, &c),
                     ERR_OK);
    ck_assert_int_eq(
        read_claim(pg, mem, 1, &page.claims[0].claim_id, &other, &c),
        ERR_NOT_FOUND);
    claim_to_json(&page.claims[0], &out);
    ck_assert_ptr_nonnull(strstr(out.ptr, "\"snapshot\":{\"a\": 1}}"));
    buf_release(&out);
    f.state = NULL;
    f.rep_id = other;
    ck_assert_int_eq(read_claims(pg, mem, 1, &f, NULL, 3, &page), ERR_OK);
    ck_assert_uint_eq(page.n, 0);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("read_leads");

    pg_fixture();
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, pages_neither_skip_nor_repeat);
    tcase_add_test(tc, filters_narrow_the_page);
    tcase_add_test(tc, owner_means_a_live_claim);
    tcase_add_test(tc, one_lead_shows_its_claim_and_no_foreign_workspace);
    tcase_add_test(tc, names_are_found_by_words_best_first);
    tcase_add_test(tc, identifiers_are_found_exactly);
    tcase_add_test(tc, hot_list_is_in_order_of_work);
    tcase_add_test(tc, claims_are_paged_newest_first);
    return unit_run(tc, "read_leads");
}
