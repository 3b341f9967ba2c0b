/**
 * @file reserve.h
 * Memory that is there when the system refuses: a few MiB set aside in the
 * program itself, untouched and so costing nothing until the heap says no.
 * Arenas, buffers, JSON documents, scoring models and the crypto library
 * allocate through here, so a request that is under way when memory runs short
 * for a moment is finished, and nothing is answered or stored that was cut off
 * half way.
 * Thread: any.
 */
#ifndef LEADD_RESERVE_H
#define LEADD_RESERVE_H

#include "base/base.h"

#define RESERVE_BYTES ((size_t)8 << 20)

/** As malloc, then from the reserve. @return NULL when both refuse */
void *reserve_malloc(size_t n);
/** As realloc, then from the reserve; @a p came from here or from malloc. */
void *reserve_realloc(void *p, size_t n);
/** Zeroed memory for what cannot be refused.  When the reserve is used up
 *  too the process ends, which loses nothing: whatever was acknowledged is
 *  durable. */
void *reserve_must(size_t n);
/** Free what came from here, or from malloc.  NULL is fine. */
void reserve_free(void *p);

/** @return bytes of the reserve in use now */
size_t reserve_used(void);

#endif
