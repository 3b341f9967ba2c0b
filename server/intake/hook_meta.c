/* Meta Lead Ads: Facebook, Instagram and Threads placements.  The event names
 * ids only; decode_meta.c reads what is fetched with them. */
#include "base/str.h"
#include "intake/hook_json.h"
#include "intake/hook_sign.h"

#define CHALLENGE_MAX 40

/* Anything but digits would reflect what a stranger wrote. */
static bool is_challenge(const char *s)
{
    size_t n = s ? strlen(s) : 0;

    return n && n <= CHALLENGE_MAX && strspn(s, "0123456789") == n;
}

/* @return NULL when it is Meta's, for this source */
static const char *hello_fault(const struct hook_request *rq)
{
    if (!str_eq(rq->arg(rq->ctx, "hub.mode"), "subscribe"))
        return "hub.mode is not subscribe";
    if (!hook_secret_fits(rq, "verify_token",
                          rq->arg(rq->ctx, "hub.verify_token")))
        return "hub.verify_token is not the source's verify_token";
    if (!is_challenge(rq->arg(rq->ctx, "hub.challenge")))
        return "hub.challenge is not a number";
    return NULL;
}

static void hello(const struct hook_request *rq, struct hook_answer *out)
{
    const char *why = hello_fault(rq);

    if (!rq->is_get)
        return;
    if (why)
        *out = (struct hook_answer){
            .status = 403, .err = ERR_FORBIDDEN, .why = why};
    else
        *out = (struct hook_answer){
            200, "text/plain", rq->arg(rq->ctx, "hub.challenge"), ERR_OK, NULL};
}

static enum err check(const struct hook_request *rq)
{
    struct hook_piece body = hook_body_piece(rq);
    const char *given =
        hook_after(rq->header(rq->ctx, "X-Hub-Signature-256"), "sha256=");

    return hook_hmac_fits(rq, &body, 1, HOOK_HEX, given, NULL)
               ? ERR_OK
               : ERR_BAD_SIGNATURE;
}

/* The dashboard's Test button: ids of fours, and nothing to read. */
static bool is_sample(const char *leadgen_id)
{
    return strspn(leadgen_id, "4") == strlen(leadgen_id);
}

static enum err read_change(struct hook_reader *r, const json_t *entry,
                            const json_t *change)
{
    const json_t *value = json_object_get(change, "value");
    const char *id = hook_text(value, "leadgen_id", r->mem);
    struct hook_item *item;
    enum err e;

    if (hook_passes(r, json_object_get(change, "field"), "leadgen") || !id)
        return ERR_OK;
    if (is_sample(id)) {
        r->passed_over++;
        return ERR_OK;
    }
    e = hook_add(r, HOOK_FETCH, &item);
    if (e != ERR_OK)
        return e;
    item->external_id = id;
    item->page_id = hook_text(value, "page_id", r->mem);
    if (!item->page_id)
        item->page_id = hook_text(entry, "id", r->mem);
    item->form_id = hook_text(value, "form_id", r->mem);
    return ERR_OK;
}

static enum err read_entry(struct hook_reader *r, const json_t *entry)
{
    const json_t *changes = json_object_get(entry, "changes");
    enum err e = ERR_OK;

    if (!changes) /* of Messenger */
        r->passed_over += json_is_array(json_object_get(entry, "messaging"));
    for (size_t k = 0; e == ERR_OK && k < json_array_size(changes); k++) {
        size_t seen = hook_seen(r);

        e = read_change(r, entry, json_array_get(changes, k));
        r->unread |= hook_seen(r) == seen;
    }
    return e;
}

static enum err read(struct hook_reader *r)
{
    AUTO(json_cleanup) json_t *j = NULL;
    enum err e = hook_json_object(r->rq->body, r->rq->body_bytes, r->errs, &j);

    return e == ERR_OK ? hook_each(r, json_object_get(j, "entry"), read_entry)
                       : e;
}

const struct hook hook_meta = {
    .kind = "meta",
    .fetch = "meta",
    .made = {"secret", "verify_token"},
    .hello = hello,
    .check = check,
    .read = read,
};
