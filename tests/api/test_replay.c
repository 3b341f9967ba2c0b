/* Receipts once more: quarantine's way out, replay. */
#include "base/base.h"
#include "api/real_server.h"

static const char *held_post(const char *name)
{
    const struct reply *r = call(
        srv.port, "POST", text("/v1/forms/%s", srv.form_key), NULL, FORM_TYPE,
        text("name=Held&email=%s%%40mail.example&website=spam", name));

    EXPECT(r, 201);
    return keep("%s", reply_text(r, "/receipt_id"));
}

static const char *form_post(const char *key, const char *body)
{
    const struct reply *r =
        call(srv.port, "POST", text("/v1/forms/%s", key), NULL, NULL, body);

    EXPECT(r, 201);
    return keep("%s", reply_text(r, "/receipt_id"));
}

static const struct reply *decide(const char *what, const char *body)
{
    return post(srv.marketing, text("/v1/quarantine/%s", what), body);
}

static const char *plain_post(const char *body)
{
    const struct reply *r =
        call(srv.port, "POST", text("/v1/forms/%s", srv.form_key), NULL,
             FORM_TYPE, body);

    EXPECT(r, 201);
    return keep("%s", reply_text(r, "/receipt_id"));
}

START_TEST(what_is_held_is_listed_with_its_reason)
{
    const char *name = fresh("listed"), *id = held_post(name);
    const struct reply *r =
        get(srv.marketing, text("/v1/quarantine?contains=%s", name));

    EXPECT(r, 200);
    ck_assert_uint_eq(json_array_size(reply_at(r, "/items")), 1);
    ck_assert_str_eq(reply_text(r, "/items/0/receipt_id"), id);
    ck_assert_str_eq(reply_text(r, "/items/0/reason"), "honeypot");
    ck_assert_str_eq(reply_text(r, "/items/0/state"), "held");
    ck_assert_ptr_nonnull(strstr(reply_text(r, "/items/0/body"), name));
    r = get(srv.marketing, text("/v1/receipts/%s", id));
    EXPECT(r, 200);
    ck_assert_str_eq(reply_text(r, "/status"), "quarantined");
    ck_assert_str_eq(reply_text(r, "/door"), "form");
    EXPECT(get(srv.marketing, "/v1/quarantine?state=gone"), 400);
    EXPECT(get(srv.marketing, "/v1/quarantine?cursor=x"), 400);
}
END_TEST

START_TEST(a_released_receipt_is_as_if_it_had_come_then)
{
    const char *name = fresh("released"), *id = held_post(name), *lead;
    const char *came =
        keep("%s", reply_text(get(srv.admin, text("/v1/receipts/%s", id)),
                              "/received_at"));
    const struct reply *r = decide("release", text("{\"ids\": [\"%s\"]}", id));

    EXPECT(r, 200);
    ck_assert_int_eq(reply_int(r, "/decided"), 1);
    lead = keep("%s", reply_text(r, "/items/0/lead_id"));
    ck_assert_str_eq(the_lead(text("%s@mail.example", name)), lead);
    r = get(srv.marketing, text("/v1/leads/%s", lead));
    ck_assert_str_eq(reply_text(r, "/created_at"), came);
    ck_assert_str_eq(reply_text(r, "/scored_at"), came);
    ck_assert_int_eq(entries(lead, "touch"), 1);
    ck_assert_int_eq(entries(lead, "event"), 1);
    r = get(srv.marketing, text("/v1/receipts/%s", id));
    ck_assert_str_eq(reply_text(r, "/status"), "accepted");
    ck_assert_str_eq(reply_text(r, "/lead_id"), lead);
    r = decide("release", text("{\"ids\": [\"%s\"]}", id)); /* once is all */
    EXPECT(r, 200);
    ck_assert_int_eq(reply_int(r, "/matched"), 0);
    ck_assert_int_eq(entries(lead, "event"), 1);
}
END_TEST

static const char *raced;

static void release_raced(void *ctx, int i)
{
    (void)ctx;
    (void)i;
    EXPECT(decide("release", raced), 200);
}

START_TEST(twenty_releases_at_once_let_it_in_once)
{
    const char *name = fresh("raced"), *id = held_post(name), *lead;

    raced = keep("{\"ids\": [\"%s\"]}", id);
    together(20, release_raced, NULL);
    lead = the_lead(text("%s@mail.example", name));
    ck_assert_int_eq(entries(lead, "event"), 1);
    ck_assert_int_eq(entries(lead, "touch"), 1);
}
END_TEST

/* A form says %40 and +, JSON may say \\u1eb7. */
START_TEST(a_pattern_finds_what_was_written_however_it_was_sent)
{
    const char *name = fresh("written");
    const struct reply *r;

    (void)plain_post(text("name=%s+%%C4%%90%%e1%%ba%%b7ng&website=spam"
                          "&email=%s%%40mail.example",
                          name, name));
    EXPECT(call(srv.port, "POST", text("/v1/forms/%s", srv.form_key), NULL,
                NULL,
                text("{\"name\": \"%s \\u0110\\u1EB7ng\", \"website\": \"s\","
                     " \"email\": \"%s@mail.example\"}",
                     name, name)),
           201);
    r = get(srv.marketing,
            text("/v1/quarantine?contains=%s%%40mail.example", name));
    ck_assert_uint_eq(json_array_size(reply_at(r, "/items")), 2);
    r = get(srv.marketing,
            text("/v1/quarantine?contains=%s%%20%%C4%%90%%E1%%BA%%B7n", name));
    ck_assert_uint_eq(json_array_size(reply_at(r, "/items")), 2);
    r = get(srv.marketing, text("/v1/quarantine?contains=%s.*mail", name));
    ck_assert_uint_eq(json_array_size(reply_at(r, "/items")), 0);
    r = decide("purge", text("{\"contains\": \"%s@mail.example\"}", name));
    ck_assert_int_eq(reply_int(r, "/decided"), 2);
}
END_TEST

START_TEST(the_list_goes_from_one_time_to_another)
{
    const char *name = fresh("spanned");
    const struct reply *r;

    (void)held_post(name);
    r = get(srv.marketing,
            text("/v1/quarantine?contains=%s&from=2026-01-01T00:00:00Z", name));
    EXPECT(r, 200);
    ck_assert_uint_eq(json_array_size(reply_at(r, "/items")), 1);
    r = get(srv.marketing,
            text("/v1/quarantine?contains=%s&to=2026-01-01T00:00:00Z", name));
    EXPECT(r, 200);
    ck_assert_uint_eq(json_array_size(reply_at(r, "/items")), 0);
    EXPECT(get(srv.marketing, "/v1/quarantine?from=then"), 400);
}
END_TEST

START_TEST(a_purge_leaves_the_record_of_those_who_became_leads)
{
    const struct reply *r =
        post(srv.admin, "/v1/sources",
             "{\"kind\": \"generic\", \"name\": \"half-purged\"}");
    const char *path =
        keep("/v1/hooks/generic/%s", reply_text(r, "/source_key"));
    const char *phone = fresh_phone(), *receipt;

    EXPECT(call(srv.port, "POST", path, NULL, NULL,
                text("[{\"id\": \"1\", \"phone\": \"%s\"}, {\"id\": \"2\","
                     " \"name\": \"Nobody\"}]",
                     phone)),
           200);
    r = decide("purge", "{\"source\": \"half-purged\"}");
    ck_assert_int_eq(reply_int(r, "/decided"), 1);
    r = get(srv.marketing, "/v1/quarantine?source=half-purged&state=purged");
    receipt = keep("%s", reply_text(r, "/items/0/receipt_id"));
    r = get(srv.marketing, text("/v1/receipts/%s", receipt));
    EXPECT(r, 200);
    ck_assert_str_eq(reply_text(r, "/status"), "accepted");
    ck_assert_ptr_nonnull(strstr(reply_text(r, "/body"), phone));
    EXPECT(post(srv.admin, text("/v1/receipts/%s/replay", receipt), ""), 200);
    ck_assert_int_eq(entries(the_lead(phone), "event"), 1);
}
END_TEST

/* Of a platform's lead too, but not what was delivered once more. */
START_TEST(a_replay_adds_what_a_new_mapping_finds_in_a_delivery)
{
    const struct reply *r =
        post(srv.admin, "/v1/sources",
             "{\"kind\": \"generic\", \"name\": \"later-mapped\"}");
    const char *path =
        keep("/v1/hooks/generic/%s", reply_text(r, "/source_key"));
    const char *source = keep("/v1/sources/%s", reply_text(r, "/id"));
    const char *body = keep("{\"id\": \"1\", \"phone\": \"%s\", \"how_much\":"
                            " \"50tr\", \"comp\": \"An Phat\"}",
                            fresh_phone());
    const char *first, *lead;

    EXPECT(call(srv.port, "POST", path, NULL, NULL, body), 200);
    EXPECT(call(srv.port, "POST", path, NULL, NULL, body), 200);
    first = sql_text(text("SELECT receipt_id FROM receipt WHERE source_id ="
                          " '%s' ORDER BY receipt_id LIMIT 1",
                          strrchr(source, '/') + 1));
    EXPECT(patch(srv.admin, source,
                 "{\"mapping\": {\"fields\": {\"how_much\": \"fact.budget\","
                 " \"comp\": \"contact.company\"}}}"),
           200);
    for (int i = 0; i < 2; i++) {
        r = post(srv.admin, text("/v1/receipts/%s/replay", first), "");
        EXPECT(r, 200);
        lead = keep("%s", reply_text(r, "/lead_id"));
        r = get(srv.marketing, text("/v1/leads/%s", lead));
        ck_assert_int_eq(reply_int(r, "/facts/budget"), 50000000);
        ck_assert_str_eq(reply_text(r, "/contact/company"), "An Phat");
        ck_assert_int_eq(entries(lead, "event"), 1);
        ck_assert_int_eq(entries(lead, "touch"), 1);
        ck_assert_int_eq(entries(lead, "facts"), 1);
        ck_assert_int_eq(entries(lead, "receipt"), 2);
    }
    free((char *)first);
}
END_TEST

/* Who came back since is known by what he said last. */
START_TEST(a_released_receipt_takes_nothing_newer_away)
{
    const char *name = fresh("older"), *id, *lead;
    const struct reply *r;

    (void)plain_post(text("name=Held&company=Old&website=spam"
                          "&utm_campaign=old&email=%s%%40mail.example",
                          name));
    id = keep("%s", reply_text(get(srv.marketing,
                                   text("/v1/quarantine?contains=%s", name)),
                               "/items/0/receipt_id"));
    (void)plain_post(text("name=Newer&utm_campaign=new"
                          "&email=%s%%40mail.example",
                          name));
    EXPECT(decide("release", text("{\"ids\": [\"%s\"]}", id)), 200);
    lead = the_lead(text("%s@mail.example", name));
    r = get(srv.marketing, text("/v1/leads/%s", lead));
    ck_assert_str_eq(reply_text(r, "/contact/name"), "Newer");
    ck_assert_str_eq(reply_text(r, "/contact/company"), "Old");
    ck_assert_str_eq(reply_text(r, "/last_touch/campaign"), "new");
    ck_assert_int_eq(entries(lead, "touch"), 2);
}
END_TEST

START_TEST(a_pattern_purges_bodies_and_keeps_the_rows)
{
    const char *name = fresh("purged"), *id = held_post(name);
    const struct reply *r =
        decide("purge", text("{\"contains\": \"%s\"}", name));

    EXPECT(r, 200);
    ck_assert_int_eq(reply_int(r, "/decided"), 1);
    r = get(srv.marketing, text("/v1/receipts/%s", id));
    ck_assert(json_is_null(reply_at(r, "/body")));
    ck_assert_int_eq(reply_int(r, "/body_bytes"), 0);
    ck_assert_str_eq(reply_text(r, "/status"), "purged");
    r = get(srv.marketing, "/v1/quarantine?state=purged&limit=500");
    ck_assert_ptr_nonnull(strstr(r->body, id));
    r = post(srv.admin, text("/v1/receipts/%s/replay", id), NULL);
    EXPECT(r, 409);
    ck_assert_int_eq(reply_int(r, "/code"), 1038);
}
END_TEST

START_TEST(a_cursor_of_quarantine_is_good_for_its_pattern_only)
{
    const char *name = fresh("pages"), *next;
    const struct reply *r;

    (void)held_post(name);
    (void)held_post(name);
    r = get(srv.marketing, text("/v1/quarantine?contains=%s&limit=1", name));
    EXPECT(r, 200);
    next = keep("%s", reply_text(r, "/next_cursor"));
    EXPECT(get(srv.marketing,
               text("/v1/quarantine?contains=%s&cursor=%s", name, next)),
           200);
    EXPECT(get(srv.marketing,
               text("/v1/quarantine?contains=x%s&cursor=%s", name, next)),
           400);
}
END_TEST

START_TEST(a_decision_says_what_it_is_about)
{
    const struct reply *r = decide("release", "{}");

    EXPECT(r, 422);
    EXPECT(decide("purge", "{\"limit\": 5}"), 422);
    r = decide("purge", "{\"ids\": [\"x\"], \"from\": \"then\", \"what\": 1}");
    EXPECT(r, 422);
    ck_assert_uint_eq(json_array_size(reply_at(r, "/errors")), 3);
    EXPECT(decide("purge", "{"), 400);
    EXPECT(decide("release", "[]"), 400);
    EXPECT(post(srv.sales, "/v1/quarantine/release", "{}"), 403);
    EXPECT(post(NULL, "/v1/quarantine/purge", "{}"), 401);
    EXPECT(get(srv.intake, "/v1/quarantine"), 403);
}
END_TEST

static const struct reply *with_key(const char *path, const char *name,
                                    const char *body)
{
    return call(srv.port, "POST", path, srv.marketing,
                text("Idempotency-Key: %s\r\nContent-Type:"
                     " application/json\r\n",
                     name),
                body);
}

/* Twice with one key: the first answer, byte by byte, and no work. */
static void is_kept(const char *path, const char *body, int decided)
{
    const char *name = fresh("key"), *first;
    const struct reply *r = with_key(path, name, body);
    char v[16];

    EXPECT(r, 200);
    if (decided)
        ck_assert_int_eq(reply_int(r, "/decided"), decided);
    ck_assert_ptr_null(reply_field(r, "Idempotency-Replayed", v, sizeof(v)));
    first = keep("%s", r->body);
    r = with_key(path, name, body);
    EXPECT(r, 200);
    ck_assert_str_eq(r->body, first);
    ck_assert_str_eq(reply_field(r, "Idempotency-Replayed", v, sizeof(v)),
                     "true");
    r = with_key(path, name, text("%s ", body));
    EXPECT(r, 422);
    ck_assert_str_eq(reply_text(r, "/type"), "/docs#key_reused");
}

START_TEST(the_same_key_gives_the_first_answer_again)
{
    const char *id = held_post(fresh("kept"));
    const char *body = keep("{\"ids\": [\"%s\"]}", id);

    is_kept("/v1/quarantine/release", body, 1);
    is_kept(keep("/v1/receipts/%s/replay", id), "{}", 0);
    body = keep("{\"ids\": [\"%s\"]}", held_post(fresh("kept")));
    is_kept("/v1/quarantine/purge", body, 1);
    /* what was refused is not kept */
    EXPECT(with_key("/v1/quarantine/release", "later", "{}"), 422);
    EXPECT(with_key("/v1/quarantine/release", "later", body), 200);
    EXPECT(with_key("/v1/quarantine/release", "", body), 400);
}
END_TEST

struct chorus {
    const char *header, *body;
    char answer[20][400];
};

static void one_of_chorus(void *ctx, int i)
{
    struct chorus *c = ctx;
    struct reply r = http_call(srv.port, "POST", "/v1/quarantine/release",
                               srv.marketing, c->header, c->body);

    ck_assert_msg(r.status == 200 || r.status == 409, "%d", r.status);
    snprintf(c->answer[i], sizeof(c->answer[i]), "%s",
             r.status == 200 ? r.body : "");
    reply_free(&r);
}

/* One of them works; who asks meanwhile is told to wait. */
START_TEST(callers_together_with_one_key_hear_one_answer)
{
    for (int n = 0; n < 5; n++) {
        const char *id = held_post(fresh("chorus"));
        struct chorus c = {.header =
                               keep("Idempotency-Key: %s\r\n", fresh("key")),
                           .body = keep("{\"ids\": [\"%s\"]}", id)};
        int told = 0;

        together(20, one_of_chorus, &c);
        for (int i = 0; i < 20; i++) {
            if (!*c.answer[i])
                continue;
            ck_assert_ptr_nonnull(strstr(c.answer[i], "\"decided\":1"));
            told++;
        }
        ck_assert_int_ge(told, 1);
    }
}
END_TEST

START_TEST(a_replay_goes_through_todays_mapping_and_twice_is_once)
{
    const struct reply *r =
        post(srv.admin, "/v1/sources",
             text("{\"kind\": \"form\", \"name\": \"%s\"}", fresh("source")));
    const char *source = keep("%s", reply_text(r, "/id"));
    const char *key = keep("%s", reply_text(r, "/source_key"));
    const char *name = fresh("again"), *id, *lead, *once;

    ck_assert(UNTIL(
        call(srv.port, "POST", text("/v1/forms/%s", key), NULL, NULL, "{}")
                ->status == 422,
        5000));
    id = form_post(key, text("{\"email\": \"%s@mail.example\","
                             " \"ngan_sach\": \"15tr\"}",
                             name));
    lead = the_lead(text("%s@mail.example", name));
    EXPECT(patch(srv.admin, text("/v1/sources/%s", source),
                 "{\"mapping\": {\"fields\": {\"ngan_sach\":"
                 " \"fact.budget\"}}}"),
           200);
    ck_assert(UNTIL(
        post(srv.admin, text("/v1/receipts/%s/replay", id), NULL)->status ==
                200 &&
            reply_int(get(srv.marketing, text("/v1/leads/%s", lead)),
                      "/facts/budget") == 15000000,
        5000));
    once = keep("%s", get(srv.marketing, text("/v1/leads/%s", lead))->body);
    r = post(srv.admin, text("/v1/receipts/%s/replay", id), NULL);
    EXPECT(r, 200);
    ck_assert_str_eq(reply_text(r, "/lead_id"), lead);
    ck_assert(!json_is_true(reply_at(r, "/created")));
    ck_assert_str_eq(get(srv.marketing, text("/v1/leads/%s", lead))->body,
                     once);
    ck_assert_int_eq(entries(lead, "touch"), 1);
    ck_assert_int_eq(entries(lead, "event"), 1);
}
END_TEST

START_TEST(only_receipts_there_are_can_be_replayed)
{
    const char *none = "01900000-0000-7000-8000-000000000000";
    const struct reply *r;

    EXPECT(post(srv.admin, text("/v1/receipts/%s/replay", none), NULL), 404);
    EXPECT(post(srv.admin, "/v1/receipts/x/replay", NULL), 404);
    EXPECT(get(srv.admin, text("/v1/receipts/%s", none)), 404);
    EXPECT(post(srv.sales, text("/v1/receipts/%s/replay", none), NULL), 403);
    r = post(srv.admin, text("/v1/receipts/%s/replay", held_post(fresh("no"))),
             NULL);
    EXPECT(r, 409);
    ck_assert_int_eq(reply_int(r, "/code"), 1037);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("replay");

    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, what_is_held_is_listed_with_its_reason);
    tcase_add_test(tc, a_released_receipt_is_as_if_it_had_come_then);
    tcase_add_test(tc, twenty_releases_at_once_let_it_in_once);
    tcase_add_test(tc, a_pattern_finds_what_was_written_however_it_was_sent);
    tcase_add_test(tc, the_list_goes_from_one_time_to_another);
    tcase_add_test(tc, a_purge_leaves_the_record_of_those_who_became_leads);
    tcase_add_test(tc, a_replay_adds_what_a_new_mapping_finds_in_a_delivery);
    tcase_add_test(tc, a_released_receipt_takes_nothing_newer_away);
    tcase_add_test(tc, a_pattern_purges_bodies_and_keeps_the_rows);
    tcase_add_test(tc, a_cursor_of_quarantine_is_good_for_its_pattern_only);
    tcase_add_test(tc, a_decision_says_what_it_is_about);
    tcase_add_test(tc, the_same_key_gives_the_first_answer_again);
    tcase_add_test(tc, callers_together_with_one_key_hear_one_answer);
    tcase_add_test(tc, a_replay_goes_through_todays_mapping_and_twice_is_once);
    tcase_add_test(tc, only_receipts_there_are_can_be_replayed);
    return real_server_main(tc, "replay", NULL);
}
