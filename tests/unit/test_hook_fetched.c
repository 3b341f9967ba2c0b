/* Platforms that send ids only: the orders to read, who withdrew, and what is
 * read back. */
#include "hook_reading.h"

#include "intake/decode_platform.h"

/* ---- ids only ---- */

static const struct {
    const char *kind, *file, *ids[4], *page, *form;
    enum hook_item_kind is;
} ORDERS[] = {
    {"meta",
     "leadgen_single.json",
     {"889127364512087"},
     "104482718655321",
     "1183920475561203",
     HOOK_FETCH},
    {"meta",
     "leadgen_numeric_ids.json",
     {"889127364512089"},
     "104482718655321",
     "1183920475561203",
     HOOK_FETCH},
    {"meta",
     "leadgen_batch_entries.json",
     {"889127364512092", "889127364512093", "889127364512094"},
     "104482718655321",
     "1183920475561203",
     HOOK_FETCH},
    {"meta", "leadgen_dashboard_sample.json", {NULL}, NULL, NULL, HOOK_FETCH},
    {"meta", "page_feed_only.json", {NULL}, NULL, NULL, HOOK_FETCH},
    {"meta", "messenger_text_unicode.json", {NULL}, NULL, NULL, HOOK_FETCH},
    {"linkedin",
     "lead_created_sponsored.json",
     {"4f0d1c2b-7a6e-4c3d-9b1a-0c9d8e7f6a5b-5"},
     "urn:li:sponsoredAccount:520866471",
     "8181",
     HOOK_FETCH},
    {"linkedin",
     "lead_created_event.json",
     {"1a2b3c-4"},
     "urn:li:organization:123",
     "1",
     HOOK_FETCH},
    {"linkedin",
     "organization_social_action.json",
     {NULL},
     NULL,
     NULL,
     HOOK_FETCH},
};

START_TEST(ids_become_orders_to_read)
{
    struct reading x;
    size_t n = 0;

    read_file(&x, ORDERS[_i].kind, ORDERS[_i].file);
    for (; ORDERS[_i].ids[n]; n++) {
        ck_assert_uint_gt(x.r.n, n);
        ck_assert_int_eq(x.r.items[n].kind, ORDERS[_i].is);
        ck_assert_pstr_eq(x.r.items[n].external_id, ORDERS[_i].ids[n]);
        ck_assert_pstr_eq(x.r.items[n].page_id, ORDERS[_i].page);
        ck_assert_pstr_eq(x.r.items[n].form_id, ORDERS[_i].form);
    }
    ck_assert_uint_eq(x.r.n, n);
    done(&x);
}
END_TEST

START_TEST(who_withdrew_is_not_read_and_is_forgotten)
{
    struct reading x;

    read_file(&x, "linkedin", "lead_deleted.json");
    ck_assert_uint_eq(x.r.n, 2);
    ck_assert_int_eq(x.r.items[0].kind, HOOK_FORGET);
    ck_assert_int_eq(x.r.items[1].kind, HOOK_ERASE);
    ck_assert_pstr_eq(x.r.items[1].draft.external_id,
                      "4f0d1c2b-7a6e-4c3d-9b1a-0c9d8e7f6a5b-5");
    done(&x);
}
END_TEST

/* ---- what is read back ---- */

START_TEST(a_graph_lead_is_read)
{
    struct reading x;
    const struct draft *d;

    ck_assert_int_eq(
        read_by(&x, "meta", "graph_lead.json", NULL, meta_lead_read), ERR_OK);
    d = &x.r.items[0].draft;
    ck_assert_pstr_eq(d->contact.name, "Nguyễn Văn Đức");
    ck_assert_pstr_eq(d->contact.phone, "+84900000111");
    ck_assert_pstr_eq(d->external_id, "889127364512087");
    ck_assert_pstr_eq(d->touch.medium, "ig");
    ck_assert_pstr_eq(d->touch.campaign, "Tết 2026 / Căn hộ");
    ck_assert_pstr_eq(d->touch.channel, "fb_form");
    ck_assert_int_eq(d->events[0].occurred_ms, INT64_C(1767600038000));
    ck_assert(!d->test);
    done(&x);
    ck_assert_int_eq(read_by(&x, "meta", "graph_lead_testing_tool.json", NULL,
                             meta_lead_read),
                     ERR_OK);
    ck_assert(x.r.items[0].draft.test);
    done(&x);
}
END_TEST

START_TEST(consent_ticks_become_records)
{
    struct reading x;
    const struct draft *d;

    ck_assert_int_eq(
        read_by(&x, "meta", "graph_lead_consent.json", NULL, meta_lead_read),
        ERR_OK);
    d = &x.r.items[0].draft;
    ck_assert_uint_eq(d->n_consent, 2);
    ck_assert_pstr_eq(d->consent[0].purpose, "optional_1");
    ck_assert_pstr_eq(d->consent[0].status, "granted");
    ck_assert_pstr_eq(d->consent[1].status, "denied");
    done(&x);
}
END_TEST

/* The lead as the reader gives it, its form inside.  @a form is taken. */
static void read_linkedin(struct reading *x, json_t *lead, json_t *form)
{
    char *text;

    json_object_set_new(lead, "leadForm", form);
    text = json_dumps(lead, JSON_COMPACT);
    memset(x, 0, sizeof(*x));
    ask(&x->a, "{}", NULL, text, strlen(text));
    x->errs.mem = x->a.mem;
    x->r = (struct hook_reader){.rq = &x->a.rq,
                                .spec = form_spec_default(),
                                .mem = x->a.mem,
                                .errs = &x->errs};
    ck_assert_int_eq(linkedin_lead_read(&x->r), ERR_OK);
    free(text);
    json_decref(lead);
}

static json_t *linkedin_file(const char *name)
{
    char path[200];
    json_t *j;

    snprintf(path, sizeof(path), FIXTURES "linkedin/%s.json", name);
    j = json_load_file(path, 0, NULL);
    ck_assert_ptr_nonnull(j);
    return j;
}

START_TEST(linkedin_answers_are_named_by_their_form)
{
    struct reading x;
    const struct draft *d;

    read_linkedin(&x, linkedin_file("lead_form_response"),
                  linkedin_file("lead_form"));
    d = &x.r.items[0].draft;
    ck_assert_pstr_eq(d->contact.name, "Nguyễn");
    ck_assert_pstr_eq(d->contact.email, "an.nguyen@example.com");
    ck_assert_pstr_eq(d->external_id, "4f0d1c2b-7a6e-4c3d-9b1a-0c9d8e7f6a5b-5");
    ck_assert_pstr_eq(d->touch.campaign, "367378525");
    ck_assert_pstr_eq(d->touch.content, "456");
    ck_assert_uint_eq(d->n_consent, 1);
    done(&x);
}
END_TEST

static const struct {
    bool in_lead;
    const char *fields;
} HIDDEN[] = {
    {false, "[{\"name\": \"utm_source\", \"value\": \"li-spring\"},"
            " {\"name\": \"utm_campaign\", \"value\": \"c1\"}, {\"name\":"
            " \"empty\"}, 7]"},
    {false, "[{\"Name\": \"UTM_Source\", \"Value\": \"li-spring\"},"
            " {\"Name\": \"utm_campaign\", \"Value\": \"c1\"}]"},
    {true, "[{\"name\": \"utm_source\", \"value\": \"li-spring\"},"
           " {\"name\": \"utm_campaign\", \"value\": \"c1\"}]"},
    {false, "{\"utm_source\": \"li-spring\", \"utm_campaign\": \"c1\"}"},
};

START_TEST(linkedin_hidden_fields_are_answers)
{
    json_t *lead = linkedin_file("lead_form_response");
    json_t *form = linkedin_file("lead_form");
    struct reading x;

    json_object_set_new(HIDDEN[_i].in_lead ? lead : form, "hiddenFields",
                        json_loads(HIDDEN[_i].fields, 0, NULL));
    read_linkedin(&x, lead, form);
    ck_assert_pstr_eq(x.r.items[0].draft.touch.channel, "li-spring");
    ck_assert_pstr_eq(x.r.items[0].draft.touch.campaign, "c1");
    done(&x);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("hook_fetched");

    tcase_add_loop_test(tc, ids_become_orders_to_read, 0, ARRAY_LEN(ORDERS));
    tcase_add_test(tc, who_withdrew_is_not_read_and_is_forgotten);
    tcase_add_test(tc, a_graph_lead_is_read);
    tcase_add_test(tc, consent_ticks_become_records);
    tcase_add_test(tc, linkedin_answers_are_named_by_their_form);
    tcase_add_loop_test(tc, linkedin_hidden_fields_are_answers, 0,
                        ARRAY_LEN(HIDDEN));
    return unit_run(tc, "hook_fetched");
}
