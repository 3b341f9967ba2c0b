/*
 * Companies: accounts named by drafts, made when nobody knows them, and what
 * other people of an account did, which is read only where the account was
 * there before.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/str.h"
#include "store/account_events.h"
#include "store/batch.h"
#include "store/event_sql.h"

STORE_STMT(ACCOUNTS_INSERT, .name = "accounts_insert", .nparams = 6,
           .sql = "INSERT INTO account (workspace_id, account_id, key, name,"
                  " domain, created_at)"
                  " SELECT $1::bigint, u.id, u.key, u.name, u.domain, u.at"
                  " FROM unnest($2::uuid[], $3::text[], $4::text[],"
                  " $5::text[], $6::timestamptz[])"
                  " AS u(id, key, name, domain, at)"
                  " ON CONFLICT (workspace_id, key) DO NOTHING");

STORE_STMT(ACCOUNTS_OF_KEYS, .name = "accounts_of_keys", .nparams = 2,
           .sql = "SELECT a.key, a.account_id, a.name, o.active_until"
                  " FROM unnest($2::text[]) AS k(key)"
                  " CROSS JOIN LATERAL (SELECT c.key, c.account_id, c.name"
                  " FROM account c WHERE c.workspace_id = $1"
                  " AND c.key = k.key LIMIT 1) a"
                  " LEFT JOIN LATERAL (SELECT c.active_until"
                  " FROM account_activity c WHERE c.workspace_id = $1"
                  " AND c.account_id = a.account_id LIMIT 1) o ON true");

STORE_STMT(EVENTS_OF_ACCOUNTS, .name = "events_of_accounts", .nparams = 3,
           .sql = EVENTS_OF_ACCOUNTS_SQL);

STORE_STMT(ACCOUNTS_ACTIVE, .name = "accounts_active", .nparams = 3,
           .sql = "INSERT INTO account_activity AS a (workspace_id,"
                  " account_id, active_until)"
                  " SELECT $1::bigint, u.id, max(u.at) FROM"
                  " unnest($2::uuid[], $3::timestamptz[]) AS u(id, at)"
                  " GROUP BY u.id ORDER BY u.id"
                  " ON CONFLICT (workspace_id, account_id) DO UPDATE"
                  " SET active_until = excluded.active_until"
                  " WHERE a.active_until < excluded.active_until");

static int by_key(const void *x, const void *y)
{
    return strcmp(((const struct account_row *)x)->key,
                  ((const struct account_row *)y)->key);
}

static int by_key_and_id(const void *x, const void *y)
{
    const struct account_row *a = x, *b = y;
    int order = by_key(x, y);

    return order ? order : uuid_cmp(&a->account_id, &b->account_id);
}

struct account_row *batch_account(const struct batch *b, const char *key)
{
    struct account_row want = {.key = key};

    return b->n_accounts ? bsearch(&want, b->accounts, b->n_accounts,
                                   sizeof(want), by_key)
                         : NULL;
}

const struct account_row *batch_account_of(const struct batch *b,
                                           const struct bundle *bu)
{
    for (size_t i = 0; i < b->n_accounts; i++)
        if (!uuid_cmp(&b->accounts[i].account_id, &bu->lead.account_id))
            return &b->accounts[i];
    return NULL;
}

/* An account's id follows from its key and the first receipt that named it,
   so that a replay makes the same.  The ids of a list's receipts all bear the
   time of the list: its chunks need not come in order. */
static struct uuid account_id(const struct work *w, const struct draft *d)
{
    int64_t ms = w->has_receipt ? uuid_ms(&w->receipt.receipt_id)
                                : w->receipt.received_ms;

    return uuid_derived(ms, d->account_key, strlen(d->account_key));
}

/* Equal keys become one, with the earliest id. */
static void merge_equal(struct batch *b)
{
    size_t n = 0;

    qsort(b->accounts, b->n_accounts, sizeof(*b->accounts), by_key_and_id);
    for (size_t i = 0; i < b->n_accounts; i++) {
        if (n && str_eq(b->accounts[n - 1].key, b->accounts[i].key))
            continue;
        b->accounts[n++] = b->accounts[i];
    }
    b->n_accounts = n;
}

static void collect(struct batch *b)
{
    size_t max = 0;

    for (size_t i = 0; i < b->n; i++)
        max += b->works[i]->n_parts;
    b->accounts = arena_array(b->mem, max + 1, sizeof(*b->accounts));
    for (size_t i = 0; i < b->n; i++) {
        for (size_t k = 0; k < b->works[i]->n_parts; k++) {
            const struct work *w = b->works[i];
            const struct draft *d = &w->parts[k].draft;

            if (d->account_key && !d->quarantine)
                b->accounts[b->n_accounts++] =
                    (struct account_row){.key = d->account_key,
                                         .name = d->account_name,
                                         .domain = d->work_domain,
                                         .account_id = account_id(w, d)};
        }
    }
    merge_equal(b);
}

enum err batch_accounts_send(struct batch *b, bool *out_asked)
{
    static const enum pg_type TYPES[] = {PG_UUID, PG_TEXT, PG_TEXT,
                                         PG_TEXT, PG_TIME, 0};
    static const enum pg_type KEY[] = {PG_TEXT, 0};
    struct rows r, keys;
    enum err e;

    collect(b);
    rows_init(&r, TYPES);
    rows_init(&keys, KEY);
    for (size_t i = 0; i < b->n_accounts; i++, r.n++, keys.n++) {
        pg_array_uuid(&r.col[0], &b->accounts[i].account_id);
        pg_array_text(&r.col[1], b->accounts[i].key);
        pg_array_text(&r.col[2], b->accounts[i].name);
        pg_array_text(&r.col[3], b->accounts[i].domain);
        pg_array_time(&r.col[4], uuid_ms(&b->accounts[i].account_id));
        pg_array_text(&keys.col[0], b->accounts[i].key);
    }
    *out_asked = r.n > 0;
    e = batch_send_rows(b, &ACCOUNTS_INSERT, &r);
    if (e == ERR_OK)
        return batch_send_rows(b, &ACCOUNTS_OF_KEYS, &keys);
    rows_release(&keys);
    return e;
}

void batch_accounts_read(struct batch *b, const PGresult *res)
{
    for (int row = 0; row < PQntuples(res); row++) {
        struct account_row *a = batch_account(b, PQgetvalue(res, row, 0));
        struct uuid id = pg_get_uuid(res, row, 1);

        if (!a)
            continue;
        a->existed = uuid_cmp(&id, &a->account_id) != 0;
        a->account_id = id;
        a->name = pg_get_text(res, row, 2, b->mem);
        a->active_until_ms = pg_get_time(res, row, 3);
    }
}

/* ---- account activity: a second trip only where accounts are known ---- */

static int by_id(const void *x, const void *y)
{
    return uuid_cmp(x, y);
}

/* Ids of the batch's leads' accounts whose people may have done something
   after @a from_ms, each once. */
static size_t active_accounts(struct batch *b, int64_t from_ms,
                              struct uuid **out)
{
    struct uuid *silent, *ids;
    size_t n = 0, n_silent = 0, kept = 0;

    for (struct bundle *bu = b->bundles; bu; bu = bu->next)
        n += !uuid_is_nil(&bu->lead.account_id);
    *out = ids = arena_array(b->mem, n + 1, sizeof(*ids));
    silent = arena_array(b->mem, b->n_accounts + 1, sizeof(*silent));
    for (size_t i = 0; i < b->n_accounts; i++)
        if (b->accounts[i].active_until_ms <= from_ms)
            silent[n_silent++] = b->accounts[i].account_id;
    qsort(silent, n_silent, sizeof(*silent), by_id);
    n = 0;
    for (struct bundle *bu = b->bundles; bu; bu = bu->next)
        if (!uuid_is_nil(&bu->lead.account_id))
            ids[n++] = bu->lead.account_id;
    qsort(ids, n, sizeof(*ids), by_id);
    for (size_t i = 0; i < n; i++)
        if ((!kept || uuid_cmp(&ids[kept - 1], &ids[i])) &&
            !bsearch(&ids[i], silent, n_silent, sizeof(*silent), by_id))
            ids[kept++] = ids[i];
    return kept;
}

static void account_ids(struct batch *b, int64_t from_ms, struct rows *r)
{
    static const enum pg_type TYPES[] = {PG_UUID, 0};
    struct uuid *ids;
    size_t n = active_accounts(b, from_ms, &ids);

    rows_init(r, TYPES);
    for (size_t i = 0; i < n; i++, r->n++)
        pg_array_uuid(&r->col[0], &ids[i]);
}

enum err batch_load_others(struct batch *b)
{
    int64_t from_ms = b->now_ms - ACCOUNT_HORIZON_MS;
    struct pg_params p;
    PGresult *res = NULL;
    struct rows r;
    enum err e;

    account_ids(b, from_ms, &r);
    if (!r.n) {
        rows_release(&r);
        return ERR_OK;
    }
    pg_params_init(&p, b->mem);
    pg_i64(&p, b->rules.workspace_id);
    rows_params(&p, &r);
    pg_time(&p, from_ms);
    e = pg_run(b->pg, &EVENTS_OF_ACCOUNTS, &p, &res);
    rows_release(&r);
    if (e == ERR_OK)
        account_events_take(res, b->bundles, b->mem);
    PQclear(res);
    return e == ERR_UNKNOWN_OUTCOME ? ERR_AGAIN : e;
}

/* ---- who was active, for those who come after ---- */

static int64_t last_event_ms(const struct bundle *bu)
{
    int64_t last = bu->own[0].occurred_ms;

    for (size_t i = 1; i < bu->n_own; i++)
        last = MAX(last, bu->own[i].occurred_ms);
    return last;
}

enum err write_account_activity(struct batch *b)
{
    static const enum pg_type TYPES[] = {PG_UUID, PG_TIME, 0};
    struct rows r;

    rows_init(&r, TYPES);
    for (struct bundle *bu = b->bundles; bu; bu = bu->next) {
        const struct account_row *a;
        int64_t last;

        if (!bu->changed || uuid_is_nil(&bu->lead.account_id) || !bu->n_own)
            continue;
        last = last_event_ms(bu);
        a = batch_account_of(b, bu);
        if (a && a->active_until_ms >= last)
            continue;
        pg_array_uuid(&r.col[0], &bu->lead.account_id);
        pg_array_time(&r.col[1], last + DAY_MS);
        r.n++;
    }
    return batch_send_rows(b, &ACCOUNTS_ACTIVE, &r);
}
