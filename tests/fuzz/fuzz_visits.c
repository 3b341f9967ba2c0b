/* Page views that any browser may report. */
#include "fuzz.h"
#include "intake/decode_visits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena *mem = arena_new(FUZZ_ARENA_BYTES);
    struct field_errs errs = {.mem = mem};
    struct draft d = {0};

    if (intake_visits(data, n, "seed", INT64_C(1790000000000), mem, &d,
                      &errs) == ERR_OK) {
        FUZZ_HOLDS(d.n_events >= 1 && d.n_events <= VISITS_MAX);
        FUZZ_HOLDS(d.n_ids == 1);
        fuzz_text(d.ids[0].value);
    }
    arena_free(mem);
    return 0;
}
