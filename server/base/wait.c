#include "base/wait.h"

#include <time.h>

#define NS_PER_S INT64_C(1000000000)

void wait_ms(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t ms)
{
    struct timespec until;
    int64_t ns;

    clock_gettime(CLOCK_MONOTONIC, &until);
    ns = until.tv_nsec + ms % 1000 * 1000000;
    until.tv_sec += ms / 1000 + ns / NS_PER_S;
    until.tv_nsec = ns % NS_PER_S;
    (void)pthread_cond_clockwait(cond, lock, CLOCK_MONOTONIC, &until);
}

bool wait_unless(const bool *stopping, pthread_cond_t *cond,
                 pthread_mutex_t *lock, int64_t ms)
{
    bool go_on;

    pthread_mutex_lock(lock);
    if (!*stopping)
        wait_ms(cond, lock, ms);
    go_on = !*stopping;
    pthread_mutex_unlock(lock);
    return go_on;
}
