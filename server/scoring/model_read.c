#include "scoring/model_read.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "lead/fields.h"

static bool is_kind(const json_t *v, bool good, const char *at,
                    const char *detail, struct field_errs *errs)
{
    if (!v || !good)
        field_errs_add(errs, at, ERR_WRONG_TYPE, "%s", detail);
    return v && good;
}

static bool is_int(const json_t *v, const char *at, struct bounds b,
                   int32_t *out, struct field_errs *errs)
{
    int64_t n = json_integer_value(v);

    if (!is_kind(v, json_is_integer(v), at, "must be an integer", errs))
        return false;
    if (n < b.min || n > b.max) {
        field_errs_add(errs, at, ERR_OUT_OF_RANGE,
                       "must be from %" PRId64 " to %" PRId64, b.min, b.max);
        return false;
    }
    *out = (int32_t)n;
    return true;
}

MODEL_READER(int)
{
    (void)is_int(v, at, b, out, errs);
}

MODEL_READER(comment)
{
    (void)b;
    (void)out;
    (void)is_kind(v, json_is_string(v), at, "must be a text", errs);
}

MODEL_READER(version)
{
    const char *s = json_string_value(v);
    size_t n;

    if (!is_kind(v, s != NULL, at, "must be a text", errs))
        return;
    n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                  "0123456789._-");
    if (s[n] || n < (size_t)b.min || n > (size_t)b.max)
        field_errs_add(errs, at, ERR_INVALID,
                       "must be 1 to 64 letters, digits, dots and dashes");
    else
        memcpy(out, s, n + 1);
}

/* An object from words to points; a word that is left out gives 0. */
#define WORD_TABLE(kind, type, parse)                                          \
    MODEL_READER(kind)                                                         \
    {                                                                          \
        int32_t *points = out;                                                 \
        const char *word;                                                      \
        json_t *item;                                                          \
                                                                               \
        if (!is_kind(v, json_is_object(v), at, "must be an object", errs))     \
            return;                                                            \
        json_object_foreach ((json_t *)(uintptr_t)v, word, item) {             \
            const char *below = pointer_add(errs->mem, at, word);              \
            enum type which;                                                   \
                                                                               \
            if (!parse(word, &which))                                          \
                field_errs_add(errs, below, ERR_UNKNOWN_VALUE,                 \
                               "is no known word");                            \
            else                                                               \
                (void)is_int(item, below, b, &points[which], errs);            \
        }                                                                      \
    }

WORD_TABLE(roles, role, role_parse)
WORD_TABLE(needs, need, need_parse)
WORD_TABLE(challenges, challenge, challenge_parse)

static void unknown_members(const json_t *v, const char *at,
                            const char *const *names, size_t n,
                            struct field_errs *errs)
{
    const char *name;
    json_t *item;

    json_object_foreach ((json_t *)(uintptr_t)v, name, item) {
        bool known = false;

        for (size_t i = 0; i < n; i++)
            known = known || str_eq(name, names[i]);
        if (!known)
            field_errs_add(errs, pointer_add(errs->mem, at, name),
                           ERR_UNKNOWN_FIELD, "is not expected here");
    }
}

/* One member of a small object. */
static bool member_int(const json_t *v, const char *at, const char *name,
                       struct bounds b, bool required, int32_t *out,
                       struct field_errs *errs)
{
    const json_t *item = json_object_get(v, name);
    const char *below;

    if (!item && !required)
        return true;
    below = pointer_add(errs->mem, at, name);
    if (item)
        return is_int(item, below, b, out, errs);
    field_errs_add(errs, below, ERR_REQUIRED, "is required");
    return false;
}

static void member_bool(const json_t *v, const char *at, const char *name,
                        bool *out, struct field_errs *errs)
{
    const json_t *item = json_object_get(v, name);

    if (item &&
        is_kind(item, json_is_boolean(item), pointer_add(errs->mem, at, name),
                "must be true or false", errs))
        *out = json_is_true(item);
}

static void read_event(const json_t *v, const char *at, struct bounds b,
                       struct event_rule *out, struct field_errs *errs)
{
    static const char *const NAMES[] = {"points", "per_day", "min_duration_s",
                                        "qualifying", "high_intent"};
    const struct bounds times = {1, 1000}, seconds = {1, 86400};

    if (!is_kind(v, json_is_object(v), at, "must be an object", errs))
        return;
    member_int(v, at, "points", b, true, &out->points, errs);
    member_int(v, at, "per_day", times, false, &out->per_day, errs);
    member_int(v, at, "min_duration_s", seconds, false, &out->min_duration_s,
               errs);
    member_bool(v, at, "qualifying", &out->qualifying, errs);
    member_bool(v, at, "high_intent", &out->high_intent, errs);
    unknown_members(v, at, NAMES, ARRAY_LEN(NAMES), errs);
}

MODEL_READER(events)
{
    struct event_rule *rules = out;
    const char *word;
    json_t *item;

    if (!is_kind(v, json_is_object(v), at, "must be an object", errs))
        return;
    json_object_foreach ((json_t *)(uintptr_t)v, word, item) {
        const char *below = pointer_add(errs->mem, at, word);
        enum event_type type;

        if (!event_type_parse(word, &type))
            field_errs_add(errs, below, ERR_UNKNOWN_VALUE,
                           "is no known event type");
        else
            read_event(item, below, b, &rules[type], errs);
    }
}

/* @param up bounds must grow from step to step; else they must shrink */
static void read_step(const json_t *v, const char *at, const char *bound_name,
                      bool up, struct bounds b, struct steps *out,
                      struct field_errs *errs)
{
    const char *names[] = {bound_name, "points"};
    const struct bounds any = {0, 100000};
    const struct step *last = out->n ? &out->at[out->n - 1] : NULL;
    int32_t bound, points;
    bool good;

    if (!is_kind(v, json_is_object(v), at, "must be an object", errs))
        return;
    unknown_members(v, at, names, ARRAY_LEN(names), errs);
    good = member_int(v, at, bound_name, any, true, &bound, errs);
    good = member_int(v, at, "points", b, true, &points, errs) && good;
    if (!good)
        return;
    if (last && (up ? bound <= last->bound : bound >= last->bound))
        field_errs_add(errs, pointer_add(errs->mem, at, bound_name),
                       ERR_OUT_OF_RANGE, "must be %s than the step before",
                       up ? "more" : "less");
    if (last && points >= last->points)
        field_errs_add(errs, pointer_add(errs->mem, at, "points"),
                       ERR_OUT_OF_RANGE, "must be less than the step before");
    out->at[out->n++] = (struct step){bound, points};
}

static void read_steps(const json_t *v, const char *at, const char *bound_name,
                       bool up, struct bounds b, struct steps *out,
                       struct field_errs *errs)
{
    size_t n = json_array_size(v);

    if (!is_kind(v, json_is_array(v), at, "must be a list of steps", errs))
        return;
    if (n < 1 || n > MODEL_STEPS_MAX) {
        field_errs_add(errs, at, ERR_OUT_OF_RANGE, "must have 1 to %d steps",
                       MODEL_STEPS_MAX);
        return;
    }
    for (size_t i = 0; i < n; i++)
        read_step(json_array_get(v, i), pointer_add_index(errs->mem, at, i),
                  bound_name, up, b, out, errs);
}

MODEL_READER(percents)
{
    read_steps(v, at, "at_least_percent", false, b, out, errs);
}

MODEL_READER(days)
{
    read_steps(v, at, "within_days", true, b, out, errs);
}

/* Grades of a list, each at most once.
 * @return false when it is no list; @a out_n is how many were good */
static bool read_grade_list(const json_t *v, const char *at,
                            uint8_t place[QUALITY_N][TEMPERATURE_N],
                            size_t *out_n, struct field_errs *errs)
{
    *out_n = 0;
    if (!is_kind(v, json_is_array(v), at, "must be a list of grades", errs))
        return false;
    for (size_t i = 0; i < json_array_size(v); i++) {
        const json_t *item = json_array_get(v, i);
        const char *below = pointer_add_index(errs->mem, at, i);
        enum quality q;
        enum temperature t;

        if (!is_kind(item, json_is_string(item), below, "must be a grade",
                     errs))
            continue;
        if (!grade_parse(json_string_value(item), &q, &t))
            field_errs_add(errs, below, ERR_UNKNOWN_VALUE,
                           "must be a grade, A1 to C3");
        else if (place[q][t])
            field_errs_add(errs, below, ERR_INVALID, "is given twice");
        else
            place[q][t] = (uint8_t)++ * out_n;
    }
    return true;
}

MODEL_READER(order)
{
    uint8_t place[QUALITY_N][TEMPERATURE_N] = {{0}};
    uint8_t(*rank)[TEMPERATURE_N] = out;
    size_t n;

    (void)b;
    if (!read_grade_list(v, at, place, &n, errs))
        return;
    if (json_array_size(v) < QUALITY_N * TEMPERATURE_N)
        field_errs_add(errs, at, ERR_REQUIRED, "must name all nine grades");
    for (int q = 0; q < QUALITY_N; q++)
        for (int t = 0; t < TEMPERATURE_N; t++)
            rank[q][t] = place[q][t] ? (uint8_t)(place[q][t] - 1) : 0;
}

MODEL_READER(grades)
{
    uint8_t place[QUALITY_N][TEMPERATURE_N] = {{0}};
    bool(*in)[TEMPERATURE_N] = out;
    size_t n;

    (void)b;
    if (!read_grade_list(v, at, place, &n, errs))
        return;
    for (int q = 0; q < QUALITY_N; q++)
        for (int t = 0; t < TEMPERATURE_N; t++)
            in[q][t] = place[q][t] != 0;
}

MODEL_READER(temperature)
{
    (void)b;
    if (is_kind(v, json_is_string(v), at, "must be a text", errs) &&
        !temperature_parse(json_string_value(v), out))
        field_errs_add(errs, at, ERR_UNKNOWN_VALUE, "is no temperature");
}

MODEL_READER(quality)
{
    (void)b;
    if (is_kind(v, json_is_string(v), at, "must be a text", errs) &&
        !quality_parse(json_string_value(v), out))
        field_errs_add(errs, at, ERR_UNKNOWN_VALUE, "is no quality");
}

static bool is_reason(const char *s)
{
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_");

    return n > 0 && n < RECYCLE_WORD_BYTES && s[n] == '\0';
}

static void read_recycle_rule(const json_t *v, const char *at,
                              const char *reason, struct bounds b,
                              struct gates *out, struct field_errs *errs)
{
    struct recycle *rule;

    if (!is_reason(reason)) {
        field_errs_add(errs, at, ERR_INVALID,
                       "a reason is 1 to 32 of a-z, 0-9 and _");
        return;
    }
    if (out->n_recycle == RECYCLE_MAX)
        return; /* reported for the whole table */
    rule = &out->recycle[out->n_recycle];
    if (str_eq(json_string_value(v), "stated_date"))
        rule->days = RECYCLE_ON_STATED_DATE;
    else if (json_is_string(v))
        field_errs_add(errs, at, ERR_UNKNOWN_VALUE,
                       "must be days or \"stated_date\"");
    else if (!is_int(v, at, b, &rule->days, errs))
        return;
    memcpy(rule->reason, reason, strlen(reason) + 1);
    out->n_recycle++;
}

MODEL_READER(recycle)
{
    const char *reason;
    json_t *item;

    if (!is_kind(v, json_is_object(v), at, "must be an object", errs))
        return;
    if (json_object_size(v) > RECYCLE_MAX)
        field_errs_add(errs, at, ERR_TOO_MANY, "at most %d reasons",
                       RECYCLE_MAX);
    json_object_foreach ((json_t *)(uintptr_t)v, reason, item)
        read_recycle_rule(item, pointer_add(errs->mem, at, reason), reason, b,
                          out, errs);
}
