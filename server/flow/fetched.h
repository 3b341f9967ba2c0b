/**
 * @file fetched.h
 * The road of what was read from a platform: in by its door like any receipt,
 * waited for.
 */
#ifndef LEADD_FETCHED_H
#define LEADD_FETCHED_H

#include "flow/flow.h"

/**
 * Make a lead of a receipt and wait for the commit.  The same receipt_id
 * again changes nothing.  What its door cannot read is kept in quarantine.
 * Thread: any that may wait, so none of HTTP's.
 *
 * @param receipt borrowed; times and ids given
 * @param out_lead nil when it became none
 * @return ERR_OK; ERR_NOT_FOUND: no such door or workspace; what flow_submit
 *         and the writer say (all 503: try again)
 */
enum err flow_fetched(struct flow *f, int64_t workspace_id,
                      const struct receipt *receipt,
                      struct uuid *out_lead) MUST_CHECK;

#endif
