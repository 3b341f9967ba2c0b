#include "intake/decode_events.h"

#include "base/str.h"
#include "intake/judged_json.h"
#include "intake/json_guard.h"
#include "intake/limits.h"
#include "intake/spec.h"

static enum err outcome(const struct field_errs *errs, size_t before)
{
    return errs->n == before ? ERR_OK : ERR_INVALID;
}

enum err intake_lead_events(const void *body, size_t n, int64_t now_ms,
                            struct arena *mem, struct event **out_events,
                            size_t *out_n, struct field_errs *errs)
{
    AUTO(json_cleanup) json_t *j = NULL;
    size_t before = errs->n;
    enum err e = json_guard(body, n, JSON_LIMITS_BATCH, errs, &j);
    const json_t *list;

    if (e != ERR_OK)
        return e;
    *out_n = 0;
    list = json_is_array(j) ? j : json_object_get(j, "events");
    if (list && !json_is_array(list))
        field_errs_add(errs, "/events", ERR_WRONG_TYPE, "must be a list");
    else if (list) {
        intake_events(list, json_is_array(j) ? "" : "/events", DRAFT_EVENTS_MAX,
                      now_ms, mem, out_events, out_n, errs);
        if (!json_array_size(list))
            field_errs_add(errs, "", ERR_REQUIRED, "an event is needed");
    } else {
        *out_events = arena_alloc(mem, sizeof(**out_events));
        *out_n = 1;
        intake_event(j, "", now_ms, mem, *out_events, errs);
    }
    return outcome(errs, before);
}

/* The members that name the lead, read by a spec of their own. */
struct target {
    const char *lead_id, *email, *phone, *visitor_id, *external_id, *source;
};

#define FIELD(name, max)                                                       \
    {                                                                          \
#name, SPEC_LINE, max, false, offsetof(struct target, name)            \
    }

static const struct spec_field TARGET_FIELDS[] = {
    FIELD(lead_id, LIMIT_WORD),     FIELD(email, LIMIT_EMAIL),
    FIELD(phone, LIMIT_PHONE),      FIELD(visitor_id, LIMIT_WORD),
    FIELD(external_id, LIMIT_WORD), FIELD(source, LIMIT_WORD),
};
static const struct spec TARGET = SPEC_OF(TARGET_FIELDS);

/* Move the naming members out of @a j, so that each reader sees its own. */
static json_t *split_target(json_t *j)
{
    json_t *part = json_object();

    for (size_t i = 0; i < ARRAY_LEN(TARGET_FIELDS); i++) {
        const char *name = TARGET_FIELDS[i].name;
        json_t *v = json_object_get(j, name);

        if (v && json_object_set(part, name, v) == 0)
            json_object_del(j, name);
    }
    return part;
}

static void set_target(struct event_post *p, const struct target *t,
                       const char *pointer, struct field_errs *errs)
{
    p->email = t->email;
    p->phone = t->phone;
    p->visitor_id = t->visitor_id;
    p->external_id = t->external_id;
    p->source = t->source;
    if (!p->event.visitor)
        p->event.visitor = t->visitor_id;
    p->has_lead = t->lead_id && uuid_parse(t->lead_id, &p->lead_id);
    if (t->lead_id && !p->has_lead)
        field_errs_add(errs, spec_pointer(pointer, "lead_id", errs->mem),
                       ERR_BAD_ARGUMENT, "must be a UUID");
    else if (!p->has_lead && !p->email && !p->phone && !p->visitor_id &&
             !p->external_id)
        field_errs_add(errs, pointer, ERR_NO_IDENTIFIER,
                       "lead_id, email, phone, visitor_id or external_id "
                       "is needed");
}

static void read_post(json_t *j, const char *pointer, int64_t now_ms,
                      struct arena *mem, struct event_post *out,
                      struct field_errs *errs)
{
    AUTO(json_cleanup) json_t *part = NULL;
    struct target t = {0};

    if (!json_is_object(j)) {
        field_errs_add(errs, pointer, ERR_WRONG_TYPE, "must be an object");
        return;
    }
    part = split_target(j);
    intake_event(j, pointer, now_ms, mem, &out->event, errs);
    if (spec_read(&TARGET, part, pointer, mem, &t, errs))
        set_target(out, &t, pointer, errs);
}

enum err intake_event_batch(const void *body, size_t n, int64_t now_ms,
                            struct arena *mem, struct event_post **out_posts,
                            size_t *out_n, struct field_errs *errs)
{
    static const struct spec_field FIELDS[] = {
        {"events", SPEC_ARRAY, EVENT_BATCH_MAX, true, 0}};
    static const struct spec SPEC = SPEC_OF(FIELDS);
    AUTO(json_cleanup) json_t *j = NULL;
    size_t before = errs->n;
    enum err e = json_guard_object(body, n, JSON_LIMITS_BATCH, errs, &j);
    const json_t *list = NULL;

    if (e != ERR_OK)
        return e;
    if (!spec_read(&SPEC, j, "", mem, &list, errs))
        return ERR_INVALID;
    *out_n = json_array_size(list);
    *out_posts = arena_array(mem, *out_n + 1, sizeof(**out_posts));
    for (size_t i = 0; i < *out_n; i++)
        read_post(json_array_get(list, i), spec_pointer_at("/events", i, mem),
                  now_ms, mem, &(*out_posts)[i], errs);
    if (!*out_n)
        field_errs_add(errs, "/events", ERR_REQUIRED, "an event is needed");
    return outcome(errs, before);
}
