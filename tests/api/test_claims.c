/* Who works a lead, from the claim to its end: domain section 4, and the
 * stages around it. */
#include "api/claims_fixture.h"

/* ---- one lead ---- */

START_TEST(one_wins_the_other_hears_until_when)
{
    const char *lead = hot_lead(), *id = claimed(srv.sales, lead);
    const struct reply *r = claim(srv.sales2, lead);

    EXPECT(r, 409);
    ck_assert_uint_gt(strlen(reply_text(r, "/expires_at")), 10);
    r = post(srv.sales2, text("/v1/leads/%s/stage", lead),
             "{\"to\": \"disqualified\", \"reason\": \"spam\"}");
    EXPECT(r, 409);
    ck_assert_uint_gt(strlen(reply_text(r, "/expires_at")), 10);
    r = claim(srv.sales, lead); /* mine already */
    EXPECT(r, 200);
    ck_assert_str_eq(reply_text(r, "/id"), id);
    r = get(srv.sales, text("/v1/leads/%s", lead));
    ck_assert_str_eq(reply_text(r, "/claim/id"), id);
    ck_assert_str_eq(reply_text(r, "/claim/state"), "claimed");
    EXPECT(claim(srv.sales, post_lead("{}", "{\"type\": \"download\"}")), 409);
    EXPECT(claim(srv.sales, "01980a7c-2a10-7d4e-8b21-6f0e1d2c3b4a"), 404);
    EXPECT(claim(srv.marketing, lead), 403);
    EXPECT(act(srv.sales, id, "release", "{\"reason\": \"r\"}"), 200);
}
END_TEST

struct race {
    const char *lead;
    int status[32];
};

static void race(void *ctx, int i)
{
    struct race *c = ctx;
    struct reply r =
        http_call(srv.port, "POST", text("/v1/leads/%s/claim", c->lead),
                  i % 2 ? srv.sales : srv.sales2, NULL, NULL);

    c->status[i] = r.status;
    reply_free(&r);
}

START_TEST(of_many_at_once_one_wins)
{
    struct race c = {.lead = hot_lead()};
    int n[600] = {0};

    together(32, race, &c);
    for (int i = 0; i < 32; i++)
        n[c.status[i]]++;
    ck_assert_int_eq(n[201], 1);
    ck_assert_int_eq(n[200], 15);
    ck_assert_int_eq(n[409], 16);
    ck_assert_int_eq(
        sql_int(text("SELECT count(*) FROM claim WHERE live AND lead_id = '%s'",
                     c.lead)),
        1);
    hand_back();
}
END_TEST

START_TEST(a_claim_goes_from_accepted_to_won)
{
    const char *lead = hot_lead(), *id = claimed(srv.sales, lead);
    const char *won = "{\"result\": \"won\", \"amount\": 50000000,"
                      " \"currency\": \"VND\"}";
    const struct reply *r;

    EXPECT(act(srv.sales, id, "outcome", won), 409); /* not accepted */
    EXPECT(act(srv.sales2, id, "accept", NULL), 403);
    r = act(srv.sales, id, "accept", NULL);
    EXPECT(r, 200);
    ck_assert_str_eq(reply_text(r, "/state"), "accepted");
    ck_assert(json_is_null(reply_at(r, "/expires_at")));
    EXPECT(act(srv.sales, id, "accept", NULL), 200);
    EXPECT(act(srv.sales, id, "reject", "{\"reason\": \"not_ready\"}"), 409);
    r = act(srv.sales, id, "activities", "{\"kind\": \"note\"}");
    EXPECT(r, 201);
    ck_assert(json_is_null(reply_at(r, "/first_response_at")));
    r = act(srv.sales, id, "activities",
            "{\"kind\": \"call\", \"duration_s\": 180}");
    EXPECT(r, 201);
    ck_assert_uint_gt(strlen(reply_text(r, "/first_response_at")), 10);
    EXPECT(act(srv.sales, id, "outcome", "{\"result\": \"won\"}"), 422);
    EXPECT(act(srv.sales, id, "outcome", "{\"result\": \"lost\"}"), 422);
    EXPECT(act(srv.sales, id, "outcome", "{\"result\": \"maybe\"}"), 422);
    EXPECT(act(srv.sales2, id, "outcome", won), 403);
    r = act(srv.sales, id, "outcome", won);
    EXPECT(r, 200);
    ck_assert_str_eq(reply_text(r, "/state"), "won");
    ck_assert_str_eq(stage_of(lead), "won");
    EXPECT(act(srv.sales, id, "outcome", won), 409);
    EXPECT(act(srv.sales, id, "accept", NULL), 409);
    EXPECT(act(srv.sales, id, "release", "{\"reason\": \"r\"}"), 409);
    EXPECT(claim(srv.sales, lead), 409);
    ck_assert_int_eq(entries(lead, "activity"), 2);
    ck_assert_int_eq(entries(lead, "outcome"), 1);
}
END_TEST

START_TEST(a_lost_lead_comes_back_with_a_new_action)
{
    const char *lead = hot_lead(), *id = claimed(srv.sales, lead);

    EXPECT(act(srv.sales, id, "accept", NULL), 200);
    EXPECT(act(srv.sales, id, "outcome",
               "{\"result\": \"lost\", \"reason\": \"price\"}"),
           200);
    ck_assert_str_eq(stage_of(lead), "lost");
    EXPECT(post(srv.intake, text("/v1/leads/%s/events", lead),
                "{\"type\": \"quote_request\"}"),
           201);
    ck_assert_str_eq(stage_of(lead), "sql"); /* lost, mql, sql */
    hand_back();
}
END_TEST

START_TEST(a_released_lead_stays_sql_and_free)
{
    const char *lead = hot_lead(), *id = claimed(srv.sales, lead);

    EXPECT(act(srv.sales, id, "release", "{}"), 422);
    EXPECT(act(srv.sales, id, "release", "{\"reason\": \"holiday\"}"), 200);
    ck_assert_str_eq(stage_of(lead), "sql");
    EXPECT(claim(srv.sales2, lead), 201);
    hand_back();
}
END_TEST

START_TEST(a_rejected_lead_is_not_offered_again_until_its_facts_change)
{
    const char *lead = NULL, *id;

    hand_back();
    lead = post_lead(HOT_FACTS, "{\"type\": \"demo_request\"},"
                                " {\"type\": \"trial_activated\"}");
    id = claimed(srv.sales, lead);
    EXPECT(act(srv.sales, id, "reject", "{}"), 422);
    EXPECT(act(srv.sales, id, "reject", "{\"reason\": \"not_ready\"}"), 200);
    ck_assert_str_eq(stage_of(lead), "mql");
    ck_assert_str_eq(next(srv.sales2), ""); /* nobody's at mql */
    /* Marketing nurtures; an event alone brings it to Sales again */
    EXPECT(post(srv.intake, text("/v1/leads/%s/events", lead),
                "{\"type\": \"quote_request\"}"),
           201);
    ck_assert_str_eq(stage_of(lead), "sql");
    ck_assert_str_eq(next(srv.sales), "");
    ck_assert_str_eq(next(srv.sales2), lead);
    hand_back();
    lead = hot_lead();
    id = claimed(srv.sales, lead);
    EXPECT(act(srv.sales, id, "reject", "{\"reason\": \"not_ready\"}"), 200);
    EXPECT(patch(srv.marketing, text("/v1/leads/%s", lead),
                 "{\"facts\": {\"pay_proxy\": true}}"),
           200);
    ck_assert_str_eq(stage_of(lead), "sql");
    ck_assert_str_eq(next(srv.sales), lead);
    hand_back();
}
END_TEST

START_TEST(a_rejected_spammer_is_disqualified)
{
    const char *lead = hot_lead();

    EXPECT(act(srv.sales, claimed(srv.sales, lead), "reject",
               "{\"reason\": \"spam\"}"),
           200);
    ck_assert_str_eq(stage_of(lead), "disqualified");
}
END_TEST

START_TEST(the_lease_ends_unless_extended)
{
    const char *lead = hot_lead(), *id = claimed(srv.sales, lead);
    long long misses = sql_int("SELECT sum(misses) FROM rep");
    long long end = talk_ms() + 2 * LEASE_MS;
    int beats = 0;

    while (talk_ms() < end) { /* twice the lease, each half by a beat */
        if (beats++ % 2)
            EXPECT(act(srv.sales, id, "extend", NULL), 200);
        else
            EXPECT(act(srv.sales, id, "activities", "{\"kind\": \"call\"}"),
                   201);
        poll(NULL, 0, LEASE_MS / 4);
    }
    ck_assert_str_eq(
        reply_text(get(srv.sales, text("/v1/claims/%s", id)), "/state"),
        "claimed");
    ck_assert(UNTIL(
        !strcmp(reply_text(get(srv.sales, text("/v1/claims/%s", id)), "/state"),
                "expired"),
        LEASE_MS + 6000));
    ck_assert_int_eq(sql_int("SELECT sum(misses) FROM rep"), misses + 1);
    ck_assert_str_eq(stage_of(lead), "sql");
    EXPECT(act(srv.sales, id, "accept", NULL), 409);
    id = claimed(srv.sales2, lead);
    EXPECT(act(srv.sales2, id, "accept", NULL), 200);
    poll(NULL, 0, LEASE_MS + 1000); /* an accepted claim has no lease */
    ck_assert_str_eq(
        reply_text(get(srv.sales2, text("/v1/claims/%s", id)), "/state"),
        "accepted");
    hand_back();
}
END_TEST

START_TEST(the_hand_over_is_frozen)
{
    const char *lead = hot_lead(), *id = claimed(srv.sales, lead);
    const struct reply *r = get(srv.sales, text("/v1/claims/%s", id));
    json_t *before = json_deep_copy(reply_at(r, "/snapshot"));
    long long score = reply_int(r, "/score");

    ck_assert_int_eq(json_integer_value(json_object_get(before, "score")),
                     score);
    ck_assert(json_array_size(json_object_get(before, "ledger")) > 3);
    ck_assert_str_eq(json_string_value(json_object_get(
                         json_object_get(before, "facts"), "need")),
                     "explicit_matched");
    EXPECT(patch(srv.sales, text("/v1/leads/%s", lead),
                 "{\"facts\": {\"need\": \"none\", \"budget\": 1}}"),
           200);
    r = get(srv.sales, text("/v1/claims/%s", id));
    ck_assert(json_equal(before, reply_at(r, "/snapshot")));
    ck_assert_int_eq(reply_int(r, "/score"), score);
    r = get(srv.sales, text("/v1/leads/%s", lead));
    ck_assert_int_lt(reply_int(r, "/score"), score);
    ck_assert_str_eq(reply_text(r, "/stage"), "sql"); /* never demoted */
    ck_assert(json_is_true(reply_at(r, "/cooling")));
    json_decref(before);
    hand_back();
}
END_TEST

/* ---- stages ---- */

static const struct reply *step(const char *key, const char *lead,
                                const char *to, const char *more)
{
    return post(key, text("/v1/leads/%s/stage", lead),
                text("{\"to\": \"%s\"%s}", to, more));
}

#define WHY ", \"reason\": \"unreachable\""

START_TEST(only_legal_steps_are_taken)
{
    const char *iql = post_lead("{}", ""), *sql = hot_lead();
    const struct reply *r = step(srv.sales, iql, "won", WHY);

    EXPECT(r, 409);
    ck_assert_str_eq(reply_text(r, "/legal/0"), "disqualified");
    ck_assert_uint_eq(json_array_size(reply_at(r, "/legal")), 1);
    EXPECT(step(srv.sales, iql, "sql", ", \"activity\": {\"kind\": \"call\"}"),
           409);
    EXPECT(step(srv.marketing, iql, "mql", WHY), 409);
    EXPECT(step(srv.sales, sql, "iql", WHY), 409);
    EXPECT(step(srv.sales, sql, "won", WHY), 409); /* only by an outcome */
    EXPECT(step(srv.sales, sql, "mql", ""), 422);
    EXPECT(step(srv.marketing, sql, "mql", WHY), 409);
    EXPECT(step(srv.sales, sql, "mql", ", \"reason\": \"not_ready\""), 200);
    EXPECT(step(srv.sales, sql, "sql", ""), 422);
    EXPECT(step(srv.sales, sql, "sql", ", \"activity\": {\"kind\": \"note\"}"),
           422); /* a note shows nothing */
    EXPECT(
        step(srv.sales, sql, "sql", ", \"activity\": {\"kind\": \"meeting\"}"),
        200);
    ck_assert_int_eq(entries(sql, "activity"), 1); /* and it is kept */
    EXPECT(step(srv.marketing, iql, "disqualified", ""), 422);
    EXPECT(
        step(srv.marketing, iql, "disqualified", ", \"reason\": \"boredom\""),
        422);
    EXPECT(step(srv.marketing, iql, "disqualified", WHY), 200);
    EXPECT(step(srv.marketing, iql, "disqualified", WHY), 409);
    EXPECT(step(srv.sales, iql, "iql", WHY), 409);
    EXPECT(step(srv.admin, iql, "iql", ""), 422);
    EXPECT(step(srv.admin, iql, "iql", WHY), 200);
    EXPECT(step(srv.intake, iql, "disqualified", WHY), 403);
    EXPECT(step(srv.sales, iql, "nowhere", WHY), 422);
    hand_back();
}
END_TEST

START_TEST(only_its_rep_disqualifies_a_claimed_lead)
{
    const char *lead = hot_lead(), *id = claimed(srv.sales, lead);

    EXPECT(step(srv.marketing, lead, "disqualified", WHY), 409);
    EXPECT(step(srv.sales2, lead, "disqualified", WHY), 409);
    EXPECT(step(srv.sales, lead, "disqualified", WHY), 200);
    ck_assert_str_eq(
        reply_text(get(srv.sales, text("/v1/claims/%s", id)), "/state"),
        "released");
    EXPECT(act(srv.sales, id, "accept", NULL), 409);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("claims");

    tcase_add_test(tc, one_wins_the_other_hears_until_when);
    tcase_add_test(tc, of_many_at_once_one_wins);
    tcase_add_test(tc, a_claim_goes_from_accepted_to_won);
    tcase_add_test(tc, a_lost_lead_comes_back_with_a_new_action);
    tcase_add_test(tc, a_released_lead_stays_sql_and_free);
    tcase_add_test(tc,
                   a_rejected_lead_is_not_offered_again_until_its_facts_change);
    tcase_add_test(tc, a_rejected_spammer_is_disqualified);
    tcase_add_test(tc, the_lease_ends_unless_extended);
    tcase_add_test(tc, the_hand_over_is_frozen);
    tcase_add_test(tc, only_legal_steps_are_taken);
    tcase_add_test(tc, only_its_rep_disqualifies_a_claimed_lead);
    return claims_main(tc, "claims");
}
