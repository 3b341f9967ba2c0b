#include "scoring/case_json.h"

#include <string.h>

#include "lead/event_json.h"
#include "lead/facts_json.h"
#include "lead/fields.h"

#define TIMEZONE_BYTES_MAX 64

static void read_stage(const struct fields *f, enum stage *out)
{
    const json_t *v = fields_get(f, "stage");

    *out = STAGE_IQL;
    if (!v)
        return;
    if (!json_is_string(v))
        fields_fault(f, "stage", ERR_WRONG_TYPE, "must be a text");
    else if (!stage_parse(json_string_value(v), out))
        fields_fault(f, "stage", ERR_UNKNOWN_VALUE, "is no known stage");
}

bool case_from_json(const json_t *doc, struct arena *mem,
                    struct score_case *out, struct field_errs *errs)
{
    struct fields f = {doc, "", mem, errs};
    size_t faults = errs->n;
    bool good;

    memset(out, 0, sizeof(*out));
    if (!json_is_object(doc)) {
        field_errs_add(errs, "", ERR_WRONG_TYPE, "must be an object");
        return false;
    }
    if (!fields_get(&f, "as_of"))
        fields_fault(&f, "as_of", ERR_REQUIRED, "is required");
    else
        (void)fields_time(&f, "as_of", &out->as_of_ms);
    read_stage(&f, &out->stage);
    out->timezone = fields_text(&f, "timezone", TIMEZONE_BYTES_MAX);
    good =
        facts_from_json(fields_get(&f, "facts"), "/facts", &out->facts, errs);
    good =
        events_from_json(fields_get(&f, "events"), "/events", CASE_EVENTS_MAX,
                         NULL, mem, &out->events, &out->n_events, errs) &&
        good;
    return good && errs->n == faults;
}
