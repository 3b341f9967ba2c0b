/*
 * Leads that a platform only tried its delivery with, and the person who came
 * after them with the same phone or e-mail.  A person is counted, so it is a
 * lead of its own; the test lead gives way to it, with all identifiers, as one
 * that was merged.
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

bool test_lead_may_give_way(const struct bundle *bu)
{
    return bu->lead.test && uuid_is_nil(&bu->lead.claim.claim_id);
}

void test_leads_give_ids(struct batch *b)
{
    for (struct bundle *bu = b->bundles; bu; bu = bu->next)
        if (bu->gave_way_to)
            bundle_add_ids(bu->gave_way_to, bu->ids, bu->n_ids, b->mem);
}

enum err write_test_leads(struct batch *b)
{
    static const enum pg_type PAIR[] = {PG_UUID, PG_UUID, 0};
    static const enum pg_type ID[] = {PG_I16, PG_TEXT, PG_UUID, PG_UUID, 0};
    struct rows leads, ids;
    enum err e;

    rows_init(&leads, PAIR);
    rows_init(&ids, ID);
    for (struct bundle *bu = b->bundles; bu; bu = bu->next) {
        if (!bu->gave_way_to)
            continue;
        pg_array_uuid(&leads.col[0], &bu->lead.lead_id);
        pg_array_uuid(&leads.col[1], &bu->gave_way_to->lead.lead_id);
        leads.n++;
        for (size_t i = 0; i < bu->n_ids; i++, ids.n++) {
            pg_array_i16(&ids.col[0], (int16_t)bu->ids[i].kind);
            pg_array_text(&ids.col[1], bu->ids[i].value);
            pg_array_uuid(&ids.col[2], &bu->lead.lead_id);
            pg_array_uuid(&ids.col[3], &bu->gave_way_to->lead.lead_id);
        }
    }
    e = batch_send_rows(b, &TESTS_GIVE_WAY, &leads);
    if (e == ERR_OK)
        return batch_send_rows(b, &TEST_IDENTIFIERS_MOVE, &ids);
    rows_release(&ids);
    return e;
}
