/**
 * @file drain.h
 * One thread that feeds the journal to the database once it is back: in
 * order, through the door, by a writer of its own beside fresh traffic.
 * What nobody will take is kept in the journal's quarantine.  A record that
 * the database goes on failing for, while it stores others, is put into the
 * quarantine of its workspace (reason database_refused).
 */
#ifndef LEADD_DRAIN_H
#define LEADD_DRAIN_H

#include "flow/flow.h"
#include "spool/spool.h"

struct drain;

/** @param writer with one thread: two would lose the order
 *  @return given; NULL when out of memory */
struct drain *drain_start(struct flow *f, struct spool *sp,
                          struct writer *writer);
/** Stop after what is in hand.  The writer still runs.  NULL is fine. */
void drain_stop(struct drain *d);

#endif
