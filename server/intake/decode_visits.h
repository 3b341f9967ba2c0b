/**
 * @file decode_visits.h
 * What the snippet of a page tells about a visitor nobody may know yet.
 * Pure; any thread.
 *
 *   {"visitor_id": "...", "consent": true, "session": "...",
 *    "views": [{"url": "https://...", "at": "2026-01-06T04:30:00Z"}, ...]}
 *
 * `at` is RFC 3339 or milliseconds since 1970; without it, and when it lies
 * in the future or more than a day back, the view was now.  Of an address
 * only what stands before '?' and '#' is kept: the rest may name a person.
 */
#ifndef LEADD_DECODE_VISITS_H
#define LEADD_DECODE_VISITS_H

#include "base/arena.h"
#include "base/err.h"
#include "lead/draft.h"

/** Most views of one report. */
#define VISITS_MAX 50

/**
 * @param seed text that the same report always has: makes the events' ids
 * @param now_ms when the report came
 * @param out the visitor's identifier and one page_view an entry, in @a mem
 * @return ERR_OK; what json_guard gives; ERR_INVALID with @a errs, so also
 *         when `consent` is anything but true
 */
enum err intake_visits(const void *body, size_t n, const char *seed,
                       int64_t now_ms, struct arena *mem, struct draft *out,
                       struct field_errs *errs) MUST_CHECK;

#endif
