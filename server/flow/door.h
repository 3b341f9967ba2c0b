/**
 * @file door.h
 * The one way from a receipt to the parts of a work: fresh requests, the
 * spool, imports, replays and releases from quarantine all pass here, so that
 * the same bytes always become the same drafts.  Needs no database; any
 * thread.
 */
#ifndef LEADD_DOOR_H
#define LEADD_DOOR_H

#include "flow/settings.h"
#include "store/work.h"

/**
 * Decode w->receipt into w->parts.  The receipt says all: door, workspace (in
 * the work), source_id, role, lead_id, content_type, headers_json, body,
 * received_ms.  Receipts without a source or with a source that is gone are
 * read with the defaults of their kind.
 *
 * @param snap settings, held by the caller
 * @param w parts are made in w->mem; on error w is unchanged but for them
 * @param errs every bad field
 * @return ERR_OK; ERR_NOT_FOUND for an unknown workspace or a door this
 *         program does not know; else what the decoder says (errs may hold
 *         more)
 */
enum err door_open(const struct snapshot *snap, struct work *w,
                   struct field_errs *errs) MUST_CHECK;

/** Is there such a door, and may its receipts be replayed? */
bool door_known(const char *door);

#endif
