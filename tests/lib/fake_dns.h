/**
 * @file fake_dns.h
 * A small DNS server over UDP on loopback, as a test wants it to answer.  Its
 * rules are in memory shared with forked tests, so any test may change them.
 */
#ifndef LEADD_TESTS_FAKE_DNS_H
#define LEADD_TESTS_FAKE_DNS_H

enum dns_kind {
    DNS_MX,      /**< one mail exchanger */
    DNS_NULL_MX, /**< RFC 7505 */
    DNS_A,       /**< no MX, but an address */
    DNS_NOTHING, /**< the name is there, without any of these */
    DNS_FAIL,    /**< SERVFAIL */
    DNS_SILENT,  /**< no answer at all */
};

/** Serve on a free port of 127.0.0.1 until the program ends.  Call before
 *  check forks.  @return the port */
int dns_start(void);

/** What a name is from now on; any other does not exist. */
void dns_name(const char *name, enum dns_kind kind);

/** How many questions of any type were asked about a name. */
int dns_asked(const char *name);

#endif
