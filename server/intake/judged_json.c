#include "intake/judged_json.h"

#include "lead/event_json.h"
#include "lead/facts_json.h"

void intake_facts(const json_t *j, const char *pointer, struct arena *mem,
                  struct facts *out, struct field_errs *errs)
{
    (void)mem;
    if (!facts_from_json(j, pointer, out, errs))
        return; /* each fault is in errs, which the caller looks at */
}

void intake_event(const json_t *j, const char *pointer, int64_t now_ms,
                  struct arena *mem, struct event *out, struct field_errs *errs)
{
    if (!event_from_json(j, pointer, &now_ms, mem, out, errs))
        return; /* likewise */
}

void intake_events(const json_t *list, const char *pointer, size_t max,
                   int64_t now_ms, struct arena *mem, struct event **out_events,
                   size_t *out_n, struct field_errs *errs)
{
    if (!events_from_json(list, pointer, max, &now_ms, mem, out_events, out_n,
                          errs))
        return; /* likewise */
}
