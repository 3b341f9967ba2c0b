#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"
#include "base/reserve.h"
#include "cli/commands.h"
#include "cli/listing.h"
#include "flow/source_make.h"
#include "lead/words.h"

struct input {
    struct cli cli;
    struct source_row s;
    json_t *defaults, *origins, *secrets;
};

static void take_secret(struct input *in, char *arg, struct argp_state *state)
{
    char *eq = strchr(arg, '=');

    if (!eq || eq == arg || !eq[1])
        argp_error(state, "--secret must be NAME=VALUE");
    else {
        *eq = '\0';
        (void)json_object_set_new(in->secrets, arg, json_string(eq + 1));
    }
}

static error_t take_word(struct input *in, char *arg, struct argp_state *state)
{
    if (in->s.kind)
        one_word(arg, &in->s.name, state);
    else if (source_kind_known(arg))
        in->s.kind = arg;
    else
        argp_error(state, "there is no kind of source %s", arg);
    return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct input *in = state->input;
    enum origin origin;

    switch (key) {
    case WORKSPACE_KEY:
        in->s.workspace_id = workspace_arg(arg, state);
        return 0;
    case 'c':
        return json_object_set_new(in->defaults, "channel", json_string(arg));
    case 'g':
        return json_object_set_new(in->defaults, "campaign", json_string(arg));
    case 'o':
        if (!origin_parse(arg, &origin))
            argp_error(state, "--origin: marketing, sales or referral");
        in->s.origin = arg;
        return 0;
    case 'u':
        in->s.success_url = arg;
        return 0;
    case 'a':
        return json_array_append_new(in->origins, json_string(arg));
    case 's':
        take_secret(in, arg, state);
        return 0;
    case ARGP_KEY_ARG:
        return take_word(in, arg, state);
    case ARGP_KEY_END:
        if (!in->s.name || !*in->s.name)
            argp_error(state, "say its kind and its name");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option OPTIONS[] = {
    WORKSPACE_OPTION,
    {"channel", 'c', "NAME", 0, "Channel of leads that name none", 0},
    {"campaign", 'g', "NAME", 0, "Campaign of leads that name none", 0},
    {"origin", 'o', "WORD", 0, "marketing (default), sales or referral", 0},
    {"success-url", 'u', "URL", 0, "Where a plain form goes when done", 0},
    {"allow-origin", 'a', "ORIGIN", 0,
     "Browser origin that may post here; may be given again", 0},
    {"secret", 's', "NAME=VALUE", 0,
     "A secret of the platform; those not given are made up", 0},
    {0}};

static char *text_of(const json_t *j, struct arena *mem)
{
    char *text = json_dumps(j, JSON_COMPACT);
    char *copy = arena_strdup(mem, text);

    reserve_free(text);
    return copy;
}

static void print_new(const struct session *s, const struct source_row *row,
                      json_t *secrets)
{
    bool form = str_eq(row->kind, "form");
    char id[UUID_TEXT_BYTES];
    json_t *j = json_pack(
        "{s:s, s:s, s:s, s:O}", "source_id", uuid_format(&row->source_id, id),
        "source_key", row->source_key, "path",
        form ? arena_printf(s->mem, "/v1/forms/%s", row->source_key)
             : arena_printf(s->mem, "/v1/hooks/%s/%s", row->kind,
                            row->source_key),
        "secrets", secrets);

    if (j)
        (void)json_dumpf(j, stdout, JSON_INDENT(2));
    puts("");
    json_decref(j);
}

static int create(struct session *s, struct input *in)
{
    json_t *secrets = source_make(&in->s, in->secrets, s->by.now_ms, s->mem);
    enum err e = secrets ? ERR_OK : ERR_NO_MEMORY;

    in->s.defaults_json = text_of(in->defaults, s->mem);
    in->s.origins_json = text_of(in->origins, s->mem);
    if (e == ERR_OK)
        e = write_source(s->pg, s->mem, &s->by, &in->s);
    if (e == ERR_OK)
        print_new(s, &in->s, secrets);
    json_decref(secrets);
    return e == ERR_OK ? 0 : cli_fail(s->pg, "making the source", e);
}

int cmd_source_create(int argc, char **argv)
{
    static const struct cli_spec SPEC = {
        OPTIONS, parse, "KIND NAME",
        "Make a way in for leads, and show its secrets once.\v"
        "KIND is form, server or a platform: see the README.",
        false};
    struct input in = {.s = {.workspace_id = 1},
                       .defaults = json_object(),
                       .origins = json_array(),
                       .secrets = json_object()};
    struct session s;
    int rc;

    cli_parse(&SPEC, argc, argv, &in);
    rc = session_open_in(&s, &in.cli, in.s.workspace_id);
    if (rc == 0)
        rc = create(&s, &in);
    session_close(&s);
    json_decref(in.defaults);
    json_decref(in.origins);
    json_decref(in.secrets);
    return rc;
}

int cmd_source_list(int argc, char **argv)
{
    return listing(LIST_SOURCES,
                   "The sources of a workspace, as JSON, without secrets.",
                   argc, argv);
}
