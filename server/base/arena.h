/**
 * @file arena.h
 * Memory that goes in one stroke.  An arena belongs to one thread at a time;
 * handing it over (to the writer, say) hands over everything in it.
 *
 * Allocation never returns NULL: when the system refuses memory it comes from
 * the reserve (reserve.h).  When that is used up too, or the ceiling is passed,
 * the process aborts only if no failure handler is set.  Requests, reads and
 * batches have one (see arena_guard): answered with 500, or halved.
 */
#ifndef LEADD_ARENA_H
#define LEADD_ARENA_H

#include <setjmp.h>
#include <stdarg.h>

#include "base/base.h"

struct arena;

/**
 * @param ceiling_bytes most the arena may take from the system
 * @return a new arena, given to the caller; NULL when out of memory
 */
struct arena *arena_new(size_t ceiling_bytes);

/** Free everything.  NULL is fine. */
void arena_free(struct arena *a);

/** Forget all allocations but keep the first block for reuse. */
void arena_reset(struct arena *a);

/** For AUTO(arena_cleanup). */
void arena_cleanup(struct arena **a);

/**
 * Where to go when memory runs out: setjmp first, then this.
 * Usage: if (setjmp(env)) { ...answer 500... } arena_guard(a, &env);
 * NULL takes the guard away.  Without a guard the process aborts, which
 * loses nothing: whatever was acknowledged is durable.
 */
void arena_guard(struct arena *a, jmp_buf *env);

/** Let @a a go where @a other goes now: an arena beside a guarded one. */
void arena_guard_as(struct arena *a, const struct arena *other);

/** @return zeroed memory, aligned for any object, never NULL */
void *arena_alloc(struct arena *a, size_t n);

/** @return @a n items of @a size, zeroed; overflow counts as out of memory */
void *arena_array(struct arena *a, size_t n, size_t size);

/** @return a copy of @a s in the arena; NULL for NULL */
char *arena_strdup(struct arena *a, const char *s);

/** @return a NUL-terminated copy of @a n bytes */
char *arena_strndup(struct arena *a, const char *s, size_t n);

/** @return a copy of @a n bytes */
void *arena_memdup(struct arena *a, const void *p, size_t n);

/** @return formatted text in the arena */
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
    PRINTF_LIKE(2, 0);

/** @return bytes taken from the system so far */
size_t arena_bytes(const struct arena *a);

#endif
