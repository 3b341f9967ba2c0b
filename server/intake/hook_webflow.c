/* Webflow form submissions; the names are the labels of the form.  Webhooks
 * made in the dashboard of older sites are not signed and have a shape of
 * their own: a source for them is made with "secret": null, and with a "key"
 * where the address alone is not enough. */
#include "base/str.h"
#include "intake/hook_plain.h"
#include "intake/hook_sign.h"

static bool is_signed(const struct hook_request *rq)
{
    const char *t = rq->header(rq->ctx, "x-webflow-timestamp");
    struct hook_piece pieces[] = {hook_text_piece(t ? t : ""),
                                  hook_text_piece(":"), hook_body_piece(rq)};

    return hook_fresh(rq, t, 1) &&
           hook_hmac_fits(rq, pieces, ARRAY_LEN(pieces), HOOK_HEX,
                          rq->header(rq->ctx, "x-webflow-signature"), NULL);
}

/* Who may post unsigned can still be asked for a key, in the address. */
static bool may_be_unsigned(const struct hook_request *rq)
{
    return rq->secrets->open &&
           (!hook_secret(rq->secrets, "key", 0) || hook_key_fits(rq, "key"));
}

static enum err check(const struct hook_request *rq)
{
    return may_be_unsigned(rq) || is_signed(rq) ? ERR_OK : ERR_BAD_SIGNATURE;
}

/* The label, or the id of its element where the mapping names that. */
static const char *name_of(const struct hook_lead *l, const json_t *schema,
                           const char *label)
{
    for (size_t i = 0; i < json_array_size(schema); i++) {
        const json_t *f = json_array_get(schema, i);
        const char *const names[] = {
            label, json_string_value(json_object_get(f, "fieldElementId"))};
        const char *named;

        if (!str_eq(json_string_value(json_object_get(f, "fieldName")), label))
            continue;
        named = hook_lead_named(l, names, ARRAY_LEN(names));
        return named ? named : label;
    }
    return label;
}

/* @param j the whole body; @param at, id names of those members of @a one */
static enum err read_one(struct hook_reader *r, const json_t *j,
                         const json_t *one, const char *id, const char *at)
{
    json_t *data = json_object_get(one, "data");
    struct hook_lead l;
    const char *name;
    json_t *v;

    if (!json_is_object(data))
        return ERR_OK;
    hook_lead_begin(&l, r, j);
    l.external_id = hook_text(one, id, r->mem);
    json_object_foreach (data, name, v)
        hook_lead_json(&l, name_of(&l, json_object_get(one, "schema"), name),
                       v);
    (void)hook_time(json_object_get(one, at), &l.at_ms);
    l.touch.medium = "form";
    l.touch.page_url = hook_text(one, "pageUrl", r->mem);
    return hook_lead_end(&l, HOOK_LEAD);
}

static enum err read(struct hook_reader *r)
{
    AUTO(json_cleanup) json_t *j = NULL;
    enum err e = hook_json_object(r->rq->body, r->rq->body_bytes, r->errs, &j);
    const json_t *payload = json_object_get(j, "payload");

    if (e != ERR_OK ||
        hook_passes(r, json_object_get(j, "triggerType"), "form_submission"))
        return e;
    return payload ? read_one(r, j, payload, "id", "submittedAt")
                   : read_one(r, j, j, "_id", "d");
}

const struct hook hook_webflow = {
    .kind = "webflow",
    .made = {"secret"},
    .may_be_open = true,
    .check = check,
    .read = read,
};
