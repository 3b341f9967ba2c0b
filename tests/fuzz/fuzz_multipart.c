#include "fuzz.h"
#include "intake/form_fields.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena *mem = arena_new(FUZZ_ARENA_BYTES);
    struct form_fields f = {.mem = mem};

    if (form_multipart("multipart/form-data; boundary=B", data, n, &f) ==
        ERR_OK)
        for (size_t i = 0; i < f.n; i++) {
            fuzz_text(f.items[i].name);
            fuzz_text(f.items[i].value);
        }
    arena_free(mem);
    return 0;
}
