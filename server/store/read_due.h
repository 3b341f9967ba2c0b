/**
 * @file read_due.h
 * What time has brought: leads to judge again, leases that are over, answers
 * too old to keep.  Thread: the watch's.
 */
#ifndef LEADD_READ_DUE_H
#define LEADD_READ_DUE_H

#include "store/pg.h"

struct due_workspace {
    int64_t workspace_id;
    bool rescore; /**< a model was activated: see rescore_mark */
};

struct due_workspaces {
    struct due_workspace *items;
    size_t n;
};

/** Workspaces with anything due (read-only, over all of them). */
enum err read_due_workspaces(struct pg *pg, struct arena *mem, int64_t now_ms,
                             struct due_workspaces *out) MUST_CHECK;

struct due {
    struct uuid *leads, *claims;
    size_t n_leads, n_claims;
};

/** The longest due, at most @a max of each. */
enum err read_due(struct pg *pg, struct arena *mem, int64_t workspace_id,
                  int64_t now_ms, int max, struct due *out) MUST_CHECK;

/** Delete kept answers older than @a before_ms, and those that show somebody
 *  who was erased since. */
enum err forget_answers(struct pg *pg, int64_t before_ms) MUST_CHECK;
/** Delete views of visitors who never became known, likewise. */
enum err forget_visits(struct pg *pg, int64_t before_ms) MUST_CHECK;

#endif
