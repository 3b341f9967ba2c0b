/* Stands in until lead/facts_json.h and lead/event_json.h are there; then
 * the three functions become calls.  Only this file changes. */
#include "intake/judged_json.h"

#include "base/clock.h"
#include "base/str.h"
#include "intake/spec.h"

static void fault(const char *pointer, const char *name, enum err e,
                  struct field_errs *errs)
{
    field_errs_add(errs, spec_pointer(pointer, name, errs->mem), e,
                   "is not valid");
}

static void read_amount(const json_t *j, const char *pointer, const char *name,
                        uint32_t bit, int64_t *out, struct facts *facts,
                        struct field_errs *errs)
{
    const json_t *v = json_object_get(j, name);

    if (!v || json_is_null(v))
        return;
    if (!json_is_integer(v)) {
        fault(pointer, name, ERR_WRONG_TYPE, errs);
        return;
    }
    *out = json_integer_value(v);
    facts->given |= bit;
    if (*out < (bit == FACT_PRICE))
        fault(pointer, name, ERR_OUT_OF_RANGE, errs);
}

void intake_facts(const json_t *j, const char *pointer, struct arena *mem,
                  struct facts *out, struct field_errs *errs)
{
    const char *role, *need;

    (void)mem;
    if (!j)
        return;
    role = json_string_value(json_object_get(j, "authority_role"));
    need = json_string_value(json_object_get(j, "need"));
    if (role && role_parse(role, &out->authority_role))
        out->given |= FACT_AUTHORITY_ROLE;
    else if (role)
        fault(pointer, "authority_role", ERR_UNKNOWN_VALUE, errs);
    if (need && need_parse(need, &out->need))
        out->given |= FACT_NEED;
    else if (need)
        fault(pointer, "need", ERR_UNKNOWN_VALUE, errs);
    read_amount(j, pointer, "budget", FACT_BUDGET, &out->budget, out, errs);
    read_amount(j, pointer, "price", FACT_PRICE, &out->price, out, errs);
}

void intake_event(const json_t *j, const char *pointer, int64_t now_ms,
                  struct arena *mem, struct event *out, struct field_errs *errs)
{
    const char *type = json_string_value(json_object_get(j, "type"));
    const char *at = json_string_value(json_object_get(j, "occurred_at"));
    const char *id = json_string_value(json_object_get(j, "id"));

    memset(out, 0, sizeof(*out));
    out->occurred_ms = now_ms;
    out->ext_id = arena_strdup(mem, id);
    if (!json_is_object(j))
        field_errs_add(errs, pointer, ERR_WRONG_TYPE, "must be an object");
    else if (!type)
        fault(pointer, "type", ERR_REQUIRED, errs);
    else if (!event_type_parse(type, &out->type))
        fault(pointer, "type", ERR_UNKNOWN_VALUE, errs);
    if (at && !time_parse(at, &out->occurred_ms))
        fault(pointer, "occurred_at", ERR_TIME_INVALID, errs);
}

void intake_events(const json_t *list, const char *pointer, size_t max,
                   int64_t now_ms, struct arena *mem, struct event **out_events,
                   size_t *out_n, struct field_errs *errs)
{
    size_t n = json_array_size(list);

    if (n > max) {
        field_errs_add(errs, pointer, ERR_TOO_MANY, "at most %zu events", max);
        return;
    }
    *out_events = arena_array(mem, n + 1, sizeof(**out_events));
    *out_n = n;
    for (size_t i = 0; i < n; i++)
        intake_event(json_array_get(list, i), spec_pointer_at(pointer, i, mem),
                     now_ms, mem, &(*out_events)[i], errs);
}
