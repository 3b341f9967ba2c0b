/* Snapchat lead forms: one flat object. */
#include "base/str.h"
#include "intake/form_target.h"
#include "intake/hook_lead.h"
#include "intake/hook_sign.h"

static enum err check(const struct hook_request *rq)
{
    const char *t = rq->header(rq->ctx, "t");
    struct hook_piece pieces[] = {hook_text_piece(t ? t : ""),
                                  hook_text_piece("."), hook_body_piece(rq)};

    /* retries may be old: the lead's id tells repeats, not the time */
    return t && *t && strspn(t, "0123456789") == strlen(t) &&
                   hook_hmac_fits(rq, pieces, ARRAY_LEN(pieces), HOOK_HEX,
                                  rq->header(rq->ctx, "Signature"), NULL)
               ? ERR_OK
               : ERR_BAD_SIGNATURE;
}

static bool is_own(const char *name)
{
    static const char *const NAMES[] = {
        "form_id",       "form_name", "ad_account_id", "campaign_id",
        "campaign_name", "ad_id",     "ad_name",       "ad_squad_id",
        "ad_squad_name", "lead_id",   "create_time",   "lead_preferred_status"};

    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
        if (str_eq(NAMES[i], name))
            return true;
    return false;
}

/* A box that is not ticked says nothing: it takes back no yes of before. */
static void read_answers(struct hook_lead *l, const json_t *j)
{
    json_t *all = (json_t *)(uintptr_t)j; /* iterators want it writable */
    const char *name, *value;
    json_t *v;

    json_object_foreach (all, name, v) {
        value = hook_scalar(v, l->r->mem);
        if (is_own(name))
            continue;
        if (!str_starts(name, "consent_") || !value)
            hook_lead_json(l, name, v);
        else if (form_says_yes(value))
            hook_lead_consent(l, name, true);
    }
}

/* What the integration's test call sends; it bears no mark. */
static bool is_test(const json_t *j)
{
    return str_eq(json_string_value(json_object_get(j, "email")),
                  "johndoe@snapchat.com");
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
    read_answers(&l, j);
    (void)hook_time(json_object_get(j, "create_time"), &l.at_ms);
    l.test = is_test(j);
    l.touch.campaign = hook_text(j, "campaign_name", r->mem);
    l.touch.term = hook_text(j, "ad_squad_name", r->mem);
    l.touch.content = hook_text(j, "ad_name", r->mem);
    l.touch.medium = "lead_form";
    return hook_lead_end(&l, HOOK_LEAD);
}

const struct hook hook_snapchat = {
    .kind = "snapchat",
    .made = {"secret"},
    .check = check,
    .read = read,
};
