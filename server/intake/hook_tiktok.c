/* TikTok lead subscriptions: whole leads, up to a thousand in a request. */
#include "base/buf.h"
#include "base/str.h"
#include "base/text.h"
#include "intake/hook_lead.h"
#include "intake/hook_sign.h"

static void escape_unit(struct buf *out, uint32_t unit)
{
    (void)buf_printf(out, "\\u%04x", (unsigned)unit);
}

/* Every character above U+007F as UTF-16 units in lower-case hex. */
static bool escaped(const char *s, size_t n, struct buf *out)
{
    for (size_t i = 0, len; i < n; i += len) {
        uint32_t cp;

        len = utf8_len(s + i, n - i);
        if (!len)
            return false;
        cp = utf8_decode(s + i, len);
        if (cp < 0x80)
            (void)buf_putc(out, s[i]);
        else if (cp < 0x10000)
            escape_unit(out, cp);
        else {
            escape_unit(out, 0xd800 + ((cp - 0x10000) >> 10));
            escape_unit(out, 0xdc00 + ((cp - 0x10000) & 0x3ff));
        }
    }
    return !out->failed;
}

/* Signed is the text with escapes; whether it also comes so, is not said. */
static enum err check(const struct hook_request *rq)
{
    AUTO(buf_release) struct buf text = BUF_INIT;
    struct hook_piece body = hook_body_piece(rq);
    const char *given = rq->header(rq->ctx, "X-Open-Signature");

    if (!given)
        return ERR_BAD_SIGNATURE;
    if (hook_hmac_fits(rq, &body, 1, HOOK_HEX, given, NULL))
        return ERR_OK;
    if (text_is_ascii(body.p, body.n) || !escaped(body.p, body.n, &text))
        return ERR_BAD_SIGNATURE;
    body = (struct hook_piece){text.ptr, text.len};
    return hook_hmac_fits(rq, &body, 1, HOOK_HEX, given, NULL)
               ? ERR_OK
               : ERR_BAD_SIGNATURE;
}

/* A name, or the id where there is none. */
static const char *named(const json_t *entry, const char *name, const char *id,
                         struct arena *mem)
{
    const char *text = hook_text(entry, name, mem);

    return text ? text : hook_text(entry, id, mem);
}

/* The mock lead of a form comes like any other; only its name tells. */
static bool is_mock(const struct draft *d)
{
    return d->contact.name && (str_eq_nocase(d->contact.name, "Jane Doe") ||
                               str_eq_nocase(d->contact.name, "John Doe"));
}

static enum err read_entry(struct hook_reader *r, const json_t *entry)
{
    const json_t *changes = json_object_get(entry, "changes");
    struct hook_lead l;
    enum err e;

    hook_lead_begin(&l, r, entry);
    l.external_id = hook_text(entry, "id", r->mem);
    if (!l.external_id && !json_array_size(changes))
        return ERR_OK;
    for (size_t i = 0; i < json_array_size(changes); i++) {
        const json_t *c = json_array_get(changes, i);

        hook_lead_json(&l, json_string_value(json_object_get(c, "field")),
                       json_object_get(c, "value"));
    }
    (void)hook_time(json_object_get(entry, "create_time"), &l.at_ms);
    l.touch.medium = hook_text(entry, "lead_source", r->mem);
    l.touch.campaign = named(entry, "campaign_name", "campaign_id", r->mem);
    l.touch.term = named(entry, "adgroup_name", "adgroup_id", r->mem);
    l.touch.content = named(entry, "ad_name", "ad_id", r->mem);
    e = hook_lead_end(&l, HOOK_LEAD);
    if (e == ERR_OK)
        r->items[r->n - 1].draft.test = is_mock(&r->items[r->n - 1].draft);
    return e;
}

/* 1 is a lead, and so may be what does not say what it is. */
static bool is_lead(const json_t *j, struct arena *mem)
{
    const char *object = hook_text(j, "object", mem);

    return !object || str_eq(object, "1");
}

static enum err read(struct hook_reader *r)
{
    AUTO(json_cleanup) json_t *j = NULL;
    enum err e = hook_json_object(r->rq->body, r->rq->body_bytes, r->errs, &j);

    if (e != ERR_OK)
        return e;
    r->passed_over += !is_lead(j, r->mem);
    return r->passed_over
               ? ERR_OK
               : hook_each(r, json_object_get(j, "entry"), read_entry);
}

const struct hook hook_tiktok = {
    .kind = "tiktok",
    .made = {"secret"},
    .check = check,
    .read = read,
};
