/**
 * @file settings.h
 * One immutable snapshot of everything small (workspaces with their compiled
 * models, sources with their compiled mappings, keys), swapped whole.
 * Hold it while you use what it points to.  Any thread.
 */
#ifndef LEADD_SETTINGS_H
#define LEADD_SETTINGS_H

#include "auth/keys.h"
#include "base/clock.h"
#include "flow/defence.h"
#include "intake/form_spec.h"
#include "intake/hook.h"
#include "lead/words.h"
#include "scoring/model.h"
#include "store/pg.h"

struct workspace {
    int64_t workspace_id;
    const char *name, *region, *currency, *time_zone;
    struct tz *tz;
    bool behaviour_assumed, outbound;
    struct model *model;
};

struct source {
    const struct workspace *workspace;
    struct uuid source_id;
    const char *kind, *name, *source_key, *success_url;
    const char *id_space; /**< stands in front of its external ids, for good */
    enum origin origin;
    const char *channel, *campaign, *currency; /**< defaults, or NULL */
    int64_t price;                             /**< default, 0: none */
    struct form_spec spec;
    struct defence defence;
    const struct hook *hook; /**< its platform, by kind; NULL: none */
    struct hook_secrets secrets;
    const char **origins; /**< allowed browser origins */
    size_t n_origins;
    const char *secrets_json;
};

struct snapshot {
    struct arena *mem;
    size_t refs;
    struct workspace *workspaces; /**< by id */
    size_t n_workspaces;
    struct source *sources; /**< by key */
    size_t n_sources;
    struct auth_key *keys; /**< by key id */
    size_t n_keys;
};

struct settings;

struct settings *settings_new(void);
void settings_free(struct settings *s);
/** Read everything and swap.  The old snapshot lives while it is held, and goes
 *  on being shown when this fails. */
enum err settings_load(struct settings *s, struct pg *pg) MUST_CHECK;
/** From now on keep what was read in this directory too; borrowed. */
void settings_keep(struct settings *s, const char *dir);
/** What was kept there last.  @return ERR_NOT_FOUND when there is nothing */
enum err settings_load_kept(struct settings *s) MUST_CHECK;
struct snapshot *settings_hold(struct settings *s);
void settings_drop(struct settings *s, struct snapshot *snap);

const struct workspace *snapshot_workspace(const struct snapshot *s,
                                           int64_t workspace_id);
const struct source *snapshot_source(const struct snapshot *s,
                                     const char *source_key);
const struct source *snapshot_source_id(const struct snapshot *s,
                                        int64_t workspace_id,
                                        const struct uuid *source_id);

#endif
