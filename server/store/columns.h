/**
 * @file columns.h
 * The columns of table lead (columns.def) as SQL text and as a mapping to
 * struct lead.
 */
#ifndef LEADD_COLUMNS_H
#define LEADD_COLUMNS_H

#include "lead/lead.h"
#include "store/rows.h"

/** "l.version, l.stage, ..." without lead_id */
#define LEAD_SELECT                                                            \
    "l.lead_id, l.version, l.stage, l.stage_at, l.stage_grade, l.hop_no,"      \
    " l.score, l.raw, l.authority, l.need, l.ability_to_pay, l.engagement,"    \
    " l.challenge, l.potential, l.consideration, l.quality, l.temperature,"    \
    " l.grade, l.rank, l.hot_lead, l.cooling, l.held, l.origin, l.source_id,"  \
    " l.source, l.channel, l.campaign, l.account_id, l.name, l.email,"         \
    " l.phone, l.company, l.job_title, l.name_search::text AS name_search,"    \
    " l.identifiers, l.facts,"                                                 \
    " l.facts_source, l.facts_version, l.referrer, l.first_touch,"             \
    " l.last_touch, l.last_high_intent_at, l.last_human_at, l.sql_at,"         \
    " l.handover_grade, l.lost_reason, l.recycled_at, l.trial_lapsed_at,"      \
    " l.consented, l.test,"                                                    \
    " l.model_version, l.scored_at, l.valid_until, l.due_at, l.created_at,"    \
    " l.updated_at, l.consented_at, l.first_touch_at"

/** Column numbers of one result, looked up once. */
struct lead_cols {
    int lead_id;
    int col[60];
};

void lead_cols_find(const PGresult *res, struct lead_cols *out);
void lead_from_row(const PGresult *res, int row, const struct lead_cols *cols,
                   struct arena *mem, struct lead *out);

/** Types of the rows of both statements: lead_id, then every column. */
const enum pg_type *lead_row_types(void);
void lead_row(struct rows *r, const struct lead *l);
/** Statement texts, built once from columns.def. */
const char *lead_insert_sql(void);
/** For rows that are there and locked; leaves the fixed columns alone. */
const char *lead_update_sql(void);

#endif
