/**
 * @file read_leads.h
 * One lead, and pages of leads, as they are shown.  Thread: a reader's.
 */
#ifndef LEADD_READ_LEADS_H
#define LEADD_READ_LEADS_H

#include "base/fold.h"
#include "lead/lead.h"
#include "store/pg.h"

/** What `q` looks for; made by flow_search. */
struct lead_search {
    int16_t kind;       /**< enum id_kind of value, 0: none */
    const char *value;  /**< canonical phone number or e-mail address */
    const char **outer; /**< external ids it may be, with their senders */
    size_t n_outer;
    const char *words; /**< tsquery: all words, the last one as a prefix;
                            NULL: not a name */
    const char *exact; /**< tsquery: the same words in full */
    int32_t n_words;
    const char *name[SPELLINGS]; /**< as typed, cleaned, in any case */
};

/** NULL, nil or 0: any. */
struct lead_filter {
    const char *stage, *temperature, *quality, *grade, *origin;
    const char *source, *campaign;
    struct uuid owner;                      /**< rep who holds a live claim */
    int64_t created_from_ms, created_to_ms; /**< [from, to) */
    const struct lead_search *search;
};

/** Where a page ended: the next one begins behind it. */
struct lead_place {
    int32_t tier; /**< of a search by name: 0 as typed, 1 same words,
                     2 with what was typed in it, 3 */
    struct uuid lead_id;
};

struct lead_page {
    struct lead *leads;
    size_t n;
    bool more;
    struct lead_place end; /**< of the last lead, when n > 0 */
};

/** The lead that an id stands for: its own, or the one it gave way to.
 *  @return ERR_OK; ERR_NOT_FOUND; database errors as in pg_run */
enum err read_heir(struct pg *pg, struct arena *mem, int64_t workspace_id,
                   const struct uuid *lead_id, struct uuid *out) MUST_CHECK;

/** The lead that an id stands for, with its own id.
 *  @return ERR_OK; ERR_NOT_FOUND; database errors as in pg_run */
enum err read_lead(struct pg *pg, struct arena *mem, int64_t workspace_id,
                   const struct uuid *lead_id, struct lead *out) MUST_CHECK;

/**
 * Newest first; a search by name: best tier first, then newest.
 * @param after NULL: the first page
 * @param limit 1 to 500
 * @param mem owns the texts of @a out
 */
enum err read_leads(struct pg *pg, struct arena *mem, int64_t workspace_id,
                    const struct lead_filter *filter,
                    const struct lead_place *after, int limit,
                    struct lead_page *out) MUST_CHECK;

/** For other readers: the live claim and the account beside LEAD_SELECT. */
#define LEAD_SHOWN                                                             \
    ", a.name AS account_name, c.claim_id AS claim_id, c.rep_id AS claim_rep," \
    " c.state AS claim_state, c.expires_at AS claim_expires"
#define LEAD_SHOWN_FROM                                                        \
    " LEFT JOIN LATERAL (SELECT * FROM account o WHERE o.workspace_id = $1"    \
    " AND o.account_id = l.account_id LIMIT 1) a ON true"                      \
    " LEFT JOIN LATERAL (SELECT * FROM claim o WHERE o.workspace_id = $1"      \
    " AND o.lead_id = l.lead_id AND o.live LIMIT 1) c ON true"

/** All rows of such a result. @return array of PQntuples(res) */
struct lead *leads_shown(const PGresult *res, struct arena *mem);

#endif
