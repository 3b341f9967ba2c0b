#include "judge_fixture.h"

#include <string.h>

#include "base/str.h"

/* The shipped document with one member set to another value (NULL: taken
 * away), and the one fault that must follow. */
static const struct fault_row {
    const char *set, *value; /* ' for " */
    const char *pointer;
    enum err err;
} FAULTS[] = {
    {"/version", NULL, "/version", ERR_REQUIRED},
    {"/version", "7", "/version", ERR_WRONG_TYPE},
    {"/version", "''", "/version", ERR_INVALID},
    {"/version", "'a b'", "/version", ERR_INVALID},
    {"/title", "1", "/title", ERR_WRONG_TYPE},
    {"/extra", "1", "/extra", ERR_UNKNOWN_FIELD},
    {"/a~1b~0", "1", "/a~1b~0", ERR_UNKNOWN_FIELD},
    {"/criteria", NULL, "/criteria", ERR_REQUIRED},
    {"/criteria", "[]", "/criteria", ERR_WRONG_TYPE},
    {"/criteria/luck", "{}", "/criteria/luck", ERR_UNKNOWN_FIELD},
    {"/criteria/authority/max", "30.5", "/criteria/authority/max",
     ERR_WRONG_TYPE},
    {"/criteria/authority/max", "-1", "/criteria/authority/max",
     ERR_OUT_OF_RANGE},
    {"/criteria/authority/points", "7", "/criteria/authority/points",
     ERR_WRONG_TYPE},
    {"/criteria/authority/points/king", "7", "/criteria/authority/points/king",
     ERR_UNKNOWN_VALUE},
    {"/criteria/authority/points/user", "31", "/criteria/authority/points/user",
     ERR_OUT_OF_RANGE},
    {"/criteria/need/points/latent", "'x'", "/criteria/need/points/latent",
     ERR_WRONG_TYPE},
    {"/criteria/ability_to_pay/pay_proxy", "21",
     "/criteria/ability_to_pay/pay_proxy", ERR_OUT_OF_RANGE},
    {"/criteria/ability_to_pay/budget_of_price", "[]",
     "/criteria/ability_to_pay/budget_of_price", ERR_OUT_OF_RANGE},
    {"/criteria/ability_to_pay/budget_of_price/1/points", "20",
     "/criteria/ability_to_pay/budget_of_price/1/points", ERR_OUT_OF_RANGE},
    {"/criteria/ability_to_pay/budget_of_price/1/at_least_percent", "100",
     "/criteria/ability_to_pay/budget_of_price/1/at_least_percent",
     ERR_OUT_OF_RANGE},
    {"/criteria/ability_to_pay/budget_of_price/0/points", "21",
     "/criteria/ability_to_pay/budget_of_price/0/points", ERR_OUT_OF_RANGE},
    {"/criteria/ability_to_pay/budget_of_price/2/note", "1",
     "/criteria/ability_to_pay/budget_of_price/2/note", ERR_UNKNOWN_FIELD},
    {"/criteria/ability_to_pay/price_mismatch_below_percent", "51",
     "/criteria/ability_to_pay/price_mismatch_below_percent", ERR_OUT_OF_RANGE},
    {"/criteria/engagement/decay/horizon_days", "181",
     "/criteria/engagement/decay/horizon_days", ERR_OUT_OF_RANGE},
    {"/criteria/engagement/decay/horizon_days", "29",
     "/criteria/engagement/decay/horizon_days", ERR_OUT_OF_RANGE},
    {"/criteria/engagement/decay/half_life_days", "0",
     "/criteria/engagement/decay/half_life_days", ERR_OUT_OF_RANGE},
    {"/criteria/engagement/events/sneeze", "{'points': 1}",
     "/criteria/engagement/events/sneeze", ERR_UNKNOWN_VALUE},
    {"/criteria/engagement/events/call", "5",
     "/criteria/engagement/events/call", ERR_WRONG_TYPE},
    {"/criteria/engagement/events/call/points", NULL,
     "/criteria/engagement/events/call/points", ERR_REQUIRED},
    {"/criteria/engagement/events/call/points", "101",
     "/criteria/engagement/events/call/points", ERR_OUT_OF_RANGE},
    {"/criteria/engagement/events/call/per_day", "0",
     "/criteria/engagement/events/call/per_day", ERR_OUT_OF_RANGE},
    {"/criteria/engagement/events/call/qualifying", "1",
     "/criteria/engagement/events/call/qualifying", ERR_WRONG_TYPE},
    {"/criteria/engagement/events/call/per_week", "1",
     "/criteria/engagement/events/call/per_week", ERR_UNKNOWN_FIELD},
    {"/criteria/challenge/min", "1", "/criteria/challenge/min",
     ERR_OUT_OF_RANGE},
    {"/criteria/challenge/points/rain", "1", "/criteria/challenge/points/rain",
     ERR_UNKNOWN_VALUE},
    {"/potential/full_points", "74", "/potential/full_points",
     ERR_OUT_OF_RANGE},
    {"/potential/high", "30", "/potential/high", ERR_OUT_OF_RANGE},
    {"/potential/min_known", "4", "/potential/min_known", ERR_OUT_OF_RANGE},
    {"/consideration/bant/timing/1/within_days", "30",
     "/consideration/bant/timing/1/within_days", ERR_OUT_OF_RANGE},
    {"/consideration/bant/timing/0", "null", "/consideration/bant/timing/0",
     ERR_WRONG_TYPE},
    {"/consideration/signals/burst", NULL, "/consideration/signals/burst",
     ERR_REQUIRED},
    {"/consideration/signals/burst/sessions", "11",
     "/consideration/signals/burst/sessions", ERR_OUT_OF_RANGE},
    {"/consideration/signals/burst/window_days", "3",
     "/consideration/signals/burst/window_days", ERR_UNKNOWN_FIELD},
    {"/consideration/temperature/warm", "60", "/consideration/temperature/hot",
     ERR_OUT_OF_RANGE},
    {"/order_of_work", "{}", "/order_of_work", ERR_WRONG_TYPE},
    {"/order_of_work/2", "'D1'", "/order_of_work/2", ERR_UNKNOWN_VALUE},
    {"/order_of_work/2", "'A1'", "/order_of_work/2", ERR_INVALID},
    {"/order_of_work/8", NULL, "/order_of_work", ERR_REQUIRED},
    {"/hot_lead/1", "'A1'", "/hot_lead/1", ERR_INVALID},
    {"/gates/mql/temperature", "'tepid'", "/gates/mql/temperature",
     ERR_UNKNOWN_VALUE},
    {"/gates/pql/satisfaction", "6", "/gates/pql/satisfaction",
     ERR_OUT_OF_RANGE},
    {"/gates/sql/authority", "31", "/gates/sql/authority", ERR_OUT_OF_RANGE},
    {"/gates/sql/need", "26", "/gates/sql/need", ERR_OUT_OF_RANGE},
    {"/gates/sql/score", "39", "/gates/sql/score", ERR_OUT_OF_RANGE},
    {"/gates/sql/temperature", "'cold'", "/gates/sql/temperature",
     ERR_OUT_OF_RANGE},
    {"/gates/sql/quality", "4", "/gates/sql/quality", ERR_WRONG_TYPE},
    {"/time_steps/recycle_days/price", "0", "/time_steps/recycle_days/price",
     ERR_OUT_OF_RANGE},
    {"/time_steps/recycle_days/price", "'soon'",
     "/time_steps/recycle_days/price", ERR_UNKNOWN_VALUE},
    {"/time_steps/recycle_days/Too Dear", "9",
     "/time_steps/recycle_days/Too Dear", ERR_INVALID},
    {"/time_steps/idle_days", NULL, "/time_steps/idle_days", ERR_REQUIRED},
};

static void set_child(json_t *node, const char *name, const char *value)
{
    char *end;
    size_t i = strtoul(name, &end, 10);

    if (json_is_array(node)) {
        ck_assert(*end == '\0');
        if (value)
            json_array_set_new(node, i, json_of(value));
        else
            json_array_remove(node, i);
    } else if (value) {
        json_object_set_new(node, name, json_of(value));
    } else {
        json_object_del(node, name);
    }
}

static void set_at(json_t *doc, const char *pointer, const char *value)
{
    char *path = arena_strdup(fx.mem, pointer + 1), *name, *rest = path;
    json_t *node = doc;

    while ((name = strsep(&rest, "/")) && rest)
        node = json_is_array(node)
                   ? json_array_get(node, strtoul(name, NULL, 10))
                   : json_object_get(node, name);
    if (strcmp(name, "a~1b~0") == 0)
        name = arena_strdup(fx.mem, "a/b~");
    set_child(node, name, value);
}

START_TEST(a_fault_is_named_where_it_is)
{
    const struct fault_row *row = &FAULTS[_i];
    struct field_errs errs = {.mem = fx.mem};
    json_t *doc = json_deep_copy(fx.doc);

    set_at(doc, row->set, row->value);
    ck_assert_ptr_null(model_compile(doc, &errs));
    ck_assert_uint_eq(errs.n, 1);
    ck_assert_str_eq(errs.first->pointer, row->pointer);
    ck_assert_int_eq(errs.first->err, row->err);
    json_decref(doc);
}
END_TEST

START_TEST(every_fault_is_named_in_one_go)
{
    static const char *const WANT[] = {"/score/max", "/potential/high",
                                       "/gates", "/extra"};
    struct field_errs errs = {.mem = fx.mem};
    json_t *doc = json_deep_copy(fx.doc);
    size_t i = 0;

    set_at(doc, "/gates", NULL);
    set_at(doc, "/potential/high", "'x'");
    set_at(doc, "/score/max", "false");
    set_at(doc, "/extra", "0");
    ck_assert_ptr_null(model_compile(doc, &errs));
    ck_assert_uint_eq(errs.n, ARRAY_LEN(WANT));
    for (const struct field_err *e = errs.first; e; e = e->next)
        ck_assert_str_eq(e->pointer, WANT[i++]);
    json_decref(doc);
}
END_TEST

START_TEST(a_document_that_is_no_object_is_refused_once)
{
    struct field_errs errs = {.mem = fx.mem};
    json_t *doc = json_of("[1]");

    ck_assert_ptr_null(model_compile(doc, &errs));
    ck_assert_uint_eq(errs.n, 1);
    ck_assert_str_eq(errs.first->pointer, "");
    json_decref(doc);
}
END_TEST

START_TEST(a_word_left_out_gives_nothing)
{
    struct field_errs errs = {.mem = fx.mem};
    json_t *doc = json_deep_copy(fx.doc);
    struct model *m;

    set_at(doc, "/criteria/authority/points", "{'user': 3}");
    m = model_compile(doc, &errs);
    ck_assert_ptr_nonnull(m);
    ck_assert_int_eq(m->role_points[ROLE_USER], 3);
    ck_assert_int_eq(m->role_points[ROLE_DECISION_MAKER], 0);
    model_free(m);
    json_decref(doc);
}
END_TEST

START_TEST(the_shipped_model_says_what_the_domain_says)
{
    const struct model *m = fx.model;

    ck_assert_str_eq(m->version, "default-v1");
    ck_assert_int_eq(m->role_points[ROLE_CO_DECIDER], 24);
    ck_assert_int_eq(m->need_points[NEED_EXPLICIT], 18);
    ck_assert_int_eq(m->events[EVENT_PAGE_VIEW].per_day, 3);
    ck_assert_int_eq(m->events[EVENT_EMAIL_OPEN].per_day, 1);
    ck_assert_int_eq(m->events[EVENT_CALL].min_duration_s, 120);
    ck_assert(!m->events[EVENT_TRIAL_ACTIVATED].qualifying);
    ck_assert(m->events[EVENT_GIFT_CLAIM].qualifying);
    ck_assert_int_eq(m->rank[QUALITY_HIGH][TEMPERATURE_COLD], 3);
    ck_assert_int_eq(m->rank[QUALITY_LOW][TEMPERATURE_HOT], 5);
    ck_assert(m->hot_lead[QUALITY_MEDIUM][TEMPERATURE_HOT]);
    ck_assert(!m->hot_lead[QUALITY_LOW][TEMPERATURE_HOT]);
    ck_assert_int_eq(gates_recycle(&m->gates, "price")->days, 90);
    ck_assert_int_eq(gates_recycle(&m->gates, "timing")->days,
                     RECYCLE_ON_STATED_DATE);
    ck_assert_ptr_null(gates_recycle(&m->gates, "weather"));
}
END_TEST

/* Every member of the document has its place in the schema. */
static void in_schema(const json_t *doc, const json_t *schema,
                      const json_t *root, const char *where)
{
    const json_t *ref = json_object_get(schema, "$ref");
    const json_t *named;
    const char *name;
    json_t *v;

    if (ref) {
        ck_assert(str_starts(json_string_value(ref), "#/$defs/"));
        schema = json_object_get(json_object_get(root, "$defs"),
                                 json_string_value(ref) + strlen("#/$defs/"));
    }
    ck_assert_msg(schema != NULL, "%s is not in the schema", where);
    named = json_object_get(schema, "properties");
    if (!json_is_object(doc) || !named)
        return;
    json_object_foreach ((json_t *)(uintptr_t)doc, name, v)
        in_schema(v, json_object_get(named, name), root, name);
}

START_TEST(the_schema_knows_the_shipped_model)
{
    json_t *schema = json_load_file("config/model.schema.json",
                                    JSON_REJECT_DUPLICATES, NULL);

    ck_assert_ptr_nonnull(schema);
    in_schema(fx.doc, schema, schema, "the document");
    json_decref(schema);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("model");
    TCase *t = tcase_create("all");

    tcase_add_unchecked_fixture(t, fixture_setup, fixture_teardown);
    tcase_add_loop_test(t, a_fault_is_named_where_it_is, 0,
                        (int)ARRAY_LEN(FAULTS));
    tcase_add_test(t, every_fault_is_named_in_one_go);
    tcase_add_test(t, a_document_that_is_no_object_is_refused_once);
    tcase_add_test(t, a_word_left_out_gives_nothing);
    tcase_add_test(t, the_shipped_model_says_what_the_domain_says);
    tcase_add_test(t, the_schema_knows_the_shipped_model);
    suite_add_tcase(s, t);
    return run_suite(s);
}
