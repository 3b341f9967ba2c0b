/**
 * @file event_json.h
 * The event object of the API and its stored form.  Pure; thread: the one
 * that owns the arena.
 *
 *   id, session, channel, visitor (or visitor_id), person   texts
 *   type          required, a word of words.def
 *   occurred_at   RFC 3339 with an offset
 *   value         1..5, required for satisfaction, ignored for the others
 *   duration_s    (or duration_seconds) >= 0; a fraction is cut off
 *   machine       (or is_machine, bot) true, or human false, or actor or
 *                 made_by one of machine, bot, mail_scanner, monitor
 *   detail        (or page, page_url, document) for the timeline
 *
 * Other members are ignored: senders attach what they like to an event.
 * An empty text is a text not given.
 */
#ifndef LEADD_EVENT_JSON_H
#define LEADD_EVENT_JSON_H

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"
#include "lead/facts.h"

/**
 * @param j the object, borrowed
 * @param pointer JSON Pointer of @a j, for the faults
 * @param default_ms time of an event that names none; NULL: it must name one
 * @param mem owns the texts of @a out
 * @return true when there was no fault
 */
bool event_from_json(const json_t *j, const char *pointer,
                     const int64_t *default_ms, struct arena *mem,
                     struct event *out, struct field_errs *errs) MUST_CHECK;

/**
 * A list of events; NULL or null is an empty list.
 * @param max more than this is TOO_MANY, and none is read
 * @param out_events in @a mem, set with @a out_n also on false
 */
bool events_from_json(const json_t *list, const char *pointer, size_t max,
                      const int64_t *default_ms, struct arena *mem,
                      struct event **out_events, size_t *out_n,
                      struct field_errs *errs) MUST_CHECK;

/** @return a new object, given to the caller; NULL when out of memory */
json_t *event_to_json(const struct event *e) MUST_CHECK;

#endif
