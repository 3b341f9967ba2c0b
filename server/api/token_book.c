#include "api/token_book.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/crypto.h"
#include "base/str.h"
#include "intake/form_token.h"

#define SETS 8192
#define WAYS 8

struct use {
    uint64_t token, person;
    int64_t at_ms; /* 0: free */
};

struct token_book {
    uint8_t key[SHA256_BYTES]; /* so that nobody can aim at a set */
    pthread_mutex_t lock;
    struct use use[SETS][WAYS];
};

struct token_book *token_book_new(void)
{
    struct token_book *b = calloc(1, sizeof(*b));

    if (!b)
        return NULL;
    crypto_random(b->key, sizeof(b->key));
    pthread_mutex_init(&b->lock, NULL);
    return b;
}

void token_book_free(struct token_book *b)
{
    if (b)
        pthread_mutex_destroy(&b->lock);
    free(b);
}

/* The token's own place, or the oldest one of its set. */
static struct use *place(struct use *set, uint64_t token)
{
    struct use *oldest = set;

    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].at_ms && set[i].token == token)
            return &set[i];
        if (set[i].at_ms < oldest->at_ms)
            oldest = &set[i];
    }
    return oldest;
}

bool token_book_use(struct token_book *b, const char *token, uint64_t person,
                    int64_t mono_ms)
{
    uint8_t mac[SHA256_BYTES];
    uint64_t name;
    struct use *u;
    bool ok;

    crypto_hmac_sha256(b->key, sizeof(b->key), token, strlen(token), mac);
    memcpy(&name, mac, sizeof(name));
    pthread_mutex_lock(&b->lock);
    u = place(b->use[name % SETS], name);
    ok = !u->at_ms || u->token != name || u->person == person ||
         mono_ms - u->at_ms > FORM_TOKEN_LIFE_MS;
    if (ok)
        *u = (struct use){name, person, MAX(mono_ms, 1)};
    pthread_mutex_unlock(&b->lock);
    return ok;
}
