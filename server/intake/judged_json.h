/**
 * @file judged_json.h
 * Facts and events inside a body: the one door from intake to the readers of
 * what scoring judges.  Pure; any thread.
 */
#ifndef LEADD_JUDGED_JSON_H
#define LEADD_JUDGED_JSON_H

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"
#include "lead/facts.h"

/** Read a facts object; NULL is no facts.  Faults go to @a errs. */
void intake_facts(const json_t *j, const char *pointer, struct arena *mem,
                  struct facts *out, struct field_errs *errs);

/** Read one event; @a now_ms is its time when it names none. */
void intake_event(const json_t *j, const char *pointer, int64_t now_ms,
                  struct arena *mem, struct event *out,
                  struct field_errs *errs);

/**
 * Read a list of events; NULL is an empty one.
 *
 * @param max more are ERR_TOO_MANY, and none is read
 * @param out_events in @a mem; every item is read, bad ones are reported
 */
void intake_events(const json_t *list, const char *pointer, size_t max,
                   int64_t now_ms, struct arena *mem, struct event **out_events,
                   size_t *out_n, struct field_errs *errs);

#endif
