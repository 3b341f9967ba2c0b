/**
 * @file read_settings.h
 * Everything small that is kept in memory: workspaces, sources, keys, reps
 * and active models; and the change counters that tell when to read again.
 */
#ifndef LEADD_READ_SETTINGS_H
#define LEADD_READ_SETTINGS_H

#include "store/pg.h"

struct workspace_row {
    int64_t workspace_id;
    const char *name, *time_zone, *region, *currency;
    bool behaviour_assumed, outbound;
    const char *model_version, *model_json; /**< the active one */
};

struct source_row {
    int64_t workspace_id;
    struct uuid source_id;
    const char *kind, *name, *source_key, *origin, *success_url;
    const char *id_space; /**< stands in front of its external ids */
    const char *defaults_json, *mapping_json, *secrets_json;
    const char *origins_json; /**< list of allowed origins */
};

struct key_row {
    int64_t workspace_id;
    struct uuid key_id, rep_id;
    const char *role;
    uint8_t hash[32];
    int64_t expires_ms;
};

struct settings_rows {
    struct workspace_row *workspaces;
    size_t n_workspaces;
    struct source_row *sources;
    size_t n_sources;
    struct key_row *keys;
    size_t n_keys;
};

/** @param mem owns everything in @a out */
enum err read_settings(struct pg *pg, struct arena *mem,
                       struct settings_rows *out) MUST_CHECK;

struct source_page {
    struct source_row *sources;
    size_t n;
    bool more;
};

/** Those of one workspace, newest first.  @param after NULL: the first page */
enum err read_sources(struct pg *pg, struct arena *mem, int64_t workspace_id,
                      const struct uuid *after, int limit,
                      struct source_page *out) MUST_CHECK;

struct pulse_row {
    int64_t workspace_id;
    const char *topic;
    int64_t version;
};

/** All change counters of all workspaces. */
enum err read_pulse(struct pg *pg, struct arena *mem, struct pulse_row **out,
                    size_t *out_n) MUST_CHECK;

#endif
