/**
 * @file wheel.h
 * A coarse timer wheel: adding, moving and taking out cost the same however
 * many timers run.  Fires late by up to one tick.  One thread at a time.
 * Private to http/.
 */
#ifndef LEADD_WHEEL_H
#define LEADD_WHEEL_H

#include "base/base.h"

#define WHEEL_SLOTS   1024
#define WHEEL_TICK_MS 20

/** Part of the thing that has a deadline; zeroed means not running. */
struct timer {
    struct timer *prev, *next;
    int64_t at_ms; /**< monotonic */
    void (*fire)(struct timer *t);
};

struct wheel {
    struct timer slot[WHEEL_SLOTS]; /* heads of rings */
    int64_t tick;                   /* next tick to look at */
    size_t n;
};

void wheel_init(struct wheel *w, int64_t now_ms);
/** (Re)start @a t.  t->fire must be set. */
void wheel_set(struct wheel *w, struct timer *t, int64_t at_ms);
/** Stop @a t; harmless when it does not run. */
void wheel_stop(struct wheel *w, struct timer *t);
/** Fire what is due; a fired timer is out of the wheel and may be set again. */
void wheel_turn(struct wheel *w, int64_t now_ms);

#endif
