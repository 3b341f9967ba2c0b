/*
 * The first round trip of a batch: BEGIN, and every identifier inserted.
 * Those that did not go in belong to somebody: a second round trip asks to
 * whom, locks these leads, then reads what is known of them.  Each statement
 * takes a new snapshot, so what a lock waited for is seen by the statements
 * behind it.  A batch of new people never makes the second trip.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/str.h"
#include "store/account_events.h"
#include "store/batch.h"
#include "store/columns.h"
#include "store/event_sql.h"

/*
 * Leads this batch is about that were there before it: owners of its
 * identifiers (those it inserted itself are not asked for; an owner may well
 * be the candidate of a receipt that was stored before), those named by id,
 * and those behind claims named by id.
 *
 * Every table here starts its keys with workspace_id, and a plan made while
 * it was empty may think that column alone is selective.  LATERAL with LIMIT
 * and = ANY(ARRAY(...)) leave the planner only the whole key.
 */
#define KEYS_LATERAL                                                           \
    " FROM unnest($2::smallint[], $3::text[]) AS k(kind, value)"               \
    " CROSS JOIN LATERAL"                                                      \
    " (SELECT o.lead_id FROM identifier o WHERE o.workspace_id = $1"           \
    " AND o.kind = k.kind AND o.value = k.value LIMIT 1) i"

/* In id order, each once; behind a lead that gave way, the one it gave way
   to. */
#define KNOWN_LEADS                                                            \
    " FROM (SELECT i.lead_id" KEYS_LATERAL " UNION SELECT unnest($4::uuid[])"  \
    " UNION SELECT o.merged_into FROM unnest($4::uuid[]) AS t(lead_id)"        \
    " CROSS JOIN LATERAL (SELECT m.merged_into FROM lead m"                    \
    " WHERE m.workspace_id = $1 AND m.lead_id = t.lead_id LIMIT 1) o"          \
    " WHERE o.merged_into IS NOT NULL"                                         \
    " UNION SELECT o.lead_id FROM unnest($5::uuid[]) AS q(claim_id)"           \
    " CROSS JOIN LATERAL (SELECT c.lead_id FROM claim c"                       \
    " WHERE c.workspace_id = $1 AND c.claim_id = q.claim_id LIMIT 1) o"        \
    " ORDER BY 1) AS k(lead_id) CROSS JOIN LATERAL "

STORE_STMT(IDENTIFIERS_INSERT, .name = "identifiers_insert", .nparams = 2,
           .row_type = "identifier_in",
           .sql = "INSERT INTO identifier (workspace_id, kind, value, lead_id)"
                  " SELECT $1::bigint, u.kind, u.value, u.candidate"
                  " FROM unnest($2::identifier_in[]) AS u"
                  " WHERE u.candidate IS NOT NULL"
                  " ON CONFLICT (workspace_id, kind, value) DO NOTHING"
                  " RETURNING kind, value");

STORE_STMT(IDENTIFIERS_OWNERS, .name = "identifiers_owners", .nparams = 3,
           .sql = "SELECT k.kind, k.value, i.lead_id" KEYS_LATERAL);

STORE_STMT(LEADS_LOCK, .name = "leads_lock", .nparams = 5,
           .sql = "SELECT " LEAD_SELECT ", a.name AS account_name,"
                  " l.merged_into" KNOWN_LEADS
                  "(SELECT * FROM lead o WHERE o.workspace_id = $1"
                  " AND o.lead_id = k.lead_id LIMIT 1 FOR UPDATE) l"
                  " LEFT JOIN LATERAL (SELECT o.name FROM account o"
                  " WHERE o.workspace_id = $1"
                  " AND o.account_id = l.account_id LIMIT 1) a ON true");

STORE_STMT(CLAIMS_OF_LEADS, .name = "claims_of_leads", .nparams = 5,
           .sql = "SELECT c.lead_id, c.claim_id, c.rep_id, c.state,"
                  " c.expires_at" KNOWN_LEADS
                  "(SELECT * FROM claim o WHERE o.workspace_id = $1 AND o.live"
                  " AND o.lead_id = k.lead_id LIMIT 1) c");

STORE_STMT(EVENTS_OF_LEADS, .name = "events_of_leads", .nparams = 5,
           .sql = "SELECT " EVENT_SELECT KNOWN_LEADS EVENTS_OF_LEAD);

struct asked {
    struct batch_seen seen;
    bool number, keys, accounts, visits;
};

/* ---- sending ---- */

/* All keys, with the lead each would belong to. */
static void key_rows(struct batch *b, struct rows *r)
{
    static const enum pg_type TYPES[] = {PG_I16, PG_TEXT, PG_UUID, 0};

    rows_init(r, TYPES);
    for (size_t i = 0; i < b->n_keys; i++) {
        pg_array_i16(&r->col[0], (int16_t)b->keys[i].kind);
        pg_array_text(&r->col[1], b->keys[i].value);
        pg_array_uuid(&r->col[2], &b->keys[i].candidate);
        r->n++;
    }
}

/* Keys that were there before: somebody's, be it the very lead an earlier
   attempt at this batch made. */
static void owned_rows(struct batch *b, struct rows *r)
{
    static const enum pg_type TYPES[] = {PG_I16, PG_TEXT, 0};

    rows_init(r, TYPES);
    for (size_t i = 0; i < b->n_keys; i++) {
        if (b->keys[i].fresh)
            continue;
        pg_array_i16(&r->col[0], (int16_t)b->keys[i].kind);
        pg_array_text(&r->col[1], b->keys[i].value);
        r->n++;
    }
}

static void target_rows(struct batch *b, struct rows *r)
{
    static const enum pg_type TYPES[] = {PG_UUID, 0};

    rows_init(r, TYPES);
    for (size_t i = 0; i < b->n; i++) {
        for (size_t k = 0; k < b->works[i]->n_parts; k++) {
            const struct part *p = &b->works[i]->parts[k];

            if (p->kind == PART_TARGET)
                pg_array_uuid(&r->col[0], &p->target);
            else if (p->draft.test && b->works[i]->replay == REPLAY_AGAIN)
                pg_array_uuid(&r->col[0], &p->candidate);
            else
                continue;
            r->n++;
        }
    }
}

static void claim_ids(struct batch *b, struct rows *r)
{
    static const enum pg_type TYPES[] = {PG_UUID, 0};

    rows_init(r, TYPES);
    for (size_t i = 0; i < b->n; i++) {
        if (uuid_is_nil(&b->works[i]->claim.claim_id))
            continue;
        pg_array_uuid(&r->col[0], &b->works[i]->claim.claim_id);
        r->n++;
    }
}

static enum err send_identifiers(struct batch *b, struct asked *asked)
{
    struct rows keys;

    key_rows(b, &keys);
    asked->keys = keys.n > 0;
    return batch_send_rows(b, &IDENTIFIERS_INSERT, &keys);
}

static enum err send_known(struct batch *b, struct rows *keys,
                           struct rows *targets, struct rows *claims)
{
    struct pg_params p, q;
    enum err e;

    pg_params_init(&q, b->mem);
    pg_i64(&q, b->rules.workspace_id);
    rows_params(&q, keys);
    p = q;
    rows_params(&p, targets);
    rows_params(&p, claims);
    e = pg_pipe_send(b->pg, &LEADS_LOCK, &p);
    /* whose they are now that nobody can merge or part these leads */
    if (e == ERR_OK && keys->n)
        e = pg_pipe_send(b->pg, &IDENTIFIERS_OWNERS, &q);
    if (e == ERR_OK)
        e = pg_pipe_send(b->pg, &CLAIMS_OF_LEADS, &p);
    if (e == ERR_OK)
        e = pg_pipe_send(b->pg, &EVENTS_OF_LEADS, &p);
    return e;
}

/* ---- reading ---- */

static void read_fresh(struct batch *b, const PGresult *res)
{
    for (int row = 0; row < PQntuples(res); row++) {
        struct key *key = batch_key(b, (enum id_kind)pg_get_i64(res, row, 0),
                                    PQgetvalue(res, row, 1));

        if (key)
            key->fresh = true;
    }
}

static void read_owners(struct batch *b, const PGresult *res)
{
    for (int row = 0; row < PQntuples(res); row++) {
        struct key *key = batch_key(b, (enum id_kind)pg_get_i64(res, row, 0),
                                    PQgetvalue(res, row, 1));

        if (!key)
            continue;
        key->owner = pg_get_uuid(res, row, 2);
        key->foreign = true;
    }
}

static void read_leads(struct batch *b, const PGresult *res)
{
    struct lead_cols cols;
    int account_name = pg_col(res, "account_name");
    int merged_into = pg_col(res, "merged_into");

    lead_cols_find(res, &cols);
    for (int row = 0; row < PQntuples(res); row++) {
        struct uuid id = pg_get_uuid(res, row, cols.lead_id);
        struct bundle *bu = batch_find(b, &id);

        if (!bu)
            bu = batch_add(b, &id);
        lead_from_row(res, row, &cols, b->mem, &bu->lead);
        bu->lead.account_name = pg_get_text(res, row, account_name, b->mem);
        bu->merged_into = pg_get_uuid(res, row, merged_into);
        bu->loaded = true;
        bundle_unpack(bu, b->mem);
    }
}

static void read_claims(struct batch *b, const PGresult *res)
{
    for (int row = 0; row < PQntuples(res); row++) {
        struct uuid id = pg_get_uuid(res, row, 0);
        struct bundle *bu = batch_find(b, &id);

        if (!bu)
            continue;
        bu->lead.claim.claim_id = pg_get_uuid(res, row, 1);
        bu->lead.claim.rep_id = pg_get_uuid(res, row, 2);
        bu->lead.claim.state = pg_get_text(res, row, 3, b->mem);
        bu->lead.claim.expires_ms = pg_get_time(res, row, 4);
    }
    for (struct bundle *bu = b->bundles; bu; bu = bu->next)
        bu->was_ready =
            (bu->lead.stage == STAGE_SQL || bu->lead.stage == STAGE_PQL) &&
            uuid_is_nil(&bu->lead.claim.claim_id) && !bu->lead.test;
}

static void read_events(struct batch *b, const PGresult *res)
{
    /* newest first as they come; judgements like them the other way */
    for (int row = PQntuples(res) - 1; row >= 0; row--) {
        struct uuid id = pg_get_uuid(res, row, 0);
        struct bundle *bu = batch_find(b, &id);

        if (!bu)
            continue;
        event_of_row(
            res, row, 0, b->mem,
            event_list_add(&bu->own, &bu->n_own, &bu->cap_own, b->mem));
        bu->n_stored = bu->n_own;
    }
}

typedef void read_fn(struct batch *b, const PGresult *res);

/* Next result of the pipeline into @a read (NULL: no rows expected). */
static enum err take(struct batch *b, read_fn *read)
{
    PGresult *res = NULL;
    enum err e = pg_pipe_next(b->pg, &res);

    if (e == ERR_OK && read)
        read(b, res);
    PQclear(res);
    return e;
}

static enum err take_all(struct batch *b, const struct asked *asked)
{
    enum err e = take(b, NULL); /* BEGIN */

    if (e == ERR_OK && asked->number)
        e = take(b, batch_number_read);
    if (e == ERR_OK && asked->keys)
        e = take(b, read_fresh);
    if (e == ERR_OK && asked->seen.receipts)
        e = take(b, batch_seen_receipts);
    if (e == ERR_OK && asked->seen.releases)
        e = take(b, batch_seen_receipts);
    if (e == ERR_OK && asked->seen.answers)
        e = take(b, batch_seen_answers);
    if (e == ERR_OK && asked->accounts)
        e = take(b, batch_accounts_fresh);
    if (e == ERR_OK && asked->accounts)
        e = take(b, batch_accounts_read);
    if (e == ERR_OK && asked->visits)
        e = take(b, batch_visits_read);
    return e;
}

/* @return what the caller should make of a failed trip before any write:
   an unknown outcome is a plain retry */
static enum err trip_end(struct batch *b, enum err e)
{
    enum err end = e == ERR_UNKNOWN_OUTCOME ? e : pg_pipe_end(b->pg);

    if (e == ERR_OK || e == ERR_AGAIN)
        e = end == ERR_OK ? e : end;
    return e == ERR_UNKNOWN_OUTCOME ? ERR_AGAIN : e;
}

static enum err take_known(struct batch *b, bool keys)
{
    enum err e = take(b, read_leads);

    if (e == ERR_OK && keys)
        e = take(b, read_owners);
    if (e == ERR_OK)
        e = take(b, read_claims);
    if (e == ERR_OK)
        e = take(b, read_events);
    return e;
}

static enum err load_known(struct batch *b)
{
    struct rows keys, targets, claims;
    bool any, has_keys;
    enum err e;

    owned_rows(b, &keys);
    target_rows(b, &targets);
    claim_ids(b, &claims);
    has_keys = keys.n > 0;
    any = has_keys || targets.n || claims.n;
    e = any ? pg_pipe_begin(b->pg) : ERR_OK;
    if (any && e == ERR_OK)
        e = send_known(b, &keys, &targets, &claims);
    rows_release(&keys);
    rows_release(&targets);
    rows_release(&claims);
    if (any && e == ERR_OK)
        e = pg_pipe_sync(b->pg);
    if (!any || e != ERR_OK)
        return e;
    e = trip_end(b, take_known(b, has_keys));
    return e == ERR_OK ? batch_merged(b) : e;
}

enum err batch_load(struct batch *b)
{
    struct asked asked = {0};
    enum err e = pg_pipe_begin(b->pg);

    if (e == ERR_OK)
        e = pg_pipe_send(b->pg, &STMT_BEGIN, NULL);
    if (e == ERR_OK)
        e = batch_number_send(b, &asked.number);
    /* the identifiers wait for an earlier attempt that is still ending, so
       what it committed is seen by the questions behind them */
    if (e == ERR_OK)
        e = send_identifiers(b, &asked);
    if (e == ERR_OK)
        e = batch_seen_send(b, &asked.seen);
    if (e == ERR_OK)
        e = batch_accounts_send(b, &asked.accounts);
    if (e == ERR_OK)
        e = batch_visits_send(b, &asked.visits);
    if (e == ERR_OK)
        e = pg_pipe_sync(b->pg);
    if (e != ERR_OK)
        return e;
    e = trip_end(b, take_all(b, &asked));
    return e == ERR_OK ? load_known(b) : e;
}

/* ---- leads that claim-next took: locked already, now read ---- */

enum err batch_load_more(struct batch *b, const struct uuid *leads, size_t n)
{
    static const enum pg_type KEY[] = {PG_I16, PG_TEXT, 0};
    static const enum pg_type ID[] = {PG_UUID, 0};
    struct rows keys, targets, claims;
    enum err e;

    rows_init(&keys, KEY);
    rows_init(&targets, ID);
    rows_init(&claims, ID);
    for (size_t i = 0; i < n; i++, targets.n++)
        pg_array_uuid(&targets.col[0], &leads[i]);
    e = pg_pipe_begin(b->pg);
    if (e == ERR_OK)
        e = send_known(b, &keys, &targets, &claims);
    rows_release(&keys);
    rows_release(&targets);
    rows_release(&claims);
    if (e == ERR_OK)
        e = pg_pipe_sync(b->pg);
    return e == ERR_OK ? trip_end(b, take_known(b, false)) : e;
}
