/* Tally: choices come as option ids, resolved through the options beside
 * them; a checkbox question comes once more per option, as a boolean. */
#include "base/str.h"
#include "intake/hook_lead.h"
#include "intake/hook_sign.h"

static enum err check(const struct hook_request *rq)
{
    struct hook_piece body = hook_body_piece(rq);

    return hook_hmac_fits(rq, &body, 1, HOOK_BASE64,
                          rq->header(rq->ctx, "Tally-Signature"), NULL)
               ? ERR_OK
               : ERR_BAD_SIGNATURE;
}

static const json_t *option_text(const json_t *options, const json_t *id)
{
    for (size_t i = 0; i < json_array_size(options); i++) {
        const json_t *o = json_array_get(options, i);

        if (json_is_string(id) && json_equal(json_object_get(o, "id"), id))
            return json_object_get(o, "text");
    }
    return id;
}

static const char *name_of(const struct hook_lead *l, const json_t *field)
{
    const char *type = json_string_value(json_object_get(field, "type"));
    const char *label = json_string_value(json_object_get(field, "label"));
    const char *key = json_string_value(json_object_get(field, "key"));
    const char *const names[] = {key, label};
    const char *named = hook_lead_named(l, names, ARRAY_LEN(names));

    if (named)
        return named;
    if (str_eq(type, "INPUT_EMAIL"))
        return "email";
    if (str_eq(type, "INPUT_PHONE_NUMBER"))
        return "phone";
    return label ? label : key;
}

static void read_field(struct hook_lead *l, const json_t *field)
{
    const json_t *value = json_object_get(field, "value");
    const json_t *options = json_object_get(field, "options");
    const char *name = name_of(l, field);

    for (size_t i = 0; json_is_array(value) && i < json_array_size(value); i++)
        hook_lead_json(l, name, option_text(options, json_array_get(value, i)));
    if (!json_is_array(value))
        hook_lead_json(l, name, option_text(options, value));
}

static enum err read(struct hook_reader *r)
{
    AUTO(json_cleanup) json_t *j = NULL;
    enum err e = hook_json_object(r->rq->body, r->rq->body_bytes, r->errs, &j);
    const json_t *data = json_object_get(j, "data");
    const json_t *fields = json_object_get(data, "fields");
    struct hook_lead l;

    if (e != ERR_OK ||
        hook_passes(r, json_object_get(j, "eventType"), "FORM_RESPONSE") ||
        !json_is_array(fields))
        return e;
    hook_lead_begin(&l, r, j);
    l.external_id = hook_text(data, "responseId", r->mem);
    for (size_t i = 0; i < json_array_size(fields); i++)
        read_field(&l, json_array_get(fields, i));
    (void)hook_time(json_object_get(data, "createdAt"), &l.at_ms);
    l.touch.medium = "form";
    return hook_lead_end(&l, HOOK_LEAD);
}

const struct hook hook_tally = {
    .kind = "tally",
    .made = {"secret"},
    .check = check,
    .read = read,
};
