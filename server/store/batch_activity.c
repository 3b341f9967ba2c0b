/*
 * What other people of an account did: a second trip only where accounts are
 * known and somebody there may have done something; and who was active, for
 * those who come after.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "store/account_events.h"
#include "store/batch.h"
#include "store/event_sql.h"

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

/* ---- who was active ---- */

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
