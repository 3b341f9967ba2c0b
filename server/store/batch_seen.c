/*
 * What was decided before: receipts an earlier attempt stored, releases
 * somebody made already, answers kept for an Idempotency-Key.
 */
#include "base/crypto.h"
#include "base/str.h"
#include "store/batch.h"

STORE_STMT(RECEIPTS_KNOWN, .name = "receipts_known", .nparams = 2,
           .sql = "SELECT r.receipt_id FROM unnest($2::uuid[]) AS k(id)"
                  " CROSS JOIN LATERAL (SELECT o.receipt_id FROM receipt o"
                  " WHERE o.workspace_id = $1 AND o.receipt_id = k.id"
                  " LIMIT 1) r");

/* Receipts of $2 that quarantine does not hold: decided already. */
STORE_STMT(RELEASES_OVER, .name = "releases_over", .nparams = 2,
           .sql = "WITH held AS MATERIALIZED (SELECT q.receipt_id"
                  " FROM (SELECT DISTINCT x FROM unnest($2::uuid[]) AS u(x)"
                  " ORDER BY x) AS k(id) CROSS JOIN LATERAL"
                  " (SELECT o.receipt_id FROM quarantine o"
                  " WHERE o.workspace_id = $1 AND o.receipt_id = k.id"
                  " AND o.state = 'held' LIMIT 1 FOR UPDATE) q)"
                  " SELECT x AS receipt_id FROM unnest($2::uuid[]) AS x"
                  " WHERE NOT EXISTS (SELECT FROM held h"
                  " WHERE h.receipt_id = x)");

STORE_STMT(IDEM_KNOWN, .name = "idem_known", .nparams = 3,
           .sql = "SELECT i.scope, i.key, i.fingerprint, i.status, i.body"
                  " FROM unnest($2::text[], $3::text[]) AS k(scope, key)"
                  " CROSS JOIN LATERAL (SELECT * FROM idempotency o"
                  " WHERE o.workspace_id = $1 AND o.scope = k.scope"
                  " AND o.key = k.key LIMIT 1) i");

static enum err send_receipts(struct batch *b, struct batch_seen *asked)
{
    static const enum pg_type TYPES[] = {PG_UUID, 0};
    struct rows r;

    rows_init(&r, TYPES);
    for (size_t i = 0; i < b->n; i++) {
        if (!b->works[i]->has_receipt || b->works[i]->replay ||
            !(b->recheck || b->works[i]->receipt.replayed))
            continue;
        pg_array_uuid(&r.col[0], &b->works[i]->receipt.receipt_id);
        r.n++;
    }
    asked->receipts = r.n > 0;
    return batch_send_rows(b, &RECEIPTS_KNOWN, &r);
}

static enum err send_releases(struct batch *b, struct batch_seen *asked)
{
    static const enum pg_type TYPES[] = {PG_UUID, 0};
    struct rows r;

    rows_init(&r, TYPES);
    for (size_t i = 0; i < b->n; i++) {
        if (b->works[i]->replay != REPLAY_RELEASE)
            continue;
        pg_array_uuid(&r.col[0], &b->works[i]->receipt.receipt_id);
        r.n++;
    }
    asked->releases = r.n > 0;
    return batch_send_rows(b, &RELEASES_OVER, &r);
}

static enum err send_idem(struct batch *b, struct batch_seen *asked)
{
    static const enum pg_type TYPES[] = {PG_TEXT, PG_TEXT, 0};
    struct rows r;

    rows_init(&r, TYPES);
    for (size_t i = 0; i < b->n; i++) {
        if (!b->works[i]->idem.key)
            continue;
        pg_array_text(&r.col[0], b->works[i]->idem.scope);
        pg_array_text(&r.col[1], b->works[i]->idem.key);
        r.n++;
    }
    asked->answers = r.n > 0;
    return batch_send_rows(b, &IDEM_KNOWN, &r);
}

enum err batch_seen_send(struct batch *b, struct batch_seen *out_asked)
{
    enum err e = send_receipts(b, out_asked);

    if (e == ERR_OK)
        e = send_releases(b, out_asked);
    return e == ERR_OK ? send_idem(b, out_asked) : e;
}

void batch_seen_receipts(struct batch *b, const PGresult *res)
{
    for (int row = 0; row < PQntuples(res); row++) {
        struct uuid id = pg_get_uuid(res, row, 0);

        for (size_t i = 0; i < b->n; i++) {
            struct work *w = b->works[i];

            if (w->has_receipt && uuid_cmp(&w->receipt.receipt_id, &id) == 0)
                w->stored = true; /* an earlier attempt did commit */
        }
    }
}

static void replay_answer(struct batch *b, struct work *w, const PGresult *res,
                          int row)
{
    const char *body = pg_get_text(res, row, pg_col(res, "body"), b->mem);

    if (!crypto_equal(PQgetvalue(res, row, pg_col(res, "fingerprint")),
                      w->idem.fingerprint, sizeof(w->idem.fingerprint))) {
        w->err = ERR_KEY_REUSED;
        return;
    }
    w->idem_replayed = true;
    w->status = (int)pg_get_i64(res, row, pg_col(res, "status"));
    (void)buf_puts(&w->reply, body ? body : "");
}

void batch_seen_answers(struct batch *b, const PGresult *res)
{
    for (int row = 0; row < PQntuples(res); row++) {
        const char *scope = PQgetvalue(res, row, pg_col(res, "scope"));
        const char *key = PQgetvalue(res, row, pg_col(res, "key"));

        for (size_t i = 0; i < b->n; i++) {
            struct work *w = b->works[i];

            if (!w->idem_replayed && w->err == ERR_OK && w->idem.key &&
                str_eq(w->idem.key, key) && str_eq(w->idem.scope, scope))
                replay_answer(b, w, res, row);
        }
    }
}
