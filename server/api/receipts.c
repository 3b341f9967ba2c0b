#include "api/receipts.h"

#include "api/app.h"
#include "api/replay_post.h"
#include "base/clock.h"
#include "base/str.h"
#include "flow/replay.h"

static void put_text(struct buf *out, const char *name, const char *value)
{
    (void)buf_printf(out, ",\"%s\":", name);
    if (value)
        (void)buf_json_str(out, value, strlen(value));
    else
        (void)buf_puts(out, "null");
}

static void put_id(struct buf *out, const char *name, const struct uuid *id)
{
    char t[UUID_TEXT_BYTES];

    put_text(out, name, uuid_is_nil(id) ? NULL : uuid_format(id, t));
}

/* Bytes that are no text are not shown, only counted. */
static void put_body(struct buf *out, const struct receipt *rc)
{
    (void)buf_printf(out, ",\"body_bytes\":%zu,\"body\":", rc->body_bytes);
    if (rc->body_bytes && utf8_valid(rc->body, rc->body_bytes) &&
        !memchr(rc->body, '\0', rc->body_bytes))
        (void)buf_json_str(out, rc->body, rc->body_bytes);
    else
        (void)buf_puts(out, "null");
}

/* Not what others of the same delivery became leads by. */
static bool is_purged(const struct stored_receipt *s)
{
    return str_eq(s->state, "purged") && !str_eq(s->status, "accepted");
}

void put_receipt(struct buf *out, const struct stored_receipt *s)
{
    const struct receipt *rc = &s->receipt;
    char t[TIME_TEXT_BYTES];

    (void)buf_printf(out, "\"received_at\":\"%s\"",
                     time_format(rc->received_ms, t));
    put_id(out, "receipt_id", &rc->receipt_id);
    put_text(out, "door", rc->door);
    put_text(out, "source", rc->source);
    put_id(out, "source_id", &rc->source_id);
    put_id(out, "key_id", &rc->key_id);
    put_id(out, "lead_id", &rc->lead_id);
    put_text(out, "content_type", rc->content_type);
    (void)buf_printf(out, ",\"headers\":%s",
                     rc->headers_json ? rc->headers_json : "null");
    put_text(out, "status", is_purged(s) ? s->state : s->status);
    put_text(out, "reason", s->reason);
    put_body(out, rc);
}

static enum err run_get(struct pg *pg, struct read *r)
{
    struct stored_receipt s;
    enum err e = read_receipt(pg, r->mem, r->ws->workspace_id, r->args, &s);

    if (e != ERR_OK)
        return e;
    (void)buf_putc(&r->out, '{');
    put_receipt(&r->out, &s);
    return buf_putc(&r->out, '}');
}

enum http_next receipt_get(struct http_req *rq)
{
    struct uuid id;
    struct read *r;

    if (rq->woken)
        return api_read_reply(rq);
    if (!api_param_id(rq, 0, &id))
        return reply_problem(rq, ERR_NOT_FOUND, NULL);
    r = api_read_new(rq);
    if (!r)
        return reply_problem(rq, ERR_NO_MEMORY, NULL);
    r->args = arena_memdup(r->mem, &id, sizeof(id));
    return api_read_start(rq, r, run_get);
}

/* ---- POST /v1/receipts/{id}/replay ---- */

static enum err render_replay(const struct replay_result *result,
                              struct buf *out)
{
    const struct replayed *item = &result->items[0];

    if (item->err != ERR_OK)
        return item->err;
    (void)buf_puts(out, "{\"status\":\"replayed\"");
    put_id(out, "receipt_id", &item->receipt_id);
    put_id(out, "lead_id", &item->lead_id);
    return buf_printf(out, ",\"created\":%s}",
                      item->created ? "true" : "false");
}

static bool read_replay(struct http_req *rq, struct arena *mem,
                        struct replay_order *out, enum http_next *refused)
{
    (void)mem;
    out->kind = REPLAY_AGAIN;
    if (api_param_id(rq, 0, &out->receipt_id))
        return true;
    *refused = reply_problem(rq, ERR_NOT_FOUND, NULL);
    return false;
}

enum http_next receipt_replay_post(struct http_req *rq)
{
    static const struct replay_post POST = {read_replay, render_replay};

    return replay_post_visit(rq, &POST);
}
