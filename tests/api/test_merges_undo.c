/* What a merge moved comes back, whatever came in meanwhile; and nothing is
 * lost between the two. */
#include "api/merges_fixture.h"

#include "base/base.h"

/* ---- a picture of two leads ---- */

static const char *const LEFT[] = {
    "identifier", "event",   "touch", "fact", "consent", "mention",
    "activity",   "outcome", "claim", "hop",  "ready"};

static const char *rows(const char *what, const char *from)
{
    char *all = sql_text(text("SELECT coalesce(string_agg(x, E'\\n' ORDER BY"
                              " x), '') FROM (SELECT %s AS x FROM %s) x",
                              what, from));
    const char *out = keep("%s\n", all);

    free(all);
    return out;
}

/* All but when it was looked at, and how often it changed. */
static const char *picture(const struct pair *p)
{
    const char *out =
        rows("(to_jsonb(l) - '{version,facts_version,updated_at,scored_at,"
             "valid_until,due_at}'::text[])::text",
             text("lead l WHERE l.lead_id IN ('%s', '%s')", p->kept, p->gone));

    for (size_t i = 0; i < ARRAY_LEN(LEFT); i++)
        out = keep("%s%s\n%s", out, LEFT[i],
                   rows("t::text", text("%s t WHERE t.lead_id IN"
                                        " ('%s', '%s')",
                                        LEFT[i], p->kept, p->gone)));
    return out;
}

/* Of stays too, which `verify` does not recount. */
static const char *figures(void)
{
    ck_assert(UNTIL(sql_int("SELECT count(*) FROM rollup_delta") == 0, 10000));
    return keep("%s%s%s",
                rows("(view, dim, day, stage, value, bucket, n)::text",
                     "rollup_stay WHERE n <> 0"),
                rows("(view, dim, day, stage, value, entered, left_n, "
                     "to_next)::text",
                     "rollup_stage WHERE (entered, left_n, to_next) <> (0, 0, "
                     "0)"),
                rows("t::text", "rollup_deal t"));
}

#define DONE(type) ", \"events\": [{\"type\": \"" type "\"}]"

static struct pair told_pair(void)
{
    struct pair p = pair(
        text(", \"facts\": {\"need\": \"latent\"}, \"touch\": {\"channel\":"
             " \"ads\", \"campaign\": \"c1\"}" DONE("download")),
        text(", \"facts\": {\"need\": \"explicit\", \"budget\": 70},"
             " \"consent\": [{\"purpose\": \"behaviour_tracking\","
             " \"status\": \"granted\"}], \"touch\": {\"channel\": "
             "\"mail\"}" DONE("webinar_attend")));

    EXPECT(patch(srv.sales, lead_path(p.gone),
                 text("{\"contact\": {\"name\": \"Nguyen Thi Dao\","
                      " \"company\": \"%s\", \"job_title\": \"t\"}}",
                      fresh("Company"))),
           200);
    settled(p.kept);
    settled(p.gone);
    return p;
}

START_TEST(an_undone_merge_leaves_everything_as_it_was)
{
    struct pair p = told_pair();
    const char *before = picture(&p), *counted = figures(), *id, *body;
    const struct reply *r;

    id = merged(&p);
    settled(p.kept);
    ck_assert_str_ne(picture(&p), before);
    ck_assert_str_ne(figures(), counted);
    rollups_hold();
    r = get(srv.marketing, lead_path(p.kept));
    ck_assert_str_eq(reply_text(r, "/contact/name"), "Nguyen Thi Dao");
    ck_assert_str_eq(reply_text(r, "/last_touch/channel"), "mail");
    ck_assert_str_eq(reply_text(r, "/first_touch/channel"), "ads");
    r = undo(id);
    EXPECT(r, 200);
    body = keep("%s", r->body);
    settled(p.kept);
    settled(p.gone);
    ck_assert_str_eq(picture(&p), before);
    ck_assert_str_eq(figures(), counted);
    rollups_hold();
    ck_assert_str_eq(undo(id)->body, body); /* twice is once */
    ck_assert_str_eq(picture(&p), before);
    ck_assert_int_eq(entries(p.kept, "merge_undone"), 1);
    ck_assert_int_eq(entries(p.gone, "merge_undone"), 1);
    ck_assert_str_eq(reply_text(get(srv.marketing, lead_path(p.gone)), "/id"),
                     p.gone);
    ck_assert_ptr_nonnull(review_of(NULL, p.kept, p.gone));
}
END_TEST

START_TEST(what_came_since_stays_with_the_lead_that_was_kept)
{
    struct pair p = told_pair();
    const char *id = merged(&p), *third = address();
    const struct reply *r;

    EXPECT(post(srv.intake, "/v1/leads",
                text("{\"contact\": {\"email\": \"%s\", \"name\": \"New\"},"
                     " \"external_id\": \"%s\", \"facts\": {\"need\":"
                     " \"explicit_matched\"}" DONE("call") "}",
                     p.email, third)),
           200);
    EXPECT(undo(id), 200);
    r = get(srv.marketing, lead_path(p.kept));
    ck_assert_str_eq(reply_text(r, "/contact/name"), "New");
    ck_assert_str_eq(reply_text(r, "/facts/need"), "explicit_matched");
    ck_assert_ptr_null(reply_at(r, "/facts/budget"));
    ck_assert(json_is_null(reply_at(r, "/contact/job_title")));
    ck_assert_int_eq(entries(p.kept, "event"), 2);
    ck_assert_int_eq(entries(p.gone, "event"), 1);
    ck_assert_str_eq(the_lead(p.email), p.gone);
    ck_assert_str_eq(the_lead(third), p.kept);
    rollups_hold();
}
END_TEST

START_TEST(merges_of_merges_are_undone_in_turn)
{
    struct pair p = told_pair();
    const char *phone = fresh_phone(), *above = phone_lead(phone, "");
    const char *before = picture(&p), *first = merged(&p), *review, *second;
    const struct reply *r;

    review = conflict(phone, p.email, above, p.kept);
    r = merge(review, above);
    EXPECT(r, 201);
    second = keep("%s", reply_text(r, "/id"));
    ck_assert_str_eq(the_lead(p.phone), above);
    ck_assert_str_eq(reply_text(get(srv.marketing, lead_path(p.gone)), "/id"),
                     above);
    rollups_hold();
    r = undo(first);
    EXPECT(r, 409);
    ck_assert_str_eq(reply_text(r, "/type"), "/docs#merge_refused");
    EXPECT(undo(second), 200);
    ck_assert_str_eq(reply_text(get(srv.marketing, lead_path(p.gone)), "/id"),
                     p.kept);
    EXPECT(undo(first), 200);
    settled(p.kept);
    settled(p.gone);
    /* the post that named both came meanwhile, and its touch stays */
    ck_assert_int_eq(entries(p.gone, "touch"), 1);
    ck_assert_str_eq(the_lead(p.email), p.gone);
    ck_assert_str_eq(the_lead(p.phone), p.kept);
    ck_assert_str_eq(the_lead(phone), above);
    (void)before;
    r = merge(p.review, p.gone); /* and now the other way round */
    EXPECT(r, 201);
    ck_assert_str_eq(the_lead(p.phone), p.gone);
    rollups_hold();
}
END_TEST

/* ---- many at once ---- */

struct rush {
    struct pair p;
    const char *merge_id; /* to undo; NULL: merge */
    char decided[21][64];
    int answer[40];
};

static void one_of_the_rush(void *ctx, int i)
{
    struct rush *u = ctx;
    struct reply r;
    char path[128], body[256];

    if (i == 20) {
        if (u->merge_id)
            snprintf(path, sizeof(path), "/v1/merges/%s/undo", u->merge_id);
        else
            snprintf(path, sizeof(path), "/v1/reviews/%s/merge", u->p.review);
        snprintf(body, sizeof(body), u->merge_id ? "{}" : "{\"keep\": \"%s\"}",
                 u->p.kept);
        r = http_call(srv.port, "POST", path, srv.marketing, NULL, body);
    } else {
        snprintf(body, sizeof(body),
                 "{\"contact\": {\"%s\": \"%s\"}, \"events\": [{\"type\":"
                 " \"download\", \"id\": \"%s-%s-%d\"}]}",
                 i % 2 ? "phone" : "email", i % 2 ? u->p.phone : u->p.email,
                 u->p.review, u->merge_id ? "u" : "m", i);
        r = http_call(srv.port, "POST", "/v1/leads", srv.intake, NULL, body);
    }
    u->answer[i] = r.status;
    reply_free(&r);
}

static void rush(struct rush *u)
{
    together(21, one_of_the_rush, u);
    for (int i = 0; i < 20; i++)
        ck_assert_int_eq(u->answer[i], 200);
    ck_assert_int_eq(u->answer[20], u->merge_id ? 200 : 201);
}

static long long events_of(const char *id)
{
    return sql_int(text("SELECT count(*) FROM event WHERE lead_id = '%s'", id));
}

START_TEST(nothing_is_lost_between_two_that_become_one)
{
    for (int round = 0; round < 8; round++) {
        struct rush u = {.p = pair("", ""), .merge_id = NULL};

        rush(&u);
        ck_assert_int_eq(events_of(u.p.kept), 20);
        ck_assert_int_eq(events_of(u.p.gone), 0);
        ck_assert_str_eq(the_lead(u.p.email), u.p.kept);
        ck_assert_str_eq(the_lead(u.p.phone), u.p.kept);
        u.merge_id = keep("%s", reply_text(merge(u.p.review, u.p.kept), "/id"));
        rush(&u);
        ck_assert_int_eq(events_of(u.p.kept) + events_of(u.p.gone), 40);
        ck_assert_str_eq(the_lead(u.p.email), u.p.gone);
        ck_assert_str_eq(the_lead(u.p.phone), u.p.kept);
    }
    rollups_hold();
}
END_TEST

static void decide_it(void *ctx, int i)
{
    struct rush *u = ctx;
    char path[128], body[128];
    struct reply r;

    snprintf(path, sizeof(path), "/v1/reviews/%s/merge", u->p.review);
    snprintf(body, sizeof(body), "{\"keep\": \"%s\"}", u->p.kept);
    r = http_call(srv.port, "POST", path, srv.marketing, NULL, body);
    u->answer[i] = r.status;
    snprintf(u->decided[i], sizeof(u->decided[i]), "%s", reply_text(&r, "/id"));
    reply_free(&r);
}

START_TEST(twenty_who_decide_at_once_make_one_merge)
{
    struct rush u = {.p = pair("", ""), .merge_id = NULL};
    int made = 0;

    together(20, decide_it, &u);
    for (int i = 0; i < 20; i++) {
        ck_assert_msg(u.answer[i] == 200 || u.answer[i] == 201, "%d",
                      u.answer[i]);
        ck_assert_str_eq(u.decided[i], u.decided[0]);
        made += u.answer[i] == 201;
    }
    ck_assert_int_eq(made, 1);
    ck_assert_int_eq(sql_int(text("SELECT count(*) FROM merge WHERE gone_id ="
                                  " '%s'",
                                  u.p.gone)),
                     1);
}
END_TEST

/* ---- receipts once more ---- */

static const char *receipts_of(const struct pair *p)
{
    return rows("r.receipt_id::text",
                text("(SELECT receipt_id FROM touch WHERE lead_id IN"
                     " ('%s', '%s') UNION SELECT receipt_id FROM mention"
                     " WHERE lead_id IN ('%s', '%s')) r",
                     p->kept, p->gone, p->kept, p->gone));
}

START_TEST(a_replay_does_not_split_what_was_merged)
{
    struct pair p = told_pair();
    const char *once, *list;
    const struct reply *r;

    EXPECT(post(srv.intake, text("/v1/leads/%s/events", p.gone),
                "{\"events\": [{\"type\": \"download\"}]}"),
           201);
    (void)merged(&p);
    settled(p.kept);
    once = picture(&p);
    list = receipts_of(&p);
    ck_assert_uint_ge(strlen(list) / 37, 5);
    for (size_t i = 0; i < strlen(list) / 37; i++) {
        r = post(srv.admin, text("/v1/receipts/%.36s/replay", list + 37 * i),
                 NULL);
        EXPECT(r, 200);
        ck_assert_str_eq(reply_text(r, "/lead_id"), p.kept);
        ck_assert(!json_is_true(reply_at(r, "/created")));
    }
    settled(p.kept);
    ck_assert_str_eq(picture(&p), once);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("merges_undo");

    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, an_undone_merge_leaves_everything_as_it_was);
    tcase_add_test(tc, what_came_since_stays_with_the_lead_that_was_kept);
    tcase_add_test(tc, merges_of_merges_are_undone_in_turn);
    tcase_add_test(tc, nothing_is_lost_between_two_that_become_one);
    tcase_add_test(tc, twenty_who_decide_at_once_make_one_merge);
    tcase_add_test(tc, a_replay_does_not_split_what_was_merged);
    return real_server_main(tc, "merges_undo", NULL);
}
