/*
 * What claim orders need: the reps (locked, so capacity holds), the claims
 * named by id, and for "give me the next" the best leads of the queue.  The
 * queue's rows and their leads are locked with SKIP LOCKED, so this never
 * waits for a lead while holding a queue row.
 */
#include <stdlib.h>

#include "base/str.h"
#include "store/batch.h"

/* LATERAL with LIMIT: each is found by its whole key. */
#define NAMED_CLAIM                                                            \
    " CROSS JOIN LATERAL (SELECT * FROM claim o WHERE o.workspace_id = $1"     \
    " AND o.claim_id = k.claim_id LIMIT 1) c"
#define LIVE_CLAIM                                                             \
    " CROSS JOIN LATERAL (SELECT * FROM claim o WHERE o.workspace_id = $1"     \
    " AND o.live AND o.lead_id = k.lead_id LIMIT 1) c"

STORE_STMT(REPS_LOCK, .name = "reps_lock", .nparams = 4,
           .sql = "SELECT r.rep_id, r.capacity, r.live_claims, r.active"
                  " FROM (SELECT unnest($2::uuid[])"
                  " UNION SELECT c.rep_id"
                  " FROM unnest($3::uuid[]) AS k(claim_id)" NAMED_CLAIM
                  " UNION SELECT c.rep_id"
                  " FROM unnest($4::uuid[]) AS k(lead_id)" LIVE_CLAIM
                  " ORDER BY 1) AS k(rep_id) CROSS JOIN LATERAL"
                  " (SELECT * FROM rep o WHERE o.workspace_id = $1"
                  " AND o.rep_id = k.rep_id LIMIT 1 FOR UPDATE) r");

STORE_STMT(CLAIMS_BY_ID, .name = "claims_by_id", .nparams = 3,
           .sql = "SELECT c.claim_id, c.lead_id, c.rep_id, c.state,"
                  " c.claimed_at, c.expires_at, c.accepted_at, c.ended_at,"
                  " c.reason, c.sql_at, c.respond_by, c.first_response_at,"
                  " c.score, c.grade, c.snapshot"
                  " FROM (SELECT unnest($2::uuid[]) UNION SELECT c.claim_id"
                  " FROM unnest($3::uuid[]) AS k(lead_id)" LIVE_CLAIM
                  ") AS k(claim_id)" NAMED_CLAIM);

STORE_STMT(READY_TAKE, .name = "ready_take", .nparams = 4,
           .sql = "SELECT l.lead_id FROM (SELECT r.lead_id FROM ready r"
                  " WHERE r.workspace_id = $1"
                  " AND ($3::text IS NULL OR r.stage = $3)"
                  " AND ($4::text IS NULL OR r.grade = $4)"
                  " ORDER BY r.rank, r.last_high_intent_at DESC NULLS LAST,"
                  " r.score DESC, r.created_at, r.lead_id LIMIT $2"
                  " FOR UPDATE OF r SKIP LOCKED) AS k CROSS JOIN LATERAL"
                  " (SELECT * FROM lead o WHERE o.workspace_id = $1"
                  " AND o.lead_id = k.lead_id LIMIT 1"
                  " FOR UPDATE SKIP LOCKED) l"
                  " ORDER BY l.rank, l.last_high_intent_at DESC NULLS LAST,"
                  " l.score DESC, l.created_at, l.lead_id");

STORE_STMT(REFUSALS_OF, .name = "refusals_of", .nparams = 3,
           .sql = "SELECT f.rep_id, f.lead_id, f.facts_version"
                  " FROM unnest($2::uuid[]) AS k(rep_id)"
                  " CROSS JOIN LATERAL (SELECT * FROM refusal o"
                  " WHERE o.workspace_id = $1 AND o.rep_id = k.rep_id"
                  " AND o.lead_id = ANY($3::uuid[]) OFFSET 0) f");

struct rep *batch_rep(struct batch *b, const struct uuid *rep_id)
{
    for (size_t i = 0; i < b->n_reps; i++)
        if (uuid_cmp(&b->reps[i].rep_id, rep_id) == 0)
            return &b->reps[i];
    return NULL;
}

static const enum pg_type ID[] = {PG_UUID, 0};

static void add_id(struct rows *r, const struct uuid *id)
{
    if (uuid_is_nil(id))
        return;
    pg_array_uuid(&r->col[0], id);
    r->n++;
}

/* Reps who ask, claims named, leads asked for (their live claims). */
static void collect(struct batch *b, struct rows *reps, struct rows *claims,
                    struct rows *leads)
{
    rows_init(reps, ID);
    rows_init(claims, ID);
    rows_init(leads, ID);
    for (size_t i = 0; i < b->n; i++) {
        struct work *w = b->works[i];

        if (w->claim.kind) {
            add_id(reps, &w->claim.rep_id);
            add_id(claims, &w->claim.claim_id);
        }
        if ((w->claim.kind || w->step.given) && w->n_parts)
            add_id(leads, &w->parts[0].target);
    }
}

static void read_reps(struct batch *b, const PGresult *res)
{
    b->n_reps = (size_t)PQntuples(res);
    b->reps = arena_array(b->mem, b->n_reps + 1, sizeof(*b->reps));
    for (int row = 0; row < PQntuples(res); row++) {
        struct rep *r = &b->reps[row];

        r->rep_id = pg_get_uuid(res, row, 0);
        r->capacity = (int32_t)pg_get_i64(res, row, 1);
        r->live = (int32_t)pg_get_i64(res, row, 2);
        r->active = pg_get_bool(res, row, 3);
    }
}

static void read_claims(struct batch *b, const PGresult *res)
{
    for (int row = 0; row < PQntuples(res); row++) {
        struct claim *c = arena_alloc(b->mem, sizeof(*c));

        c->claim_id = pg_get_uuid(res, row, 0);
        c->lead_id = pg_get_uuid(res, row, 1);
        c->rep_id = pg_get_uuid(res, row, 2);
        c->state = pg_get_text(res, row, 3, b->mem);
        c->claimed_ms = pg_get_time(res, row, 4);
        c->expires_ms = pg_get_time(res, row, 5);
        c->accepted_ms = pg_get_time(res, row, 6);
        c->ended_ms = pg_get_time(res, row, 7);
        c->reason = pg_get_text(res, row, 8, b->mem);
        c->sql_ms = pg_get_time(res, row, 9);
        c->respond_by_ms = pg_get_time(res, row, 10);
        c->first_response_ms = pg_get_time(res, row, 11);
        c->score = (int16_t)pg_get_i64(res, row, 12);
        c->grade = pg_get_text(res, row, 13, b->mem);
        c->snapshot = pg_get_text(res, row, 14, b->mem);
        c->bundle = batch_find(b, &c->lead_id);
        c->next = b->claims;
        b->claims = c;
    }
}

static enum err load_reps_and_claims(struct batch *b, struct rows *reps,
                                     struct rows *claims, struct rows *leads)
{
    struct pg_params rp, cp;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&rp, b->mem);
    pg_i64(&rp, b->rules.workspace_id);
    rows_params(&rp, reps);
    rows_params(&rp, claims);
    rows_params(&rp, leads);
    e = pg_run(b->pg, &REPS_LOCK, &rp, &res);
    if (e != ERR_OK)
        return e;
    read_reps(b, res);
    PQclear(res);
    if (!claims->n && !leads->n)
        return ERR_OK;
    pg_params_init(&cp, b->mem);
    pg_i64(&cp, b->rules.workspace_id);
    rows_params(&cp, claims);
    rows_params(&cp, leads);
    e = pg_run(b->pg, &CLAIMS_BY_ID, &cp, &res);
    if (e == ERR_OK)
        read_claims(b, res);
    PQclear(res);
    return e;
}

/* ---- claim next ---- */

struct offer {
    struct uuid lead_id;
    bool taken;
};

struct refusal_row {
    struct uuid rep_id, lead_id;
    int32_t facts_version;
};

struct offers {
    struct offer *offer;
    size_t n;
    struct refusal_row *refusal;
    size_t n_refusals;
    bool more; /* the queue may hold more than was taken */
};

static enum err take_ready(struct batch *b, const struct claim_order *like,
                           size_t want, struct offers *out)
{
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    pg_params_init(&p, b->mem);
    pg_i64(&p, b->rules.workspace_id);
    pg_i64(&p, (int64_t)want);
    pg_text(&p, like->stage);
    pg_text(&p, like->grade);
    e = pg_run(b->pg, &READY_TAKE, &p, &res);
    if (e != ERR_OK)
        return e;
    out->n = (size_t)PQntuples(res);
    out->more = out->n == want;
    out->offer = arena_array(b->mem, out->n + 1, sizeof(*out->offer));
    for (int row = 0; row < PQntuples(res); row++)
        out->offer[row].lead_id = pg_get_uuid(res, row, 0);
    PQclear(res);
    return ERR_OK;
}

static enum err load_refusals(struct batch *b, struct offers *o)
{
    struct rows reps, leads;
    struct pg_params p;
    PGresult *res = NULL;
    enum err e;

    rows_init(&reps, ID);
    rows_init(&leads, ID);
    for (size_t i = 0; i < b->n_reps; i++)
        add_id(&reps, &b->reps[i].rep_id);
    for (size_t i = 0; i < o->n; i++)
        add_id(&leads, &o->offer[i].lead_id);
    pg_params_init(&p, b->mem);
    pg_i64(&p, b->rules.workspace_id);
    rows_params(&p, &reps);
    rows_params(&p, &leads);
    e = pg_run(b->pg, &REFUSALS_OF, &p, &res);
    rows_release(&reps);
    rows_release(&leads);
    if (e != ERR_OK)
        return e;
    o->n_refusals = (size_t)PQntuples(res);
    o->refusal = arena_array(b->mem, o->n_refusals + 1, sizeof(*o->refusal));
    for (int row = 0; row < PQntuples(res); row++) {
        o->refusal[row].rep_id = pg_get_uuid(res, row, 0);
        o->refusal[row].lead_id = pg_get_uuid(res, row, 1);
        o->refusal[row].facts_version = (int32_t)pg_get_i64(res, row, 2);
    }
    PQclear(res);
    return ERR_OK;
}

static bool refused(const struct offers *o, const struct uuid *rep,
                    const struct bundle *bu)
{
    for (size_t i = 0; i < o->n_refusals; i++)
        if (uuid_cmp(&o->refusal[i].rep_id, rep) == 0 &&
            uuid_cmp(&o->refusal[i].lead_id, &bu->lead.lead_id) == 0)
            return o->refusal[i].facts_version == bu->lead.facts_version;
    return false;
}

/* Note in the order which leads it gets; claims_apply makes the claims. */
static int assign(struct batch *b, struct work *w, struct offers *o)
{
    struct claim_order *order = &w->claim;
    const struct rep *rep = batch_rep(b, &order->rep_id);
    int have = (int)order->n_claims;
    int room = rep && rep->active ? rep->capacity - rep->live : 0;

    for (size_t i = 0; i < o->n && have < MIN(order->count, room); i++) {
        struct bundle *bu = batch_find(b, &o->offer[i].lead_id);
        struct claim *c;

        if (o->offer[i].taken || !bu || !bu->was_ready ||
            refused(o, &order->rep_id, bu))
            continue;
        o->offer[i].taken = true;
        c = arena_alloc(b->mem, sizeof(*c));
        c->bundle = bu;
        order->claims[order->n_claims++] = c;
        have++;
    }
    return MIN(order->count, room) - have;
}

static bool like(const struct claim_order *a, const struct claim_order *b)
{
    return str_eq(a->stage, b->stage) && str_eq(a->grade, b->grade);
}

/* All orders of one filter together. @return how many leads are missing */
static enum err serve(struct batch *b, const struct claim_order *filter,
                      size_t want, int *out_missing, bool *out_more)
{
    struct offers o = {0};
    struct uuid *ids;
    enum err e = take_ready(b, filter, want, &o);

    if (e != ERR_OK)
        return e;
    ids = arena_array(b->mem, o.n + 1, sizeof(*ids));
    for (size_t i = 0; i < o.n; i++)
        ids[i] = o.offer[i].lead_id;
    if (o.n)
        e = batch_load_more(b, ids, o.n);
    if (e == ERR_OK && o.n)
        e = load_refusals(b, &o);
    *out_missing = 0;
    *out_more = o.more && o.n_refusals > 0;
    for (size_t i = 0; e == ERR_OK && i < b->n; i++) {
        struct work *w = b->works[i];

        if (w->claim.kind != CLAIM_NEXT || !like(&w->claim, filter))
            continue;
        w->claim.n_claims = 0;
        *out_missing += assign(b, w, &o);
    }
    return e;
}

static enum err serve_next(struct batch *b, struct work *first)
{
    size_t want = 0;
    int missing = 0;
    bool more = true;
    enum err e = ERR_OK;

    for (size_t i = 0; i < b->n; i++) {
        struct claim_order *c = &b->works[i]->claim;

        if (c->kind != CLAIM_NEXT || !like(c, &first->claim))
            continue;
        c->claims =
            arena_array(b->mem, (size_t)c->count + 1, sizeof(*c->claims));
        want += (size_t)c->count;
    }
    for (int round = 0; round < 4 && more && e == ERR_OK; round++) {
        e = serve(b, &first->claim, want, &missing, &more);
        more = more && missing > 0;
        want = want * 4 + 16; /* refusals stood in the way */
    }
    return e;
}

static bool served_before(struct batch *b, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (b->works[k]->claim.kind == CLAIM_NEXT &&
            like(&b->works[k]->claim, &b->works[i]->claim))
            return true;
    return false;
}

enum err claims_load(struct batch *b)
{
    struct rows reps, claims, leads;
    enum err e = ERR_OK;

    collect(b, &reps, &claims, &leads);
    if (reps.n || claims.n || leads.n)
        e = load_reps_and_claims(b, &reps, &claims, &leads);
    rows_release(&reps);
    rows_release(&claims);
    rows_release(&leads);
    for (size_t i = 0; e == ERR_OK && i < b->n; i++) {
        if (b->works[i]->claim.kind != CLAIM_NEXT ||
            b->works[i]->idem_replayed || served_before(b, i))
            continue;
        e = serve_next(b, b->works[i]);
    }
    return e == ERR_UNKNOWN_OUTCOME ? ERR_AGAIN : e;
}
