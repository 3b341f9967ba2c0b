#include "flow/settings.h"

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/str.h"
#include "flow/settings_file.h"
#include "store/read_settings.h"

#define SNAPSHOT_MAX ((size_t)256 << 20)

struct settings {
    pthread_mutex_t loading; /* held from reading to the swap */
    pthread_mutex_t lock;
    struct snapshot *now;
    const char *dir; /* where they are kept too; NULL: nowhere */
};

static void snapshot_free(struct snapshot *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n_workspaces; i++) {
        tz_free(s->workspaces[i].tz);
        model_free(s->workspaces[i].model);
    }
    arena_free(s->mem); /* the snapshot itself is in it */
}

struct settings *settings_new(void)
{
    struct settings *s = calloc(1, sizeof(*s));

    if (!s)
        return NULL;
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->loading, NULL);
    return s;
}

void settings_free(struct settings *s)
{
    if (!s)
        return;
    snapshot_free(s->now);
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->loading);
    free(s);
}

struct snapshot *settings_hold(struct settings *s)
{
    struct snapshot *snap;

    pthread_mutex_lock(&s->lock);
    snap = s->now;
    snap->refs++;
    pthread_mutex_unlock(&s->lock);
    return snap;
}

void settings_drop(struct settings *s, struct snapshot *snap)
{
    bool last;

    pthread_mutex_lock(&s->lock);
    last = --snap->refs == 0;
    pthread_mutex_unlock(&s->lock);
    if (last)
        snapshot_free(snap);
}

/* ---- building ---- */

/* A snapshot in the making.  What is wrong with a row is told and stays wrong;
   what is wrong with the moment (no memory, no file left) sets short_of, and
   the snapshot is not shown: the one before goes on, and it is made again. */
struct making {
    struct snapshot *snap;
    bool short_of;
};

/* A number may have grown too big in the database (1e20 comes back with all
   its digits): that document is wrong.  No reason given is no memory. */
static json_t *parse(struct making *m, const char *text)
{
    json_error_t why = {0};
    json_t *doc = text ? json_loads(text, JSON_DECODE_ANY, &why) : NULL;

    if (text && !doc)
        m->short_of |= json_error_code(&why) == json_error_unknown ||
                       json_error_code(&why) == json_error_out_of_memory;
    return doc;
}

static const char *text_of(const json_t *obj, const char *name,
                           struct arena *mem)
{
    return arena_strdup(mem, json_string_value(json_object_get(obj, name)));
}

static void build_model(struct making *m, const struct workspace_row *row,
                        struct workspace *w)
{
    struct field_errs errs = {.mem = m->snap->mem};
    json_t *doc = parse(m, row->model_json);

    w->model = doc ? model_compile(doc, &errs) : NULL;
    m->short_of |= doc && !w->model && !errs.n;
    json_decref(doc);
}

static void build_zone(struct making *m, const struct workspace_row *row,
                       struct workspace *w)
{
    w->tz = tz_load(row->time_zone);
    m->short_of |= !w->tz && errno != ENOENT;
}

static void build_workspace(struct making *m, const struct workspace_row *row,
                            struct workspace *w)
{
    w->workspace_id = row->workspace_id;
    w->name = row->name;
    w->region = row->region;
    w->currency = row->currency;
    w->time_zone = row->time_zone;
    w->behaviour_assumed = row->behaviour_assumed;
    w->outbound = row->outbound;
    build_zone(m, row, w);
    build_model(m, row, w);
    if (!m->short_of && (!w->model || !w->tz))
        log_line(LOG_ERROR, "workspace_unusable", "i:workspace_id",
                 w->workspace_id, "s:model", row->model_version, "s:time_zone",
                 row->time_zone, NULL);
}

static void build_origins(struct making *m, const char *text, struct source *s)
{
    struct arena *mem = m->snap->mem;
    json_t *list = parse(m, text);

    s->origins = arena_array(mem, json_array_size(list) + 1, sizeof(char *));
    for (size_t i = 0; i < json_array_size(list); i++)
        s->origins[s->n_origins++] =
            arena_strdup(mem, json_string_value(json_array_get(list, i)));
    json_decref(list);
}

/* Replay window of signed requests; anything but a number is the default. */
static int64_t window_of(const json_t *defaults)
{
    const json_t *v = json_object_get(defaults, "replay_window_s");

    return json_is_integer(v) ? json_integer_value(v) : -1;
}

static void build_hook(struct making *m, const json_t *defaults,
                       struct source *s)
{
    json_t *secrets = parse(m, s->secrets_json);

    s->hook = hook_find(s->kind);
    if (s->hook || str_eq(s->kind, "form"))
        hook_secrets_read(secrets, window_of(defaults), m->snap->mem,
                          &s->secrets);
    json_decref(secrets);
}

static void build_source(struct making *m, const struct source_row *row,
                         struct source *s)
{
    struct snapshot *snap = m->snap;
    struct field_errs errs = {.mem = snap->mem};
    json_t *mapping = parse(m, row->mapping_json);
    json_t *defaults = parse(m, row->defaults_json);

    s->workspace = snapshot_workspace(snap, row->workspace_id);
    s->source_id = row->source_id;
    s->kind = row->kind;
    s->name = row->name;
    s->id_space = row->id_space ? row->id_space : row->name;
    s->source_key = row->source_key;
    s->success_url = row->success_url;
    s->secrets_json = row->secrets_json;
    (void)origin_parse(row->origin, &s->origin);
    s->channel = text_of(defaults, "channel", snap->mem);
    s->campaign = text_of(defaults, "campaign", snap->mem);
    s->currency = text_of(defaults, "currency", snap->mem);
    s->price = json_integer_value(json_object_get(defaults, "price"));
    if ((row->mapping_json && !mapping) ||
        form_spec_compile(mapping, snap->mem, &s->spec, &errs) != ERR_OK) {
        if (!m->short_of)
            log_line(LOG_ERROR, "mapping_unusable", "s:source", s->name, NULL);
        s->spec = *form_spec_default();
    }
    defence_compile(defaults, row->secrets_json, &row->source_id, snap->mem,
                    &s->defence);
    build_hook(m, defaults, s);
    build_origins(m, row->origins_json, s);
    json_decref(mapping);
    json_decref(defaults);
}

static void build_keys(struct snapshot *snap, const struct settings_rows *rows)
{
    snap->keys = arena_array(snap->mem, rows->n_keys + 1, sizeof(*snap->keys));
    for (size_t i = 0; i < rows->n_keys; i++) {
        struct auth_key *k = &snap->keys[snap->n_keys];

        k->workspace_id = rows->keys[i].workspace_id;
        k->key_id = rows->keys[i].key_id;
        k->rep_id = rows->keys[i].rep_id;
        k->expires_ms = rows->keys[i].expires_ms;
        memcpy(k->hash, rows->keys[i].hash, sizeof(k->hash));
        if (key_role_parse(rows->keys[i].role, &k->role))
            snap->n_keys++;
    }
}

static int source_order(const void *a, const void *b)
{
    return strcmp(((const struct source *)a)->source_key,
                  ((const struct source *)b)->source_key);
}

static enum err build(struct snapshot *snap, const struct settings_rows *rows)
{
    struct making m = {.snap = snap};

    snap->workspaces = arena_array(snap->mem, rows->n_workspaces + 1,
                                   sizeof(*snap->workspaces));
    for (size_t i = 0; i < rows->n_workspaces; i++) {
        struct workspace *w = &snap->workspaces[snap->n_workspaces++];

        build_workspace(&m, &rows->workspaces[i], w);
    }
    snap->sources =
        arena_array(snap->mem, rows->n_sources + 1, sizeof(*snap->sources));
    for (size_t i = 0; i < rows->n_sources; i++) {
        struct source *s = &snap->sources[snap->n_sources];

        build_source(&m, &rows->sources[i], s);
        if (s->workspace && s->workspace->model && s->workspace->tz)
            snap->n_sources++;
    }
    /* the database's collation need not be strcmp's */
    qsort(snap->sources, snap->n_sources, sizeof(*snap->sources), source_order);
    build_keys(snap, rows);
    return m.short_of ? ERR_NO_MEMORY : ERR_OK;
}

void settings_keep(struct settings *s, const char *dir)
{
    s->dir = dir;
}

/* Takes mem, which the rows live in. */
static enum err swap(struct settings *s, struct arena *mem,
                     const struct settings_rows *rows)
{
    struct snapshot *snap = arena_alloc(mem, sizeof(*snap)), *old;
    enum err e;

    snap->mem = mem;
    snap->refs = 1;
    e = build(snap, rows);
    if (e != ERR_OK) {
        snapshot_free(snap);
        return e;
    }
    pthread_mutex_lock(&s->lock);
    old = s->now;
    s->now = snap;
    pthread_mutex_unlock(&s->lock);
    if (old)
        settings_drop(s, old);
    return ERR_OK;
}

static enum err load(struct settings *s, struct pg *pg)
{
    struct arena *mem = arena_new(SNAPSHOT_MAX);
    struct settings_rows rows = {0};
    enum err e = mem ? read_settings(pg, mem, &rows) : ERR_NO_MEMORY;

    if (e != ERR_OK) {
        arena_free(mem);
        return e;
    }
    if (s->dir && settings_file_write(s->dir, &rows) != ERR_OK)
        log_line(LOG_WARN, "settings_not_kept", NULL);
    return swap(s, mem, &rows);
}

/* One at a time: what was read first must not be shown last. */
enum err settings_load(struct settings *s, struct pg *pg)
{
    enum err e;

    pthread_mutex_lock(&s->loading);
    e = load(s, pg);
    pthread_mutex_unlock(&s->loading);
    return e;
}

enum err settings_load_kept(struct settings *s)
{
    struct arena *mem = arena_new(SNAPSHOT_MAX);
    struct settings_rows rows = {0};
    enum err e =
        mem && s->dir ? settings_file_read(s->dir, mem, &rows) : ERR_NOT_FOUND;

    if (e == ERR_OK)
        return swap(s, mem, &rows);
    arena_free(mem);
    return e;
}

const struct workspace *snapshot_workspace(const struct snapshot *s,
                                           int64_t workspace_id)
{
    for (size_t i = 0; i < s->n_workspaces; i++)
        if (s->workspaces[i].workspace_id == workspace_id)
            return &s->workspaces[i];
    return NULL;
}

static int by_key(const void *key, const void *source)
{
    return strcmp(key, ((const struct source *)source)->source_key);
}

const struct source *snapshot_source(const struct snapshot *s,
                                     const char *source_key)
{
    return s->n_sources ? bsearch(source_key, s->sources, s->n_sources,
                                  sizeof(*s->sources), by_key)
                        : NULL;
}

/* Sources are few, and this is asked once a receipt. */
const struct source *snapshot_source_id(const struct snapshot *s,
                                        int64_t workspace_id,
                                        const struct uuid *source_id)
{
    for (size_t i = 0; i < s->n_sources; i++)
        if (s->sources[i].workspace->workspace_id == workspace_id &&
            uuid_cmp(&s->sources[i].source_id, source_id) == 0)
            return &s->sources[i];
    return NULL;
}
