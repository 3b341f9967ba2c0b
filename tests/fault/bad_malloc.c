/*
 * LD_PRELOAD for the server under test: allocations fail when told to.  The
 * file named by BAD_MALLOC_FILE holds a struct bad_malloc, shared with the
 * test.  Nothing fails until the test arms it, so the start is never hit.
 *
 * live counts what was given and not yet freed by the whole process: equal
 * before and after means nothing leaked.
 */
#include "bad_malloc.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t align, size_t n);
void __libc_free(void *p);

static struct bad_malloc before_start;
static struct bad_malloc *shared = &before_start;

__attribute__((constructor)) static void open_shared(void)
{
    const char *path = getenv("BAD_MALLOC_FILE");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *p;

    if (fd < 0)
        return;
    p = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (p != MAP_FAILED)
        shared = p;
}

static int refuses(void)
{
    long at, from = atomic_load(&shared->from);

    if (from == 0)
        return 0;
    at = atomic_fetch_add(&shared->seen, 1) + 1;
    if (at < from || (at > from && at >= from + atomic_load(&shared->burst)))
        return 0;
    atomic_fetch_add(&shared->refused, 1);
    errno = ENOMEM;
    return 1;
}

static void *given(void *p)
{
    if (p)
        atomic_fetch_add(&shared->live, 1);
    return p;
}

void *malloc(size_t n)
{
    return refuses() ? NULL : given(__libc_malloc(n));
}

void *calloc(size_t n, size_t size)
{
    return refuses() ? NULL : given(__libc_calloc(n, size));
}

void *realloc(void *p, size_t n)
{
    void *q;

    if (refuses())
        return NULL;
    q = __libc_realloc(p, n);
    if (q && !p)
        atomic_fetch_add(&shared->live, 1);
    return q;
}

void *memalign(size_t align, size_t n)
{
    return refuses() ? NULL : given(__libc_memalign(align, n));
}

void *aligned_alloc(size_t align, size_t n)
{
    return memalign(align, n);
}

int posix_memalign(void **out, size_t align, size_t n)
{
    void *p = memalign(align, n);

    if (!p)
        return ENOMEM;
    *out = p;
    return 0;
}

void free(void *p)
{
    if (p)
        atomic_fetch_sub(&shared->live, 1);
    __libc_free(p);
}
