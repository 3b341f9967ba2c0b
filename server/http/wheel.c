#include "http/wheel.h"

void wheel_init(struct wheel *w, int64_t now_ms)
{
    for (size_t i = 0; i < WHEEL_SLOTS; i++)
        w->slot[i].prev = w->slot[i].next = &w->slot[i];
    w->tick = now_ms / WHEEL_TICK_MS;
    w->n = 0;
}

void wheel_stop(struct wheel *w, struct timer *t)
{
    if (!t->next)
        return;
    t->prev->next = t->next;
    t->next->prev = t->prev;
    t->prev = t->next = NULL;
    w->n--;
}

void wheel_set(struct wheel *w, struct timer *t, int64_t at_ms)
{
    /* the end of its tick, so that nothing fires early; never the past */
    int64_t tick = MAX(at_ms / WHEEL_TICK_MS + 1, w->tick);
    struct timer *head = &w->slot[(size_t)tick % WHEEL_SLOTS];

    wheel_stop(w, t);
    t->at_ms = at_ms;
    t->prev = head->prev;
    t->next = head;
    head->prev->next = t;
    head->prev = t;
    w->n++;
}

/* Move the ring aside first: firing may set timers in this very slot. */
static void turn_slot(struct wheel *w, struct timer *head, int64_t now_ms)
{
    struct timer due;

    if (head->next == head)
        return;
    due = *head;
    due.next->prev = due.prev->next = &due;
    head->prev = head->next = head;
    while (due.next != &due) {
        struct timer *t = due.next;
        int64_t at_ms = t->at_ms;

        wheel_stop(w, t);
        if (at_ms <= now_ms)
            t->fire(t);
        else
            wheel_set(w, t, at_ms); /* a later round */
    }
}

void wheel_turn(struct wheel *w, int64_t now_ms)
{
    int64_t last = now_ms / WHEEL_TICK_MS;

    if (last - w->tick > WHEEL_SLOTS) /* asleep for long: each slot once */
        w->tick = last - WHEEL_SLOTS;
    while (w->tick <= last) {
        struct timer *head = &w->slot[(size_t)w->tick % WHEEL_SLOTS];

        w->tick++;
        turn_slot(w, head, now_ms);
    }
}
