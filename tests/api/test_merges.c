/* A review is decided: two leads become one person, or stay two; and what was
 * one becomes two again. */
#include "api/merges_fixture.h"

#include "base/base.h"

#define TELLING                                                                \
    ", \"facts\": {\"need\": \"explicit\", \"budget\": 50},"                   \
    " \"events\": [{\"type\": \"demo_request\", \"id\": \"%s\"},"              \
    " {\"type\": \"download\"}], \"consent\": [{\"purpose\":"                  \
    " \"behaviour_tracking\", \"status\": \"granted\"}],"                      \
    " \"touch\": {\"channel\": \"ads\", \"campaign\": \"%s\"}"

static const struct reply *lead(const char *id)
{
    return get(srv.marketing, lead_path(id));
}

START_TEST(all_that_was_told_goes_to_the_lead_that_is_kept)
{
    struct pair p = pair(
        ", \"facts\": {\"need\": \"latent\", \"authority_role\": \"user\"}",
        text(TELLING, fresh("e"), "c2"));
    const char *id = merged(&p);
    const struct reply *r = lead(p.kept);

    EXPECT(r, 200);
    ck_assert_str_eq(reply_text(r, "/contact/email"), p.email);
    ck_assert_uint_eq(json_array_size(reply_at(r, "/identifiers")), 2);
    ck_assert_str_eq(reply_text(r, "/facts/need"), "explicit"); /* newer */
    ck_assert_str_eq(reply_text(r, "/facts/authority_role"), "user");
    ck_assert_int_eq(reply_int(r, "/facts/budget"), 50);
    settled(p.kept);
    ck_assert_int_gt(reply_int(lead(p.kept), "/criteria/engagement"), 10);
    ck_assert_str_eq(reply_text(lead(p.kept), "/stage"), "mql");
    ck_assert_int_eq(entries(p.kept, "event"), 2);
    ck_assert_int_eq(entries(p.kept, "touch"), 3);
    ck_assert_int_eq(entries(p.kept, "consent"), 1);
    ck_assert_int_eq(entries(p.kept, "merge"), 1);
    ck_assert_int_eq(entries(p.gone, "merge"), 1);
    ck_assert_int_eq(entries(p.gone, "touch"), 0);
    ck_assert_int_ge(entries(p.gone, "hop"), 1);
    ck_assert_int_eq(sql_int(text("SELECT count(*) FROM audit WHERE object ="
                                  " '%s' AND action = 'lead.merge'",
                                  id)),
                     1);
    rollups_hold();
}
END_TEST

START_TEST(the_id_that_gave_way_stands_for_the_lead_that_is_kept)
{
    struct pair p = pair("", "");
    const struct reply *r;

    (void)merged(&p);
    ck_assert_str_eq(reply_text(lead(p.gone), "/id"), p.kept);
    r = get(srv.marketing, text("/v1/leads/%s/score", p.gone));
    EXPECT(r, 200);
    EXPECT(patch(srv.sales, lead_path(p.gone),
                 "{\"contact\": {\"name\": \"Later\"}}"),
           200);
    ck_assert_str_eq(reply_text(lead(p.kept), "/contact/name"), "Later");
    r = post(srv.intake, text("/v1/leads/%s/events", p.gone),
             "{\"events\": [{\"type\": \"download\"}]}");
    EXPECT(r, 201);
    ck_assert_int_eq(entries(p.kept, "event"), 1);
    r = post(srv.intake, "/v1/leads",
             text("{\"contact\": {\"email\": \"%s\", \"job_title\": \"x\"}}",
                  p.email));
    EXPECT(r, 200);
    ck_assert_str_eq(reply_text(r, "/lead/id"), p.kept);
    ck_assert_str_eq(the_lead(p.email), p.kept);
    ck_assert_str_eq(the_lead(p.phone), p.kept);
    r = get(srv.marketing, "/v1/leads?limit=500");
    ck_assert_ptr_null(strstr(r->body, p.gone));
    rollups_hold();
}
END_TEST

START_TEST(a_merge_asked_for_again_is_the_same_merge)
{
    struct pair p = pair("", "");
    const char *id = merged(&p);
    const struct reply *r = merge(p.review, p.kept);

    EXPECT(r, 200);
    ck_assert_str_eq(reply_text(r, "/id"), id);
    r = merge(p.review, p.gone);
    EXPECT(r, 409);
    ck_assert_str_eq(reply_text(r, "/type"), "/docs#conflict");
    EXPECT(post(srv.marketing, text("/v1/reviews/%s/dismiss", p.review), "{}"),
           409);
    ck_assert_ptr_null(review_of(NULL, p.kept, p.gone));
    ck_assert_str_eq(json_string_value(json_object_get(
                         review_of("merged", p.kept, p.gone), "merge_id")),
                     id);
    ck_assert_ptr_nonnull(review_of("all", p.kept, p.gone));
    EXPECT(both(p.phone, p.email), 200);
    ck_assert_ptr_null(review_of(NULL, p.kept, p.gone));
}
END_TEST

START_TEST(a_decision_must_be_about_this_review)
{
    struct pair p = pair("", "");
    const char *path = keep("/v1/reviews/%s/merge", p.review);
    const char *other = new_lead(address(), "");

    EXPECT(merge(p.review, other), 422);
    EXPECT(merge(p.review, "01900000-0000-7000-8000-000000000000"), 422);
    EXPECT(post(srv.marketing, path, "{\"keep\": \"x\"}"), 422);
    EXPECT(post(srv.marketing, path, "{}"), 422);
    EXPECT(post(srv.marketing, path, "{"), 400);
    EXPECT(post(srv.sales, path, "{}"), 403);
    EXPECT(post(NULL, path, "{}"), 401);
    EXPECT(merge("01900000-0000-7000-8000-000000000000", p.kept), 404);
    EXPECT(merge("x", p.kept), 404);
    EXPECT(undo("01900000-0000-7000-8000-000000000000"), 404);
    EXPECT(undo("x"), 404);
    EXPECT(post(srv.marketing, text("/v1/merges/%s/undo", p.review),
                "{\"why\": 1}"),
           422);
    EXPECT(post(srv.marketing, text("/v1/reviews/%s/dismiss", p.review),
                "{\"why\": 1}"),
           422);
    EXPECT(get(srv.marketing, "/v1/reviews?state=gone"), 400);
    ck_assert_ptr_nonnull(review_of(NULL, p.kept, p.gone));
}
END_TEST

START_TEST(two_people_are_not_asked_about_again)
{
    struct pair p = pair("", "");
    const char *path = keep("/v1/reviews/%s/dismiss", p.review);
    const struct reply *r =
        post(srv.marketing, path, "{\"note\": \"father and son\"}");
    const char *first;

    EXPECT(r, 200);
    ck_assert_str_eq(reply_text(r, "/state"), "dismissed");
    first = keep("%s", r->body);
    ck_assert_str_eq(post(srv.marketing, path, NULL)->body, first);
    EXPECT(both(p.phone, p.email), 200);
    EXPECT(post(srv.intake, "/v1/events",
                text("{\"events\": [{\"type\": \"download\", \"email\":"
                     " \"%s\", \"phone\": \"%s\"}]}",
                     p.email, p.phone)),
           201);
    ck_assert_ptr_null(review_of(NULL, p.kept, p.gone));
    EXPECT(merge(p.review, p.kept), 409);
    ck_assert_str_eq(the_lead(p.email), p.gone);
}
END_TEST

/* @return the detail of a refusal to merge */
static const char *refused(const struct pair *p)
{
    const struct reply *r = merge(p->review, p->kept);

    EXPECT(r, 409);
    ck_assert_str_eq(reply_text(r, "/type"), "/docs#merge_refused");
    return reply_text(r, "/detail");
}

#define HOT                                                                    \
    ", \"facts\": {\"authority_role\": \"decision_maker\", \"need\":"          \
    " \"explicit_matched\", \"budget\": 100, \"price\": 100,"                  \
    " \"timeframe_days\": 20}, \"events\": [{\"type\": \"demo_request\"}]"

START_TEST(who_is_worked_on_or_won_does_not_give_way)
{
    struct pair p = pair("", HOT);
    const struct reply *r =
        post(srv.sales, text("/v1/leads/%s/claim", p.gone), NULL);
    const char *claim = keep("%s", reply_text(r, "/id"));

    EXPECT(r, 201);
    ck_assert_ptr_nonnull(strstr(refused(&p), "claim"));
    EXPECT(post(srv.sales, text("/v1/claims/%s/accept", claim), NULL), 200);
    EXPECT(post(srv.sales, text("/v1/claims/%s/outcome", claim),
                "{\"result\": \"won\", \"amount\": 5, \"currency\": \"VND\"}"),
           200);
    ck_assert_ptr_nonnull(strstr(refused(&p), "won"));
    EXPECT(merge(p.review, p.gone), 201); /* the other way round */
    ck_assert_str_eq(reply_text(lead(p.kept), "/stage"), "won");
    rollups_hold();
}
END_TEST

START_TEST(a_hot_lead_that_gave_way_is_offered_to_nobody)
{
    struct pair p = pair("", HOT);
    const struct reply *r = get(srv.sales, "/v1/leads/hot?limit=500");

    ck_assert_ptr_nonnull(strstr(r->body, p.gone));
    (void)merged(&p);
    ck_assert(UNTIL(
        !strstr(get(srv.sales, "/v1/leads/hot?limit=500")->body, p.gone) &&
            strstr(get(srv.sales, "/v1/leads/hot?limit=500")->body, p.kept),
        10000));
    r = post(srv.sales, text("/v1/leads/%s/claim", p.gone), NULL);
    EXPECT(r, 201);
    ck_assert_str_eq(reply_text(r, "/lead_id"), p.kept);
    r = post(srv.sales,
             text("/v1/claims/%s/release", keep("%s", reply_text(r, "/id"))),
             "{\"reason\": \"test\"}");
    EXPECT(r, 200);
    rollups_hold();
}
END_TEST

/* Three of one person: a lead that gave way still speaks for itself in the
   reviews that name it. */
START_TEST(reviews_of_leads_that_gave_way_are_decided_all_the_same)
{
    struct pair p = pair("", "");
    const char *source = fresh("s"), *last, *first, *more, *side;
    const char *third =
        new_lead(address(),
                 text(", \"source\": \"%s\", \"external_id\": \"x\"", source));
    const struct reply *r;

    EXPECT(post(srv.intake, "/v1/leads",
                text("{\"contact\": {\"phone\": \"%s\"}, \"source\":"
                     " \"%s\", \"external_id\": \"x\"}",
                     p.phone, source)),
           200);
    EXPECT(post(srv.intake, "/v1/leads",
                text("{\"contact\": {\"email\": \"%s\"}, \"source\":"
                     " \"%s\", \"external_id\": \"x\"}",
                     p.email, source)),
           200);
    more = keep("%s", json_string_value(json_object_get(
                          review_of(NULL, p.kept, third), "id")));
    last = keep("%s", json_string_value(json_object_get(
                          review_of(NULL, p.gone, third), "id")));
    side = last;
    first = merged(&p);
    r = merge(last, p.gone); /* stands for p.kept */
    EXPECT(r, 201);
    ck_assert_str_eq(reply_text(r, "/kept_lead_id"), p.kept);
    ck_assert_str_eq(reply_text(r, "/merged_lead_id"), third);
    /* its review was answered with that */
    ck_assert_str_eq(json_string_value(json_object_get(
                         review_of("merged", p.kept, third), "merge_id")),
                     reply_text(r, "/id"));
    last = keep("%s", reply_text(r, "/id"));
    EXPECT(merge(more, p.kept), 200);
    EXPECT(undo(first), 409);
    EXPECT(undo(last), 200);
    EXPECT(undo(first), 200);
    EXPECT(merge(more, p.kept), 201);
    (void)merged(&p);
    r = merge(side, p.gone); /* these two are one already */
    EXPECT(r, 200);
    ck_assert_str_eq(reply_text(r, "/kept_lead_id"), p.kept);
    ck_assert_ptr_null(review_of(NULL, p.gone, third));
    rollups_hold();
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("merges");

    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, all_that_was_told_goes_to_the_lead_that_is_kept);
    tcase_add_test(tc, the_id_that_gave_way_stands_for_the_lead_that_is_kept);
    tcase_add_test(tc, a_merge_asked_for_again_is_the_same_merge);
    tcase_add_test(tc, a_decision_must_be_about_this_review);
    tcase_add_test(tc, two_people_are_not_asked_about_again);
    tcase_add_test(tc, who_is_worked_on_or_won_does_not_give_way);
    tcase_add_test(tc, a_hot_lead_that_gave_way_is_offered_to_nobody);
    tcase_add_test(tc, reviews_of_leads_that_gave_way_are_decided_all_the_same);
    return real_server_main(tc, "merges", NULL);
}
