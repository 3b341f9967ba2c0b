/* /v1/hooks: bodies of another shape, over HTTP.  None of them vanishes. */
#include "api/real_server.h"

#include "base/crypto.h"

#include "lib/hook_sender.h"

static const char *not_understood(const struct hook_source *h)
{
    return text("SELECT count(*) FROM quarantine q JOIN receipt r USING"
                " (workspace_id, receipt_id) WHERE r.source_id = '%s' AND"
                " q.state = 'held' AND q.reason = 'not_understood'",
                h->id);
}

static long long leads_of(const struct hook_source *h)
{
    return sql_int(
        text("SELECT count(*) FROM lead WHERE source_id = '%s'", h->id));
}

static long long touches_of(const struct hook_source *h)
{
    return sql_int(
        text("SELECT count(*) FROM touch WHERE source_id = '%s'", h->id));
}

/* ---- HubSpot ---- */

#define URI "https://leads.example.com/v1/hooks/hubspot/main"

static void from_hubspot(const struct hook_source *h, const char *body)
{
    const char *message = keep("POST" URI "%s1767690001000", body);

    EXPECT(call(srv.port, "POST", hook_path(h), NULL,
                text("X-HubSpot-Request-Timestamp: 1767690001000\r\n"
                     "X-HubSpot-Signature-v3: %s\r\n",
                     hook_hmac("s", 1, message, true)),
                body),
           200);
}

START_TEST(one_hubspot_event_outside_a_list_is_a_list_of_one)
{
    struct hook_source h =
        hook_source_make(&srv, "hubspot", "s", "uri=" URI, 0);

    from_hubspot(&h, "{\"eventId\": 1, \"subscriptionId\": 2, \"portalId\": 3,"
                     " \"occurredAt\": 1767690000000, \"subscriptionType\":"
                     " \"contact.creation\", \"objectId\": 4}");
    ck_assert_int_eq(sql_int(hook_told(&h, "3:4")), 1);
}
END_TEST

/* ---- Webflow ---- */

static const char *older_webflow(const char *id, const char *mail)
{
    return keep("{\"name\": \"Email Form\", \"site\": \"5a\", \"data\":"
                " {\"Name\": \"Mai\", \"Email\": \"%s\"}, \"d\":"
                " \"2026-01-06T09:00:00.000Z\", \"_id\": \"%s\"}",
                mail, id);
}

static const struct reply *webflow_source(const char *secrets)
{
    return post(srv.admin, "/v1/sources",
                text("{\"kind\": \"webflow\", \"name\": \"%s\", \"secrets\":"
                     " %s}",
                     fresh("webflow"), secrets));
}

static struct hook_source source_of(const struct reply *r)
{
    EXPECT(r, 201);
    return (struct hook_source){
        "webflow", keep("%s", reply_text(r, "/source_key")),
        keep("%s", reply_text(r, "/name")), keep("%s", reply_text(r, "/id"))};
}

START_TEST(an_older_webflow_site_posts_unsigned_where_it_may)
{
    struct hook_source h = source_of(webflow_source("{\"secret\": null}"));
    const char *mail = keep("%s@mail.example", fresh("webflow"));
    const char *body = older_webflow("5c7", mail);

    EXPECT(call(srv.port, "POST", hook_path(&h), NULL, NULL, body), 200);
    EXPECT(call(srv.port, "POST", hook_path(&h), NULL, NULL, body), 200);
    ck_assert_int_eq(sql_int(hook_told(&h, "5c7")), 1);
    ck_assert_int_eq(entries(the_lead(mail), "touch"), 1);
    EXPECT(patch(srv.admin, text("/v1/sources/%s", h.id),
                 "{\"secrets\": {\"secret\": \"from now on\"}}"),
           200);
    EXPECT(call(srv.port, "POST", hook_path(&h), NULL, NULL, body), 401);
    EXPECT(patch(srv.admin, text("/v1/sources/%s", h.id),
                 "{\"secrets\": {\"secret\": null}}"),
           422);
}
END_TEST

START_TEST(a_webflow_source_with_a_secret_asks_for_it)
{
    struct hook_source h = source_of(webflow_source("{}"));
    const char *body = older_webflow("5c8", "a@mail.example");

    EXPECT(call(srv.port, "POST", hook_path(&h), NULL, NULL, body), 401);
    EXPECT(webflow_source("{\"secret\": \"\"}"), 422);
    EXPECT(post(srv.admin, "/v1/sources",
                "{\"kind\": \"tally\", \"name\": \"t\", \"secrets\":"
                " {\"secret\": null}}"),
           422);
}
END_TEST

/* A secret this program cannot use is no leave to post without one. */
START_TEST(only_null_opens_a_webflow_source)
{
    static const char *const LOCKED[] = {"{\"a\": \"b\"}", "[{\"a\": \"b\"}]",
                                         "\"\"", "[]", "true"};
    struct hook_source h = source_of(webflow_source("{}"));
    const char *body = older_webflow("5c9", "a@mail.example");

    EXPECT(webflow_source("{\"secret\": {\"a\": \"b\"}}"), 422);
    EXPECT(patch(srv.admin, text("/v1/sources/%s", h.id),
                 "{\"secrets\": {\"secret\": {\"current\": \"s1\"}}}"),
           422);
    for (size_t i = 0; i < ARRAY_LEN(LOCKED); i++) {
        /* as an earlier version may have kept it */
        sql_run(text("UPDATE source SET secrets = '{\"secret\": %s}' WHERE"
                     " source_id = '%s'",
                     LOCKED[i], h.id));
        EXPECT(patch(srv.admin, text("/v1/sources/%s", h.id),
                     text("{\"defaults\": {\"campaign\": \"c%zu\"}}", i)),
               200);
        EXPECT(call(srv.port, "POST", hook_path(&h), NULL, NULL, body), 401);
    }
}
END_TEST

START_TEST(an_open_webflow_source_asks_for_its_key)
{
    struct hook_source h =
        source_of(webflow_source("{\"secret\": null, \"key\": \"shared\"}"));
    const char *mail = keep("%s@mail.example", fresh("webflow"));
    const char *body = older_webflow("5d0", mail);

    EXPECT(call(srv.port, "POST", hook_path(&h), NULL, NULL, body), 401);
    EXPECT(call(srv.port, "POST", text("%s?key=other", hook_path(&h)), NULL,
                NULL, body),
           401);
    ck_assert_uint_eq(found(mail), 0);
    EXPECT(call(srv.port, "POST", text("%s?key=shared", hook_path(&h)), NULL,
                NULL, body),
           200);
    ck_assert_uint_eq(found(mail), 1);
}
END_TEST

/* ---- Meta ---- */

/* @param changes what changed, as Meta lists it; @return held receipts */
static long long from_meta(const struct hook_source *h, const char *changes)
{
    const char *body = keep("{\"object\": \"page\", \"entry\": [{\"id\":"
                            " \"7\", \"changes\": [%s]}]}",
                            changes);

    EXPECT(call(srv.port, "POST", hook_path(h), NULL,
                text("X-Hub-Signature-256: sha256=%s\r\n",
                     hook_hmac("s", 1, body, false)),
                body),
           200);
    return sql_int(not_understood(h));
}

#define CHANGE(value) "{\"field\": \"leadgen\", \"value\": {" value "}}"

START_TEST(what_is_understood_hides_nothing_beside_it)
{
    struct hook_source h = hook_source_make(&srv, "meta", "s", "", 0);
    const char *feed = "{\"field\": \"feed\", \"value\": {}}";

    ck_assert_int_eq(from_meta(&h, CHANGE("\"leadgen_id\": \"70\"")), 0);
    ck_assert_int_eq(from_meta(&h, feed), 0);
    ck_assert_int_eq(from_meta(&h, CHANGE("\"leadgen_id\": \"77\"") ", " CHANGE(
                                       "\"id_new\": \"x\"")),
                     1);
    ck_assert_int_eq(sql_int(hook_told(&h, "77")), 1);
    ck_assert_int_eq(
        from_meta(&h, text("%s, %s", feed, CHANGE("\"id_new\": \"y\""))), 2);
}
END_TEST

START_TEST(an_id_too_long_to_be_asked_for_is_held)
{
    struct hook_source h = hook_source_make(&srv, "meta", "s", "", 0);
    const char *longest = keep("%0*d1", 127, 0);

    ck_assert_int_eq(
        from_meta(&h, text(CHANGE("\"leadgen_id\": \"%s\""), longest)), 0);
    ck_assert_int_eq(sql_int(hook_told(&h, longest)), 1);
    ck_assert_int_eq(
        from_meta(&h, text(CHANGE("\"leadgen_id\": \"%s2\""), longest)), 1);
}
END_TEST

/* ---- Zalo ---- */

static void from_zalo(const struct hook_source *h, const char *who,
                      const char *info)
{
    const char *body = keep("{\"app_id\": \"1\", \"event_name\":"
                            " \"user_submit_info\", \"timestamp\":"
                            " \"1767690000000\", \"recipient\": {\"id\":"
                            " \"9\"}, %s\"info\": {%s}}",
                            who, info);
    const char *message = keep("1%s1767690000000s", body);
    uint8_t digest[SHA256_BYTES];
    char hex[2 * SHA256_BYTES + 1];

    crypto_sha256(message, strlen(message), digest);
    EXPECT(call(srv.port, "POST", hook_path(h), NULL,
                text("X-ZEvent-Signature: mac=%s\r\n",
                     hex_encode(digest, sizeof(digest), hex)),
                body),
           200);
}

START_TEST(two_nameless_forms_of_one_millisecond_are_two_people)
{
    struct hook_source h = hook_source_make(&srv, "zalo", "s", "app_id=1", 0);
    const char *one = keep("\"email\": \"%s@mail.example\"", fresh("zalo"));
    const char *two = keep("\"email\": \"%s@mail.example\"", fresh("zalo"));

    from_zalo(&h, "", one);
    from_zalo(&h, "", two);
    from_zalo(&h, "", one);
    ck_assert_int_eq(leads_of(&h), 2);
    ck_assert_int_eq(touches_of(&h), 2);
}
END_TEST

START_TEST(a_release_reaches_who_is_known_by_another_name)
{
    struct hook_source h = hook_source_make(&srv, "zalo", "s", "app_id=1", 0);
    const char *user = fresh("Z"), *mail = keep("%s@mail.example", user);
    const char *sender = keep("\"sender\": {\"id\": \"%s\"}, ", user);
    const struct reply *r;

    from_zalo(&h, sender, text("\"email\": \"%s\"", mail));
    from_zalo(&h,
              keep("%s\"message\": {\"msg_id\": \"%s\"}, ", sender, fresh("m")),
              keep("\"company\": \"Held %s\"", user));
    r = post(srv.marketing, "/v1/quarantine/release",
             text("{\"contains\": \"Held %s\"}", user));
    EXPECT(r, 200);
    ck_assert_int_eq(reply_int(r, "/decided"), 1);
    ck_assert_str_eq(reply_text(r, "/items/0/lead_id"), the_lead(mail));
    ck_assert_int_eq(leads_of(&h), 1);
    ck_assert_int_eq(touches_of(&h), 2);
}
END_TEST

/* ---- anything else ---- */

static const char *from_tiktok(const struct hook_source *h, const char *body)
{
    EXPECT(
        call(srv.port, "POST", hook_path(h), NULL,
             text("X-Open-Signature: %s\r\n", hook_hmac("s", 1, body, false)),
             body),
        200);
    return not_understood(h);
}

START_TEST(what_nobody_understands_is_held_and_stays_held)
{
    struct hook_source h = hook_source_make(&srv, "tiktok", "s", "", 0);
    const char *mail = keep("%s@mail.example", fresh("shape")), *id;
    const struct reply *r;

    ck_assert_int_eq(sql_int(from_tiktok(&h, "{\"object\": 2}")), 0);
    ck_assert_int_eq(
        sql_int(from_tiktok(&h, keep("{\"lead\": {\"email\": \"%s\"}}", mail))),
        1);
    r = get(srv.marketing, text("/v1/quarantine?contains=%s", mail));
    EXPECT(r, 200);
    id = keep("%s", reply_text(r, "/items/0/receipt_id"));
    r = post(srv.admin, text("/v1/sources/%s/try", h.id),
             text("{\"receipt_id\": \"%s\"}", id));
    EXPECT(r, 200);
    ck_assert_str_eq(reply_text(r, "/drafts/0/quarantine"), "not_understood");
    r = post(srv.marketing, "/v1/quarantine/release",
             text("{\"ids\": [\"%s\"]}", id));
    EXPECT(r, 200);
    ck_assert_str_eq(reply_text(r, "/items/0/error"), "no_identifier");
    ck_assert_int_eq(leads_of(&h), 0);
    ck_assert_uint_eq(
        json_array_size(reply_at(
            get(srv.marketing, text("/v1/quarantine?contains=%s", mail)),
            "/items")),
        1);
}
END_TEST

static const struct reply *release(const char *pattern)
{
    const struct reply *r = post(srv.marketing, "/v1/quarantine/release",
                                 text("{\"contains\": \"%s\"}", pattern));

    EXPECT(r, 200);
    return r;
}

static long long version_of(const char *mail)
{
    return reply_int(get(srv.marketing, text("/v1/leads/%s", the_lead(mail))),
                     "/version");
}

/* They stay where somebody may see them, however often they are tried. */
static void stays_held(const struct hook_source *h, const char *name,
                       const char *mail)
{
    long long version = version_of(mail);

    for (int i = 0; i < 2; i++) {
        const struct reply *r = release(name);

        ck_assert_int_eq(reply_int(r, "/matched"), 1);
        ck_assert_int_eq(reply_int(r, "/decided"), 0);
        ck_assert_str_eq(reply_text(r, "/items/0/error"), "no_identifier");
        ck_assert(json_is_null(reply_at(r, "/items/0/lead_id")));
    }
    ck_assert_int_eq(leads_of(h), 1);
    ck_assert_int_eq(touches_of(h), 1);
    ck_assert_int_eq(version_of(mail), version);
}

/* Those that can be reached are in, the others make no lead of nobody. */
START_TEST(a_release_makes_no_lead_of_who_cannot_be_reached)
{
    struct hook_source h = hook_source_make(&srv, "tiktok", "s", "", 0);
    const char *mail = keep("%s@mail.example", fresh("reached"));
    const char *name = keep("%s", fresh("unreached"));

    (void)from_tiktok(
        &h,
        keep("{\"object\": 1, \"entry\": [{\"id\": 1, \"changes\": [{\"field\":"
             " \"name\", \"value\": \"%s\"}]}, {\"id\": 2, \"changes\":"
             " [{\"field\": \"email\", \"value\": \"%s\"}]}]}",
             name, mail));
    ck_assert_uint_eq(found(mail), 1);
    stays_held(&h, name, mail);
}
END_TEST

START_TEST(nor_where_nothing_names_the_delivery)
{
    struct hook_source h = hook_source_make(&srv, "generic", "s", "", 0);
    const char *mail = keep("%s@mail.example", fresh("reached"));
    const char *name = keep("%s", fresh("unreached"));
    const char *body = keep("[{\"name\": \"%s\"}, {\"email\": \"%s\","
                            " \"message\": \"call me\"}]",
                            name, mail);

    EXPECT(call(srv.port, "POST", hook_path(&h), NULL,
                text("X-Signature: %s\r\n", hook_hmac("s", 1, body, false)),
                body),
           200);
    ck_assert_uint_eq(found(mail), 1);
    stays_held(&h, name, mail);
}
END_TEST

/* Their mapping is mended: all of the delivery is let in. */
START_TEST(who_can_be_reached_at_last_is_let_in_beside_the_others)
{
    struct hook_source h = hook_source_make(&srv, "generic", "s", "", 0);
    const char *mail = keep("%s@mail.example", fresh("reached"));
    const char *late = keep("%s@mail.example", fresh("late"));
    const char *body =
        keep("[{\"reach_me_at\": \"%s\"}, {\"email\": \"%s\"}]", late, mail);
    const struct reply *r;

    EXPECT(call(srv.port, "POST", hook_path(&h), NULL,
                text("X-Signature: %s\r\n", hook_hmac("s", 1, body, false)),
                body),
           200);
    EXPECT(patch(srv.admin, text("/v1/sources/%s", h.id),
                 "{\"mapping\": {\"fields\": {\"reach_me_at\": "
                 "\"contact.email\"}}}"),
           200);
    r = release(late);
    ck_assert_int_eq(reply_int(r, "/decided"), 1);
    ck_assert_str_eq(reply_text(r, "/items/0/lead_id"), the_lead(late));
    ck_assert_int_eq(leads_of(&h), 2);
    ck_assert_int_eq(touches_of(&h), 2);
}
END_TEST

/* What the standard requires is missing; the lead is there. */
START_TEST(a_cloudevent_without_its_attributes_is_a_lead)
{
    struct hook_source h = hook_source_make(&srv, "cloudevents", "s", "", 0);
    const char *mail = keep("%s@mail.example", fresh("event"));
    const char *headers = "Content-Type: application/cloudevents+json\r\n"
                          "Authorization: Bearer s\r\n";

    EXPECT(call(srv.port, "POST", hook_path(&h), NULL, headers,
                text("{\"data\": {\"email\": \"%s\"}}", mail)),
           200);
    ck_assert_uint_eq(found(mail), 1);
    mail = keep("%s@mail.example", fresh("event"));
    EXPECT(
        call(srv.port, "POST", hook_path(&h), NULL, headers,
             text("{\"id\": \"7\", \"source\": \"/x\", \"data\": [{\"email\":"
                  " \"%s\"}]}",
                  mail)),
        200);
    ck_assert_uint_eq(
        json_array_size(reply_at(
            get(srv.marketing, text("/v1/quarantine?contains=%s", mail)),
            "/items")),
        1);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("hooks_shapes");

    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, one_hubspot_event_outside_a_list_is_a_list_of_one);
    tcase_add_test(tc, an_older_webflow_site_posts_unsigned_where_it_may);
    tcase_add_test(tc, a_webflow_source_with_a_secret_asks_for_it);
    tcase_add_test(tc, only_null_opens_a_webflow_source);
    tcase_add_test(tc, an_open_webflow_source_asks_for_its_key);
    tcase_add_test(tc, what_is_understood_hides_nothing_beside_it);
    tcase_add_test(tc, an_id_too_long_to_be_asked_for_is_held);
    tcase_add_test(tc, two_nameless_forms_of_one_millisecond_are_two_people);
    tcase_add_test(tc, a_release_reaches_who_is_known_by_another_name);
    tcase_add_test(tc, what_nobody_understands_is_held_and_stays_held);
    tcase_add_test(tc, a_release_makes_no_lead_of_who_cannot_be_reached);
    tcase_add_test(tc, nor_where_nothing_names_the_delivery);
    tcase_add_test(tc, who_can_be_reached_at_last_is_let_in_beside_the_others);
    tcase_add_test(tc, a_cloudevent_without_its_attributes_is_a_lead);
    return real_server_main(tc, "hooks_shapes", NULL);
}
