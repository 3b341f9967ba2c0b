/**
 * @file failover.h
 * Who decides between writer and journal.  A work that may be spooled goes to
 * the writer; when the database is away, refuses to write, is full or too
 * slow, its receipt goes to the journal instead and it is answered 202.
 *
 * A work is never in two hands: either the writer gave it back (refused it,
 * or called its done) or it was never there.  That an outcome is unknown to
 * the writer is no harm: the receipt's id makes storing it twice harmless.
 */
#ifndef LEADD_FAILOVER_H
#define LEADD_FAILOVER_H

#include "spool/spool.h"
#include "store/writer.h"

/**
 * As writer_submit, with the journal behind it.
 * @param sp NULL: there is none
 * @return ERR_OK: taken, w->done will run, with w->spooled set when the
 *         journal has it; else the work stays the caller's
 */
enum err failover_submit(struct writer *writer, struct spool *sp,
                         struct work *w) MUST_CHECK;

/** Status and reply of a work whose receipt is in the journal:
 *  202 {"receipt_id", "status": "spooled"}. */
void render_spooled(struct work *w);

/** Is this a failure of the database or of load, that may pass? */
bool err_may_pass(enum err e);

#endif
