/* leadd: finds the command and runs it. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/crypto.h"
#include "base/reserve.h"
#include "base/str.h"
#include "cli/commands.h"

#define EXIT_USAGE 64

static const struct command {
    int (*run)(int argc, char **argv);
    const char *words, *help;
} COMMANDS[] = {
#define X(fn, words, help) {fn, words, help},
#include "cli/commands.def"
#undef X
};

static void usage(FILE *out)
{
    fputs("usage: leadd COMMAND [OPTION...]\n\n"
          "leadd takes in leads over HTTP, scores them and hands them to"
          " sales.\n\n",
          out);
    for (size_t i = 0; i < ARRAY_LEN(COMMANDS); i++)
        fprintf(out, "  %-18s %s\n", COMMANDS[i].words, COMMANDS[i].help);
    fputs("\nleadd COMMAND --help tells more.  Settings: config/leadd.conf.\n",
          out);
}

/* @return how many of the arguments are the command's words, 0: none fit */
static int words_match(const struct command *c, int argc, char **argv)
{
    const char *blank = strchr(c->words, ' ');
    size_t first = blank ? (size_t)(blank - c->words) : strlen(c->words);

    if (argc < 2 || strlen(argv[1]) != first ||
        memcmp(argv[1], c->words, first) != 0)
        return 0;
    if (!blank)
        return 1;
    return argc > 2 && str_eq(argv[2], blank + 1) ? 2 : 0;
}

int main(int argc, char **argv)
{
    const char *first = argc > 1 ? argv[1] : "";

    json_set_alloc_funcs(reserve_malloc, reserve_free);
    (void)crypto_use_reserve();

    for (size_t i = 0; i < ARRAY_LEN(COMMANDS); i++) {
        int n = words_match(&COMMANDS[i], argc, argv);
        char name[64];

        if (!n)
            continue;
        snprintf(name, sizeof(name), "leadd %s", COMMANDS[i].words);
        argv[n] = name;
        return COMMANDS[i].run(argc - n, argv + n);
    }
    if (str_eq(first, "--check-config"))
        return cmd_check_config(argc - 1, argv + 1);
    if (str_eq(first, "--version"))
        return cmd_version(argc - 1, argv + 1);
    if (str_eq(first, "--help") || str_eq(first, "help")) {
        usage(stdout);
        return 0;
    }
    if (*first)
        fprintf(stderr, "leadd: there is no command %s%s%s\n\n", first,
                argc > 2 ? " " : "", argc > 2 ? argv[2] : "");
    usage(stderr);
    return EXIT_USAGE;
}
