/* Bounded waits: told to end they end, at once. */
#include "unit.h"

#include <pthread.h>

#include "base/wait.h"

#define LONG_MS INT64_C(3600000)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static bool stopping, waits;

START_TEST(told_before_it_does_not_wait)
{
    stopping = true;
    ck_assert(!wait_unless(&stopping, &cond, &lock, LONG_MS));
}
END_TEST

START_TEST(not_told_it_goes_on_when_the_time_is_over)
{
    stopping = false;
    ck_assert(wait_unless(&stopping, &cond, &lock, 0));
    ck_assert(wait_unless(&stopping, &cond, &lock, 1));
}
END_TEST

static void *waiter(void *ended)
{
    __atomic_store_n(&waits, true, __ATOMIC_RELEASE);
    while (wait_unless(&stopping, &cond, &lock, LONG_MS)) {
    }
    *(bool *)ended = true;
    return NULL;
}

START_TEST(told_while_it_waits_it_wakes)
{
    bool ended = false;
    pthread_t thread;

    stopping = waits = false;
    ck_assert_int_eq(pthread_create(&thread, NULL, waiter, &ended), 0);
    while (!__atomic_load_n(&waits, __ATOMIC_ACQUIRE))
        sched_yield();
    pthread_mutex_lock(&lock);
    stopping = true;
    pthread_cond_broadcast(&cond);
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL);
    ck_assert(ended);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("wait");

    tcase_add_test(tc, told_before_it_does_not_wait);
    tcase_add_test(tc, not_told_it_goes_on_when_the_time_is_over);
    tcase_add_test(tc, told_while_it_waits_it_wakes);
    return unit_run(tc, "wait");
}
