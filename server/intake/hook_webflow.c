/* Webflow form submissions; the names are the labels of the form. */
#include "base/str.h"
#include "intake/hook_lead.h"
#include "intake/hook_sign.h"

static enum err check(const struct hook_request *rq)
{
    const char *t = rq->header(rq->ctx, "x-webflow-timestamp");
    struct hook_piece pieces[] = {hook_text_piece(t ? t : ""),
                                  hook_text_piece(":"), hook_body_piece(rq)};

    return hook_fresh(rq, t, 1) &&
                   hook_hmac_fits(rq, pieces, ARRAY_LEN(pieces), HOOK_HEX,
                                  rq->header(rq->ctx, "x-webflow-signature"),
                                  NULL)
               ? ERR_OK
               : ERR_BAD_SIGNATURE;
}

static enum err read(struct hook_reader *r)
{
    AUTO(json_cleanup) json_t *j = NULL;
    enum err e = hook_json_object(r->rq->body, r->rq->body_bytes, r->errs, &j);
    const json_t *payload = json_object_get(j, "payload");
    json_t *data = json_object_get(payload, "data");
    struct hook_lead l;
    const char *name;
    json_t *v;

    if (e != ERR_OK ||
        !str_eq(json_string_value(json_object_get(j, "triggerType")),
                "form_submission"))
        return e;
    hook_lead_begin(&l, r, j);
    l.external_id = hook_text(payload, "id", r->mem);
    json_object_foreach (data, name, v)
        hook_lead_json(&l, name, v);
    (void)hook_time(json_object_get(payload, "submittedAt"), &l.at_ms);
    l.touch.medium = "form";
    l.touch.page_url = hook_text(payload, "pageUrl", r->mem);
    return hook_lead_end(&l, HOOK_LEAD);
}

const struct hook hook_webflow = {
    .kind = "webflow",
    .made = {"secret"},
    .check = check,
    .read = read,
};
