#include "auth/limits.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/crypto.h"
#include "base/str.h"

#define BUCKETS 16384
#define SHARDS  64

struct bucket {
    uint64_t owner;
    double tokens;
    int64_t at_ms;
};

struct limits {
    double rate, burst;
    uint64_t seed; /* so that nobody can aim at another's bucket */
    pthread_mutex_t lock[SHARDS];
    struct bucket bucket[BUCKETS];
};

struct limits *limits_new(double per_second, double burst)
{
    struct limits *l = calloc(1, sizeof(*l));

    if (!l)
        return NULL;
    l->rate = per_second;
    l->burst = MAX(burst, 1.0);
    crypto_random(&l->seed, sizeof(l->seed));
    for (size_t i = 0; i < SHARDS; i++)
        pthread_mutex_init(&l->lock[i], NULL);
    return l;
}

void limits_free(struct limits *l)
{
    for (size_t i = 0; l && i < SHARDS; i++)
        pthread_mutex_destroy(&l->lock[i]);
    free(l);
}

static bool take(struct limits *l, struct bucket *b, uint64_t owner,
                 int64_t now, int64_t *out_wait_s)
{
    double refill = (double)(now - b->at_ms) / 1000.0 * l->rate;

    if (b->owner != owner && b->tokens + refill >= l->burst)
        b->owner = owner; /* full again: free for anybody */
    b->tokens = b->at_ms ? MIN(b->tokens + refill, l->burst) : l->burst;
    b->at_ms = MAX(now, 1);
    if (b->tokens >= 1.0) {
        b->tokens -= 1.0;
        return true;
    }
    *out_wait_s = (int64_t)((1.0 - b->tokens) / l->rate) + 1;
    return false;
}

bool limits_take(struct limits *l, const void *name, size_t n, int64_t mono_ms,
                 int64_t *out_wait_s)
{
    uint64_t h;
    bool ok;

    if (!l || l->rate <= 0)
        return true;
    h = (str_hash(name, n) ^ l->seed) * UINT64_C(0x9e3779b97f4a7c15);
    h ^= h >> 29;
    pthread_mutex_lock(&l->lock[h % SHARDS]);
    ok = take(l, &l->bucket[h % BUCKETS], h, mono_ms, out_wait_s);
    pthread_mutex_unlock(&l->lock[h % SHARDS]);
    return ok;
}
