/* Whether the domains of e-mail addresses take mail, asked of a DNS server of
 * the test's own, after the commit. */
#include "base/base.h"
#include "lib/fake_dns.h"
#include "real_server.h"

#define WAIT_MS 15000

/** A lead at @a domain. @return its id */
static const char *lead_at(const char *domain)
{
    const struct reply *r =
        post(srv.admin, "/v1/leads",
             text("{\"contact\":{\"email\":\"%s@%s\"}}", fresh("m"), domain));

    EXPECT(r, 201);
    return keep("%s", reply_text(r, "/lead/id"));
}

static bool result_is(const char *lead, const char *result)
{
    const struct reply *r = get(srv.marketing, text("/v1/leads/%s", lead));

    EXPECT(r, 200);
    return !strcmp(reply_text(r, "/email_check/result"), result);
}

static void wait_for(const char *lead, const char *result)
{
    ck_assert_msg(UNTIL(result_is(lead, result), WAIT_MS), "not %s: %s", result,
                  get(srv.marketing, text("/v1/leads/%s", lead))->body);
}

static const struct {
    enum dns_kind kind;
    const char *result;
} KINDS[] = {
    {DNS_MX, "deliverable"}, {DNS_A, "deliverable"}, {DNS_NULL_MX, "no_mx"},
    {DNS_NOTHING, "no_mx"},  {DNS_FAIL, "unknown"},  {DNS_SILENT, "unknown"},
};

START_TEST(dns_decides)
{
    const char *domain = keep("%s.example", fresh("kind"));
    const char *lead;

    dns_name(domain, KINDS[_i].kind);
    lead = lead_at(domain);
    wait_for(lead, KINDS[_i].result);
    ck_assert_int_eq(entries(lead, "email_check"), 1);
}
END_TEST

START_TEST(a_domain_that_is_none_is_said_so)
{
    wait_for(lead_at(text("%s.example", fresh("none"))), "no_domain");
}
END_TEST

START_TEST(domains_of_other_scripts_are_asked_in_ascii)
{
    const char *lead;

    dns_name("xn--bcher-kva.example", DNS_MX);
    lead = lead_at("b\xc3\xbc"
                   "cher.example");
    wait_for(lead, "deliverable");
}
END_TEST

START_TEST(throw_away_domains_are_not_asked_about)
{
    wait_for(lead_at("mailinator.com"), "disposable");
    ck_assert_int_eq(dns_asked("mailinator.com"), 0);
}
END_TEST

START_TEST(an_answer_serves_the_next_lead)
{
    const char *domain = keep("%s.example", fresh("cached"));
    int asked;

    dns_name(domain, DNS_MX);
    wait_for(lead_at(domain), "deliverable");
    asked = dns_asked(domain);
    wait_for(lead_at(domain), "deliverable");
    /* asked again by hand: within its time to live the cache knows */
    sql_run(text("UPDATE mail_domain SET next_at = now(), result = NULL"
                 " WHERE domain = '%s'",
                 domain));
    ck_assert(UNTIL(sql_int(text("SELECT count(*) FROM mail_domain WHERE"
                                 " domain = '%s' AND result ="
                                 " 'deliverable'",
                                 domain)) == 1,
                    WAIT_MS));
    ck_assert_int_eq(dns_asked(domain), asked);
}
END_TEST

START_TEST(an_old_answer_is_asked_again_by_the_next_lead)
{
    const char *domain = keep("%s.example", fresh("old"));

    dns_name(domain, DNS_MX);
    wait_for(lead_at(domain), "deliverable");
    sql_run(
        text("UPDATE mail_domain SET checked_at = now() - interval '31 days'"
             " WHERE domain = '%s'",
             domain));
    lead_at(domain);
    ck_assert(UNTIL(sql_int(text("SELECT count(*) FROM mail_domain WHERE"
                                 " domain = '%s' AND checked_at > now() -"
                                 " interval '1 day'",
                                 domain)) == 1,
                    WAIT_MS));
}
END_TEST

START_TEST(when_dns_comes_back_it_is_asked_again)
{
    const char *domain = keep("%s.example", fresh("back"));
    const char *lead;

    dns_name(domain, DNS_FAIL);
    lead = lead_at(domain);
    wait_for(lead, "unknown");
    dns_name(domain, DNS_MX);
    wait_for(lead, "deliverable");
}
END_TEST

START_TEST(a_lease_that_ended_is_taken_over)
{
    const char *domain = keep("%s.example", fresh("lease"));

    dns_name(domain, DNS_MX);
    sql_run(text("INSERT INTO mail_domain (workspace_id, domain, attempts,"
                 " next_at) VALUES (1, '%s', 1, now() + interval '300 ms')",
                 domain));
    ck_assert(UNTIL(sql_int(text("SELECT count(*) FROM mail_domain WHERE"
                                 " domain = '%s' AND result ="
                                 " 'deliverable'",
                                 domain)) == 1,
                    WAIT_MS));
}
END_TEST

START_TEST(another_answer_has_another_etag)
{
    const char *domain = keep("%s.example", fresh("etag"));
    const struct reply *r;
    const char *lead;
    char etag[128];

    dns_name(domain, DNS_MX);
    lead = lead_at(domain);
    wait_for(lead, "deliverable");
    r = get(srv.marketing, text("/v1/leads/%s", lead));
    ck_assert_ptr_nonnull(reply_field(r, "ETag", etag, sizeof(etag)));
    EXPECT(call(srv.port, "GET", text("/v1/leads/%s", lead), srv.marketing,
                text("If-None-Match: %s\r\n", etag), NULL),
           304);
    EXPECT(call(srv.port, "PATCH", text("/v1/leads/%s", lead), srv.marketing,
                text("If-Match: %s\r\n", etag),
                "{\"contact\":{\"name\":\"An\"}}"),
           200);
}
END_TEST

int main(void)
{
    static const char *env[] = {"LEADD_MAIL_CHECK=on",
                                "LEADD_DNS_MS=150",
                                "LEADD_MAIL_POLL_MS=20",
                                "LEADD_MAIL_RETRY_MS=200",
                                NULL,
                                NULL};
    TCase *tc = tcase_create("mail_check");

    env[4] = keep("LEADD_DNS_SERVERS=127.0.0.1:%d", dns_start());
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, dns_decides, 0, ARRAY_LEN(KINDS));
    tcase_add_test(tc, a_domain_that_is_none_is_said_so);
    tcase_add_test(tc, domains_of_other_scripts_are_asked_in_ascii);
    tcase_add_test(tc, throw_away_domains_are_not_asked_about);
    tcase_add_test(tc, an_answer_serves_the_next_lead);
    tcase_add_test(tc, an_old_answer_is_asked_again_by_the_next_lead);
    tcase_add_test(tc, when_dns_comes_back_it_is_asked_again);
    tcase_add_test(tc, a_lease_that_ended_is_taken_over);
    tcase_add_test(tc, another_answer_has_another_etag);
    return real_server_main(tc, "mail_check", env);
}
