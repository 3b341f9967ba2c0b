/*
 * Rollups of a batch.  Hops are counted in memory first, then left as a few
 * rows of rollup_delta: nothing is updated, so no batch waits for another's
 * commit; rollup_fold.c spreads them over views and dimensions later.  Deals
 * are rare and go to their rollups at once.
 */
#include <math.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/str.h"
#include "store/change.h"
#include "store/rows.h"

STORE_STMT(DELTAS_INSERT, .name = "rollup_deltas_insert", .nparams = 2,
           .row_type = "rollup_delta_in",
           .sql = "INSERT INTO rollup_delta (workspace_id, delta_id,"
                  " created_day, hopped_day, stage, bucket, source, channel,"
                  " campaign, origin, grade, entered, left_n, to_next)"
                  " SELECT $1::bigint, u.*"
                  " FROM unnest($2::rollup_delta_in[]) AS u");

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

#define BUCKET_ENTRY (-1)

/* Hops that fall under the same rows whatever the view and dimension. */
struct delta {
    const struct lead *lead; /* any of them: gives the dimensions */
    const char *grade;
    int64_t created_day, hopped_day;
    enum stage stage;
    int bucket; /* of the stays that ended, or BUCKET_ENTRY */
    int64_t entered, left, to_next;
};

struct deltas {
    struct arena *mem;
    const struct workspace_rules *rules;
    struct delta *row;
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

static bool same_rows(const struct delta *a, const struct delta *b)
{
    return a->stage == b->stage && a->bucket == b->bucket &&
           a->created_day == b->created_day && a->hopped_day == b->hopped_day &&
           a->lead->origin == b->lead->origin && str_eq(a->grade, b->grade) &&
           str_eq(a->lead->source, b->lead->source) &&
           str_eq(a->lead->channel, b->lead->channel) &&
           str_eq(a->lead->campaign, b->lead->campaign);
}

#define LOOK_BACK 32

static void count(struct deltas *d, const struct delta *one)
{
    for (size_t i = d->n; i > 0 && i + LOOK_BACK > d->n; i--) {
        struct delta *have = &d->row[i - 1];

        if (!same_rows(have, one))
            continue;
        have->entered += one->entered;
        have->left += one->left;
        have->to_next += one->to_next;
        return;
    }
    if (d->n == d->cap) {
        size_t cap = d->cap ? d->cap * 2 : 32;
        struct delta *row = arena_array(d->mem, cap, sizeof(*row));

        if (d->n)
            memcpy(row, d->row, d->n * sizeof(*row));
        d->row = row;
        d->cap = cap;
    }
    d->row[d->n++] = *one;
}

static bool goes_on(enum stage from, enum stage to)
{
    return to > from && to <= STAGE_WON;
}

static void count_hop(struct deltas *d, const struct lead *l,
                      const struct hop *h)
{
    struct delta one = {.lead = l,
                        .grade = h->grade,
                        .created_day = tz_day(d->rules->tz, l->created_ms),
                        .hopped_day = tz_day(d->rules->tz, h->at_ms),
                        .stage = h->to,
                        .bucket = BUCKET_ENTRY,
                        .entered = 1};

    count(d, &one);
    if (h->from == STAGE_NEW)
        return;
    one.grade = h->left_grade;
    one.stage = h->from;
    one.bucket = stay_bucket(h->stay_ms);
    one.entered = 0;
    one.left = 1;
    one.to_next = goes_on(h->from, h->to);
    count(d, &one);
}

static void delta_row(struct rows *r, const struct delta *d,
                      const struct uuid *id)
{
    pg_array_uuid(&r->col[0], id);
    pg_array_day(&r->col[1], d->created_day);
    pg_array_day(&r->col[2], d->hopped_day);
    pg_array_text(&r->col[3], stage_text(d->stage));
    pg_array_i16(&r->col[4], (int16_t)d->bucket);
    for (int dim = 1; dim < DIMS_N; dim++)
        pg_array_text(&r->col[4 + dim], dim_value(d->lead, dim, d->grade));
    pg_array_i64(&r->col[10], d->entered);
    pg_array_i64(&r->col[11], d->left);
    pg_array_i64(&r->col[12], d->to_next);
    r->n++;
}

enum err write_rollups(struct pg *pg, struct arena *mem,
                       const struct workspace_rules *rules,
                       const struct bundle *list)
{
    static const enum pg_type TYPES[] = {
        PG_UUID, PG_DATE, PG_DATE, PG_TEXT, PG_I16, PG_TEXT, PG_TEXT,
        PG_TEXT, PG_TEXT, PG_TEXT, PG_I64,  PG_I64, PG_I64,  0};
    struct deltas d = {.mem = mem, .rules = rules};
    int64_t now = clock_now_ms();
    struct rows r;

    for (; list; list = list->next)
        for (size_t i = 0; i < list->n_hops && !list->lead.test; i++)
            count_hop(&d, &list->lead, &list->hops[i]);
    if (!d.n)
        return ERR_OK;
    rows_init(&r, TYPES);
    for (size_t i = 0; i < d.n; i++) {
        struct uuid id = uuid_new(now);

        delta_row(&r, &d.row[i], &id);
    }
    return rows_send(pg, mem, rules->workspace_id, &DELTAS_INSERT, &r);
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
