/*
 * A model document is walked twice.  First the rows of model_spec.def, each
 * descending from the root to its value: that finds what is missing or of
 * the wrong shape.  Then the document, against the same rows: that finds
 * what nobody asked for.
 */
#include "scoring/model.h"

#include <string.h>

#include "base/reserve.h"
#include "base/str.h"
#include "lead/fields.h"
#include "scoring/model_read.h"

/* MODEL(KIND, ...) of the table names its reader in capitals */
#define READ_COMMENT     model_read_comment
#define READ_VERSION     model_read_version
#define READ_INT         model_read_int
#define READ_ROLES       model_read_roles
#define READ_NEEDS       model_read_needs
#define READ_CHALLENGES  model_read_challenges
#define READ_EVENTS      model_read_events
#define READ_PERCENTS    model_read_percents
#define READ_DAYS        model_read_days
#define READ_ORDER       model_read_order
#define READ_GRADES      model_read_grades
#define READ_TEMPERATURE model_read_temperature
#define READ_QUALITY     model_read_quality
#define READ_RECYCLE     model_read_recycle

static const struct spec {
    const char *pointer;
    void (*read)(const json_t *v, const char *at, struct bounds b, void *out,
                 struct field_errs *errs);
    size_t offset;
    struct bounds bounds;
} SPECS[] = {
#define MODEL(kind, pointer, member, min, max)                                 \
    {pointer, READ_##kind, offsetof(struct model, member), {min, max}},
#include "scoring/model_spec.def"
#undef MODEL
};

/* A missing or misshapen object is reported once, not once per member. */
static void fault_once(struct field_errs *errs, const char *at, enum err e,
                       const char *detail)
{
    for (const struct field_err *fe = errs->first; fe; fe = fe->next)
        if (str_eq(fe->pointer, at))
            return;
    field_errs_add(errs, at, e, "%s", detail);
}

/* The value a row speaks of; NULL when it is not there, which is reported.
 * No pointer of the table needs escaping. */
static const json_t *descend(const json_t *doc, const struct spec *spec,
                             struct field_errs *errs)
{
    const json_t *node = doc;
    const char *p = spec->pointer;

    while (*p) {
        const char *name = p + 1;
        size_t bytes = strcspn(name, "/");
        const char *at = arena_strndup(errs->mem, spec->pointer,
                                       (size_t)(p - spec->pointer));

        if (!json_is_object(node)) {
            fault_once(errs, at, ERR_WRONG_TYPE, "must be an object");
            return NULL;
        }
        node = json_object_get(node, arena_strndup(errs->mem, name, bytes));
        p = name + bytes;
        if (node)
            continue;
        if (spec->read != model_read_comment)
            fault_once(errs,
                       arena_strndup(errs->mem, spec->pointer,
                                     (size_t)(p - spec->pointer)),
                       ERR_REQUIRED, "is required");
        return NULL;
    }
    return node;
}

enum place { PLACE_UNKNOWN, PLACE_VALUE, PLACE_OBJECT };

static enum place place_of(const char *at)
{
    size_t n = strlen(at);

    for (size_t i = 0; i < ARRAY_LEN(SPECS); i++) {
        const char *p = SPECS[i].pointer;

        if (strncmp(p, at, n) == 0 && (p[n] == '\0' || p[n] == '/'))
            return p[n] ? PLACE_OBJECT : PLACE_VALUE;
    }
    return PLACE_UNKNOWN;
}

/* The depth is that of the table, whatever the document is like. */
static void find_unknown(const json_t *node, const char *at,
                         struct field_errs *errs)
{
    const char *name;
    json_t *v;

    if (!json_is_object(node))
        return;
    json_object_foreach ((json_t *)(uintptr_t)node, name, v) {
        const char *below = pointer_add(errs->mem, at, name);
        enum place place = place_of(below);

        if (place == PLACE_UNKNOWN)
            field_errs_add(errs, below, ERR_UNKNOWN_FIELD,
                           "is no member of a model");
        else if (place == PLACE_OBJECT)
            find_unknown(v, below, errs);
    }
}

static void read_all(const json_t *doc, struct model *m,
                     struct field_errs *errs)
{
    for (size_t i = 0; i < ARRAY_LEN(SPECS); i++) {
        const struct spec *spec = &SPECS[i];
        const json_t *v = descend(doc, spec, errs);

        if (v)
            spec->read(v, spec->pointer, spec->bounds, (char *)m + spec->offset,
                       errs);
    }
}

struct model *model_compile(const json_t *doc, struct field_errs *errs)
{
    size_t faults = errs->n;
    struct model *m = reserve_malloc(sizeof(*m));

    if (!m)
        return NULL;
    memset(m, 0, sizeof(*m));
    read_all(doc, m, errs);
    find_unknown(doc, "", errs);
    model_check(m, errs);
    if (errs->n == faults)
        return m;
    reserve_free(m);
    return NULL;
}

void model_free(struct model *m)
{
    reserve_free(m);
}

void grade_format(enum quality q, enum temperature t, char out[3])
{
    out[0] = (char)('A' + (QUALITY_HIGH - q));
    out[1] = (char)('1' + (TEMPERATURE_HOT - t));
    out[2] = '\0';
}

bool grade_parse(const char *s, enum quality *out_q, enum temperature *out_t)
{
    char text[3];

    for (int q = 0; s && q < QUALITY_N; q++)
        for (int t = 0; t < TEMPERATURE_N; t++) {
            grade_format((enum quality)q, (enum temperature)t, text);
            if (!str_eq(s, text))
                continue;
            *out_q = (enum quality)q;
            *out_t = (enum temperature)t;
            return true;
        }
    return false;
}
