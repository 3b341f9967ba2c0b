#include "lead/event_json.h"

#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "lead/fields.h"

#define ID_BYTES_MAX     256
#define DETAIL_BYTES_MAX 4096

static const char *text_of(const struct fields *f, const char *const *names,
                           size_t n, size_t max_bytes)
{
    for (size_t i = 0; i < n; i++)
        if (fields_get(f, names[i]))
            return fields_text(f, names[i], max_bytes);
    return NULL;
}

static void read_type(const struct fields *f, struct event *out)
{
    const json_t *v = fields_get(f, "type");

    if (!v)
        fields_fault(f, "type", ERR_REQUIRED, "is required");
    else if (!json_is_string(v))
        fields_fault(f, "type", ERR_WRONG_TYPE, "must be a text");
    else if (!event_type_parse(json_string_value(v), &out->type))
        fields_fault(f, "type", ERR_UNKNOWN_VALUE, "is no known event type");
}

static void read_time(const struct fields *f, const int64_t *default_ms,
                      struct event *out)
{
    if (fields_get(f, "occurred_at"))
        (void)fields_time(f, "occurred_at", &out->occurred_ms);
    else if (default_ms)
        out->occurred_ms = *default_ms;
    else
        fields_fault(f, "occurred_at", ERR_REQUIRED, "is required");
}

static void read_value(const struct fields *f, struct event *out)
{
    int64_t n;

    if (out->type != EVENT_SATISFACTION)
        return;
    if (!fields_get(f, "value"))
        fields_fault(f, "value", ERR_REQUIRED, "is required, 1 to 5");
    else if (fields_int(f, "value", 1, 5, &n))
        out->value = (int32_t)n;
}

static void read_duration(const struct fields *f, struct event *out)
{
    const char *name =
        fields_get(f, "duration_s") ? "duration_s" : "duration_seconds";
    const json_t *v = fields_get(f, name);
    double seconds;

    if (!v)
        return;
    seconds = json_number_value(v);
    if (!json_is_number(v))
        fields_fault(f, name, ERR_WRONG_TYPE, "must be a number");
    else if (!(seconds >= 0 && seconds <= INT32_MAX))
        fields_fault(f, name, ERR_OUT_OF_RANGE, "must not be negative or huge");
    else
        out->duration_s = (int32_t)seconds;
}

static bool actor_is_machine(const struct fields *f, const char *name)
{
    static const char *const MACHINES[] = {"machine", "bot", "mail_scanner",
                                           "monitor"};
    const char *actor = json_string_value(fields_get(f, name));

    for (size_t i = 0; actor && i < ARRAY_LEN(MACHINES); i++)
        if (str_eq(actor, MACHINES[i]))
            return true;
    return false;
}

static bool read_machine(const struct fields *f)
{
    static const char *const FLAGS[] = {"machine", "is_machine", "bot"};
    bool machine =
        actor_is_machine(f, "actor") || actor_is_machine(f, "made_by");
    bool flag;

    for (size_t i = 0; i < ARRAY_LEN(FLAGS); i++)
        if (fields_bool(f, FLAGS[i], &flag) && flag)
            machine = true;
    if (fields_bool(f, "human", &flag) && !flag)
        machine = true;
    return machine;
}

bool event_from_json(const json_t *j, const char *pointer,
                     const int64_t *default_ms, struct arena *mem,
                     struct event *out, struct field_errs *errs)
{
    static const char *const VISITOR[] = {"visitor", "visitor_id"};
    static const char *const DETAIL[] = {"detail", "page", "page_url",
                                         "document"};
    struct fields f = {j, pointer, mem, errs};
    size_t faults = errs->n;

    memset(out, 0, sizeof(*out));
    if (!json_is_object(j)) {
        field_errs_add(errs, pointer, ERR_WRONG_TYPE, "must be an object");
        return false;
    }
    out->ext_id = fields_text(&f, "id", ID_BYTES_MAX);
    read_type(&f, out);
    read_time(&f, default_ms, out);
    read_value(&f, out);
    read_duration(&f, out);
    out->machine = read_machine(&f);
    out->session = fields_text(&f, "session", ID_BYTES_MAX);
    out->channel = fields_text(&f, "channel", ID_BYTES_MAX);
    out->visitor = text_of(&f, VISITOR, ARRAY_LEN(VISITOR), ID_BYTES_MAX);
    out->person = fields_text(&f, "person", ID_BYTES_MAX);
    out->detail = text_of(&f, DETAIL, ARRAY_LEN(DETAIL), DETAIL_BYTES_MAX);
    return errs->n == faults;
}

bool events_from_json(const json_t *list, const char *pointer, size_t max,
                      const int64_t *default_ms, struct arena *mem,
                      struct event **out_events, size_t *out_n,
                      struct field_errs *errs)
{
    size_t n = json_array_size(list), faults = errs->n;

    *out_events = NULL;
    *out_n = 0;
    if (!list || json_is_null(list))
        return true;
    if (!json_is_array(list)) {
        field_errs_add(errs, pointer, ERR_WRONG_TYPE, "must be a list");
        return false;
    }
    if (n > max) {
        field_errs_add(errs, pointer, ERR_TOO_MANY, "at most %zu events", max);
        return false;
    }
    *out_events = arena_array(mem, n ? n : 1, sizeof(**out_events));
    *out_n = n;
    for (size_t i = 0; i < n; i++) {
        const char *at = pointer_add_index(mem, pointer, i);

        if (!event_from_json(json_array_get(list, i), at, default_ms, mem,
                             &(*out_events)[i], errs))
            continue; /* reported; the others are still looked at */
    }
    return errs->n == faults;
}

static int set_text(json_t *j, const char *name, const char *text)
{
    return text ? json_object_set_new(j, name, json_string(text)) : 0;
}

static int set_int(json_t *j, const char *name, int64_t n)
{
    return n ? json_object_set_new(j, name, json_integer(n)) : 0;
}

json_t *event_to_json(const struct event *e)
{
    json_t *j = json_object();
    char at[TIME_TEXT_BYTES];

    if (set_text(j, "id", e->ext_id) ||
        set_text(j, "type", event_type_text(e->type)) ||
        set_text(j, "occurred_at", time_format(e->occurred_ms, at)) ||
        set_text(j, "session", e->session) ||
        set_text(j, "channel", e->channel) ||
        set_text(j, "visitor", e->visitor) ||
        set_text(j, "person", e->person) || set_int(j, "value", e->value) ||
        set_int(j, "duration_s", e->duration_s) ||
        (e->machine && json_object_set_new(j, "machine", json_true())) ||
        set_text(j, "detail", e->detail)) {
        json_decref(j);
        return NULL;
    }
    return j;
}
