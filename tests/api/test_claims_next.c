/* Which lead is the next, and many who ask for it at once: domain section 4. */
#include "api/claims_fixture.h"

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

START_TEST(a_wish_it_does_not_know_gives_no_lead)
{
    static const struct {
        const char *filter, *pointer;
    } BAD[] = {
        {"[]", "/filter"},
        {"{\"source\": \"api\"}", "/filter/source"},
        {"{\"grade\": \"Z9\"}", "/filter/grade"},
        {"{\"grade\": 1}", "/filter/grade"},
        {"{\"stage\": \"won\"}", "/filter/stage"},
    };

    hand_back();
    hot_lead();
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        const struct reply *r = post(srv.sales, "/v1/claims",
                                     text("{\"filter\": %s}", BAD[i].filter));

        EXPECT(r, 422);
        ck_assert_str_eq(reply_text(r, "/errors/0/pointer"), BAD[i].pointer);
    }
    EXPECT(post(srv.sales, "/v1/claims", "{\"filter\": null}"), 201);
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

/* ---- many leads at once ---- */

static void take_fifty(void *ctx, int i)
{
    int *got = ctx;
    struct reply r =
        http_call(srv.port, "POST", "/v1/claims",
                  i % 2 ? srv.sales : srv.sales2, NULL, "{\"count\": 50}");

    got[i] = r.status == 201
                 ? (int)json_array_size(json_object_get(r.json, "claims"))
             : r.status == 409 || r.status == 204 ? 0
                                                  : -r.status;
    reply_free(&r);
}

/* They are served in one batch, which looks at more leads than it hands out. */
START_TEST(what_is_ready_may_be_more_than_any_may_hold)
{
    int got[8], all = 0;

    hand_back();
    for (int i = 0; i < 130; i++)
        hot_lead();
    together(8, take_fifty, got);
    for (int i = 0; i < 8; i++) {
        ck_assert_int_ge(got[i], 0);
        all += got[i];
    }
    ck_assert_int_eq(all, 60); /* two reps, 30 each */
    hand_back();
}
END_TEST

/* A lead refused and then brought back is looked past, round by round. */
START_TEST(who_refused_some_is_shown_the_others)
{
    const struct reply *r;
    const char *first;

    hand_back();
    for (int i = 0; i < 130; i++)
        hot_lead();
    r = post(srv.sales, "/v1/claims", "{}");
    EXPECT(r, 201);
    first = keep("%s", reply_text(r, "/claims/0/lead_id"));
    EXPECT(post(srv.sales,
                text("/v1/claims/%s/reject", reply_text(r, "/claims/0/id")),
                "{\"reason\": \"not_ready\"}"),
           200);
    EXPECT(post(srv.intake, text("/v1/leads/%s/events", first),
                "{\"events\": [{\"type\": \"demo_request\"}]}"),
           201);
    r = post(srv.sales, "/v1/claims", "{\"count\": 25}");
    EXPECT(r, 201);
    ck_assert_uint_eq(json_array_size(reply_at(r, "/claims")), 25);
    hand_back();
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("claims_next");

    tcase_add_test(tc, the_next_is_the_best_by_order_of_work);
    tcase_add_test(tc, ties_go_to_the_newest_intent_then_score_then_age);
    tcase_add_test(tc, a_wish_it_does_not_know_gives_no_lead);
    tcase_add_test(tc, sixty_four_takers_get_no_lead_twice_and_skip_none);
    tcase_add_test(tc, the_capacity_of_a_rep_holds_at_once);
    tcase_add_test(tc, what_is_ready_may_be_more_than_any_may_hold);
    tcase_add_test(tc, who_refused_some_is_shown_the_others);
    return claims_main(tc, "claims_next");
}
