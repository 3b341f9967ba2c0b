#include <inttypes.h>
#include <stdio.h>

#include "auth/keys.h"
#include "base/clock.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/listing.h"

#define DAYS_MAX 36500

struct input {
    struct cli cli;
    int64_t workspace_id, days;
    enum key_role role;
    struct uuid rep_id, key_id;
    const char *label, *word;
};

static error_t parse_create(int key, char *arg, struct argp_state *state)
{
    struct input *in = state->input;

    switch (key) {
    case WORKSPACE_KEY:
        in->workspace_id = workspace_arg(arg, state);
        return 0;
    case 'r':
        if (!uuid_parse(arg, &in->rep_id))
            argp_error(state, "--rep must be an id of `leadd rep list`");
        return 0;
    case 'l':
        in->label = arg;
        return 0;
    case 'd':
        if (!str_to_i64(arg, &in->days) || in->days < 1 || in->days > DAYS_MAX)
            argp_error(state, "--days must be a number from 1");
        return 0;
    case ARGP_KEY_ARG:
        one_word(arg, &in->word, state);
        if (!key_role_parse(arg, &in->role))
            argp_error(state, "there is no role %s", arg);
        return 0;
    case ARGP_KEY_END:
        if (!in->role)
            argp_error(state, "say which role");
        if (uuid_is_nil(&in->rep_id) == (in->role == ROLE_SALES))
            argp_error(state, "--rep goes with a sales key, and only there");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option OPTIONS[] = {
    WORKSPACE_OPTION,
    {"rep", 'r', "ID", 0, "The rep a sales key is for", 0},
    {"label", 'l', "TEXT", 0, "What the key is for", 0},
    {"days", 'd', "N", 0, "Days it is valid (default: for ever)", 0},
    {0}};

/* A sales key is of a rep who is there. @return 0, or the exit code */
static int rep_known(struct session *s, const struct input *in)
{
    char id[UUID_TEXT_BYTES];
    enum err e;

    if (uuid_is_nil(&in->rep_id))
        return 0;
    e = read_rep_known(s->pg, s->mem, in->workspace_id, &in->rep_id);
    if (e == ERR_OK)
        return 0;
    if (e != ERR_NOT_FOUND)
        return cli_fail(s->pg, "looking for the rep", e);
    fprintf(stderr, "leadd: there is no rep %s in workspace %" PRId64 "\n",
            uuid_format(&in->rep_id, id), in->workspace_id);
    return 1;
}

static int create(struct session *s, const struct input *in)
{
    struct key_row row = {.workspace_id = in->workspace_id,
                          .rep_id = in->rep_id,
                          .role = key_role_text(in->role)};
    char text[KEY_TEXT_BYTES], id[UUID_TEXT_BYTES];
    struct auth_key key;
    enum err e;

    key_make(in->workspace_id, in->role, s->o->key_pepper, s->by.now_ms, text,
             &key);
    row.key_id = key.key_id;
    row.expires_ms = in->days ? s->by.now_ms + in->days * DAY_MS : 0;
    memcpy(row.hash, key.hash, sizeof(row.hash));
    e = write_key(s->pg, s->mem, &s->by, &row, in->label);
    if (e != ERR_OK)
        return cli_fail(s->pg, "making the key", e);
    printf("{\"key_id\": \"%s\", \"key\": \"%s\"}\n",
           uuid_format(&row.key_id, id), text);
    return 0;
}

int cmd_key_create(int argc, char **argv)
{
    static const struct cli_spec SPEC = {
        OPTIONS, parse_create, "intake|sales|marketing|admin",
        "Make a key and show it, once: only its hash is kept.", false};
    struct input in = {.workspace_id = 1, .label = ""};
    struct session s;
    int rc;

    cli_parse(&SPEC, argc, argv, &in);
    rc = session_open_in(&s, &in.cli, in.workspace_id);
    if (rc == 0)
        rc = rep_known(&s, &in);
    if (rc == 0)
        rc = create(&s, &in);
    session_close(&s);
    return rc;
}

int cmd_key_list(int argc, char **argv)
{
    return listing(LIST_KEYS, "The keys of a workspace, as JSON.", argc, argv);
}

static error_t parse_revoke(int key, char *arg, struct argp_state *state)
{
    struct input *in = state->input;

    switch (key) {
    case WORKSPACE_KEY:
        in->workspace_id = workspace_arg(arg, state);
        return 0;
    case ARGP_KEY_ARG:
        one_word(arg, &in->word, state);
        if (!uuid_parse(arg, &in->key_id))
            argp_error(state, "%s is no id of a key", arg);
        return 0;
    case ARGP_KEY_END:
        if (!in->word)
            argp_error(state, "say which key");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int cmd_key_revoke(int argc, char **argv)
{
    static const struct argp_option REVOKE[] = {WORKSPACE_OPTION, {0}};
    static const struct cli_spec SPEC = {
        REVOKE, parse_revoke, "KEY_ID",
        "End a key; running servers hear of it within a second or two.", false};
    struct input in = {.workspace_id = 1};
    struct session s;
    int rc;

    cli_parse(&SPEC, argc, argv, &in);
    rc = session_open_in(&s, &in.cli, in.workspace_id);
    if (rc == 0) {
        enum err e =
            write_key_revoked(s.pg, s.mem, &s.by, in.workspace_id, &in.key_id);

        if (e != ERR_OK)
            rc = cli_fail(s.pg, "revoking the key", e);
        else
            puts("{\"revoked\": true}");
    }
    session_close(&s);
    return rc;
}
