#include <pthread.h>
#include <stdio.h>

#include "../unit/unit.h"
#include "base/clock.h"
#include "base/str.h"
#include "seed.h"
#include "store/change.h"
#include "store/read_funnel.h"
#include "store/rollup_fold.h"
#include "store/verify.h"

static struct arena *mem;
static struct pg *pg;
static struct tz *tz;
static uint32_t seed;

static uint32_t chance(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

static int64_t at(const char *s)
{
    int64_t ms = 0;

    ck_assert_msg(time_parse(s, &ms), "%s", s);
    return ms;
}

#define LEADS 120

struct walk {
    struct lead lead;
    struct hop hops[BUNDLE_HOPS_MAX];
    size_t n;
};

static struct walk walks[LEADS];

/* Random roads through the legal steps, over some days of June. */
static void make_walk(struct walk *w, int n)
{
    static const char *const GRADES[] = {"A1", "B2", "C3"};
    static const char *const SOURCES[] = {"web", "fair", "partner"};
    static const enum stage NEXT[STAGE_N][2] = {
        [STAGE_IQL] = {STAGE_MQL, STAGE_PQL},
        [STAGE_MQL] = {STAGE_SQL, STAGE_IQL},
        [STAGE_PQL] = {STAGE_SQL, STAGE_MQL},
        [STAGE_SQL] = {STAGE_WON, STAGE_MQL},
        [STAGE_LOST] = {STAGE_MQL, STAGE_MQL}};
    int64_t t = at("2026-06-01T00:00:00Z") + chance(10 * 86400) * SECOND_MS;
    enum stage stage = STAGE_NEW;
    char grade[4] = "";

    memset(w, 0, sizeof(*w));
    w->lead.lead_id = uuid_floor(t);
    w->lead.lead_id.b[15] = (uint8_t)n;
    w->lead.created_ms = t;
    w->lead.source = SOURCES[chance(3)];
    w->lead.channel = w->lead.campaign = "";
    w->lead.origin = ORIGIN_MARKETING;
    w->lead.test = n % 17 == 0;
    for (size_t i = 0; i <= chance(7) && stage != STAGE_WON; i++) {
        struct hop *h = &w->hops[w->n++];

        h->no = (int32_t)i + 1;
        h->from = stage;
        h->to = stage == STAGE_NEW ? STAGE_IQL : NEXT[stage][chance(3) == 0];
        h->actor = h->from == STAGE_SQL || h->to == STAGE_WON ? ACTOR_SALES
                                                              : ACTOR_SYSTEM;
        h->stay_ms = i ? (int64_t)chance(3 * 86400) * SECOND_MS : -1;
        t += MAX(h->stay_ms, 0);
        h->at_ms = t;
        memcpy(h->left_grade, grade, sizeof(grade));
        memcpy(grade, GRADES[chance(3)], 3);
        memcpy(h->grade, grade, sizeof(grade));
        stage = h->to;
    }
}

static void store_walk(const struct walk *w, int n)
{
    char id[UUID_TEXT_BYTES], t[TIME_TEXT_BYTES];
    AUTO(buf_release) struct buf sql = BUF_INIT;

    uuid_format(&w->lead.lead_id, id);
    (void)buf_printf(&sql,
                     "SELECT mk_lead(1, %d, '%s', '{\"lead_id\": \"%s\","
                     " \"source\": \"%s\", \"channel\": \"\","
                     " \"test\": %s}');",
                     n, time_format(w->lead.created_ms, t), id, w->lead.source,
                     w->lead.test ? "true" : "false");
    for (size_t i = 0; i < w->n; i++) {
        const struct hop *h = &w->hops[i];

        (void)buf_printf(&sql,
                         "SELECT mk_hop(1, '%s', %d, '%s', '%s', '%s', '%s',"
                         " '%s');",
                         id, h->no, stage_text(h->from), stage_text(h->to),
                         actor_text(h->actor), time_format(h->at_ms, t),
                         h->grade);
    }
    pg_fixture_sql(pg, sql.ptr);
}

/* The writer's own roll-up, so that the two agree on what a row means. */
static void roll_up(const struct walk *w)
{
    struct workspace_rules rules = {.workspace_id = 1, .tz = tz};
    struct bundle b = {.lead = w->lead, .n_hops = w->n};

    memcpy(b.hops, w->hops, sizeof(b.hops));
    ck_assert_int_eq(pg_pipe_begin(pg), ERR_OK);
    ck_assert_int_eq(write_rollups(pg, mem, &rules, &b), ERR_OK);
    ck_assert_int_eq(pg_pipe_sync(pg), ERR_OK);
    ck_assert_int_eq(pg_pipe_end(pg), ERR_OK);
}

static int64_t fold(struct pg *on)
{
    int64_t n;

    ck_assert_int_eq(rollups_fold(on, &n), ERR_OK);
    return n;
}

static void setup(void)
{
    mem = UNIT_ARENA();
    tz = tz_load("Asia/Ho_Chi_Minh");
    pg = seed_connect();
    seed = 7;
    for (int i = 0; i < LEADS; i++) {
        make_walk(&walks[i], i);
        store_walk(&walks[i], i);
        roll_up(&walks[i]);
        if (i == LEADS / 2) /* some counts are folded, some are not */
            fold(pg);
    }
}

static void teardown(void)
{
    pg_free(pg);
    tz_free(tz);
    arena_free(mem);
}

static const char *value_of(const struct walk *w, const char *dim,
                            const char *grade)
{
    return str_eq(dim, "source")  ? w->lead.source
           : str_eq(dim, "grade") ? grade
                                  : "";
}

/* The funnel by counting hops one by one. */
static void recount(const struct funnel_span *s, const char *value,
                    struct funnel_stage out[STAGE_N])
{
    memset(out, 0, STAGE_N * sizeof(*out));
    for (int i = 0; i < LEADS; i++) {
        const struct walk *w = &walks[i];

        if (w->lead.test)
            continue;
        for (size_t k = 0; k < w->n; k++) {
            const struct hop *h = &w->hops[k];
            int64_t t = s->cohort ? w->lead.created_ms : h->at_ms;
            bool before = s->has_from && t < s->from_ms && !s->cohort;
            bool in = (!s->has_from || t >= s->from_ms) && t < s->to_ms;

            if (str_eq(value_of(w, s->dim, h->grade), value)) {
                out[h->to].in_start += before;
                out[h->to].entered += in;
            }
            if (h->from == STAGE_NEW ||
                !str_eq(value_of(w, s->dim, h->left_grade), value))
                continue;
            out[h->from].in_start -= before;
            out[h->from].left += in;
            out[h->from].to_next += in && h->to > h->from && h->to <= STAGE_WON;
        }
    }
}

static void check_span(const struct funnel_span *s)
{
    struct funnel f;

    ck_assert_int_eq(read_funnel(pg, mem, 1, s, &f), ERR_OK);
    for (size_t i = 0; i < f.n; i++) {
        struct funnel_stage want[STAGE_N];

        recount(s, f.groups[i].value, want);
        for (int k = 0; k < STAGE_N; k++) {
            const struct funnel_stage *got = &f.groups[i].stages[k];

            ck_assert_int_eq(got->in_start, want[k].in_start);
            ck_assert_int_eq(got->entered, want[k].entered);
            ck_assert_int_eq(got->left, want[k].left);
            ck_assert_int_eq(got->to_next, want[k].to_next);
            ck_assert_int_eq(got->in_start + got->entered, got->left + got->in);
        }
    }
}

START_TEST(any_span_equals_its_recount)
{
    static const char *const DIMS[] = {"all", "source", "grade"};

    for (int i = 0; i < 60; i++) {
        struct funnel_span s = {.dim = DIMS[i % 3],
                                .tz = tz,
                                .has_from = i % 5 != 0,
                                .cohort = i % 2,
                                .now_ms = at("2026-07-15T00:00:00Z")};
        int64_t day = tz_day(tz, at("2026-05-30T00:00:00Z"));

        s.from_ms = tz_day_start(tz, day + chance(20));
        s.to_ms = tz_day_start(tz, day + 20 + chance(10));
        if (i % 4 == 1)
            s.from_ms += chance(86400) * SECOND_MS;
        if (i % 4 >= 2)
            s.to_ms += chance(86400) * SECOND_MS;
        if (i % 7 == 3)
            s.to_ms = s.from_ms + chance(5 * 3600) * SECOND_MS;
        if (i % 9 == 4)
            s.to_ms = s.now_ms;
        check_span(&s);
    }
}
END_TEST

START_TEST(an_empty_workspace_shows_every_stage_at_nothing)
{
    struct funnel_span s = {.dim = "all", .tz = tz, .now_ms = 5, .to_ms = 5};
    struct funnel f;

    ck_assert_int_eq(read_funnel(pg, mem, 2, &s, &f), ERR_OK);
    ck_assert_uint_eq(f.n, 1);
    ck_assert_int_eq(f.groups[0].stages[STAGE_IQL].entered, 0);
    ck_assert(!f.groups[0].stages[STAGE_IQL].has_median);
    s.dim = "source";
    ck_assert_int_eq(read_funnel(pg, mem, 2, &s, &f), ERR_OK);
    ck_assert_uint_eq(f.n, 0);
}
END_TEST

START_TEST(median_is_within_a_bucket_of_the_truth)
{
    struct funnel_span s = {.dim = "all",
                            .tz = tz,
                            .now_ms = at("2026-07-15T00:00:00Z"),
                            .to_ms = at("2026-07-15T00:00:00Z")};
    int64_t stays[LEADS * BUNDLE_HOPS_MAX];
    size_t n = 0, below = 0, above = 0;
    struct funnel f;
    double median;

    for (int i = 0; i < LEADS; i++)
        for (size_t k = 1; k < walks[i].n && !walks[i].lead.test; k++)
            if (walks[i].hops[k].from == STAGE_IQL)
                stays[n++] = walks[i].hops[k].stay_ms;
    ck_assert_int_eq(read_funnel(pg, mem, 1, &s, &f), ERR_OK);
    ck_assert(f.groups[0].stages[STAGE_IQL].has_median);
    median = f.groups[0].stages[STAGE_IQL].median_seconds * 1000;
    for (size_t i = 0; i < n; i++) {
        below += (double)stays[i] < median * 0.91;
        above += (double)stays[i] > median * 1.09;
    }
    ck_assert_uint_le(below * 2, n);
    ck_assert_uint_le(above * 2, n);
}
END_TEST

START_TEST(verify_agrees_and_finds_each_wrong_row)
{
    FILE *null = fopen("/dev/null", "we");
    int64_t n = -1;

    ck_assert_int_eq(verify_rollups(pg, null, &n), ERR_OK);
    ck_assert_int_eq(n, 0);
    (void)fold(pg);
    pg_fixture_sql(pg, "UPDATE rollup_stage SET left_n = left_n + 1 WHERE"
                       " (view, dim, stage) = ('total', 'source', 'iql');"
                       "DELETE FROM rollup_stage WHERE"
                       " (view, dim, stage) = ('total', 'all', 'mql');"
                       "INSERT INTO rollup_stage VALUES (1, 'period', 'all',"
                       " '2020-01-01', 'iql', '', 1, 0, 0)");
    ck_assert_int_eq(verify_rollups(pg, null, &n), ERR_OK);
    ck_assert_int_eq(n, 3 + 1 + 1);
    fclose(null);
}
END_TEST

START_TEST(folding_changes_no_figure_and_leaves_nothing)
{
    FILE *null = fopen("/dev/null", "we");
    int64_t n = -1, left = sql_int("SELECT count(*) FROM rollup_delta");

    ck_assert_int_gt(left, 0);
    ck_assert_int_eq(fold(pg), left);
    ck_assert_int_eq(fold(pg), 0);
    ck_assert_int_eq(rollups_vacuum(pg), ERR_OK);
    ck_assert_int_eq(verify_rollups(pg, null, &n), ERR_OK);
    ck_assert_int_eq(n, 0);
    fclose(null);
}
END_TEST

static void *fold_again_and_again(void *arg)
{
    struct pg *other = pg_fixture_connect(true);
    int64_t *folded = arg;

    for (int i = 0; i < 40; i++)
        *folded += fold(other);
    pg_free(other);
    return NULL;
}

START_TEST(several_instances_fold_each_count_once)
{
    FILE *null = fopen("/dev/null", "we");
    int64_t n = -1, folded[3] = {0},
            before = sql_int("SELECT count(*) FROM rollup_delta"), more;
    pthread_t t[2];

    for (int i = 0; i < 2; i++)
        pthread_create(&t[i], NULL, fold_again_and_again, &folded[i]);
    for (int i = 0; i < LEADS; i++) {
        struct walk w;

        make_walk(&w, LEADS + i);
        store_walk(&w, LEADS + i);
        roll_up(&w);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(t[i], NULL);
    folded[2] = fold(pg);
    more = sql_int("SELECT count(*) FROM rollup_delta");
    ck_assert_int_eq(more, 0);
    ck_assert_int_gt(folded[0] + folded[1] + folded[2], before);
    ck_assert_int_eq(verify_rollups(pg, null, &n), ERR_OK);
    ck_assert_int_eq(n, 0);
    fclose(null);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("read_funnel");

    pg_fixture();
    tcase_set_timeout(tc, 120);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, any_span_equals_its_recount);
    tcase_add_test(tc, an_empty_workspace_shows_every_stage_at_nothing);
    tcase_add_test(tc, folding_changes_no_figure_and_leaves_nothing);
    tcase_add_test(tc, several_instances_fold_each_count_once);
    tcase_add_test(tc, verify_agrees_and_finds_each_wrong_row);
    tcase_add_test(tc, median_is_within_a_bucket_of_the_truth);
    return unit_run(tc, "read_funnel");
}
