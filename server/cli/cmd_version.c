#include <ini.h>
#include <jansson.h>
#include <libpq-fe.h>
#include <microhttpd.h>
#include <openssl/crypto.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "identity/mail_data.h"
#include "store/migrate.h"

int cmd_version(int argc, char **argv)
{
    static const struct cli_spec SPEC = {
        .doc = "Versions of leadd, its libraries and lists."};
    struct cli c = {0};
    const struct migration *last = MIGRATIONS;
    int pq = PQlibVersion();

    cli_parse(&SPEC, argc, argv, &c);
    cli_release(&c);
    while (last->number && last[1].number)
        last++;
    printf("leadd %s\n", LEADD_VERSION);
    printf("schema %s\n", last->name);
    printf("libmicrohttpd %s\n", MHD_get_version());
    printf("jansson %s\n", jansson_version_str());
    printf("libpq %d.%d\n", pq / 10000, pq % 10000);
    printf("%s\n", OpenSSL_version(OPENSSL_VERSION));
    fputs(data_versions(), stdout);
    return 0;
}
