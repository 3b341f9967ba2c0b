/**
 * @file decode_events.h
 * The bodies of POST /v1/leads/{id}/events and POST /v1/events.  Pure; any
 * thread.
 */
#ifndef LEADD_DECODE_EVENTS_H
#define LEADD_DECODE_EVENTS_H

#include "base/arena.h"
#include "base/err.h"
#include "lead/draft.h"

/** Most events of one batch. */
#define EVENT_BATCH_MAX 1000

/** One event and the one name of the lead it belongs to. */
struct event_post {
    bool has_lead;
    struct uuid lead_id;
    const char *email, *phone; /**< as sent; identity makes them canonical */
    const char *visitor_id;
    const char *external_id, *source; /**< source belongs to external_id */
    struct event event;
};

/**
 * Read the events of one lead: one event object, {"events": [...]}, or a
 * bare list; 1 to DRAFT_EVENTS_MAX.
 *
 * @param now_ms time of an event that names none
 * @return ERR_OK, what json_guard gives, or ERR_INVALID
 */
enum err intake_lead_events(const void *body, size_t n, int64_t now_ms,
                            struct arena *mem, struct event **out_events,
                            size_t *out_n, struct field_errs *errs) MUST_CHECK;

/**
 * Read events of many leads: {"events": [{"lead_id" | "email" | "phone" |
 * "visitor_id" | "external_id" with "source", ...event members}]}.  Each
 * names its lead in at least one way; visitor_id may also stand beside
 * another and then tells whose browser it was.
 */
enum err intake_event_batch(const void *body, size_t n, int64_t now_ms,
                            struct arena *mem, struct event_post **out_posts,
                            size_t *out_n, struct field_errs *errs) MUST_CHECK;

#endif
