/**
 * @file cli.h
 * What the commands share: reading arguments and settings, reaching the
 * database, complaining.  Thread: main.
 */
#ifndef LEADD_CLI_H
#define LEADD_CLI_H

#include <argp.h>

#include "base/err.h"
#include "flow/flow.h"
#include "options/options.h"
#include "store/pg.h"
#include "store/write_settings.h"

#define CLI_MEM_MAX ((size_t)64 << 20)

/** First member of the input of every command's own parser. */
struct cli {
    const char *config; /**< --config, or NULL */
    struct option_arg *args;
    size_t n_args;
};

/** A command's own arguments, as argp wants them. */
struct cli_spec {
    const struct argp_option *options; /**< may be NULL */
    argp_parser_t parse;               /**< may be NULL */
    const char *args_doc, *doc;
    bool all_settings; /**< --help shows every setting, not just the few */
};

/** Parse or leave with a usage line (64). @param in begins with struct cli */
void cli_parse(const struct cli_spec *spec, int argc, char **argv, void *in);

/** Take the only word a command has, or leave with a usage line. */
void one_word(char *arg, const char **word, struct argp_state *state);

/** Load the settings or leave with one line and OPTIONS_EXIT. */
struct options *cli_options(const struct cli *c);
/** As options_load, with the file looked for in the usual places. */
enum err cli_load(const struct cli *c, char err_why[OPTIONS_WHY_BYTES],
                  struct options **out) MUST_CHECK;
void cli_release(struct cli *c);

/** The settings and the database of one short command. */
struct session {
    struct options *o;
    struct pg *pg;
    struct arena *mem;
    struct by by; /**< "cli:<user>", now */
};

/** Load and connect. @return 0, or the exit code after one line on stderr */
int session_open(struct session *s, struct cli *c);
/** The same for what is done in a workspace, which must be there. */
int session_open_in(struct session *s, struct cli *c, int64_t workspace_id);
void session_close(struct session *s);

/** One line on stderr: what was tried and why it failed. @return 1 */
int cli_fail(const struct pg *pg, const char *what, enum err e);

/** Connection settings of @a o. */
struct pg_config cli_pg_config(const struct options *o);

/** What the road is built from. */
struct flow_config cli_flow_config(const struct options *o);
struct http_net;
/** A setting of kind NETS, in @a mem. */
struct http_net *cli_nets(const char *list, struct arena *mem, size_t *out_n);

/** The numeric address people reach us at: ours, or 127.0.0.1 for all. */
const char *cli_host(const struct options *o);
/** base_url, or "http://host:port". */
const char *cli_base_url(const struct options *o, uint16_t port,
                         struct arena *mem);

#endif
