/* Standard Webhooks 1.0: any v1 signature under any active secret is enough;
 * other versions are passed over. */
#include "base/crypto.h"
#include "base/str.h"
#include "intake/hook_plain.h"
#include "intake/hook_sign.h"

#define SIGNATURE_MAX 4096

/* The key is the decoded bytes: "whsec_" and base64. */
static const void *decoded_key(const char *secret, size_t *out_n,
                               struct arena *mem)
{
    const char *text = hook_after(secret, "whsec_");
    uint8_t *key;

    text = text ? text : secret;
    key = arena_alloc(mem, strlen(text) + 1);
    return base64_decode(text, key, out_n) ? key : NULL;
}

static bool any_fits(const struct hook_request *rq, const char *list,
                     const struct hook_piece *pieces, size_t n_pieces)
{
    if (!list || strlen(list) > SIGNATURE_MAX)
        return false;
    while (*list) {
        size_t n = strcspn(list, " ");
        const char *one = arena_strndup(rq->mem, list, n);

        if (hook_hmac_fits(rq, pieces, n_pieces, HOOK_BASE64,
                           hook_after(one, "v1,"), decoded_key))
            return true;
        list += n + (list[n] == ' ');
    }
    return false;
}

enum err hook_standard_check(const struct hook_request *rq)
{
    const char *id = rq->header(rq->ctx, "webhook-id");
    const char *time = rq->header(rq->ctx, "webhook-timestamp");
    struct hook_piece pieces[] = {hook_text_piece(id ? id : ""),
                                  hook_text_piece("."),
                                  hook_text_piece(time ? time : ""),
                                  hook_text_piece("."), hook_body_piece(rq)};

    /* a dot in the id would let the pieces be cut elsewhere */
    return id && *id && !strchr(id, '.') && hook_fresh(rq, time, 1000) &&
                   any_fits(rq, rq->header(rq->ctx, "webhook-signature"),
                            pieces, ARRAY_LEN(pieces))
               ? ERR_OK
               : ERR_BAD_SIGNATURE;
}

static enum err read(struct hook_reader *r)
{
    AUTO(json_cleanup) json_t *j = NULL;
    enum err e = hook_json_object(r->rq->body, r->rq->body_bytes, r->errs, &j);
    const char *id = r->rq->header(r->rq->ctx, "webhook-id");
    const json_t *data = json_object_get(j, "data");
    struct hook_lead l;

    if (e != ERR_OK || !json_is_object(data))
        return e;
    hook_lead_begin(&l, r, j);
    l.external_id = id ? id : hook_text(data, "id", r->mem);
    hook_plain_answers(&l, data);
    (void)hook_time(json_object_get(j, "timestamp"), &l.at_ms);
    return hook_lead_end(&l, HOOK_LEAD);
}

const struct hook hook_standard = {
    .kind = "standard-webhooks",
    .made = {"secret"},
    .kept = {"webhook-id"},
    .check = hook_standard_check,
    .read = read,
};
