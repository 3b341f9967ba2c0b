/* Signature headers as senders may write them, beyond the captured ones. */
#include <check.h>

#include "base/crypto.h"
#include "hook_fixture.h"
#include "intake/hook_sign.h"

#define SECRETS "{'secret': ['new', 'old']}"

static enum err checked(const char *kind, const char *headers)
{
    struct asked a;
    enum err e;

    ask(&a, SECRETS, headers, "{}", 2);
    e = hook_find(kind)->check(&a.rq);
    arena_free(a.mem);
    return e;
}

/* The header with the digest in the place of its '%'. */
static const char *signed_by(const char *secret, const char *header)
{
    static char out[512];
    struct arena *mem = UNIT_ARENA();
    size_t at = strcspn(header, "%");

    snprintf(out, sizeof(out), "Calendly-Webhook-Signature: %.*s%s%s", (int)at,
             header, hook_hmac_hex(secret, "1790000000.{}", mem),
             header + at + 1);
    arena_free(mem);
    return out;
}

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

START_TEST(one_good_signature_of_several_is_enough)
{
    static const struct {
        const char *secret, *header;
        enum err err;
    } ROWS[] = {
        {"new", "t=1790000000,v1=%", ERR_OK},
        {"old", "t=1790000000,v1=%", ERR_OK},
        {"new", "v1=%, t=1790000000", ERR_OK},
        {"new", "t=1790000000,v1=" ZEROS ",v1=%", ERR_OK},
        {"new", "t=1790000000,v0=x,v1=%,v1=" ZEROS, ERR_OK},
        {"new", "t=1790000000,v0=%", ERR_BAD_SIGNATURE},
        {"new", "t=1,t=1790000000,v1=%", ERR_BAD_SIGNATURE},
        {"new", "v1=%", ERR_BAD_SIGNATURE},
        {"third", "t=1790000000,v1=%", ERR_BAD_SIGNATURE},
    };

    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
        ck_assert_msg(
            checked("calendly", signed_by(ROWS[i].secret, ROWS[i].header)) ==
                ROWS[i].err,
            "case %zu", i);
}
END_TEST

START_TEST(a_key_is_borne_in_any_letter_case)
{
    ck_assert_int_eq(checked("cloudevents", "Authorization: Bearer old"),
                     ERR_OK);
    ck_assert_int_eq(checked("cloudevents", "authorization: bearer new"),
                     ERR_OK);
    ck_assert_int_eq(checked("cloudevents", "Authorization: BEARER NEW"),
                     ERR_BAD_SIGNATURE);
    ck_assert_int_eq(checked("cloudevents", "Authorization: Basic new"),
                     ERR_BAD_SIGNATURE);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("hook_check");

    tcase_add_test(t, one_good_signature_of_several_is_enough);
    tcase_add_test(t, a_key_is_borne_in_any_letter_case);
    return unit_run(t, "hook_check");
}
