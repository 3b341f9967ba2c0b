#include "base/str.h"
#include "intake/decode_platform.h"
#include "intake/hook_lead.h"

/* The testing tool's texts; nothing else marks its leads. */
#define DUMMY "<test lead: dummy data"

static bool is_dummy(const json_t *values)
{
    for (size_t i = 0; i < json_array_size(values); i++) {
        const char *s = json_string_value(json_array_get(values, i));

        if (s && str_starts(s, DUMMY))
            return true;
    }
    return false;
}

static void read_fields(struct hook_lead *l, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *f = json_array_get(list, i);
        const json_t *values = json_object_get(f, "values");

        if (is_dummy(values))
            l->test = true;
        hook_lead_json(l, json_string_value(json_object_get(f, "name")),
                       values);
    }
}

/* is_checked is "1" or "", as text. */
static void read_consent(struct hook_lead *l, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *c = json_array_get(list, i);
        const char *ticked = hook_text(c, "is_checked", l->r->mem);

        hook_lead_consent(l,
                          json_string_value(json_object_get(c, "checkbox_key")),
                          ticked && form_says_yes(ticked));
    }
}

static const char *named(const json_t *j, const char *name, const char *id,
                         struct arena *mem)
{
    const char *text = hook_text(j, name, mem);

    return text ? text : hook_text(j, id, mem);
}

enum err meta_lead_read(struct hook_reader *r)
{
    AUTO(json_cleanup) json_t *j = NULL;
    enum err e = hook_json_object(r->rq->body, r->rq->body_bytes, r->errs, &j);
    struct hook_lead l;

    if (e != ERR_OK)
        return e;
    hook_lead_begin(&l, r, j);
    l.external_id = hook_text(j, "id", r->mem);
    if (!l.external_id)
        return ERR_BAD_REQUEST;
    read_fields(&l, json_object_get(j, "field_data"));
    read_consent(&l, json_object_get(j, "custom_disclaimer_responses"));
    (void)hook_time(json_object_get(j, "created_time"), &l.at_ms);
    l.touch.medium = hook_text(j, "platform", r->mem);
    l.touch.campaign = named(j, "campaign_name", "campaign_id", r->mem);
    l.touch.term = named(j, "adset_name", "adset_id", r->mem);
    l.touch.content = named(j, "ad_name", "ad_id", r->mem);
    return hook_lead_end(&l, HOOK_LEAD);
}
