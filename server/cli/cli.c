#include "cli/cli.h"

#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"
#include "cli/settings_check.h"
#include "http/addr.h"
#include "store/read_lists.h"

#define KEY_CONFIG  0x1000
#define KEY_SETTING 0x1001 /* and the row's number */

extern char **environ;

/* Places of the settings file, when none is named. */
static const char *const FILES[] = {"config/leadd.conf",
                                    "/etc/leadd/leadd.conf"};

/* Settings that matter to short commands, and so stand in their --help. */
static const char *const FEW[] = {"database", "key_pepper"};

static bool is_few(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(FEW); i++)
        if (str_eq(FEW[i], name))
            return true;
    return false;
}

/* argp's table of the settings, made from ours. */
static struct argp_option *setting_options(bool all)
{
    const struct option_info *rows;
    size_t n = options_all(&rows);
    struct argp_option *out = calloc(n + 2, sizeof(*out));

    if (!out)
        abort();
    out[0] = (struct argp_option){
        "config",
        KEY_CONFIG,
        "FILE",
        0,
        "Settings file (else LEADD_CONFIG, config/leadd.conf, "
        "/etc/leadd/leadd.conf)",
        0};
    for (size_t i = 0; i < n; i++)
        out[i + 1] = (struct argp_option){
            rows[i].name,
            KEY_SETTING + (int)i,
            *rows[i].unit ? rows[i].unit : "VALUE",
            all || is_few(rows[i].name) ? 0 : OPTION_HIDDEN,
            rows[i].help,
            0};
    return out;
}

static error_t parse_setting(int key, char *arg, struct argp_state *state)
{
    const struct option_info *rows;
    size_t n = options_all(&rows);
    struct cli *c = state->input;

    if (key == KEY_CONFIG) {
        c->config = arg;
        return 0;
    }
    if (key < KEY_SETTING || (size_t)(key - KEY_SETTING) >= n)
        return ARGP_ERR_UNKNOWN;
    c->args = reallocarray(c->args, c->n_args + 1, sizeof(*c->args));
    if (!c->args)
        abort();
    c->args[c->n_args++] =
        (struct option_arg){rows[key - KEY_SETTING].name, arg};
    return 0;
}

/* Both children work on the same input. */
static error_t parse_top(int key, char *arg, struct argp_state *state)
{
    (void)arg;
    if (key != ARGP_KEY_INIT)
        return ARGP_ERR_UNKNOWN;
    state->child_inputs[0] = state->input;
    state->child_inputs[1] = state->input;
    return 0;
}

static error_t parse_nothing(int key, char *arg, struct argp_state *state)
{
    (void)key, (void)arg, (void)state;
    return ARGP_ERR_UNKNOWN;
}

void cli_parse(const struct cli_spec *spec, int argc, char **argv, void *in)
{
    struct argp_option *settings = setting_options(spec->all_settings);
    struct argp own = {.options = spec->options,
                       .parser = spec->parse ? spec->parse : parse_nothing};
    struct argp ours = {.options = settings, .parser = parse_setting};
    struct argp_child children[] = {
        {&own, 0, NULL, 0}, {&ours, 0, "Settings:", 1}, {0}};
    struct argp top = {.parser = parse_top,
                       .args_doc = spec->args_doc,
                       .doc = spec->doc,
                       .children = children};

    (void)argp_parse(&top, argc, argv, 0, NULL, in); /* leaves on error */
    free(settings);
}

static const char *file_of(const struct cli *c)
{
    const char *env = getenv("LEADD_CONFIG");

    if (c->config)
        return c->config;
    if (env && *env)
        return env;
    for (size_t i = 0; i < ARRAY_LEN(FILES); i++)
        if (access(FILES[i], F_OK) == 0)
            return FILES[i];
    return NULL;
}

enum err cli_load(const struct cli *c, char err_why[OPTIONS_WHY_BYTES],
                  struct options **out)
{
    struct options *o = NULL;
    const char *name, *what;
    enum err e =
        options_load(file_of(c), environ, c->args, c->n_args, err_why, &o);

    what = e == ERR_OK ? settings_wrong(o, &name) : NULL;
    if (what)
        e = options_refuse(o, name, what, err_why);
    if (e == ERR_OK)
        *out = o;
    else
        options_free(o);
    return e;
}

struct options *cli_options(const struct cli *c)
{
    char why[OPTIONS_WHY_BYTES];
    struct options *o = NULL;

    if (cli_load(c, why, &o) == ERR_OK)
        return o;
    fprintf(stderr, "leadd: %s\n", why);
    exit(OPTIONS_EXIT);
}

void cli_release(struct cli *c)
{
    free(c->args);
    c->args = NULL;
    c->n_args = 0;
}

struct pg_config cli_pg_config(const struct options *o)
{
    return (struct pg_config){
        .conninfo = o->database,
        .connect_ms = (int)o->connect_ms,
        .statement_ms = (int)o->statement_ms,
        .prepare = o->prepare,
    };
}

struct flow_config cli_flow_config(const struct options *o)
{
    return (struct flow_config){
        .pg = cli_pg_config(o),
        .writers = (int)o->writers,
        .readers = (int)o->readers,
        .queue_max = (size_t)o->queue_max,
        .batch_max = (size_t)o->batch_max,
        .reads_max = (size_t)o->reads_max,
        .work_ms = (int)o->work_ms,
        .lease_ms = (int)o->lease_ms,
        .respond_ms = (int)o->respond_ms,
        .pepper = o->key_pepper,
        .mail_check = o->mail_check,
        .migrate = o->migrate,
        .spool = {.dir = o->spool_dir,
                  .max_bytes = (uint64_t)o->spool_max,
                  .segment_bytes = (uint64_t)o->spool_segment},
    };
}

struct http_net *cli_nets(const char *list, struct arena *mem, size_t *out_n)
{
    char *rest = NULL;
    struct http_net *nets =
        arena_array(mem, strlen(list) / 2 + 1, sizeof(*nets));

    *out_n = 0;
    for (char *net = strtok_r(arena_strdup(mem, list), ",", &rest); net;
         net = strtok_r(NULL, ",", &rest))
        if (net_parse(str_trim(net), &nets[*out_n]))
            ++*out_n;
    return nets;
}

static const char *actor(struct arena *mem)
{
    const struct passwd *pw = getpwuid(getuid());

    return pw ? arena_printf(mem, "cli:%s", pw->pw_name)
              : arena_printf(mem, "cli:%u", getuid());
}

int session_open(struct session *s, struct cli *c)
{
    struct pg_config pg;
    enum err e;

    memset(s, 0, sizeof(*s));
    s->o = cli_options(c);
    cli_release(c);
    log_init(LOG_WARN);
    pg = cli_pg_config(s->o);
    s->mem = arena_new(CLI_MEM_MAX);
    s->pg = pg_new(&pg);
    if (!s->mem || !s->pg)
        return cli_fail(NULL, "starting", ERR_NO_MEMORY);
    s->by = (struct by){actor(s->mem), clock_now_ms()};
    e = pg_ready(s->pg);
    return e == ERR_OK ? 0 : cli_fail(s->pg, "connecting", e);
}

int session_open_in(struct session *s, struct cli *c, int64_t workspace_id)
{
    int rc = session_open(s, c);
    enum err e;

    if (rc != 0)
        return rc;
    e = read_workspace_known(s->pg, s->mem, workspace_id);
    if (e == ERR_OK)
        return 0;
    if (e != ERR_NOT_FOUND)
        return cli_fail(s->pg, "looking for the workspace", e);
    fprintf(stderr, "leadd: there is no workspace %" PRId64 "\n", workspace_id);
    return 1;
}

void session_close(struct session *s)
{
    pg_free(s->pg);
    arena_free(s->mem);
    options_free(s->o);
}

void one_word(char *arg, const char **word, struct argp_state *state)
{
    if (*word)
        argp_error(state, "%s is one word too many", arg);
    else
        *word = arg;
}

int cli_fail(const struct pg *pg, const char *what, enum err e)
{
    const char *why = pg ? pg_why(pg) : NULL;

    fprintf(stderr, "leadd: %s: %s%s%s\n", what, err_info(e)->title,
            why && *why ? ": " : "", why ? why : "");
    return 1;
}

const char *cli_host(const struct options *o)
{
    static const char *const ALL[] = {"*", "0.0.0.0", "::"};

    for (size_t i = 0; i < ARRAY_LEN(ALL); i++)
        if (str_eq(o->listen, ALL[i]))
            return "127.0.0.1";
    return o->listen;
}

const char *cli_base_url(const struct options *o, uint16_t port,
                         struct arena *mem)
{
    const char *host = cli_host(o);

    if (*o->base_url)
        return o->base_url;
    return strchr(host, ':') ? arena_printf(mem, "http://[%s]:%u", host, port)
                             : arena_printf(mem, "http://%s:%u", host, port);
}
