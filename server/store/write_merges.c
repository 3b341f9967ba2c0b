#include "store/merge_rows.h"

#include "lead/merge.h"
#include "store/change.h"
#include "store/columns.h"
#include "store/found.h"
#include "store/read_leads.h"

STORE_STMT(REVIEW_HOLD, .name = "merge_review_hold", .nparams = 2,
           .sql = "SELECT r.lead_id, r.other_lead_id, r.state, r.merge_id"
                  " FROM review r WHERE r.workspace_id = $1"
                  " AND r.review_id = $2 FOR UPDATE");

/* The merge that brought one of these to the other. */
STORE_STMT(MERGE_STANDING, .name = "merge_standing", .nparams = 3,
           .sql = "SELECT m.merge_id FROM merge m WHERE m.workspace_id = $1"
                  " AND m.gone_id IN ($2, $3) AND m.undone_at IS NULL"
                  " ORDER BY m.merge_id DESC LIMIT 1");

/* The audit line stands in the same statement, hence the same commit. */
STORE_STMT(MERGE_INSERT, .name = "merge_insert", .nparams = 9,
           .sql = "WITH said AS (INSERT INTO audit (workspace_id, audit_id,"
                  " happened_at, actor, action, object, detail)"
                  " VALUES ($1, $9, $7, 'key:' || $6::uuid, 'lead.merge',"
                  " $2::uuid::text, jsonb_build_object('kept', $4::uuid,"
                  " 'gone', $5::uuid)))"
                  " INSERT INTO merge (workspace_id, merge_id, review_id,"
                  " kept_id, gone_id, merged_by, merged_at, note,"
                  " kept_before, gone_before)"
                  " SELECT $1::bigint, $2, $3, $4, $5, $6, $7, $8,"
                  " to_jsonb(k), to_jsonb(g) FROM lead k JOIN lead g"
                  " ON g.workspace_id = $1 AND g.lead_id = $5"
                  " WHERE k.workspace_id = $1 AND k.lead_id = $4");

/* Every open review of these two is answered by it. */
STORE_STMT(REVIEWS_CLOSE, .name = "merge_reviews_close", .nparams = 7,
           .sql = "UPDATE review SET state = 'merged', merge_id = $3,"
                  " decided_by = $6, decided_at = $7 WHERE workspace_id = $1"
                  " AND (review_id = $2 OR state = 'open' AND"
                  " (lead_id, other_lead_id) IN (($4, $5), ($5, $4)))");

struct review_held {
    struct uuid lead_id, other_id, merge_id;
    const char *state;
};

static enum err hold_review(const struct joint *j, const struct uuid *id,
                            struct review_held *out)
{
    struct pg_params p = merge_keyed(j, id);
    PGresult *res = NULL;
    enum err e = found_one(j->pg, &REVIEW_HOLD, &p, &res);

    if (e == ERR_OK) {
        out->lead_id = pg_get_uuid(res, 0, pg_col(res, "lead_id"));
        out->other_id = pg_get_uuid(res, 0, pg_col(res, "other_lead_id"));
        out->merge_id = pg_get_uuid(res, 0, pg_col(res, "merge_id"));
        out->state = pg_get_text(res, 0, pg_col(res, "state"), j->mem);
    }
    PQclear(res);
    return e;
}

/* It was said before; the other way round is another decision. */
static enum err merged_before(const struct joint *j,
                              const struct merge_order *o,
                              const struct uuid *merge_id, const char **why)
{
    struct uuid heir;
    bool parts, newer;
    enum err e = merge_hold(j, merge_id, &parts, &newer);

    if (e == ERR_OK)
        e = read_heir(j->pg, j->mem, j->workspace_id, &o->keep, &heir);
    if (e == ERR_OK && uuid_cmp(&o->keep, &j->merge->kept_id) &&
        (uuid_cmp(&heir, &j->merge->kept_id) ||
         !uuid_cmp(&o->keep, &j->merge->gone_id))) {
        *why = "this review was decided already: the other lead was kept";
        e = ERR_CONFLICT;
    }
    return e == ERR_NOT_FOUND ? ERR_UNKNOWN_VALUE : e;
}

/* Who is meant: each side of the review may have given way since. */
static enum err choose(const struct joint *j, const struct merge_order *o,
                       const struct review_held *r)
{
    struct uuid one, two;
    enum err e = read_heir(j->pg, j->mem, j->workspace_id, &r->lead_id, &one);

    if (e == ERR_OK)
        e = read_heir(j->pg, j->mem, j->workspace_id, &r->other_id, &two);
    if (e != ERR_OK)
        return e;
    if (!uuid_cmp(&o->keep, &r->lead_id) || !uuid_cmp(&o->keep, &one)) {
        j->merge->kept_id = one;
        j->merge->gone_id = two;
    } else if (!uuid_cmp(&o->keep, &r->other_id) || !uuid_cmp(&o->keep, &two)) {
        j->merge->kept_id = two;
        j->merge->gone_id = one;
    } else {
        return ERR_UNKNOWN_VALUE;
    }
    return ERR_OK;
}

static const char *refusal(const struct side *kept, const struct side *gone)
{
    if (kept->erased_ms || gone->erased_ms)
        return "one of them was erased at the person's wish";
    if (kept->b.lead.test != gone->b.lead.test)
        return "one of them is a platform's test lead";
    if (gone->claimed)
        return "somebody works the lead that would give way: keep that one, "
               "or have its claim released first";
    if (gone->b.lead.stage == STAGE_WON)
        return "the lead that would give way is won: keep that one";
    return NULL;
}

static enum err close_reviews(const struct joint *j)
{
    struct pg_params p = merge_keyed(j, &j->merge->review_id);

    pg_uuid(&p, &j->merge->merge_id);
    pg_uuid(&p, &j->merge->kept_id);
    pg_uuid(&p, &j->merge->gone_id);
    pg_uuid(&p, &j->merge->merged_by);
    pg_time(&p, j->now_ms);
    return pg_pipe_send(j->pg, &REVIEWS_CLOSE, &p);
}

static enum err insert(const struct joint *j)
{
    const struct merge *m = j->merge;
    struct uuid audit_id = uuid_new(j->now_ms);
    struct pg_params p = merge_keyed(j, &m->merge_id);

    pg_uuid(&p, &m->review_id);
    pg_uuid(&p, &m->kept_id);
    pg_uuid(&p, &m->gone_id);
    pg_uuid(&p, &m->merged_by);
    pg_time(&p, m->merged_ms);
    pg_text(&p, m->note);
    pg_uuid(&p, &audit_id);
    return pg_pipe_send(j->pg, &MERGE_INSERT, &p);
}

static enum err write_join(struct joint *j)
{
    enum err e;

    j->ids = j->gone.b.ids;
    j->n_ids = j->gone.b.n_ids;
    bundle_merge(&j->kept.b, &j->gone.b,
                 j->gone.touched_ms > j->kept.touched_ms, j->mem);
    bundle_pack(&j->kept.b, j->mem);
    e = pg_pipe_begin(j->pg);
    if (e == ERR_OK)
        e = insert(j);
    if (e == ERR_OK)
        e = merge_rows_join(j);
    if (e == ERR_OK)
        e = close_reviews(j);
    return merge_commit(j, e);
}

/* Through another review they became one already: this one is answered too. */
static enum err already_one(struct joint *j, const struct review_held *r)
{
    struct uuid review = j->merge->review_id;
    struct pg_params p = merge_keyed(j, &r->lead_id);
    PGresult *res = NULL;
    struct uuid merge_id;
    bool parts, newer;
    enum err e;

    pg_uuid(&p, &r->other_id);
    e = found_one(j->pg, &MERGE_STANDING, &p, &res);
    if (e == ERR_OK) {
        merge_id = pg_get_uuid(res, 0, 0);
        e = merge_hold(j, &merge_id, &parts, &newer);
    }
    PQclear(res);
    if (e == ERR_OK)
        e = pg_pipe_begin(j->pg);
    if (e == ERR_OK) {
        struct merge as_shown = *j->merge;

        j->merge->review_id = review;
        e = close_reviews(j);
        *j->merge = as_shown;
    }
    return merge_commit(j, e);
}

static enum err merge_open(struct joint *j, const struct merge_order *o,
                           const struct review_held *r, bool *out_created,
                           const char **why)
{
    struct merge *m = j->merge;
    enum err e = choose(j, o, r);

    if (e != ERR_OK)
        return e;
    if (!uuid_cmp(&m->kept_id, &m->gone_id))
        return already_one(j, r);
    e = merge_hold_leads(j);
    if (e != ERR_OK)
        return e;
    if (!uuid_is_nil(&j->kept.b.merged_into) ||
        !uuid_is_nil(&j->gone.b.merged_into))
        return ERR_AGAIN; /* merged while the locks were waited for */
    *why = refusal(&j->kept, &j->gone);
    if (*why)
        return ERR_MERGE_REFUSED;
    m->merge_id = uuid_new(j->now_ms);
    m->note = o->note;
    m->merged_by = o->by;
    m->merged_ms = j->now_ms;
    *out_created = true;
    return write_join(j);
}

static enum err merge_review(struct joint *j, const struct merge_order *o,
                             bool *out_changed, bool *out_created,
                             const char **why)
{
    struct review_held r;
    enum err e = hold_review(j, &o->review_id, &r);

    if (e != ERR_OK)
        return e;
    if (!uuid_is_nil(&r.merge_id))
        return merged_before(j, o, &r.merge_id, why);
    if (r.state[0] != 'o') {
        *why = "this review was dismissed: they are two people";
        return ERR_CONFLICT;
    }
    *out_changed = true;
    return merge_open(j, o, &r, out_created, why);
}

enum err merge_leads(struct pg *pg, struct arena *mem,
                     const struct merge_order *order, struct merge *out,
                     bool *out_created, const char **out_why)
{
    struct joint j = {.pg = pg,
                      .mem = mem,
                      .workspace_id = order->workspace_id,
                      .now_ms = order->now_ms,
                      .merge = out};
    bool changed = false;
    enum err e = merge_opened(&j);

    *out =
        (struct merge){.review_id = order->review_id, .merged_by = order->by};
    *out_created = false;
    if (e != ERR_OK)
        return e;
    e = merge_review(&j, order, &changed, out_created, out_why);
    return merge_closed(&j, e, changed);
}
