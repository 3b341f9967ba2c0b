/**
 * @file watch.h
 * One thread that looks at what time and other instances bring: changed
 * settings and hot lists (change counters), leads whose judgement is due,
 * leases that ran out, counts to fold into the rollups, partitions to come,
 * answers too old to keep.
 */
#ifndef LEADD_WATCH_H
#define LEADD_WATCH_H

#include "flow/flow.h"
#include "flow/ready.h"

struct watch;

struct watch *watch_start(struct flow *f, struct settings *settings,
                          struct ready *ready);
void watch_stop(struct watch *w);
/** Load settings now.  Thread: any; waits for a read of small tables, so not
 *  an HTTP thread. */
enum err watch_reload(struct watch *w) MUST_CHECK;

#endif
