#include "cli/mail_check.h"

#include "base/log.h"
#include "cli/cli.h"
#include "identity/mail_data.h"

static bool is_disposable(const char *domain)
{
    return !mail_domain_is_free(domain) && mail_domain_is_disposable(domain);
}

/* Leads do without it, so it is no reason not to serve. */
struct mail_checker *mail_check_start(const struct options *o)
{
    struct mail_checker_config config = {
        .pg = cli_pg_config(o),
        .mx = {.servers = o->dns_servers, .query_ms = (int)o->dns_ms},
        .poll_ms = o->mail_poll_ms,
        .lease_ms = 120000,
        .retry_ms = o->mail_retry_ms,
        .is_disposable = is_disposable};
    struct mail_checker *c;

    if (!o->mail_check)
        return NULL;
    c = mail_checker_start(&config);
    if (!c)
        log_line(LOG_ERROR, "mail_check_unusable", "s:dns_servers",
                 o->dns_servers, NULL);
    return c;
}
