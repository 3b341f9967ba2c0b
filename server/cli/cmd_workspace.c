#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/default_model.h"
#include "cli/listing.h"

struct input {
    struct cli cli;
    struct workspace_row w;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct input *in = state->input;

    switch (key) {
    case 'i':
        if (!str_to_i64(arg, &in->w.workspace_id) || in->w.workspace_id < 1)
            argp_error(state, "--id must be a number from 1");
        return 0;
    case 't':
        in->w.time_zone = arg;
        return 0;
    case 'r':
        in->w.region = arg;
        return 0;
    case 'c':
        in->w.currency = arg;
        return 0;
    case ARGP_KEY_ARG:
        one_word(arg, &in->w.name, state);
        return 0;
    case ARGP_KEY_END:
        if (!in->w.name || !*in->w.name)
            argp_error(state, "say its name");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option OPTIONS[] = {
    {"id", 'i', "NUMBER", 0, "Number of the workspace (default: the next)", 0},
    {"time-zone", 't', "ZONE", 0, "IANA name (default Asia/Ho_Chi_Minh)", 0},
    {"region", 'r', "CC", 0, "Country of plain telephone numbers (VN)", 0},
    {"currency", 'c', "CCC", 0, "ISO 4217 currency (VND)", 0},
    {0}};

int cmd_workspace_create(int argc, char **argv)
{
    static const struct cli_spec SPEC = {
        OPTIONS, parse, "NAME",
        "Make a workspace with the shipped scoring model.", false};
    struct input in = {0};
    struct session s;
    struct tz *tz;
    int rc;
    enum err e;

    cli_parse(&SPEC, argc, argv, &in);
    tz = tz_load(in.w.time_zone ? in.w.time_zone : "UTC");
    tz_free(tz);
    if (!tz) {
        fprintf(stderr, "leadd: there is no time zone %s\n", in.w.time_zone);
        return 1;
    }
    rc = session_open(&s, &in.cli);
    if (rc == 0) {
        int64_t id = 0;

        e = write_workspace(s.pg, s.mem, &s.by, &in.w, &id);
        if (e == ERR_OK)
            e = write_model(s.pg, s.mem, &s.by, id, DEFAULT_MODEL_VERSION,
                            DEFAULT_MODEL_JSON);
        if (e == ERR_OK)
            e = write_model_active(s.pg, s.mem, &s.by, id,
                                   DEFAULT_MODEL_VERSION);
        if (e != ERR_OK)
            rc = cli_fail(s.pg, "making the workspace", e);
        else
            printf("{\"workspace_id\": %" PRId64 "}\n", id);
    }
    session_close(&s);
    return rc;
}

int cmd_workspace_list(int argc, char **argv)
{
    return listing(LIST_WORKSPACES, "All workspaces, as JSON.", argc, argv);
}
