/**
 * @file verify.h
 * Recounts: what is kept beside the truth, held against the truth.  Each
 * takes one snapshot of the database, so it may run beside a live service.
 */
#ifndef LEADD_VERIFY_H
#define LEADD_VERIFY_H

#include <stdio.h>

#include "store/pg.h"

/**
 * Recount rollup_stage from the hops, workspace by workspace.
 *
 * @param out gets one line per row that differs
 * @param out_differences how many rows differ
 */
enum err verify_rollups(struct pg *pg, FILE *out,
                        int64_t *out_differences) MUST_CHECK;

#endif
