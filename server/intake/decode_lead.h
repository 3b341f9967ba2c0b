/**
 * @file decode_lead.h
 * The bodies of POST /v1/leads and PATCH /v1/leads/{id}.  Pure; any thread.
 */
#ifndef LEADD_DECODE_LEAD_H
#define LEADD_DECODE_LEAD_H

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"
#include "lead/draft.h"

/**
 * Read a lead.  Members: contact, origin, source, external_id, referrer,
 * facts, events, touch, consent; any other is refused, so that nobody sets a
 * score, a stage or an owner from outside.
 *
 * The draft's facts are of class FACT_SYSTEM (a server-to-server key); the
 * caller changes that by the key's role.  An identifier must be there in
 * some form (phone, e-mail or external_id); whether it is one that makes a
 * lead, identity_is_reachable tells.
 *
 * @param now_ms time of events that name none
 * @param mem owns everything in @a out_draft
 * @param errs every bad member
 * @return ERR_OK; what json_guard gives; ERR_NO_IDENTIFIER; ERR_INVALID when
 *         any other member is bad
 */
enum err intake_lead(const void *body, size_t n, int64_t now_ms,
                     struct arena *mem, struct draft *out_draft,
                     struct field_errs *errs) MUST_CHECK;

/** The same from a parsed object, which stays the caller's: a line of an
 *  import, an item of a batch.  @a pointer leads to it. */
enum err intake_lead_json(const json_t *j, const char *pointer, int64_t now_ms,
                          struct arena *mem, struct draft *out_draft,
                          struct field_errs *errs) MUST_CHECK;

/**
 * Read a change: contact and facts only, at least one of them.  A member
 * that is null or empty leaves what is stored as it is; contact details are
 * replaced, not cleared (erasure is a call of its own).
 */
enum err intake_patch(const void *body, size_t n, struct arena *mem,
                      struct draft *out_draft,
                      struct field_errs *errs) MUST_CHECK;

#endif
