/* Who works which lead: domain section 4, and the stages around it. */
#include "api/real_server.h"

#define LEASE_MS 2000

static const char *now_text(int shift_s)
{
    time_t t = time(NULL) + shift_s;
    struct tm tm;
    char out[64];

    gmtime_r(&t, &tm);
    strftime(out, sizeof(out), "%Y-%m-%dT%H:%M:%SZ", &tm);
    return keep("%s", out);
}

static const char *post_lead(const char *facts, const char *events)
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

/* A1 at sql, claimable. */
static const char *hot_lead(void)
{
    const char *id = post_lead(HOT_FACTS, "{\"type\": \"demo_request\"}");

    ck_assert_str_eq(
        reply_text(get(srv.sales, text("/v1/leads/%s", id)), "/stage"), "sql");
    return id;
}

static const struct reply *claim(const char *key, const char *lead)
{
    return post(key, text("/v1/leads/%s/claim", lead), NULL);
}

/* @return the claim's id */
static const char *claimed(const char *key, const char *lead)
{
    const struct reply *r = claim(key, lead);

    EXPECT(r, 201);
    return keep("%s", reply_text(r, "/id"));
}

static const struct reply *act(const char *key, const char *claim_id,
                               const char *verb, const char *body)
{
    return post(key, text("/v1/claims/%s/%s", claim_id, verb), body);
}

static const char *stage_of(const char *lead)
{
    return text(
        "%s", reply_text(get(srv.sales, text("/v1/leads/%s", lead)), "/stage"));
}

/* Take everything off the market, so that the next test sees its own. */
static void clear(void)
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

/* Give back what both reps hold. */
static void hand_back(void)
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

/* ---- one lead ---- */

START_TEST(one_wins_the_other_hears_until_when)
{
    const char *lead = hot_lead(), *id = claimed(srv.sales, lead);
    const struct reply *r = claim(srv.sales2, lead);

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

/* @return the lead that "give me the next" gave; "" when none */
static const char *next(const char *key)
{
    const struct reply *r = post(key, "/v1/claims", "{}");

    if (r->status == 204)
        return "";
    EXPECT(r, 201);
    return keep("%s", reply_text(r, "/claims/0/lead_id"));
}

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

/* ---- the order of work ---- */

START_TEST(the_next_is_the_best_by_order_of_work)
{
#define PQL  "{\"type\": \"trial_activated\"}, {\"type\": \"upgrade_intent\"}"
#define ROLE "\"authority_role\": \"decision_maker\""
#define RICH "\"budget\": 100, \"price\": 100"
#define POOR "\"budget\": 10, \"price\": 100"
    static const struct {
        const char *grade, *facts;
    } ROWS[] = {
        {"C3", "{" POOR "}"},
        {"C1", "{" ROLE ", " POOR ", \"need\": \"explicit_matched\","
               " \"timeframe_days\": 20}"},
        {"B3", "{\"pay_proxy\": true, \"authority_role\": \"gatekeeper\","
               " \"need\": \"latent\"}"},
        {"A1", HOT_FACTS},
        {"C2", "{" ROLE ", " POOR ", \"need\": \"explicit\"}"},
        {"A2", "{" ROLE ", " RICH "}"},
    };
    static const char *const ORDER[] = {"A1", "A2", "B1", "A3", "B2",
                                        "C1", "B3", "C2", "C3"};
    const char *lead[16];
    size_t n = sizeof(ROWS) / sizeof(*ROWS), got = 0;

    hand_back();
    for (size_t i = 0; i < n; i++) {
        lead[i] = post_lead(ROWS[i].facts, PQL);
        ck_assert_str_eq(
            reply_text(get(srv.sales, text("/v1/leads/%s", lead[i])), "/grade"),
            ROWS[i].grade);
    }
    for (size_t k = 0; k < 9; k++)
        for (size_t i = 0; i < n; i++) {
            if (strcmp(ROWS[i].grade, ORDER[k]) != 0)
                continue;
            ck_assert_str_eq(
                reply_text(get(srv.sales, "/v1/leads/hot"), "/items/0/id"),
                lead[i]);
            ck_assert_str_eq(next(got % 2 ? srv.sales : srv.sales2), lead[i]);
            got++;
        }
    ck_assert_uint_eq(got, n);
    ck_assert_str_eq(next(srv.sales), "");
    hand_back();
}
END_TEST

START_TEST(ties_go_to_the_newest_intent_then_score_then_age)
{
    const char *old = now_text(-7200), *mid = now_text(-3600);
    const char *want[4];
    const struct reply *r;

    hand_back();
#define DEMO_AT(t, more)                                                       \
    text("{\"type\": \"demo_request\", \"occurred_at\": \"%s\"}%s", t, more)
    want[3] = post_lead(HOT_FACTS, DEMO_AT(old, ""));
    want[1] = post_lead(HOT_FACTS, DEMO_AT(mid, ""));
    want[2] = post_lead(HOT_FACTS, DEMO_AT(mid, "")); /* younger */
    want[0] = post_lead(HOT_FACTS, /* more points, the same intent */
                        DEMO_AT(mid, ", {\"type\": \"webinar_attend\"}"));
    r = get(srv.sales, "/v1/leads/hot");
    for (int i = 0; i < 4; i++)
        ck_assert_msg(!strcmp(reply_text(r, text("/items/%d/id", i)), want[i]),
                      "place %d: %.3000s", i, r->body);
    r = post(srv.sales, "/v1/claims", "{\"count\": 3}");
    EXPECT(r, 201);
    for (int i = 0; i < 3; i++)
        ck_assert_str_eq(reply_text(r, text("/claims/%d/lead_id", i)), want[i]);
    ck_assert_str_eq(next(srv.sales2), want[3]);
    EXPECT(post(srv.sales, "/v1/claims", "{\"filter\": {\"grade\": \"A1\"}}"),
           204);
    EXPECT(post(srv.sales, "/v1/claims", "{\"count\": 0}"), 422);
    EXPECT(post(srv.sales, "/v1/claims", "{\"filter\": {\"stage\": \"won\"}}"),
           422);
    hand_back();
}
END_TEST

/* ---- many at once ---- */

struct takers {
    int status[64];
    char lead[64][40];
};

static void take(void *ctx, int i)
{
    struct takers *t = ctx;
    struct reply r = http_call(srv.port, "POST", "/v1/claims",
                               i % 2 ? srv.sales : srv.sales2, NULL, "{}");

    t->status[i] = r.status;
    snprintf(t->lead[i], sizeof(t->lead[i]), "%s",
             reply_text(&r, "/claims/0/lead_id"));
    reply_free(&r);
}

START_TEST(sixty_four_takers_get_no_lead_twice_and_skip_none)
{
    struct takers t = {0};
    int n201 = 0, n204 = 0;

    hand_back();
    for (int i = 0; i < 40; i++)
        hot_lead();
    together(64, take, &t);
    for (int i = 0; i < 64; i++) {
        n201 += t.status[i] == 201;
        n204 += t.status[i] == 204;
        for (int k = 0; k < i && t.status[i] == 201; k++)
            ck_assert_str_ne(t.lead[i], t.lead[k]);
    }
    /* each rep asked 32 times and may hold 30; so 24 at least found none */
    ck_assert_int_eq(n201, 40);
    ck_assert_int_le(n204, 24);
    ck_assert_uint_eq(
        json_array_size(reply_at(get(srv.sales, "/v1/leads/hot"), "/items")),
        0);
    hand_back();
}
END_TEST

START_TEST(the_capacity_of_a_rep_holds_at_once)
{
    struct takers t = {0};
    int n201 = 0, n409 = 0;
    const char *left;

    hand_back();
    for (int i = 0; i < 70; i++)
        hot_lead();
    together(64, take, &t); /* 32 for each rep, who may hold 30 */
    for (int i = 0; i < 64; i++) {
        n201 += t.status[i] == 201;
        n409 += t.status[i] == 409;
    }
    ck_assert_int_eq(n201, 60);
    ck_assert_int_eq(n409, 4);
    ck_assert_int_eq(sql_int("SELECT max(live_claims) FROM rep"), 30);
    ck_assert_int_eq(sql_int("SELECT count(*) FROM claim WHERE live"), 60);
    left =
        keep("%s", reply_text(get(srv.sales, "/v1/leads/hot"), "/items/0/id"));
    EXPECT(claim(srv.sales, left), 409);
    hand_back();
    ck_assert_int_eq(sql_int("SELECT max(live_claims) FROM rep"), 0);
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

int main(void)
{
    static const char *const ENV[] = {"LEADD_LEASE_MS=2000", NULL};
    TCase *tc = tcase_create("claims");

    tcase_set_timeout(tc, 90);
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
    tcase_add_test(tc, the_next_is_the_best_by_order_of_work);
    tcase_add_test(tc, ties_go_to_the_newest_intent_then_score_then_age);
    tcase_add_test(tc, sixty_four_takers_get_no_lead_twice_and_skip_none);
    tcase_add_test(tc, the_capacity_of_a_rep_holds_at_once);
    tcase_add_test(tc, only_legal_steps_are_taken);
    tcase_add_test(tc, only_its_rep_disqualifies_a_claimed_lead);
    tcase_add_test(tc, the_funnel_is_what_a_recount_says);
    return real_server_main(tc, "claims", ENV);
}
