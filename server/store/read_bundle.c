#include "store/read_bundle.h"

#include <jansson.h>
#include <string.h>

#include "base/clock.h"
#include "lead/facts_json.h"
#include "store/account_events.h"
#include "store/columns.h"
#include "store/event_sql.h"
#include "store/read_leads.h"

STORE_STMT(BUNDLE_LEADS, .name = "bundle_leads", .nparams = 2,
           .sql = "SELECT " LEAD_SELECT LEAD_SHOWN
                  " FROM unnest($2::uuid[]) AS k(lead_id)"
                  " CROSS JOIN LATERAL (SELECT * FROM lead o"
                  " WHERE o.workspace_id = $1"
                  " AND o.lead_id = k.lead_id LIMIT 1) l" LEAD_SHOWN_FROM);

STORE_STMT(BUNDLE_EVENTS, .name = "bundle_events", .nparams = 2,
           .sql = "SELECT " EVENT_SELECT " FROM unnest($2::uuid[])"
                  " AS k(lead_id) CROSS JOIN LATERAL " EVENTS_OF_LEAD);

STORE_STMT(BUNDLE_OTHERS, .name = "bundle_others", .nparams = 3,
           .sql = EVENTS_OF_ACCOUNTS_SQL);

STORE_STMT(STATED, .name = "stated", .nparams = 2,
           .sql = "SELECT source_class, stated_at, facts::text AS facts"
                  " FROM fact"
                  " WHERE workspace_id = $1 AND lead_id = $2"
                  " ORDER BY stated_at, receipt_id LIMIT 20000");

static struct bundle *find(struct bundle *list, const struct uuid *lead_id)
{
    while (list && uuid_cmp(&list->lead.lead_id, lead_id))
        list = list->next;
    return list;
}

static enum err run_ids(struct pg *pg, struct arena *mem,
                        const struct store_stmt *stmt, int64_t workspace_id,
                        struct pg_array *ids, int64_t from_ms, PGresult **out)
{
    struct pg_params p;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_array_param(&p, ids);
    if (stmt->nparams == 3)
        pg_time(&p, from_ms);
    return pg_run(pg, stmt, &p, out);
}

static struct bundle *take_leads(const PGresult *res, struct arena *mem,
                                 int64_t workspace_id)
{
    struct lead *leads = leads_shown(res, mem);
    struct bundle *list = NULL;

    for (int row = 0; row < PQntuples(res); row++) {
        struct bundle *b = arena_alloc(mem, sizeof(*b));

        b->workspace_id = workspace_id;
        b->lead = leads[row];
        b->loaded = true;
        bundle_unpack(b, mem);
        b->next = list;
        list = b;
    }
    return list;
}

static void take_events(const PGresult *res, struct arena *mem,
                        struct bundle *list)
{
    for (int row = PQntuples(res) - 1; row >= 0; row--) {
        struct uuid id = pg_get_uuid(res, row, pg_col(res, "lead_id"));
        struct bundle *b = find(list, &id);

        if (!b)
            continue;
        event_of_row(res, row, 0, mem,
                     event_list_add(&b->own, &b->n_own, &b->cap_own, mem));
        b->n_stored = b->n_own;
    }
}

static enum err load_others(struct pg *pg, struct arena *mem,
                            int64_t workspace_id, int64_t as_of_ms,
                            struct bundle *list)
{
    struct pg_array accounts;
    PGresult *res = NULL;
    enum err e = ERR_OK;

    pg_array_init(&accounts, PG_UUID);
    for (struct bundle *b = list; b; b = b->next) {
        struct bundle *o = list;

        if (uuid_is_nil(&b->lead.account_id))
            continue;
        while (uuid_cmp(&o->lead.account_id, &b->lead.account_id))
            o = o->next;
        if (o == b) /* each account once */
            pg_array_uuid(&accounts, &b->lead.account_id);
    }
    if (accounts.n)
        e = run_ids(pg, mem, &BUNDLE_OTHERS, workspace_id, &accounts,
                    as_of_ms - ACCOUNT_HORIZON_MS, &res);
    if (e == ERR_OK && res)
        account_events_take(res, list, mem);
    pg_array_release(&accounts);
    PQclear(res);
    return e;
}

enum err read_bundles(struct pg *pg, struct arena *mem, int64_t workspace_id,
                      const struct uuid *ids, size_t n, int64_t as_of_ms,
                      struct bundle **out_list)
{
    struct bundle *list = NULL;
    PGresult *leads = NULL, *events = NULL;
    struct pg_array keys;
    enum err e;

    pg_array_init(&keys, PG_UUID);
    for (size_t i = 0; i < MIN(n, (size_t)READ_BUNDLES_MAX); i++)
        pg_array_uuid(&keys, &ids[i]);
    e = run_ids(pg, mem, &BUNDLE_LEADS, workspace_id, &keys, 0, &leads);
    if (e == ERR_OK)
        e = run_ids(pg, mem, &BUNDLE_EVENTS, workspace_id, &keys, 0, &events);
    if (e == ERR_OK) {
        list = take_leads(leads, mem, workspace_id);
        take_events(events, mem, list);
        e = load_others(pg, mem, workspace_id, as_of_ms, list);
    }
    pg_array_release(&keys);
    PQclear(leads);
    PQclear(events);
    if (e == ERR_OK)
        *out_list = list;
    return e;
}

enum err read_bundle(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     const struct uuid *lead_id, int64_t as_of_ms,
                     struct bundle **out)
{
    struct bundle *b = NULL;
    struct uuid id;
    enum err e = read_heir(pg, mem, workspace_id, lead_id, &id);

    if (e == ERR_OK)
        e = read_bundles(pg, mem, workspace_id, &id, 1, as_of_ms, &b);

    if (e == ERR_OK && !b)
        return ERR_NOT_FOUND;
    if (e == ERR_OK)
        *out = b;
    return e;
}

static void take_stated(const PGresult *res, int row, struct arena *mem,
                        struct stated *out)
{
    struct field_errs errs = {.mem = mem};
    const char *text = pg_get_text(res, row, pg_col(res, "facts"), mem);
    json_t *facts = text ? json_loads(text, 0, NULL) : NULL;

    out->source = (uint8_t)pg_get_i64(res, row, pg_col(res, "source_class"));
    out->at_ms = pg_get_time(res, row, pg_col(res, "stated_at"));
    (void)!facts_from_json(facts, "", &out->facts, &errs);
    json_decref(facts);
}

enum err read_stated(struct pg *pg, struct arena *mem, int64_t workspace_id,
                     const struct uuid *lead_id, struct stated **out,
                     size_t *out_n)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_uuid(&p, lead_id);
    e = pg_run(pg, &STATED, &p, &res);
    if (e == ERR_OK) {
        *out_n = (size_t)PQntuples(res);
        *out = arena_array(mem, *out_n + 1, sizeof(**out));
        for (size_t i = 0; i < *out_n; i++)
            take_stated(res, (int)i, mem, &(*out)[i]);
    }
    PQclear(res);
    return e;
}
