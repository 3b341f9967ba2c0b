/**
 * @file limits.h
 * How many connections each address has (IPv6: each /64).  Any thread.
 * Private to http/.
 */
#ifndef LEADD_LIMITS_H
#define LEADD_LIMITS_H

#include "http/addr.h"

struct limits;

/** @return given; NULL when out of memory */
struct limits *limits_new(void);
void limits_free(struct limits *l);
/** Connections of this address now. */
size_t limits_count(struct limits *l, const struct http_addr *a);
void limits_enter(struct limits *l, const struct http_addr *a);
void limits_leave(struct limits *l, const struct http_addr *a);

#endif
