/* What an import leaves beside its leads: progress, rows seen, faults. */
#include "base/str.h"
#include "store/batch.h"

/* A chunk told twice (two requests that send one list) counts once. */
STORE_STMT(IMPORT_CHUNKS_INSERT, .name = "import_chunks_insert", .nparams = 13,
           .sql = "INSERT INTO import_chunk (workspace_id, import_id,"
                  " first_row, content, receipt_id, n_rows, n_bytes, n_new,"
                  " n_known, n_repeated, n_held, n_bad, written_at)"
                  " SELECT $1::bigint, u.* FROM unnest($2::uuid[],"
                  " $3::bigint[], $4::uuid[], $5::uuid[], $6::integer[],"
                  " $7::bigint[], $8::integer[], $9::integer[],"
                  " $10::integer[], $11::integer[], $12::integer[],"
                  " $13::timestamptz[]) AS u"
                  " ON CONFLICT (workspace_id, import_id, first_row)"
                  " DO NOTHING");

/* In order, so that two imports of one list never wait for each other. */
STORE_STMT(IMPORT_ROWS_INSERT, .name = "import_rows_insert", .nparams = 2,
           .sql = "INSERT INTO import_row (workspace_id, row_id)"
                  " SELECT $1::bigint, u.id FROM unnest($2::uuid[]) AS u(id)"
                  " ORDER BY u.id ON CONFLICT (workspace_id, row_id)"
                  " DO NOTHING");

STORE_STMT(IMPORT_ERRORS_INSERT, .name = "import_errors_insert", .nparams = 10,
           .sql = "INSERT INTO import_error (workspace_id, import_id, row_no,"
                  " line, cell, field, code, detail, stored, content)"
                  " SELECT $1::bigint, u.id, u.row_no, u.line,"
                  " nullif(u.cell, 0), u.field, u.code, u.detail, u.stored,"
                  " u.content FROM unnest($2::uuid[],"
                  " $3::bigint[], $4::bigint[], $5::integer[], $6::text[],"
                  " $7::text[], $8::text[], $9::boolean[], $10::bytea[])"
                  " AS u(id, row_no, line, cell, field, code, detail,"
                  " stored, content)"
                  " ON CONFLICT (workspace_id, import_id, row_no) DO NOTHING");

static struct import_note *note_of(const struct work *w)
{
    return w->err == ERR_OK && !w->stored ? w->import : NULL;
}

static void count_parts(const struct work *w, struct import_note *note)
{
    note->n_new = note->n_known = note->n_held = 0;
    for (size_t i = 0; i < w->n_parts; i++) {
        if (w->parts[i].draft.quarantine)
            note->n_held++;
        else if (w->parts[i].created)
            note->n_new++;
        else
            note->n_known++;
    }
}

static void chunk_row(struct rows *r, const struct work *w, int64_t now_ms)
{
    static const struct uuid NIL;
    const struct import_note *n = w->import;

    pg_array_uuid(&r->col[0], &n->import_id);
    pg_array_i64(&r->col[1], n->first_row);
    pg_array_uuid(&r->col[2], &n->content);
    pg_array_uuid(&r->col[3], w->has_receipt ? &w->receipt.receipt_id : &NIL);
    pg_array_i32(&r->col[4], (int32_t)n->n_rows);
    pg_array_i64(&r->col[5], n->bytes);
    pg_array_i32(&r->col[6], (int32_t)n->n_new);
    pg_array_i32(&r->col[7], (int32_t)n->n_known);
    pg_array_i32(&r->col[8], (int32_t)n->n_repeated);
    pg_array_i32(&r->col[9], (int32_t)n->n_held);
    pg_array_i32(&r->col[10], (int32_t)n->n_bad);
    pg_array_time(&r->col[11], now_ms);
    r->n++;
}

static enum err insert_chunks(struct batch *b)
{
    static const enum pg_type TYPES[] = {
        PG_UUID, PG_I64, PG_UUID, PG_UUID, PG_I32,  PG_I64, PG_I32,
        PG_I32,  PG_I32, PG_I32,  PG_I32,  PG_TIME, 0};
    struct rows r;

    rows_init(&r, TYPES);
    for (size_t i = 0; i < b->n; i++) {
        struct import_note *note = note_of(b->works[i]);

        if (!note)
            continue;
        count_parts(b->works[i], note);
        chunk_row(&r, b->works[i], b->now_ms);
    }
    return batch_send_rows(b, &IMPORT_CHUNKS_INSERT, &r);
}

static enum err insert_rows(struct batch *b)
{
    static const enum pg_type TYPES[] = {PG_UUID, 0};
    struct rows r;

    rows_init(&r, TYPES);
    for (size_t i = 0; i < b->n; i++) {
        const struct import_note *note = note_of(b->works[i]);

        for (size_t k = 0; note && k < b->works[i]->n_parts; k++, r.n++)
            pg_array_uuid(&r.col[0], &note->row_ids[k]);
    }
    return batch_send_rows(b, &IMPORT_ROWS_INSERT, &r);
}

static void fault_row(struct rows *r, const struct import_note *note,
                      const struct import_fault *f)
{
    pg_array_uuid(&r->col[0], &note->import_id);
    pg_array_i64(&r->col[1], f->row);
    pg_array_i64(&r->col[2], f->line);
    pg_array_i32(&r->col[3], f->cell);
    pg_array_text(&r->col[4], f->field);
    pg_array_text(&r->col[5], err_info(f->err)->code);
    pg_array_text(&r->col[6], f->detail);
    pg_array_bool(&r->col[7], f->stored);
    pg_array_bytes(&r->col[8], f->content, f->content_bytes);
    r->n++;
}

static enum err insert_errors(struct batch *b)
{
    static const enum pg_type TYPES[] = {PG_UUID,  PG_I64,  PG_I64,  PG_I32,
                                         PG_TEXT,  PG_TEXT, PG_TEXT, PG_BOOL,
                                         PG_BYTEA, 0};
    struct rows r;

    rows_init(&r, TYPES);
    for (size_t i = 0; i < b->n; i++) {
        const struct import_note *note = note_of(b->works[i]);

        for (size_t k = 0; note && k < note->n_faults; k++)
            fault_row(&r, note, &note->faults[k]);
    }
    return batch_send_rows(b, &IMPORT_ERRORS_INSERT, &r);
}

enum err write_imports(struct batch *b)
{
    enum err e = insert_chunks(b);

    if (e == ERR_OK)
        e = insert_rows(b);
    if (e == ERR_OK)
        e = insert_errors(b);
    return e;
}
