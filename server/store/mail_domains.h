/**
 * @file mail_domains.h
 * Mail domains that are to be asked of DNS, as the mail checker works them
 * off by leases.  Thread: the checker's, with its connection.
 */
#ifndef LEADD_MAIL_DOMAINS_H
#define LEADD_MAIL_DOMAINS_H

#include "store/pg.h"

/** One domain, leased to us. */
struct mail_domain {
    int64_t workspace_id;
    const char *domain;
    int attempts; /**< this one counted */
};

struct mail_domains {
    struct mail_domain *rows;
    size_t n;
};

/** Lease what is due, of all workspaces, @a max of each.
 *  @param until_ms when another instance may take them over */
enum err mail_domains_lease(struct pg *pg, struct arena *mem, int64_t now_ms,
                            int64_t until_ms, int max,
                            struct mail_domains *out) MUST_CHECK;

/** Note an answer.  @param next_ms when to ask again; 0: not by itself */
enum err mail_domain_end(struct pg *pg, struct arena *mem,
                         const struct mail_domain *d, const char *result,
                         int64_t now_ms, int64_t next_ms) MUST_CHECK;

#endif
