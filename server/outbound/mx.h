/**
 * @file mx.h
 * Can a domain take mail?  Asked of DNS by c-ares, as RFC 5321 and RFC 7505
 * read the answers, with a cache that keeps them as long as DNS says.  A
 * resolver belongs to one thread and blocks it, bounded by its deadline.
 */
#ifndef LEADD_MX_H
#define LEADD_MX_H

#include "base/base.h"
#include "base/err.h"

enum mx {
    MX_DELIVERABLE, /**< a mail exchanger, or at least an address */
    MX_NONE,        /**< neither, or RFC 7505: takes no mail */
    MX_NO_DOMAIN,   /**< no such name */
    MX_UNKNOWN,     /**< DNS did not say */
};

struct mx_config {
    const char *servers; /**< "192.0.2.1,192.0.2.2:5353"; "": the system's */
    int query_ms;        /**< of one try at one server */
    const bool *cancel;  /**< set by any thread: asking ends soon */
};

struct mx_resolver;

/** Once, before any thread resolves.  @return false when it cannot be done */
bool mx_global_init(void);

/** @param config text borrowed until mx_free
 *  @return given; NULL: out of memory, or servers that are none */
struct mx_resolver *mx_new(const struct mx_config *config);
void mx_free(struct mx_resolver *r);

/** @param domain ASCII, lower case */
enum mx mx_ask(struct mx_resolver *r, const char *domain);

/** "deliverable", "no_mx", "no_domain", "unknown" */
const char *mx_text(enum mx v);

#endif
