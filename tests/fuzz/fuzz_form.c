/* Urlencoded and JSON forms, told apart by the first byte. */
#include "fuzz.h"
#include "identity/identity.h"
#include "intake/form_map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena *mem = arena_new(FUZZ_ARENA_BYTES);
    struct field_errs errs = {.mem = mem};
    struct draft d;
    bool json = n && *data == '{';

    if (intake_form(json ? "application/json"
                         : "application/x-www-form-urlencoded",
                    data, n, NULL, 0, mem, &d, &errs) == ERR_OK) {
        identity_resolve(&d, "VN", mem, &errs);
        fuzz_text(d.contact.name);
        fuzz_text(d.contact.message);
        fuzz_text(d.touch.page_url);
        for (size_t i = 0; i < d.n_ids; i++)
            fuzz_text(d.ids[i].value);
    }
    arena_free(mem);
    return 0;
}
