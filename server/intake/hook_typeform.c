/* Typeform: one response; each answer names its type and has a member of that
 * name. */
#include "base/str.h"
#include "intake/hook_lead.h"
#include "intake/hook_sign.h"

static enum err check(const struct hook_request *rq)
{
    struct hook_piece body = hook_body_piece(rq);
    const char *given =
        hook_after(rq->header(rq->ctx, "Typeform-Signature"), "sha256=");

    return hook_hmac_fits(rq, &body, 1, HOOK_BASE64, given, NULL)
               ? ERR_OK
               : ERR_BAD_SIGNATURE;
}

/* The question's title, by its id. */
static const char *title_of(const json_t *response, const char *id)
{
    const json_t *fields = hook_inside(response, "definition", "fields");

    for (size_t i = 0; id && i < json_array_size(fields); i++) {
        const json_t *f = json_array_get(fields, i);

        if (str_eq(json_string_value(json_object_get(f, "id")), id))
            return json_string_value(json_object_get(f, "title"));
    }
    return NULL;
}

static bool is_known(const char *name)
{
    struct form_target t;
    char key[FORM_KEY_BYTES];

    form_key(name, key);
    return form_target_known(key, &t);
}

/* As the mapping calls it.  Else a contact detail goes by its type, whatever
 * the question is called; the rest by the stable ref, unless only the title
 * says what it is. */
static const char *name_of(const struct hook_lead *l, const json_t *response,
                           const json_t *field, const char *type)
{
    const char *ref = json_string_value(json_object_get(field, "ref"));
    const char *id = json_string_value(json_object_get(field, "id"));
    const char *title = title_of(response, id);
    const char *const names[] = {ref, id, title};
    const char *named = hook_lead_named(l, names, ARRAY_LEN(names));

    if (named)
        return named;
    if (ref && is_known(ref))
        return ref;
    if (str_eq(type, "email") || str_eq(type, "phone_number"))
        return type;
    if (title && is_known(title))
        return title;
    return ref ? ref : title;
}

static void read_value(struct hook_lead *l, const char *name, const char *type,
                       const json_t *v)
{
    if (!json_is_object(v)) {
        hook_lead_json(l, name, v);
        return;
    }
    hook_lead_json(l, name, json_object_get(v, "label"));
    hook_lead_json(l, name, json_object_get(v, "labels"));
    hook_lead_json(l, name, json_object_get(v, "other"));
    if (str_eq(type, "payment"))
        hook_lead_json(l, name, json_object_get(v, "amount"));
}

static void read_answers(struct hook_lead *l, const json_t *response)
{
    const json_t *answers = json_object_get(response, "answers");

    for (size_t i = 0; i < json_array_size(answers); i++) {
        const json_t *a = json_array_get(answers, i);
        const char *type = json_string_value(json_object_get(a, "type"));

        if (type)
            read_value(l,
                       name_of(l, response, json_object_get(a, "field"), type),
                       type, json_object_get(a, type));
    }
}

static void read_hidden(struct hook_lead *l, const json_t *hidden)
{
    json_t *all = (json_t *)(uintptr_t)hidden; /* iterators want it writable */
    const char *name;
    json_t *v;

    json_object_foreach (all, name, v)
        hook_lead_json(l, name, v);
}

static enum err read(struct hook_reader *r)
{
    AUTO(json_cleanup) json_t *j = NULL;
    enum err e = hook_json_object(r->rq->body, r->rq->body_bytes, r->errs, &j);
    const json_t *response = json_object_get(j, "form_response");
    struct hook_lead l;

    if (e != ERR_OK ||
        hook_passes(r, json_object_get(j, "event_type"), "form_response") ||
        !json_is_object(response))
        return e;
    hook_lead_begin(&l, r, j);
    l.external_id = hook_text(response, "token", r->mem);
    read_answers(&l, response);
    read_hidden(&l, json_object_get(response, "hidden"));
    (void)hook_time(json_object_get(response, "submitted_at"), &l.at_ms);
    l.touch.medium = "form";
    return hook_lead_end(&l, HOOK_LEAD);
}

const struct hook hook_typeform = {
    .kind = "typeform",
    .made = {"secret"},
    .check = check,
    .read = read,
};
