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

int main(void)
{
    TCase *tc = tcase_create("hooks_mapping");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, four_sources_are_four_channels);
    tcase_add_test(tc, what_a_post_says_of_its_channel_holds);
    return real_server_main(tc, "hooks_mapping", NULL);
}
