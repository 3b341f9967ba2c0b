/**
 * @file work.h
 * One request's worth of writing, on its way through the writer.
 */
#ifndef LEADD_WORK_H
#define LEADD_WORK_H

#include "lead/bundle.h"

/** How a part finds its lead. */
enum part_kind {
    PART_INGEST, /**< by identifiers; made when nobody is known */
    PART_LOOKUP, /**< by identifiers; ERR_NOT_FOUND when nobody is known */
    PART_TARGET, /**< by lead id; ERR_NOT_FOUND when there is none */
    PART_VISIT,  /**< by identifiers; views of nobody known wait for somebody */
};

/** One person of one request. */
struct part {
    enum part_kind kind;
    struct draft draft;
    struct uuid target; /**< PART_TARGET */
    bool optional;      /**< nobody found is no fault: the receipt is kept */
    bool once;          /**< its external id names one delivery: a repeat of it
                             changes nothing, but leaves its receipt */
    bool known_only;    /**< PART_INGEST that may tell about somebody known, but
                             makes nobody: ERR_NO_IDENTIFIER then */
    bool gives_ids;     /**< PART_LOOKUP whose new identifiers go to whom it
                             found */
    bool erase;         /**< the person withdrew: forget who it was */
    bool went_in;       /**< of a release: it was never held */
    /* set by the writer */
    struct uuid candidate; /**< id of the lead if it is new */
    struct bundle *bundle; /**< valid until the work is done */
    struct uuid lead_id;
    enum err err;
    bool created;
};

struct receipt {
    struct uuid receipt_id;
    struct uuid source_id, key_id; /**< nil when not known */
    const char *source;            /**< name of the source */
    int64_t received_ms;
    const char *door; /**< "form", "lead", "events", "import", ... */
    const char *content_type, *headers_json;
    const void *body;
    size_t body_bytes;
    struct uuid lead_id; /**< the lead its path named; nil: none */
    const char *role;    /**< of the key; NULL on public doors */
    bool replayed;       /**< stored before: drained from the spool, say */
};

struct activity {
    const char *kind, *result;
    int32_t duration_s;
};

/** A stage move somebody asked for. */
struct step_order {
    bool given;
    enum stage to;
    enum actor actor;
    struct uuid actor_id;
    const char *reason;
    struct activity activity; /**< kind NULL: none */
};

enum claim_kind {
    CLAIM_NONE,
    CLAIM_THIS,   /**< part 0 names the lead */
    CLAIM_NEXT,   /**< the best this rep may take, up to count */
    CLAIM_ACCEPT, /**< the rest name a claim */
    CLAIM_RELEASE,
    CLAIM_REJECT,
    CLAIM_EXTEND,
    CLAIM_ACTIVITY,
    CLAIM_OUTCOME,
    CLAIM_EXPIRE, /**< by the watch, when the lease is over */
};

/** One claim as stored. */
struct claim {
    struct uuid claim_id, lead_id, rep_id;
    const char *state;
    int64_t claimed_ms, expires_ms, accepted_ms, ended_ms;
    const char *reason;
    int64_t sql_ms, respond_by_ms, first_response_ms;
    int16_t score;
    const char *grade;
    const char *snapshot; /**< JSON */
    struct bundle *bundle;
    bool is_new, changed;
    struct claim *next;
};

/** What somebody wants of claims. */
struct claim_order {
    enum claim_kind kind;
    struct uuid rep_id; /**< who asks; nil: an admin, or the watch */
    struct uuid claim_id;
    int count;
    const char *stage; /**< filter of CLAIM_NEXT, or NULL */
    const char *grade;
    const char *reason;
    struct activity activity;
    const char *result; /**< "won" or "lost" */
    int64_t amount;
    const char *currency;
    /* set by the writer; rows live until the work is done */
    struct claim **claims;
    size_t n_claims;
    bool created;
    int64_t expires_ms; /**< with ERR_ALREADY_CLAIMED */
};

/** What was wrong with one row of an import. */
struct import_fault {
    int64_t row, line;
    int cell;          /**< from 1; 0: the row as a whole */
    const char *field; /**< heading of the cell, or NULL */
    enum err err;
    const char *detail;
    bool stored; /**< a lead all the same, without that cell */
    const void *content;
    size_t content_bytes;
};

/** What a run of rows of an import leaves beside its leads. */
struct import_note {
    struct uuid import_id, content;
    int64_t first_row, bytes;
    size_t n_rows, n_repeated, n_bad;
    const struct uuid *row_ids; /**< one per part */
    const struct import_fault *faults;
    size_t n_faults;
    /* set by the writer */
    size_t n_new, n_known, n_held;
};

/** Receipts that are stored already, read once more. */
enum replay {
    REPLAY_NONE,
    REPLAY_AGAIN,   /**< through today's mapping; adds what is missing */
    REPLAY_RELEASE, /**< from quarantine: applied as if it had come then */
};

struct idempotency {
    const char *key; /**< NULL: none */
    const char *scope;
    uint8_t fingerprint[32];
};

/** What is to happen with a lead that a platform told only the id of. */
enum fetch_action {
    FETCH_READ,   /**< read it back and make a lead of it */
    FETCH_FORGET, /**< withdrawn: if it was not read yet, never read it */
};

/** One lead a platform named; kept with the receipt, read by outbound. */
struct fetch_order {
    const char *platform; /**< "meta", "linkedin" or "hubspot" */
    struct uuid source_id;
    const char *external_id; /**< 1 to 128 bytes; again is harmless */
    const char *page_id;     /**< or NULL: the token of the source */
    const char *form_id;     /**< or NULL */
    enum fetch_action action;
    /** Only if this part of the same work finds nobody, and then also what
     *  was read before and became no lead; NULL: in any case */
    const struct part *unless;
    int64_t received_ms; /**< when the notification came */
};

struct spool;

/**
 * Taken by writer_submit; belongs to the writer until @a done ran.  All text
 * lives in @a mem, which goes with the work.
 */
struct work {
    struct arena *mem;
    int64_t workspace_id;
    bool has_receipt; /**< false: a re-score by the sweeper */
    enum replay replay;
    bool was_held; /**< of a replay: let in by a decision, in its turn */
    struct receipt receipt;
    struct part *parts;
    size_t n_parts; /**< 0: a receipt that changes nobody */
    struct fetch_order *fetches;
    size_t n_fetches;
    struct step_order step;
    struct claim_order claim;
    int32_t if_version; /**< 0: any; else ERR_STALE when it differs */
    struct idempotency idem;
    struct import_note *import; /**< NULL: not of an import */
    bool refused_back; /**< data the database refuses comes back, ERR_DATA */
    /** Runs on the writer thread once judged, before COMMIT; fills status
     *  and reply from parts. NULL: the caller needs no text. */
    void (*render)(struct work *w);
    int status;
    struct buf reply;
    const char *etag;   /**< set by render, in mem; or NULL */
    bool stored;        /**< its receipt was committed by an earlier attempt */
    bool idem_replayed; /**< reply is the first answer, given again */
    enum err err;
    const char *legal; /**< with ERR_ILLEGAL_STEP: JSON list of legal stages */
    /** Runs once, on the writer thread, after the outcome is certain. */
    void (*done)(struct work *w);
    void *ctx;
    /** Its receipt may go to the journal: the writer hands it back at once
     *  when the database is away. */
    bool may_spool;
    bool spooled; /**< the journal has it: status and reply say 202 */
    void (*arrive)(struct work *w); /**< flow/failover's own: the true done */
    struct spool *spool;            /**< likewise */
    int64_t deadline_ms;            /**< monotonic; too old work is not begun */
    struct work *next;
    int64_t queued_ms; /**< monotonic; set by the writer */
};

struct work *work_new(size_t ceiling_bytes);
/** Frees everything, its arena too. NULL is fine. */
void work_free(struct work *w);
/** Why its receipt is held: the reason of the first part that has one. */
const char *work_held_reason(const struct work *w);
/** Once written: why its receipt stays held although it was released.
 *  @return ERR_OK: it does not; ERR_NO_IDENTIFIER: somebody in it is neither
 *          known nor a lead; ERR_DATA: the database would not take it */
enum err work_left_out(const struct work *w);
/** Its receipt is to be kept in quarantine and to change no lead: the next
 *  attempt at what could not be done.  Its key has nothing to answer then.
 *  @param reason static; database_refused or key_reused */
void work_set_aside(struct work *w, const char *reason);

#endif
