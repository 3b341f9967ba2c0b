/**
 * @file batch.h
 * One transaction for many works of one workspace: resolve who they are,
 * load and lock what is known, judge, write, commit.  The number of
 * statements does not depend on the number of works.
 *
 * Lock order, the same in every process, so that no two batches deadlock:
 * identifiers by (kind, value), account keys, leads by id, then the rows
 * that follow from a locked lead, rollups by key, pulse.
 *
 * Thread: the writer's.  Not part of the room's face; writer.h is.
 */
#ifndef LEADD_BATCH_H
#define LEADD_BATCH_H

#include "lead/rules.h"
#include "store/rows.h"
#include "store/work.h"

struct writer_ops;

/** One identifier that some work of the batch names. */
struct key {
    enum id_kind kind;
    const char *value;
    struct uuid candidate; /**< nil: only looked up, never inserted */
    struct uuid owner;     /**< who has it; nil: nobody */
    bool foreign;          /**< owner was there before this batch */
    bool fresh;            /**< inserted by this batch */
};

/** One key of a company, and the account it leads to. */
struct account_row {
    const char *key, *name;
    struct uuid account_id;
    struct uuid inserted;    /**< account_id before it was read who is known */
    bool fresh;              /**< inserted by this batch */
    bool settled;            /**< account_id is decided */
    bool founds;             /**< the account is new, and by this key */
    bool existed;            /**< the account was there before this batch */
    int64_t active_until_ms; /**< no event of its people is later; 0: none */
};

struct batch {
    struct pg *pg;
    const struct writer_ops *ops;
    struct workspace_rules rules;
    struct arena *mem;
    struct arena *scratch; /**< of one judgement */
    struct work **works;
    size_t n;
    int64_t now_ms;
    struct key *keys; /* sorted by kind, value */
    size_t n_keys;
    struct bundle *bundles; /* list */
    size_t n_bundles;
    struct bundle **table; /* by lead id; table_size is a power of two */
    size_t table_size;
    struct naming *namings; /* in the order of their receipts */
    size_t n_namings;
    struct account_row *accounts; /* by key */
    size_t n_accounts;
    struct review_row *reviews;
    struct visit *visits; /* that wait for whom this batch names */
    struct visit *given;  /* those it gave to a lead */
    struct claim *claims; /* list: loaded, then made */
    struct rep *reps;     /* by id */
    size_t n_reps;
    struct ending *endings; /* deals and reasons to count */
    bool recheck;           /* a retry: ask which receipts are stored already */
    int64_t number;         /* of the transaction; 0: nobody will ask for it */
    bool ready_changed;
};

enum err batch_run(struct batch *b) MUST_CHECK;

/* ---- steps, each in a file of its own ---- */
void batch_keys_collect(struct batch *b);
struct key *batch_key(struct batch *b, enum id_kind kind, const char *value);
/** @return the lead that exists (stored, or made earlier in this batch) behind
 *  a key; NULL: none, or @a key is NULL */
struct bundle *batch_owner(struct batch *b, const struct key *key);
/** Who is meant by each part; makes the bundles of new leads. */
void batch_assign(struct batch *b);

enum err batch_load(struct batch *b) MUST_CHECK;
enum err batch_write(struct batch *b) MUST_CHECK;

/* batch_seen.c */
/** Which results will come, in this order. */
struct batch_seen {
    bool receipts, releases, answers;
};
/** Ask which receipts, releases and Idempotency-Keys are over already. */
enum err batch_seen_send(struct batch *b,
                         struct batch_seen *out_asked) MUST_CHECK;
/** Marks works whose receipt or release is done. */
void batch_seen_receipts(struct batch *b, const PGresult *res);
/** Gives works with a known key their first answer. */
void batch_seen_answers(struct batch *b, const PGresult *res);

/* batch_outcome.c */
/** Queue the question for the transaction's number, when there is an order
 *  that only it can find again; *out_asked: one result will come. */
enum err batch_number_send(struct batch *b, bool *out_asked) MUST_CHECK;
void batch_number_read(struct batch *b, const PGresult *res);
/** What became of a transaction.  @return ERR_OK: committed; ERR_AGAIN: still
 *  under way; ERR_NOT_FOUND: not committed, or nobody knows; or why not asked
 */
enum err batch_outcome(struct pg *pg, struct arena *mem,
                       int64_t number) MUST_CHECK;

/* batch_merged.c */
/** Lead what names a lead that gave way to the one that was kept.
 *  @return ERR_AGAIN when leads were merged or parted under the batch */
enum err batch_merged(struct batch *b) MUST_CHECK;

/* batch_begins.c */
/** Let a lead come from where, and when, a receipt says. */
void lead_begins(struct lead *l, const struct work *w, const struct draft *d,
                 struct arena *mem);
/** The same for a lead that is there, when a receipt that could have made it
 *  is older.  Not when a deal of it was counted. */
void lead_begins_earlier(struct batch *b, const struct work *w,
                         const struct part *p);
/** What changes by it; before anything else of these leads is written. */
enum err write_begins(struct batch *b) MUST_CHECK;

/* batch_test_leads.c */
/** May it leave its identifiers to a person?  Not while a rep holds it. */
bool test_lead_may_give_way(const struct bundle *bu);
enum err write_test_leads(struct batch *b) MUST_CHECK;

/* batch_accounts.c */
/** Queue the keys of accounts that drafts name; *out_asked: two results will
 *  come, for batch_accounts_fresh and batch_accounts_read. */
enum err batch_accounts_send(struct batch *b, bool *out_asked) MUST_CHECK;
void batch_accounts_fresh(struct batch *b, const PGresult *res);
void batch_accounts_read(struct batch *b, const PGresult *res);
/** @return the account a draft names, or NULL */
const struct account_row *batch_account(const struct batch *b,
                                        const struct draft *d);
/** @return the account of a lead when a draft of the batch names it, or NULL */
const struct account_row *batch_account_of(const struct batch *b,
                                           const struct bundle *bu);
/** New accounts, and keys that joined a known one. */
enum err write_accounts(struct batch *b) MUST_CHECK;

/* batch_activity.c */
/** Read what other people of the batch's accounts did. */
enum err batch_load_others(struct batch *b) MUST_CHECK;
/** Note which accounts' people did something. */
enum err write_account_activity(struct batch *b) MUST_CHECK;

/* batch_visits.c */
/** Queue the taking of views of visitors that the batch names and somebody
 *  owns; *out_asked: one result will come for batch_visits_read. */
enum err batch_visits_send(struct batch *b, bool *out_asked) MUST_CHECK;
void batch_visits_read(struct batch *b, const PGresult *res);
/** Let the views of a part that found nobody wait. */
void batch_visits_wait(struct batch *b, const struct work *w,
                       const struct part *p);
/** Give what waits to its leads, as far as these consented.  @param p only
 *  to the lead of this part, of the visitors it names; NULL: all */
void batch_visits_apply(struct batch *b, const struct part *p);
/** Rows of lead and receipt: who is mentioned by what told of the views. */
void batch_visits_mention(struct batch *b, struct rows *r);
/** Views of nobody known, and those that were taken in vain. */
enum err write_visits(struct batch *b) MUST_CHECK;
/** Read leads that are locked already; adds their bundles. */
enum err batch_load_more(struct batch *b, const struct uuid *leads,
                         size_t n) MUST_CHECK;
/** Reps and claims of the batch's claim orders, locked. */
enum err claims_load(struct batch *b) MUST_CHECK;
/** Hand out, close, note: in memory. */
enum err claims_apply(struct batch *b) MUST_CHECK;
/** A lead left the claimable stages by a step: its claim is over. */
void claims_close_for_step(struct batch *b, struct bundle *bu,
                           const char *reason);
/** Sales confirmed a lead: keep the activity that shows it. */
void claims_note_confirmation(struct batch *b, const struct work *w);
enum err write_claims(struct batch *b) MUST_CHECK;

struct bundle *batch_find(struct batch *b, const struct uuid *lead_id);
struct bundle *batch_add(struct batch *b, const struct uuid *lead_id);

/** Send one statement with the rows, then release them. */
enum err batch_send_rows(struct batch *b, const struct store_stmt *stmt,
                         struct rows *r) MUST_CHECK;

/* write_*.c */
enum err write_leads(struct batch *b) MUST_CHECK;
enum err write_history(struct batch *b) MUST_CHECK;
enum err write_receipts(struct batch *b) MUST_CHECK;
enum err write_erasures(struct batch *b) MUST_CHECK;
enum err write_fetches(struct batch *b) MUST_CHECK;
enum err write_imports(struct batch *b) MUST_CHECK;
enum err write_mail_domains(struct batch *b) MUST_CHECK;

/** A rep of this batch, locked. */
struct rep {
    struct uuid rep_id;
    int32_t capacity, live, misses;
    bool active, changed;
};

struct rep *batch_rep(struct batch *b, const struct uuid *rep_id);

/** What an ended claim leaves to be counted and kept. */
enum ending_kind {
    ENDING_REFUSAL,
    ENDING_DEAL,
    ENDING_ACTIVITY,
    ENDING_CONFIRMATION, /**< of a lead without a claim */
};

struct ending {
    const struct claim *claim; /**< NULL: ENDING_CONFIRMATION */
    const struct work *work;
    enum ending_kind kind;
    struct ending *next;
};

/** Conflict of identity found while assigning. */
struct review_row {
    struct uuid lead_id, other_id, receipt_id;
    const char *detail;
    struct review_row *next;
};

#endif
