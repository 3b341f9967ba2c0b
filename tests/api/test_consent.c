/* What people say of their consent, at each door that hears it: a yes, a no,
 * or nothing. */
#include "api/imports_fixture.h"

static long long said(const char *mail, const char *status)
{
    return sql_int(text("SELECT count(*) FROM consent JOIN lead USING"
                        " (workspace_id, lead_id) WHERE email = '%s' AND"
                        " consent.status = '%s'",
                        mail, status));
}

static void form(const char *mail, const char *more)
{
    EXPECT(call(srv.port, "POST", text("/v1/forms/%s", srv.form_key), NULL,
                FORM_TYPE, text("email=%s%s", mail, more)),
           201);
}

static void look_at_a_page(const char *mail)
{
    EXPECT(post(srv.intake, "/v1/events",
                text("{\"events\": [{\"type\": \"page_view\", \"email\":"
                     " \"%s\"}]}",
                     mail)),
           201);
}

static int views(const char *mail)
{
    return (int)sql_int(
        text("SELECT count(*) FROM event JOIN lead USING (workspace_id,"
             " lead_id) WHERE email = '%s' AND event.type = 'page_view'",
             mail));
}

START_TEST(a_form_may_refuse_and_the_refusal_holds)
{
    const char *mail = keep("%s@mail.example", fresh("refused")), *lead;

    form(mail, "&consent_behaviour_tracking=1&consent_wording=v1");
    lead = the_lead(mail);
    look_at_a_page(mail);
    form(mail, "&utm_source=x"); /* a box that is missing says nothing */
    look_at_a_page(mail);
    form(mail, "&consent_behaviour_tracking=kh%C3%B4ng&consent_wording=v2");
    look_at_a_page(mail);
    ck_assert_int_eq(said(mail, "granted"), 1);
    ck_assert_int_eq(said(mail, "denied"), 1);
    ck_assert_int_eq(entries(lead, "consent"), 2);
    ck_assert_int_eq(views(mail), 2);
}
END_TEST

START_TEST(what_shows_a_consent_is_kept_with_it)
{
    const char *mail = keep("%s@mail.example", fresh("shown")), *lead;
    const struct reply *r;
    json_t *moment = NULL;
    size_t i;

    EXPECT(post(srv.intake, "/v1/leads",
                text("{\"contact\": {\"email\": \"%s\"}, \"consent\":"
                     " [{\"purpose\": \"marketing\", \"channel\": \"phone\","
                     " \"status\": \"granted\", \"method\": \"call\","
                     " \"evidence\": \"recording 4711\"}]}",
                     mail)),
           201);
    lead = the_lead(mail);
    r = get(srv.marketing, text("/v1/leads/%s/timeline", lead));
    EXPECT(r, 200);
    json_array_foreach (reply_at(r, "/items"), i, moment)
        if (json_object_get(moment, "purpose"))
            break;
    ck_assert_str_eq(json_string_value(json_object_get(moment, "evidence")),
                     "recording 4711");
    ck_assert_ptr_nonnull(json_object_get(moment, "receipt_id"));
    EXPECT(post(srv.intake, "/v1/leads",
                text("{\"contact\": {\"email\": \"%s\"}, \"consent\":"
                     " [{\"purpose\": \"marketing\", \"status\": \"granted\","
                     " \"evidence\": 4711}]}",
                     mail)),
           422);
}
END_TEST

/* An unticked box is no page's way to say that somebody changed his mind. */
START_TEST(an_empty_box_takes_nothing_back)
{
    static const char *const EMPTY[] = {"0", "off", "false", "unchecked", ""};
    const char *mail = keep("%s@mail.example", fresh("empty"));

    form(mail, "&consent_marketing_email=1");
    for (size_t i = 0; i < ARRAY_LEN(EMPTY); i++)
        form(mail, text("&consent_marketing_email=%s", EMPTY[i]));
    EXPECT(call(srv.port, "POST", text("/v1/forms/%s", srv.form_key), NULL,
                "Content-Type: application/json\r\n",
                text("{\"email\": \"%s\", \"consent_marketing_email\": false}",
                     mail)),
           201);
    ck_assert_int_eq(said(mail, "granted"), 1);
    ck_assert_int_eq(said(mail, "denied"), 0);
}
END_TEST

START_TEST(a_row_that_refuses_is_not_counted_among_those_who_agreed)
{
    const char *a = fresh("row");
    const char *list = keep("email,consent_marketing\n%s-1@mail.example,false\n"
                            "%s-2@mail.example,\n",
                            a, a);
    const struct reply *r = import_bytes(
        text("source=%s&provenance=purchased&note=Cty+B&consent=opt-in", a),
        CSV, list, strlen(list));

    counts(r, 2, 0, 0, 0, 0);
    ck_assert_int_eq(said(keep("%s-1@mail.example", a), "denied"), 1);
    ck_assert_int_eq(said(keep("%s-1@mail.example", a), "granted"), 0);
    ck_assert_int_eq(said(keep("%s-2@mail.example", a), "granted"), 1);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("consent");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, a_form_may_refuse_and_the_refusal_holds);
    tcase_add_test(tc, what_shows_a_consent_is_kept_with_it);
    tcase_add_test(tc, an_empty_box_takes_nothing_back);
    tcase_add_test(tc,
                   a_row_that_refuses_is_not_counted_among_those_who_agreed);
    return real_server_main(tc, "consent", NULL);
}
