#include <inttypes.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "store/verify.h"

#define STATEMENT_MS (4 * 3600 * 1000)

int cmd_verify_rollups(int argc, char **argv)
{
    static const struct cli_spec SPEC = {
        .doc = "Recount the funnel from the stage changes and print what"
               " differs.\vExit code 0 when nothing does, 1 when something"
               " does.  Safe beside a running service."};
    struct pg_config config;
    struct cli c = {0};
    struct options *o;
    struct pg *pg;
    int64_t n = 0;
    enum err e;
    int rc;

    cli_parse(&SPEC, argc, argv, &c);
    o = cli_options(&c);
    cli_release(&c);
    config = cli_pg_config(o);
    config.statement_ms = STATEMENT_MS;
    pg = pg_new(&config);
    e = pg ? verify_rollups(pg, stdout, &n) : ERR_NO_MEMORY;
    if (e != ERR_OK)
        rc = cli_fail(pg, "recounting", e);
    else
        rc = n != 0;
    if (e == ERR_OK)
        printf("%" PRId64 " rollup rows differ from their recount\n", n);
    pg_free(pg);
    options_free(o);
    return rc;
}
