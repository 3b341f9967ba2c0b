/* POST, PATCH and GET of leads, and who is who. */
#include "api/leads_fixture.h"

START_TEST(a_lead_is_made_then_known)
{
    const char *email = address(), *phone = fresh_phone();
    const char *body =
        text("{\"contact\": {\"name\": \"B\xc3\xacnh\", \"email\": \"%s\","
             " \"phone\": \"%s\"}, \"facts\": {\"authority_role\":"
             " \"decision_maker\", \"need\": \"explicit\", \"budget\":"
             " 50000000, \"price\": 50000000}, \"events\":"
             " [{\"type\": \"demo_request\"}]}",
             email, phone);
    const struct reply *r = post(srv.intake, "/v1/leads", body);
    const char *id = keep("%s", reply_text(r, "/lead/id"));

    EXPECT(r, 201);
    ck_assert_str_eq(reply_text(r, "/lead/stage"), "sql");
    ck_assert_int_eq(reply_int(r, "/lead/score"), 76);
    ck_assert_str_eq(reply_text(r, "/lead/grade"), "A1");
    ck_assert(json_is_true(reply_at(r, "/lead/hot_lead")));
    r = post(srv.intake, "/v1/leads",
             text("{\"contact\": {\"phone\": \"%s\"}}", phone));
    EXPECT(r, 200);
    ck_assert(json_is_false(reply_at(r, "/created")));
    ck_assert_str_eq(reply_text(r, "/lead/id"), id);
    ck_assert_str_eq(reply_text(r, "/lead/contact/email"), email);
    r = get(srv.marketing, text("/v1/leads/%s/score", id));
    EXPECT(r, 200);
    ck_assert_int_eq(reply_int(r, "/score"), 76);
}
END_TEST

/* @return whether the answer lists a bad field there */
static bool lists(const struct reply *r, const char *pointer)
{
    const json_t *errors = reply_at(r, "/errors"), *e;
    size_t i;

    json_array_foreach (errors, i, e)
        if (!strcmp(json_string_value(json_object_get(e, "pointer")), pointer))
            return true;
    return false;
}

START_TEST(all_bad_fields_are_named_at_once)
{
    static const char *const WANT[] = {
        "/contact/email", "/contact/phone", "/facts/need",
        "/facts/budget",  "/facts/score",   "/stage",
        "/origin",        "/events/0/type", "/events/1/occurred_at"};
    const struct reply *r = post(
        srv.intake, "/v1/leads",
        "{\"contact\": {\"email\": \"x@\", \"phone\": \"12\"}, \"facts\":"
        " {\"need\": \"much\", \"budget\": -1, \"score\": 99}, \"stage\":"
        " \"sql\", \"origin\": \"moon\", \"events\": [{\"type\": \"bribe\"},"
        " {\"type\": \"download\", \"occurred_at\": \"yesterday\"}]}");

    EXPECT(r, 422);
    for (size_t i = 0; i < sizeof(WANT) / sizeof(*WANT); i++)
        ck_assert_msg(lists(r, WANT[i]), "%s is missing: %s", WANT[i], r->body);
    ck_assert_ptr_nonnull(strstr(reply_text(r, "/detail"), "8 more"));
    r = post(srv.intake, "/v1/leads", "{\"contact\": {\"name\": \"x\"}}");
    EXPECT(r, 422);
    ck_assert_str_eq(reply_text(r, "/detail"),
                     "/contact: phone or email is needed");
    EXPECT(post(srv.intake, "/v1/leads", "[]"), 400);
    EXPECT(post(srv.intake, "/v1/leads", "{"), 400);
    EXPECT(post(NULL, "/v1/leads", "{}"), 401);
    EXPECT(get(srv.intake, lead_path("01980a7c-2a10-7d4e-8b21-6f0e1d2c3b4a")),
           403);
    EXPECT(get(srv.sales, lead_path("01980a7c-2a10-7d4e-8b21-6f0e1d2c3b4a")),
           404);
}
END_TEST

/* Each door says what it expects instead, by the problem's own number. */
START_TEST(a_body_that_is_no_object_is_told_so)
{
    static const struct {
        const char *body;
        int code;
        const char *word;
    } BODIES[] = {
        {"[{\"contact\": {}}]", ERR_NOT_OBJECT, "not_an_object"},
        {"[]", ERR_NOT_OBJECT, "not_an_object"},
        {"\"x\"", ERR_NOT_OBJECT, "not_an_object"},
        {"7", ERR_NOT_OBJECT, "not_an_object"},
        {"null", ERR_NOT_OBJECT, "not_an_object"},
        {"{", ERR_BAD_JSON, "bad_json"},
        {"", ERR_BAD_JSON, "bad_json"},
    };
    const char *doors[] = {"/v1/leads", "/v1/events", "/v1/score",
                           keep("/v1/forms/%s", srv.form_key)};

    for (size_t d = 0; d < ARRAY_LEN(doors); d++)
        for (size_t i = 0; i < ARRAY_LEN(BODIES); i++) {
            const struct reply *r = post(srv.admin, doors[d], BODIES[i].body);

            EXPECT(r, 400);
            ck_assert_int_eq(reply_int(r, "/code"), BODIES[i].code);
            ck_assert_str_eq(reply_text(r, "/errors/0/code"), BODIES[i].word);
        }
}
END_TEST

START_TEST(a_number_too_wide_is_a_bad_field_or_one_more_answer)
{
    const char *phone = fresh_phone();
    const struct reply *r =
        post(srv.intake, "/v1/leads",
             "{\"contact\": {\"phone\": \"0900000000\"}, \"facts\":"
             " {\"budget\": 1e400, \"price\": 12345678901234567890}}");

    EXPECT(r, 422);
    ck_assert(lists(r, "/facts/budget"));
    ck_assert(lists(r, "/facts/price"));
    r = post(NULL, text("/v1/forms/%s", srv.form_key),
             text("{\"ref\": 12345678901234567890, \"x\": 1e400, \"phone\":"
                  " \"%s\"}",
                  phone));
    EXPECT(r, 201);
    (void)the_lead(phone);
}
END_TEST

START_TEST(a_field_given_twice_is_refused_but_of_a_visitor)
{
    const char *body =
        keep("{\"phone\": \"0900000000\", \"phone\": \"%s\"}", fresh_phone());
    const struct reply *r = post(srv.intake, "/v1/leads", body);

    EXPECT(r, 400);
    ck_assert_int_eq(reply_int(r, "/code"), ERR_DUPLICATE_FIELD);
    r = post(NULL, text("/v1/forms/%s", srv.form_key), body);
    EXPECT(r, 201);
    (void)the_lead(keep("%.10s", strrchr(body, ':') + 3));
}
END_TEST

START_TEST(etag_if_match_and_not_modified)
{
    const char *id = new_lead(address(), "");
    const struct reply *r = get(srv.sales, lead_path(id));
    char first[64], second[64];
    const char *change = "{\"facts\": {\"need\": \"latent\"}}";

    ck_assert_ptr_nonnull(reply_field(r, "ETag", first, sizeof(first)));
    EXPECT(call(srv.port, "GET", lead_path(id), srv.sales,
                text("If-None-Match: %s\r\n", first), NULL),
           304);
    r = call(srv.port, "PATCH", lead_path(id), srv.sales,
             text("If-Match: %s\r\n", first), change);
    EXPECT(r, 200);
    ck_assert_str_eq(reply_text(r, "/facts/need"), "latent");
    ck_assert_int_eq(reply_int(r, "/criteria/need"), 10);
    ck_assert_ptr_nonnull(reply_field(r, "ETag", second, sizeof(second)));
    ck_assert_str_ne(first, second);
    EXPECT(call(srv.port, "GET", lead_path(id), srv.sales,
                text("If-None-Match: %s\r\n", first), NULL),
           200);
    EXPECT(call(srv.port, "GET", lead_path(id), srv.sales,
                text("If-None-Match: %s\r\n", second), NULL),
           304);
    EXPECT(call(srv.port, "PATCH", lead_path(id), srv.sales,
                text("If-Match: %s\r\n", first), change),
           412);
}
END_TEST

START_TEST(every_call_that_changes_a_lead_honours_if_match)
{
    static const char *const CALLS[][2] = {
        {"events", "{\"type\": \"download\"}"},
        {"stage", "{\"to\": \"disqualified\", \"reason\": \"spam\"}"},
        {"claim", "{}"}};
    const char *id = new_lead(address(), "");
    char etag[64];

    ck_assert_ptr_nonnull(
        reply_field(get(srv.sales, lead_path(id)), "ETag", etag, sizeof(etag)));
    EXPECT(
        patch(srv.sales, lead_path(id), "{\"facts\": {\"need\": \"latent\"}}"),
        200);
    for (size_t i = 0; i < ARRAY_LEN(CALLS); i++)
        EXPECT(call(srv.port, "POST", text("%s/%s", lead_path(id), CALLS[i][0]),
                    srv.sales, text("If-Match: %s\r\n", etag), CALLS[i][1]),
               412);
    ck_assert_int_eq(entries(id, "event"), 0);
    ck_assert_ptr_nonnull(
        reply_field(get(srv.sales, lead_path(id)), "ETag", etag, sizeof(etag)));
    EXPECT(call(srv.port, "POST", text("%s/events", lead_path(id)), srv.sales,
                text("If-Match: %s\r\n", etag), CALLS[0][1]),
           201);
}
END_TEST

/* domain.md 5: the local part as typed, the domain in lower-case ASCII. */
START_TEST(an_address_is_shown_with_its_domain_put_right)
{
    const char *name = fresh("Foo.Bar");
    const struct reply *r =
        post(srv.intake, "/v1/leads",
             text("{\"contact\": {\"email\": \" %s@Công-Ty.VN \"}}", name));

    EXPECT(r, 201);
    ck_assert_str_eq(reply_text(r, "/lead/contact/email"),
                     text("%s@xn--cng-ty-ixa.vn", name));
}
END_TEST

START_TEST(an_idempotency_key_replays_or_refuses)
{
    const char *header = keep("Idempotency-Key: %s\r\n", fresh("k"));
    const char *body = text("{\"contact\": {\"email\": \"%s\"}}", address());
    const struct reply *r =
        call(srv.port, "POST", "/v1/leads", srv.intake, header, body);
    const char *first = keep("%s", r->body);

    EXPECT(r, 201);
    r = call(srv.port, "POST", "/v1/leads", srv.intake, header, body);
    EXPECT(r, 201);
    ck_assert_str_eq(r->body, first);
    r = call(srv.port, "POST", "/v1/leads", srv.intake, header,
             text("{\"contact\": {\"email\": \"%s\"}}", address()));
    EXPECT(r, 422);
}
END_TEST

START_TEST(an_idempotency_key_of_no_use_is_refused)
{
    const char *body = text("{\"contact\": {\"email\": \"%s\"}}", address());
    const char *const keys[] = {"", "\"\"", keep("%0*d", 256, 0)};

    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        const struct reply *r =
            call(srv.port, "POST", "/v1/leads", srv.intake,
                 text("Idempotency-Key: %s\r\n", keys[i]), body);

        EXPECT(r, 400);
        ck_assert_int_eq(reply_int(r, "/code"), 1009);
    }
}
END_TEST

struct copies {
    const char *header, *body;
    int status[50];
    char receipt[50][40];
};

static void copy(void *ctx, int i)
{
    struct copies *c = ctx;
    struct reply r = http_call(srv.port, "POST", "/v1/leads", srv.intake,
                               c->header, c->body);

    c->status[i] = r.status;
    snprintf(c->receipt[i], sizeof(c->receipt[i]), "%s",
             reply_text(&r, "/receipt_id"));
    reply_free(&r);
}

START_TEST(fifty_copies_of_one_key_are_one_receipt)
{
    const char *email = address(), *one = NULL;
    struct copies c = {.header = keep("Idempotency-Key: %s\r\n", fresh("k")),
                       .body =
                           keep("{\"contact\": {\"email\": \"%s\"}}", email)};

    together(50, copy, &c);
    for (int i = 0; i < 50; i++) {
        if (c.status[i] == 409)
            continue; /* the first is still running */
        ck_assert_int_eq(c.status[i], 201);
        one = one ? one : c.receipt[i];
        ck_assert_str_eq(c.receipt[i], one);
    }
    ck_assert_ptr_nonnull(one);
    ck_assert_int_eq(entries(the_lead(email), "receipt"), 1);
}
END_TEST

START_TEST(a_phone_of_one_and_an_address_of_another_is_for_review)
{
    const char *phone = fresh_phone(), *email = address();
    const char *b = new_lead(email, "");
    const struct reply *r =
        post(srv.intake, "/v1/leads",
             text("{\"contact\": {\"phone\": \"%s\", \"email\": \"%s\"}}",
                  phone, address()));
    const char *a = keep("%s", reply_text(r, "/lead/id"));
    const json_t *items, *item;
    size_t i;
    int hits = 0;

    EXPECT(r, 201);
    r = post(srv.intake, "/v1/leads",
             text("{\"contact\": {\"phone\": \"%s\", \"email\": \"%s\"}}",
                  phone, email));
    EXPECT(r, 200);
    ck_assert_str_ne(a, b);
    ck_assert_str_eq(the_lead(phone), a);
    ck_assert_str_eq(the_lead(email), b);
    r = get(srv.marketing, "/v1/reviews?limit=500");
    EXPECT(r, 200);
    items = reply_at(r, "/items");
    json_array_foreach (items, i, item) {
        const char *x = json_string_value(json_object_get(item, "lead_id"));
        const char *y =
            json_string_value(json_object_get(item, "other_lead_id"));

        hits += (!strcmp(x, a) && !strcmp(y, b)) ||
                (!strcmp(x, b) && !strcmp(y, a));
    }
    ck_assert_int_eq(hits, 1);
}
END_TEST

START_TEST(what_sales_said_yields_to_no_form_and_no_machine)
{
    const struct reply *r = post(
        srv.admin, "/v1/sources",
        text("{\"kind\": \"form\", \"name\": \"%s\", \"mapping\": {\"fields\":"
             " {\"need\": \"fact.need\"}}}",
             fresh("weak")));
    const char *form = keep("/v1/forms/%s", reply_text(r, "/source_key"));
    const char *email = address(), *id;
    const char *says =
        keep("{\"email\": \"%s\", \"need\": \"explicit\"}", email);

    EXPECT(r, 201);
    ck_assert(UNTIL(post(NULL, form, says)->status == 201, 5000));
    id = the_lead(email);
    r = get(srv.sales, lead_path(id));
    ck_assert_str_eq(reply_text(r, "/facts/need"), "explicit");
    r = patch(srv.sales, lead_path(id), "{\"facts\": {\"need\": \"none\"}}");
    EXPECT(r, 200);
    EXPECT(post(NULL, form, says), 201);
    r = post(srv.intake, "/v1/leads",
             text("{\"contact\": {\"email\": \"%s\"}, \"facts\":"
                  " {\"need\": \"explicit_matched\", \"pay_proxy\": true}}",
                  email));
    EXPECT(r, 200);
    ck_assert_str_eq(reply_text(r, "/lead/facts/need"), "none");
    ck_assert(json_is_true(reply_at(r, "/lead/facts/pay_proxy")));
    r = patch(srv.sales, lead_path(id), "{\"facts\": {\"need\": \"latent\"}}");
    ck_assert_str_eq(reply_text(r, "/facts/need"), "latent");
}
END_TEST

START_TEST(the_origin_stays)
{
    const char *email = address();
    const char *id = new_lead(email, ", \"origin\": \"referral\", \"referrer\":"
                                     " {\"kind\": \"customer\", \"ref\":"
                                     " \"c1\"}");
    const struct reply *r =
        post(srv.sales, "/v1/leads",
             text("{\"contact\": {\"email\": \"%s\"}, \"origin\": \"sales\"}",
                  email));

    EXPECT(r, 200);
    ck_assert_str_eq(reply_text(r, "/lead/id"), id);
    ck_assert_str_eq(reply_text(r, "/lead/origin"), "referral");
    ck_assert_str_eq(reply_text(r, "/lead/referrer/ref"), "c1");
}
END_TEST

START_TEST(colleagues_share_an_account_and_its_signals)
{
    const char *domain = keep("%s.com.vn", fresh("firm"));
    const char *event = ", \"events\": [{\"type\": \"consult_request\"}]";
    const char *a = new_lead(text("a@%s", domain), event), *b;
    long long before =
        reply_int(get(srv.sales, lead_path(a)), "/consideration");
    const char *account =
        text("%s", reply_text(get(srv.sales, lead_path(a)), "/account/id"));

    ck_assert_uint_eq(strlen(account), 36);
    b = new_lead(text("b@%s", domain), event);
    ck_assert_str_eq(reply_text(get(srv.sales, lead_path(b)), "/account/id"),
                     account);
    ck_assert(json_is_null(reply_at(
        get(srv.sales, lead_path(new_lead(address(), ""))), "/account")));
    /* the sweeper judges the first again: two people within 14 days */
    ck_assert_msg(UNTIL(reply_int(get(srv.sales, lead_path(a)),
                                  "/consideration") == before + 8,
                        8000),
                  "%lld, then %lld", before,
                  reply_int(get(srv.sales, lead_path(a)), "/consideration"));
    ck_assert_int_eq(
        reply_int(get(srv.sales, lead_path(a)), "/criteria/engagement"), 8);
}
END_TEST

START_TEST(what_sales_says_is_the_number_to_call)
{
    const char *old = keep("+8490%07d", 1000000 + getpid() % 999999);
    const char *new = keep("+8491%07d", 1000000 + getpid() % 999999);
    const char *id = new_lead(address(), text(", \"source\": \"crm\""));
    const struct reply *r;

    r = patch(srv.sales, lead_path(id),
              text("{\"contact\": {\"phone\": \"%s\"}}", old));
    EXPECT(r, 200);
    ck_assert_str_eq(reply_text(r, "/contact/phone"), old);
    r = patch(srv.sales, lead_path(id),
              text("{\"contact\": {\"phone\": \"%s\"}}", new));
    EXPECT(r, 200);
    ck_assert_str_eq(reply_text(r, "/contact/phone"), new);
    /* both find him, and a form changes nothing of it */
    r = post(srv.intake, "/v1/leads",
             text("{\"contact\": {\"phone\": \"%s\"}}", old));
    EXPECT(r, 200);
    ck_assert_str_eq(reply_text(r, "/lead/id"), id);
    ck_assert_str_eq(reply_text(r, "/lead/contact/phone"), new);
}
END_TEST

START_TEST(every_answer_names_the_company)
{
    const char *phone = keep("+8492%07d", 1000000 + getpid() % 999999);
    const char *company = keep("Nhà máy %s", fresh("May"));
    const struct reply *r = post(srv.intake, "/v1/leads",
                                 text("{\"contact\": {\"phone\": \"%s\","
                                      " \"company\": \"%s\"}}",
                                      phone, company));
    const char *id;

    EXPECT(r, 201);
    id = keep("%s", reply_text(r, "/lead/id"));
    ck_assert_str_eq(reply_text(r, "/lead/account/name"), company);
    r = post(srv.intake, "/v1/leads",
             text("{\"contact\": {\"phone\": \"%s\"}}", phone));
    EXPECT(r, 200);
    ck_assert_str_eq(reply_text(r, "/lead/account/name"), company);
    r = patch(srv.sales, lead_path(id), "{\"facts\": {\"need\": \"latent\"}}");
    ck_assert_str_eq(reply_text(r, "/account/name"), company);
}
END_TEST

static int64_t active_accounts(const char *domain)
{
    return sql_int(text("SELECT count(*) FROM account_activity s JOIN"
                        " account_key k USING (workspace_id, account_id) WHERE"
                        " k.key = 'domain:%s' AND s.active_until > now()",
                        domain));
}

START_TEST(a_company_is_looked_through_once_somebody_did_something)
{
    const char *domain = keep("%s.com.vn", fresh("firm"));
    const char *event = ", \"events\": [{\"type\": \"consult_request\"}]";
    const char *early = new_lead(text("a@%s", domain), ""), *late;

    ck_assert_int_eq(active_accounts(domain), 0);
    (void)new_lead(text("b@%s", domain), event);
    ck_assert_int_eq(active_accounts(domain), 1);
    /* two people: the third sees both at once */
    (void)new_lead(text("c@%s", domain), event);
    late = new_lead(text("d@%s", domain), "");
    ck_assert_int_eq(
        reply_int(get(srv.sales, lead_path(late)), "/consideration"), 8);
    ck_assert_msg(UNTIL(reply_int(get(srv.sales, lead_path(early)),
                                  "/consideration") == 8,
                        8000),
                  "the first of them was not judged again");
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("leads");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, a_lead_is_made_then_known);
    tcase_add_test(tc, all_bad_fields_are_named_at_once);
    tcase_add_test(tc, a_body_that_is_no_object_is_told_so);
    tcase_add_test(tc, a_number_too_wide_is_a_bad_field_or_one_more_answer);
    tcase_add_test(tc, a_field_given_twice_is_refused_but_of_a_visitor);
    tcase_add_test(tc, etag_if_match_and_not_modified);
    tcase_add_test(tc, every_call_that_changes_a_lead_honours_if_match);
    tcase_add_test(tc, an_address_is_shown_with_its_domain_put_right);
    tcase_add_test(tc, an_idempotency_key_replays_or_refuses);
    tcase_add_test(tc, an_idempotency_key_of_no_use_is_refused);
    tcase_add_test(tc, fifty_copies_of_one_key_are_one_receipt);
    tcase_add_test(tc, a_phone_of_one_and_an_address_of_another_is_for_review);
    tcase_add_test(tc, what_sales_said_yields_to_no_form_and_no_machine);
    tcase_add_test(tc, the_origin_stays);
    tcase_add_test(tc, what_sales_says_is_the_number_to_call);
    tcase_add_test(tc, every_answer_names_the_company);
    tcase_add_test(tc, colleagues_share_an_account_and_its_signals);
    tcase_add_test(tc, a_company_is_looked_through_once_somebody_did_something);
    return real_server_main(tc, "leads", NULL);
}
