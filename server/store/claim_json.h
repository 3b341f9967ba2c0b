/**
 * @file claim_json.h
 * The Claim document of the API.  Pure; any thread.
 */
#ifndef LEADD_CLAIM_JSON_H
#define LEADD_CLAIM_JSON_H

#include "store/work.h"

/** Append {id, lead_id, rep_id, state, claimed_at, expires_at, accepted_at,
 *  ended_at, reason, sql_at, respond_by, first_response_at, score, grade,
 *  snapshot}. */
void claim_to_json(const struct claim *c, struct buf *out);

#endif
