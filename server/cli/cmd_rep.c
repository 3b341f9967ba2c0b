#include <stdio.h>

#include "base/str.h"
#include "cli/commands.h"
#include "cli/listing.h"

#define CAPACITY     30
#define CAPACITY_MAX 1000000

struct input {
    struct cli cli;
    struct rep_new r;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct input *in = state->input;
    int64_t n;

    switch (key) {
    case WORKSPACE_KEY:
        in->r.workspace_id = workspace_arg(arg, state);
        return 0;
    case 'c':
        if (!str_to_i64(arg, &n) || n < 0 || n > CAPACITY_MAX)
            argp_error(state, "--capacity must be a number from 0 to 1000000");
        else
            in->r.capacity = (int32_t)n;
        return 0;
    case ARGP_KEY_ARG:
        one_word(arg, &in->r.name, state);
        return 0;
    case ARGP_KEY_END:
        if (!in->r.name || !*in->r.name)
            argp_error(state, "say its name");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option OPTIONS[] = {
    WORKSPACE_OPTION,
    {"capacity", 'c', "N", 0, "Leads held at a time (default 30)", 0},
    {0}};

int cmd_rep_create(int argc, char **argv)
{
    static const struct cli_spec SPEC = {OPTIONS, parse, "NAME",
                                         "Make a sales rep.", false};
    struct input in = {.r = {.workspace_id = 1, .capacity = CAPACITY}};
    char text[UUID_TEXT_BYTES];
    struct session s;
    int rc;

    cli_parse(&SPEC, argc, argv, &in);
    rc = session_open_in(&s, &in.cli, in.r.workspace_id);
    if (rc == 0) {
        enum err e;

        in.r.rep_id = uuid_new(s.by.now_ms);
        e = write_rep(s.pg, s.mem, &s.by, &in.r);
        if (e != ERR_OK)
            rc = cli_fail(s.pg, "making the rep", e);
        else
            printf("{\"rep_id\": \"%s\"}\n", uuid_format(&in.r.rep_id, text));
    }
    session_close(&s);
    return rc;
}

int cmd_rep_list(int argc, char **argv)
{
    return listing(LIST_REPS, "The reps of a workspace, as JSON.", argc, argv);
}
