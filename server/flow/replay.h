/**
 * @file replay.h
 * Stored receipts through the door once more: all of them after a mapping or
 * a model changed, or those that quarantine held.  A replay adds what was
 * missing and changes nothing twice; into an empty workspace it makes the
 * leads that were there.  Moves that people made (claims, outcomes, stages)
 * are no receipts and are not made again.
 */
#ifndef LEADD_REPLAY_H
#define LEADD_REPLAY_H

#include "flow/flow.h"
#include "store/read_receipts.h"

/** What became of one receipt. */
struct replayed {
    struct uuid receipt_id;
    struct uuid lead_id; /**< of its first part that has one; nil: none */
    enum err err;        /**< of a release: why it stays held */
    bool created;
};

/** Taken by the done of flow_replay; free with replay_free. */
struct replay_result {
    struct arena *mem;
    struct replayed *items; /**< in the order they were read */
    size_t n;
    bool more; /**< the filter's limit was reached */
};

void replay_free(struct replay_result *r);

struct replay_order {
    int64_t workspace_id;
    enum replay kind;
    struct uuid receipt_id;    /**< REPLAY_AGAIN: this one */
    struct held_filter filter; /**< REPLAY_RELEASE: these */
};

/**
 * Read receipts and hand them to the writer.
 *
 * @param order borrowed for this call (copied; its texts too)
 * @param done ERR_OK with a struct replay_result once every receipt is over;
 *        ERR_NOT_FOUND when there is no such receipt; ERR_HELD for one
 *        that quarantine holds; ERR_BODY_GONE for an erased one; what the
 * database says
 * @return ERR_OK; else done never runs
 */
enum err flow_replay(struct flow *f, const struct replay_order *order,
                     struct done done) MUST_CHECK;

/**
 * A work from a stored receipt, ready to be submitted.
 *
 * @param out_work given on success; set w->done before submitting
 * @return ERR_OK, ERR_NO_MEMORY, ERR_NOT_FOUND for a door that is no more,
 *         or what its decoder says
 */
enum err replay_work(struct flow *f, int64_t workspace_id,
                     const struct stored_receipt *stored, enum replay kind,
                     struct work **out_work) MUST_CHECK;

#endif
