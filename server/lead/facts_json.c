#include "lead/facts_json.h"

#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "lead/fields.h"

#define TIMEFRAME_DAYS_MAX 36500

enum fact_kind {
    KIND_ROLE,
    KIND_NEED,
    KIND_AMOUNT,
    KIND_CURRENCY,
    KIND_BOOL,
    KIND_CHALLENGES,
    KIND_DAYS,
    KIND_TIME
};

/* one row per fact, in the order it is written */
static const struct fact_row {
    const char *name;
    enum fact_bit bit;
    enum fact_kind kind;
    size_t offset;
    int64_t min;
} ROWS[] = {
#define ROW(name, bit, kind, member, min)                                      \
    {                                                                          \
        name, FACT_##bit, KIND_##kind, offsetof(struct facts, member), min     \
    }
    ROW("authority_role", AUTHORITY_ROLE, ROLE, authority_role, 0),
    ROW("need", NEED, NEED, need, 0),
    ROW("budget", BUDGET, AMOUNT, budget, 0),
    ROW("price", PRICE, AMOUNT, price, 1),
    ROW("currency", CURRENCY, CURRENCY, currency, 0),
    ROW("pay_proxy", PAY_PROXY, BOOL, pay_proxy, 0),
    ROW("challenges", CHALLENGES, CHALLENGES, challenges, 0),
    ROW("timeframe_days", TIMEFRAME_DAYS, DAYS, timeframe_days, 0),
    ROW("timeframe_stated_at", TIMEFRAME_STATED_AT, TIME, timeframe_stated_ms,
        0),
    ROW("last_closed_at", LAST_CLOSED_AT, TIME, last_closed_ms, 0),
    ROW("outside_area", OUTSIDE_AREA, BOOL, outside_area, 0),
    ROW("buyer_type_not_served", BUYER_TYPE_NOT_SERVED, BOOL,
        buyer_type_not_served, 0),
    ROW("suppressed", SUPPRESSED, BOOL, suppressed, 0),
#undef ROW
};

/* @return the text of a member that must be a word; NULL when it is not */
static const char *word_of(const struct fields *f, const char *name)
{
    const json_t *v = fields_get(f, name);

    if (!v)
        return NULL;
    if (json_is_string(v))
        return json_string_value(v);
    fields_fault(f, name, ERR_WRONG_TYPE, "must be a text");
    return NULL;
}

static bool read_role(const struct fields *f, const char *name, enum role *out)
{
    const char *word = word_of(f, name);

    if (word && !role_parse(word, out)) {
        fields_fault(f, name, ERR_UNKNOWN_VALUE, "is no known role");
        return false;
    }
    return word != NULL;
}

static bool read_need(const struct fields *f, const char *name, enum need *out)
{
    const char *word = word_of(f, name);

    if (word && !need_parse(word, out)) {
        fields_fault(f, name, ERR_UNKNOWN_VALUE, "is no known need");
        return false;
    }
    return word != NULL;
}

static bool read_currency(const struct fields *f, const char *name, char *out)
{
    const char *word = word_of(f, name);

    if (!word)
        return false;
    for (size_t i = 0; i < 3; i++) {
        char c = ascii_lower(word[i]);

        if (c < 'a' || c > 'z') {
            fields_fault(f, name, ERR_UNKNOWN_VALUE,
                         "must be an ISO 4217 code");
            return false;
        }
        out[i] = (char)(c - 'a' + 'A');
    }
    out[3] = '\0';
    if (word[3] == '\0')
        return true;
    fields_fault(f, name, ERR_UNKNOWN_VALUE, "must be an ISO 4217 code");
    out[0] = '\0';
    return false;
}

/* @return ERR_OK and the bit set, or what is wrong with one item */
static enum err add_challenge(const json_t *item, uint32_t *bits)
{
    enum challenge c;

    if (!json_is_string(item))
        return ERR_WRONG_TYPE;
    if (!challenge_parse(json_string_value(item), &c))
        return ERR_UNKNOWN_VALUE;
    *bits |= 1u << c; /* named twice is named once */
    return ERR_OK;
}

static bool read_challenges(const struct fields *f, const char *name,
                            uint32_t *out)
{
    const json_t *list = fields_get(f, name);
    size_t faults = f->errs->n;
    uint32_t bits = 0;

    if (!list)
        return false;
    if (!json_is_array(list)) {
        fields_fault(f, name, ERR_WRONG_TYPE, "must be a list of words");
        return false;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        enum err e = add_challenge(json_array_get(list, i), &bits);
        const char *at;

        if (e == ERR_OK)
            continue;
        at = pointer_add(f->errs->mem, f->pointer, name);
        field_errs_add(f->errs, pointer_add_index(f->errs->mem, at, i), e,
                       "is no known challenge");
    }
    *out = bits;
    return f->errs->n == faults;
}

static bool read_days(const struct fields *f, const char *name, int32_t *out)
{
    int64_t n;

    if (!fields_int(f, name, 0, TIMEFRAME_DAYS_MAX, &n))
        return false;
    *out = (int32_t)n;
    return true;
}

static bool read_fact(const struct fields *f, const struct fact_row *row,
                      void *member)
{
    switch (row->kind) {
    case KIND_ROLE:
        return read_role(f, row->name, member);
    case KIND_NEED:
        return read_need(f, row->name, member);
    case KIND_AMOUNT:
        return fields_int(f, row->name, row->min, INT64_MAX, member);
    case KIND_CURRENCY:
        return read_currency(f, row->name, member);
    case KIND_BOOL:
        return fields_bool(f, row->name, member);
    case KIND_CHALLENGES:
        return read_challenges(f, row->name, member);
    case KIND_DAYS:
        return read_days(f, row->name, member);
    case KIND_TIME:
        return fields_time(f, row->name, member);
    }
    return false;
}

static bool is_fact_name(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
        if (str_eq(ROWS[i].name, name))
            return true;
    return false;
}

bool facts_from_json(const json_t *j, const char *pointer, struct facts *out,
                     struct field_errs *errs)
{
    struct fields f = {j, pointer, errs->mem, errs};
    size_t faults = errs->n;
    const char *name;
    json_t *v;

    memset(out, 0, sizeof(*out));
    if (!j || json_is_null(j))
        return true;
    if (!json_is_object(j)) {
        field_errs_add(errs, pointer, ERR_WRONG_TYPE, "must be an object");
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
        if (read_fact(&f, &ROWS[i], (char *)out + ROWS[i].offset))
            out->given |= (uint32_t)ROWS[i].bit;
    json_object_foreach ((json_t *)(uintptr_t)j, name, v) {
        if (!is_fact_name(name))
            fields_fault(&f, name, ERR_UNKNOWN_FIELD, "is no known fact");
    }
    return errs->n == faults;
}

static json_t *challenges_to_json(uint32_t bits)
{
    json_t *list = json_array();

    for (int c = 0; c < CHALLENGE_N; c++)
        if (bits & 1u << c)
            json_array_append_new(
                list, json_string(challenge_text((enum challenge)c)));
    return list;
}

static json_t *fact_to_json(const struct fact_row *row, const void *member)
{
    char text[TIME_TEXT_BYTES];

    switch (row->kind) {
    case KIND_ROLE:
        return json_string(role_text(*(const enum role *)member));
    case KIND_NEED:
        return json_string(need_text(*(const enum need *)member));
    case KIND_AMOUNT:
        return json_integer(*(const int64_t *)member);
    case KIND_CURRENCY:
        return json_string(member);
    case KIND_BOOL:
        return json_boolean(*(const bool *)member);
    case KIND_CHALLENGES:
        return challenges_to_json(*(const uint32_t *)member);
    case KIND_DAYS:
        return json_integer(*(const int32_t *)member);
    case KIND_TIME:
        return json_string(time_format(*(const int64_t *)member, text));
    }
    return NULL;
}

json_t *facts_to_json(const struct facts *f)
{
    json_t *j = json_object();

    for (size_t i = 0; j && i < ARRAY_LEN(ROWS); i++) {
        if (!(f->given & (uint32_t)ROWS[i].bit))
            continue;
        if (json_object_set_new(
                j, ROWS[i].name,
                fact_to_json(&ROWS[i], (const char *)f + ROWS[i].offset))) {
            json_decref(j);
            return NULL;
        }
    }
    return j;
}
