/* Decoding and canonicalising a typical Vietnamese form post, in nanoseconds
 * per post.  Prints; asserts nothing: the machine is not named here. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "identity/identity.h"
#include "intake/form_map.h"

#define ROUNDS 200000

static const char POST[] =
    "ho_ten=Nguy%E1%BB%85n+V%C4%83n+An&sdt=0900+000+906&email=an%2Btet%40"
    "example.com&dich_vu%5B%5D=Thi%E1%BA%BFt+k%E1%BA%BF&noi_dung=D%C3%B2ng+1"
    "%0D%0AD%C3%B2ng+2&website=&utm_source=facebook&utm_campaign=t%E1%BA%BFt"
    "&fbclid=IwAR0xyz&consent_marketing=on";

int main(void)
{
    struct arena *mem = arena_new((size_t)1 << 20);
    int64_t start = clock_mono_us();
    struct draft d;

    for (int i = 0; i < ROUNDS; i++) {
        struct field_errs errs = {.mem = mem};

        if (intake_form("application/x-www-form-urlencoded", POST,
                        sizeof(POST) - 1, NULL, 0, mem, &d, &errs) != ERR_OK)
            return EXIT_FAILURE;
        identity_resolve(&d, "VN", mem, &errs);
        arena_reset(mem);
    }
    printf("form post: %lld ns\n",
           (long long)((clock_mono_us() - start) * 1000 / ROUNDS));
    arena_free(mem);
    return EXIT_SUCCESS;
}
