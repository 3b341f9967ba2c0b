/*
 * What a record of the journal holds.  Numbers are little-endian.
 *
 *   offset  bytes
 *        0      1  version of this format, 1
 *        1      8  workspace_id
 *        9      8  received: milliseconds since 1970-01-01T00:00:00Z
 *       17     16  receipt_id
 *       33     16  source_id, zeros when there is none
 *       49     16  key_id, likewise
 *       65     16  lead_id, likewise
 *       81     32  fingerprint of the body, zeros without Idempotency-Key
 *      113         eight texts: door, source, role, content type, headers
 *                  (JSON), Idempotency-Key, its scope, body
 *
 * A text is its length in 4 bytes and its bytes; length 0xFFFFFFFF is none
 * at all.  The last one ends the record.
 */
#include "flow/record.h"

#include <string.h>

#include "base/arena.h"

#define VERSION 1
#define ABSENT  UINT32_MAX

static void put_i64(struct buf *out, int64_t v)
{
    uint8_t b[8];

    for (int i = 0; i < 8; i++)
        b[i] = (uint8_t)((uint64_t)v >> 8 * i);
    (void)buf_add(out, b, sizeof(b));
}

static void put_bytes(struct buf *out, const void *p, size_t n)
{
    uint32_t len = p ? (uint32_t)n : ABSENT;
    uint8_t b[4] = {(uint8_t)len, (uint8_t)(len >> 8), (uint8_t)(len >> 16),
                    (uint8_t)(len >> 24)};

    (void)buf_add(out, b, sizeof(b));
    if (p)
        (void)buf_add(out, p, n);
}

static void put_text(struct buf *out, const char *s)
{
    put_bytes(out, s, s ? strlen(s) : 0);
}

enum err record_encode(const struct work *w, struct buf *out)
{
    const struct receipt *r = &w->receipt;

    (void)buf_putc(out, VERSION);
    put_i64(out, w->workspace_id);
    put_i64(out, r->received_ms);
    (void)buf_add(out, r->receipt_id.b, sizeof(r->receipt_id.b));
    (void)buf_add(out, r->source_id.b, sizeof(r->source_id.b));
    (void)buf_add(out, r->key_id.b, sizeof(r->key_id.b));
    (void)buf_add(out, r->lead_id.b, sizeof(r->lead_id.b));
    (void)buf_add(out, w->idem.fingerprint, sizeof(w->idem.fingerprint));
    put_text(out, r->door);
    put_text(out, r->source);
    put_text(out, r->role);
    put_text(out, r->content_type);
    put_text(out, r->headers_json);
    put_text(out, w->idem.key);
    put_text(out, w->idem.scope);
    put_bytes(out, r->body ? r->body : "", r->body_bytes);
    return out->failed ? ERR_NO_MEMORY : ERR_OK;
}

/* ---- reading ---- */

struct cursor {
    const uint8_t *p;
    size_t left;
    bool bad;
};

static const uint8_t *take(struct cursor *c, size_t n)
{
    const uint8_t *p = c->p;

    if (c->bad || n > c->left) {
        c->bad = true;
        return NULL;
    }
    c->p += n;
    c->left -= n;
    return p;
}

static void take_into(struct cursor *c, void *out, size_t n)
{
    const uint8_t *p = take(c, n);

    if (p)
        memcpy(out, p, n);
}

static int64_t take_i64(struct cursor *c)
{
    uint8_t b[8] = {0};
    uint64_t v = 0;

    take_into(c, b, sizeof(b));
    for (int i = 0; i < 8; i++)
        v |= (uint64_t)b[i] << 8 * i;
    return (int64_t)v;
}

/* @return a NUL-terminated copy; NULL when absent or the record is bad */
static const char *take_text(struct cursor *c, struct arena *mem,
                             size_t *out_bytes)
{
    uint8_t b[4] = {0};
    const uint8_t *p;
    uint32_t n;

    take_into(c, b, sizeof(b));
    n = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
        (uint32_t)b[3] << 24;
    if (c->bad || n == ABSENT)
        return NULL;
    p = take(c, n);
    if (!p)
        return NULL;
    if (out_bytes)
        *out_bytes = n;
    else if (memchr(p, '\0', n))
        c->bad = true;
    return arena_strndup(mem, (const char *)p, n);
}

bool record_decode(const void *p, size_t n, struct work *w)
{
    struct cursor c = {p, n, false};
    struct receipt *r = &w->receipt;
    uint8_t version = 0;

    take_into(&c, &version, 1);
    if (version != VERSION)
        return false;
    w->workspace_id = take_i64(&c);
    r->received_ms = take_i64(&c);
    take_into(&c, r->receipt_id.b, sizeof(r->receipt_id.b));
    take_into(&c, r->source_id.b, sizeof(r->source_id.b));
    take_into(&c, r->key_id.b, sizeof(r->key_id.b));
    take_into(&c, r->lead_id.b, sizeof(r->lead_id.b));
    take_into(&c, w->idem.fingerprint, sizeof(w->idem.fingerprint));
    r->door = take_text(&c, w->mem, NULL);
    r->source = take_text(&c, w->mem, NULL);
    r->role = take_text(&c, w->mem, NULL);
    r->content_type = take_text(&c, w->mem, NULL);
    r->headers_json = take_text(&c, w->mem, NULL);
    w->idem.key = take_text(&c, w->mem, NULL);
    w->idem.scope = take_text(&c, w->mem, NULL);
    r->body = take_text(&c, w->mem, &r->body_bytes);
    w->has_receipt = true;
    return !c.bad && c.left == 0 && r->door && r->body &&
           (!w->idem.key || w->idem.scope);
}
