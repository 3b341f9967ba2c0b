/* What a source's mapping makes of the fields of a form. */
#include "form_fixture.h"

static const char MAPPING[] =
    "{\"fields\": {\"Nhu cầu\": \"fact.need\", \"ngan_sach\": \"fact.budget\","
    " \"demo\": \"event:demo_request\", \"vai_tro\": \"fact.authority_role\","
    " \"van de\": \"fact.challenges\", \"name\": \"ignore\","
    " \"bao_lau\": \"fact.timeframe_days\", \"dongy\": "
    "\"consent.marketing.sms\","
    " \"ma\": \"external_id\"},"
    " \"constants\": {\"fact.price\": 50000000, \"touch.channel\": \"lp\"},"
    " \"honeypot\": null, \"form_event\": \"download\"}";

static void compile(const char *text, struct arena *mem, struct form_spec *spec,
                    struct field_errs *errs, enum err want)
{
    json_t *j = json_loads(text, 0, NULL);

    ck_assert_ptr_nonnull(j);
    ck_assert_int_eq(form_spec_compile(j, mem, spec, errs), want);
    json_decref(j);
}

START_TEST(mapping_decides_what_a_form_may_state)
{
    struct arena *mem = UNIT_ARENA();
    struct field_errs errs = {.mem = mem};
    struct form_spec spec;
    struct draft d;

    compile(MAPPING, mem, &spec, &errs, ERR_OK);
    ck_assert_int_eq(
        post("name=x&phone=0900000906&nhu-cau=explicit&ngan_sach=60tr&demo=1"
             "&vai_tro=king&van+de=hesitation,%20approval_done&score=100"
             "&utm_source=evil&website=ok&bao_lau=30&dongy=on&ma=7"
             "&fact.price=1&facts=1",
             &spec, mem, &d),
        ERR_OK);
    ck_assert_ptr_null(d.contact.name);
    ck_assert_ptr_null(d.quarantine);
    ck_assert_str_eq(d.touch.channel, "lp");
    ck_assert_str_eq(d.external_id, "7");
    ck_assert_int_eq(d.fact_source, FACT_SELF_DECLARED);
    ck_assert_int_eq(d.facts.given, FACT_NEED | FACT_BUDGET | FACT_PRICE |
                                        FACT_CURRENCY | FACT_CHALLENGES |
                                        FACT_TIMEFRAME_DAYS |
                                        FACT_TIMEFRAME_STATED_AT);
    ck_assert_int_eq(d.facts.need, NEED_EXPLICIT);
    ck_assert_int_eq(d.facts.budget, 60000000);
    ck_assert_int_eq(d.facts.price, 50000000);
    ck_assert_str_eq(d.facts.currency, "VND");
    ck_assert_uint_eq(d.facts.challenges, 1u << CHALLENGE_HESITATION |
                                              1u << CHALLENGE_APPROVAL_DONE);
    ck_assert_int_eq(d.facts.timeframe_stated_ms, NOW);
    ck_assert_uint_eq(d.n_events, 2);
    ck_assert_int_eq(d.events[0].type, EVENT_DOWNLOAD);
    ck_assert_int_eq(d.events[1].type, EVENT_DEMO_REQUEST);
    ck_assert_uint_eq(d.n_consent, 1);
    arena_free(mem);
}
END_TEST

/* Of two amounts in one form: which are read, and in what. */
static const struct {
    const char *body, *currency;
    int64_t budget, price; /* 0: left out */
} AMOUNTS[] = {
    {"b=%24100&p=5.000.000", "USD", 10000, 0},
    {"p=5.000.000&b=%24100", "USD", 10000, 0},
    {"b=100&p=5.000.000%C4%91", "VND", 100, 5000000},
    {"b=1000000&p=%2450", "USD", 0, 5000},
    {"b=%24100&p=50%E2%82%AC", "USD", 10000, 0},
    {"b=%24100&p=%2450", "USD", 10000, 5000},
    {"b=12.50&p=10&c=USD", "USD", 1250, 1000},
    {"c=USD&b=12.50", "USD", 1250, 0},
    {"b=10-15tr&p=12tr", "VND", 10000000, 12000000},
    {"b=abc&b=15tr", "VND", 15000000, 0},
};

START_TEST(the_currency_in_the_text_wins)
{
    static const char MAP[] =
        "{\"fields\": {\"b\": \"fact.budget\", \"p\": \"fact.price\","
        " \"c\": \"fact.currency\"}}";
    struct arena *mem = UNIT_ARENA();
    struct field_errs errs = {.mem = mem};
    struct form_spec spec;
    struct draft d;

    compile(MAP, mem, &spec, &errs, ERR_OK);
    ck_assert_int_eq(
        post(arena_printf(mem, "email=a@b.vn&%s", AMOUNTS[_i].body), &spec, mem,
             &d),
        ERR_OK);
    ck_assert_str_eq(d.facts.currency, AMOUNTS[_i].currency);
    ck_assert_int_eq(d.facts.given & FACT_BUDGET ? d.facts.budget : 0,
                     AMOUNTS[_i].budget);
    ck_assert_int_eq(d.facts.given & FACT_PRICE ? d.facts.price : 0,
                     AMOUNTS[_i].price);
    arena_free(mem);
}
END_TEST

START_TEST(an_amount_in_another_currency_outlives_a_fixed_price)
{
    static const char MAP[] = "{\"fields\": {\"b\": \"fact.budget\"},"
                              " \"constants\": {\"fact.price\": 5000000}}";
    struct arena *mem = UNIT_ARENA();
    struct field_errs errs = {.mem = mem};
    struct form_spec spec;
    struct draft d;

    compile(MAP, mem, &spec, &errs, ERR_OK);
    ck_assert_int_eq(post("email=a@b.vn&b=%24100", &spec, mem, &d), ERR_OK);
    ck_assert_str_eq(d.facts.currency, "USD");
    ck_assert_int_eq(d.facts.budget, 10000);
    ck_assert(!(d.facts.given & FACT_PRICE));
    arena_free(mem);
}
END_TEST

START_TEST(bad_mapping_is_named)
{
    struct arena *mem = UNIT_ARENA();
    struct field_errs errs = {.mem = mem};
    struct form_spec spec;

    compile("{\"fields\": {\"a/b\": \"lead.score\", \"c\": 1},"
            " \"constants\": {\"fact.suppressed\": true,"
            " \"consent.marketing\": true, \"fact.price\": -1},"
            " \"form_event\": \"party\", \"currency\": \"XXX\","
            " \"honeypot\": 3}",
            mem, &spec, &errs, ERR_INVALID);
    ck_assert_uint_eq(errs.n, 8);
    ck_assert_str_eq(errs.first->pointer, "/mapping/currency");
    ck_assert_str_eq(errs.first->next->pointer, "/mapping/fields/a~1b");
    compile("[]", mem, &spec, &errs, ERR_INVALID);
    ck_assert_int_eq(form_spec_compile(NULL, mem, &spec, &errs), ERR_OK);
    compile("{\"form_event\": null}", mem, &spec, &errs, ERR_OK);
    ck_assert(!spec.has_form_event);
    arena_free(mem);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("form_mapping");

    tcase_add_test(tc, mapping_decides_what_a_form_may_state);
    tcase_add_loop_test(tc, the_currency_in_the_text_wins, 0,
                        (int)ARRAY_LEN(AMOUNTS));
    tcase_add_test(tc, an_amount_in_another_currency_outlives_a_fixed_price);
    tcase_add_test(tc, bad_mapping_is_named);
    return unit_run(tc, "form_mapping");
}
