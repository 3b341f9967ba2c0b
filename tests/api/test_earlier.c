/* Receipts that were held while a later one made the lead: let in, they are
 * what it began with. */
#include "api/real_server.h"
#include "lib/hook_sender.h"

static const char *form(const char *name, const char *origin)
{
    const struct reply *r =
        post(srv.admin, "/v1/sources",
             text("{\"kind\": \"form\", \"name\": \"%s\", \"origin\": \"%s\"}",
                  name, origin));

    EXPECT(r, 201);
    return keep("%s", reply_text(r, "/source_key"));
}

static const char *held(const char *form, const char *body)
{
    const struct reply *r = call(srv.port, "POST", text("/v1/forms/%s", form),
                                 NULL, FORM_TYPE, text("%s&website=x", body));

    EXPECT(r, 201);
    return keep("%s", reply_text(r, "/receipt_id"));
}

static void release(const char *receipt)
{
    const struct reply *r = post(srv.admin, "/v1/quarantine/release",
                                 text("{\"ids\": [\"%s\"]}", receipt));

    EXPECT(r, 200);
    ck_assert_int_eq(reply_int(r, "/decided"), 1);
}

/* Times are in whole milliseconds. */
static void a_moment(void)
{
    poll(NULL, 0, 3);
}

static long long entered(const char *query, const char *source)
{
    const struct reply *r = get(srv.marketing, text("/v1/funnel?%s", query));
    json_t *group;
    size_t i;

    EXPECT(r, 200);
    json_array_foreach (reply_at(r, "/groups"), i, group)
        if (!strcmp(json_string_value(json_object_get(group, "key")), source))
            return json_integer_value(json_object_get(
                json_array_get(json_object_get(group, "stages"), 0),
                "entered"));
    return 0;
}

static void rollups_hold(void)
{
    static const char *const VERIFY[] = {"verify", "rollups", NULL};
    char out[4096];

    ck_assert_msg(server_command(&srv, VERIFY, out, sizeof(out)) == 0, "%s",
                  out);
}

START_TEST(a_lead_begins_with_the_oldest_receipt)
{
    const char *first = fresh("first"), *then = fresh("then");
    const char *mail = keep("%s@mail.example", first), *lead, *came;
    const char *receipt =
        held(form(first, "referral"), text("email=%s&utm_source=flyer&"
                                           "utm_campaign=spring",
                                           mail));
    const struct reply *r;

    a_moment();
    EXPECT(post(srv.intake, "/v1/leads",
                text("{\"contact\": {\"email\": \"%s\"}, \"origin\":"
                     " \"sales\", \"source\": \"%s\", \"touch\": {\"channel\":"
                     " \"cold-call\"}, \"events\": [{\"type\":"
                     " \"demo_request\"}], \"facts\": {\"need\": \"explicit\","
                     " \"authority_role\": \"decision_maker\"}}",
                     mail, then)),
           201);
    lead = the_lead(mail);
    ck_assert_int_eq(entered("group_by=source", then), 1);
    release(receipt);
    came =
        keep("%s", reply_text(get(srv.admin, text("/v1/receipts/%s", receipt)),
                              "/received_at"));
    r = get(srv.marketing, text("/v1/leads/%s", lead));
    ck_assert_str_eq(reply_text(r, "/created_at"), came);
    ck_assert_str_eq(reply_text(r, "/origin"), "referral");
    ck_assert_str_eq(reply_text(r, "/source"), first);
    ck_assert_str_eq(reply_text(r, "/first_touch/channel"), "flyer");
    ck_assert_str_eq(reply_text(r, "/stage"), "mql");
    ck_assert_str_eq(the_lead(mail), lead);
    ck_assert_uint_eq(
        json_array_size(reply_at(
            get(srv.marketing, text("/v1/leads?source=%s", first)), "/items")),
        1);
    /* the first hop is the beginning; the second is where it was */
    ck_assert_int_eq(
        sql_int(text("SELECT count(*) FROM hop a JOIN lead l USING"
                     " (workspace_id, lead_id) JOIN hop z USING"
                     " (workspace_id, lead_id) WHERE lead_id = '%s'"
                     " AND a.hop_no = 1 AND a.hopped_at = l.created_at"
                     " AND z.hop_no = 2 AND z.stay_ms = extract(epoch FROM"
                     " z.hopped_at - a.hopped_at) * 1000 AND z.stay_ms > 0",
                     lead)),
        1);
    ck_assert_int_eq(entered("group_by=source", then), 0);
    ck_assert_int_eq(entered("group_by=source", first), 1);
    ck_assert_int_eq(entered("group_by=source&view=cohort", first), 1);
    rollups_hold();
}
END_TEST

START_TEST(two_held_and_let_in_the_newer_one_first)
{
    const char *one = fresh("one"), *two = fresh("two");
    const char *mail = keep("%s@mail.example", one);
    const char *form_one = form(one, "marketing");
    const char *form_two = form(two, "marketing");
    const char *first = held(form_one, text("email=%s", mail)), *second;

    a_moment();
    second = held(form_two, text("email=%s", mail));
    release(second);
    ck_assert_int_eq(entered("group_by=source", two), 1);
    release(first);
    ck_assert_int_eq(entered("group_by=source", two), 0);
    ck_assert_int_eq(entered("group_by=source", one), 1);
    rollups_hold();
}
END_TEST

START_TEST(the_first_touch_is_the_oldest_when_the_newer_had_none)
{
    const char *mail = keep("%s@mail.example", fresh("untouched"));
    const char *first =
        held(form(fresh("flyer"), "marketing"),
             text("email=%s&utm_source=flyer&utm_campaign=may", mail));
    const struct reply *r;

    a_moment();
    EXPECT(post(srv.intake, "/v1/leads",
                text("{\"contact\": {\"email\": \"%s\"}}", mail)),
           201);
    release(first);
    r = get(srv.marketing, text("/v1/leads/%s", the_lead(mail)));
    ck_assert_str_eq(reply_text(r, "/first_touch/campaign"), "may");
    rollups_hold();
}
END_TEST

START_TEST(what_makes_no_lead_is_no_beginning)
{
    const char *mail = keep("%s@mail.example", fresh("call"));
    const char *name = fresh("visitor"), *before;
    const char *receipt =
        held(form(name, "sales"), text("visitor_id=%s", name));

    a_moment();
    EXPECT(call(srv.port, "POST", text("/v1/forms/%s", srv.form_key), NULL,
                FORM_TYPE, text("email=%s&visitor_id=%s", mail, name)),
           201);
    before = keep("%s", reply_text(get(srv.marketing,
                                       text("/v1/leads/%s", the_lead(mail))),
                                   "/created_at"));
    release(receipt);
    ck_assert_str_eq(
        reply_text(get(srv.marketing, text("/v1/leads/%s", the_lead(mail))),
                   "/created_at"),
        before);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("earlier");

    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, a_lead_begins_with_the_oldest_receipt);
    tcase_add_test(tc, two_held_and_let_in_the_newer_one_first);
    tcase_add_test(tc, the_first_touch_is_the_oldest_when_the_newer_had_none);
    tcase_add_test(tc, what_makes_no_lead_is_no_beginning);
    return real_server_main(tc, "earlier", NULL);
}
