#include "intake/agent.h"

#include <pthread.h>

#include "base/str.h"

/* Sorted texts, each with its NUL (made by the Makefile), of 4 bytes at
 * least. */
static const char RUN[] =
#include "bot_agents.inc"
    ;

#define FILTER_BITS (1u << 15)

/* Where the texts of each first byte begin, and a filter of their first
 * three bytes that most places of an ordinary header fail. */
static const char *first[257];
static uint8_t filter[FILTER_BITS / 8];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static uint32_t slot(const char *s)
{
    const unsigned char *b = (const unsigned char *)s;

    return ((b[0] * 31u + b[1]) * 37u + b[2]) % FILTER_BITS;
}

static void prepare(void)
{
    const char *end = RUN + sizeof(RUN) - 1;
    unsigned next = 0;

    for (const char *p = RUN; p < end; p += strlen(p) + 1) {
        filter[slot(p) / 8] |= (uint8_t)(1u << slot(p) % 8);
        while (next <= (unsigned char)*p)
            first[next++] = p;
    }
    while (next < ARRAY_LEN(first))
        first[next++] = end;
}

static bool begins_one(const char *s)
{
    const char *p = first[(unsigned char)*s];
    const char *end = first[(unsigned char)*s + 1];

    for (; p < end; p += strlen(p) + 1)
        if (strncmp(s, p, strlen(p)) == 0)
            return true;
    return false;
}

bool agent_is_bot(const char *agent)
{
    size_t n = agent ? strlen(agent) : 0;

    pthread_once(&once, prepare);
    for (size_t i = 0; i + 4 <= n; i++)
        if ((filter[slot(agent + i) / 8] & 1u << slot(agent + i) % 8) &&
            begins_one(agent + i))
            return true;
    return false;
}
