/*
 * Let S(x) be what happened at or after x: the rollups of the whole local
 * days from x on, and the hops of the rest of the day x falls in.  Then
 *
 *     in the span    = S(from) - S(to)
 *     in at from     = total - S(from), entered less left
 *     in at to       = total - S(to), likewise
 *
 * so the sums balance by construction and reading costs what lies behind
 * `from`, not all of history.  A `to` that has not come yet has S(to) = 0.
 * A cohort is the same over the days on which leads were made.
 */
#include "store/read_funnel.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "store/change.h"
#include "store/rollup_sql.h"

#define DAY_LAST ((int64_t)2932896) /* 9999-12-31 */

/* $1 workspace, $2 view, $3 dimension, $4 first whole day of the span,
   $5 first whole day behind it */
STORE_STMT(FUNNEL_DAYS, .name = "funnel_days", .nparams = 5,
           .sql = "SELECT r.stage, r.value,"
                  " coalesce(sum(r.entered) FILTER (WHERE r.day < $5),"
                  " 0)::bigint AS entered,"
                  " coalesce(sum(r.left_n) FILTER (WHERE r.day < $5),"
                  " 0)::bigint AS left_n,"
                  " coalesce(sum(r.to_next) FILTER (WHERE r.day < $5),"
                  " 0)::bigint AS to_next,"
                  " sum(r.entered - r.left_n)::bigint AS net"
                  " FROM " ROLLUP_STAGE " r WHERE"
                  " r.view = $2 AND r.dim = $3 AND r.day >= $4"
                  " GROUP BY r.stage, r.value");

STORE_STMT(FUNNEL_TOTAL, .name = "funnel_total", .nparams = 2,
           .sql = "SELECT r.stage, r.value,"
                  " sum(r.entered)::bigint AS entered,"
                  " sum(r.left_n)::bigint AS left_n,"
                  " sum(r.to_next)::bigint AS to_next,"
                  " sum(r.entered - r.left_n)::bigint AS net"
                  " FROM " ROLLUP_STAGE " r WHERE"
                  " r.view = 'total' AND r.dim = $2"
                  " AND r.day = date '1970-01-01'"
                  " GROUP BY r.stage, r.value"
                  " ORDER BY entered DESC, r.value");

/* Thousands of rows: each side is summed for itself, both by the reader. */
/* clang-format off */
STORE_STMT(FUNNEL_STAYS, .name = "funnel_stays", .nparams = 5,
           .sql = "SELECT r.stage, r.value, r.bucket, sum(r.n)::bigint AS n"
                  " FROM rollup_stay r WHERE r.workspace_id = $1"
                  " AND r.view = $2 AND r.dim = $3"
                  " AND r.day >= $4 AND r.day < $5"
                  " GROUP BY r.stage, r.value, r.bucket UNION ALL"
                  " SELECT m.stage, d.value, m.bucket, sum(m.left_n)::bigint"
                  " FROM rollup_delta m" ROLLUP_SPREAD("m")
                  " WHERE m.workspace_id = $1 AND m.bucket >= 0"
                  " AND v.view = $2 AND d.dim = $3"
                  " AND v.day >= $4 AND v.day < $5"
                  " GROUP BY m.stage, d.value, m.bucket");
/* clang-format on */

/* Exits to a later stage of the journey: won is the last of it. */
#define GOES_ON                                                                \
    "array_position(ARRAY['iql', 'mql', 'pql', 'sql', 'won'], h.to_stage)"     \
    " > array_position(ARRAY['iql', 'mql', 'pql', 'sql', 'won'],"              \
    " h.from_stage)"

#define VALUE_OF(grade)                                                        \
    "coalesce(CASE $2 WHEN 'source' THEN h.source WHEN 'channel' THEN"         \
    " h.channel WHEN 'campaign' THEN h.campaign WHEN 'origin' THEN h.origin"   \
    " WHEN 'grade' THEN " grade " ELSE '' END, '')"

/* Each hop is one entry and, but for the first, one exit; the bucket is that
   of change.h (stay_bucket). */
/* clang-format off */
#define RAW_PARTS(entered, left)                                               \
    " SELECT h.to_stage AS stage, " entered " AS value, -1 AS bucket,"         \
    " count(*) AS entered, 0::bigint AS left_n, 0::bigint AS to_next"          \
    " FROM h GROUP BY 1, 2 UNION ALL SELECT h.from_stage, " left ","           \
    " " ROLLUP_BUCKET("h.stay_ms") ", 0, count(*),"                            \
    " count(*) FILTER (WHERE " GOES_ON ")"                                     \
    " FROM h WHERE h.from_stage <> 'new' GROUP BY 1, 2, 3"
/* clang-format on */
#define RAW(from)                                                              \
    "WITH h AS MATERIALIZED (SELECT h.*, l.source, l.channel, l.campaign,"     \
    " l.origin, p.grade AS left_grade " from " LEFT JOIN hop p"                \
    " ON p.workspace_id = $1 AND p.lead_id = h.lead_id"                        \
    " AND p.hop_no = h.hop_no - 1 WHERE NOT l.test"                            \
    " AND l.merged_into IS NULL)" RAW_PARTS(VALUE_OF("h.grade"),               \
                                            VALUE_OF("h.left_grade"))

STORE_STMT(FUNNEL_RAW, .name = "funnel_raw", .nparams = 4,
           .sql = RAW("FROM hop h JOIN lead l ON l.workspace_id = $1"
                      " AND l.lead_id = h.lead_id AND h.workspace_id = $1"
                      " AND h.hopped_at >= $3 AND h.hopped_at < $4"));

/* The id tells the time a lead was made, give or take; created_at decides. */
STORE_STMT(FUNNEL_RAW_COHORT, .name = "funnel_raw_cohort", .nparams = 6,
           .sql = RAW("FROM lead l JOIN hop h ON h.workspace_id = $1"
                      " AND h.lead_id = l.lead_id AND l.workspace_id = $1"
                      " AND l.lead_id >= $5::uuid AND l.lead_id < $6::uuid"
                      " AND l.created_at >= $3 AND l.created_at < $4"));

#define BUCKETS 256
#define SLOTS   2048

struct group {
    struct funnel_group shown;
    int64_t total[STAGE_N]; /* entered less left, of all time */
    int64_t since[STAGE_N]; /* likewise, from `from` on */
    int64_t *stays;         /* [STAGE_N][BUCKETS] */
    struct group *next;
};

struct reading {
    struct pg *pg;
    struct arena *mem;
    int64_t workspace_id;
    const struct funnel_span *span;
    struct group **slots; /* groups by hash of their value */
    size_t n;
};

int64_t funnel_day(const struct tz *tz, int64_t ms)
{
    int64_t day = tz_day(tz, ms);

    return tz_day_start(tz, day) == ms ? day : day + 1;
}

/* Values come from outside (utm_campaign); past the ceiling they share one
   group, and as the total is read biggest first, those are small. */
static struct group *group_of(struct reading *r, const char *value)
{
    struct group **slot, *g;

    for (;;) {
        slot = &r->slots[str_hash(value, strlen(value)) % SLOTS];
        for (g = *slot; g; g = g->next)
            if (str_eq(g->shown.value, value))
                return g;
        if (r->n < FUNNEL_GROUPS_MAX || str_eq(value, FUNNEL_OTHER))
            break;
        value = FUNNEL_OTHER;
    }
    g = arena_alloc(r->mem, sizeof(*g));
    g->shown.value = arena_strdup(r->mem, value);
    g->stays = arena_array(r->mem, (size_t)STAGE_N * BUCKETS, sizeof(int64_t));
    g->next = *slot;
    *slot = g;
    r->n++;
    return g;
}

/* A row's group and stage. @return NULL when the stage is none of ours */
static struct group *row_group(struct reading *r, const PGresult *res, int row,
                               enum stage *out_stage)
{
    const char *stage = PQgetvalue(res, row, pg_col(res, "stage"));

    if (!stage_parse(stage, out_stage))
        return NULL;
    return group_of(r, PQgetvalue(res, row, pg_col(res, "value")));
}

static void add_stay(struct group *g, enum stage stage, int64_t bucket,
                     int64_t n)
{
    bucket = bucket < 0 ? 0 : MIN(bucket, BUCKETS - 1);
    g->stays[(size_t)stage * BUCKETS + (size_t)bucket] += n;
}

static void add_counts(struct funnel_stage *s, const PGresult *res, int row,
                       int64_t sign)
{
    s->entered += sign * pg_get_i64(res, row, pg_col(res, "entered"));
    s->left += sign * pg_get_i64(res, row, pg_col(res, "left_n"));
    s->to_next += sign * pg_get_i64(res, row, pg_col(res, "to_next"));
}

static void begin(struct reading *r, struct pg_params *p)
{
    pg_params_init(p, r->mem);
    pg_i64(p, r->workspace_id);
}

static enum err read_total(struct reading *r)
{
    bool whole = !r->span->has_from;
    struct pg_params p;
    PGresult *res = NULL;
    enum stage stage;
    enum err e;

    begin(r, &p);
    pg_text(&p, r->span->dim);
    e = pg_run(r->pg, &FUNNEL_TOTAL, &p, &res);
    for (int row = 0; e == ERR_OK && row < PQntuples(res); row++) {
        struct group *g = row_group(r, res, row, &stage);

        if (!g)
            continue;
        g->total[stage] = pg_get_i64(res, row, pg_col(res, "net"));
        if (whole && r->span->to_ms >= r->span->now_ms) {
            g->since[stage] = g->total[stage];
            add_counts(&g->shown.stages[stage], res, row, 1);
        }
    }
    PQclear(res);
    return e;
}

static void day_params(struct reading *r, struct pg_params *p, int64_t first,
                       int64_t behind)
{
    begin(r, p);
    pg_text(p, r->span->cohort ? "cohort" : "period");
    pg_text(p, r->span->dim);
    pg_day(p, first);
    pg_day(p, behind);
}

static enum err read_days(struct reading *r, int64_t first, int64_t behind)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum stage stage;
    enum err e;

    day_params(r, &p, first, behind);
    e = pg_run(r->pg, &FUNNEL_DAYS, &p, &res);
    for (int row = 0; e == ERR_OK && row < PQntuples(res); row++) {
        struct group *g = row_group(r, res, row, &stage);

        if (!g)
            continue;
        g->since[stage] += pg_get_i64(res, row, pg_col(res, "net"));
        add_counts(&g->shown.stages[stage], res, row, 1);
    }
    PQclear(res);
    return e;
}

static enum err read_stays(struct reading *r, const char *view, int64_t first,
                           int64_t behind)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum stage stage;
    enum err e;

    begin(r, &p);
    pg_text(&p, view);
    pg_text(&p, r->span->dim);
    pg_day(&p, first);
    pg_day(&p, behind);
    e = pg_run(r->pg, &FUNNEL_STAYS, &p, &res);
    for (int row = 0; e == ERR_OK && row < PQntuples(res); row++) {
        struct group *g = row_group(r, res, row, &stage);

        if (g)
            add_stay(g, stage, pg_get_i64(res, row, pg_col(res, "bucket")),
                     pg_get_i64(res, row, pg_col(res, "n")));
    }
    PQclear(res);
    return e;
}

/* A part of a day, added (from) or taken away (to). */
static enum err read_raw(struct reading *r, int64_t from_ms, int64_t to_ms,
                         int64_t sign)
{
    bool cohort = r->span->cohort;
    struct uuid low = uuid_floor(MAX(from_ms - DAY_MS, 1));
    struct uuid high = uuid_floor(to_ms + DAY_MS);
    struct pg_params p;
    PGresult *res = NULL;
    enum stage stage;
    enum err e;

    if (from_ms >= to_ms)
        return ERR_OK;
    begin(r, &p);
    pg_text(&p, r->span->dim);
    pg_time(&p, from_ms);
    pg_time(&p, to_ms);
    if (cohort) {
        pg_uuid(&p, &low);
        pg_uuid(&p, &high);
    }
    e = pg_run(r->pg, cohort ? &FUNNEL_RAW_COHORT : &FUNNEL_RAW, &p, &res);
    for (int row = 0; e == ERR_OK && row < PQntuples(res); row++) {
        struct group *g = row_group(r, res, row, &stage);
        int64_t left = pg_get_i64(res, row, pg_col(res, "left_n"));

        if (!g)
            continue;
        add_counts(&g->shown.stages[stage], res, row, sign);
        if (sign > 0)
            g->since[stage] +=
                pg_get_i64(res, row, pg_col(res, "entered")) - left;
        if (left)
            add_stay(g, stage, pg_get_i64(res, row, pg_col(res, "bucket")),
                     sign * left);
    }
    PQclear(res);
    return e;
}

static enum err read_parts(struct reading *r)
{
    const struct funnel_span *s = r->span;
    bool open = s->to_ms >= s->now_ms; /* all that came so far counts */
    int64_t first = s->has_from ? funnel_day(s->tz, s->from_ms) : 0;
    int64_t behind = open ? DAY_LAST : funnel_day(s->tz, s->to_ms);
    bool whole = open && !s->has_from;
    enum err e = read_total(r);

    if (whole) /* the total says it all */
        return e == ERR_OK ? read_stays(r, "total", 0, 1) : e;
    if (e == ERR_OK)
        e = read_days(r, first, behind);
    if (e == ERR_OK)
        e = read_stays(r, s->cohort ? "cohort" : "period", first, behind);
    if (e == ERR_OK && s->has_from)
        e = read_raw(r, s->from_ms, tz_day_start(s->tz, first), 1);
    if (e == ERR_OK && !open)
        e = read_raw(r, s->to_ms, tz_day_start(s->tz, behind), -1);
    return e;
}

static void set_median(const struct group *g, int stage,
                       struct funnel_stage *out)
{
    const int64_t *n = &g->stays[(size_t)stage * BUCKETS];
    int64_t all = 0, seen = 0;

    for (int b = 0; b < BUCKETS; b++)
        all += MAX(n[b], 0);
    if (!all)
        return;
    for (int b = 0; b < BUCKETS; b++) {
        int64_t in = MAX(n[b], 0);

        if ((seen + in) * 2 >= all) {
            double half = (double)all / 2.0 - (double)seen;

            out->has_median = true;
            out->median_seconds = stay_bucket_seconds(b, half / (double)in);
            return;
        }
        seen += in;
    }
}

static bool finish(struct group *g, const struct funnel_span *span)
{
    bool any = false;

    for (int i = 0; i < STAGE_N; i++) {
        struct funnel_stage *s = &g->shown.stages[i];

        if (!span->cohort && span->has_from)
            s->in_start = g->total[i] - g->since[i];
        s->in = s->in_start + s->entered - s->left;
        set_median(g, i, s);
        any |= s->in_start || s->entered || s->left;
    }
    return any;
}

static int by_value(const void *a, const void *b)
{
    return strcmp(((const struct funnel_group *)a)->value,
                  ((const struct funnel_group *)b)->value);
}

enum err read_funnel(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     const struct funnel_span *span, struct funnel *out)
{
    struct reading r = {pg, mem, workspace_id, span, NULL, 0};
    bool all = str_eq(span->dim, "all");
    enum err e;

    r.slots = arena_array(mem, SLOTS, sizeof(struct group *));
    if (all)
        group_of(&r, "");
    /* one snapshot, or a hop between two statements would be half counted */
    e = pg_simple(pg, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    if (e != ERR_OK)
        return e;
    e = read_parts(&r);
    if (!pg_connected(pg))
        return e;
    if (pg_simple(pg, "COMMIT") != ERR_OK)
        pg_drop(pg);
    if (e != ERR_OK)
        return e;
    out->n = 0;
    out->groups = arena_array(mem, r.n + 1, sizeof(*out->groups));
    for (size_t i = 0; i < SLOTS; i++)
        for (struct group *g = r.slots[i]; g; g = g->next)
            if (finish(g, span) || all)
                out->groups[out->n++] = g->shown;
    qsort(out->groups, out->n, sizeof(*out->groups), by_value);
    return ERR_OK;
}
