/*
 * Leads that a platform only tried its delivery with, and the person who came
 * after them with the same phone or e-mail.  A person is counted, so it is a
 * lead of its own, with the identifiers it said itself; the test lead gives
 * way to it, as one that was merged, and is known by none any more.
 */
#include "store/batch.h"

/* The lead's rows stay where they are: nothing of a test tells of a person. */
STORE_STMT(TESTS_GIVE_WAY, .name = "tests_give_way", .nparams = 3,
           .sql = "UPDATE lead l SET merged_into = u.kept, account_id = NULL,"
                  " due_at = NULL, identifiers = '[]', email = NULL,"
                  " phone = NULL FROM unnest($2::uuid[], $3::uuid[])"
                  " AS u(gone, kept) WHERE l.workspace_id = $1"
                  " AND l.lead_id = u.gone AND l.lead_id = ANY($2::uuid[])");

STORE_STMT(TEST_IDENTIFIERS_MOVE, .name = "test_identifiers_move", .nparams = 5,
           .sql = "UPDATE identifier i SET lead_id = u.kept"
                  " FROM unnest($2::smallint[], $3::text[], $4::uuid[],"
                  " $5::uuid[]) AS u(kind, value, gone, kept)"
                  " WHERE i.workspace_id = $1 AND i.kind = u.kind"
                  " AND i.value = u.value AND i.lead_id = u.gone"
                  " AND i.kind = ANY($2::smallint[])"
                  " AND i.value = ANY($3::text[])");

STORE_STMT(TEST_IDENTIFIERS_DROP, .name = "test_identifiers_drop", .nparams = 4,
           .sql = "DELETE FROM identifier i USING unnest($2::smallint[],"
                  " $3::text[], $4::uuid[]) AS u(kind, value, gone)"
                  " WHERE i.workspace_id = $1 AND i.kind = u.kind"
                  " AND i.value = u.value AND i.lead_id = u.gone"
                  " AND i.kind = ANY($2::smallint[])"
                  " AND i.value = ANY($3::text[])");

bool test_lead_may_give_way(const struct bundle *bu)
{
    return bu->lead.test && uuid_is_nil(&bu->lead.claim.claim_id);
}

/* Whose its identifiers are now: somebody's of this batch, or nobody's. */
static void id_rows(struct batch *b, const struct bundle *bu,
                    struct rows *moved, struct rows *dropped)
{
    for (size_t i = 0; i < bu->n_ids; i++) {
        const struct identifier *id = &bu->ids[i];
        const struct key *key = batch_key(b, id->kind, id->value);
        bool taken = key && batch_owner(b, key);
        struct rows *r = taken ? moved : dropped;

        pg_array_i16(&r->col[0], (int16_t)id->kind);
        pg_array_text(&r->col[1], id->value);
        pg_array_uuid(&r->col[2], &bu->lead.lead_id);
        if (taken)
            pg_array_uuid(&r->col[3], &key->owner);
        r->n++;
    }
}

enum err write_test_leads(struct batch *b)
{
    static const enum pg_type PAIR[] = {PG_UUID, PG_UUID, 0};
    static const enum pg_type MOVED[] = {PG_I16, PG_TEXT, PG_UUID, PG_UUID, 0};
    static const enum pg_type DROPPED[] = {PG_I16, PG_TEXT, PG_UUID, 0};
    struct rows leads, moved, dropped;
    enum err e, then, last;

    rows_init(&leads, PAIR);
    rows_init(&moved, MOVED);
    rows_init(&dropped, DROPPED);
    for (struct bundle *bu = b->bundles; bu; bu = bu->next) {
        if (!bu->gave_way_to)
            continue;
        pg_array_uuid(&leads.col[0], &bu->lead.lead_id);
        pg_array_uuid(&leads.col[1], &bu->gave_way_to->lead.lead_id);
        leads.n++;
        id_rows(b, bu, &moved, &dropped);
    }
    e = batch_send_rows(b, &TESTS_GIVE_WAY, &leads);
    then = batch_send_rows(b, &TEST_IDENTIFIERS_MOVE, &moved);
    last = batch_send_rows(b, &TEST_IDENTIFIERS_DROP, &dropped);
    return e != ERR_OK ? e : then != ERR_OK ? then : last;
}
