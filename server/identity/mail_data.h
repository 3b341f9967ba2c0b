/**
 * @file mail_data.h
 * What is known about mail domains and mailbox names: word lists that come
 * with the program (config/data/).  Pure; any thread.
 *
 * All arguments are lower case; domains are ASCII (IDN encoded).
 */
#ifndef LEADD_MAIL_DATA_H
#define LEADD_MAIL_DATA_H

#include "base/base.h"

/** A provider anybody can have a mailbox at (gmail.com). */
bool mail_domain_is_free(const char *domain);
/** A throw-away provider, or below one whose subdomains all are. */
bool mail_domain_is_disposable(const char *domain);
/** A mailbox of a post rather than of a person (info, sales). */
bool mail_local_is_role(const char *local);

/** @return one line per list: package, version, licence, date; static */
const char *data_versions(void);

#endif
