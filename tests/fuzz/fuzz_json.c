/* Lead, change and event bodies. */
#include "fuzz.h"
#include "identity/identity.h"
#include "intake/decode_events.h"
#include "intake/decode_lead.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena *mem = arena_new(FUZZ_ARENA_BYTES);
    struct field_errs errs = {.mem = mem};
    struct event_post *posts;
    struct event *events;
    struct draft d;
    size_t got;

    if (intake_lead(data, n, 0, mem, &d, &errs) == ERR_OK) {
        identity_resolve(&d, "VN", mem, &errs);
        fuzz_text(d.contact.name);
        FUZZ_HOLDS(d.n_events <= DRAFT_EVENTS_MAX);
    }
    if (intake_patch(data, n, mem, &d, &errs) == ERR_OK)
        FUZZ_HOLDS(!d.has_origin && !d.n_events);
    if (intake_lead_events(data, n, 0, mem, &events, &got, &errs) == ERR_OK)
        FUZZ_HOLDS(got >= 1 && got <= DRAFT_EVENTS_MAX);
    if (intake_event_batch(data, n, 0, mem, &posts, &got, &errs) == ERR_OK)
        FUZZ_HOLDS(got >= 1 && got <= EVENT_BATCH_MAX);
    arena_free(mem);
    return 0;
}
