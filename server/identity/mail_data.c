#include "identity/mail_data.h"

#include "base/str.h"

/* A list is one run of sorted texts, each with its NUL (made by the
 * Makefile).  No table of offsets: the search steps back to the start of the
 * text its middle byte falls into, so a list costs its letters only. */
struct list {
    const char *run;
    size_t bytes;
};

#define LIST(name)                                                             \
    {                                                                          \
        name, sizeof(name) - 1                                                 \
    }

static const char DISPOSABLE[] =
#include "mail_disposable.inc"
    ;
static const char WILDCARD[] =
#include "mail_wildcard.inc"
    ;
static const char FREE[] =
#include "mail_free.inc"
    ;
static const char FREE_LOCAL[] =
#include "mail_free_local.inc"
    ;
static const char ROLE[] =
#include "mail_role.inc"
    ;

static bool list_has(struct list list, const char *word)
{
    size_t low = 0, high = list.bytes;

    while (low < high) {
        size_t at = low + (high - low) / 2;
        int order;

        while (at > low && list.run[at - 1])
            at--;
        order = strcmp(word, list.run + at);
        if (order == 0)
            return true;
        if (order < 0)
            high = at;
        else
            low = at + strlen(list.run + at) + 1;
    }
    return false;
}

bool mail_domain_is_free(const char *domain)
{
    return list_has((struct list)LIST(FREE), domain) ||
           list_has((struct list)LIST(FREE_LOCAL), domain);
}

bool mail_domain_is_disposable(const char *domain)
{
    if (list_has((struct list)LIST(DISPOSABLE), domain))
        return true;
    for (; domain; domain = strchr(domain, '.')) {
        domain += *domain == '.';
        if (list_has((struct list)LIST(WILDCARD), domain))
            return true;
    }
    return false;
}

bool mail_local_is_role(const char *local)
{
    return list_has((struct list)LIST(ROLE), local);
}

const char *data_versions(void)
{
    return
#include "data_versions.inc"
        ;
}
