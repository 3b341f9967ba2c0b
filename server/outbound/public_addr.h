/**
 * @file public_addr.h
 * Which addresses a request may leave for: only those of the public internet.
 * What a name resolves to is looked at when the connection is made, so a name
 * that changes its mind (rebinding) gains nothing.  Pure; any thread.
 */
#ifndef LEADD_PUBLIC_ADDR_H
#define LEADD_PUBLIC_ADDR_H

#include "base/base.h"

#define PUBLIC_ADDR_BYTES 16

struct sockaddr;

/**
 * @param sa an address as getaddrinfo gives it
 * @param out IPv4 as ::ffff:a.b.c.d
 * @return false for any family but IPv4 and IPv6
 */
bool addr_bytes(const struct sockaddr *sa, uint8_t out[PUBLIC_ADDR_BYTES]);

/**
 * Not loopback, private, shared (CGNAT), link-local, multicast, documentation,
 * benchmarking or otherwise reserved; nor IPv6 that carries such an IPv4
 * (mapped, NAT64, 6to4, Teredo): these are refused whatever they carry, for
 * no public service needs them.  A plain IPv4 is given as ::ffff:a.b.c.d
 * with @a is_v4.
 */
bool addr_is_public(const uint8_t ip[PUBLIC_ADDR_BYTES], bool is_v4);

#endif
