/**
 * @file lead.h
 * One lead as it is stored and shown.  A plain value; text is borrowed from
 * the arena it was loaded into.  Times are wall-clock ms; 0 means "never",
 * which no real row uses.
 */
#ifndef LEADD_LEAD_H
#define LEADD_LEAD_H

#include "base/buf.h"
#include "lead/draft.h"

/** The live claim on a lead, if any. */
struct claim_brief {
    struct uuid claim_id; /**< nil: nobody holds it */
    struct uuid rep_id;
    const char *state; /**< "claimed" or "accepted" */
    int64_t expires_ms;
};

struct lead {
    struct uuid lead_id;
    int32_t version;
    enum stage stage;
    int64_t stage_ms;
    char stage_grade[4]; /**< grade at entry to the stage */
    int32_t hop_no;
    int16_t score, raw, criteria[5], potential, consideration;
    enum quality quality;
    enum temperature temperature;
    char grade[4];
    int16_t rank;
    bool hot_lead, cooling, held;
    enum origin origin;
    struct uuid source_id;
    const char *source, *channel, *campaign;
    struct uuid account_id;
    const char *account_name; /**< read-only view of the account row */
    const char *name, *email, *phone, *company, *job_title;
    const char *name_search;      /**< tsvector text */
    const char *identifiers_json; /**< list of {kind, value, raw, rule} */
    const char *facts_json, *facts_source_json;
    int32_t facts_version;
    const char *referrer_json, *first_touch_json, *last_touch_json;
    int64_t last_high_intent_ms, last_human_ms, sql_ms;
    const char *handover_grade, *lost_reason;
    int64_t recycled_ms, trial_lapsed_ms;
    bool consented, test;
    const char *model_version;
    int64_t scored_ms, valid_until_ms, due_ms, created_ms, updated_ms;
    int64_t consented_ms;   /**< when `consented` was said; 0: never */
    int64_t first_touch_ms; /**< 0: at created_ms */
    int64_t erased_ms;
    const char *email_check_json; /**< likewise; NULL: not asked */
    struct claim_brief claim;     /**< not a column: joined when read */
};

/** The Lead document of api.md. */
void lead_to_json(const struct lead *l, struct buf *out);

/** Texts of identifier kinds: "phone", "email", ... */
const char *id_kind_text(enum id_kind kind);

#endif
