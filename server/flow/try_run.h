/**
 * @file try_run.h
 * What a receipt would become, without writing anything: through the very
 * door that a real one takes, so that the two cannot differ.
 */
#ifndef LEADD_TRY_RUN_H
#define LEADD_TRY_RUN_H

#include "flow/settings.h"
#include "store/work.h"

/** Most drafts that are shown. */
#define TRY_DRAFTS_MAX 20

/**
 * @param w workspace, arena and receipt given; parts are made
 * @param now_ms when the lead is judged
 * @param out JSON: accepted, code, errors, fields (of forms), drafts with
 *        what each would score as a new lead
 * @return ERR_OK also when the door refuses; ERR_NOT_FOUND: no such door;
 *         ERR_NO_MEMORY
 */
enum err try_run(const struct snapshot *snap, struct work *w, int64_t now_ms,
                 struct buf *out) MUST_CHECK;

#endif
