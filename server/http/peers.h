/**
 * @file peers.h
 * How many connections each address has (IPv6: each /64).  Any thread.
 * Private to http/.
 */
#ifndef LEADD_PEERS_H
#define LEADD_PEERS_H

#include "http/addr.h"

struct peers;

/** @return given; NULL when out of memory */
struct peers *peers_new(void);
void peers_free(struct peers *l);
/** Connections of this address now. */
size_t peers_count(struct peers *l, const struct http_addr *a);
void peers_enter(struct peers *l, const struct http_addr *a);
void peers_leave(struct peers *l, const struct http_addr *a);

#endif
