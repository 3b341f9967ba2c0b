/**
 * @file actor.h
 * Who moves a lead.  Bits, so that a row of the step table may name several.
 */
#ifndef LEADD_ACTOR_H
#define LEADD_ACTOR_H

#include "base/base.h"

enum actor {
    ACTOR_SYSTEM = 1 << 0,
    ACTOR_SALES = 1 << 1,
    ACTOR_MARKETING = 1 << 2,
    ACTOR_ADMIN = 1 << 3,
};

/** "system", "sales", "marketing" or "admin" for exactly one bit. */
const char *actor_text(enum actor a);

#endif
