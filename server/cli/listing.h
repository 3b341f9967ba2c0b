/**
 * @file listing.h
 * The list commands: one shape, four tables.
 */
#ifndef LEADD_LISTING_H
#define LEADD_LISTING_H

#include "cli/cli.h"
#include "store/read_lists.h"

/** Run a whole list command. @return its exit code */
int listing(enum list_kind kind, const char *doc, int argc, char **argv);

/** The row of --workspace in a command's table, with its key. */
#define WORKSPACE_KEY 'w'
#define WORKSPACE_OPTION                                                       \
    {                                                                          \
        "workspace", WORKSPACE_KEY, "NUMBER", 0, "Workspace (default 1)", 0    \
    }
/** Its value, or leave with a usage line. */
int64_t workspace_arg(const char *arg, struct argp_state *state);

#endif
