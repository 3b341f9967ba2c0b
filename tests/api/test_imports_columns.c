/* POST /v1/imports: what the columns of a list are taken for. */
#include "api/imports_fixture.h"

START_TEST(columns_are_joined_as_the_mapping_says)
{
    const char *a = fresh("join");
    const char *source = keep(
        "%s", reply_text(post(srv.admin, "/v1/sources",
                              text("{\"name\": \"%s\", \"kind\": \"server\","
                                   " \"mapping\": {\"join\": {\"contact.name\":"
                                   " [\"c1\", \"c2\"]}}}",
                                   a)),
                         "/id"));

    counts(import(text("source=%s&mapping=%%7B%%22join%%22:%%7B%%22contact."
                       "name%%22:%%5B%%22c1%%22,%%22c2%%22%%5D%%7D%%7D",
                       a),
                  CSV, text("c1,c2,email\nLê,Châu,%s-1@gmail.com\n", a)),
           1, 0, 0, 0, 0);
    ck_assert_str_eq(
        reply_text(lead(text("%s-1@gmail.com", a)), "/contact/name"),
        "Lê Châu");
    counts(import(text("source_id=%s", source), CSV,
                  text("c1,c2,email\nĐỗ,An,%s-2@gmail.com\n", a)),
           1, 0, 0, 0, 0);
    ck_assert_str_eq(
        reply_text(lead(text("%s-2@gmail.com", a)), "/contact/name"), "Đỗ An");
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("imports columns");

    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, columns_are_joined_as_the_mapping_says);
    return real_server_main(tc, "imports_columns", NULL);
}
