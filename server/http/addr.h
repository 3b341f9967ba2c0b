/**
 * @file addr.h
 * Client addresses as text, as bytes and as buckets, and the list of proxies
 * whose X-Forwarded-For is believed.  Pure; any thread.
 */
#ifndef LEADD_ADDR_H
#define LEADD_ADDR_H

#include "base/base.h"

#define ADDR_BYTES      16
#define ADDR_TEXT_BYTES 46

struct http_addr {
    uint8_t ip[ADDR_BYTES];     /**< IPv4 as ::ffff:a.b.c.d */
    char text[ADDR_TEXT_BYTES]; /**< plain IPv4 or IPv6 text */
};

/** One row of the list of trusted proxies: a network. */
struct http_net {
    uint8_t ip[ADDR_BYTES];
    unsigned bits; /**< of the 128 */
};

struct sockaddr;

/** Any other family gives "::". */
void addr_from_sockaddr(const struct sockaddr *sa, struct http_addr *out);
/** @return false unless @a s of @a n bytes is an address (port, [] allowed) */
bool addr_parse(const char *s, size_t n, struct http_addr *out);
/** "10.0.0.0/8" or one address. @return false when malformed */
bool net_parse(const char *s, struct http_net *out);
bool net_has(const struct http_net *nets, size_t n,
             const uint8_t ip[ADDR_BYTES]);
/** What to count by: the address for IPv4, its /64 for IPv6. */
void addr_bucket(const struct http_addr *a, uint8_t out[ADDR_BYTES]);
/**
 * The client behind trusted proxies: the right-most address of
 * X-Forwarded-For that is not itself a trusted proxy.
 * @param forwarded header value or NULL
 * @param peer who connected to us
 */
void addr_client(const char *forwarded, const struct http_addr *peer,
                 const struct http_net *nets, size_t n_nets,
                 struct http_addr *out);

#endif
