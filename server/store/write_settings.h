/**
 * @file write_settings.h
 * Changes to what read_settings.h reads: workspaces, reps, keys, sources and
 * models.  Each is one transaction with its audit row and a step of the
 * workspace's settings pulse, which tells every instance to read again.
 *
 * All take a connected or connectable pg, an arena for the call's parameters,
 * and who does it.  Errors as in pg_run; ERR_CONFLICT when the thing exists.
 */
#ifndef LEADD_WRITE_SETTINGS_H
#define LEADD_WRITE_SETTINGS_H

#include "store/read_settings.h"

/** "9223372036854775807-" and 26 characters */
#define SOURCE_KEY_BYTES 48

/** Who changes settings, and when. */
struct by {
    const char *actor; /**< "cli:root" or "key:<id>" */
    int64_t now_ms;
};

/** @param w workspace_id 0 takes the next free number
 *  @param out_id the number; may be NULL */
enum err write_workspace(struct pg *pg, struct arena *mem, const struct by *by,
                         const struct workspace_row *w,
                         int64_t *out_id) MUST_CHECK;

struct rep_new {
    int64_t workspace_id;
    struct uuid rep_id;
    const char *name;
    int32_t capacity; /**< live claims at a time */
};

enum err write_rep(struct pg *pg, struct arena *mem, const struct by *by,
                   const struct rep_new *r) MUST_CHECK;

/** @param label what the key is for, as people call it */
enum err write_key(struct pg *pg, struct arena *mem, const struct by *by,
                   const struct key_row *k, const char *label) MUST_CHECK;

/** @return ERR_NOT_FOUND when there is no live key of this id */
enum err write_key_revoked(struct pg *pg, struct arena *mem,
                           const struct by *by, int64_t workspace_id,
                           const struct uuid *key_id) MUST_CHECK;

/** "<workspace>-<26 random base32 characters>": public, not to be guessed.
 *  @return @a out */
char *source_key_make(int64_t workspace_id, char out[SOURCE_KEY_BYTES]);

/** NULL texts take the column's default; the secrets do not enter the audit */
enum err write_source(struct pg *pg, struct arena *mem, const struct by *by,
                      const struct source_row *s) MUST_CHECK;

/** Change a source: what is NULL stays as it is; kind and key never change.
 *  @return ERR_NOT_FOUND when there is none */
enum err write_source_change(struct pg *pg, struct arena *mem,
                             const struct by *by,
                             const struct source_row *s) MUST_CHECK;
/** Its receipts and leads stay.  @return ERR_NOT_FOUND when there is none */
enum err write_source_deleted(struct pg *pg, struct arena *mem,
                              const struct by *by, int64_t workspace_id,
                              const struct uuid *source_id) MUST_CHECK;

/** Store a version. @param doc checked JSON text */
enum err write_model(struct pg *pg, struct arena *mem, const struct by *by,
                     int64_t workspace_id, const char *version,
                     const char *doc) MUST_CHECK;

/** @return ERR_NOT_FOUND when the workspace has no such version */
enum err write_model_active(struct pg *pg, struct arena *mem,
                            const struct by *by, int64_t workspace_id,
                            const char *version) MUST_CHECK;

#endif
