#include <stdio.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "store/migrate.h"

int cmd_migrate(int argc, char **argv)
{
    static const struct cli_spec SPEC = {
        .doc = "Bring the database schema up to date.\vTwo at once: one waits"
               " for the other.  Killed in the middle: run it again."};
    struct session s;
    struct cli c = {0};
    int applied = 0, rc;
    enum err e;

    cli_parse(&SPEC, argc, argv, &c);
    rc = session_open(&s, &c);
    if (rc == 0) {
        e = migrate(s.pg, &applied);
        if (e == ERR_OK)
            e = partitions_ahead(s.pg, s.by.now_ms);
        if (e == ERR_DATA) { /* the default partition goes on taking them */
            fprintf(stderr, "leadd: a monthly partition was not made: %s\n",
                    pg_why(s.pg));
            e = ERR_OK;
        }
        if (e != ERR_OK)
            rc = cli_fail(s.pg, "migrating", e);
        else
            printf("%d migrations applied\n", applied);
    }
    session_close(&s);
    return rc;
}
