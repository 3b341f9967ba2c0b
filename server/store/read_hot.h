/**
 * @file read_hot.h
 * The claimable leads (sql and pql, unclaimed) in order of work.  Thread: a
 * reader's.
 */
#ifndef LEADD_READ_HOT_H
#define LEADD_READ_HOT_H

#include "lead/lead.h"
#include "store/pg.h"

/** @param limit 1 to 500
 *  @param out_leads in @a mem */
enum err read_hot(struct pg *pg, struct arena *mem, int64_t workspace_id,
                  int limit, struct lead **out_leads, size_t *out_n) MUST_CHECK;

#endif
