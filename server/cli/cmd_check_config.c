#include <stdio.h>

#include "cli/cli.h"
#include "cli/commands.h"

int cmd_check_config(int argc, char **argv)
{
    static const struct cli_spec SPEC = {
        .doc = "Read the settings as serve would, and say what is wrong.\v"
               "Exit code 0 when all is well, 78 after one line when not.",
        .all_settings = true};
    struct cli c = {0};

    cli_parse(&SPEC, argc, argv, &c);
    options_free(cli_options(&c)); /* leaves when they are bad */
    cli_release(&c);
    puts("the settings are fine");
    return 0;
}
