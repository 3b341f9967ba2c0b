/*
 * The last round trip of a batch: everything that was judged, and COMMIT.
 * When the answer to COMMIT is lost nobody guesses: the receipts are asked.
 */
#include "store/batch.h"
#include "store/change.h"

static enum err send_all(struct batch *b)
{
    enum err e = write_accounts(b);

    if (e == ERR_OK)
        e = write_begins(b);
    if (e == ERR_OK)
        e = write_leads(b);
    if (e == ERR_OK)
        e = write_history(b);
    if (e == ERR_OK)
        e = write_receipts(b);
    if (e == ERR_OK)
        e = write_fetches(b);
    if (e == ERR_OK)
        e = write_visits(b);
    if (e == ERR_OK)
        e = write_imports(b);
    if (e == ERR_OK)
        e = write_mail_domains(b);
    if (e == ERR_OK)
        e = write_claims(b);
    if (e == ERR_OK)
        e = write_ready(b->pg, b->mem, b->rules.workspace_id, b->bundles,
                        &b->ready_changed);
    if (e == ERR_OK)
        e = write_rollups(b->pg, b->mem, &b->rules, b->bundles);
    if (e == ERR_OK)
        e = write_erasures(b);
    if (e == ERR_OK && b->ready_changed)
        e = write_pulse(b->pg, b->mem, b->rules.workspace_id, "ready");
    if (e == ERR_OK)
        e = pg_pipe_send(b->pg, &STMT_COMMIT, NULL);
    return e;
}

/* An error that the server did not send is libpq's own, for want of memory:
   whatever became of that result, the server went on to COMMIT. */
enum err batch_write(struct batch *b)
{
    enum err e = pg_pipe_begin(b->pg);

    if (e == ERR_OK)
        e = send_all(b);
    if (e == ERR_OK)
        e = pg_pipe_sync(b->pg);
    if (e != ERR_OK)
        return e == ERR_AGAIN ? ERR_UNKNOWN_OUTCOME : e;
    e = pg_pipe_end(b->pg);
    return e == ERR_AGAIN && !*pg_sqlstate(b->pg) ? ERR_UNKNOWN_OUTCOME : e;
}
