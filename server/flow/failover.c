#include "flow/failover.h"

#include "flow/record.h"

void render_spooled(struct work *w)
{
    char id[UUID_TEXT_BYTES];

    w->status = 202;
    w->etag = NULL;
    w->idem_replayed = false;
    buf_clear(&w->reply);
    (void)buf_printf(&w->reply,
                     "{\"receipt_id\":\"%s\",\"status\":\"spooled\"}",
                     uuid_format(&w->receipt.receipt_id, id));
}

bool err_may_pass(enum err e)
{
    switch (e) {
    case ERR_DATABASE:
    case ERR_BUSY:
    case ERR_DEADLINE:
    case ERR_DRAINING:
    case ERR_AGAIN:
    case ERR_UNKNOWN_OUTCOME:
    case ERR_NO_MEMORY:
        return true;
    default:
        return false;
    }
}

/* On the spool's thread. */
static void spooled(void *ctx, enum err e, void *result)
{
    struct work *w = ctx;

    (void)result;
    w->err = e;
    w->spooled = e == ERR_OK;
    if (w->spooled)
        render_spooled(w);
    w->done(w);
}

static enum err spool_work(struct spool *sp, struct work *w)
{
    AUTO(buf_release) struct buf rec = BUF_INIT;
    enum err e;

    rec.max = SIZE_MAX / 2; /* the body was held to its limit already */
    e = record_encode(w, &rec);
    return e == ERR_OK
               ? spool_append(sp, rec.ptr, rec.len, (struct done){spooled, w})
               : e;
}

/* On the writer's thread: the work is ours again. */
static void came_back(struct work *w)
{
    enum err e;

    w->done = w->arrive;
    if (err_may_pass(w->err)) {
        e = spool_work(w->spool, w);
        if (e == ERR_OK)
            return;
        w->err = e;
    }
    w->done(w);
}

enum err failover_submit(struct writer *writer, struct spool *sp,
                         struct work *w)
{
    enum err e;

    if (!sp || !w->may_spool)
        return writer_submit(writer, w);
    w->spool = sp;
    w->arrive = w->done;
    w->done = came_back;
    e = writer_submit(writer, w);
    if (e == ERR_OK)
        return ERR_OK;
    w->done = w->arrive;
    return err_may_pass(e) ? spool_work(sp, w) : e;
}
