/* HubSpot tells ids; the contacts behind them are read back, from a fake CRM,
 * changed by what it tells later, and forgotten when it says so. */
#include "api/real_server.h"

#include "lib/fake_http.h"
#include "lib/hook_sender.h"

#define URI     "https://leads.example.com/v1/hooks/hubspot/main"
#define SECRET  "hubspot-client-secret-04"
#define PORTAL  "12345678"
#define WAIT_MS 15000

static struct hook_source hubspot(const char *more)
{
    return hook_source_make(&srv, "hubspot", SECRET,
                            text("uri=" URI "%s", more), 0);
}

/** One event about a contact, signed. */
static void tell(const struct hook_source *h, const char *type,
                 const char *contact, const char *members)
{
    const char *body =
        keep("[{\"eventId\": 1, \"portalId\": " PORTAL ", \"occurredAt\":"
             " 1767690000000, \"subscriptionType\": \"%s\", \"objectId\": %s%s"
             "}]",
             type, contact, members);
    const char *message = keep("POST" URI "%s1767690001000", body);

    EXPECT(call(srv.port, "POST", hook_path(h), NULL,
                text("X-HubSpot-Request-Timestamp: 1767690001000\r\n"
                     "X-HubSpot-Signature-v3: %s\r\n",
                     hook_hmac(SECRET, strlen(SECRET), message, true)),
                body),
           200);
}

static const char *lead_made(const char *name, const char *mail)
{
    EXPECT(post(srv.admin, "/v1/leads",
                text("{\"contact\": {\"name\": \"%s\", \"email\": \"%s\"}}",
                     name, mail)),
           201);
    return keep("%s", the_lead(mail));
}

static bool is_fetch(const struct hook_source *h, const char *contact,
                     const char *what)
{
    return sql_int(text("SELECT count(*) FROM fetch_queue WHERE source_id ="
                        " '%s' AND external_id = '" PORTAL ":%s' AND %s",
                        h->id, contact, what)) == 1;
}

static bool is_done(const struct hook_source *h, const char *contact)
{
    return UNTIL(is_fetch(h, contact, "state = 'done'"), WAIT_MS);
}

static void contact_at_hubspot(const char *id, const char *mail)
{
    fake_answer(text("/crm/v3/objects/contacts/%s?properties=email,", id), 200,
                text("{\"id\": \"%s\", \"properties\": {\"email\": \"%s\","
                     " \"firstname\": \"An\"}, \"createdAt\":"
                     " \"2026-01-06T09:00:00.000Z\"}",
                     id, mail));
}

START_TEST(a_contact_that_was_made_is_read_and_becomes_a_lead)
{
    struct hook_source s = hubspot(";access_token=hs-tok");
    const struct reply *r;
    struct table t;

    fake_answer("/crm/v3/objects/contacts/901?properties=email,", 200,
                "@" FIXTURES "hubspot/contact.json");
    table_read(&t, "hubspot", SIGNATURES);
    for (int i = 0; i < 2; i++) { /* a repeated notification */
        struct reply sent = hook_send_file(&srv, &s, &t, 1);

        ck_assert_int_eq(sent.status, 200);
        reply_free(&sent);
    }
    free(t.text);
    ck_assert(is_done(&s, "901"));
    ck_assert_int_eq(fake_asked("contacts/901?"), 1);
    ck_assert_int_ge(fake_asked("Bearer hs-tok\r\n"), 1);
    r = get(srv.marketing,
            text("/v1/leads/%s", the_lead("dung%40example.com")));
    EXPECT(r, 200);
    ck_assert_str_eq(reply_text(r, "/contact/phone"), "+84900000905");
    ck_assert_str_eq(reply_text(r, "/contact/company"), "Công ty Minh Hoạ");
    ck_assert_ptr_nonnull(strstr(reply_text(r, "/contact/name"), "Dũng"));
    ck_assert_int_eq(sql_int(hook_told(&s, PORTAL ":901")), 2);
}
END_TEST

START_TEST(later_news_change_the_lead_and_a_deletion_forgets_it)
{
    struct hook_source s = hubspot(";access_token=hs-tok");
    const char *mail = keep("%s@mail.example", fresh("hs"));
    const struct reply *r;
    const char *lead;

    contact_at_hubspot("77001", mail);
    tell(&s, "contact.creation", "77001", "");
    ck_assert(is_done(&s, "77001"));
    lead = the_lead(mail);
    tell(&s, "contact.propertyChange", "77001",
         ", \"propertyName\": \"company\", \"propertyValue\": \"Nhà máy 9\"");
    r = get(srv.marketing, text("/v1/leads/%s", lead));
    ck_assert_str_eq(reply_text(r, "/contact/company"), "Nhà máy 9");
    tell(&s, "contact.privacyDeletion", "77001", "");
    ck_assert_uint_eq(found(mail), 0);
    r = get(srv.marketing, text("/v1/leads/%s", lead));
    EXPECT(r, 200);
    ck_assert_str_eq(reply_text(r, "/stage"), "disqualified");
    ck_assert_ptr_null(strstr(r->body, "hs-"));
}
END_TEST

static void tell_change(const struct hook_source *h, const char *contact,
                        const char *name, const char *value)
{
    tell(h, "contact.propertyChange", contact,
         keep(", \"propertyName\": \"%s\", \"propertyValue\": \"%s\"", name,
              value));
}

/* The other pieces are not told, so one of them is no name. */
START_TEST(a_piece_of_a_name_does_not_replace_the_name)
{
    struct hook_source s = hubspot(";access_token=hs-tok");
    const char *mail = keep("%s@mail.example", fresh("hs"));
    const struct reply *r;
    const char *lead;

    contact_at_hubspot("77061", mail);
    tell(&s, "contact.creation", "77061", "");
    ck_assert(is_done(&s, "77061"));
    lead = the_lead(mail);
    tell_change(&s, "77061", "fullname", "Mary Jane Watson");
    r = get(srv.marketing, text("/v1/leads/%s", lead));
    ck_assert_str_eq(reply_text(r, "/contact/name"), "Mary Jane Watson");
    tell_change(&s, "77061", "lastname", "Parker");
    tell_change(&s, "77061", "firstname", "May");
    tell_change(&s, "77061", "company", "Bugle");
    r = get(srv.marketing, text("/v1/leads/%s", lead));
    ck_assert_str_eq(reply_text(r, "/contact/name"), "Mary Jane Watson");
    ck_assert_str_eq(reply_text(r, "/contact/company"), "Bugle");
}
END_TEST

static const char *const NEW_WAYS[] = {"phone", "mobilephone", "email"};

/* The number is the lead's own from then on. */
START_TEST(a_new_way_to_reach_a_known_contact_is_its_own)
{
    struct hook_source s = hubspot(";access_token=hs-tok");
    const char *mail = keep("%s@mail.example", fresh("hs"));
    const char *id = keep("7720%d", _i), *number = fresh_phone();
    bool is_mail = strcmp(NEW_WAYS[_i], "email") == 0;
    const char *said = is_mail ? keep("new-%s", mail) : number;
    const char *stored = is_mail ? said : keep("+84%s", number + 1);
    const struct reply *r;
    const char *lead;

    contact_at_hubspot(id, mail);
    tell(&s, "contact.creation", id, "");
    ck_assert(is_done(&s, id));
    lead = the_lead(mail);
    tell_change(&s, id, NEW_WAYS[_i], said);
    r = get(srv.marketing, text("/v1/leads/%s", lead));
    ck_assert_str_eq(reply_text(r, "/contact/email"), mail);
    if (!is_mail)
        ck_assert_str_eq(reply_text(r, "/contact/phone"), stored);
    ck_assert_int_eq(sql_int(text("SELECT count(*) FROM identifier WHERE"
                                  " lead_id = '%s' AND value = '%s'",
                                  lead, stored)),
                     1);
    ck_assert_int_eq(fake_asked(text("contacts/%s?", id)), 1);
}
END_TEST

START_TEST(a_new_way_that_is_somebody_elses_is_for_review)
{
    struct hook_source s = hubspot(";access_token=hs-tok");
    const char *mail = keep("%s@mail.example", fresh("hs"));
    const char *theirs = keep("%s@mail.example", fresh("other"));
    const char *other = lead_made("Khác", theirs);
    const char *lead;

    contact_at_hubspot("77031", mail);
    tell(&s, "contact.creation", "77031", "");
    ck_assert(is_done(&s, "77031"));
    lead = keep("%s", the_lead(mail));
    tell_change(&s, "77031", "email", theirs);
    ck_assert_int_eq(
        sql_int(text("SELECT count(*) FROM review WHERE '%s' IN (lead_id,"
                     " other_lead_id) AND '%s' IN (lead_id, other_lead_id)",
                     lead, other)),
        1);
}
END_TEST

/* Read back with a name only, it waits; then HubSpot tells an address. */
START_TEST(a_contact_nobody_could_reach_is_read_again_when_it_can_be)
{
    struct hook_source s = hubspot(";access_token=hs-tok");
    const char *mail = keep("%s@mail.example", fresh("hs"));

    fake_answer("/crm/v3/objects/contacts/77041?", 200,
                "{\"id\": \"77041\", \"properties\": {\"firstname\": \"An\"},"
                " \"createdAt\": \"2026-01-06T09:00:00.000Z\"}");
    tell(&s, "contact.creation", "77041", "");
    ck_assert(is_done(&s, "77041"));
    tell_change(&s, "77041", "company", "Nhà máy 9");
    ck_assert(is_done(&s, "77041"));
    ck_assert_int_eq(fake_asked("contacts/77041?"), 1);
    contact_at_hubspot("77041", mail);
    tell_change(&s, "77041", "email", mail);
    ck_assert(UNTIL(is_fetch(&s, "77041", "lead_id IS NOT NULL"), WAIT_MS));
    ck_assert_int_eq(fake_asked("contacts/77041?"), 2);
    ck_assert_uint_eq(found(mail), 1);
    tell(&s, "contact.privacyDeletion", "77041", "");
    tell_change(&s, "77041", "email", mail); /* late: it is forgotten */
    ck_assert(is_fetch(&s, "77041", "state = 'done'"));
    ck_assert_uint_eq(found(mail), 0);
}
END_TEST

/* Nobody is made by the change itself, and its number stays free. */
START_TEST(a_change_alone_makes_nobody)
{
    struct hook_source s = hubspot("");
    const char *mail = keep("%s@mail.example", fresh("hs"));

    tell_change(&s, "77051", "email", mail);
    ck_assert_uint_eq(found(mail), 0);
    ck_assert_int_eq(
        sql_int(
            text("SELECT count(*) FROM identifier WHERE value = '%s'", mail)),
        0);
    ck_assert(is_fetch(&s, "77051", "state = 'pending'"));
    ck_assert_str_ne(lead_made("Mới", mail), "");
}
END_TEST

/* Without a token, or while it is refused, the contacts wait. */
START_TEST(contacts_wait_for_a_token_and_are_not_read_once_deleted)
{
    struct hook_source s = hubspot("");
    const char *mail = keep("%s@mail.example", fresh("hs"));

    contact_at_hubspot("77002", mail);
    contact_at_hubspot("77003", text("gone-%s", mail));
    tell(&s, "contact.creation", "77002", "");
    tell(&s, "contact.creation", "77003", "");
    ck_assert(UNTIL(is_fetch(&s, "77002", "last_error = 'no_token'"), WAIT_MS));
    tell(&s, "contact.privacyDeletion", "77003", "");
    ck_assert(is_fetch(&s, "77003", "state = 'dead'"));
    EXPECT(patch(srv.admin, text("/v1/sources/%s", s.id),
                 "{\"secrets\": {\"access_token\": \"hs-late\"}}"),
           200);
    ck_assert(is_done(&s, "77002"));
    ck_assert_uint_eq(found(mail), 1);
    ck_assert_int_eq(fake_asked("contacts/77003?"), 0);
}
END_TEST

/* HubSpot gives only the properties it is asked for. */
START_TEST(what_the_mapping_names_is_asked_for)
{
    struct hook_source s = hubspot(";access_token=hs-tok");
    const char *mail = keep("%s@mail.example", fresh("hs"));
    const struct reply *r;

    EXPECT(patch(srv.admin, text("/v1/sources/%s", s.id),
                 "{\"mapping\": {\"fields\": {\"lead_budget\": \"fact.budget\","
                 " \"/properties/hs_need\": \"fact.need\","
                 " \"email\": \"contact.email\", \"a b\": \"fact.price\","
                 " \"unasked\": \"ignore\"}}}"),
           200);
    fake_answer("/crm/v3/objects/contacts/77061?properties=email,firstname,"
                "lastname,phone,mobilephone,company,jobtitle,hs_need,a%20b,"
                "lead_budget ",
                200,
                text("{\"id\": \"77061\", \"properties\": {\"email\": \"%s\","
                     " \"lead_budget\": \"15000000\", \"hs_need\":"
                     " \"explicit\"}}",
                     mail));
    tell(&s, "contact.creation", "77061", "");
    ck_assert(is_done(&s, "77061"));
    r = get(srv.marketing, text("/v1/leads/%s", the_lead(mail)));
    ck_assert_str_eq(reply_text(r, "/facts/need"), "explicit");
    ck_assert_int_eq(json_integer_value(reply_at(r, "/facts/budget")),
                     15000000);
}
END_TEST

static const struct {
    int status;
    const char *what;
} ANSWERS[] = {
    {403, "state = 'parked' AND last_error = 'http_403'"},
    {404, "state = 'dead' AND last_error = 'http_404'"},
    {401, "state = 'pending' AND last_error IN ('http_401', 'page_stopped')"},
    {500, "state = 'pending' AND last_error = 'http_500'"},
};

START_TEST(errors_of_the_crm_go_by_status)
{
    struct hook_source s = hubspot(";access_token=hs-tok");
    const char *id = keep("7701%d", _i);

    fake_answer(text("/crm/v3/objects/contacts/%s?", id), ANSWERS[_i].status,
                "{}");
    tell(&s, "contact.creation", id, "");
    ck_assert(UNTIL(is_fetch(&s, id, ANSWERS[_i].what), WAIT_MS));
}
END_TEST

int main(void)
{
    static char url[64];
    const char *env[] = {url,
                         "LEADD_OUTBOUND_ALLOW=127.0.0.0/8",
                         "LEADD_OUTBOUND_MS=1000",
                         "LEADD_FETCH_POLL_MS=20",
                         "LEADD_FETCH_RETRY_MS=5",
                         NULL};
    TCase *tc = tcase_create("fetch_hubspot");

    snprintf(url, sizeof(url), "LEADD_HUBSPOT_URL=http://127.0.0.1:%d",
             fake_start());
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, a_contact_that_was_made_is_read_and_becomes_a_lead);
    tcase_add_test(tc, later_news_change_the_lead_and_a_deletion_forgets_it);
    tcase_add_test(tc, a_piece_of_a_name_does_not_replace_the_name);
    tcase_add_loop_test(tc, a_new_way_to_reach_a_known_contact_is_its_own, 0,
                        sizeof(NEW_WAYS) / sizeof(*NEW_WAYS));
    tcase_add_test(tc, a_new_way_that_is_somebody_elses_is_for_review);
    tcase_add_test(tc,
                   a_contact_nobody_could_reach_is_read_again_when_it_can_be);
    tcase_add_test(tc, a_change_alone_makes_nobody);
    tcase_add_test(tc, what_the_mapping_names_is_asked_for);
    tcase_add_test(tc, contacts_wait_for_a_token_and_are_not_read_once_deleted);
    tcase_add_loop_test(tc, errors_of_the_crm_go_by_status, 0,
                        sizeof(ANSWERS) / sizeof(*ANSWERS));
    return real_server_main(tc, "fetch_hubspot", env);
}
