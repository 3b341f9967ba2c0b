/*
 * Pages are cut by key: "behind this lead", never by offset.  What many leads
 * match is found among the newest.  A filter that few match has to look at all
 * of them: a page that is not full then comes from lead_list, an index that
 * has every filtered column.
 *
 * Two habits keep the generic plan on an index: the inner LIMIT is a constant,
 * because a planner that cannot see the limit expects a tenth of the table;
 * and the filters that may be absent stand in one CASE, whose selectivity it
 * takes for one half instead of multiplying eight guesses down to nothing.
 */
#include "store/read_leads.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "store/columns.h"
#include "store/found.h"
#include "store/rows.h"

#define LEAD_ID_SLACK_MS DAY_MS
#define NAMES_RANKED     5000

STORE_STMT(LEAD_ONE, .name = "lead_one", .nparams = 2,
           .sql = "SELECT " LEAD_SELECT LEAD_SHOWN ", k.doc AS email_check"
                  " FROM lead l" LEAD_SHOWN_FROM
                  " LEFT JOIN LATERAL (SELECT jsonb_build_object('result',"
                  " m.result, 'checked_at', to_char(m.checked_at AT TIME ZONE"
                  " 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')) AS doc"
                  " FROM jsonb_array_elements(l.identifiers) i"
                  " JOIN mail_domain m ON m.workspace_id = $1 AND m.domain ="
                  " substring(i->>'value' from '[^@]*$')"
                  " WHERE i->>'kind' = 'email' AND m.checked_at IS NOT NULL"
                  " ORDER BY m.result <> 'deliverable', m.domain LIMIT 1) k"
                  " ON true"
                  " WHERE l.workspace_id = $1 AND l.lead_id = coalesce("
                  "(SELECT o.merged_into FROM lead o WHERE o.workspace_id = $1"
                  " AND o.lead_id = $2), $2)");

STORE_STMT(LEAD_HEIR, .name = "lead_heir", .nparams = 2,
           .sql = "SELECT coalesce(l.merged_into, l.lead_id) AS lead_id"
                  " FROM lead l WHERE l.workspace_id = $1 AND l.lead_id = $2");

/* $1 workspace, $2 at most, $3 behind, $4 not before, then the filters */
#define BOUNDS " AND l.lead_id < $3::uuid AND l.lead_id >= $4::uuid"
#define FILTERS                                                                \
    " AND CASE WHEN l.merged_into IS NULL"                                     \
    " AND ($5::text IS NULL OR l.temperature = $5)"                            \
    " AND ($6::text IS NULL OR l.quality = $6)"                                \
    " AND ($7::text IS NULL OR l.grade = $7)"                                  \
    " AND ($8::text IS NULL OR l.origin = $8)"                                 \
    " AND ($9::text IS NULL OR l.source = $9)"                                 \
    " AND ($10::text IS NULL OR l.campaign = $10)"                             \
    " AND ($11::timestamptz IS NULL OR l.created_at >= $11)"                   \
    " AND ($12::timestamptz IS NULL OR l.created_at < $12)"                    \
    " THEN true ELSE false END"

#define PAGE(tier, where)                                                      \
    "SELECT " tier " AS tier, " LEAD_SELECT LEAD_SHOWN " FROM (SELECT l.*"     \
    " FROM lead l WHERE l.workspace_id = $1" where                             \
    " ORDER BY l.lead_id DESC LIMIT 501) l" LEAD_SHOWN_FROM                    \
    " ORDER BY l.lead_id DESC LIMIT $2::integer"

STORE_STMT(
    LEADS_NEWEST, .name = "leads_newest", .nparams = 12,
    .sql = "SELECT 0::integer AS tier, " LEAD_SELECT LEAD_SHOWN
           " FROM (SELECT l.* FROM lead l WHERE l.workspace_id = $1" BOUNDS
           " ORDER BY l.lead_id DESC LIMIT 20000) l" LEAD_SHOWN_FROM
           " WHERE true" FILTERS " ORDER BY l.lead_id DESC LIMIT $2::integer");

/* Stage by stage, from the index alone. */
STORE_STMT(LEADS_LISTED, .name = "leads_listed", .nparams = 13,
           .sql =
               "SELECT 0::integer AS tier, " LEAD_SELECT LEAD_SHOWN
               " FROM (SELECT k.lead_id FROM unnest($13::text[]) AS s(stage)"
               " CROSS JOIN LATERAL (SELECT l.lead_id FROM lead l"
               " WHERE l.workspace_id = $1 AND l.stage = s.stage" BOUNDS FILTERS
               " ORDER BY l.lead_id DESC LIMIT 501) k"
               " ORDER BY k.lead_id DESC LIMIT $2::integer) k"
               " CROSS JOIN LATERAL (SELECT * FROM lead o"
               " WHERE o.workspace_id = $1 AND o.lead_id = k.lead_id"
               " LIMIT 1) l" LEAD_SHOWN_FROM " ORDER BY l.lead_id DESC");

STORE_STMT(LEADS_OWNER, .name = "leads_of_owner", .nparams = 14,
           .sql = PAGE("0::integer", BOUNDS FILTERS
                       " AND ($13::text IS NULL OR l.stage = $13)"
                       " AND l.lead_id IN (SELECT o.lead_id FROM claim o"
                       " WHERE o.workspace_id = $1 AND o.rep_id = $14"
                       " AND o.live)"));

#define BY_OWNER                                                               \
    " AND ($14::uuid IS NULL OR EXISTS (SELECT 1 FROM claim o"                 \
    " WHERE o.workspace_id = $1 AND o.lead_id = l.lead_id AND o.live"          \
    " AND o.rep_id = $14))"

STORE_STMT(LEADS_KEYS, .name = "leads_of_keys", .nparams = 16,
           .sql = PAGE("0::integer", BOUNDS FILTERS
                       " AND ($13::text IS NULL OR l.stage = $13)" BY_OWNER
                       " AND l.lead_id = ANY(ARRAY(SELECT i.lead_id FROM"
                       " unnest($15::smallint[], $16::text[]) AS k(kind, value)"
                       " CROSS JOIN LATERAL (SELECT o.lead_id FROM identifier o"
                       " WHERE o.workspace_id = $1 AND o.kind = k.kind"
                       " AND o.value = k.value LIMIT 1) i))"));

/* A name may also be somebody's external id; those are as good as exact.  Case
   is put right before: the database's locale may know only ASCII. */
#define TIER                                                                   \
    "CASE WHEN l.name = ANY($19::text[]) OR l.lead_id = ANY($20::uuid[])"      \
    " THEN 0 WHEN length(l.name_search) = $18"                                 \
    " AND l.name_search @@ $17::tsquery THEN 1"                                \
    " WHEN EXISTS (SELECT FROM unnest($19::text[]) AS s(spelling)"             \
    " WHERE position(s.spelling in l.name) > 0) THEN 2 ELSE 3 END"

#define NAME_PAGE(found)                                                       \
    "SELECT l.tier, " LEAD_SELECT LEAD_SHOWN                                   \
    " FROM (SELECT * FROM (SELECT l.*, " TIER " AS tier FROM (" found ") l) l" \
    " WHERE (l.tier, $15::uuid) > ($21::integer, l.lead_id)"                   \
    " ORDER BY l.tier, l.lead_id DESC LIMIT $2::integer) l" LEAD_SHOWN_FROM    \
    " ORDER BY l.tier, l.lead_id DESC"

#define ALL_FILTERS                                                            \
    " AND CASE WHEN ($13::text IS NULL OR l.stage = $13) AND true" BOUNDS      \
        FILTERS BY_OWNER " THEN true ELSE false END"

/* Few have these words: the index on words finds them.  The bounds on the id
   stand inside a CASE, or the planner would rather walk the ids. */
STORE_STMT(LEADS_NAME, .name = "leads_of_name", .nparams = 21,
           .sql = NAME_PAGE("SELECT l.* FROM lead l WHERE l.workspace_id = $1"
                            " AND l.name_search @@ $16::tsquery" ALL_FILTERS
                            " UNION ALL SELECT l.* FROM lead l"
                            " WHERE l.workspace_id = $1"
                            " AND l.lead_id = ANY($20::uuid[])"
                            " AND (l.name_search @@ $16::tsquery)"
                            " IS NOT TRUE" ALL_FILTERS));

/* Very many have: the newest of them are ranked. */
STORE_STMT(LEADS_NAME_COMMON, .name = "leads_of_common_name", .nparams = 21,
           .sql = NAME_PAGE("SELECT l.* FROM lead l WHERE l.workspace_id = $1"
                            " AND CASE WHEN l.name_search @@ $16::tsquery"
                            " THEN true ELSE false END" ALL_FILTERS
                            " ORDER BY l.lead_id DESC LIMIT 5000"));

STORE_STMT(NAME_COUNT, .name = "leads_of_name_count", .nparams = 2,
           .sql = "SELECT count(*) AS n FROM (SELECT 1 FROM lead l"
                  " WHERE l.workspace_id = $1"
                  " AND l.name_search @@ $2::tsquery LIMIT 5001) l");

STORE_STMT(LEADS_OUTER, .name = "leads_of_external_ids", .nparams = 2,
           .sql = "SELECT i.lead_id FROM unnest($2::text[]) AS k(value)"
                  " CROSS JOIN LATERAL (SELECT o.lead_id FROM identifier o"
                  " WHERE o.workspace_id = $1 AND o.kind = 3"
                  " AND o.value = k.value LIMIT 1) i");

struct lead *leads_shown(const PGresult *res, struct arena *mem)
{
    int n = PQntuples(res);
    struct lead *leads = arena_array(mem, (size_t)n + 1, sizeof(*leads));
    struct lead_cols cols;

    lead_cols_find(res, &cols);
    for (int row = 0; row < n; row++) {
        struct lead *l = &leads[row];
        int claim = pg_col(res, "claim_id");

        lead_from_row(res, row, &cols, mem, l);
        l->account_name =
            pg_get_text(res, row, pg_col(res, "account_name"), mem);
        l->claim.claim_id = pg_get_uuid(res, row, claim);
        if (pg_null(res, row, claim))
            continue;
        l->claim.rep_id = pg_get_uuid(res, row, pg_col(res, "claim_rep"));
        l->claim.state = pg_get_text(res, row, pg_col(res, "claim_state"), mem);
        l->claim.expires_ms =
            pg_get_time(res, row, pg_col(res, "claim_expires"));
    }
    return leads;
}

enum err read_heir(struct pg *pg, struct arena *mem, int64_t workspace_id,
                   const struct uuid *lead_id, struct uuid *out)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_uuid(&p, lead_id);
    e = found_one(pg, &LEAD_HEIR, &p, &res);
    if (e == ERR_OK)
        *out = pg_get_uuid(res, 0, 0);
    PQclear(res);
    return e;
}

enum err read_lead(struct pg *pg, struct arena *mem, int64_t workspace_id,
                   const struct uuid *lead_id, struct lead *out)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_uuid(&p, lead_id);
    e = found_one(pg, &LEAD_ONE, &p, &res);
    if (e == ERR_OK) {
        *out = leads_shown(res, mem)[0];
        out->email_check_json =
            pg_get_text(res, 0, pg_col(res, "email_check"), mem);
    }
    PQclear(res);
    return e;
}

/* Ids tell when a lead was made, give or take a day, so a span of time is a
   span of the index; created_at decides. */
static void bounds(struct pg_params *p, const struct lead_filter *f,
                   const struct lead_place *after)
{
    struct uuid low, high;

    memset(&high, 0xff, sizeof(high));
    memset(&low, 0, sizeof(low));
    low.b[15] = 1; /* nil would be NULL */
    if (f->created_to_ms)
        high = uuid_floor(f->created_to_ms + LEAD_ID_SLACK_MS);
    if (after && uuid_cmp(&after->lead_id, &high) < 0)
        high = after->lead_id;
    if (f->created_from_ms > LEAD_ID_SLACK_MS)
        low = uuid_floor(f->created_from_ms - LEAD_ID_SLACK_MS);
    pg_uuid(p, &high);
    pg_uuid(p, &low);
}

static void filters(struct pg_params *p, const struct lead_filter *f)
{
    pg_text(p, f->temperature);
    pg_text(p, f->quality);
    pg_text(p, f->grade);
    pg_text(p, f->origin);
    pg_text(p, f->source);
    pg_text(p, f->campaign);
    pg_time(p, f->created_from_ms);
    pg_time(p, f->created_to_ms);
}

/* What every statement takes first. */
static void begin(struct pg_params *p, struct arena *mem, int64_t workspace_id,
                  const struct lead_filter *f, const struct lead_place *after,
                  int limit)
{
    pg_params_init(p, mem);
    pg_i64(p, workspace_id);
    pg_i32(p, limit + 1);
    bounds(p, f, after);
    filters(p, f);
}

static void take_page(const PGresult *res, int limit, struct arena *mem,
                      struct lead_page *out)
{
    int n = PQntuples(res);

    out->leads = leads_shown(res, mem);
    out->more = n > limit;
    out->n = (size_t)MIN(n, limit);
    if (!out->n)
        return;
    out->end.lead_id = out->leads[out->n - 1].lead_id;
    out->end.tier =
        (int32_t)pg_get_i64(res, (int)out->n - 1, pg_col(res, "tier"));
}

/* Identifiers that the query may be, as (kind, value) rows. */
static void key_rows(const struct lead_search *s, struct rows *r)
{
    static const enum pg_type TYPES[] = {PG_I16, PG_TEXT, 0};

    rows_init(r, TYPES);
    if (s->kind) {
        pg_array_i16(&r->col[0], s->kind);
        pg_array_text(&r->col[1], s->value);
        r->n++;
    }
    for (size_t i = 0; i < s->n_outer; i++, r->n++) {
        pg_array_i16(&r->col[0], ID_EXTERNAL);
        pg_array_text(&r->col[1], s->outer[i]);
    }
}

static enum err outer_ids(struct pg *pg, struct arena *mem,
                          int64_t workspace_id, const struct lead_search *s,
                          struct pg_array *out)
{
    struct pg_array values;
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_array_init(&values, PG_TEXT);
    for (size_t i = 0; i < s->n_outer; i++)
        pg_array_text(&values, s->outer[i]);
    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_array_param(&p, &values);
    e = pg_run(pg, &LEADS_OUTER, &p, &res);
    pg_array_release(&values);
    for (int row = 0; e == ERR_OK && row < PQntuples(res); row++) {
        struct uuid id = pg_get_uuid(res, row, pg_col(res, "lead_id"));

        pg_array_uuid(out, &id);
    }
    PQclear(res);
    return e;
}

/* Do more leads have these words than are worth ranking? */
static enum err is_common(struct pg *pg, struct arena *mem,
                          int64_t workspace_id, const char *words, bool *out)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, mem);
    pg_i64(&p, workspace_id);
    pg_text(&p, words);
    e = pg_run(pg, &NAME_COUNT, &p, &res);
    if (e == ERR_OK)
        *out = pg_get_i64(res, 0, pg_col(res, "n")) > NAMES_RANKED;
    PQclear(res);
    return e;
}

/* The place stands in the tier, so the bound on the id alone is open. */
static enum err by_name(struct pg *pg, struct arena *mem, int64_t workspace_id,
                        const struct lead_filter *f,
                        const struct lead_place *after, int limit,
                        struct lead_page *out)
{
    struct lead_place first = {.tier = -1};
    const struct lead_search *s = f->search;
    bool common = false;
    struct pg_array ids, names;
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    first.lead_id.b[15] = 1;
    if (!after)
        after = &first;
    pg_array_init(&ids, PG_UUID);
    pg_array_init(&names, PG_TEXT);
    e = outer_ids(pg, mem, workspace_id, s, &ids);
    if (e == ERR_OK)
        e = is_common(pg, mem, workspace_id, s->words, &common);
    begin(&p, mem, workspace_id, f, NULL, limit);
    pg_text(&p, f->stage);
    pg_uuid(&p, &f->owner);
    pg_uuid(&p, &after->lead_id);
    pg_text(&p, s->words);
    pg_text(&p, s->exact);
    pg_i32(&p, s->n_words);
    for (size_t i = 0; i < SPELLINGS; i++)
        pg_array_text(&names, s->name[i]);
    pg_array_param(&p, &names);
    pg_array_param(&p, &ids);
    pg_i32(&p, after->tier);
    if (e == ERR_OK)
        e = pg_run(pg, common ? &LEADS_NAME_COMMON : &LEADS_NAME, &p, &res);
    if (e == ERR_OK)
        take_page(res, limit, mem, out);
    pg_array_release(&ids);
    pg_array_release(&names);
    PQclear(res);
    return e;
}

/* By identifier, or by who holds them. */
static enum err by_key(struct pg *pg, struct pg_params *p,
                       const struct lead_filter *f, PGresult **out)
{
    struct rows keys = {.n = 0};
    enum err e;

    pg_text(p, f->stage);
    pg_uuid(p, &f->owner);
    if (f->search) {
        key_rows(f->search, &keys);
        rows_params(p, &keys);
    }
    e = pg_run(pg, f->search ? &LEADS_KEYS : &LEADS_OWNER, p, out);
    rows_release(&keys);
    return e;
}

static enum err by_stage(struct pg *pg, struct pg_params *p,
                         const struct lead_filter *f, PGresult **out)
{
    struct pg_array stages;
    enum err e;

    pg_array_init(&stages, PG_TEXT);
    for (enum stage s = 0; s < STAGE_N; s++)
        if (!f->stage || str_eq(f->stage, stage_text(s)))
            pg_array_text(&stages, stage_text(s));
    pg_array_param(p, &stages);
    e = pg_run(pg, &LEADS_LISTED, p, out);
    pg_array_release(&stages);
    return e;
}

enum err read_leads(struct pg *pg, struct arena *mem, int64_t workspace_id,
                    const struct lead_filter *f, const struct lead_place *after,
                    int limit, struct lead_page *out)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e = ERR_OK;

    memset(out, 0, sizeof(*out));
    if (f->search && f->search->words)
        return by_name(pg, mem, workspace_id, f, after, limit, out);
    begin(&p, mem, workspace_id, f, after, limit);
    if (f->search || !uuid_is_nil(&f->owner)) {
        e = by_key(pg, &p, f, &res);
    } else {
        if (!f->stage)
            e = pg_run(pg, &LEADS_NEWEST, &p, &res);
        if (e == ERR_OK && (!res || PQntuples(res) <= limit)) {
            PQclear(res);
            res = NULL;
            e = by_stage(pg, &p, f, &res);
        }
    }
    if (e == ERR_OK)
        take_page(res, limit, mem, out);
    PQclear(res);
    return e;
}
