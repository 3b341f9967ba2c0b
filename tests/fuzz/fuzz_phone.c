/* Numbers and amounts: both are short texts full of digits. */
#include "fuzz.h"
#include "identity/phone.h"
#include "lead/money.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char *text = calloc(1, n + 1);
    struct phone p, again;
    struct money m;

    if (n)
        memcpy(text, data, n);
    if (phone_canonical(text, "VN", &p) == ERR_OK) {
        FUZZ_HOLDS(p.e164[0] == '+' && strlen(p.e164) <= 16);
        /* canonical stays canonical */
        FUZZ_HOLDS(phone_canonical(p.e164, "VN", &again) != ERR_OK ||
                   p.doubtful || str_eq(p.e164, again.e164));
    }
    if (money_parse(text, "VND", &m) == ERR_OK)
        FUZZ_HOLDS(m.minor >= 0 && m.minor <= MONEY_MAX);
    free(text);
    return 0;
}
