/* Receipts, whom they mention, what is held back, and answers kept for
 * Idempotency-Key. */
#include "store/batch.h"

STORE_STMT(RECEIPTS_INSERT, .name = "receipts_insert", .nparams = 2,
           .row_type = "receipt_in",
           .sql = "INSERT INTO receipt (workspace_id, receipt_id, source_id,"
                  " key_id, received_at, door, content_type, headers, body,"
                  " status, reason, lead_id)"
                  " SELECT $1::bigint, u.* FROM unnest($2::receipt_in[]) AS u");

STORE_STMT(MENTIONS_INSERT, .name = "mentions_insert", .nparams = 3,
           .sql = "INSERT INTO mention (workspace_id, lead_id, receipt_id)"
                  " SELECT $1::bigint, u.* FROM unnest($2::uuid[],"
                  " $3::uuid[]) AS u ON CONFLICT DO NOTHING");

STORE_STMT(QUARANTINE_INSERT, .name = "quarantine_insert", .nparams = 4,
           .sql = "INSERT INTO quarantine (workspace_id, receipt_id, reason,"
                  " created_at)"
                  " SELECT $1::bigint, u.* FROM unnest($2::uuid[],"
                  " $3::text[], $4::timestamptz[]) AS u");

STORE_STMT(RECEIPTS_RELEASED, .name = "receipts_released", .nparams = 3,
           .sql = "UPDATE receipt r SET status = 'accepted', reason = NULL,"
                  " lead_id = u.lead_id"
                  " FROM unnest($2::uuid[], $3::uuid[])"
                  " AS u(receipt_id, lead_id)"
                  " WHERE r.workspace_id = $1"
                  " AND r.receipt_id = u.receipt_id"
                  " AND r.receipt_id = ANY($2::uuid[])");

STORE_STMT(QUARANTINE_RELEASED, .name = "quarantine_released", .nparams = 3,
           .sql = "UPDATE quarantine q SET state = 'released',"
                  " decided_at = $3 WHERE q.workspace_id = $1"
                  " AND q.receipt_id = ANY($2::uuid[]) AND q.state = 'held'");

STORE_STMT(IDEM_INSERT, .name = "idem_insert", .nparams = 7,
           .sql = "INSERT INTO idempotency (workspace_id, scope, key,"
                  " fingerprint, status, body, created_at)"
                  " SELECT $1::bigint, u.* FROM unnest($2::text[],"
                  " $3::text[], $4::bytea[], $5::smallint[], $6::text[],"
                  " $7::timestamptz[]) AS u");

/* A refused work leaves no receipt: its sender was told so. */
static bool stored(const struct work *w)
{
    return w->has_receipt && !w->replay && w->err == ERR_OK &&
           !w->idem_replayed && !w->stored;
}

static void receipt_row(struct rows *r, const struct work *w)
{
    const struct receipt *rc = &w->receipt;
    const char *held = work_held_reason(w);
    struct uuid lead = {{0}};

    for (size_t i = 0; i < w->n_parts && uuid_is_nil(&lead); i++)
        lead = w->parts[i].lead_id;
    pg_array_uuid(&r->col[0], &rc->receipt_id);
    pg_array_uuid(&r->col[1], &rc->source_id);
    pg_array_uuid(&r->col[2], &rc->key_id);
    pg_array_time(&r->col[3], rc->received_ms);
    pg_array_text(&r->col[4], rc->door);
    pg_array_text(&r->col[5], rc->content_type);
    pg_array_text(&r->col[6], rc->headers_json);
    pg_array_bytes(&r->col[7], rc->body, rc->body_bytes);
    pg_array_text(&r->col[8], held ? "quarantined" : "accepted");
    pg_array_text(&r->col[9], held);
    pg_array_uuid(&r->col[10], &lead);
    r->n++;
}

static enum err insert_receipts(struct batch *b)
{
    static const enum pg_type TYPES[] = {PG_UUID, PG_UUID, PG_UUID,  PG_TIME,
                                         PG_TEXT, PG_TEXT, PG_JSONB, PG_BYTEA,
                                         PG_TEXT, PG_TEXT, PG_UUID,  0};
    struct rows r;

    rows_init(&r, TYPES);
    for (size_t i = 0; i < b->n; i++)
        if (stored(b->works[i]))
            receipt_row(&r, b->works[i]);
    return batch_send_rows(b, &RECEIPTS_INSERT, &r);
}

/* Whoever is told something new about has a touch, by which an erasure finds
   the receipt.  A withdrawal itself stays: it is the evidence. */
static bool only_mentions(const struct part *p)
{
    return p->err == ERR_OK && !p->erase && !uuid_is_nil(&p->lead_id) &&
           (p->kind != PART_INGEST || !p->bundle);
}

static enum err insert_mentions(struct batch *b)
{
    static const enum pg_type TYPES[] = {PG_UUID, PG_UUID, 0};
    struct rows r;

    rows_init(&r, TYPES);
    for (size_t i = 0; i < b->n; i++) {
        const struct work *w = b->works[i];

        if (!w->has_receipt || w->err != ERR_OK || w->idem_replayed ||
            w->stored)
            continue;
        for (size_t k = 0; k < w->n_parts; k++) {
            if (!only_mentions(&w->parts[k]))
                continue;
            pg_array_uuid(&r.col[0], &w->parts[k].lead_id);
            pg_array_uuid(&r.col[1], &w->receipt.receipt_id);
            r.n++;
        }
    }
    batch_visits_mention(b, &r);
    return batch_send_rows(b, &MENTIONS_INSERT, &r);
}

static enum err insert_quarantine(struct batch *b)
{
    static const enum pg_type TYPES[] = {PG_UUID, PG_TEXT, PG_TIME, 0};
    struct rows r;

    rows_init(&r, TYPES);
    for (size_t i = 0; i < b->n; i++) {
        const char *held = work_held_reason(b->works[i]);

        if (!held || !stored(b->works[i]))
            continue;
        pg_array_uuid(&r.col[0], &b->works[i]->receipt.receipt_id);
        pg_array_text(&r.col[1], held);
        pg_array_time(&r.col[2], b->now_ms);
        r.n++;
    }
    return batch_send_rows(b, &QUARANTINE_INSERT, &r);
}

static enum err insert_answers(struct batch *b)
{
    static const enum pg_type TYPES[] = {PG_TEXT, PG_TEXT, PG_BYTEA, PG_I16,
                                         PG_TEXT, PG_TIME, 0};
    struct rows r;

    rows_init(&r, TYPES);
    for (size_t i = 0; i < b->n; i++) {
        const struct work *w = b->works[i];

        if (!w->idem.key || w->err != ERR_OK || w->idem_replayed || w->stored)
            continue;
        pg_array_text(&r.col[0], w->idem.scope);
        pg_array_text(&r.col[1], w->idem.key);
        pg_array_bytes(&r.col[2], w->idem.fingerprint,
                       sizeof(w->idem.fingerprint));
        pg_array_i16(&r.col[3], (int16_t)w->status);
        pg_array_text(&r.col[4], w->reply.ptr ? w->reply.ptr : "");
        pg_array_time(&r.col[5], b->now_ms);
        r.n++;
    }
    return batch_send_rows(b, &IDEM_INSERT, &r);
}

static bool released(const struct work *w)
{
    return w->replay == REPLAY_RELEASE && w->err == ERR_OK && !w->stored &&
           work_left_out(w) == ERR_OK;
}

static enum err release_receipts(struct batch *b)
{
    static const enum pg_type TYPES[] = {PG_UUID, PG_UUID, 0};
    struct rows r;

    rows_init(&r, TYPES);
    for (size_t i = 0; i < b->n; i++) {
        const struct work *w = b->works[i];
        struct uuid lead = {{0}};

        if (!released(w))
            continue;
        if (w->n_parts)
            lead = w->parts[0].lead_id;
        pg_array_uuid(&r.col[0], &w->receipt.receipt_id);
        pg_array_uuid(&r.col[1], &lead);
        r.n++;
    }
    return batch_send_rows(b, &RECEIPTS_RELEASED, &r);
}

static enum err release_quarantine(struct batch *b)
{
    static const enum pg_type ID[] = {PG_UUID, 0};
    struct pg_params p;
    struct rows r;
    enum err e = ERR_OK;

    rows_init(&r, ID);
    for (size_t i = 0; i < b->n; i++) {
        if (!released(b->works[i]))
            continue;
        pg_array_uuid(&r.col[0], &b->works[i]->receipt.receipt_id);
        r.n++;
    }
    if (r.n) {
        pg_params_init(&p, b->mem);
        pg_i64(&p, b->rules.workspace_id);
        rows_params(&p, &r);
        pg_time(&p, b->now_ms);
        e = pg_pipe_send(b->pg, &QUARANTINE_RELEASED, &p);
    }
    rows_release(&r);
    return e;
}

enum err write_receipts(struct batch *b)
{
    enum err e = insert_receipts(b);

    if (e == ERR_OK)
        e = insert_mentions(b);
    if (e == ERR_OK)
        e = release_receipts(b);
    if (e == ERR_OK)
        e = release_quarantine(b);
    if (e == ERR_OK)
        e = insert_quarantine(b);
    if (e == ERR_OK)
        e = insert_answers(b);
    return e;
}
