/* Calendly: bookings.  A cancellation changes nobody's contact and makes
 * nobody; a rescheduled booking is no second enquiry. */
#include "base/str.h"
#include "intake/hook_lead.h"
#include "intake/hook_sign.h"

#define SIGNATURES_MAX 8

/* @return the i-th value of one part of "t=...,v1=...,v1=..."; NULL past the
 * last: a secret that is being changed signs beside its successor */
static const char *part_of(const char *header, const char *name, size_t i,
                           struct arena *mem)
{
    size_t n = strlen(name);

    for (const char *p = header; p && *p;) {
        size_t len = strcspn(p, ",");

        if (strncmp(p, name, n) == 0 && p[n] == '=' && i-- == 0)
            return arena_strndup(mem, p + n + 1, len - n - 1);
        p += len + (p[len] == ',');
        p += strspn(p, " ");
    }
    return NULL;
}

static bool any_fits(const struct hook_request *rq, const char *header,
                     const char *t)
{
    struct hook_piece pieces[] = {hook_text_piece(t), hook_text_piece("."),
                                  hook_body_piece(rq)};
    const char *given;

    for (size_t i = 0;
         i < SIGNATURES_MAX && (given = part_of(header, "v1", i, rq->mem)); i++)
        if (hook_hmac_fits(rq, pieces, ARRAY_LEN(pieces), HOOK_HEX, given,
                           NULL))
            return true;
    return false;
}

static enum err check(const struct hook_request *rq)
{
    const char *header = rq->header(rq->ctx, "Calendly-Webhook-Signature");
    const char *t = part_of(header, "t", 0, rq->mem);

    return hook_fresh(rq, t, 1000) && any_fits(rq, header, t)
               ? ERR_OK
               : ERR_BAD_SIGNATURE;
}

static void read_answers(struct hook_lead *l, const json_t *payload)
{
    const json_t *answers = json_object_get(payload, "questions_and_answers");
    json_t *tracking = json_object_get(payload, "tracking");
    const char *name;
    json_t *v;

    for (size_t i = 0; i < json_array_size(answers); i++) {
        const json_t *a = json_array_get(answers, i);

        hook_lead_json(l, json_string_value(json_object_get(a, "question")),
                       json_object_get(a, "answer"));
    }
    json_object_foreach (tracking, name, v)
        hook_lead_json(l, name, v);
}

static void read_contact(struct hook_lead *l, const json_t *payload)
{
    static const char *const NAMES[][2] = {{"name", "name"},
                                           {"first_name", "first_name"},
                                           {"last_name", "last_name"},
                                           {"email", "email"},
                                           {"text_reminder_number", "phone"}};

    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
        hook_lead_json(l, NAMES[i][1], json_object_get(payload, NAMES[i][0]));
}

static enum err read(struct hook_reader *r)
{
    AUTO(json_cleanup) json_t *j = NULL;
    enum err e = hook_json_object(r->rq->body, r->rq->body_bytes, r->errs, &j);
    const json_t *payload = json_object_get(j, "payload");
    const json_t *event = json_object_get(j, "event");
    bool gone = str_eq(json_string_value(event), "invitee.canceled");
    struct hook_lead l;

    if (e != ERR_OK || (!gone && hook_passes(r, event, "invitee.created")) ||
        !json_is_object(payload))
        return e;
    hook_lead_begin(&l, r, j);
    l.external_id = hook_text(payload, "uri", r->mem);
    if (gone)
        return l.external_id ? hook_lead_end(&l, HOOK_NEWS) : ERR_OK;
    read_contact(&l, payload);
    read_answers(&l, payload);
    (void)hook_time(json_object_get(j, "created_at"), &l.at_ms);
    l.quiet = json_is_string(json_object_get(payload, "old_invitee"));
    l.touch.medium = "booking";
    return hook_lead_end(&l, HOOK_LEAD);
}

const struct hook hook_calendly = {
    .kind = "calendly",
    .made = {"secret"},
    .check = check,
    .read = read,
};
