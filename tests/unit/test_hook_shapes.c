/* Bodies of another shape than their platform documents: what is plainly a
 * lead becomes one, what the platform sends besides is passed over, and
 * anything else is told apart from both. */
#include "hook_reading.h"
#include "intake/hook_json.h"

enum read_as { LEADS_READ, PASSED, UNREAD, PARTLY };

static const struct {
    const char *kind, *body;
    enum read_as as;
    size_t n;
} SHAPES[] = {
    /* ids only */
    {"meta", "{'object': 'page', 'entry': []}", PASSED, 0},
    {"meta",
     "{'entry': {'id': 1, 'changes': [{'field': 'leadgen', 'value':"
     " {'leadgen_id': 7}}]}}",
     LEADS_READ, 1},
    {"meta", "{'entry': [{'id': 1, 'changes': [{'field': 'feed'}]}]}", PASSED,
     0},
    {"meta", "{'entry': [{'id': 1, 'messaging': [{}]}]}", PASSED, 0},
    {"meta",
     "{'entry': [{'changes': [{'field': 'leadgen', 'value':"
     " {'email': 'a@b.vn'}}]}]}",
     UNREAD, 0},
    {"meta", "{'leadgen_id': 7}", UNREAD, 0},
    {"meta",
     "{'entry': [{'id': 1, 'changes': [{'field': 'leadgen', 'value':"
     " {'leadgen_id': 7}}, {'field': 'leadgen', 'value': {'id': 8}}]}]}",
     PARTLY, 1},
    {"meta", "{'entry': [{'id': 1, 'messaging': [{}]}, {'id': 2}]}", PARTLY, 0},
    {"linkedin",
     "[{'leadGenFormResponse': 'urn:li:x:7', 'leadAction': 'CREATED'},"
     " {'type': 'LEAD_ACTION'}]",
     PARTLY, 1},
    {"hubspot", "[{'subscriptionType': 'deal.creation'}, 7]", PARTLY, 0},
    {"tiktok", "{'object': 1, 'entry': [{'id': 7}, {}]}", PARTLY, 1},
    {"linkedin",
     "[{'leadGenFormResponse': 'urn:li:x:7', 'leadAction':"
     " 'CREATED'}]",
     LEADS_READ, 1},
    {"linkedin", "{'type': 'ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS'}", PASSED,
     0},
    {"linkedin", "[]", PASSED, 0},
    {"linkedin", "{'type': 'LEAD_ACTION', 'leadAction': 'CREATED'}", UNREAD, 0},
    {"hubspot",
     "{'subscriptionType': 'contact.creation', 'portalId': 1,"
     " 'objectId': 2}",
     LEADS_READ, 1},
    {"hubspot",
     "{'subscriptionType': 'deal.creation', 'portalId': 1,"
     " 'objectId': 2}",
     PASSED, 0},
    {"hubspot", "[]", PASSED, 0},
    {"hubspot", "{'vid': 2, 'properties': {'email': 'a@b.vn'}}", UNREAD, 0},
    {"hubspot", "[{'subscriptionType': 'contact.creation'}]", UNREAD, 0},
    {"hubspot", "[7]", UNREAD, 0},
    /* whole leads */
    {"tiktok",
     "{'object': 1, 'entry': [{'changes': [{'field': 'email',"
     " 'value': 'a@b.vn'}]}]}",
     LEADS_READ, 1},
    {"tiktok", "{'object': 1, 'entry': {'id': 7, 'changes': []}}", LEADS_READ,
     1},
    {"tiktok", "{'object': 2, 'entry': [{'id': 7}]}", PASSED, 0},
    {"tiktok", "{'object': 1, 'entry': []}", PASSED, 0},
    {"tiktok", "{'object': 1, 'entry': [{}]}", UNREAD, 0},
    {"tiktok", "{'email': 'a@b.vn'}", UNREAD, 0},
    {"zalo", "{'event_name': 'user_submit_info', 'info': {'phone': '84901'}}",
     LEADS_READ, 1},
    {"zalo", "{'event_name': 'oa_send_text', 'sender': {'id': 1}}", PASSED, 0},
    {"zalo", "{'event_name': 'follow', 'follower': {'id': 1}}", PASSED, 0},
    {"zalo", "{'event_name': 'user_submit_info'}", UNREAD, 0},
    {"zalo", "{'phone': '84901'}", UNREAD, 0},
    {"typeform", "{'form_response': {'token': 't'}}", LEADS_READ, 1},
    {"typeform",
     "{'event_type': 'form_response_partial', 'form_response':"
     " {'token': 't'}}",
     PASSED, 0},
    {"typeform", "{'event_type': 'form_response'}", UNREAD, 0},
    {"typeform", "{'email': 'a@b.vn'}", UNREAD, 0},
    {"webflow", "{'triggerType': 'site_publish', 'payload': {}}", PASSED, 0},
    {"webflow", "{'payload': {'data': {'Email': 'a@b.vn'}}}", LEADS_READ, 1},
    {"webflow",
     "{'name': 'Form', 'site': 's', 'data': {'Email': 'a@b.vn'},"
     " 'd': '2019-01-06T09:00:00.000Z', '_id': 'i'}",
     LEADS_READ, 1},
    {"webflow", "{'triggerType': 'form_submission', 'payload': {}}", UNREAD, 0},
    {"webflow", "{'Email': 'a@b.vn'}", UNREAD, 0},
    {"tally", "{'eventType': 'FORM_CREATED'}", PASSED, 0},
    {"tally",
     "{'data': {'fields': [{'type': 'INPUT_EMAIL', 'value':"
     " 'a@b.vn'}]}}",
     LEADS_READ, 1},
    {"tally", "{'eventType': 'FORM_RESPONSE', 'data': {}}", UNREAD, 0},
    {"calendly",
     "{'event': 'invitee.created', 'payload': {'email':"
     " 'a@b.vn'}}",
     LEADS_READ, 1},
    {"calendly", "{'event': 'routing_form_submission.created', 'payload': {}}",
     PASSED, 0},
    {"calendly", "{'event': 'invitee.created'}", UNREAD, 0},
    {"calendly", "{'email': 'a@b.vn'}", UNREAD, 0},
    {"standard-webhooks", "{'type': 'x', 'data': {'email': 'a@b.vn'}}",
     LEADS_READ, 1},
    {"standard-webhooks", "{'type': 'x', 'email': 'a@b.vn'}", UNREAD, 0},
    {"cloudevents", "{'email': 'a@b.vn'}", LEADS_READ, 1},
    {"cloudevents", "['a@b.vn']", UNREAD, 0},
    {"generic", "[{'email': 'a@b.vn'}, {'phone': '0901'}]", LEADS_READ, 2},
    {"generic", "[]", PASSED, 0},
};

START_TEST(a_shape_is_read_passed_over_or_neither)
{
    char body[512];
    struct reading x;

    snprintf(body, sizeof(body), "%s", SHAPES[_i].body);
    for (char *p = body; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    ck_assert_int_eq(read_text(&x, SHAPES[_i].kind, NULL, body), ERR_OK);
    ck_assert_msg(x.r.n == SHAPES[_i].n, "%s: %zu items", body, x.r.n);
    ck_assert_msg(SHAPES[_i].as == PARTLY || SHAPES[_i].as == LEADS_READ ||
                      (x.r.passed_over > 0) == (SHAPES[_i].as == PASSED),
                  "%s: %zu passed over", body, x.r.passed_over);
    ck_assert_msg((x.r.unread || !hook_seen(&x.r)) ==
                      (SHAPES[_i].as == UNREAD || SHAPES[_i].as == PARTLY),
                  "%s: unread is %d", body, x.r.unread);
    done(&x);
}
END_TEST

START_TEST(webflows_older_shape_names_its_form_and_not_the_person)
{
    const struct draft *d;
    struct reading x;

    ck_assert_int_eq(
        read_text(&x, "webflow", NULL,
                  "{\"name\": \"Email Form\", \"site\": \"s\", \"data\":"
                  " {\"Email\": \"a@b.vn\", \"Your Name\": \"An\"}, \"d\":"
                  " \"2019-01-06T09:00:00.000Z\", \"_id\": \"i7\"}"),
        ERR_OK);
    d = &x.r.items[0].draft;
    ck_assert_pstr_eq(d->contact.name, "An");
    ck_assert_pstr_eq(d->contact.email, "a@b.vn");
    ck_assert_pstr_eq(d->external_id, "i7");
    ck_assert_int_eq(d->events[0].occurred_ms, INT64_C(1546765200000));
    done(&x);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("hook_shapes");

    tcase_add_loop_test(tc, a_shape_is_read_passed_over_or_neither, 0,
                        ARRAY_LEN(SHAPES));
    tcase_add_test(tc, webflows_older_shape_names_its_form_and_not_the_person);
    return unit_run(tc, "hook_shapes");
}
