/*
 * A body made while it is sent.  libmicrohttpd asks for bytes on the loop
 * thread whenever the socket takes some; when the present piece is used up
 * the handler is asked for the next one, and may park for it like for any
 * answer.  At most one piece is in memory.
 */
#include "http/stream.h"

#include <string.h>

#include "base/reserve.h"
#include "http/loop.h"
#include "http/reply.h"
#include "metrics/metrics.h"

#define BLOCK_BYTES ((size_t)16 << 10)

struct stream {
    struct http_req *rq;
    enum http_next (*more)(struct http_req *rq, struct buf *piece);
    struct buf piece;
    size_t sent; /* of the piece */
    bool last;   /* there is none behind it */
};

static void stream_free(void *ctx)
{
    struct stream *s = ctx;

    buf_release(&s->piece);
    reserve_free(s);
}

/* What was begun as a good answer must not look like a whole one. */
static ssize_t break_off(struct conn *c)
{
    metric_add_at(METRIC_HTTP_CUT, metric_slot(METRIC_HTTP_CUT, "stream"), 1);
    c->cut = true;
    return MHD_CONTENT_READER_END_WITH_ERROR;
}

/* @return false: broken, or out of memory, or the server ends */
static bool next_piece(struct stream *s)
{
    struct http_req *rq = s->rq;
    struct conn *c = rq->priv->conn;
    enum http_next next;

    if (rq->err != ERR_OK || c->loop->drain == DRAIN_FINAL)
        return false;
    s->sent = 0;
    buf_clear(&s->piece);
    conn_phase(c, PHASE_WORK, INT64_MAX);
    next = s->more(rq, &s->piece);
    if (next == HTTP_PARKED)
        return true;
    s->last = next == HTTP_DONE;
    conn_phase(c, PHASE_WRITE, c->loop->now_ms + c->loop->http->opts.write_ms);
    return !s->piece.failed;
}

static ssize_t read_stream(void *cls, uint64_t pos, char *out, size_t max)
{
    struct stream *s = cls;
    size_t n;

    (void)pos;
    while (s->sent == s->piece.len) {
        if (s->last)
            return MHD_CONTENT_READER_END_OF_STREAM;
        if (s->rq->priv->park)
            return 0;
        if (!next_piece(s))
            return break_off(s->rq->priv->conn);
    }
    n = MIN(max, s->piece.len - s->sent);
    memcpy(out, s->piece.ptr + s->sent, n);
    s->sent += n;
    s->rq->reply_bytes += n;
    return (ssize_t)n;
}

enum http_next reply_stream(struct http_req *rq, const char *type,
                            enum http_next (*more)(struct http_req *rq,
                                                   struct buf *piece))
{
    struct MHD_Response *r;
    struct stream *s;

    if (rq->priv->head) /* MHD 0.9.75 would send the last chunk to it */
        return reply_static(rq, 200, type, "");
    s = reserve_must(sizeof(*s));
    s->rq = rq;
    s->more = more;
    r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES,
                                          read_stream, s, stream_free);
    if (!r)
        stream_free(s);
    return reply_send(rq, 200, type, r);
}
