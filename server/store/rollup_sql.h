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

/** What stands in rollup_stage and what is still to be folded into it. */
#define ROLLUP_STAGE                                                           \
    "(SELECT view, dim, day, stage, value, entered, left_n, to_next"           \
    " FROM rollup_stage WHERE workspace_id = $1 UNION ALL"                     \
    " SELECT v.view, d.dim, v.day, m.stage, d.value, m.entered, m.left_n,"     \
    " m.to_next FROM rollup_delta m" ROLLUP_SPREAD(                            \
        "m") " WHERE m.workspace_id = $1)"

#endif
