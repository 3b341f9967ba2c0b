/* POST /v1/leads by the sender's own id alone: more about whoever is known by
 * it, and nobody else. */
#include "api/leads_fixture.h"

static const struct reply *tell(const char *source, const char *id,
                                const char *more)
{
    return post(srv.intake, "/v1/leads",
                text("{\"source\": \"%s\", \"external_id\": \"%s\"%s}", source,
                     id, more));
}

static long long receipts_about(const char *id)
{
    return sql_int(text("SELECT count(*) FROM receipt WHERE"
                        " position('%s'::bytea IN body) > 0",
                        id));
}

START_TEST(a_change_that_is_refused_takes_no_number)
{
    const char *lead = new_lead(text("%s@gmail.com", fresh("stale")), "");
    const char *phone = fresh_phone();

    EXPECT(call(srv.port, "PATCH", lead_path(lead), srv.sales,
                "If-Match: \"0-0\"\r\n",
                text("{\"contact\": {\"phone\": \"%s\"}}", phone)),
           412);
    EXPECT(post(srv.intake, "/v1/leads",
                text("{\"contact\": {\"phone\": \"%s\"}}", phone)),
           201);
    ck_assert_str_ne(the_lead(phone), lead);
}
END_TEST

START_TEST(a_known_external_id_alone_is_a_touch_of_its_lead)
{
    const char *source = fresh("crm"), *id = fresh("ext"), *mail = address();
    const char *lead =
        new_lead(mail, text(", \"source\": \"%s\", \"external_id\": \"%s\"",
                            source, id));
    const struct reply *r =
        tell(source, id,
             ", \"facts\": {\"need\": \"explicit\"}, \"contact\": {\"name\":"
             " \"Lan\", \"company\": \"Lan Co\"}, \"touch\": {\"channel\":"
             " \"crm\"}, \"events\": [{\"type\": \"demo_request\"}]");

    EXPECT(r, 200);
    ck_assert(json_is_false(reply_at(r, "/created")));
    ck_assert_str_eq(reply_text(r, "/lead/id"), lead);
    ck_assert_str_eq(reply_text(r, "/lead/contact/email"), mail);
    ck_assert_str_eq(reply_text(r, "/lead/contact/name"), "Lan");
    ck_assert_str_eq(reply_text(r, "/lead/facts/need"), "explicit");
    ck_assert_str_eq(reply_text(r, "/lead/last_touch/channel"), "crm");
    ck_assert_int_eq(entries(lead, "receipt"), 2);
    ck_assert_int_eq(entries(lead, "touch"), 2);
    ck_assert_int_eq(entries(lead, "event"), 1);
}
END_TEST

static int need_at(const char *lead, const char *as_of)
{
    const struct reply *r =
        get(srv.sales, text("/v1/leads/%s/score?as_of=%s", lead, as_of));

    EXPECT(r, 200);
    return (int)reply_int(r, "/criteria/need");
}

START_TEST(a_score_in_the_past_knows_what_was_known_then)
{
    const char *change = "{\"facts\": {\"need\": \"explicit_matched\"}}";
    const struct reply *r =
        post(srv.sales, "/v1/leads",
             text("{\"contact\": {\"email\": \"%s\"}, \"facts\":"
                  " {\"need\": \"latent\"}}",
                  address()));
    const char *lead, *then, *later;

    EXPECT(r, 201);
    lead = keep("%s", reply_text(r, "/lead/id"));
    then = keep("%s", reply_text(r, "/lead/updated_at"));
    later = then;
    for (int i = 0; i < 50 && !strcmp(later, then); i++) { /* a clock of ms */
        r = patch(srv.sales, lead_path(lead), change);
        EXPECT(r, 200);
        later = keep("%s", reply_text(r, "/updated_at"));
    }
    ck_assert_str_ne(later, then);
    EXPECT(patch(srv.marketing, lead_path(lead), change), 200);
    ck_assert_int_eq(need_at(lead, "2020-01-01"), 0);
    ck_assert_int_eq(need_at(lead, then), 10);
    ck_assert_int_eq(need_at(lead, "2099-01-01"), 25);
}
END_TEST

/* Typed with its marks, in any case, and not the whole of it. */
START_TEST(a_name_with_these_marks_comes_first)
{
    static const char *const NAMES[] = {
        "Nguyễn Thị Hồng Đào", "Nguyễn Thị Hồng Đao", "Nguyen Thi Hong Dao"};
    static const char *const ASKED[] = {
        "h%E1%BB%93ng%20%C4%91%C3%A0o", "H%E1%BB%93ng%20%C4%90%C3%A0o",
        "nguy%E1%BB%85n%20th%E1%BB%8B%20h%E1%BB%93ng%20%C4%91%C3%A0o"};

    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
        EXPECT(post(srv.intake, "/v1/leads",
                    text("{\"contact\": {\"name\": \"%s\", \"email\":"
                         " \"%s\"}}",
                         NAMES[i], address())),
               201);
    for (size_t i = 0; i < ARRAY_LEN(ASKED); i++) {
        const struct reply *r =
            get(srv.sales, text("/v1/leads?q=%s", ASKED[i]));

        EXPECT(r, 200);
        ck_assert_uint_eq(json_array_size(reply_at(r, "/items")), 3);
        ck_assert_str_eq(reply_text(r, "/items/0/contact/name"), NAMES[0]);
    }
}
END_TEST

START_TEST(an_external_id_of_nobody_makes_nobody)
{
    const char *source = fresh("crm"), *id = fresh("ext");
    const struct reply *r = tell(source, id, "");

    EXPECT(r, 422);
    ck_assert_int_eq(reply_int(r, "/code"), 1060);
    ck_assert_int_eq(receipts_about(id), 0);
    (void)new_lead(
        address(),
        text(", \"source\": \"%s\", \"external_id\": \"%s\"", source, id));
    EXPECT(tell(fresh("other"), id, ""), 422); /* another sender's id */
    EXPECT(tell(source, id, ""), 200);
}
END_TEST

/* ---- all at once: known or not, never two and never an empty one ---- */

struct race {
    const char *body[2];
    int status[40];
};

static void race_one(void *ctx, int i)
{
    struct race *x = ctx;
    struct reply r = http_call(srv.port, "POST", "/v1/leads", srv.intake, NULL,
                               x->body[i % 2]);

    x->status[i] = r.status;
    reply_free(&r);
}

START_TEST(who_comes_first_decides_for_all_and_makes_one)
{
    const char *id = fresh("race"), *mail = address();
    struct race x = {
        .body = {keep("{\"source\": \"crm\", \"external_id\": \"%s\"}", id),
                 keep("{\"source\": \"crm\", \"external_id\": \"%s\","
                      " \"contact\": {\"email\": \"%s\"}}",
                      id, mail)}};
    int kept = 0, made = 0;

    together(40, race_one, &x);
    for (int i = 0; i < 40; i++) {
        ck_assert_msg(x.status[i] == 200 || (i % 2 && x.status[i] == 201) ||
                          (i % 2 == 0 && x.status[i] == 422),
                      "%d: %d", i, x.status[i]);
        kept += x.status[i] != 422;
        made += x.status[i] == 201;
    }
    ck_assert_int_eq(made, 1);
    ck_assert_int_eq(entries(the_lead(mail), "receipt"), kept);
    ck_assert_int_eq(receipts_about(id), kept);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("leads_known");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, a_change_that_is_refused_takes_no_number);
    tcase_add_test(tc, a_known_external_id_alone_is_a_touch_of_its_lead);
    tcase_add_test(tc, a_score_in_the_past_knows_what_was_known_then);
    tcase_add_test(tc, a_name_with_these_marks_comes_first);
    tcase_add_test(tc, an_external_id_of_nobody_makes_nobody);
    tcase_add_test(tc, who_comes_first_decides_for_all_and_makes_one);
    return real_server_main(tc, "leads_known", NULL);
}
