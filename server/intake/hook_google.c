/* Google Ads lead forms.  The key that proves where a lead comes from stands
 * in the body, so it is blotted out before the body is kept. */
#include "base/str.h"
#include "intake/hook_lead.h"
#include "intake/hook_sign.h"
#include "intake/json_blot.h"

#define KEY_MEMBER "google_key"

static enum err check(const struct hook_request *rq)
{
    AUTO(json_cleanup) json_t *j = NULL;
    struct field_errs errs = {.mem = rq->mem};
    enum err e = hook_json_object(rq->body, rq->body_bytes, &errs, &j);

    if (e != ERR_OK)
        return e;
    return hook_secret_fits(rq, "secret",
                            json_string_value(json_object_get(j, KEY_MEMBER)))
               ? ERR_OK
               : ERR_BAD_SIGNATURE;
}

/* What was not found by its name would be kept as it is. */
static enum err redact(char *body, size_t n, struct arena *mem)
{
    AUTO(json_cleanup) json_t *j = NULL;
    struct field_errs errs = {.mem = mem};
    const char *left;

    json_blot(body, n, KEY_MEMBER, NULL);
    if (hook_json(body, n, &errs, &j) != ERR_OK)
        return ERR_BAD_JSON;
    left = json_string_value(json_object_get(j, KEY_MEMBER));
    return left && strspn(left, "*") == strlen(left) ? ERR_OK : ERR_BAD_JSON;
}

static const char *column_name(const struct hook_lead *l, const json_t *column,
                               struct arena *mem)
{
    const char *const names[] = {hook_text(column, "column_id", mem),
                                 hook_text(column, "column_name", mem)};
    const char *named = hook_lead_named(l, names, ARRAY_LEN(names));

    if (named)
        return named;
    return names[0] ? names[0] : names[1];
}

static void read_columns(struct hook_lead *l, const json_t *columns)
{
    struct arena *mem = l->r->mem;

    for (size_t i = 0; i < json_array_size(columns); i++) {
        const json_t *c = json_array_get(columns, i);

        hook_lead_answer(l, column_name(l, c, mem),
                         hook_text(c, "string_value", mem));
    }
}

static enum err read(struct hook_reader *r)
{
    AUTO(json_cleanup) json_t *j = NULL;
    enum err e = hook_json_object(r->rq->body, r->rq->body_bytes, r->errs, &j);
    struct hook_lead l;

    if (e != ERR_OK)
        return e;
    hook_lead_begin(&l, r, j);
    l.external_id = hook_id(hook_text(j, "lead_id", r->mem), r->mem);
    if (!l.external_id)
        return ERR_BAD_REQUEST;
    read_columns(&l, json_object_get(j, "user_column_data"));
    (void)hook_time(json_object_get(j, "lead_submit_time"), &l.at_ms);
    l.test = hook_says_yes(j, "is_test", r->mem);
    l.touch.gclid = hook_text(j, "gcl_id", r->mem);
    l.touch.campaign = hook_text(j, "campaign_id", r->mem);
    l.touch.medium = "lead_form";
    l.touch.term = hook_text(j, "adgroup_id", r->mem);
    if (!l.touch.term)
        l.touch.term = hook_text(j, "asset_group_id", r->mem);
    l.touch.content = hook_text(j, "creative_id", r->mem);
    return hook_lead_end(&l, HOOK_LEAD);
}

const struct hook hook_google = {
    .kind = "google-ads",
    .made = {"secret"},
    .plain_errors = true,
    .check = check,
    .redact = redact,
    .read = read,
};
