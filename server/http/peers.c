#include "http/peers.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/str.h"

#define CHAINS 4096

struct entry {
    uint8_t bucket[ADDR_BYTES];
    size_t n;
    struct entry *next;
};

struct peers {
    pthread_mutex_t lock;
    uint64_t salt; /* nobody can aim at one chain */
    struct entry *chain[CHAINS];
};

struct peers *peers_new(void)
{
    struct peers *l = calloc(1, sizeof(*l));

    if (l) {
        pthread_mutex_init(&l->lock, NULL);
        crypto_random(&l->salt, sizeof(l->salt));
    }
    return l;
}

void peers_free(struct peers *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < CHAINS; i++)
        while (l->chain[i]) {
            struct entry *e = l->chain[i];

            l->chain[i] = e->next;
            free(e);
        }
    pthread_mutex_destroy(&l->lock);
    free(l);
}

/* Where the entry of @a a hangs or would hang. */
static struct entry **find(struct peers *l, const struct http_addr *a,
                           uint8_t key[8 + ADDR_BYTES])
{
    struct entry **at;

    memcpy(key, &l->salt, 8);
    addr_bucket(a, key + 8);
    at = &l->chain[str_hash(key, 8 + ADDR_BYTES) % CHAINS];
    while (*at && memcmp((*at)->bucket, key + 8, ADDR_BYTES) != 0)
        at = &(*at)->next;
    return at;
}

size_t peers_count(struct peers *l, const struct http_addr *a)
{
    uint8_t key[8 + ADDR_BYTES];
    struct entry *e;
    size_t n;

    pthread_mutex_lock(&l->lock);
    e = *find(l, a, key);
    n = e ? e->n : 0;
    pthread_mutex_unlock(&l->lock);
    return n;
}

void peers_enter(struct peers *l, const struct http_addr *a)
{
    uint8_t key[8 + ADDR_BYTES];
    struct entry **at;

    pthread_mutex_lock(&l->lock);
    at = find(l, a, key);
    if (!*at && (*at = calloc(1, sizeof(**at))))
        memcpy((*at)->bucket, key + 8, ADDR_BYTES);
    if (*at)
        (*at)->n++;
    pthread_mutex_unlock(&l->lock);
}

void peers_leave(struct peers *l, const struct http_addr *a)
{
    uint8_t key[8 + ADDR_BYTES];
    struct entry **at, *e;

    pthread_mutex_lock(&l->lock);
    at = find(l, a, key);
    e = *at;
    if (e && --e->n == 0) {
        *at = e->next;
        free(e);
    }
    pthread_mutex_unlock(&l->lock);
}
