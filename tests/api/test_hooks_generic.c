/* /v1/hooks/generic: senders that are no platform, and whose ids a source
 * knows again. */
#include "api/real_server.h"
#include "lib/hook_sender.h"

/** A source that anybody may post to. @param secrets members, or "" */
static struct hook_source source_named(const char *name, const char *secrets)
{
    const struct reply *r =
        post(srv.admin, "/v1/sources",
             text("{\"kind\": \"generic\", \"name\": \"%s\","
                  " \"secrets\": {%s}}",
                  name, secrets));

    EXPECT(r, 201);
    return (struct hook_source){"generic",
                                keep("%s", reply_text(r, "/source_key")), name,
                                keep("%s", reply_text(r, "/id"))};
}

static struct hook_source open_source(const char *secrets)
{
    return source_named(fresh("generic"), secrets);
}

/* ---- its ids ---- */

static void tell(const struct hook_source *s, const char *id, const char *phone)
{
    EXPECT(call(srv.port, "POST", hook_path(s), NULL, NULL,
                text("{\"id\": \"%s\", \"phone\": \"%s\"}", id, phone)),
           200);
}

START_TEST(ids_of_two_sources_of_one_name_do_not_meet)
{
    const char *name = fresh("twins"), *a = fresh_phone(), *b = fresh_phone();
    struct hook_source one = source_named(name, ""),
                       two = source_named(name, "");

    tell(&one, "1", a);
    tell(&two, "1", b);
    ck_assert_str_ne(the_lead(a), the_lead(b));
    tell(&two, "1", b); /* and each knows its own again */
    ck_assert_int_eq(entries(the_lead(b), "touch"), 1);
    ck_assert_uint_eq(found("1"), 2);
}
END_TEST

START_TEST(a_source_with_another_name_knows_its_ids_again)
{
    const char *phone = fresh_phone(), *mail;
    struct hook_source s = source_named(fresh("before"), "");
    struct hook_source l = hook_linkedin_make(&srv);

    tell(&s, "7", phone);
    EXPECT(patch(srv.admin, text("/v1/sources/%s", s.id),
                 text("{\"name\": \"%s\"}", fresh("after"))),
           200);
    tell(&s, "7", phone);
    ck_assert_int_eq(entries(the_lead(phone), "touch"), 1);
    mail = keep("%s@mail.example", fresh("renamed"));
    EXPECT(post(srv.intake, "/v1/leads",
                text("{\"contact\": {\"email\": \"%s\"}, \"source\": \"%s\","
                     " \"external_id\": \"" HOOK_WITHDRAWN "\"}",
                     mail, l.name)),
           201);
    EXPECT(patch(srv.admin, text("/v1/sources/%s", l.id),
                 text("{\"name\": \"%s\"}", fresh("other"))),
           200);
    hook_withdraw(&srv, &l);
    ck_assert_uint_eq(found(mail), 0);
}
END_TEST

/* ---- its bodies ---- */

START_TEST(a_generic_sender_posts_json_or_a_form)
{
    struct hook_source s = open_source("");
    const char *mail = keep("%s@mail.example", fresh("generic"));

    EXPECT(call(srv.port, "POST", hook_path(&s), NULL, NULL,
                text("{\"id\": 7420001112223334445, \"contact\": {\"name\":"
                     " \"A\", \"email\": \"%s\"}}",
                     mail)),
           200);
    ck_assert_int_eq(sql_int(hook_told(&s, "7420001112223334445")), 1);
    ck_assert_uint_eq(found(mail), 1);
    mail = keep("%s@mail.example", fresh("generic"));
    EXPECT(call(srv.port, "POST", hook_path(&s), NULL, FORM_TYPE,
                text("email=%s", mail)),
           200);
    ck_assert_uint_eq(found(mail), 1);
    EXPECT(call(srv.port, "POST", hook_path(&s), NULL,
                "Content-Type: multipart/form-data; boundary=b\r\n", "--b--"),
           415);
}
END_TEST

START_TEST(a_generic_sender_may_list_names_and_values)
{
    struct hook_source s = open_source("");
    const char *mail = keep("%s@mail.example", fresh("generic"));

    EXPECT(call(srv.port, "POST", hook_path(&s), NULL, NULL,
                text("{\"form_data\": [{\"name\": \"ho_ten\", \"value\":"
                     " \"Lan\"}, {\"name\": \"mail\", \"value\": \"%s\"}]}",
                     mail)),
           200);
    ck_assert_uint_eq(found(mail), 1);
}
END_TEST

START_TEST(a_generic_sender_is_mapped_by_pointers)
{
    struct hook_source s = open_source("");
    const char *mail = keep("%s@mail.example", fresh("generic"));

    EXPECT(call(srv.port, "PATCH", text("/v1/sources/%s", s.id), srv.admin,
                NULL,
                "{\"mapping\": {\"fields\": {\"/customer/mail\":"
                " \"contact.email\"}}}"),
           200);
    EXPECT(call(srv.port, "POST", hook_path(&s), NULL, NULL,
                text("{\"customer\": {\"mail\": \"%s\"}}", mail)),
           200);
    ck_assert_uint_eq(found(mail), 1);
}
END_TEST

START_TEST(a_generic_sender_may_have_a_key)
{
    struct hook_source s = open_source("\"key\": \"k1\"");
    const char *body = text("{\"email\": \"%s@mail.example\"}", fresh("k"));

    EXPECT(call(srv.port, "POST", hook_path(&s), NULL, NULL, body), 401);
    EXPECT(
        call(srv.port, "POST", hook_path(&s), NULL, "X-Api-Key: k2\r\n", body),
        401);
    EXPECT(
        call(srv.port, "POST", hook_path(&s), NULL, "X-Api-Key: k1\r\n", body),
        200);
    EXPECT(call(srv.port, "POST", text("%s?key=k1", hook_path(&s)), NULL, NULL,
                body),
           200);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("hooks_generic");

    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, ids_of_two_sources_of_one_name_do_not_meet);
    tcase_add_test(tc, a_source_with_another_name_knows_its_ids_again);
    tcase_add_test(tc, a_generic_sender_posts_json_or_a_form);
    tcase_add_test(tc, a_generic_sender_may_list_names_and_values);
    tcase_add_test(tc, a_generic_sender_is_mapped_by_pointers);
    tcase_add_test(tc, a_generic_sender_may_have_a_key);
    return real_server_main(tc, "hooks_generic", NULL);
}
