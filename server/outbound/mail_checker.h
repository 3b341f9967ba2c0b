/**
 * @file mail_checker.h
 * Asks DNS about the mail domains that leads named, on a thread of its own
 * with a connection to the database.  Work is leased: what a dying instance
 * leaves, another asks.
 */
#ifndef LEADD_MAIL_CHECKER_H
#define LEADD_MAIL_CHECKER_H

#include "outbound/mx.h"
#include "store/pg.h"

struct mail_checker_config {
    struct pg_config pg;
    struct mx_config mx;
    int64_t poll_ms;  /**< pause when nothing is due */
    int64_t lease_ms; /**< when others may take a domain over */
    int64_t retry_ms; /**< first wait when DNS did not say */
    /** A throw-away provider's?  Then DNS is not asked. */
    bool (*is_disposable)(const char *domain);
};

struct mail_checker;

/** @return given; NULL when out of memory, or for servers that are none */
struct mail_checker *
mail_checker_start(const struct mail_checker_config *config);
/** End the question in hand and the thread, free.  NULL is fine. */
void mail_checker_stop(struct mail_checker *c);

#endif
