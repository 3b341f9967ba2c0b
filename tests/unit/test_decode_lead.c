#include "intake/decode_lead.h"

#include <string.h>

#include "base/str.h"
#include "intake/decode_events.h"
#include "unit.h"

#define NOW INT64_C(1767673800000)
#define ID  "0194b2c0-1111-7000-8000-000000000001"

START_TEST(whole_lead_is_read)
{
    struct arena *mem = UNIT_ARENA();
    struct field_errs errs = {.mem = mem};
    struct draft d;
    static const char BODY[] =
        "{\"contact\": {\"name\": \"Nguye\u0302\u0303n  An\","
        " \"email\": \"a@b.vn\", \"phone\": \"0900000906\","
        " \"company\": \"An Phú\", \"job_title\": null},"
        " \"origin\": \"referral\", \"source\": \"crm\","
        " \"external_id\": \"42\","
        " \"referrer\": {\"kind\": \"customer\", \"ref\": \"c1\"},"
        " \"facts\": {\"need\": \"explicit\", \"budget\": 50000000},"
        " \"events\": [{\"type\": \"demo_request\"}],"
        " \"touch\": {\"channel\": \"facebook\", \"gclid\": \"g\"},"
        " \"consent\": [{\"purpose\": \"marketing\", \"channel\": \"email\","
        " \"status\": \"granted\", \"method\": \"form\","
        " \"wording\": \"v1\"}]}";

    ck_assert_int_eq(intake_lead(BODY, strlen(BODY), NOW, mem, &d, &errs),
                     ERR_OK);
    ck_assert_str_eq(d.contact.name, "Nguyễn An");
    ck_assert_ptr_null(d.contact.job_title);
    ck_assert(d.has_origin && d.origin == ORIGIN_REFERRAL);
    ck_assert_str_eq(d.source_name, "crm");
    ck_assert_str_eq(d.referrer_kind, "customer");
    ck_assert_int_eq(d.facts.budget, 50000000);
    ck_assert_uint_eq(d.n_events, 1);
    ck_assert_int_eq(d.events[0].occurred_ms, NOW);
    ck_assert(d.has_touch);
    ck_assert_str_eq(d.touch.gclid, "g");
    ck_assert_uint_eq(d.n_consent, 1);
    ck_assert_str_eq(d.consent[0].wording, "v1");
    arena_free(mem);
}
END_TEST

static const struct {
    const char *body;
    enum err err;
    const char *pointer; /* of the first fault */
    enum err first;
} BAD[] = {
    {"", ERR_BAD_JSON, "", ERR_BAD_JSON},
    {"[]", ERR_NOT_OBJECT, "", ERR_NOT_OBJECT},
    {"{\"contact\":{},\"contact\":{}}", ERR_DUPLICATE_FIELD, "",
     ERR_DUPLICATE_FIELD},
    {"{\"contact\":{\"phone\":\"\\ud800\"}}", ERR_BAD_JSON, "", ERR_BAD_JSON},
    {"{\"contact\":{\"phone\":\"1\"},\"score\":100}", ERR_INVALID, "/score",
     ERR_UNKNOWN_FIELD},
    {"{\"contact\":{\"phone\":\"1\",\"stage\":\"sql\"}}", ERR_INVALID,
     "/contact/stage", ERR_UNKNOWN_FIELD},
    {"{\"contact\":{\"phone\":1}}", ERR_INVALID, "/contact/phone",
     ERR_WRONG_TYPE},
    {"{\"contact\":[]}", ERR_INVALID, "/contact", ERR_WRONG_TYPE},
    {"{\"contact\":{\"phone\":\"1\"},\"origin\":\"moon\"}", ERR_INVALID,
     "/origin", ERR_UNKNOWN_VALUE},
    {"{\"contact\":{\"phone\":\"1\"},\"referrer\":{\"kind\":\"x\"}}",
     ERR_INVALID, "/referrer/ref", ERR_REQUIRED},
    {"{\"contact\":{\"phone\":\"1\"},\"events\":[{\"type\":\"x\"}]}",
     ERR_INVALID, "/events/0/type", ERR_UNKNOWN_VALUE},
    {"{\"contact\":{\"phone\":\"1\"},\"facts\":{\"need\":\"x\"}}", ERR_INVALID,
     "/facts/need", ERR_UNKNOWN_VALUE},
    {"{\"contact\":{\"phone\":\"1\"},\"consent\":[{\"purpose\":\"a\","
     "\"status\":\"maybe\"}]}",
     ERR_INVALID, "/consent/0/status", ERR_UNKNOWN_VALUE},
    {"{\"contact\":{\"name\":\"An\"}}", ERR_NO_IDENTIFIER, "/contact",
     ERR_NO_IDENTIFIER},
    {"{\"contact\":{\"phone\":\" \"}}", ERR_NO_IDENTIFIER, "/contact",
     ERR_NO_IDENTIFIER},
    {"{}", ERR_NO_IDENTIFIER, "/contact", ERR_NO_IDENTIFIER},
};

START_TEST(bad_lead_is_refused_by_name)
{
    struct arena *mem = UNIT_ARENA();
    struct field_errs errs = {.mem = mem};
    struct draft d;
    const char *body = BAD[_i].body;

    ck_assert_int_eq(intake_lead(body, strlen(body), NOW, mem, &d, &errs),
                     BAD[_i].err);
    ck_assert_uint_ge(errs.n, 1);
    ck_assert_str_eq(errs.first->pointer, BAD[_i].pointer);
    ck_assert_int_eq(errs.first->err, BAD[_i].first);
    arena_free(mem);
}
END_TEST

START_TEST(all_faults_come_at_once)
{
    struct arena *mem = UNIT_ARENA();
    struct field_errs errs = {.mem = mem};
    struct draft d;
    static const char BODY[] =
        "{\"contact\":{\"phone\":1,\"email\":{},\"x/y\":1},\"owner\":1,"
        "\"origin\":\"x\"}";

    ck_assert_int_eq(intake_lead(BODY, strlen(BODY), NOW, mem, &d, &errs),
                     ERR_INVALID);
    ck_assert_uint_eq(errs.n, 5);
    arena_free(mem);
}
END_TEST

START_TEST(patch_takes_contact_and_facts_only)
{
    struct arena *mem = UNIT_ARENA();
    struct field_errs errs = {.mem = mem};
    struct draft d;
    static const char GOOD[] = "{\"contact\":{\"name\":\"An\",\"email\":null},"
                               "\"facts\":{\"need\":\"latent\"}}";
    static const char BAD_ONE[] = "{\"contact\":{},\"origin\":\"sales\"}";

    ck_assert_int_eq(intake_patch(GOOD, strlen(GOOD), mem, &d, &errs), ERR_OK);
    ck_assert_str_eq(d.contact.name, "An");
    ck_assert_ptr_null(d.contact.email);
    ck_assert_int_eq(d.facts.given, FACT_NEED);
    ck_assert_int_eq(intake_patch("{}", 2, mem, &d, &errs), ERR_INVALID);
    errs = (struct field_errs){.mem = mem};
    ck_assert_int_eq(intake_patch(BAD_ONE, strlen(BAD_ONE), mem, &d, &errs),
                     ERR_INVALID);
    ck_assert_str_eq(errs.first->pointer, "/origin");
    arena_free(mem);
}
END_TEST

static const struct {
    const char *body;
    enum err err;
    size_t n;
} EVENTS[] = {
    {"{\"type\":\"download\"}", ERR_OK, 1},
    {"{\"events\":[{\"type\":\"download\"},{\"type\":\"call\"}]}", ERR_OK, 2},
    {"[{\"type\":\"download\"}]", ERR_OK, 1},
    {"[]", ERR_INVALID, 0},
    {"{}", ERR_INVALID, 0},
    {"3", ERR_BAD_JSON, 0},
    {"[3]", ERR_INVALID, 0},
    {"{\"events\":{}}", ERR_INVALID, 0},
    {"{\"type\":\"download\",\"occurred_at\":\"gestern\"}", ERR_INVALID, 0},
};

START_TEST(events_of_a_lead_come_in_three_shapes)
{
    struct arena *mem = UNIT_ARENA();
    struct field_errs errs = {.mem = mem};
    const char *body = EVENTS[_i].body;
    struct event *list;
    size_t n;
    enum err e =
        intake_lead_events(body, strlen(body), NOW, mem, &list, &n, &errs);

    ck_assert_int_eq(e, EVENTS[_i].err);
    if (e == ERR_OK)
        ck_assert_uint_eq(n, EVENTS[_i].n);
    arena_free(mem);
}
END_TEST

START_TEST(batch_names_each_lead)
{
    struct arena *mem = UNIT_ARENA();
    struct field_errs errs = {.mem = mem};
    struct event_post *posts;
    size_t n;
    static const char GOOD[] =
        "{\"events\":[{\"lead_id\":\"" ID "\",\"type\":\"call\"},"
        "{\"email\":\"a@b.vn\",\"type\":\"download\"},"
        "{\"phone\":\"0900\",\"visitor_id\":\"v\",\"type\":\"download\"},"
        "{\"external_id\":\"7\",\"source\":\"crm\",\"type\":\"download\"}]}";
    static const char BAD_ONE[] =
        "{\"events\":[{\"type\":\"call\"},{\"lead_id\":\"x\","
        "\"type\":\"call\"},4]}";

    ck_assert_int_eq(
        intake_event_batch(GOOD, strlen(GOOD), NOW, mem, &posts, &n, &errs),
        ERR_OK);
    ck_assert_uint_eq(n, 4);
    ck_assert(posts[0].has_lead);
    ck_assert_int_eq(posts[0].event.type, EVENT_CALL);
    ck_assert_str_eq(posts[1].email, "a@b.vn");
    ck_assert_str_eq(posts[2].event.visitor, "v");
    ck_assert_str_eq(posts[3].source, "crm");
    ck_assert_int_eq(intake_event_batch(BAD_ONE, strlen(BAD_ONE), NOW, mem,
                                        &posts, &n, &errs),
                     ERR_INVALID);
    ck_assert_uint_eq(errs.n, 3);
    ck_assert_str_eq(errs.first->pointer, "/events/0");
    ck_assert_str_eq(errs.first->next->pointer, "/events/1/lead_id");
    ck_assert_int_eq(intake_event_batch("{}", 2, NOW, mem, &posts, &n, &errs),
                     ERR_INVALID);
    arena_free(mem);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("decode_lead");

    tcase_add_test(tc, whole_lead_is_read);
    tcase_add_loop_test(tc, bad_lead_is_refused_by_name, 0,
                        (int)ARRAY_LEN(BAD));
    tcase_add_test(tc, all_faults_come_at_once);
    tcase_add_test(tc, patch_takes_contact_and_facts_only);
    tcase_add_loop_test(tc, events_of_a_lead_come_in_three_shapes, 0,
                        (int)ARRAY_LEN(EVENTS));
    tcase_add_test(tc, batch_names_each_lead);
    return unit_run(tc, "decode_lead");
}
