/**
 * @file read_models.h
 * Stored scoring models, a new one, and which is active.  Thread: a
 * reader's.
 */
#ifndef LEADD_READ_MODELS_H
#define LEADD_READ_MODELS_H

#include "store/pg.h"

struct model_row {
    const char *version;
    const char *doc_json;
    int64_t created_ms, activated_ms;
    bool active;
};

/** All of a workspace, newest first. */
enum err read_models(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     struct model_row **out, size_t *out_n) MUST_CHECK;

/** @return ERR_NOT_FOUND when there is none of that version */
enum err read_model(struct pg *pg, struct arena *mem, int64_t workspace_id,
                    const char *version, struct model_row *out) MUST_CHECK;

/**
 * Store a checked document.  A version never changes: the same document
 * again is no fault, another one under a known version is ERR_CONFLICT.
 *
 * @param out_created false when it was there already
 */
enum err model_insert(struct pg *pg, struct arena *mem, int64_t workspace_id,
                      const char *version, const char *doc_json,
                      const struct uuid *by, int64_t now_ms,
                      bool *out_created) MUST_CHECK;

/** Make it the active one and tell all instances, in one transaction.
 *  @return ERR_NOT_FOUND when there is none of that version */
enum err model_activate(struct pg *pg, struct arena *mem, int64_t workspace_id,
                        const char *version, const struct uuid *by,
                        int64_t now_ms) MUST_CHECK;

#endif
