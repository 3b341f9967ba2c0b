/**
 * @file park.h
 * Waiting without a thread.  A handler parks its request, hands the struct
 * done to whoever will have the answer, and returns HTTP_PARKED; it is
 * visited again, with rq->woken set, on the loop thread.
 *
 * The answer may come from any thread, at once or long after the deadline:
 * a late answer is freed, counted and otherwise harmless.
 */
#ifndef LEADD_PARK_H
#define LEADD_PARK_H

#include "base/done.h"
#include "http/request.h"

/**
 * Suspend for work.  When @a park_ms pass without an answer, http/ itself
 * replies 503 ERR_DEADLINE with Retry-After (the work goes on; the client's
 * idempotency key covers the repeat).  Thread: the handler's.
 *
 * @return what must be called exactly once; the result given is freed with
 *         rq->result_free (free() unless set before)
 */
struct done http_park(struct http_req *rq, int64_t park_ms) MUST_CHECK;

/**
 * Suspend for news (long poll).  At the deadline, or when the server drains,
 * the handler is visited with rq->err ERR_DEADLINE or ERR_DRAINING and says
 * what there is, typically an empty list.
 */
struct done http_wait(struct http_req *rq, int64_t wait_ms) MUST_CHECK;

/**
 * Read no more of the body until the giver says ERR_OK (with a NULL result);
 * the time so spent does not count against the body's deadline.  Any other
 * error, @a pause_ms without a word, or the end of the server refuses the
 * request.  Thread: inside on_body, unless http_is_paused.
 */
struct done http_pause(struct http_req *rq, int64_t pause_ms) MUST_CHECK;
/** Is it?  What libmicrohttpd has read already (chunks of a chunked body)
 *  still comes through on_body then. */
bool http_is_paused(const struct http_req *rq);

#endif
