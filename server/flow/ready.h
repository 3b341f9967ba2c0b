/**
 * @file ready.h
 * Change numbers of hot lists, and who waits for the next change.
 */
#ifndef LEADD_READY_H
#define LEADD_READY_H

#include "base/done.h"

struct ready;

struct ready *ready_new(void);
void ready_free(struct ready *r);
/** Thread: any. */
uint64_t ready_version(struct ready *r, int64_t workspace_id);
/** The list may differ now: wake who waits.  Thread: any. */
void ready_changed(struct ready *r, int64_t workspace_id);
/** @return false when too many wait; done never runs then */
bool ready_wait(struct ready *r, int64_t workspace_id, uint64_t seen,
                struct done done) MUST_CHECK;
void ready_wake_all(struct ready *r);

#endif
