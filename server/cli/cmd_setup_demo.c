/*
 * What `make run` needs to be of use at once.  May run again: whatever is
 * there is kept, whatever is missing (after a kill, say) is made.  Keys can
 * not be read back from the database, so keys.json is where they live; a key
 * in it that no longer works is made anew.
 */
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/keys.h"
#include "base/reserve.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/default_model.h"
#include "flow/source_make.h"
#include "intake/hook.h"
#include "store/read_lists.h"

#define DEMO_ID       1
#define DEMO_CAPACITY 30

struct input {
    struct cli cli;
    const char *home;
};

struct demo {
    struct session s;
    struct settings_rows rows;
    json_t *old, *out; /* keys.json before and after */
    struct uuid reps[2];
};

static const struct {
    const char *name; /* in keys.json */
    enum key_role role;
    int rep; /* 1 and 2, 0: none */
} KEYS[] = {
    {"intake", ROLE_INTAKE, 0}, {"sales", ROLE_SALES, 1},
    {"sales2", ROLE_SALES, 2},  {"marketing", ROLE_MARKETING, 0},
    {"admin", ROLE_ADMIN, 0},
};

/* Secrets that only a platform can give. */
#define ZALO_APP "{\"app_id\": \"3827364510293847561\"}"

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct input *in = state->input;

    if (key == 'd')
        in->home = arg;
    else if (key == ARGP_KEY_END && !in->home)
        argp_error(state, "--home is needed");
    else if (key != ARGP_KEY_END)
        return ARGP_ERR_UNKNOWN;
    return 0;
}

/* ---- workspace, model, reps ---- */

static enum err have_workspace(struct demo *d)
{
    struct workspace_row w = {.workspace_id = DEMO_ID, .name = "demo"};
    const char *active = NULL;
    bool there = false;
    enum err e = ERR_OK;

    for (size_t i = 0; i < d->rows.n_workspaces; i++) {
        if (d->rows.workspaces[i].workspace_id == DEMO_ID) {
            there = true;
            active = d->rows.workspaces[i].model_version;
        }
    }
    if (!there)
        e = write_workspace(d->s.pg, d->s.mem, &d->s.by, &w, NULL);
    if (e != ERR_OK || active)
        return e;
    e = write_model(d->s.pg, d->s.mem, &d->s.by, DEMO_ID, DEFAULT_MODEL_VERSION,
                    DEFAULT_MODEL_JSON);
    if (e == ERR_OK || e == ERR_CONFLICT)
        e = write_model_active(d->s.pg, d->s.mem, &d->s.by, DEMO_ID,
                               DEFAULT_MODEL_VERSION);
    return e;
}

static enum err have_rep(struct demo *d, int n)
{
    struct rep_new r = {.workspace_id = DEMO_ID, .capacity = DEMO_CAPACITY};
    enum err e;

    r.name = arena_printf(d->s.mem, "demo sales %d", n + 1);
    e = read_rep_by_name(d->s.pg, d->s.mem, DEMO_ID, r.name, &d->reps[n]);
    if (e != ERR_NOT_FOUND)
        return e;
    r.rep_id = d->reps[n] = uuid_new(d->s.by.now_ms);
    return write_rep(d->s.pg, d->s.mem, &d->s.by, &r);
}

/* ---- keys ---- */

static bool still_good(const struct demo *d, const char *text,
                       enum key_role role)
{
    const char *pepper = d->s.o->key_pepper;

    for (size_t i = 0; text && i < d->rows.n_keys; i++) {
        const struct key_row *row = &d->rows.keys[i];
        struct auth_key key = {.workspace_id = row->workspace_id,
                               .key_id = row->key_id,
                               .expires_ms = row->expires_ms};

        memcpy(key.hash, row->hash, sizeof(key.hash));
        if (str_eq(row->role, key_role_text(role)) &&
            key_check(&key, 1, text, pepper, d->s.by.now_ms))
            return true;
    }
    return false;
}

static enum err have_key(struct demo *d, size_t k)
{
    const char *old = json_string_value(json_object_get(d->old, KEYS[k].name));
    struct key_row row = {.workspace_id = DEMO_ID,
                          .role = key_role_text(KEYS[k].role)};
    char text[KEY_TEXT_BYTES];
    struct auth_key key;
    enum err e;

    if (still_good(d, old, KEYS[k].role)) {
        (void)json_object_set_new(d->out, KEYS[k].name, json_string(old));
        return ERR_OK;
    }
    key_make(DEMO_ID, KEYS[k].role, d->s.o->key_pepper, d->s.by.now_ms, text,
             &key);
    row.key_id = key.key_id;
    if (KEYS[k].rep)
        row.rep_id = d->reps[KEYS[k].rep - 1];
    memcpy(row.hash, key.hash, sizeof(row.hash));
    e = write_key(d->s.pg, d->s.mem, &d->s.by, &row,
                  arena_printf(d->s.mem, "demo %s", KEYS[k].name));
    (void)json_object_set_new(d->out, KEYS[k].name, json_string(text));
    return e;
}

/* ---- sources ---- */

/* A form, and one source of every platform, named as it. */
static const char *demo_kind(size_t k)
{
    const struct hook *hook = k ? hook_at(k - 1) : NULL;

    return k ? (hook ? hook->kind : NULL) : "form";
}

static const struct source_row *find_source(const struct demo *d,
                                            const char *kind)
{
    const char *name = str_eq(kind, "form") ? "demo" : kind;

    for (size_t i = 0; i < d->rows.n_sources; i++) {
        const struct source_row *s = &d->rows.sources[i];

        if (s->workspace_id == DEMO_ID && str_eq(s->kind, kind) &&
            str_eq(s->name, name))
            return s;
    }
    return NULL;
}

static void show_source(struct demo *d, const char *kind, const char *key,
                        const json_t *secrets)
{
    json_t *hooks = json_object_get(d->out, "hooks");
    json_t *one = json_object();

    if (str_eq(kind, "form")) {
        json_decref(one);
        (void)json_object_set_new(d->out, "form_key", json_string(key));
        (void)json_object_set_new(d->out, "hooks", json_object());
        return;
    }
    (void)json_object_set_new(one, "source_key", json_string(key));
    (void)json_object_update(one, (json_t *)(uintptr_t)secrets);
    (void)json_object_set_new(hooks, kind, one);
}

static enum err have_source(struct demo *d, const char *kind)
{
    const struct source_row *have = find_source(d, kind);
    bool form = str_eq(kind, "form");
    struct source_row s = {
        .workspace_id = DEMO_ID, .kind = kind, .name = form ? "demo" : kind};
    json_t *given = NULL, *secrets;
    enum err e = ERR_OK;

    if (have) {
        s = *have;
        secrets = json_loads(have->secrets_json, 0, NULL);
    } else {
        s.defaults_json = arena_printf(d->s.mem, "{\"channel\": \"%s\"}",
                                       form ? "landing" : kind);
        if (str_eq(kind, "zalo"))
            given = json_loads(ZALO_APP, 0, NULL);
        secrets = source_make(&s, given, d->s.by.now_ms, d->s.mem);
        e = secrets ? write_source(d->s.pg, d->s.mem, &d->s.by, &s)
                    : ERR_NO_MEMORY;
    }
    if (e == ERR_OK)
        show_source(d, s.kind, s.source_key, secrets);
    json_decref(given);
    json_decref(secrets);
    return e;
}

/* ---- keys.json ---- */

static bool write_all(const char *path, const char *text)
{
    size_t n = strlen(text);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && fchmod(fd, 0600) == 0 &&
              write(fd, text, n) == (ssize_t)n && fsync(fd) == 0;

    if (fd >= 0 && close(fd) != 0)
        ok = false;
    return ok;
}

/* Whole or not at all; left alone when nothing changed. */
static enum err save(struct demo *d, const char *path)
{
    const char *temp = arena_printf(d->s.mem, "%s.tmp", path);
    char *text;
    bool ok;

    if (d->old && json_equal(d->old, d->out))
        return ERR_OK;
    text = json_dumps(d->out, JSON_INDENT(2));
    ok = text && write_all(temp, text) && rename(temp, path) == 0;
    reserve_free(text);
    return ok ? ERR_OK : ERR_IO;
}

static enum err setup(struct demo *d, const char *path)
{
    enum err e = read_settings(d->s.pg, d->s.mem, &d->rows);

    d->old = json_load_file(path, 0, NULL);
    d->out = json_object();
    (void)json_object_set_new(
        d->out, "base_url",
        json_string(cli_base_url(d->s.o, (uint16_t)d->s.o->port, d->s.mem)));
    if (e == ERR_OK)
        e = have_workspace(d);
    for (int i = 0; e == ERR_OK && i < (int)ARRAY_LEN(d->reps); i++)
        e = have_rep(d, i);
    for (size_t i = 0; e == ERR_OK && i < ARRAY_LEN(KEYS); i++)
        e = have_key(d, i);
    for (size_t i = 0; e == ERR_OK && demo_kind(i); i++)
        e = have_source(d, demo_kind(i));
    if (e == ERR_OK)
        e = save(d, path);
    json_decref(d->old);
    json_decref(d->out);
    return e;
}

int cmd_setup_demo(int argc, char **argv)
{
    static const struct argp_option OPTIONS[] = {
        {"home", 'd', "DIR", 0, "Where keys.json goes", 0}, {0}};
    static const struct cli_spec SPEC = {
        OPTIONS, parse, NULL,
        "Make what `make run` needs: workspace 1, two reps, five keys, a form"
        " and hooks, listed in DIR/keys.json.\vAgain keeps what is there.",
        false};
    struct input in = {0};
    struct demo d = {0};
    int rc;

    cli_parse(&SPEC, argc, argv, &in);
    rc = session_open(&d.s, &in.cli);
    if (rc == 0) {
        enum err e = setup(&d, arena_printf(d.s.mem, "%s/keys.json", in.home));

        if (e != ERR_OK)
            rc = cli_fail(d.s.pg, "setting up the demo", e);
    }
    session_close(&d.s);
    return rc;
}
