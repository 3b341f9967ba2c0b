/**
 * @file lead_reply.h
 * Answers made of leads, on the writer thread, before COMMIT.
 */
#ifndef LEADD_LEAD_REPLY_H
#define LEADD_LEAD_REPLY_H

#include "store/work.h"

/** {"receipt_id", "created", "lead"}: 201 when new, 200 when known. */
void render_lead_post(struct work *w);
/** The Lead alone, 200, with its ETag. */
void render_lead(struct work *w);
/** {"receipt_id", "lead"}, 201: events were taken. */
void render_events(struct work *w);
/** {"receipt_id", "status": "accepted"}, 201: what a stranger may know. */
void render_accepted(struct work *w);
/** The same with 200, for senders that take nothing else. */
void render_received(struct work *w);
/** Nothing at all, 204. */
void render_nothing(struct work *w);
/** {"receipt_id", "results": [{lead_id} or {error}]}, 201. */
void render_event_batch(struct work *w);
/** One claim: 201 when made now, else 200. */
void render_claim(struct work *w);
/** The same after an activity was noted: always 201. */
void render_activity(struct work *w);
/** {"claims": [...]}, 201; 204 when there are none. */
void render_claims(struct work *w);

#endif
