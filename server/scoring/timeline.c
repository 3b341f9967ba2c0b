#include "scoring/timeline.h"

#include <stdlib.h>
#include <string.h>

/* above this, sorting by id is cheaper than comparing each with each */
#define PAIRWISE_MAX 64

static int cmp_i64(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* NULL last */
static int cmp_text(const char *a, const char *b)
{
    if (a == b)
        return 0;
    if (!a || !b)
        return a ? -1 : 1;
    return strcmp(a, b);
}

static int cmp_content(const struct event *a, const struct event *b)
{
    int c = cmp_i64(a->type, b->type);

    if (!c)
        c = cmp_i64(a->machine, b->machine);
    if (!c)
        c = cmp_text(b->person, a->person); /* the lead's own first */
    if (!c)
        c = cmp_i64(b->value, a->value);
    if (!c)
        c = cmp_i64(b->duration_s, a->duration_s);
    if (!c)
        c = cmp_text(a->ext_id, b->ext_id);
    if (!c)
        c = cmp_text(a->session, b->session);
    if (!c)
        c = cmp_text(a->channel, b->channel);
    if (!c)
        c = cmp_text(a->visitor, b->visitor);
    if (!c)
        c = cmp_text(a->detail, b->detail);
    return c ? c : uuid_cmp(&a->event_id, &b->event_id);
}

int event_cmp(const struct event *a, const struct event *b)
{
    if (a->occurred_ms != b->occurred_ms)
        return a->occurred_ms < b->occurred_ms ? -1 : 1;
    return cmp_content(a, b);
}

static int by_time(const void *a, const void *b)
{
    return event_cmp(*(const struct event *const *)a,
                     *(const struct event *const *)b);
}

static int by_id(const void *a, const void *b)
{
    const struct event *x = *(const struct event *const *)a;
    const struct event *y = *(const struct event *const *)b;
    int c = cmp_text(x->ext_id, y->ext_id);

    return c ? c : event_cmp(x, y);
}

/* Stored events come almost in order, which insertion likes best. */
static void sort_few(const struct event **at, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        const struct event *e = at[i];
        size_t j = i;

        for (; j > 0 && event_cmp(e, at[j - 1]) < 0; j--)
            at[j] = at[j - 1];
        at[j] = e;
    }
}

/* Differs for most ids that differ; never for equal ones. */
static uint64_t id_key(const char *id)
{
    size_t n = strlen(id), part = n < 8 ? n : 8;
    uint64_t head = 0, tail = 0;

    memcpy(&head, id, part);
    memcpy(&tail, id + n - part, part);
    return head * 31 ^ tail ^ (uint64_t)n << 56;
}

static bool seen_before(const struct event *e, uint64_t key,
                        const struct event *const *at, const uint64_t *keys,
                        size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (keys[i] == key && at[i]->ext_id &&
            strcmp(at[i]->ext_id, e->ext_id) == 0)
            return true;
    return false;
}

static size_t unique_few(const struct event **at, size_t n)
{
    uint64_t keys[PAIRWISE_MAX] __attribute__((uninitialized));
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        const struct event *e = at[i];
        uint64_t key = e->ext_id ? id_key(e->ext_id) : 0;

        if (e->ext_id && seen_before(e, key, at, keys, kept))
            continue;
        keys[kept] = key;
        at[kept++] = e;
    }
    return kept;
}

static size_t unique_many(const struct event **at, size_t n)
{
    size_t kept = 0;

    qsort(at, n, sizeof(*at), by_id);
    for (size_t i = 0; i < n; i++) {
        const char *id = at[i]->ext_id;

        if (id && kept && cmp_text(at[kept - 1]->ext_id, id) == 0)
            continue;
        at[kept++] = at[i];
    }
    qsort(at, kept, sizeof(*at), by_time);
    return kept;
}

size_t timeline_build(const struct event *events, size_t n,
                      const struct event **out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = &events[i];
    if (n > PAIRWISE_MAX)
        return unique_many(out, n);
    sort_few(out, n);
    return unique_few(out, n);
}
