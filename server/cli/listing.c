#include "cli/listing.h"

#include <stdio.h>

#include "base/str.h"

struct input {
    struct cli cli;
    int64_t workspace_id;
};

int64_t workspace_arg(const char *arg, struct argp_state *state)
{
    int64_t id = 0;

    if (!str_to_i64(arg, &id) || id < 1)
        argp_error(state, "--workspace must be a number from 1");
    return id;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct input *in = state->input;

    if (key != WORKSPACE_KEY)
        return ARGP_ERR_UNKNOWN;
    in->workspace_id = workspace_arg(arg, state);
    return 0;
}

int listing(enum list_kind kind, const char *doc, int argc, char **argv)
{
    static const struct argp_option OPTIONS[] = {WORKSPACE_OPTION, {0}};
    struct cli_spec spec = {.doc = doc};
    AUTO(buf_release) struct buf out = BUF_INIT;
    struct input in = {.workspace_id = 1};
    struct session s;
    int rc;

    if (kind != LIST_WORKSPACES) {
        spec.options = OPTIONS;
        spec.parse = parse;
    }
    cli_parse(&spec, argc, argv, &in);
    rc = kind == LIST_WORKSPACES
             ? session_open(&s, &in.cli)
             : session_open_in(&s, &in.cli, in.workspace_id);
    if (rc == 0) {
        enum err e = read_list(s.pg, s.mem, kind, in.workspace_id, &out);

        if (e != ERR_OK)
            rc = cli_fail(s.pg, "reading the list", e);
        else
            fputs(out.ptr, stdout);
    }
    session_close(&s);
    return rc;
}
