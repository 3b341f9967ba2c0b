#include <ini.h>
#include <jansson.h>
#include <libpq-fe.h>
#include <microhttpd.h>
#include <openssl/crypto.h>
#include <stdio.h>

#include "cli/commands.h"
#include "identity/mail_data.h"
#include "store/migrate.h"

int cmd_version(int argc, char **argv)
{
    const struct migration *last = MIGRATIONS;
    int pq = PQlibVersion();

    (void)argc, (void)argv;
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
