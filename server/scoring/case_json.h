/**
 * @file case_json.h
 * One case to be judged, as POST /v1/score takes it:
 *
 *   as_of      required, RFC 3339 with an offset
 *   stage      where the lead stands; iql when not given
 *   facts      see lead/facts_json.h
 *   events     see lead/event_json.h; each must say when
 *   timezone   IANA name, for the daily cap; not looked up here
 *
 * Other members are ignored (id, title, expect; `model` is the caller's).
 * Pure; thread: the one that owns the arena.
 */
#ifndef LEADD_CASE_JSON_H
#define LEADD_CASE_JSON_H

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"
#include "lead/facts.h"

#define CASE_EVENTS_MAX 20000

struct score_case {
    int64_t as_of_ms;
    enum stage stage;
    struct facts facts;
    struct event *events; /**< in the arena */
    size_t n_events;
    const char *timezone; /**< in the arena; NULL: the workspace's */
};

/**
 * @param doc borrowed
 * @param mem owns what @a out points to
 * @return true when there was no fault; @a errs gets every fault
 */
bool case_from_json(const json_t *doc, struct arena *mem,
                    struct score_case *out, struct field_errs *errs) MUST_CHECK;

#endif
