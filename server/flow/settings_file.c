/*
 * settings.json: {"format": 1, "workspaces": [...], "sources": [...],
 * "keys": [...]}, each row an object with the names of its struct's members;
 * ids and hashes as text, absent texts as null.
 */
#include "flow/settings_file.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

#include "base/crypto.h"

#define NAME   "settings.json"
#define FORMAT 1

/* ---- writing ---- */

static void put_text(json_t *row, const char *name, const char *s)
{
    json_object_set_new(row, name, s ? json_string(s) : json_null());
}

static void put_id(json_t *row, const char *name, const struct uuid *id)
{
    char t[UUID_TEXT_BYTES];

    put_text(row, name, uuid_format(id, t));
}

static json_t *workspace_json(const struct workspace_row *w)
{
    json_t *row = json_object();

    json_object_set_new(row, "workspace_id", json_integer(w->workspace_id));
    put_text(row, "name", w->name);
    put_text(row, "time_zone", w->time_zone);
    put_text(row, "region", w->region);
    put_text(row, "currency", w->currency);
    json_object_set_new(row, "behaviour_assumed",
                        json_boolean(w->behaviour_assumed));
    json_object_set_new(row, "outbound", json_boolean(w->outbound));
    put_text(row, "model_version", w->model_version);
    put_text(row, "model_json", w->model_json);
    return row;
}

static json_t *source_json(const struct source_row *s)
{
    json_t *row = json_object();

    json_object_set_new(row, "workspace_id", json_integer(s->workspace_id));
    put_id(row, "source_id", &s->source_id);
    put_text(row, "kind", s->kind);
    put_text(row, "name", s->name);
    put_text(row, "id_space", s->id_space);
    put_text(row, "source_key", s->source_key);
    put_text(row, "origin", s->origin);
    put_text(row, "success_url", s->success_url);
    put_text(row, "defaults_json", s->defaults_json);
    put_text(row, "mapping_json", s->mapping_json);
    put_text(row, "secrets_json", s->secrets_json);
    put_text(row, "origins_json", s->origins_json);
    return row;
}

static json_t *key_json(const struct key_row *k)
{
    char hash[2 * sizeof(k->hash) + 1];
    json_t *row = json_object();

    json_object_set_new(row, "workspace_id", json_integer(k->workspace_id));
    put_id(row, "key_id", &k->key_id);
    put_id(row, "rep_id", &k->rep_id);
    put_text(row, "role", k->role);
    put_text(row, "hash", hex_encode(k->hash, sizeof(k->hash), hash));
    json_object_set_new(row, "expires_ms", json_integer(k->expires_ms));
    return row;
}

static json_t *to_json(const struct settings_rows *rows)
{
    json_t *doc = json_object(), *list;

    json_object_set_new(doc, "format", json_integer(FORMAT));
    json_object_set_new(doc, "workspaces", list = json_array());
    for (size_t i = 0; i < rows->n_workspaces; i++)
        json_array_append_new(list, workspace_json(&rows->workspaces[i]));
    json_object_set_new(doc, "sources", list = json_array());
    for (size_t i = 0; i < rows->n_sources; i++)
        json_array_append_new(list, source_json(&rows->sources[i]));
    json_object_set_new(doc, "keys", list = json_array());
    for (size_t i = 0; i < rows->n_keys; i++)
        json_array_append_new(list, key_json(&rows->keys[i]));
    return doc;
}

/* mkstemp gives each writer a name of its own, and 0600. */
static enum err replace(const char *dir, const json_t *doc)
{
    char fresh[1100], path[1100];
    bool ok;
    int fd;

    snprintf(fresh, sizeof(fresh), "%s/" NAME ".XXXXXX", dir);
    snprintf(path, sizeof(path), "%s/" NAME, dir);
    fd = mkostemp(fresh, O_CLOEXEC);
    if (fd < 0)
        return ERR_IO;
    ok = json_dumpfd(doc, fd, JSON_COMPACT) == 0 && fdatasync(fd) == 0;
    ok = close(fd) == 0 && ok && rename(fresh, path) == 0;
    if (!ok)
        unlink(fresh);
    return ok ? ERR_OK : ERR_IO;
}

enum err settings_file_write(const char *dir, const struct settings_rows *rows)
{
    json_t *doc = to_json(rows);
    enum err e = doc ? replace(dir, doc) : ERR_NO_MEMORY;

    json_decref(doc);
    return e;
}

/* ---- reading ---- */

static const char *get_text(const json_t *row, const char *name,
                            struct arena *mem)
{
    return arena_strdup(mem, json_string_value(json_object_get(row, name)));
}

static int64_t get_i64(const json_t *row, const char *name)
{
    return json_integer_value(json_object_get(row, name));
}

static void get_id(const json_t *row, const char *name, struct uuid *out)
{
    const char *s = json_string_value(json_object_get(row, name));

    if (s)
        (void)uuid_parse(s, out);
}

static bool read_workspace(const json_t *row, struct arena *mem,
                           struct workspace_row *w)
{
    w->workspace_id = get_i64(row, "workspace_id");
    w->name = get_text(row, "name", mem);
    w->time_zone = get_text(row, "time_zone", mem);
    w->region = get_text(row, "region", mem);
    w->currency = get_text(row, "currency", mem);
    w->behaviour_assumed =
        json_is_true(json_object_get(row, "behaviour_assumed"));
    w->outbound = json_is_true(json_object_get(row, "outbound"));
    w->model_version = get_text(row, "model_version", mem);
    w->model_json = get_text(row, "model_json", mem);
    return w->name && w->time_zone && w->region && w->currency;
}

static bool read_source(const json_t *row, struct arena *mem,
                        struct source_row *s)
{
    s->workspace_id = get_i64(row, "workspace_id");
    get_id(row, "source_id", &s->source_id);
    s->kind = get_text(row, "kind", mem);
    s->name = get_text(row, "name", mem);
    s->id_space = get_text(row, "id_space", mem);
    s->source_key = get_text(row, "source_key", mem);
    s->origin = get_text(row, "origin", mem);
    s->success_url = get_text(row, "success_url", mem);
    s->defaults_json = get_text(row, "defaults_json", mem);
    s->mapping_json = get_text(row, "mapping_json", mem);
    s->secrets_json = get_text(row, "secrets_json", mem);
    s->origins_json = get_text(row, "origins_json", mem);
    return s->kind && s->name && s->source_key && s->origin;
}

static bool read_key(const json_t *row, struct arena *mem, struct key_row *k)
{
    const char *hash = json_string_value(json_object_get(row, "hash"));

    k->workspace_id = get_i64(row, "workspace_id");
    get_id(row, "key_id", &k->key_id);
    get_id(row, "rep_id", &k->rep_id);
    k->role = get_text(row, "role", mem);
    k->expires_ms = get_i64(row, "expires_ms");
    return k->role && hash && hex_decode(hash, sizeof(k->hash), k->hash);
}

static bool read_rows(const json_t *doc, struct arena *mem,
                      struct settings_rows *out)
{
    const json_t *w = json_object_get(doc, "workspaces");
    const json_t *s = json_object_get(doc, "sources");
    const json_t *k = json_object_get(doc, "keys");
    bool ok = true;

    out->n_workspaces = json_array_size(w);
    out->n_sources = json_array_size(s);
    out->n_keys = json_array_size(k);
    out->workspaces =
        arena_array(mem, out->n_workspaces + 1, sizeof(*out->workspaces));
    out->sources = arena_array(mem, out->n_sources + 1, sizeof(*out->sources));
    out->keys = arena_array(mem, out->n_keys + 1, sizeof(*out->keys));
    for (size_t i = 0; i < out->n_workspaces; i++)
        ok &= read_workspace(json_array_get(w, i), mem, &out->workspaces[i]);
    for (size_t i = 0; i < out->n_sources; i++)
        ok &= read_source(json_array_get(s, i), mem, &out->sources[i]);
    for (size_t i = 0; i < out->n_keys; i++)
        ok &= read_key(json_array_get(k, i), mem, &out->keys[i]);
    return ok && out->n_workspaces > 0;
}

enum err settings_file_read(const char *dir, struct arena *mem,
                            struct settings_rows *out)
{
    char path[1100];
    json_t *doc;
    bool ok;

    snprintf(path, sizeof(path), "%s/" NAME, dir);
    doc = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    ok = get_i64(doc, "format") == FORMAT && read_rows(doc, mem, out);
    json_decref(doc);
    return ok ? ERR_OK : ERR_NOT_FOUND;
}
