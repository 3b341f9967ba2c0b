/*
 * Rollups of a batch: every hop is counted under six dimensions and three
 * views in memory first, so that a batch writes each rollup row once, in key
 * order, whatever the number of leads.
 */
#include <math.h>
#include <stdlib.h>

#include "base/str.h"
#include "store/change.h"
#include "store/rows.h"

STORE_STMT(STAGE_ADD, .name = "rollup_stage_add", .nparams = 2,
           .row_type = "rollup_stage_in",
           .sql = "INSERT INTO rollup_stage AS r (workspace_id, view, dim,"
                  " day, stage, value, entered, left_n, to_next)"
                  " SELECT $1::bigint, u.*"
                  " FROM unnest($2::rollup_stage_in[]) AS u"
                  " ON CONFLICT (workspace_id, view, dim, day, stage, value)"
                  " DO UPDATE SET entered = r.entered + excluded.entered,"
                  " left_n = r.left_n + excluded.left_n,"
                  " to_next = r.to_next + excluded.to_next");

STORE_STMT(STAY_ADD, .name = "rollup_stay_add", .nparams = 8,
           .sql = "INSERT INTO rollup_stay AS r (workspace_id, view, dim,"
                  " day, stage, value, bucket, n)"
                  " SELECT $1::bigint, u.* FROM unnest($2::text[],"
                  " $3::text[], $4::date[], $5::text[], $6::text[],"
                  " $7::smallint[], $8::bigint[]) AS u"
                  " ON CONFLICT (workspace_id, view, dim, day, stage, value,"
                  " bucket) DO UPDATE SET n = r.n + excluded.n");

STORE_STMT(DEAL_ADD, .name = "rollup_deal_add", .nparams = 11,
           .sql = "INSERT INTO rollup_deal AS r (workspace_id, view, dim,"
                  " day, result, value, currency, n, amount, first_touch_ms,"
                  " sql_ms) SELECT $1::bigint, u.* FROM unnest($2::text[],"
                  " $3::text[], $4::date[], $5::text[], $6::text[],"
                  " $7::text[], $8::bigint[], $9::bigint[], $10::bigint[],"
                  " $11::bigint[]) AS u ON CONFLICT (workspace_id, view, dim,"
                  " day, result, value, currency) DO UPDATE SET"
                  " n = r.n + excluded.n, amount = r.amount + excluded.amount,"
                  " first_touch_ms = r.first_touch_ms"
                  " + excluded.first_touch_ms,"
                  " sql_ms = r.sql_ms + excluded.sql_ms");

STORE_STMT(REASON_ADD, .name = "rollup_reason_add", .nparams = 6,
           .sql = "INSERT INTO rollup_reason AS r (workspace_id, day, kind,"
                  " source, score_band, reason, n)"
                  " VALUES ($1, $2, $3, $4, $5, $6, 1)"
                  " ON CONFLICT (workspace_id, day, kind, source, score_band,"
                  " reason) DO UPDATE SET n = r.n + 1");

#define DIMS_N  6
#define VIEWS_N 3

static const char *const DIMS[DIMS_N] = {"all",      "source", "channel",
                                         "campaign", "origin", "grade"};
static const char *const VIEWS[VIEWS_N] = {"cohort", "period", "total"};

/* One rollup row to be; bucket -1: a row of rollup_stage. */
struct count {
    const char *view, *dim, *value;
    enum stage stage;
    int64_t day;
    int bucket;
    int64_t entered, left, to_next;
};

struct counts {
    struct arena *mem;
    struct count *row;
    size_t n, cap;
};

/* Hops of a batch are mostly alike; those that fall under the same rows are
   added up before they are spread over views and dimensions. */
struct tally {
    struct count one;
    const struct lead *lead;
    const char *grade;
    int64_t day_created, day_at;
};

struct tallies {
    struct arena *mem;
    const struct workspace_rules *rules;
    struct tally *row;
    size_t n, cap;
};

int stay_bucket(int64_t stay_ms)
{
    double seconds = (double)MAX(stay_ms, 0) / 1000.0;

    return (int)floor(log2(seconds + 1.0) * STAY_PER_OCTAVE);
}

double stay_bucket_seconds(int bucket, double part)
{
    if (bucket == 0) /* stays under half a second are moments */
        return 0.0;
    return exp2((bucket + part) / STAY_PER_OCTAVE) - 1.0;
}

static int order(const void *x, const void *y)
{
    const struct count *a = x, *b = y;
    int c;

    if ((c = strcmp(a->view, b->view)) || (c = strcmp(a->dim, b->dim)))
        return c;
    if (a->day != b->day)
        return a->day < b->day ? -1 : 1;
    if (a->stage != b->stage)
        return a->stage < b->stage ? -1 : 1;
    if ((c = strcmp(a->value, b->value)))
        return c;
    return (a->bucket > b->bucket) - (a->bucket < b->bucket);
}

static void add(struct counts *c, const struct count *one)
{
    if (c->n == c->cap) {
        size_t cap = c->cap ? c->cap * 2 : 256;
        struct count *row = arena_array(c->mem, cap, sizeof(*row));

        if (c->n)
            memcpy(row, c->row, c->n * sizeof(*row));
        c->row = row;
        c->cap = cap;
    }
    c->row[c->n++] = *one;
}

/* The value of one dimension; grade is given by the stay. */
static const char *dim_value(const struct lead *l, int dim, const char *grade)
{
    switch (dim) {
    case 1:
        return l->source;
    case 2:
        return l->channel;
    case 3:
        return l->campaign;
    case 4:
        return origin_text(l->origin);
    case 5:
        return grade;
    default:
        return "";
    }
}

static bool same_rows(const struct tally *a, const struct tally *b)
{
    return a->one.stage == b->one.stage && a->one.bucket == b->one.bucket &&
           a->day_created == b->day_created && a->day_at == b->day_at &&
           a->lead->origin == b->lead->origin && str_eq(a->grade, b->grade) &&
           str_eq(a->lead->source, b->lead->source) &&
           str_eq(a->lead->channel, b->lead->channel) &&
           str_eq(a->lead->campaign, b->lead->campaign);
}

#define LOOK_BACK 32

static void tally(struct tallies *t, const struct lead *l, const char *grade,
                  int64_t at_ms, struct count one)
{
    struct tally new = {one, l, grade, tz_day(t->rules->tz, l->created_ms),
                        tz_day(t->rules->tz, at_ms)};

    for (size_t i = t->n; i > 0 && i + LOOK_BACK > t->n; i--) {
        struct count *have = &t->row[i - 1].one;

        if (!same_rows(&t->row[i - 1], &new))
            continue;
        have->entered += one.entered;
        have->left += one.left;
        have->to_next += one.to_next;
        return;
    }
    if (t->n == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 32;
        struct tally *row = arena_array(t->mem, cap, sizeof(*row));

        if (t->n)
            memcpy(row, t->row, t->n * sizeof(*row));
        t->row = row;
        t->cap = cap;
    }
    t->row[t->n++] = new;
}

static bool goes_on(enum stage from, enum stage to)
{
    return to > from && to <= STAGE_WON;
}

static void tally_hop(struct tallies *t, const struct lead *l,
                      const struct hop *h)
{
    struct count in = {.stage = h->to, .bucket = -1, .entered = 1};
    struct count out = {.stage = h->from, .bucket = -1, .left = 1};
    struct count stay = {.stage = h->from, .entered = 1};

    tally(t, l, h->grade, h->at_ms, in);
    if (h->from == STAGE_NEW)
        return;
    out.to_next = goes_on(h->from, h->to);
    tally(t, l, h->left_grade, h->at_ms, out);
    stay.bucket = stay_bucket(h->stay_ms);
    tally(t, l, h->left_grade, h->at_ms, stay);
}

/* One tally under every view and dimension. */
static void spread(struct counts *c, const struct tally *t)
{
    struct count one = t->one;

    for (int v = 0; v < VIEWS_N; v++) {
        one.view = VIEWS[v];
        one.day = v == 0 ? t->day_created : v == 1 ? t->day_at : 0;
        for (int d = 0; d < DIMS_N; d++) {
            one.dim = DIMS[d];
            one.value = dim_value(t->lead, d, t->grade);
            add(c, &one);
        }
    }
}

static void merge_equal(struct counts *c)
{
    size_t n = 0;

    qsort(c->row, c->n, sizeof(*c->row), order);
    for (size_t i = 0; i < c->n; i++) {
        struct count *last = n ? &c->row[n - 1] : NULL;

        if (last && order(last, &c->row[i]) == 0) {
            last->entered += c->row[i].entered;
            last->left += c->row[i].left;
            last->to_next += c->row[i].to_next;
            continue;
        }
        c->row[n++] = c->row[i];
    }
    c->n = n;
}

static void key_columns(struct rows *r, const struct count *c)
{
    pg_array_text(&r->col[0], c->view);
    pg_array_text(&r->col[1], c->dim);
    pg_array_day(&r->col[2], c->day);
    pg_array_text(&r->col[3], stage_text(c->stage));
    pg_array_text(&r->col[4], c->value);
    r->n++;
}

static enum err send_counts(struct pg *pg, struct arena *mem,
                            int64_t workspace_id, const struct counts *c)
{
    static const enum pg_type STAGE[] = {
        PG_TEXT, PG_TEXT, PG_DATE, PG_TEXT, PG_TEXT, PG_I64, PG_I64, PG_I64, 0};
    static const enum pg_type STAY[] = {PG_TEXT, PG_TEXT, PG_DATE, PG_TEXT,
                                        PG_TEXT, PG_I16,  PG_I64,  0};
    struct rows stage, stay;
    enum err e;

    rows_init(&stage, STAGE);
    rows_init(&stay, STAY);
    for (size_t i = 0; i < c->n; i++) {
        struct rows *r = c->row[i].bucket < 0 ? &stage : &stay;

        key_columns(r, &c->row[i]);
        if (r == &stay) {
            pg_array_i16(&r->col[5], (int16_t)c->row[i].bucket);
            pg_array_i64(&r->col[6], c->row[i].entered);
            continue;
        }
        pg_array_i64(&r->col[5], c->row[i].entered);
        pg_array_i64(&r->col[6], c->row[i].left);
        pg_array_i64(&r->col[7], c->row[i].to_next);
    }
    e = rows_send(pg, mem, workspace_id, &STAGE_ADD, &stage);
    if (e == ERR_OK)
        return rows_send(pg, mem, workspace_id, &STAY_ADD, &stay);
    rows_release(&stay);
    return e;
}

enum err write_rollups(struct pg *pg, struct arena *mem,
                       const struct workspace_rules *rules,
                       const struct bundle *list)
{
    struct tallies t = {.mem = mem, .rules = rules};
    struct counts c = {.mem = mem};

    for (; list; list = list->next)
        for (size_t i = 0; i < list->n_hops && !list->lead.test; i++)
            tally_hop(&t, &list->lead, &list->hops[i]);
    if (!t.n)
        return ERR_OK;
    for (size_t i = 0; i < t.n; i++)
        spread(&c, &t.row[i]);
    merge_equal(&c);
    return send_counts(pg, mem, rules->workspace_id, &c);
}

static void deal_row(struct rows *r, const char *view, int64_t day,
                     const char *dim, const char *value, const struct deal *d)
{
    pg_array_text(&r->col[0], view);
    pg_array_text(&r->col[1], dim);
    pg_array_day(&r->col[2], day);
    pg_array_text(&r->col[3], d->result);
    pg_array_text(&r->col[4], value);
    pg_array_text(&r->col[5], d->currency ? d->currency : "");
    pg_array_i64(&r->col[6], 1);
    pg_array_i64(&r->col[7], d->amount);
    pg_array_i64(&r->col[8], d->first_touch_ms);
    pg_array_i64(&r->col[9], d->sql_ms);
    r->n++;
}

enum err write_deals(struct pg *pg, struct arena *mem,
                     const struct workspace_rules *rules,
                     const struct deal *deals, size_t n)
{
    static const enum pg_type TYPES[] = {PG_TEXT, PG_TEXT, PG_DATE, PG_TEXT,
                                         PG_TEXT, PG_TEXT, PG_I64,  PG_I64,
                                         PG_I64,  PG_I64,  0};

    for (size_t i = 0; i < n; i++) {
        const struct lead *l = deals[i].lead;
        const char *grade = l->handover_grade ? l->handover_grade : "";
        struct rows r;
        enum err e;

        if (l->test)
            continue;
        rows_init(&r, TYPES); /* one deal a statement: rows stay distinct */
        for (int v = 0; v < VIEWS_N; v++) {
            int64_t day = v == 0   ? tz_day(rules->tz, l->created_ms)
                          : v == 1 ? tz_day(rules->tz, deals[i].at_ms)
                                   : 0;

            for (int d = 0; d < DIMS_N; d++)
                deal_row(&r, VIEWS[v], day, DIMS[d], dim_value(l, d, grade),
                         &deals[i]);
        }
        e = rows_send(pg, mem, rules->workspace_id, &DEAL_ADD, &r);
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}

enum err write_reason(struct pg *pg, struct arena *mem,
                      const struct workspace_rules *rules, const char *kind,
                      const struct lead *lead, const char *reason,
                      int64_t at_ms)
{
    struct pg_params p;

    pg_params_init(&p, mem);
    pg_i64(&p, rules->workspace_id);
    pg_day(&p, tz_day(rules->tz, at_ms));
    pg_text(&p, kind);
    pg_text(&p, lead->source);
    pg_i16(&p, (int16_t)(MIN(lead->score, 99) / 20 * 20));
    pg_text(&p, reason);
    return pg_pipe_send(pg, &REASON_ADD, &p);
}
