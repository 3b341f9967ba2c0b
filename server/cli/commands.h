/**
 * @file commands.h
 * The commands (commands.def).  Each parses its own arguments, with argv[0]
 * "leadd <words>", and returns the exit code: 0; 1 when it failed, after one
 * line on stderr; 64 for bad usage; 78 for a bad setting.
 */
#ifndef LEADD_COMMANDS_H
#define LEADD_COMMANDS_H

#define LEADD_VERSION "0.1.0"

#define X(fn, words, help) int fn(int argc, char **argv);
#include "cli/commands.def"
#undef X

#endif
