#include "store/queue.h"

#include "base/clock.h"
#include "base/str.h"
#include "base/wait.h"
#include "metrics/metrics.h"

#define HELP_MS 25 /* longer than a batch should take */
#define IDLE_MS 100
#define WORTH   16 /* leads; fewer cost up to half more each, measured */
/** Leads of a batch: a delivery may have a thousand, a chunk of a list 256, and
 *  a batch has one deadline. */
#define PARTS_MAX 1024

void works_init(struct works *q)
{
    *q = (struct works){.tail = &q->head};
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->wake, NULL);
}

void works_destroy(struct works *q)
{
    pthread_mutex_destroy(&q->lock);
    pthread_cond_destroy(&q->wake);
}

static bool may_start(const struct works *q, const struct work *one,
                      int64_t now_ms)
{
    if (q->stopping || q->parts >= WORTH || now_ms - one->queued_ms >= HELP_MS)
        return true;
    for (int i = 0; i < TAKERS_MAX; i++)
        if (q->in_hand[i] == one->workspace_id)
            return false;
    return true;
}

static size_t parts_of(const struct work *w)
{
    return MAX(w->n_parts, (size_t)1);
}

static const struct work *first_to_start(const struct works *q)
{
    const struct work *one = q->head;
    int64_t now = clock_mono_ms();

    while (one && !may_start(q, one, now))
        one = one->next;
    return one;
}

void works_add(struct works *q, struct work *work)
{
    work->next = NULL;
    work->queued_ms = clock_mono_ms();
    *q->tail = work;
    q->tail = &work->next;
    q->waiting++;
    q->parts += parts_of(work);
    if (may_start(q, work, work->queued_ms) ||
        may_start(q, q->head, work->queued_ms))
        pthread_cond_signal(&q->wake);
}

static struct work *remove_at(struct works *q, struct work **at)
{
    struct work *one = *at;

    *at = one->next;
    q->waiting--;
    q->parts -= parts_of(one);
    metric_set(METRIC_WRITER_WAITING, (int64_t)q->waiting);
    return one;
}

/* Two works with one Idempotency-Key may not share a batch: the second must
   see what the first stored. */
static bool same_key(struct work *const *list, size_t n, const struct work *w)
{
    for (size_t i = 0; w->idem.key && i < n; i++)
        if (str_eq(list[i]->idem.key, w->idem.key) &&
            str_eq(list[i]->idem.scope, w->idem.scope))
            return true;
    return false;
}

static size_t take(struct works *q, int64_t workspace_id, struct work **list,
                   size_t max)
{
    struct work **at = &q->head;
    size_t n = 0, parts = 0;

    while (*at && n < max) {
        struct work *one = *at;

        if (one->workspace_id != workspace_id || same_key(list, n, one)) {
            at = &one->next;
            continue;
        }
        parts += parts_of(one);
        if (n && parts > PARTS_MAX)
            break;
        list[n++] = remove_at(q, at);
    }
    while (*at)
        at = &(*at)->next;
    q->tail = at;
    return n;
}

size_t works_take(struct works *q, int me, struct work **out, size_t max)
{
    const struct work *first;
    size_t n = 0;

    pthread_mutex_lock(&q->lock);
    q->in_hand[me] = 0;
    first = first_to_start(q);
    if (!first && !q->stopping) {
        wait_ms(&q->wake, &q->lock, q->head ? HELP_MS : IDLE_MS);
        first = first_to_start(q);
    }
    if (first) {
        q->in_hand[me] = first->workspace_id;
        n = take(q, first->workspace_id, out, max);
    }
    pthread_mutex_unlock(&q->lock);
    return n;
}

struct work *works_spoolable(struct works *q)
{
    struct work *list = NULL, **end = &list, **at;

    pthread_mutex_lock(&q->lock);
    for (at = &q->head; *at;) {
        struct work *one = *at;

        if (!one->may_spool) {
            at = &one->next;
            continue;
        }
        *end = remove_at(q, at);
        end = &one->next;
    }
    q->tail = at;
    *end = NULL;
    pthread_mutex_unlock(&q->lock);
    return list;
}

size_t works_waiting(const struct works *q)
{
    return __atomic_load_n(&q->waiting, __ATOMIC_RELAXED);
}

void works_stop(struct works *q)
{
    pthread_mutex_lock(&q->lock);
    q->stopping = true;
    pthread_cond_broadcast(&q->wake);
    pthread_mutex_unlock(&q->lock);
}
