/* Pages of 4 KiB, first fit; run[i] is the length of the run that begins at
 * page i, 0 where none begins. */
#include "base/reserve.h"

#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_BYTES ((size_t)4096)
#define PAGES      (RESERVE_BYTES / PAGE_BYTES)

static _Alignas(4096) char room[RESERVE_BYTES];
static uint16_t run[PAGES];
static size_t n_used;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool is_ours(const void *p)
{
    uintptr_t at = (uintptr_t)p, from = (uintptr_t)room;

    return at >= from && at < from + RESERVE_BYTES;
}

/* Under the lock. @return the first page of @a want free ones, or PAGES */
static size_t find(size_t want)
{
    size_t from = 0;

    for (size_t i = 0; i < PAGES;) {
        if (run[i]) {
            i += run[i];
            from = i;
        } else if (++i - from == want) {
            return from;
        }
    }
    return PAGES;
}

static void *take(size_t n)
{
    size_t want = MAX((n + PAGE_BYTES - 1) / PAGE_BYTES, (size_t)1);
    size_t at = PAGES;

    if (n > RESERVE_BYTES)
        return NULL;
    pthread_mutex_lock(&lock);
    at = find(want);
    if (at < PAGES) {
        run[at] = (uint16_t)want;
        n_used += want;
    }
    pthread_mutex_unlock(&lock);
    return at < PAGES ? room + at * PAGE_BYTES : NULL;
}

static size_t page_of(const void *p)
{
    return (size_t)((const char *)p - room) / PAGE_BYTES;
}

void reserve_free(void *p)
{
    size_t at;

    if (!is_ours(p)) {
        free(p);
        return;
    }
    at = page_of(p);
    pthread_mutex_lock(&lock);
    n_used -= run[at];
    run[at] = 0;
    pthread_mutex_unlock(&lock);
}

void *reserve_malloc(size_t n)
{
    void *p = malloc(n);

    if (!p)
        p = take(n);
    return p;
}

void *reserve_realloc(void *p, size_t n)
{
    void *q = is_ours(p) ? NULL : realloc(p, n);
    size_t had;

    if (q)
        return q;
    q = is_ours(p) ? reserve_malloc(n) : take(n);
    if (!q || !p)
        return q;
    had = is_ours(p) ? run[page_of(p)] * PAGE_BYTES : malloc_usable_size(p);
    memcpy(q, p, MIN(had, n));
    reserve_free(p);
    return q;
}

void *reserve_must(size_t n)
{
    void *p = reserve_malloc(n);

    if (!p)
        abort();
    return memset(p, 0, n);
}

size_t reserve_used(void)
{
    size_t n;

    pthread_mutex_lock(&lock);
    n = n_used * PAGE_BYTES;
    pthread_mutex_unlock(&lock);
    return n;
}
