#include "intake/decode_lead.h"

#include "base/str.h"
#include "intake/judged_json.h"
#include "intake/json_guard.h"
#include "intake/limits.h"
#include "intake/spec.h"

/* The body, its containers not yet opened. */
struct lead_body {
    const json_t *contact, *referrer, *facts, *events, *touch, *consent;
    const char *origin, *source, *external_id;
};

#define FIELD(kind, max, type, name)                                           \
    {                                                                          \
#name, kind, max, false, offsetof(struct type, name)                   \
    }

static const struct spec_field LEAD_FIELDS[] = {
    FIELD(SPEC_OBJECT, 0, lead_body, contact),
    FIELD(SPEC_LINE, LIMIT_WORD, lead_body, origin),
    FIELD(SPEC_LINE, LIMIT_WORD, lead_body, source),
    FIELD(SPEC_LINE, LIMIT_WORD, lead_body, external_id),
    FIELD(SPEC_OBJECT, 0, lead_body, referrer),
    FIELD(SPEC_OBJECT, 0, lead_body, facts),
    FIELD(SPEC_ARRAY, DRAFT_EVENTS_MAX, lead_body, events),
    FIELD(SPEC_OBJECT, 0, lead_body, touch),
    FIELD(SPEC_ARRAY, DRAFT_CONSENT_MAX, lead_body, consent),
};

static const struct spec_field PATCH_FIELDS[] = {
    FIELD(SPEC_OBJECT, 0, lead_body, contact),
    FIELD(SPEC_OBJECT, 0, lead_body, facts),
};

static const struct spec_field CONTACT_FIELDS[] = {
    FIELD(SPEC_LINE, LIMIT_NAME, contact, name),
    FIELD(SPEC_LINE, LIMIT_EMAIL, contact, email),
    FIELD(SPEC_LINE, LIMIT_PHONE, contact, phone),
    FIELD(SPEC_LINE, LIMIT_NAME, contact, company),
    FIELD(SPEC_LINE, LIMIT_NAME, contact, job_title),
    FIELD(SPEC_LINES, LIMIT_MESSAGE, contact, message),
};

static const struct spec_field TOUCH_FIELDS[] = {
    FIELD(SPEC_LINE, LIMIT_WORD, touch, channel),
    FIELD(SPEC_LINE, LIMIT_WORD, touch, campaign),
    FIELD(SPEC_LINE, LIMIT_WORD, touch, medium),
    FIELD(SPEC_LINE, LIMIT_WORD, touch, term),
    FIELD(SPEC_LINE, LIMIT_WORD, touch, content),
#define CLICK(id, name) FIELD(SPEC_LINE, LIMIT_CLICK, touch, name),
#include "lead/clicks.def"
#undef CLICK
    FIELD(SPEC_LINE, LIMIT_URL, touch, page_url),
    FIELD(SPEC_LINE, LIMIT_URL, touch, referrer),
};

static const struct spec_field CONSENT_FIELDS[] = {
    {"purpose", SPEC_LINE, LIMIT_WORD, true, offsetof(struct consent, purpose)},
    FIELD(SPEC_LINE, LIMIT_WORD, consent, channel),
    {"status", SPEC_LINE, LIMIT_WORD, true, offsetof(struct consent, status)},
    FIELD(SPEC_LINE, LIMIT_WORD, consent, wording),
    FIELD(SPEC_LINE, LIMIT_WORD, consent, method),
    FIELD(SPEC_LINE, LIMIT_URL, consent, evidence),
};

static const struct spec_field REFERRER_FIELDS[] = {
    {"kind", SPEC_LINE, LIMIT_WORD, true,
     offsetof(struct draft, referrer_kind)},
    {"ref", SPEC_LINE, LIMIT_WORD, true, offsetof(struct draft, referrer_ref)},
};

static const struct spec LEAD = SPEC_OF(LEAD_FIELDS);
static const struct spec PATCH = SPEC_OF(PATCH_FIELDS);
static const struct spec CONTACT = SPEC_OF(CONTACT_FIELDS);
static const struct spec TOUCH = SPEC_OF(TOUCH_FIELDS);
static const struct spec CONSENT = SPEC_OF(CONSENT_FIELDS);
static const struct spec REFERRER = SPEC_OF(REFERRER_FIELDS);

/* Where the pieces of one body go. */
struct decoder {
    const char *pointer; /* of the lead inside the body */
    struct arena *mem;
    struct draft *d;
    struct field_errs *errs;
};

static const char *below(const struct decoder *x, const char *name)
{
    return spec_pointer(x->pointer, name, x->mem);
}

static void read_part(const struct decoder *x, const struct spec *spec,
                      const json_t *j, const char *name, void *out)
{
    if (j)
        (void)spec_read(spec, j, below(x, name), x->mem, out, x->errs);
}

static void read_origin(const struct decoder *x, const char *word)
{
    if (!word)
        return;
    x->d->has_origin = origin_parse(word, &x->d->origin);
    if (!x->d->has_origin)
        field_errs_add(x->errs, below(x, "origin"), ERR_UNKNOWN_VALUE,
                       "marketing, sales or referral");
}

static void read_consent(const struct decoder *x, const json_t *list)
{
    const char *pointer = below(x, "consent");
    size_t n = json_array_size(list);

    x->d->consent = arena_array(x->mem, n + 1, sizeof(*x->d->consent));
    for (size_t i = 0; i < n; i++) {
        struct consent *c = &x->d->consent[i];
        const char *at = spec_pointer_at(pointer, i, x->mem);

        if (spec_read(&CONSENT, json_array_get(list, i), at, x->mem, c,
                      x->errs) &&
            !str_eq(c->status, "granted") && !str_eq(c->status, "denied") &&
            !str_eq(c->status, "withdrawn"))
            field_errs_add(x->errs, spec_pointer(at, "status", x->mem),
                           ERR_UNKNOWN_VALUE, "granted, denied or withdrawn");
    }
    x->d->n_consent = n;
}

static void read_body(const struct decoder *x, const struct lead_body *b,
                      int64_t now_ms)
{
    struct draft *d = x->d;

    read_part(x, &CONTACT, b->contact, "contact", &d->contact);
    read_part(x, &REFERRER, b->referrer, "referrer", d);
    read_part(x, &TOUCH, b->touch, "touch", &d->touch);
    d->has_touch = b->touch && json_object_size(b->touch);
    d->source_name = b->source;
    d->external_id = b->external_id;
    read_origin(x, b->origin);
    intake_facts(b->facts, below(x, "facts"), x->mem, &d->facts, x->errs);
    intake_events(b->events, below(x, "events"), DRAFT_EVENTS_MAX, now_ms,
                  x->mem, &d->events, &d->n_events, x->errs);
    if (b->consent)
        read_consent(x, b->consent);
}

enum err intake_lead_json(const json_t *j, const char *pointer, int64_t now_ms,
                          struct arena *mem, struct draft *out_draft,
                          struct field_errs *errs)
{
    struct decoder x = {pointer, mem, out_draft, errs};
    struct lead_body b = {0};
    size_t before = errs->n;

    memset(out_draft, 0, sizeof(*out_draft));
    out_draft->fact_source = FACT_SYSTEM;
    (void)spec_read(&LEAD, j, pointer, mem, &b, errs);
    read_body(&x, &b, now_ms);
    if (errs->n != before)
        return ERR_INVALID;
    if (out_draft->contact.phone || out_draft->contact.email ||
        out_draft->external_id)
        return ERR_OK;
    field_errs_add(errs, below(&x, "contact"), ERR_NO_IDENTIFIER,
                   "phone or email is needed");
    return ERR_NO_IDENTIFIER;
}

enum err intake_lead(const void *body, size_t n, int64_t now_ms,
                     struct arena *mem, struct draft *out_draft,
                     struct field_errs *errs)
{
    AUTO(json_cleanup) json_t *j = NULL;
    enum err e = json_guard_object(body, n, JSON_LIMITS_BATCH, errs, &j);

    if (e != ERR_OK)
        return e;
    return intake_lead_json(j, "", now_ms, mem, out_draft, errs);
}

enum err intake_patch(const void *body, size_t n, struct arena *mem,
                      struct draft *out_draft, struct field_errs *errs)
{
    AUTO(json_cleanup) json_t *j = NULL;
    enum err e = json_guard_object(body, n, JSON_LIMITS_ONE, errs, &j);
    struct decoder x = {"", mem, out_draft, errs};
    struct lead_body b = {0};

    if (e != ERR_OK)
        return e;
    memset(out_draft, 0, sizeof(*out_draft));
    out_draft->fact_source = FACT_SALES;
    if (spec_read(&PATCH, j, "", mem, &b, errs) && !b.contact && !b.facts)
        field_errs_add(errs, "", ERR_REQUIRED, "contact or facts is needed");
    read_part(&x, &CONTACT, b.contact, "contact", &out_draft->contact);
    intake_facts(b.facts, "/facts", mem, &out_draft->facts, errs);
    return errs->n ? ERR_INVALID : ERR_OK;
}
