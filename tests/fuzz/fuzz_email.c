/* Addresses, names and the search box. */
#include "fuzz.h"
#include "identity/email.h"
#include "identity/identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena *mem = arena_new(FUZZ_ARENA_BYTES);
    char *text = arena_strndup(mem, (const char *)data, n);
    struct email e, again;
    struct query q;

    if (email_canonical(text, mem, &e) == ERR_OK) {
        FUZZ_HOLDS(strlen(e.value) <= EMAIL_MAX);
        fuzz_text(e.value);
        fuzz_text(email_work_domain(&e));
        if (email_canonical(e.value, mem, &again) == ERR_OK)
            FUZZ_HOLDS(str_eq(e.value, again.value));
    }
    fuzz_text(name_clean(text, mem));
    fuzz_text(name_fold(text, mem));
    identity_canonical_query(text, "VN", mem, &q);
    for (size_t i = 0; i < q.n_words; i++)
        fuzz_text(q.words[i]);
    arena_free(mem);
    return 0;
}
