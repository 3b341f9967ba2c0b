/*
 * Companies.  A draft names one by the domain of a work e-mail, by its name,
 * or by both.  The account is the domain's, else the name's, else a new one;
 * what of the two nobody is known by yet leads there from then on.
 *
 * Every key is inserted with the account it would have if nobody were known;
 * the primary key lets one writer win, and the others wait for it.  What is
 * read back tells whose the keys are that were there before, and with that
 * the drafts are gone through once more, in the order of their receipts:
 * batches of any size make the same accounts.  A key of this batch that turns
 * out to belong to a known account is put right before anybody else sees it.
 */
#include <stdlib.h>

#include "base/str.h"
#include "store/batch.h"

STORE_STMT(ACCOUNT_KEYS_INSERT, .name = "account_keys_insert", .nparams = 3,
           .sql = "INSERT INTO account_key (workspace_id, key, account_id)"
                  " SELECT $1::bigint, u.key, u.id"
                  " FROM unnest($2::text[], $3::uuid[]) AS u(key, id)"
                  " ON CONFLICT (workspace_id, key) DO NOTHING"
                  " RETURNING key");

STORE_STMT(ACCOUNTS_OF_KEYS, .name = "accounts_of_keys", .nparams = 2,
           .sql = "SELECT k.key, i.account_id, a.name, o.active_until"
                  " FROM unnest($2::text[]) AS k(key)"
                  " CROSS JOIN LATERAL (SELECT c.account_id"
                  " FROM account_key c WHERE c.workspace_id = $1"
                  " AND c.key = k.key LIMIT 1) i"
                  " LEFT JOIN LATERAL (SELECT c.name"
                  " FROM account c WHERE c.workspace_id = $1"
                  " AND c.account_id = i.account_id LIMIT 1) a ON true"
                  " LEFT JOIN LATERAL (SELECT c.active_until"
                  " FROM account_activity c WHERE c.workspace_id = $1"
                  " AND c.account_id = i.account_id LIMIT 1) o ON true");

STORE_STMT(ACCOUNTS_INSERT, .name = "accounts_insert", .nparams = 4,
           .sql = "INSERT INTO account (workspace_id, account_id, name,"
                  " created_at)"
                  " SELECT $1::bigint, u.id, u.name, u.at"
                  " FROM unnest($2::uuid[], $3::text[], $4::timestamptz[])"
                  " AS u(id, name, at)"
                  " ON CONFLICT (workspace_id, account_id) DO NOTHING");

STORE_STMT(ACCOUNT_KEYS_GIVE, .name = "account_keys_give", .nparams = 3,
           .sql = "INSERT INTO account_key (workspace_id, key, account_id)"
                  " SELECT $1::bigint, u.key, u.id"
                  " FROM unnest($2::text[], $3::uuid[]) AS u(key, id)"
                  " ON CONFLICT (workspace_id, key) DO UPDATE"
                  " SET account_id = excluded.account_id");

/* A draft that names a company. */
struct naming {
    const struct draft *draft;
    struct uuid account_id; /* of the account if it is new */
    struct uuid receipt;    /* what comes first */
    size_t nth;             /* in the batch */
};

static int by_receipt(const void *x, const void *y)
{
    const struct naming *a = x, *b = y;
    int order = uuid_cmp(&a->receipt, &b->receipt);

    return order ? order : (a->nth > b->nth) - (a->nth < b->nth);
}

static int by_key(const void *x, const void *y)
{
    return strcmp(((const struct account_row *)x)->key,
                  ((const struct account_row *)y)->key);
}

static struct account_row *row_of(const struct batch *b, const char *key)
{
    struct account_row want = {.key = key};

    return key && b->n_accounts ? bsearch(&want, b->accounts, b->n_accounts,
                                          sizeof(want), by_key)
                                : NULL;
}

const struct account_row *batch_account(const struct batch *b,
                                        const struct draft *d)
{
    return row_of(b, d->account_key);
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

static void add_naming(struct batch *b, const struct work *w,
                       const struct draft *d)
{
    struct naming *n = &b->namings[b->n_namings];

    n->draft = d;
    n->account_id = account_id(w, d);
    n->receipt = w->has_receipt ? w->receipt.receipt_id : n->account_id;
    n->nth = b->n_namings++;
    b->accounts[b->n_accounts++].key = d->account_key;
    if (d->account_alias)
        b->accounts[b->n_accounts++].key = d->account_alias;
}

/* Equal keys become one. */
static void merge_equal(struct batch *b)
{
    size_t n = 0;

    qsort(b->accounts, b->n_accounts, sizeof(*b->accounts), by_key);
    for (size_t i = 0; i < b->n_accounts; i++)
        if (!n || !str_eq(b->accounts[n - 1].key, b->accounts[i].key))
            b->accounts[n++] = b->accounts[i];
    b->n_accounts = n;
}

static void collect(struct batch *b)
{
    size_t max = 0;

    for (size_t i = 0; i < b->n; i++)
        max += b->works[i]->n_parts;
    b->namings = arena_array(b->mem, max + 1, sizeof(*b->namings));
    b->accounts = arena_array(b->mem, 2 * max + 1, sizeof(*b->accounts));
    for (size_t i = 0; i < b->n; i++) {
        const struct work *w = b->works[i];

        for (size_t k = 0; k < w->n_parts; k++) {
            const struct draft *d = &w->parts[k].draft;

            if (d->account_key && !d->quarantine)
                add_naming(b, w, d);
        }
    }
    qsort(b->namings, b->n_namings, sizeof(*b->namings), by_receipt);
    merge_equal(b);
}

/* The key joins the account of @a known, or makes one if there is none. */
static void give(struct account_row *a, const struct account_row *known,
                 const struct naming *n)
{
    a->account_id = known ? known->account_id : n->account_id;
    a->name = known ? known->name : n->draft->account_name;
    a->existed = known && known->existed;
    a->active_until_ms = known ? known->active_until_ms : 0;
    a->founds = !known;
    a->settled = true;
}

/* Draft by draft: the domain's account, else the name's, else a new one. */
static void settle(struct batch *b)
{
    for (size_t i = 0; i < b->n_namings; i++) {
        const struct naming *n = &b->namings[i];
        struct account_row *a = row_of(b, n->draft->account_key);
        struct account_row *alias = row_of(b, n->draft->account_alias);

        if (!a->settled)
            give(a, alias && alias->settled ? alias : NULL, n);
        if (alias && !alias->settled)
            give(alias, a, n);
    }
}

enum err batch_accounts_send(struct batch *b, bool *out_asked)
{
    static const enum pg_type TYPES[] = {PG_TEXT, PG_UUID, 0};
    static const enum pg_type KEY[] = {PG_TEXT, 0};
    struct rows r, keys;
    enum err e;

    collect(b);
    settle(b); /* as if nobody were known */
    rows_init(&r, TYPES);
    rows_init(&keys, KEY);
    for (size_t i = 0; i < b->n_accounts; i++, r.n++, keys.n++) {
        struct account_row *a = &b->accounts[i];

        a->inserted = a->account_id;
        pg_array_text(&r.col[0], a->key);
        pg_array_uuid(&r.col[1], &a->inserted);
        pg_array_text(&keys.col[0], a->key);
    }
    *out_asked = r.n > 0;
    e = batch_send_rows(b, &ACCOUNT_KEYS_INSERT, &r);
    if (e == ERR_OK)
        return batch_send_rows(b, &ACCOUNTS_OF_KEYS, &keys);
    rows_release(&keys);
    return e;
}

void batch_accounts_fresh(struct batch *b, const PGresult *res)
{
    for (int row = 0; row < PQntuples(res); row++) {
        struct account_row *a = row_of(b, PQgetvalue(res, row, 0));

        if (a)
            a->fresh = true;
    }
}

void batch_accounts_read(struct batch *b, const PGresult *res)
{
    for (size_t i = 0; i < b->n_accounts; i++)
        b->accounts[i].settled = false;
    for (int row = 0; row < PQntuples(res); row++) {
        struct account_row *a = row_of(b, PQgetvalue(res, row, 0));

        if (!a || a->fresh)
            continue;
        a->account_id = pg_get_uuid(res, row, 1);
        a->name = pg_get_text(res, row, 2, b->mem);
        a->active_until_ms = pg_get_time(res, row, 3);
        a->founds = false;
        a->existed = a->settled = true;
    }
    settle(b);
}

static enum err insert_accounts(struct batch *b)
{
    static const enum pg_type TYPES[] = {PG_UUID, PG_TEXT, PG_TIME, 0};
    struct rows r;

    rows_init(&r, TYPES);
    for (size_t i = 0; i < b->n_accounts; i++) {
        const struct account_row *a = &b->accounts[i];

        if (!a->founds)
            continue;
        pg_array_uuid(&r.col[0], &a->account_id);
        pg_array_text(&r.col[1], a->name);
        pg_array_time(&r.col[2], uuid_ms(&a->account_id));
        r.n++;
    }
    return batch_send_rows(b, &ACCOUNTS_INSERT, &r);
}

/* Inserted for a new account, they belong to a known one. */
static enum err give_keys(struct batch *b)
{
    static const enum pg_type TYPES[] = {PG_TEXT, PG_UUID, 0};
    struct rows r;

    rows_init(&r, TYPES);
    for (size_t i = 0; i < b->n_accounts; i++) {
        const struct account_row *a = &b->accounts[i];

        if (!a->fresh || !uuid_cmp(&a->account_id, &a->inserted))
            continue;
        pg_array_text(&r.col[0], a->key);
        pg_array_uuid(&r.col[1], &a->account_id);
        r.n++;
    }
    return batch_send_rows(b, &ACCOUNT_KEYS_GIVE, &r);
}

enum err write_accounts(struct batch *b)
{
    enum err e = insert_accounts(b);

    return e == ERR_OK ? give_keys(b) : e;
}
