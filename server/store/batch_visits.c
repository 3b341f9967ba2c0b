/*
 * Page views of visitors.  Whoever is known gets them as events at once; the
 * others' wait in their own table until a batch names the visitor together
 * with a lead: that batch takes them out and gives them to the lead, in one
 * transaction, with the receipt that names him.  Views that come in the same
 * batch before that receipt have waited too.  Views that another batch holds
 * at that moment are left to it.
 */
#include "store/batch.h"

#include "base/str.h"

#define TAKE_MAX "200" /* of one visitor, and the most that are kept */

/* The EXISTS sees what this very transaction inserted. */
STORE_STMT(VISITS_TAKE, .name = "visits_take", .nparams = 2,
           .sql = "WITH taken AS MATERIALIZED (SELECT v.visitor, v.visit_id"
                  " FROM unnest($2::text[]) AS k(visitor)"
                  " CROSS JOIN LATERAL (SELECT o.visitor, o.visit_id"
                  " FROM visit o WHERE o.workspace_id = $1"
                  " AND o.visitor = k.visitor AND EXISTS (SELECT 1"
                  " FROM identifier i WHERE i.workspace_id = $1"
                  " AND i.kind = 4 AND i.value = k.visitor)"
                  " ORDER BY o.visit_id LIMIT " TAKE_MAX
                  " FOR UPDATE OF o SKIP LOCKED) v)"
                  " DELETE FROM visit d USING taken t"
                  " WHERE d.workspace_id = $1 AND d.visitor = t.visitor"
                  " AND d.visit_id = t.visit_id"
                  " RETURNING d.visitor, d.ext_id, d.occurred_at, d.session,"
                  " d.detail, d.visit_id, d.created_at, d.receipt_id");

STORE_STMT(VISITS_INSERT, .name = "visits_insert", .nparams = 9,
           .sql = "INSERT INTO visit (workspace_id, visitor, visit_id,"
                  " ext_id, occurred_at, session, detail, created_at,"
                  " receipt_id)"
                  " SELECT $1::bigint, u.* FROM unnest($2::text[],"
                  " $3::uuid[], $4::text[], $5::timestamptz[], $6::text[],"
                  " $7::text[], $8::timestamptz[], $9::uuid[])"
                  " AS u(visitor)"
                  " WHERE (SELECT count(*) FROM visit v"
                  " WHERE v.workspace_id = $1 AND v.visitor = u.visitor)"
                  " < " TAKE_MAX " ON CONFLICT DO NOTHING");

/* One view that waits: taken out, or not yet in. */
struct visit {
    struct event event;
    struct uuid visit_id, receipt_id;
    int64_t created_ms;
    struct uuid lead_id; /* whom it was given to */
    struct visit *next;
};

enum err batch_visits_send(struct batch *b, bool *out_asked)
{
    static const enum pg_type TYPES[] = {PG_TEXT, 0};
    struct rows r;

    rows_init(&r, TYPES);
    for (size_t i = 0; i < b->n_keys; i++) {
        if (b->keys[i].kind != ID_VISITOR)
            continue;
        pg_array_text(&r.col[0], b->keys[i].value);
        r.n++;
    }
    *out_asked = r.n > 0;
    return batch_send_rows(b, &VISITS_TAKE, &r);
}

void batch_visits_read(struct batch *b, const PGresult *res)
{
    for (int row = 0; row < PQntuples(res); row++) {
        struct visit *v = arena_alloc(b->mem, sizeof(*v));

        v->event.type = EVENT_PAGE_VIEW;
        v->event.channel = "web";
        v->event.visitor = pg_get_text(res, row, 0, b->mem);
        v->event.ext_id = pg_get_text(res, row, 1, b->mem);
        v->event.occurred_ms = pg_get_time(res, row, 2);
        v->event.session = pg_get_text(res, row, 3, b->mem);
        v->event.detail = pg_get_text(res, row, 4, b->mem);
        v->visit_id = pg_get_uuid(res, row, 5);
        v->created_ms = pg_get_time(res, row, 6);
        v->receipt_id = pg_get_uuid(res, row, 7);
        v->next = b->visits;
        b->visits = v;
    }
}

/* The same report again makes the same rows. */
void batch_visits_wait(struct batch *b, const struct work *w,
                       const struct part *p)
{
    for (size_t i = 0; i < p->draft.n_events; i++) {
        const struct event *ev = &p->draft.events[i];
        struct visit *v = arena_alloc(b->mem, sizeof(*v));

        v->event = *ev;
        v->created_ms = w->receipt.received_ms;
        v->receipt_id = w->receipt.receipt_id;
        v->visit_id =
            uuid_derived(v->created_ms, ev->ext_id, strlen(ev->ext_id));
        v->next = b->visits;
        b->visits = v;
    }
}

static bool names(const struct part *p, const char *visitor)
{
    for (size_t i = 0; i < p->draft.n_ids; i++)
        if (p->draft.ids[i].kind == ID_VISITOR &&
            str_eq(p->draft.ids[i].value, visitor))
            return true;
    return false;
}

/* @return NULL: nobody is known, or whoever named the visitor was refused */
static struct bundle *owner_of(struct batch *b, const struct visit *v)
{
    return batch_owner(b, batch_key(b, ID_VISITOR, v->event.visitor));
}

void batch_visits_apply(struct batch *b, const struct part *p)
{
    struct apply_rules rules = {.behaviour_assumed = b->rules.behaviour_assumed,
                                .now_ms = b->now_ms};
    struct visit **at = &b->visits;

    while (*at) {
        struct visit *v = *at;
        struct bundle *owner =
            !p || names(p, v->event.visitor) ? owner_of(b, v) : NULL;

        if (!owner || (p && owner != p->bundle)) {
            at = &v->next; /* stays, or is put back */
            continue;
        }
        bundle_apply_events(owner, &v->event, 1, &v->visit_id, &rules, b->mem);
        *at = v->next;
        v->lead_id = owner->lead.lead_id;
        v->next = b->given;
        b->given = v;
    }
}

void batch_visits_mention(struct batch *b, struct rows *r)
{
    for (const struct visit *v = b->given; v; v = v->next) {
        if (uuid_is_nil(&v->receipt_id))
            continue;
        pg_array_uuid(&r->col[0], &v->lead_id);
        pg_array_uuid(&r->col[1], &v->receipt_id);
        r->n++;
    }
}

static void visit_row(struct rows *r, const struct visit *v)
{
    pg_array_text(&r->col[0], v->event.visitor);
    pg_array_uuid(&r->col[1], &v->visit_id);
    pg_array_text(&r->col[2], v->event.ext_id);
    pg_array_time(&r->col[3], v->event.occurred_ms);
    pg_array_text(&r->col[4], v->event.session);
    pg_array_text(&r->col[5], v->event.detail);
    pg_array_time(&r->col[6], v->created_ms);
    pg_array_uuid(&r->col[7], &v->receipt_id);
    r->n++;
}

enum err write_visits(struct batch *b)
{
    static const enum pg_type TYPES[] = {PG_TEXT, PG_UUID, PG_TEXT,
                                         PG_TIME, PG_TEXT, PG_TEXT,
                                         PG_TIME, PG_UUID, 0};
    struct rows r;

    rows_init(&r, TYPES);
    for (const struct visit *v = b->visits; v; v = v->next)
        visit_row(&r, v);
    return batch_send_rows(b, &VISITS_INSERT, &r);
}
