/**
 * @file bundle.h
 * All that one write of one lead needs: what was known, what is new, what was
 * judged.  Lives in the batch's arena; one thread.
 */
#ifndef LEADD_BUNDLE_H
#define LEADD_BUNDLE_H

#include "lead/actor.h"
#include "lead/lead.h"

struct hop {
    enum stage from, to;
    enum actor actor;
    int64_t at_ms;
    char grade[4];        /**< entering `to` */
    char left_grade[4];   /**< at entry to `from`: where the stay counts */
    const char *reason;   /**< NULL for the system's promotions */
    struct uuid actor_id; /**< rep or key; nil for the system */
    int64_t stay_ms;      /**< in `from`; -1 for the first hop */
    int32_t no;
};

#define BUNDLE_HOPS_MAX 12
#define FACTS_N         13

/** Who said a fact, and when. */
struct fact_origin {
    uint8_t source; /**< enum fact_source, 0: not known */
    int64_t at_ms;
};

/** What one receipt said. */
struct stated {
    uint8_t source; /**< enum fact_source */
    int64_t at_ms;
    struct facts facts;
};

struct bundle {
    int64_t workspace_id;
    struct lead lead;
    struct facts facts;
    struct fact_origin fact_origin[FACTS_N];
    int64_t now_ms;      /**< judged as of; never goes back */
    bool is_new;         /**< no row yet */
    bool loaded;         /**< row read and locked */
    bool changed;        /**< row must be written */
    size_t n_changes;    /**< receipts that changed it */
    bool begins_earlier; /**< than its row says: with an older receipt */
    bool erase;          /**< the person withdrew: forget who it was */
    bool by_time;        /**< judged because it was due */
    bool unjudged;       /**< a receipt of this batch was applied since */
    bool rejudge;        /**< something came that can change the judgement */
    bool news;           /**< facts or own events came: lifts `held` */
    bool own_activity; /**< human events came: others of the account are due */
    struct event *own; /**< own events, stored ones first */
    size_t n_own, cap_own, n_stored;
    /** of the account's people, each with its person; the lead's own may be
     *  among them.  Borrowed: bundles of one account share them. */
    const struct event *others;
    size_t n_others;
    size_t n_unconsented; /**< events dropped for want of consent */
    struct hop hops[BUNDLE_HOPS_MAX];
    size_t n_hops;
    struct uuid merged_into;    /**< gave way to this lead; nil: to none */
    struct bundle *gave_way_to; /**< a test lead: to whom, in this batch */
    bool was_ready;             /**< has a row in `ready` */
    bool claim_changed;         /**< claimed or given back in this batch */
    struct identifier *ids;
    size_t n_ids, n_ids_known;
    bool ids_changed, facts_changed, touch_changed;
    const void *touched_by; /**< the work whose touch it has, while written */
    struct bundle *next;
};

/** Add a hop at the end of the lead's road and move the lead's stage. */
void bundle_hop(struct bundle *b, enum stage to, enum actor actor,
                int64_t at_ms, const char *reason, const struct uuid *actor_id);

/** Was any of its facts stated after @a at_ms? */
bool bundle_facts_are_newer(const struct bundle *b, int64_t at_ms);
/**
 * Set its facts to what was believed at @a at_ms.  Pure.
 *
 * @param list all that was stated, the oldest first
 */
void bundle_facts_at(struct bundle *b, const struct stated *list, size_t n,
                     int64_t at_ms);

/** Read identifiers_json, facts_json, facts_source_json into values. */
void bundle_unpack(struct bundle *b, struct arena *mem);

/** What the sender's workspace allows. */
struct apply_rules {
    bool behaviour_assumed;
    bool again;       /**< a replay: this lead has had the receipt before */
    bool late;        /**< let in after newer ones: goes before them */
    int64_t now_ms;   /**< when the receipt came in */
    uint32_t part_no; /**< which part of the receipt it is */
};

/**
 * What one request does to one lead: contact texts, identifiers, facts by
 * strength of source, events (same ext_id is the same event), consent,
 * touch.  Pure.
 *
 * @param receipt_id borrowed; its time is when things were stated
 */
void bundle_apply(struct bundle *b, const struct draft *d,
                  const struct uuid *receipt_id,
                  const struct apply_rules *rules, struct arena *mem);

/** Only the events of it.  @param receipt_id their ids follow from it */
void bundle_apply_events(struct bundle *b, const struct event *events, size_t n,
                         const struct uuid *receipt_id,
                         const struct apply_rules *rules, struct arena *mem);

/** Did that part of a receipt give it an event? */
bool bundle_has_event_of(const struct bundle *b, const struct draft *d,
                         const struct uuid *receipt_id, uint32_t part_no);

/** @return room for one more event at the end of a list that grows in mem */
struct event *event_list_add(struct event **list, size_t *n, size_t *cap,
                             struct arena *mem);

/** JSON text of a touch; NULL when nothing in it is given. */
const char *touch_to_json(const struct touch *t, struct arena *mem);

/** JSON text of who referred the lead; NULL when nobody is named. */
const char *referrer_to_json(const struct draft *d, struct arena *mem);

/** Compact JSON of the facts given. */
const char *facts_to_text(const struct facts *f, struct arena *mem);

/** Observed behaviour needs consent (domain.md section 8). */
bool event_needs_consent(enum event_type type);

/** Serialise what changed back into the lead's JSON texts. */
void bundle_pack(struct bundle *b, struct arena *mem);

#endif
