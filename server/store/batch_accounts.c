/*
 * Companies: accounts named by drafts, made when nobody knows them, and what
 * other people of an account did, which is read only where the account was
 * there before.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/str.h"
#include "store/batch.h"

STORE_STMT(ACCOUNTS_INSERT, .name = "accounts_insert", .nparams = 6,
           .sql = "INSERT INTO account (workspace_id, account_id, key, name,"
                  " domain, created_at)"
                  " SELECT $1::bigint, u.id, u.key, u.name, u.domain, u.at"
                  " FROM unnest($2::uuid[], $3::text[], $4::text[],"
                  " $5::text[], $6::timestamptz[])"
                  " AS u(id, key, name, domain, at)"
                  " ON CONFLICT (workspace_id, key) DO NOTHING");

STORE_STMT(ACCOUNTS_OF_KEYS, .name = "accounts_of_keys", .nparams = 2,
           .sql = "SELECT key, account_id, name FROM account"
                  " WHERE workspace_id = $1 AND key = ANY($2::text[])");

/* The newest 500 events of half a year tell all that signals ask for. */
STORE_STMT(
    EVENTS_OF_ACCOUNTS, .name = "events_of_accounts", .nparams = 3,
    .sql = "SELECT a.account_id, x.* FROM unnest($2::uuid[])"
           " AS a(account_id) CROSS JOIN LATERAL (SELECT " BATCH_EVENT_SELECT
           " FROM lead l CROSS JOIN LATERAL (SELECT * FROM event o"
           " WHERE o.workspace_id = $1 AND o.lead_id = l.lead_id"
           " AND o.occurred_at > $3 OFFSET 0) e"
           " WHERE l.workspace_id = $1"
           " AND l.account_id = a.account_id"
           " ORDER BY e.event_id DESC LIMIT 500) x");

#define ACCOUNT_HORIZON_MS (180 * DAY_MS)

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

/* An account's id follows from its key and the first receipt that named it,
   so that a replay makes the same. */
static struct uuid account_id(const struct work *w, const struct draft *d)
{
    return uuid_derived(w->receipt.received_ms, d->account_key,
                        strlen(d->account_key));
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
    }
}

/* ---- account activity: a second trip only where accounts are known ---- */

static int by_id(const void *x, const void *y)
{
    return uuid_cmp(x, y);
}

/* Ids of the batch's leads' accounts that were there before, each once. */
static size_t known_accounts(struct batch *b, struct uuid **out)
{
    struct uuid *made, *ids;
    size_t n = 0, n_made = 0, kept = 0;

    for (struct bundle *bu = b->bundles; bu; bu = bu->next)
        n += !uuid_is_nil(&bu->lead.account_id);
    *out = ids = arena_array(b->mem, n + 1, sizeof(*ids));
    made = arena_array(b->mem, b->n_accounts + 1, sizeof(*made));
    for (size_t i = 0; i < b->n_accounts; i++)
        if (!b->accounts[i].existed)
            made[n_made++] = b->accounts[i].account_id;
    qsort(made, n_made, sizeof(*made), by_id);
    n = 0;
    for (struct bundle *bu = b->bundles; bu; bu = bu->next)
        if (!uuid_is_nil(&bu->lead.account_id))
            ids[n++] = bu->lead.account_id;
    qsort(ids, n, sizeof(*ids), by_id);
    for (size_t i = 0; i < n; i++)
        if ((!kept || uuid_cmp(&ids[kept - 1], &ids[i])) &&
            !bsearch(&ids[i], made, n_made, sizeof(*made), by_id))
            ids[kept++] = ids[i];
    return kept;
}

static void account_ids(struct batch *b, struct rows *r)
{
    static const enum pg_type TYPES[] = {PG_UUID, 0};
    struct uuid *ids;
    size_t n = known_accounts(b, &ids);

    rows_init(r, TYPES);
    for (size_t i = 0; i < n; i++, r->n++)
        pg_array_uuid(&r->col[0], &ids[i]);
}

/* One stored event of an account becomes "another person's" for every other
   lead of the account in this batch. */
static void share_event(struct batch *b, const PGresult *res, int row)
{
    struct uuid account = pg_get_uuid(res, row, 0);
    struct uuid lead = pg_get_uuid(res, row, 1);
    char person[UUID_TEXT_BYTES];
    struct event ev = {0};

    batch_event_row(res, row, 1, b->mem, &ev);
    ev.person = arena_strdup(b->mem, uuid_format(&lead, person));
    for (struct bundle *bu = b->bundles; bu; bu = bu->next) {
        if (uuid_cmp(&bu->lead.account_id, &account) ||
            !uuid_cmp(&bu->lead.lead_id, &lead))
            continue;
        *event_list_add(&bu->others, &bu->n_others, &bu->cap_others, b->mem) =
            ev;
    }
}

enum err batch_load_others(struct batch *b)
{
    struct pg_params p;
    PGresult *res = NULL;
    struct rows r;
    enum err e;

    account_ids(b, &r);
    if (!r.n) {
        rows_release(&r);
        return ERR_OK;
    }
    pg_params_init(&p, b->mem);
    pg_i64(&p, b->rules.workspace_id);
    rows_params(&p, &r);
    pg_time(&p, b->now_ms - ACCOUNT_HORIZON_MS);
    e = pg_run(b->pg, &EVENTS_OF_ACCOUNTS, &p, &res);
    rows_release(&r);
    for (int row = 0; e == ERR_OK && row < PQntuples(res); row++)
        share_event(b, res, row);
    PQclear(res);
    return e == ERR_UNKNOWN_OUTCOME ? ERR_AGAIN : e;
}
