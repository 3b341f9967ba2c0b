/* What the settings of a source say of what comes in by it: its channel, its
 * mapping; and what platforms say beside the answers. */
#include "api/real_server.h"

#include "lib/hook_sender.h"

/** A new source. @return its POST's answer, kept as source_key and source_id */
static const char *source_key, *source_id;
static void make_source(const char *kind, const char *members)
{
    const struct reply *r = post(srv.admin, "/v1/sources",
                                 text("{\"kind\": \"%s\", \"name\": \"%s\"%s}",
                                      kind, fresh(kind), members));

    EXPECT(r, 201);
    source_key = keep("%s", reply_text(r, "/source_key"));
    source_id = keep("%s", reply_text(r, "/id"));
}

static const struct reply *send_form(const char *body)
{
    const char *path = keep("/v1/forms/%s", source_key);

    ck_assert(UNTIL(
        call(srv.port, "POST", path, NULL, NULL, "{}")->status == 422, 5000));
    return call(srv.port, "POST", path, NULL, NULL, body);
}

/* ---- channels ---- */

START_TEST(four_sources_are_four_channels)
{
    const char *mail = keep("%s@mail.example", fresh("channels"));
    const struct reply *r;

    for (int i = 0; i < 4; i++) {
        make_source("form",
                    text(", \"defaults\": {\"channel\": \"way-%d\"}", i));
        EXPECT(send_form(text("{\"email\": \"%s\"}", mail)), 201);
    }
    r = get(srv.marketing, text("/v1/leads/%s/score", the_lead(mail)));
    EXPECT(r, 200);
    ck_assert_ptr_nonnull(strstr(r->body, "\"many_channels\""));
}
END_TEST

START_TEST(what_a_post_says_of_its_channel_holds)
{
    const char *mail = keep("%s@mail.example", fresh("channels"));

    make_source("form", ", \"defaults\": {\"channel\": \"way\"}");
    EXPECT(
        send_form(text("{\"email\": \"%s\", \"utm_source\": \"said\"}", mail)),
        201);
    ck_assert_int_eq(sql_int(text("SELECT count(*) FROM event WHERE lead_id ="
                                  " '%s' AND channel = 'said'",
                                  the_lead(mail))),
                     1);
}
END_TEST

/* ---- ids ---- */

START_TEST(a_form_names_its_own_records_where_it_is_mapped)
{
    const char *kh = fresh("kh"), *mail = keep("%s@mail.example", fresh("id"));
    const char *other = keep("%s@mail.example", fresh("id"));
    const struct reply *r;
    const char *lead;

    make_source("form",
                ", \"mapping\": {\"fields\": {\"kh\": \"external_id\"}}");
    EXPECT(send_form(text("{\"email\": \"%s\", \"kh\": \"%s\"}", mail, kh)),
           201);
    lead = the_lead(mail);
    EXPECT(send_form(text("{\"email\": \"%s\", \"kh\": \"%s\"}", other, kh)),
           201);
    ck_assert_str_eq(the_lead(other), lead);
    r = post(srv.marketing, text("/v1/sources/%s/try", source_id),
             text("{\"email\": \"%s\", \"kh\": \"%s\"}", mail, kh));
    EXPECT(r, 200);
    ck_assert_str_eq(reply_text(r, "/drafts/0/external_id"), kh);
    ck_assert_ptr_nonnull(strstr(r->body, "\"external_id\""));
    /* unmapped, a stranger does not name our records */
    make_source("form", "");
    mail = keep("%s@mail.example", fresh("id"));
    EXPECT(send_form(
               text("{\"email\": \"%s\", \"external_id\": \"%s\"}", mail, kh)),
           201);
    ck_assert_int_eq(sql_int(text("SELECT count(*) FROM identifier WHERE"
                                  " lead_id = '%s'",
                                  the_lead(mail))),
                     1);
}
END_TEST

static const struct {
    const char *kind, *mapping, *pointer;
} NO_IDS[] = {
    {"typeform", "{\"fields\": {\"kh\": \"external_id\"}}",
     "/mapping/fields/kh"},
    {"meta", "{\"fields\": {\"Mã KH\": {\"to\": \"external_id\"}}}",
     "/mapping/fields/Mã KH"},
    {"hubspot", "{\"join\": {\"external_id\": [\"a\", \"b\"]}}",
     "/mapping/join/external_id"},
    {"form", "{\"constants\": {\"external_id\": \"1\"}}",
     "/mapping/constants/external_id"},
};

START_TEST(an_id_that_would_do_nothing_is_refused)
{
    const char *kind = NO_IDS[_i].kind, *mapping = NO_IDS[_i].mapping;
    const struct reply *r =
        post(srv.admin, "/v1/sources",
             text("{\"kind\": \"%s\", \"name\": \"%s\", \"mapping\": %s}", kind,
                  fresh(kind), mapping));

    EXPECT(r, 422);
    ck_assert_str_eq(reply_text(r, "/errors/0/pointer"), NO_IDS[_i].pointer);
    make_source(kind, "");
    r = patch(srv.admin, text("/v1/sources/%s", source_id),
              text("{\"mapping\": %s}", mapping));
    EXPECT(r, 422);
    ck_assert_str_eq(reply_text(r, "/errors/0/pointer"), NO_IDS[_i].pointer);
}
END_TEST

START_TEST(a_generic_sender_is_told_apart_by_the_id_the_mapping_names)
{
    const char *no = fresh("order"), *mail = keep("%s@mail.example", no);
    struct hook_source s;

    make_source("generic", ", \"secrets\": {}, \"mapping\": {\"fields\":"
                           " {\"so_don\": \"external_id\"}}");
    s = (struct hook_source){"generic", source_key, "", source_id};
    EXPECT(call(srv.port, "POST", hook_path(&s), NULL, NULL,
                text("{\"id\": 1, \"so_don\": \"%s\", \"email\": \"%s\"}", no,
                     mail)),
           200);
    ck_assert_int_eq(sql_int(text("SELECT count(*) FROM identifier WHERE"
                                  " lead_id = '%s' AND value LIKE '%%:%s'",
                                  the_lead(mail), no)),
                     1);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("hooks_mapping");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, four_sources_are_four_channels);
    tcase_add_test(tc, what_a_post_says_of_its_channel_holds);
    tcase_add_test(tc, a_form_names_its_own_records_where_it_is_mapped);
    tcase_add_loop_test(tc, an_id_that_would_do_nothing_is_refused, 0,
                        sizeof(NO_IDS) / sizeof(*NO_IDS));
    tcase_add_test(tc,
                   a_generic_sender_is_told_apart_by_the_id_the_mapping_names);
    return real_server_main(tc, "hooks_mapping", NULL);
}
