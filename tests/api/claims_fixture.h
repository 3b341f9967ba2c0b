/**
 * @file claims_fixture.h
 * A server with short leases, and what two reps, Sales and Sales 2, do with
 * leads: one to claim, the one to come next, giving all of them back.
 */
#ifndef LEADD_TESTS_CLAIMS_FIXTURE_H
#define LEADD_TESTS_CLAIMS_FIXTURE_H

#include "api/real_server.h"

#define LEASE_MS 2000

__attribute__((unused)) static const char *post_lead(const char *facts,
                                                     const char *events)
{
    const struct reply *r =
        post(srv.intake, "/v1/leads",
             text("{\"contact\": {\"email\": \"%s@gmail.com\"}, \"facts\": %s,"
                  " \"events\": [%s]}",
                  fresh("c"), facts, events));

    EXPECT(r, 201);
    return keep("%s", reply_text(r, "/lead/id"));
}

#define HOT_FACTS                                                              \
    "{\"authority_role\": \"decision_maker\", \"need\": \"explicit_matched\"," \
    " \"budget\": 100, \"price\": 100, \"timeframe_days\": 20}"

/** A1 at sql, claimable. */
__attribute__((unused)) static const char *hot_lead(void)
{
    const char *id = post_lead(HOT_FACTS, "{\"type\": \"demo_request\"}");

    ck_assert_str_eq(
        reply_text(get(srv.sales, text("/v1/leads/%s", id)), "/stage"), "sql");
    return id;
}

__attribute__((unused)) static const struct reply *claim(const char *key,
                                                         const char *lead)
{
    return post(key, text("/v1/leads/%s/claim", lead), NULL);
}

/** @return the claim's id */
__attribute__((unused)) static const char *claimed(const char *key,
                                                   const char *lead)
{
    const struct reply *r = claim(key, lead);

    EXPECT(r, 201);
    return keep("%s", reply_text(r, "/id"));
}

__attribute__((unused)) static const struct reply *
act(const char *key, const char *claim_id, const char *verb, const char *body)
{
    return post(key, text("/v1/claims/%s/%s", claim_id, verb), body);
}

__attribute__((unused)) static const char *stage_of(const char *lead)
{
    return text(
        "%s", reply_text(get(srv.sales, text("/v1/leads/%s", lead)), "/stage"));
}

/** Take everything off the market, so that the next test sees its own. */
__attribute__((unused)) static void clear(void)
{
    for (int i = 0; i < 500; i++) {
        const struct reply *r = get(srv.sales, "/v1/leads/hot?limit=1");
        const char *id = reply_text(r, "/items/0/id");

        if (!*id)
            return;
        EXPECT(post(srv.marketing, text("/v1/leads/%s/stage", id),
                    "{\"to\": \"disqualified\", \"reason\": \"spam\"}"),
               200);
    }
}

/** Give back what both reps hold. */
__attribute__((unused)) static void hand_back(void)
{
    const char *const keys[] = {srv.sales, srv.sales2};

    for (int k = 0; k < 2; k++) {
        const struct reply *r = get(keys[k], "/v1/claims?mine=1&limit=500");
        size_t n = json_array_size(reply_at(r, "/items"));

        for (size_t i = 0; i < n; i++)
            (void)act(keys[k], reply_text(r, text("/items/%zu/id", i)),
                      "release", "{\"reason\": \"over\"}");
    }
    clear();
}

/** @return the lead that "give me the next" gave; "" when none */
__attribute__((unused)) static const char *next(const char *key)
{
    const struct reply *r = post(key, "/v1/claims", "{}");

    if (r->status == 204)
        return "";
    EXPECT(r, 201);
    return keep("%s", reply_text(r, "/claims/0/lead_id"));
}

/* ---- after all of it ---- */

static void check_conservation(const char *query)
{
    const struct reply *r = get(srv.marketing, query);
    const json_t *groups, *group, *stages, *s;
    size_t i, k;

    EXPECT(r, 200);
    groups = reply_at(r, "/groups");
    ck_assert_uint_gt(json_array_size(groups), 0);
    json_array_foreach (groups, i, group) {
        stages = json_object_get(group, "stages");
        json_array_foreach (stages, k, s) {
            json_int_t start =
                json_integer_value(json_object_get(s, "in_start"));
            json_int_t in = json_integer_value(json_object_get(s, "entered"));
            json_int_t out = json_integer_value(json_object_get(s, "left"));

            ck_assert_int_eq(
                start + in, out + json_integer_value(json_object_get(s, "in")));
        }
    }
}

START_TEST(the_funnel_is_what_a_recount_says)
{
    static const char *const VERIFY[] = {"verify", "rollups", NULL};
    static const char *const BY[] = {"source", "channel", "campaign", "origin",
                                     "grade"};
    const struct reply *r;
    char out[16384];

    ck_assert_msg(server_command(&srv, VERIFY, out, sizeof(out)) == 0, "%s",
                  out);
    check_conservation("/v1/funnel");
    for (int i = 0; i < 5; i++) {
        check_conservation(text("/v1/funnel?group_by=%s", BY[i]));
        check_conservation(
            text("/v1/funnel?group_by=%s&from=%s", BY[i], now_text(-86400)));
        check_conservation(text("/v1/funnel?group_by=%s&view=cohort", BY[i]));
    }
    r = get(srv.marketing, "/v1/funnel");
    for (int i = 0; i < 7; i++)
        ck_assert_int_eq(
            reply_int(r, text("/groups/0/stages/%d/in", i)),
            sql_int(text("SELECT count(*) FROM lead WHERE stage = '%s'",
                         reply_text(r, text("/groups/0/stages/%d/stage", i)))));
}
END_TEST

/** The main of a program; the funnel is recounted at its end. */
__attribute__((unused)) static int claims_main(TCase *tc, const char *name)
{
    static const char *const ENV[] = {"LEADD_LEASE_MS=2000", NULL};

    tcase_set_timeout(tc, 90);
    tcase_add_test(tc, the_funnel_is_what_a_recount_says);
    return real_server_main(tc, name, ENV);
}

#endif
