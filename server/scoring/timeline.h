/**
 * @file timeline.h
 * Inside the room: events in one order whatever order they came in, each id
 * once.  Pure; any thread.
 */
#ifndef LEADD_TIMELINE_H
#define LEADD_TIMELINE_H

#include "lead/facts.h"

/** By time, then by content: 0 only for events that are alike. */
int event_cmp(const struct event *a, const struct event *b);

/**
 * @param out room for @a n pointers into @a events: oldest first, of the
 *        events with one id only the first
 * @return how many
 */
size_t timeline_build(const struct event *events, size_t n,
                      const struct event **out);

#endif
