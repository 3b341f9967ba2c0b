#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/reserve.h"

#define BLOCK_MIN ((size_t)4096)
#define ALIGN     (sizeof(max_align_t))

struct block {
    struct block *next;
    size_t size, used;
    max_align_t data[];
};

struct arena {
    struct block *head; /* the block allocations come from */
    size_t total, ceiling;
    jmp_buf *guard;
};

static struct block *block_new(size_t size)
{
    struct block *b = reserve_malloc(sizeof(*b) + size);

    if (b) {
        b->next = NULL;
        b->size = size;
        b->used = 0;
    }
    return b;
}

struct arena *arena_new(size_t ceiling_bytes)
{
    struct block *b = block_new(BLOCK_MIN);
    struct arena *a;

    if (!b)
        return NULL;
    /* the arena itself lives in its first block */
    a = (struct arena *)b->data;
    b->used = (sizeof(*a) + ALIGN - 1) / ALIGN * ALIGN;
    a->head = b;
    a->total = BLOCK_MIN;
    a->ceiling = ceiling_bytes;
    a->guard = NULL;
    return a;
}

/* Free all but the first block, in which the arena itself lives. */
static struct block *first_block(struct arena *a)
{
    struct block *b = a->head;

    while (b->next) {
        struct block *next = b->next;

        reserve_free(b);
        b = next;
    }
    return b;
}

void arena_free(struct arena *a)
{
    if (a)
        reserve_free(first_block(a));
}

void arena_reset(struct arena *a)
{
    struct block *b = first_block(a);

    b->used = (sizeof(*a) + ALIGN - 1) / ALIGN * ALIGN;
    a->head = b;
    a->total = BLOCK_MIN;
}

void arena_cleanup(struct arena **a)
{
    arena_free(*a);
}

void arena_guard(struct arena *a, jmp_buf *env)
{
    a->guard = env;
}

void arena_guard_as(struct arena *a, const struct arena *other)
{
    a->guard = other->guard;
}

static void out_of_memory(struct arena *a)
{
    if (a->guard)
        longjmp(*a->guard, 1);
    abort();
}

static void grow(struct arena *a, size_t n)
{
    size_t size = MAX(MIN(a->total, (size_t)1 << 20), n);
    struct block *b;

    if (size < n || a->total + size > a->ceiling)
        size = n;
    if (a->total + size > a->ceiling || a->total + size < size)
        out_of_memory(a);
    b = block_new(size);
    if (!b)
        out_of_memory(a);
    b->next = a->head;
    a->head = b;
    a->total += size;
}

static void *take(struct arena *a, size_t n)
{
    size_t need = (n + ALIGN - 1) / ALIGN * ALIGN;
    void *p;

    if (need < n)
        out_of_memory(a);
    if (a->head->size - a->head->used < need)
        grow(a, need);
    p = (char *)a->head->data + a->head->used;
    a->head->used += need;
    return p;
}

void *arena_alloc(struct arena *a, size_t n)
{
    return memset(take(a, n), 0, n);
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
    if (size && n > SIZE_MAX / size)
        out_of_memory(a);
    return arena_alloc(a, n * size);
}

char *arena_strdup(struct arena *a, const char *s)
{
    return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
    char *p = take(a, n + 1);

    memcpy(p, s, n);
    p[n] = '\0';
    return p;
}

void *arena_memdup(struct arena *a, const void *p, size_t n)
{
    return n ? memcpy(take(a, n), p, n) : take(a, 1);
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
    va_list again;
    char *p;
    int n;

    va_copy(again, ap);
    n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (n < 0)
        out_of_memory(a);
    p = take(a, (size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, fmt, ap);
    return p;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap;
    char *p;

    va_start(ap, fmt);
    p = arena_vprintf(a, fmt, ap);
    va_end(ap);
    return p;
}

size_t arena_bytes(const struct arena *a)
{
    return a->total;
}
