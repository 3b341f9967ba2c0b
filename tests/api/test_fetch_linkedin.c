/* What LinkedIn's notifications did not tell: its owners are read in bulk,
 * by the finder of a fake Lead Sync server. */
#include "api/fetch_fixture.h"
#include "base/base.h"

#define ACCOUNT      "urn:li:sponsoredAccount:"
#define ORGANIZATION "urn:li:organization:"

/** An id like LinkedIn's, no other test's. */
static const char *response_id(void)
{
    return keep("4f0d1c2b-%s-5", lead_id());
}

static void lead_at_linkedin(const char *id)
{
    fake_answer("/rest/leadForms/8181", 200, "@" LINKEDIN "lead_form.json");
    fake_answer(text("/rest/leadFormResponses/%s ", id), 200,
                text("{\"id\":\"%s\",\"leadType\":\"SPONSORED\","
                     "\"versionedLeadGenFormUrn\":\"urn:li:versionedLeadGenForm"
                     ":(urn:li:leadGenForm:8181,1)\",\"submittedAt\":"
                     "1767671358881,\"formResponse\":{\"answers\":[{"
                     "\"questionId\":10549,\"answerDetails\":{"
                     "\"textQuestionAnswer\":{\"answer\":\"%s@example.com\"}}}"
                     "]}}",
                     id, id));
}

/** How a part of an owner's list is asked for: an end of the address. */
static const char *part_at(const char *kind, const char *number,
                           const char *type, int start)
{
    return keep("%s", text("&owner=(%s:urn%%3Ali%%3A%s%%3A%s)&leadType="
                           "(leadType:%s)&start=%d HTTP",
                           kind, kind, number, type, start));
}

/** A part of one response. */
static void part(const char *at, int start, int total, const char *id)
{
    fake_answer(at, 200,
                text("{\"paging\":{\"start\":%d,\"count\":100,\"total\":%d,"
                     "\"links\":[{\"rel\":\"next\",\"href\":"
                     "\"http://127.0.0.1/stolen\"}]},\"elements\":["
                     "{\"id\":\"%s\"}]}",
                     start, total, id));
}

static const char *with_owner(const char *owner)
{
    return source(
        "linkedin",
        text("{\"access_token\":\"li-tok\",\"owner\":\"%s\"}", owner));
}

/** How the last bulk read of an owner ended. @param error NULL: well */
static bool swept(const char *source_id, const char *error)
{
    return sql_int(text("SELECT count(*) FROM fetch_form WHERE source_id = '%s'"
                        " AND coalesce(last_error, 'read') = '%s' AND"
                        " (last_error IS NOT NULL OR swept_at IS NOT NULL)",
                        source_id, error ? error : "read")) == 1;
}

static int rows_of(const char *source_id)
{
    return (int)sql_int(text("SELECT count(*) FROM fetch_queue WHERE"
                             " source_id = '%s'",
                             source_id));
}

/** Sweep once more, now. */
static void sweep_again(const char *source_id)
{
    sql_run(text("UPDATE fetch_form SET swept_at = NULL, last_error = NULL,"
                 " next_at = now() WHERE source_id = '%s'",
                 source_id));
}

START_TEST(a_bulk_read_finds_what_nobody_told)
{
    const char *one = response_id(), *two = response_id(), *n = lead_id();
    const char *first = part_at("sponsoredAccount", n, "SPONSORED", 0);
    const char *owner = keep(ACCOUNT "%s", n), *s;

    part(first, 0, 2, one);
    part(part_at("sponsoredAccount", n, "SPONSORED", 1), 1, 2, two);
    lead_at_linkedin(one);
    lead_at_linkedin(two);
    s = with_owner(owner);
    ck_assert(UNTIL(swept(s, NULL), WAIT_MS));
    wait_for(one, "done", NULL);
    wait_for(two, "done", NULL);
    ck_assert(row_is(two, "page_id", owner));
    ck_assert_uint_eq(found(text("%s%%40example.com", two)), 1);
    ck_assert_str_eq(page_state(s, owner), "working");
    ck_assert_int_eq(fake_asked("stolen"), 0);
    ck_assert_int_ge(fake_asked("GET /rest/leadFormResponses?q=owner"
                                "&limitedToTestLeads=false&fields=id&count=100"
                                "&submittedAtTimeRange=(start:"),
                     2);

    sweep_again(s);
    ck_assert(UNTIL(swept(s, NULL), WAIT_MS));
    ck_assert_int_eq(fake_asked(first), 2);
    ck_assert_int_eq(rows_of(s), 2);
    ck_assert_int_eq(fake_asked(text("/rest/leadFormResponses/%s ", one)), 1);
    ck_assert_uint_eq(found(text("%s%%40example.com", one)), 1);
}
END_TEST

START_TEST(an_owner_that_a_notification_named_is_read_in_bulk)
{
    const char *told = response_id(), *untold = response_id(), *n = lead_id();
    const char *s = source("linkedin", "{\"access_token\":\"li-tok\"}");

    part(part_at("sponsoredAccount", n, "SPONSORED", 0), 0, 1, untold);
    lead_at_linkedin(told);
    lead_at_linkedin(untold);
    name_lead("linkedin", s, told, text(ACCOUNT "%s", n), "8181");
    wait_for(told, "done", NULL);
    ck_assert(UNTIL(row_of(untold) != NULL, WAIT_MS));
    wait_for(untold, "done", NULL);
}
END_TEST

START_TEST(an_organization_is_asked_for_each_type_of_lead)
{
    static const char *const TYPES[] = {"COMPANY", "EVENT",
                                        "ORGANIZATION_PRODUCT"};
    const char *ids[ARRAY_LEN(TYPES)], *n = lead_id(), *s;

    for (size_t i = 0; i < ARRAY_LEN(TYPES); i++) {
        ids[i] = response_id();
        part(part_at("organization", n, TYPES[i], 0), 0, 1, ids[i]);
        lead_at_linkedin(ids[i]);
    }
    s = with_owner(text(ORGANIZATION "%s", n));
    ck_assert(UNTIL(swept(s, NULL), WAIT_MS));
    for (size_t i = 0; i < ARRAY_LEN(TYPES); i++)
        wait_for(ids[i], "done", NULL);
    ck_assert_int_eq(rows_of(s), 3);
}
END_TEST

static const struct {
    int status;
    const char *state, *cause;
} REFUSALS[] = {
    {401, "stopped", "http_401"},
    {429, "limited", "http_429"},
    {403, "", "http_403"},
};

START_TEST(a_refused_bulk_read_shows_and_holds_the_owner)
{
    const char *n = lead_id(), *waits = lead_id();
    const char *at = part_at("sponsoredAccount", n, "SPONSORED", 0);
    const char *owner = keep(ACCOUNT "%s", n), *s;

    fake_answer(at, REFUSALS[_i].status, "{}");
    s = with_owner(owner);
    ck_assert(UNTIL(swept(s, REFUSALS[_i].cause), WAIT_MS));
    ck_assert_str_eq(page_state(s, owner), REFUSALS[_i].state);
    ck_assert_int_eq(fake_asked(at), 1);
    if (!*REFUSALS[_i].state)
        return;
    name_lead("linkedin", s, waits, owner, "");
    ck_assert(
        UNTIL(row_is(waits, "last_error", text("page_%s", REFUSALS[_i].state)),
              WAIT_MS));
    ck_assert_int_eq(fake_asked(text("/rest/leadFormResponses/%s", waits)), 0);
}
END_TEST

static const char *const NO_OWNERS[] = {"520866471", ACCOUNT, ACCOUNT "1)",
                                        "urn:li:person:1", ACCOUNT "1&x=2"};

START_TEST(an_owner_that_is_none_is_never_asked_for)
{
    const char *s = with_owner(NO_OWNERS[_i]);

    ck_assert(UNTIL(swept(s, "bad_id"), WAIT_MS));
    ck_assert_int_eq(fake_asked("sponsoredAccount%3A1)"), 0);
    ck_assert_int_eq(fake_asked("person"), 0);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("fetch_linkedin");

    tcase_add_test(tc, a_bulk_read_finds_what_nobody_told);
    tcase_add_test(tc, an_owner_that_a_notification_named_is_read_in_bulk);
    tcase_add_test(tc, an_organization_is_asked_for_each_type_of_lead);
    tcase_add_loop_test(tc, a_refused_bulk_read_shows_and_holds_the_owner, 0,
                        ARRAY_LEN(REFUSALS));
    tcase_add_loop_test(tc, an_owner_that_is_none_is_never_asked_for, 0,
                        ARRAY_LEN(NO_OWNERS));
    return fetch_main(tc, "fetch_linkedin");
}
