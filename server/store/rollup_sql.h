/**
 * @file rollup_sql.h
 * SQL that readers, the fold and the recount of the rollups share.  $1 is the
 * workspace in all of it.
 */
#ifndef LEADD_ROLLUP_SQL_H
#define LEADD_ROLLUP_SQL_H

/** One count under every view and dimension; @a m names the row it is in,
 *  with created_day, hopped_day and the dimensions.  Gives v (view, day) and
 *  d (dim, value). */
#define ROLLUP_SPREAD(m)                                                       \
    " CROSS JOIN LATERAL (VALUES ('cohort', " m ".created_day),"               \
    " ('period', " m ".hopped_day), ('total', date '1970-01-01'))"             \
    " AS v (view, day)"                                                        \
    " CROSS JOIN LATERAL (VALUES ('all', ''), ('source', " m ".source),"       \
    " ('channel', " m ".channel), ('campaign', " m ".campaign),"               \
    " ('origin', " m ".origin), ('grade', " m ".grade)) AS d (dim, value)"

/** stay_bucket of change.h, of a column in milliseconds. */
#define ROLLUP_BUCKET(stay_ms)                                                 \
    "floor(ln((greatest(" stay_ms ", 0) / 1000.0 + 1)::float8)"                \
    " / ln(2::float8) * 2 + 1e-11)::integer"

/** The counting of write_rollups.c, in the other language: every hop enters
 *  its stage under its own grade; every hop but the first leaves a stage under
 *  the grade of the hop before.  @a of narrows hops @c h and leads @c l.
 *  Gives the CTE @c move. */
#define ROLLUP_MOVES(of)                                                       \
    "WITH stage (stage, n) AS (VALUES ('new', 0), ('iql', 1), ('mql', 2),"     \
    " ('pql', 3), ('sql', 4), ('won', 5), ('lost', 6), ('disqualified', 7)),"  \
    " counted AS (SELECT h.*, l.source, l.channel, l.campaign, l.origin,"      \
    " (l.created_at AT TIME ZONE w.time_zone)::date AS created_day,"           \
    " (h.hopped_at AT TIME ZONE w.time_zone)::date AS hopped_day,"             \
    " lag(h.grade) OVER (PARTITION BY h.lead_id ORDER BY h.hop_no)"            \
    " AS left_grade, (t.n > f.n AND t.n <= 5)::integer AS goes_on"             \
    " FROM hop h JOIN lead l ON l.workspace_id = $1"                           \
    " AND l.lead_id = h.lead_id JOIN workspace w ON w.workspace_id = $1"       \
    " JOIN stage f ON f.stage = coalesce(h.from_stage, 'new')"                 \
    " JOIN stage t ON t.stage = h.to_stage"                                    \
    " WHERE h.workspace_id = $1 AND NOT l.test" of "),"                        \
    " move AS (SELECT to_stage AS stage, -1 AS bucket, grade, source,"         \
    " channel, campaign, origin, created_day, hopped_day, 1 AS entered,"       \
    " 0 AS left_n, 0 AS to_next FROM counted UNION ALL SELECT "                \
    "from_stage, " ROLLUP_BUCKET(                                              \
        "stay_ms") ", coalesce(left_grade, ''), source, channel,"              \
                   " campaign, origin, created_day, hopped_day, 0, 1, goes_on" \
                   " FROM counted WHERE from_stage <> 'new')"

/** Count these hops @a sign times. */
#define ROLLUP_COUNT(of, sign)                                                 \
    ROLLUP_MOVES(of)                                                           \
    " INSERT INTO rollup_delta (workspace_id, delta_id, created_day,"          \
    " hopped_day, stage, bucket, source, channel, campaign, origin, grade,"    \
    " entered, left_n, to_next) SELECT $1::bigint, gen_random_uuid(),"         \
    " m.created_day, m.hopped_day, m.stage, m.bucket, m.source, m.channel,"    \
    " m.campaign, m.origin, m.grade, " sign " * m.entered, " sign              \
    " * m.left_n, " sign " * m.to_next FROM move m"

/** What stands in rollup_stage and what is still to be folded into it. */
#define ROLLUP_STAGE                                                           \
    "(SELECT view, dim, day, stage, value, entered, left_n, to_next"           \
    " FROM rollup_stage WHERE workspace_id = $1 UNION ALL"                     \
    " SELECT v.view, d.dim, v.day, m.stage, d.value, m.entered, m.left_n,"     \
    " m.to_next FROM rollup_delta m" ROLLUP_SPREAD(                            \
        "m") " WHERE m.workspace_id = $1)"

#endif
